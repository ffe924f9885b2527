"""Compute marks again and write down what follows: grades that differ, and what each LMS should hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from grading.mark import ComponentMark, MarkStatus, lms_comment, published_mark
from grading.rules import CatchUp, Component
from storage.activities import Activity
from storage.database import Connection
from storage.desired_scores import ScoreRow, desire, lock_scores
from storage.gradebook import Grade, add_grades, keep_rules, lock_course
from storage.people import Member, lock_people, members_of
from storage.scope import UnitYear
from workflows.cohort import Cohort, load_cohort
from workflows.world import RulesFile


@dataclass(frozen=True, kw_only=True)
class MarkChange:
    """A component mark that changed (out of 20; None: no mark), and whether the LMS is to be told."""

    person_id: int
    component: str
    before: Decimal | None
    after: Decimal | None
    to_push: bool


def regrade(
    connection: Connection,
    rules: RulesFile,
    scope: UnitYear,
    person_ids: Collection[int] | None,
    *,
    cause: str,
    now: datetime,
) -> list[MarkChange]:
    """Compute the marks of these people (None: everybody) and keep what differs; computing twice changes nothing.

    Concurrent computations about one person wait for each other, so the last one sees everything.
    """
    if person_ids is None:
        person_ids = [each.person.id for each in members_of(connection, scope.course_id, "learner")]
    people = sorted(set(person_ids))
    lock_people(connection, people)
    lock_course(connection, scope.course_id, alone=False)
    changes: list[MarkChange] = []
    for start in range(0, len(people), _AT_ONCE):
        some = people[start : start + _AT_ONCE]
        changes += _regrade_some(connection, rules, scope, some, cause=cause, now=now)
    return changes


_AT_ONCE = 500
"""People whose sendings are in memory together."""


def _regrade_some(
    connection: Connection,
    rules: RulesFile,
    scope: UnitYear,
    person_ids: Collection[int],
    *,
    cause: str,
    now: datetime,
) -> list[MarkChange]:
    cohort = load_cohort(connection, rules, scope, person_ids)
    used = cohort.rules
    keep_rules(connection, used.digest, f"{used.unit.code} {used.unit.academic_year}", used.text, now)
    locked = lock_scores(
        connection,
        [each.id for each in cohort.activities if each.component],
        [each.person.id for each in cohort.learners],
    )
    changes: list[MarkChange] = []
    grades: list[Grade] = []
    for member in cohort.learners:
        for mark in cohort.outcome(member).components:
            to_push = False
            for activity in cohort.columns(mark.key):
                to_push |= _desire(connection, cohort, member, mark, activity, now, locked)
            grade = _grade(cohort, member, mark, cause=cause, now=now)
            if grade is not None:
                grades.append(grade)
                changes.append(_change(cohort, grade, to_push=to_push))
    add_grades(connection, scope, grades)
    return changes


def desire_column(
    connection: Connection, rules: RulesFile, scope: UnitYear, activity: Activity, now: datetime
) -> bool:
    """Write down what an activity's column should hold for everybody (the activity has just been set up)."""
    lock_course(connection, scope.course_id, alone=True)
    cohort = load_cohort(connection, rules, scope)
    changed = False
    for member in cohort.learners:
        for mark in cohort.outcome(member).components:
            if mark.key == activity.component:
                changed |= _desire(connection, cohort, member, mark, activity, now)
    return changed


def _grade(cohort: Cohort, member: Member, mark: ComponentMark, *, cause: str, now: datetime) -> Grade | None:
    """The grade to add to the history; None where the last one says the same."""
    before = cohort.grades.get((member.person.id, mark.key))
    explanation = [{"fr": line.fr, "en": line.en} for line in mark.explanation]
    if before is None:
        same = mark.mark is None and mark.status in (MarkStatus.NOT_SENT, MarkStatus.NO_RESULT)
    else:
        same = (before.mark, before.status, list(before.explanation)) == (mark.mark, mark.status, explanation)
    if same:
        return None
    return Grade(
        person_id=member.person.id,
        component=mark.key,
        mark=mark.mark,
        status=mark.status.value,
        explanation=explanation,
        rules_digest=cohort.rules.digest,
        submission_id=int(mark.counting.id) if mark.counting and mark.counting.id else None,
        cause=cause,
        created_at=now,
    )


def _change(cohort: Cohort, grade: Grade, *, to_push: bool) -> MarkChange:
    before = cohort.grades.get((grade.person_id, grade.component))
    return MarkChange(
        person_id=grade.person_id,
        component=grade.component,
        before=before.mark if before else None,
        after=grade.mark,
        to_push=to_push,
    )


def _desire(
    connection: Connection,
    cohort: Cohort,
    member: Member,
    mark: ComponentMark,
    activity: Activity,
    now: datetime,
    locked: Mapping[tuple[int, int], ScoreRow] | None = None,
) -> bool:
    published = published_mark(part_of(cohort.rules, mark.key), mark)
    return desire(
        connection,
        activity_id=activity.id,
        person_id=member.person.id,
        platform_id=activity.platform_id,
        mark=published,
        comment=None if published is None else lms_comment(cohort.unit, mark),
        now=now,
        locked=locked,
        has_left=member.has_left,
    )


def part_of(rules: RulesFile, key: str) -> Component | CatchUp:
    """The component or the catch-up of this key; raises KeyError."""
    return rules.unit.catch_up if key == rules.unit.catch_up.key else rules.unit.get_component(key)
