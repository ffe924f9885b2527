"""How far a unit taught in a course has come: a digest that changes whenever anything that marks follow from does.

Two equal digests mean that whatever was computed from the unit's tables still holds; it is far quicker to find than
what it stands for.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import Connection, Select, func, select

from storage.schema import (
    campaign,
    certification,
    certification_withdrawal,
    closing,
    course_date,
    import_undoing,
    match_choice,
    member,
    opaque_number,
    person,
    served_year,
    submission,
    withdrawal,
)
from storage.scope import UnitYear

_OF_UNIT = (submission, certification, closing, match_choice, campaign, course_date, served_year)
_OF_ALL = (withdrawal, certification_withdrawal, opaque_number, import_undoing)
"""What no column ties to a unit: another course's change makes the digest differ, which costs a computation."""


def unit_state(connection: Connection, scope: UnitYear) -> str:
    """Return the digest."""
    found: list[object] = []
    for table in _OF_UNIT:
        query = select(func.count(), func.max(table.c.id)).where(table.c.course_id == scope.course_id)
        found.append([*connection.execute(query).one()])
    found += [connection.scalar(select(func.count()).select_from(table)) for table in _OF_ALL]
    found.append(str(connection.scalar(select(func.max(campaign.c.ended_at)))))
    found.append([list(map(str, row)) for row in connection.execute(_people(scope.course_id))])
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


def _people(course_id: int) -> Select[Any]:
    return (
        select(
            person.c.id,
            person.c.name,
            person.c.given_name,
            person.c.family_name,
            person.c.student_number,
            member.c.role,
            member.c.left_at,
            member.c.returned_at,
        )
        .join(member, member.c.person_id == person.c.id)
        .where(member.c.course_id == course_id)
        .order_by(person.c.id)
    )
