"""A visit: who is where, with which role. What pages depend on after a launch."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from grading.text import Bilingual
from storage.activities import Activity, find_served_activity
from storage.database import Connection
from storage.people import Person, get_person
from workflows.refusal import RefusalCode, Refused, not_allowed
from workflows.world import World


class Role(StrEnum):
    """What a person may do in a course: hand in, run it, or only read."""

    LEARNER = "learner"
    TEACHER = "teacher"
    READER = "reader"


NO_ACTIVITY = 0
"""The `activity_id` of a visit that chooses activities for a course: it is in none yet, and no activity has this id."""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One launch's worth of pages. `language` is fr or en; `began_at` is UTC; `return_url` is of the platform."""

    id: str
    person_id: int
    activity_id: int
    role: Role
    language: str
    began_at: datetime
    frame_origins: tuple[str, ...]
    return_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class VisitId:
    """What a visit's id tells by itself, to be believed of no person: only where an error page of it belongs."""

    platform_id: int | None
    storage_target: str | None


_ID = re.compile(r"[\w-]{8,40}\.([0-9]{1,9})(?:\.([\w-]{1,60}))?", re.ASCII)


def new_visit_id(platform_id: int, storage_target: str | None = None) -> str:
    """An id nobody guesses; `storage_target` where the platform's storage keeps what proves the visit."""
    parts = [secrets.token_urlsafe(9), str(platform_id), storage_target]
    return ".".join(each for each in parts if each is not None)


def read_visit_id(text: str) -> VisitId:
    """Read an id from an address, which anybody may have typed."""
    found = _ID.fullmatch(text)
    if found is None:
        return VisitId(platform_id=None, storage_target=None)
    return VisitId(platform_id=int(found[1]), storage_target=found[2])


@dataclass(frozen=True, kw_only=True)
class Place:
    """The rows behind a visit."""

    person: Person
    activity: Activity


def find_place(world: World, visit: Visit) -> Place:
    """The person and activity of a visit.

    Raises:
        Refused: the activity is gone, or its platform was disabled since.
    """
    with world.database.read() as connection:
        activity = activity_of(connection, visit)
        return Place(person=get_person(connection, visit.person_id), activity=activity)


def activity_of(connection: Connection, visit: Visit) -> Activity:
    """The activity of a visit, for who reads more in the same transaction; raises as `find_place`."""
    activity = find_served_activity(connection, visit.activity_id)
    if activity is None:
        raise Refused(
            RefusalCode.NOT_FOUND,
            Bilingual(
                "Cette activité n’est plus servie. Revenez au cours et demandez à votre enseignant.",
                "This activity is no longer served. Go back to the course and ask your teacher.",
            ),
        )
    return activity


def require(visit: Visit, *roles: Role) -> None:
    """Go on only with one of these roles; raises `Refused` otherwise."""
    if visit.role not in roles:
        raise not_allowed()
