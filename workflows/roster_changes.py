"""What a roster changes in a course: decided before anything is written, so that a strange one changes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.people import Member

MANY = 10
"""From so many known learners on, a roster that misses more than half of them is looked at first."""


class Doubt(StrEnum):
    """Why a roster is not applied without a teacher's word (closed set)."""

    EMPTY = "empty"
    MANY_GONE = "many_gone"


@dataclass(frozen=True, kw_only=True)
class RosterChanges:
    """Who comes, who is back and who is gone (ids of ours), of `known` learners that were here before.

    `renumbered`: who has another name or number since. `digest` names those who would be gone: a teacher who agrees,
    agrees to these.
    """

    new: frozenset[int]
    back: frozenset[int]
    gone: frozenset[int]
    known: int
    doubt: Doubt | None
    digest: str
    renumbered: frozenset[int] = frozenset()


def roster_changes(
    members: Iterable[Member], roles: Mapping[int, str], *, listed: int, began: datetime
) -> RosterChanges:
    """Compare a roster with who is known in the course: `listed` people in all, `roles` of those known to us.

    Only learners are ever taken for gone, and nobody who came or came back since the reading `began`: the roster may
    not know them yet.
    """
    known = {each.person.id: each for each in members}
    learners = {
        person_id: each for person_id, each in known.items() if each.role == "learner" and not each.has_left
    }
    gone = frozenset(
        person_id
        for person_id, each in learners.items()
        if person_id not in roles and not _came_since(each, began)
    )
    back = frozenset(person_id for person_id, each in known.items() if person_id in roles and each.has_left)
    return RosterChanges(
        new=frozenset(roles) - frozenset(known),
        back=back,
        gone=gone,
        known=len(learners),
        doubt=_doubt(listed, len(gone), len(learners)),
        digest=_digest(gone),
    )


def _came_since(member: Member, began: datetime) -> bool:
    came = [member.since, member.launched_at, member.returned_at]
    return any(each is not None and each >= began for each in came)


def _doubt(listed: int, gone: int, known: int) -> Doubt | None:
    if listed == 0 and gone:
        return Doubt.EMPTY
    return Doubt.MANY_GONE if known >= MANY and 2 * gone > known else None


def _digest(gone: Iterable[int]) -> str:
    return hashlib.sha256(json.dumps(sorted(gone)).encode()).hexdigest()[:32]
