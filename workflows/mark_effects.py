"""What a teacher's decision would change in the marks, shown before it is taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from grading.mark import ComponentMark, MarkStatus, published_mark
from grading.rules import CatchUp, Component
from grading.text import Bilingual
from storage.gradebook import Grade
from storage.people import Person
from workflows.cohort import Cohort
from workflows.person_names import order_of, person_label
from workflows.presence import Presence, presence_of
from workflows.regrade import part_of


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A mark that a decision changes: what the gradebook should hold before and after, and its status.

    `component` may be another one's title than the decision's, where the rules changed since its mark was computed.
    """

    person: Person
    name: str
    component: Bilingual
    before: Decimal | None
    after: Decimal | None
    status: MarkStatus
    presence: Presence = Presence.THERE


def effects_of(cohort: Cohort, then: Cohort) -> list[Effect]:
    """Every mark that will differ from the one on record: what is told to the LMS, no more and no less.

    `then` is the cohort as the decision would leave it.
    """
    effects = []
    for member in sorted(cohort.learners, key=lambda each: order_of(each.person)):
        for after in then.outcome(member).components:
            grade = cohort.grades.get((member.person.id, after.key))
            if grade is None:
                same = after.mark is None and after.status in (MarkStatus.NOT_SENT, MarkStatus.NO_RESULT)
            else:
                same = (grade.mark, grade.status) == (after.mark, after.status)
            if same:
                continue
            part = part_of(cohort.rules, after.key)
            now = cohort.outcome(member).get_component(after.key)
            effects.append(
                Effect(
                    person=member.person,
                    name=person_label(member.person),
                    component=part.title,
                    before=None if grade is None else _told(part, grade, now),
                    after=published_mark(part, after),
                    status=after.status,
                    presence=presence_of(member),
                )
            )
    return effects


def _told(part: Component | CatchUp, grade: Grade, now: ComponentMark) -> Decimal | None:
    """What the LMS was told of the grade on record, as far as what Pix confirms today tells."""
    if isinstance(part, Component) and grade.status == MarkStatus.DECLARED:
        return published_mark(part, replace(now, mark=grade.mark, status=MarkStatus.DECLARED))
    return grade.mark
