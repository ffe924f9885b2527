"""The rows of a cohort: each person with marks, eligibility, and where each mark stands with the LMS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grading.mark import ComponentMark
from grading.outcome import Outcome, Situation, assess
from grading.rules import Unit
from storage.desired_scores import ScoreRow
from storage.people import Person
from workflows.awaited import Awaited
from workflows.cohort import Cohort
from workflows.lms_state import Arrival, LmsState, lms_state
from workflows.person_names import order_of, person_name, reading_order
from workflows.presence import Presence, presence_of


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One component of one person: the mark, and where it stands with the LMS (None: no activity carries it)."""

    mark: ComponentMark
    lms: LmsState | None


@dataclass(frozen=True, kw_only=True)
class CohortRow:
    """Somebody of the cohort: a person of the course, or (`person` is None) whom only imported lines tell of.

    `presence`: whether a person ever came, and is still in the course. The marks of somebody imported are what they
    would be: nothing is sent before they are known to be somebody of the course.
    """

    person: Person | None
    name: str
    number: str | None
    order: tuple[str, str, str, int]
    cells: tuple[Cell, ...]
    outcome: Outcome
    presence: Presence = Presence.THERE


def row_of(cohort: Cohort, person_id: int, scores: Mapping[tuple[int, int], ScoreRow]) -> CohortRow:
    """A person of the course."""
    member = cohort.members[person_id]
    person, outcome = member.person, cohort.outcome(member)
    return CohortRow(
        person=person,
        name=person_name(person),
        number=person.student_number,
        order=order_of(person),
        cells=tuple(_cell(cohort, person_id, mark, scores) for mark in outcome.components),
        outcome=outcome,
        presence=presence_of(member),
    )


def awaited_row(unit: Unit, awaited: Awaited) -> CohortRow:
    """Somebody whom only imported lines tell of."""
    outcome = assess(unit, Situation(sendings=awaited.sendings, certifications=awaited.certifications))
    return CohortRow(
        person=None,
        name=awaited.name,
        number=awaited.number,
        order=(*reading_order(awaited.last_name, awaited.first_name, awaited.name), 0),
        cells=tuple(Cell(mark=mark, lms=None) for mark in outcome.components),
        outcome=outcome,
    )


def _cell(
    cohort: Cohort, person_id: int, mark: ComponentMark, scores: Mapping[tuple[int, int], ScoreRow]
) -> Cell:
    columns = cohort.columns(mark.key)
    states = [lms_state(scores.get((each.id, person_id)), cohort.unit.timezone) for each in columns]
    # Of several columns, show the one that asks for attention.
    worst = sorted(states, key=lambda state: list(Arrival).index(state.arrival))
    return Cell(mark=mark, lms=worst[-1] if worst else None)
