"""What the teacher's page says of copies: components with two activities, copies that wait, the year served."""

from __future__ import annotations

from dataclasses import dataclass

from grading.text import Bilingual
from storage.activities import activities_of
from storage.database import Connection
from storage.served_years import served_years
from workflows.cohort import Cohort


@dataclass(frozen=True, kw_only=True)
class CopyNote:
    """`doubled` are components that several activities stand for, with their names; each shows the same marks.

    `waiting`: how many activities of the course are copies nobody has settled. `was_settled`: a teacher said which
    year this unit's copies serve here.
    """

    doubled: tuple[tuple[Bilingual, tuple[str, ...]], ...]
    waiting: int
    was_settled: bool


def copy_note(connection: Connection, cohort: Cohort) -> CopyNote:
    """The note for the unit and course of a cohort."""
    there = activities_of(connection, cohort.scope.course_id)
    settled = served_years(connection, cohort.scope.course_id)
    parts = [(each.key, each.title) for each in cohort.unit.components]
    parts.append((cohort.unit.catch_up.key, cohort.unit.catch_up.title))
    columns = [(title, tuple(each.title or "?" for each in cohort.columns(key))) for key, title in parts]
    return CopyNote(
        doubled=tuple((title, names) for title, names in columns if len(names) > 1),
        waiting=sum(each.is_copy_to_settle for each in there),
        was_settled=any(
            (code, year) == (cohort.scope.unit_code, cohort.scope.academic_year)
            for (code, _told), year in settled.items()
        ),
    )
