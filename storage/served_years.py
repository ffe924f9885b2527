"""Which academic year the copied activities of a course serve, as its teachers said; and what else may be served."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Row, Select, insert, select

from storage.activities import Course
from storage.schema import activity, certification, course, grade, imported_row, served_year, submission
from storage.scope import UnitYear, in_unit


def add_served_year(
    connection: Connection, scope: UnitYear, told_year: str | None, *, by_person: int, now: datetime
) -> None:
    """Note which year the activities serve whose own parameters name `told_year` (None: no year)."""
    connection.execute(
        insert(served_year).values(
            course_id=scope.course_id,
            unit_code=scope.unit_code,
            told_year=told_year or "",
            academic_year=scope.academic_year,
            by_person=by_person,
            at=now,
        )
    )


def served_years(connection: Connection, course_id: int) -> dict[tuple[str, str | None], str]:
    """The last word on each unit of a course and year that parameters name: the year its activities serve."""
    rows = connection.execute(
        select(served_year.c.unit_code, served_year.c.told_year, served_year.c.academic_year)
        .where(served_year.c.course_id == course_id)
        .order_by(served_year.c.id)
    )
    return {(row.unit_code, row.told_year or None): row.academic_year for row in rows}


def find_source(
    connection: Connection, here: Course, unit_code: str, *, contexts: Collection[str], links: Collection[str]
) -> Course | None:
    """The course of ours that a platform's history names, where it has an activity of this unit.

    `contexts` and `links` are the ids of courses and of activities, as the platform gives them, the parent first.
    """
    found = select(course).join(activity, activity.c.course_id == course.c.id)
    found = found.where(course.c.deployment_id == here.deployment_id, course.c.id != here.id)
    known = found.where(activity.c.unit_code == unit_code)
    for query, ids, column in (
        (known, contexts, course.c.context_id),
        (found, links, activity.c.resource_link_id),
    ):
        rows = (
            connection.execute(query.where(column.in_(ids)).add_columns(column.label("named"))) if ids else ()
        )
        by_id = {row.named: row for row in rows}
        named = next((by_id[each] for each in ids if each in by_id), None)
        if named is not None:
            return _course(named)
    return None


def find_older_course(
    connection: Connection, here: Course, unit_code: str, academic_year: str
) -> Course | None:
    """A course known before this one that serves this unit-year (the last of them)."""
    query = (
        select(course)
        .join(activity, activity.c.course_id == course.c.id)
        .where(
            course.c.deployment_id == here.deployment_id,
            course.c.id < here.id,
            activity.c.unit_code == unit_code,
            activity.c.academic_year == academic_year,
        )
        .order_by(course.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return _course(row) if row else None


def has_results(connection: Connection, scope: UnitYear) -> bool:
    """Whether anything was received or marked for a unit-year in a course: it cannot be left any more."""
    tables = (submission, certification, imported_row, grade)
    of_scope: list[Select[tuple[int]]] = [
        select(table.c.id).where(in_unit(table, scope)).limit(1) for table in tables
    ]
    return any(connection.scalar(each) is not None for each in of_scope)


def _course(row: Row[tuple[object, ...]]) -> Course:
    values = row._mapping
    return Course(
        id=values["id"],
        deployment_id=values["deployment_id"],
        context_id=values["context_id"],
        label=values["label"],
        title=values["title"],
    )
