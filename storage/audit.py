"""Who did what, when: added to, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from storage.schema import audit


def note(
    connection: Connection,
    action: str,
    now: datetime,
    *,
    by_person: int | None = None,
    course_id: int | None = None,
    details: Mapping[str, Any],
) -> None:
    """Add an event. `details` holds ids and counts, never names."""
    connection.execute(
        insert(audit).values(
            at=now, action=action, by_person=by_person, course_id=course_id, details=dict(details)
        )
    )


def events_of(connection: Connection, course_id: int, limit: int = 50) -> list[dict[str, Any]]:
    """The last events of a course, newest first."""
    query = select(audit).where(audit.c.course_id == course_id).order_by(audit.c.id.desc()).limit(limit)
    return [dict(row._mapping) for row in connection.execute(query)]
