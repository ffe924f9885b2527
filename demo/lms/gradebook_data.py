"""The gradebook as pages and JSON show it: rows computed here, templates only print."""

import json
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from typing import Any

from demo.lms.course import Course, Person
from demo.lms.gradebook import Column, Grade
from demo.lms.state import LmsState

_CENTS = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell as shown: the mark with two decimals and a comma, or empty."""

    column: Column
    grade: Grade
    text: str
    feedback: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One student's line."""

    person: Person
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class CourseGrades:
    """The table of a course."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def course_grades(state: LmsState, course: Course, *, only: Person | None = None) -> CourseGrades:
    """The students of a course by name, or one of them alone (who does not see hidden columns)."""
    columns = tuple(c for c in state.gradebook.columns(course.id) if only is None or not c.hidden)
    people = [p for p in state.roster.people(course.id) if p.role.gradable and only in (None, p)]
    people.sort(key=lambda person: (_order(person.family), _order(person.given)))
    rows = (
        Row(
            person=person,
            cells=tuple(_cell(column, state.gradebook.grade(column.id, person.id)) for column in columns),
        )
        for person in people
    )
    return CourseGrades(columns=columns, rows=tuple(rows))


def gradebook_data(state: LmsState) -> dict[str, Any]:
    """Every column, student and grade of the site; marks are texts with five decimals, or null."""
    columns = state.gradebook.columns()
    return {
        "columns": [
            {
                "id": column.id,
                "course": column.course_id,
                "label": column.label,
                "maximum": str(column.maximum),
                "link": column.link_id or None,
                "coupled": column.coupled,
                "resource_id": column.resource_id,
                "tag": column.tag,
                "hidden": column.hidden,
                "locked": column.locked,
            }
            for column in columns
        ],
        "people": [
            {"id": p.id, "course": c.id, "name": p.name, "idnumber": p.idnumber, "role": p.role.value}
            for c in state.site.courses
            for p in state.roster.people(c.id)
        ],
        "grades": [
            _grade_data(column, person_id, grade)
            for column in columns
            for person_id, grade in state.gradebook.grades(column.id).items()
        ],
    }


def gradebook_digest(state: LmsState) -> str:
    """Something short that changes whenever the gradebook does."""
    return sha256(json.dumps(gradebook_data(state)).encode()).hexdigest()


def _grade_data(column: Column, person_id: str, grade: Grade) -> dict[str, Any]:
    mark = grade.final(column.maximum)
    return {
        "column": column.id,
        "person": person_id,
        "grade": None if mark is None else f"{mark:.5f}",
        "feedback": grade.final_feedback,
        "overridden": grade.overridden,
        "locked": grade.locked,
        "stored_at": None if grade.stored_at is None else grade.stored_at.isoformat(),
    }


def _order(name: str) -> str:
    """A name as a French list orders it: accents and ligatures apart."""
    letters = unicodedata.normalize("NFKD", name.casefold().replace("œ", "oe"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _cell(column: Column, grade: Grade) -> Cell:
    mark = grade.final(column.maximum)
    text = "" if mark is None else str(mark.quantize(_CENTS, rounding=ROUND_HALF_UP)).replace(".", ",")
    return Cell(column=column, grade=grade, text=text, feedback=grade.final_feedback or "")
