"""Rosters as they were last read: which courses have one, who is listed, who left; nobody is ever deleted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from storage.people import Person, PersonDetails, people_of
from storage.schema import course, deployment, member, person, platform, roster_reading
from storage.upsert import insert_if_new

_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the reading of a course's roster stands (instants in UTC).

    `read_at` and `listed` are of the last roster that was applied. `trouble`: why the last try failed. `doubt`: what
    the last roster would have changed, where a teacher must look at it first.
    """

    tried_at: datetime
    read_at: datetime | None = None
    listed: int | None = None
    trouble: str | None = None
    doubt: Mapping[str, Any] | None = None


def find_standing(connection: Connection, course_id: int) -> tuple[bool, Reading | None]:
    """Whether a launch told where the roster of a course is, and how its reading stands (None: never tried)."""
    row = connection.execute(
        select(course.c.memberships_url, roster_reading)
        .outerjoin(roster_reading, roster_reading.c.course_id == course.c.id)
        .where(course.c.id == course_id)
    ).one()
    is_offered = row.memberships_url is not None
    if row.tried_at is None:
        return is_offered, None
    return is_offered, Reading(
        tried_at=row.tried_at, read_at=row.read_at, listed=row.listed, trouble=row.trouble, doubt=row.doubt
    )


def note_applied(connection: Connection, course_id: int, listed: int, now: datetime) -> None:
    """A roster was applied."""
    _note(
        connection,
        course_id,
        {"tried_at": now, "read_at": now, "listed": listed, "trouble": None, "doubt": None},
    )


def note_not_applied(
    connection: Connection,
    course_id: int,
    now: datetime,
    *,
    trouble: str | None = None,
    doubt: Mapping[str, Any] | None = None,
) -> None:
    """A roster could not be read, or is so strange that a teacher must look at it first."""
    _note(
        connection,
        course_id,
        {"tried_at": now, "trouble": trouble, "doubt": None if doubt is None else dict(doubt)},
    )


def _note(connection: Connection, course_id: int, values: dict[str, Any]) -> None:
    insert_if_new(connection, roster_reading, {"course_id": course_id, "tried_at": values["tried_at"]})
    connection.execute(update(roster_reading).where(roster_reading.c.course_id == course_id).values(**values))


@dataclass(frozen=True, kw_only=True)
class RosterSource:
    """Where a course's roster is read, and as whom; `deployment_id` is its people's."""

    course_id: int
    deployment_id: int
    platform_id: int
    memberships_url: str
    is_enabled: bool


_SOURCE = (
    select(course, deployment.c.platform_id, platform.c.enabled)
    .join(deployment, deployment.c.id == course.c.deployment_id)
    .join(platform, platform.c.id == deployment.c.platform_id)
    .where(course.c.memberships_url.is_not(None))
)


def find_source(connection: Connection, course_id: int) -> RosterSource | None:
    """Where a course's roster is; None where no launch told."""
    row = connection.execute(_SOURCE.where(course.c.id == course_id)).one_or_none()
    if row is None:
        return None
    return RosterSource(
        course_id=row.id,
        deployment_id=row.deployment_id,
        platform_id=row.platform_id,
        memberships_url=row.memberships_url,
        is_enabled=row.enabled,
    )


def untried_courses(
    connection: Connection, *, tried_before: datetime, seen_after: datetime
) -> list[tuple[int, datetime]]:
    """The courses whose roster was not tried since `tried_before`, each with when it was (else, last seen).

    Those where nobody launched since `seen_after` are left alone.
    """
    query = (
        select(course.c.id, func.coalesce(roster_reading.c.tried_at, course.c.seen_at).label("since"))
        .join(deployment, deployment.c.id == course.c.deployment_id)
        .join(platform, platform.c.id == deployment.c.platform_id)
        .outerjoin(roster_reading, roster_reading.c.course_id == course.c.id)
        .where(
            platform.c.enabled,
            course.c.memberships_url.is_not(None),
            course.c.seen_at > seen_after,
            or_(roster_reading.c.tried_at.is_(None), roster_reading.c.tried_at < tried_before),
        )
        .order_by(course.c.id)
    )
    return [(row.id, row.since) for row in connection.execute(query)]


