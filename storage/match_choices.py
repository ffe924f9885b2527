"""The choices teachers made of whose an identity is: added to, never changed; the last one about an identity holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from storage.schema import match_choice
from storage.scope import UnitYear, in_unit

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


def choices_to_say_again(
    choices: Iterable[MatchChoice], gone: Mapping[str, int], relied: Mapping[str, int]
) -> list[MatchChoice]:
    """What to say of identities so that it is as if nothing had been chosen in some drafts. Pure: from every choice.

    `gone`: those drafts, with the imports they became. `relied`: of an identity, the last import that stands and has
    lines of it; what was chosen before that import stays, since it rests on it.
    """
    held: dict[str, MatchChoice] = {}
    left: dict[str, MatchChoice] = {}
    for choice in choices:
        key = choice.identity_key
        held[key] = choice
        made_in = gone.get(choice.draft_id or "")
        if made_in is None or relied.get(key, 0) > made_in:
            left[key] = choice
    then = {key: left.get(key, MatchChoice(identity_key=key, choice=UNDONE, person_id=None)) for key in held}
    return [
        then[key]
        for key, last in held.items()
        if (then[key].choice, then[key].person_id) != (last.choice, last.person_id)
    ]


def choices_of(connection: Connection, scope: UnitYear) -> list[MatchChoice]:
    """Every choice of a unit, in the order they were made."""
    query = select(match_choice).where(in_unit(match_choice, scope))
    return [
        MatchChoice(
            identity_key=row.identity_key,
            choice=row.choice,
            person_id=row.person_id,
            draft_id=row.draft_id,
        )
        for row in connection.execute(query.order_by(match_choice.c.id))
    ]
