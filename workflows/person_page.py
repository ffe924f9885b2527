"""One person of the cohort as a teacher sees them: every sending and every grade, with the rules that made it."""

from __future__ import annotations

from dataclasses import dataclass

from grading.outcome import Outcome
from grading.rules import Unit
from grading.text import Bilingual, moment
from storage.desired_scores import scores_of
from storage.gradebook import Grade, grade_history
from storage.people import Person
from workflows.certification_view import CertificationView, certification_view
from workflows.cohort import load_cohort, rules_of, unit_year
from workflows.cohort_rows import Cell, row_of
from workflows.presence import Presence
from workflows.refusal import RefusalCode, Refused
from workflows.student_page import SentProfile, sent_profiles
from workflows.visit import Role, Visit, find_place, require
from workflows.world import World


@dataclass(frozen=True, kw_only=True)
class PersonPage:
    """One person in detail: every sending and every grade, with the rules that made it."""

    unit: Unit
    person: Person
    name: str
    presence: Presence
    left_on: Bilingual | None
    outcome: Outcome
    parts: tuple[tuple[Bilingual, Cell, tuple[SentProfile, ...]], ...]
    history: tuple[tuple[Grade, Bilingual, Bilingual], ...]
    certification: CertificationView


def person_page(world: World, visit: Visit, person_id: int) -> PersonPage:
    """One person of the cohort in detail.

    Raises:
        Refused: not a teacher; nobody of this course.
    """
    require(visit, Role.TEACHER)
    activity = find_place(world, visit).activity
    rules = rules_of(world, activity)
    scope = unit_year(activity)
    with world.database.read() as connection:
        cohort = load_cohort(connection, rules, scope, [person_id])
        member = cohort.members.get(person_id)
        if member is None:
            raise Refused(
                RefusalCode.NOT_FOUND,
                Bilingual(
                    "Cette personne n’est pas connue dans ce cours : elle n’y a jamais ouvert l’outil.",
                    "This person is not known in this course: they never opened the tool there.",
                ),
            )
        scores = scores_of(connection, [each.id for each in cohort.activities], person_id)
        history = grade_history(connection, scope, person_id)
    row = row_of(cohort, person_id, scores)
    titles = {part.key: part.title for part in rules.unit.components} | {
        rules.unit.catch_up.key: rules.unit.catch_up.title
    }
    return PersonPage(
        unit=cohort.unit,
        person=member.person,
        name=row.name,
        presence=row.presence,
        left_on=moment(member.left_at, rules.unit.timezone) if member.left_at and member.has_left else None,
        outcome=row.outcome,
        parts=tuple(
            (titles[cell.mark.key], cell, sent_profiles(cohort, person_id, cell.mark)) for cell in row.cells
        ),
        certification=certification_view(cohort, person_id, row.outcome),
        history=tuple(
            (
                grade,
                moment(grade.created_at, rules.unit.timezone),
                titles.get(grade.component, Bilingual("?", "?")),
            )
            for grade in reversed(history)
        ),
    )