def known_people(connection: Connection, deployment_id: int, subs: Collection[str]) -> dict[str, int]:
    """Our number of each of these people whom we know."""
    return _ids_of(connection, deployment_id, sorted(subs))


def people_listed(
    connection: Connection, deployment_id: int, listed: Iterable[PersonDetails], now: datetime
) -> dict[str, Person]:
    """The people a roster lists, by their id there; who is new is added. What is withheld erases nothing."""
    details = {each.sub: each for each in listed}
    new = [
        {
            "deployment_id": deployment_id,
            "sub": each.sub,
            "name": each.name,
            "given_name": each.given_name,
            "family_name": each.family_name,
            "email": each.email,
            "student_number": each.student_number,
            "seen_at": now,
        }
        for each in sorted(details.values(), key=lambda each: each.sub)
    ]
    subs = sorted(details)
    known = _ids_of(connection, deployment_id, subs)
    insert_if_new(connection, person, [each for each in new if each["sub"] not in known])
    ids = _ids_of(connection, deployment_id, subs)
    return {each.sub: each for each in people_of(connection, ids.values()).values()}


def _ids_of(connection: Connection, deployment_id: int, subs: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(subs), _AT_ONCE):
        query = select(person.c.sub, person.c.id).where(
            person.c.deployment_id == deployment_id, person.c.sub.in_(subs[start : start + _AT_ONCE])
        )
        found |= {row.sub: row.id for row in connection.execute(query)}
    return found


_DESCRIBE = (
    update(person)
    .where(person.c.id == bindparam("of_person"))
    .values(
        name=bindparam("new_name"),
        given_name=bindparam("new_given_name"),
        family_name=bindparam("new_family_name"),
        email=bindparam("new_email"),
        student_number=bindparam("new_student_number"),
    )
)
_SAID = ("name", "given_name", "family_name", "email", "student_number")


def describe_people(connection: Connection, said: Mapping[int, PersonDetails]) -> set[int]:
    """Bring people up to date with what the roster says of them; return whose name or number is another now."""
    known = people_of(connection, said)
    changed = {}
    for person_id, details in said.items():
        before = known[person_id]
        after = {name: getattr(details, name) or getattr(before, name) for name in _SAID}
        if any(getattr(before, name) != value for name, value in after.items()):
            changed[person_id] = {f"new_{name}": value for name, value in after.items()} | {
                "of_person": person_id
            }
    if changed:
        connection.execute(_DESCRIBE, [changed[each] for each in sorted(changed)])
    return set(changed)


_IN_COURSE = and_(member.c.course_id == bindparam("in_course"), member.c.person_id == bindparam("of_person"))
_LISTED = update(member).where(_IN_COURSE).values(listed_at=bindparam("now"))
_ROLE = update(member).where(_IN_COURSE, member.c.launched_at.is_(None)).values(role=bindparam("new_role"))
_BACK = update(member).where(_IN_COURSE).values(returned_at=bindparam("now"))
_GONE = update(member).where(_IN_COURSE).values(left_at=bindparam("now"), returned_at=None)


def note_members(
    connection: Connection,
    course_id: int,
    *,
    roles: Mapping[int, str],
    back: Collection[int],
    gone: Collection[int],
    now: datetime,
) -> None:
    """Write down whom a roster lists, with which roles (a launch's wins), who is back and who is gone."""
    rows = [
        {"course_id": course_id, "person_id": each, "role": roles[each], "since": now, "listed_at": now}
        for each in sorted(roles)
    ]
    insert_if_new(connection, member, rows)
    for statement, people in ((_LISTED, roles), (_BACK, back), (_GONE, gone)):
        if people:
            connection.execute(
                statement,
                [{"in_course": course_id, "of_person": each, "now": now} for each in sorted(people)],
            )
    if roles:
        connection.execute(
            _ROLE,
            [{"in_course": course_id, "of_person": each, "new_role": roles[each]} for each in sorted(roles)],
        )
