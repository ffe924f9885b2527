"""People as the LMS presents them, and who is in which course with which role."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, select, update

from storage.schema import member, person
from storage.upsert import insert_if_new

SEEN_EVERY = timedelta(hours=1)
"""`seen_at` is written at most this often: a launch that changes nothing should write little."""


@dataclass(frozen=True, kw_only=True)
class PersonDetails:
    """What a launch says of a person; everything but `sub` may be withheld by the LMS."""

    sub: str
    name: str | None
    given_name: str | None
    family_name: str | None
    email: str | None
    student_number: str | None


@dataclass(frozen=True, kw_only=True)
class Person:
    """A person of one deployment."""

    id: int
    deployment_id: int
    sub: str
    name: str | None
    given_name: str | None
    family_name: str | None
    email: str | None
    student_number: str | None
    seen_at: datetime


@dataclass(frozen=True, kw_only=True)
class Member:
    """A person in a course: `role` is learner, teacher or reader, as launches say, else the roster (instants in UTC).

    `since`: known there since, by a launch or by the roster; `launched_at` is None for who never came.
    `left_at` and `returned_at` bound the last absence.
    """

    person: Person
    role: str
    since: datetime
    launched_at: datetime | None = None
    listed_at: datetime | None = None
    left_at: datetime | None = None
    returned_at: datetime | None = None

    @property
    def never_came(self) -> bool:
        """Whether only the roster knows the person here."""
        return self.launched_at is None

    @property
    def has_left(self) -> bool:
        """Whether the person is no longer in the course, as far as its roster tells."""
        return self.left_at is not None and self.returned_at is None

    def was_there(self, instant: datetime) -> bool:
        """Whether the person was in the course at an instant, as far as is known."""
        if self.since > instant:
            return False
        if self.left_at is None or instant < self.left_at:
            return True
        return self.returned_at is not None and self.returned_at <= instant


_SAME = and_(person.c.deployment_id == bindparam("in_deployment"), person.c.sub == bindparam("of_sub"))
_BY_SUB = select(person).where(_SAME)
_UPDATE = update(person).where(_SAME)


def enter_person(
    connection: Connection, deployment_id: int, details: PersonDetails, now: datetime
) -> tuple[Person, bool]:
    """Add or update a person; True where the person is new or is now called or numbered otherwise."""
    same = {"in_deployment": deployment_id, "of_sub": details.sub}
    row = connection.execute(_BY_SUB, same).one_or_none()
    if row is None:
        insert_if_new(
            connection,
            person,
            {
                "deployment_id": deployment_id,
                "sub": details.sub,
                "name": details.name,
                "given_name": details.given_name,
                "family_name": details.family_name,
                "email": details.email,
                "student_number": details.student_number,
                "seen_at": now,
            },
        )
        return _person(connection.execute(_BY_SUB, same).one()), True
    # What the LMS withholds this time (privacy settings) does not erase what it said before.
    said = {
        "name": details.name or row.name,
        "given_name": details.given_name or row.given_name,
        "family_name": details.family_name or row.family_name,
        "email": details.email or row.email,
        "student_number": details.student_number or row.student_number,
    }
    changed = any(getattr(row, key) != value for key, value in said.items())
    if changed or abs(now - row.seen_at) > SEEN_EVERY:
        connection.execute(_UPDATE, {**same, **said, "seen_at": now})
        row = connection.execute(_BY_SUB, same).one()
    return _person(row), changed


_BY_ID = select(person).where(person.c.id == bindparam("person_id"))


def get_person(connection: Connection, person_id: int) -> Person:
    """One person.

    Raises:
        LookupError: there is no such person.
    """
    row = connection.execute(_BY_ID, {"person_id": person_id}).one_or_none()
    if row is None:
        raise LookupError(f"no person {person_id}")
    return _person(row)


_IN_COURSE = and_(member.c.course_id == bindparam("in_course"), member.c.person_id == bindparam("of_person"))
_STANDING = select(member.c.role, member.c.launched_at, member.c.left_at, member.c.returned_at).where(
    _IN_COURSE
)


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """What a launch changed of a person in a course: `is_new`, their first launch there; `is_back`, they had left."""

    is_new: bool
    is_back: bool = False


def enter_course(
    connection: Connection, course_id: int, person_id: int, role: str, now: datetime
) -> Entrance:
    """Note that a person launched in a course with a role, which wins over the roster's."""
    one = {"in_course": course_id, "of_person": person_id}
    known = connection.execute(_STANDING, one).one_or_none()
    if known is None:
        values = {
            "course_id": course_id,
            "person_id": person_id,
            "role": role,
            "since": now,
            "launched_at": now,
        }
        if insert_if_new(connection, member, values) == 1:
            return Entrance(is_new=True)
        known = connection.execute(_STANDING, one).one()  # another launch, or the roster, a moment ago
    is_back = known.left_at is not None and known.returned_at is None
    changed: dict[str, Any] = {}
    if known.role != role:
        changed["role"] = role
    if known.launched_at is None:
        changed["launched_at"] = now
    if is_back:
        changed["returned_at"] = now
    if changed:
        connection.execute(update(member).where(_IN_COURSE).values(**changed), one)
    return Entrance(is_new=known.launched_at is None, is_back=is_back)


