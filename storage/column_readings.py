"""Gradebook columns as they were last read back, and what such a reading changes of our scores."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select, update

from storage.desired_scores import ScoreState, afresh
from storage.schema import activity, column_reading, course, deployment, desired_score, platform
from storage.upsert import insert_if_new


@dataclass(frozen=True, kw_only=True)
class ColumnReading:
    """A column as it was read last (instants in UTC); `trouble`: why the last try failed."""

    activity_id: int
    tried_at: datetime
    read_at: datetime | None = None
    label: str | None = None
    maximum: str | None = None
    shows: str | None = None
    trouble: str | None = None


def column_readings(connection: Connection, activity_ids: Collection[int]) -> dict[int, ColumnReading]:
    """How these activities' columns were last read; those never tried are absent."""
    rows = connection.execute(
        select(column_reading).where(column_reading.c.activity_id.in_(list(activity_ids)))
    )
    return {row.activity_id: ColumnReading(**row._mapping) for row in rows}


def note_column(connection: Connection, activity_id: int, now: datetime, **values: Any) -> None:
    """Keep what a try to read a column gave: `trouble`, or what the column is and shows."""
    insert_if_new(connection, column_reading, {"activity_id": activity_id, "tried_at": now})
    this = column_reading.c.activity_id == activity_id
    connection.execute(
        update(column_reading).where(this).values(**{"tried_at": now, "trouble": None, **values})
    )


def courses_to_compare(
    connection: Connection, *, tried_before: datetime, seen_after: datetime
) -> list[tuple[int, datetime]]:
    """The courses with columns not tried since `tried_before`, each with the last try (else, last seen).

    Those where nobody launched since `seen_after` are left alone.
    """
    tried = func.max(column_reading.c.tried_at)
    query = (
        select(course.c.id, func.coalesce(tried, course.c.seen_at).label("since"))
        .join(activity, activity.c.course_id == course.c.id)
        .join(deployment, deployment.c.id == course.c.deployment_id)
        .join(platform, platform.c.id == deployment.c.platform_id)
        .outerjoin(column_reading, column_reading.c.activity_id == activity.c.id)
        .where(
            platform.c.enabled,
            course.c.seen_at > seen_after,
            activity.c.line_item_url.is_not(None),
            activity.c.component.is_not(None),
        )
        .group_by(course.c.id, course.c.seen_at)
        .having(or_(tried.is_(None), tried < tried_before))
        .order_by(course.c.id)
    )
    return [(row.id, row.since) for row in connection.execute(query)]


_ONE = and_(
    desired_score.c.activity_id == bindparam("of_activity"),
    desired_score.c.person_id == bindparam("of_person"),
    desired_score.c.version == bindparam("of_version"),
)


def note_seen(
    connection: Connection,
    activity_id: int,
    person_id: int,
    version: int,
    *,
    state: ScoreState,
    lms_mark: str | None,
    now: datetime,
) -> bool:
    """Write down what the gradebook shows for one score, unless another is desired meanwhile."""
    values: dict[str, Any] = {"state": state, "lms_mark": lms_mark}
    if state is ScoreState.IN_STEP:
        values |= {"problem": None, "problem_detail": None, "failing_since": None}
    else:
        values |= {
            "problem": state.value,
            "problem_detail": "found when the column was read back",
            "failing_since": now,
        }
    one = {"of_activity": activity_id, "of_person": person_id, "of_version": version}
    return connection.execute(update(desired_score).where(_ONE).values(**values), one).rowcount == 1


def keep_theirs(connection: Connection, activity_id: int, person_ids: Collection[int]) -> int:
    """A teacher keeps what the LMS holds for these people; return how many."""
    differs = desired_score.c.state.in_([ScoreState.TYPED_BY_HAND, ScoreState.NOT_SHOWN])
    return _change(connection, activity_id, differs, {"state": ScoreState.KEPT_THEIRS}, person_ids)


def send_column_again(connection: Connection, activity_id: int, now: datetime) -> int:
    """The column is gone: send what it held again, which finds another or says that there is none; return how many."""
    held = and_(desired_score.c.state == ScoreState.IN_STEP, desired_score.c.mark.is_not(None))
    again = afresh() | {"version": desired_score.c.version + 1, "desired_at": now}
    return _change(connection, activity_id, held, again)


def _change(
    connection: Connection,
    activity_id: int,
    where: ColumnElement[bool],
    values: dict[str, Any],
    person_ids: Collection[int] | None = None,
) -> int:
    chosen = and_(desired_score.c.activity_id == activity_id, where)
    if person_ids is not None:
        chosen = and_(chosen, desired_score.c.person_id.in_(list(person_ids)))
    return connection.execute(update(desired_score).where(chosen).values(**values)).rowcount
