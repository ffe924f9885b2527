"""The choices teachers made of whose an identity is: added to, never changed; the last one about an identity holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from storage.schema import match_choice
from storage.submissions import UnitYear

UNDONE = "undone"


@dataclass(frozen=True, kw_only=True)
class MatchChoice:
    """A teacher's word on an identity of a file: `choice` is person, ignore or undone.

    `draft_id` names the draft in whose preview it was made.
    """

    identity_key: str
    choice: str
    person_id: int | None
    draft_id: str | None = None


def remember_choice(
    connection: Connection, scope: UnitYear, choice: MatchChoice, *, by_person: int, now: datetime
) -> None:
    """Add a teacher's choice; it holds until another about the same identity."""
    connection.execute(
        insert(match_choice).values(
            course_id=scope.course_id,
            unit_code=scope.unit_code,
            academic_year=scope.academic_year,
            identity_key=choice.identity_key,
            choice=choice.choice,
            person_id=choice.person_id,
            by_person=by_person,
            at=now,
            draft_id=choice.draft_id,
        )
    )


def remembered_choices(connection: Connection, scope: UnitYear) -> dict[str, MatchChoice]:
    """The choices that hold, by identity; an undone one is not among them."""
    latest = {choice.identity_key: choice for choice in choices_of(connection, scope)}
    return {key: choice for key, choice in latest.items() if choice.choice != UNDONE}


def undone_choices(connection: Connection, scope: UnitYear) -> dict[str, int]:
    """The identities whose choice was undone, with the person they had been given to."""
    last_person: dict[str, int] = {}
    undone: dict[str, int] = {}
    for choice in choices_of(connection, scope):
        key = choice.identity_key
        if choice.person_id is not None:
            last_person[key] = choice.person_id
        undone.pop(key, None)
        if choice.choice == UNDONE and key in last_person:
            undone[key] = last_person[key]
    return undone


def identities_given_to(
    connection: Connection, course_id: int, person_ids: Collection[int]
) -> frozenset[str]:
    """The identities that a teacher of a course ever gave to one of these people, in whichever unit."""
    query = select(match_choice.c.identity_key, match_choice.c.person_id).where(
        match_choice.c.course_id == course_id, match_choice.c.person_id.is_not(None)
    )
    return frozenset(row.identity_key for row in connection.execute(query) if row.person_id in person_ids)


def choices_before(choices: Iterable[MatchChoice], draft_id: str) -> dict[str, MatchChoice]:
    """What held of each identity before a draft's preview changed it, where its choice is still the last one.

    Pure: from every choice of a unit, in order.
    """
    before: dict[str, MatchChoice] = {}
    held: dict[str, MatchChoice] = {}
    for choice in choices:
        key = choice.identity_key
        if choice.draft_id != draft_id:
            before.pop(key, None)
        elif key not in before:
            before[key] = held.get(key, MatchChoice(identity_key=key, choice=UNDONE, person_id=None))
        held[key] = choice
    return before


def choices_of(connection: Connection, scope: UnitYear) -> list[MatchChoice]:
    """Every choice of a unit, in the order they were made."""
    query = select(match_choice).where(
        match_choice.c.course_id == scope.course_id,
        match_choice.c.unit_code == scope.unit_code,
        match_choice.c.academic_year == scope.academic_year,
    )
    return [
        MatchChoice(
            identity_key=row.identity_key,
            choice=row.choice,
            person_id=row.person_id,
            draft_id=row.draft_id,
        )
        for row in connection.execute(query.order_by(match_choice.c.id))
    ]
