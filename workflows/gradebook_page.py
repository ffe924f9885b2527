"""The teacher's page of the gradebook: each column as the platform has it now, and the marks that differ there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from grading.rules import Unit
from grading.text import Bilingual, moment
from storage.activities import Activity
from storage.column_readings import ColumnReading, column_readings
from storage.database import Connection
from storage.desired_scores import ScoreRow, ScoreState, scores_of
from storage.jobs import Job, find_last_job
from workflows.cohort import Cohort, load_cohort, rules_of, unit_year
from workflows.compare_columns import KIND, ask_to_compare, compare_job
from workflows.judge_column import OURS, Shows
from workflows.lms_state import LmsState, lms_state, reason_of
from workflows.person_names import order_of, person_name
from workflows.regrade import part_of
from workflows.visit import Role, Visit, activity_of, find_place, require
from workflows.world import World


@dataclass(frozen=True, kw_only=True)
class ShownColumn:
    """One activity's column: how the platform calls it, its maximum, when it was read; notes say what is unusual."""

    title: Bilingual
    activity: str | None
    label: str | None
    read: Bilingual | None
    trouble: Bilingual | None
    notes: tuple[Bilingual, ...]


@dataclass(frozen=True, kw_only=True)
class ShownDifference:
    """A mark that the platform shows otherwise."""

    person_id: int
    name: str
    number: str | None
    component: Bilingual
    lms: LmsState


@dataclass(frozen=True, kw_only=True)
class GradebookPage:
    """The page; `job`: the last reading that was asked for, until it is forgotten."""

    unit: Unit
    job: Job | None
    columns: tuple[ShownColumn, ...]
    differences: tuple[ShownDifference, ...]
    kept: tuple[ShownDifference, ...]


def gradebook_page(world: World, visit: Visit) -> GradebookPage:
    """The gradebook as the visit's unit has it in this course.

    Raises:
        Refused: not a teacher; not set up; no rules.
    """
    require(visit, Role.TEACHER)
    activity = find_place(world, visit).activity
    rules, scope = rules_of(world, activity), unit_year(activity)
    with world.database.read() as connection:
        cohort = load_cohort(connection, rules, scope)
        columns = [each for each in cohort.activities if each.is_set_up]
        scores = scores_of(connection, [each.id for each in columns])
        readings = column_readings(connection, [each.id for each in columns])
        job = _job(connection, scope.course_id)
    shown = _differences(cohort, columns, scores)
    return GradebookPage(
        unit=cohort.unit,
        job=job,
        columns=tuple(_column(cohort, each, readings.get(each.id)) for each in columns),
        differences=tuple(each for each in shown if each.lms.difference and not each.lms.difference.is_kept),
        kept=tuple(each for each in shown if each.lms.difference and each.lms.difference.is_kept),
    )


def ask_for_comparison(world: World, visit: Visit) -> None:
    """Let the course's columns be read back now.

    Raises:
        Refused: not a teacher.
    """
    require(visit, Role.TEACHER)
    with world.database.write() as connection:
        activity = activity_of(connection, visit)
        ask_to_compare(
            connection,
            activity.course_id,
            world.now(),
            by_person=visit.person_id,
            activity_id=activity.id,
        )
    world.wake()


def _job(connection: Connection, course_id: int) -> Job | None:
    return find_last_job(connection, KIND, compare_job(course_id).key)


def _column(cohort: Cohort, activity: Activity, reading: ColumnReading | None) -> ShownColumn:
    title = part_of(cohort.rules, activity.component or "").title
    if reading is None:
        return ShownColumn(
            title=title, activity=activity.title, label=None, read=None, trouble=None, notes=()
        )
    return ShownColumn(
        title=title,
        activity=activity.title,
        label=reading.label,
        read=moment(reading.read_at, cohort.unit.timezone) if reading.read_at else None,
        trouble=reason_of(reading.trouble) if reading.trouble else None,
        notes=tuple(_notes(reading)),
    )


def _notes(reading: ColumnReading) -> list[Bilingual]:
    notes = []
    maximum = _decimal(reading.maximum)
    if maximum is not None and maximum != OURS:
        shown = f"{maximum:f}"
        notes.append(
            Bilingual(
                f"notée sur {shown.replace('.', ',')} : la plateforme convertit, et cette page montre tout sur 20",
                f"out of {shown}: the platform converts, and this page shows everything out of 20",
            )
        )
    if reading.shows == Shows.SCALE:
        notes.append(
            Bilingual(
                "un barème à niveaux (échelle) arrondit les notes : réglez l’activité sur une note en points, sur 20",
                "a scale rounds the marks to its levels: set the activity's grade to points, out of 20",
            )
        )
    if reading.shows == Shows.NOTHING:
        notes.append(
            Bilingual(
                "la plateforme accepte les notes et n’en montre aucune : type de note « Aucune » ou « Texte » ? Réglez "
                "l’activité sur une note en points, sur 20, puis renvoyez les notes",
                "the platform takes the marks and shows none: grade type “None” or “Text”? Set the activity's grade to "
                "points, out of 20, then send the marks again",
            )
        )
    return notes


def _differences(
    cohort: Cohort, columns: list[Activity], scores: Mapping[tuple[int, int], ScoreRow]
) -> list[ShownDifference]:
    found = []
    for member in sorted(cohort.learners, key=lambda each: order_of(each.person)):
        for activity in columns:
            row = scores.get((activity.id, member.person.id))
            if row is None or row.state not in _DIFFERS:
                continue
            found.append(
                ShownDifference(
                    person_id=member.person.id,
                    name=person_name(member.person),
                    number=member.person.student_number,
                    component=part_of(cohort.rules, activity.component or "").title,
                    lms=lms_state(row, cohort.unit.timezone),
                )
            )
    return found


_DIFFERS = (ScoreState.TYPED_BY_HAND, ScoreState.KEPT_THEIRS, ScoreState.NOT_SHOWN)


def _decimal(text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        return None
