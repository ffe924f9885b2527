"""The dates a course has of its own, over time: only ever added to, the last word counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from grading.own_dates import OwnDates
from storage.schema import course_date
from storage.scope import UnitYear


@dataclass(frozen=True, kw_only=True)
class DatesChange:
    """Somebody gave a component dates of this course's own, or (`own` None) went back to those of the unit's file."""

    component: str
    own: OwnDates | None
    by_person: int
    at: datetime


def add_dates(connection: Connection, scope: UnitYear, new: DatesChange) -> None:
    """Add a change of dates."""
    connection.execute(
        insert(course_date).values(
            course_id=scope.course_id,
            unit_code=scope.unit_code,
            academic_year=scope.academic_year,
            component=new.component,
            opens_at=new.own.opens_at if new.own else None,
            closes_at=new.own.closes_at if new.own else None,
            by_person=new.by_person,
            at=new.at,
        )
    )


_OF_UNIT = (
    select(
        course_date.c.component,
        course_date.c.opens_at,
        course_date.c.closes_at,
        course_date.c.by_person,
        course_date.c.at,
    )
    .where(
        course_date.c.course_id == bindparam("course_id"),
        course_date.c.unit_code == bindparam("unit_code"),
        course_date.c.academic_year == bindparam("academic_year"),
    )
    .order_by(course_date.c.id)
)


def dates_history(connection: Connection, scope: UnitYear) -> list[DatesChange]:
    """Every change of dates of a unit in a course, oldest first."""
    rows = connection.execute(
        _OF_UNIT,
        {
            "course_id": scope.course_id,
            "unit_code": scope.unit_code,
            "academic_year": scope.academic_year,
        },
    )
    return [
        DatesChange(
            component=row.component,
            own=OwnDates(opens_at=row.opens_at, closes_at=row.closes_at) if row.closes_at else None,
            by_person=row.by_person,
            at=row.at,
        )
        for row in rows
    ]


def current_dates(connection: Connection, scope: UnitYear) -> dict[str, OwnDates]:
    """The dates of the course's own, by component; a component without any follows the unit's file."""
    last = {each.component: each.own for each in dates_history(connection, scope)}
    return {component: own for component, own in last.items() if own is not None}
