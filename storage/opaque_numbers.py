"""Numbers of ours that stand for people in their campaign links where the LMS gives no student number.

Once made, a number stays its person's: links given earlier go on telling who they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from storage.schema import member, opaque_number, person
from storage.upsert import insert_if_new


class NoNumberFree(Exception):
    """None of the numbers proposed was free: the caller proposes others."""


def find_opaque_number(connection: Connection, person_id: int) -> str | None:
    """The number made for a person, if one was."""
    return connection.scalar(select(opaque_number.c.number).where(opaque_number.c.person_id == person_id))


def opaque_numbers_of(connection: Connection, course_id: int) -> dict[int, str]:
    """The numbers made for the people of a course."""
    query = select(opaque_number).join(member, member.c.person_id == opaque_number.c.person_id)
    rows = connection.execute(query.where(member.c.course_id == course_id))
    return {row.person_id: row.number for row in rows}


def keep_opaque_number(connection: Connection, person_id: int, proposed: Iterable[str], now: datetime) -> str:
    """The person's number: the one they have, else the first proposed that nobody has, here or at the LMS.

    Raises:
        NoNumberFree: every number proposed is somebody's.
    """
    for number in proposed:
        kept = find_opaque_number(connection, person_id)
        if kept is not None:
            return kept
        if not _is_student_number(connection, [number, number.lower()]):
            values = {"person_id": person_id, "number": number, "made_at": now}
            insert_if_new(connection, opaque_number, values)
    kept = find_opaque_number(connection, person_id)
    if kept is None:
        raise NoNumberFree
    return kept


def _is_student_number(connection: Connection, numbers: Sequence[str]) -> bool:
    query = select(person.c.id).where(person.c.student_number.in_(numbers)).limit(1)
    return connection.scalar(query) is not None
