"""Grades over time, who closed what, and the text of the rules that produced them. Only ever added to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, insert, select

from storage.schema import closing, course, grade, rules_text
from storage.scope import UnitYear
from storage.upsert import insert_if_new


@dataclass(frozen=True, kw_only=True)
class Grade:
    """A mark out of 20 (None: no mark) as it was computed at one instant, with why and by which rules."""

    person_id: int
    component: str
    mark: Decimal | None
    status: str
    explanation: Sequence[Mapping[str, str]]
    rules_digest: str
    submission_id: int | None
    cause: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Closing:
    """The teacher closed a component (or opened it again) at an instant (UTC)."""

    component: str
    closed: bool
    at: datetime
    by_person: int


_COURSE = select(course.c.id).where(course.c.id == bindparam("course_id"))
_ALONE = _COURSE.with_for_update(key_share=True)
_BESIDE_OTHERS = _COURSE.with_for_update(read=True)


def lock_course(connection: Connection, course_id: int, *, alone: bool) -> None:
    """Compute marks in a course beside others, or (`alone`) change what all its marks depend on (PostgreSQL).

    Whoever computes marks waits while an activity is being given its component, and the other way round: else a
    mark could be desired for the columns of before. Taken after the locks on people. SQLite has one writer anyway.
    """
    connection.execute(_ALONE if alone else _BESIDE_OTHERS, {"course_id": course_id}).all()


_ADD_GRADE = insert(grade)


def add_grade(connection: Connection, scope: UnitYear, new: Grade) -> None:
    """Add a grade to the history."""
    add_grades(connection, scope, [new])


def add_grades(connection: Connection, scope: UnitYear, grades: Sequence[Grade]) -> None:
    """Add grades to the history, in this order."""
    rows = [
        {
            "course_id": scope.course_id,
            "unit_code": scope.unit_code,
            "academic_year": scope.academic_year,
            "person_id": new.person_id,
            "component": new.component,
            "mark": None if new.mark is None else str(new.mark),
            "status": new.status,
            "explanation": [dict(line) for line in new.explanation],
            "rules_digest": new.rules_digest,
            "submission_id": new.submission_id,
            "cause": new.cause,
            "created_at": new.created_at,
        }
        for new in grades
    ]
    if rows:
        connection.execute(_ADD_GRADE, rows)


_GRADES_OF_UNIT = and_(
    grade.c.course_id == bindparam("course_id"),
    grade.c.unit_code == bindparam("unit_code"),
    grade.c.academic_year == bindparam("academic_year"),
)
_NEWEST = select(func.max(grade.c.id)).where(_GRADES_OF_UNIT).group_by(grade.c.person_id, grade.c.component)
_LATEST = select(grade).where(grade.c.id.in_(_NEWEST))
_LATEST_OF = select(grade).where(
    grade.c.id.in_(_NEWEST.where(grade.c.person_id.in_(bindparam("person_ids", expanding=True))))
)


def latest_grades(
    connection: Connection, scope: UnitYear, person_ids: Iterable[int] | None = None
) -> dict[tuple[int, str], Grade]:
    """The last grade of each (person, component)."""
    if person_ids is None:
        rows = connection.execute(_LATEST, _of(scope))
    else:
        rows = connection.execute(_LATEST_OF, _of(scope) | {"person_ids": list(person_ids)})
    return {(row.person_id, row.component): _grade(row) for row in rows}


def grade_history(connection: Connection, scope: UnitYear, person_id: int) -> list[Grade]:
    """Every grade a person has had in a unit, oldest first."""
    query = select(grade).where(_GRADES_OF_UNIT, grade.c.person_id == person_id).order_by(grade.c.id)
    return [_grade(row) for row in connection.execute(query, _of(scope))]


def add_closing(connection: Connection, scope: UnitYear, new: Closing) -> None:
    """Add that a component was closed or opened again."""
    connection.execute(
        insert(closing).values(
            course_id=scope.course_id,
            unit_code=scope.unit_code,
            academic_year=scope.academic_year,
            component=new.component,
            closed=new.closed,
            at=new.at,
            by_person=new.by_person,
        )
    )


_CLOSINGS = (
    select(closing.c.component, closing.c.closed, closing.c.at, closing.c.by_person)
    .where(
        closing.c.course_id == bindparam("course_id"),
        closing.c.unit_code == bindparam("unit_code"),
        closing.c.academic_year == bindparam("academic_year"),
    )
    .order_by(closing.c.id)
)


def current_closings(connection: Connection, scope: UnitYear) -> dict[str, Closing]:
    """The last word on each component that was ever closed."""
    return {
        row.component: Closing(component=row.component, closed=row.closed, at=row.at, by_person=row.by_person)
        for row in connection.execute(_CLOSINGS, _of(scope))
    }


_RULES_KNOWN = select(rules_text.c.digest).where(rules_text.c.digest == bindparam("digest"))


def keep_rules(connection: Connection, digest: str, name: str, text: str, now: datetime) -> None:
    """Keep the text of a rules file under its digest, once."""
    if connection.scalar(_RULES_KNOWN, {"digest": digest}) is None:
        insert_if_new(
            connection, rules_text, {"digest": digest, "name": name, "text": text, "first_used_at": now}
        )


def find_rules(connection: Connection, digest: str) -> tuple[str, str] | None:
    """The name and text of the rules with this digest."""
    row = connection.execute(
        select(rules_text.c.name, rules_text.c.text).where(rules_text.c.digest == digest)
    ).one_or_none()
    return (row.name, row.text) if row else None


def _of(scope: UnitYear) -> dict[str, Any]:
    return {
        "course_id": scope.course_id,
        "unit_code": scope.unit_code,
        "academic_year": scope.academic_year,
    }


def _grade(row: Row[Any]) -> Grade:
    return Grade(
        person_id=row.person_id,
        component=row.component,
        mark=None if row.mark is None else Decimal(row.mark),
        status=row.status,
        explanation=row.explanation,
        rules_digest=row.rules_digest,
        submission_id=row.submission_id,
        cause=row.cause,
        created_at=row.created_at,
    )