_MEMBER = select(
    person,
    member.c.role,
    member.c.since,
    member.c.launched_at,
    member.c.listed_at,
    member.c.left_at,
    member.c.returned_at,
).join(member, member.c.person_id == person.c.id)
_MEMBERS = _MEMBER.where(member.c.course_id == bindparam("in_course")).order_by(member.c.since, person.c.id)
_MEMBERS_AS = _MEMBERS.where(member.c.role == bindparam("role"))
_ONE_MEMBER = _MEMBER.where(_IN_COURSE)


def members_of(connection: Connection, course_id: int, role: str | None = None) -> list[Member]:
    """The people of a course, whether they launched, are listed or have left, in the order they became known."""
    if role is None:
        rows = connection.execute(_MEMBERS, {"in_course": course_id})
    else:
        rows = connection.execute(_MEMBERS_AS, {"in_course": course_id, "role": role})
    return [_member(row) for row in rows]


def count_members(connection: Connection, course_id: int, role: str) -> int:
    """How many people of a course have a role, those who left too."""
    query = select(func.count()).where(member.c.course_id == course_id, member.c.role == role)
    return int(connection.execute(query).scalar_one())


_THESE_MEMBERS = _MEMBERS.where(person.c.id.in_(bindparam("person_ids", expanding=True)))


def these_members(connection: Connection, course_id: int, person_ids: Collection[int]) -> list[Member]:
    """Those of these people who launched in a course, in the order of their first launch."""
    if len(person_ids) > _MOST_AT_ONCE:
        wanted = set(person_ids)
        return [each for each in members_of(connection, course_id) if each.person.id in wanted]
    asked = {"in_course": course_id, "person_ids": list(person_ids)}
    return [_member(row) for row in connection.execute(_THESE_MEMBERS, asked)]


_MOST_AT_ONCE = 500
"""People of one statement: databases bound the number of its parameters."""


def find_member(connection: Connection, course_id: int, person_id: int) -> Member | None:
    """A person in a course, or None where they are not known there."""
    row = connection.execute(_ONE_MEMBER, {"in_course": course_id, "of_person": person_id}).one_or_none()
    return _member(row) if row else None


def people_of(connection: Connection, person_ids: Iterable[int]) -> dict[int, Person]:
    """These people, by id, whatever their courses."""
    rows = connection.execute(select(person).where(person.c.id.in_(set(person_ids))))
    return {row.id: _person(row) for row in rows}


_LOCK = (
    select(person.c.id)
    .where(person.c.id.in_(bindparam("person_ids", expanding=True)))
    .order_by(person.c.id)
    .with_for_update()
)


def lock_people(connection: Connection, person_ids: Iterable[int]) -> None:
    """Make other transactions about these people wait (PostgreSQL; SQLite's write transactions already do).

    Always in the order of ids, so that two transactions never wait for each other.
    """
    connection.execute(_LOCK, {"person_ids": sorted(set(person_ids))}).all()


def _member(row: Row[Any]) -> Member:
    return Member(
        person=_person(row),
        role=row.role,
        since=row.since,
        launched_at=row.launched_at,
        listed_at=row.listed_at,
        left_at=row.left_at,
        returned_at=row.returned_at,
    )


def _person(row: Row[Any]) -> Person:
    return Person(
        id=row.id,
        deployment_id=row.deployment_id,
        sub=row.sub,
        name=row.name,
        given_name=row.given_name,
        family_name=row.family_name,
        email=row.email,
        student_number=row.student_number,
        seen_at=row.seen_at,
    )
