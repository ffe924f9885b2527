"""Which unit, course and year a row is of."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, and_


@dataclass(frozen=True, kw_only=True)
class UnitYear:
    """A unit taught in a course in one academic year: the scope in which sendings are folded into marks."""

    course_id: int
    unit_code: str
    academic_year: str


def in_unit(table: FromClause, scope: UnitYear) -> ColumnElement[bool]:
    """Whether a row of a table is of this unit, in this course and year."""
    return and_(
        table.c.course_id == scope.course_id,
        table.c.unit_code == scope.unit_code,
        table.c.academic_year == scope.academic_year,
    )
