"""A snapshot of one unit in one course: everything marks are computed from, read in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from grading.outcome import Outcome, Situation, assess
from grading.rules import Component, Unit
from grading.text import Bilingual
from storage.activities import Activity, activities_of
from storage.certifications import Certification, certifications_of, standing
from storage.database import Connection
from storage.gradebook import Closing, Grade, current_closings, latest_grades
from storage.people import Member, find_member, members_of, these_members
from storage.scope import UnitYear
from storage.submissions import Submission, submissions_of
from workflows.course_rules import rules_in_course
from workflows.refusal import RefusalCode, Refused
from workflows.same_sending import without_twins
from workflows.world import RulesFile, World


@dataclass(frozen=True)
class Cohort:
    """The learners of a unit in a course, their sendings and certifications. Nothing here follows the database.

    `rules` are the unit's as this course has them: with the dates of its own, where it has any.
    """

    scope: UnitYear
    rules: RulesFile
    members: Mapping[int, Member]
    submissions: Mapping[int, Sequence[Submission]]
    certifications: Mapping[int, Sequence[Certification]]
    closings: Mapping[str, Closing]
    grades: Mapping[tuple[int, str], Grade]
    activities: tuple[Activity, ...]

    @property
    def unit(self) -> Unit:
        """The unit's rules."""
        return self.rules.unit

    @cached_property
    def learners(self) -> list[Member]:
        """The members who can be graded, in the order they became known; who has left is among them."""
        return [each for each in self.members.values() if each.role == "learner"]

    def without(self, person_id: int, submission_ids: Collection[int]) -> Cohort:
        """The same snapshot without these sendings of a person (they turn out to be somebody else's)."""
        kept = [each for each in self.submissions.get(person_id, ()) if each.id not in submission_ids]
        return replace(self, submissions={**self.submissions, person_id: kept})

    def without_certifications(self, person_id: int, certification_ids: Collection[int]) -> Cohort:
        """The same snapshot without these results of a person (they turn out to be somebody else's)."""
        held = self.certifications.get(person_id, ())
        kept = [each for each in held if each.id not in certification_ids]
        return replace(self, certifications={**self.certifications, person_id: kept})

    def columns(self, component: str) -> list[Activity]:
        """The activities of the course that stand for a component of this unit."""
        return [each for each in self.activities if each.component == component]

    def closed_for(self, member: Member) -> frozenset[str]:
        """The components whose closing decided this person's absence: it concerns only who was in the course then."""
        return frozenset(
            key for key, each in self.closings.items() if each.closed and member.was_there(each.at)
        )

    def situation(
        self,
        member: Member,
        *,
        also: Sequence[Submission] = (),
        also_certified: Sequence[Certification] = (),
    ) -> Situation:
        """What the rules are asked about a person; `also` and `also_certified` are the "what if" of a preview."""
        kept = without_twins([*self.submissions.get(member.person.id, ()), *also])
        certified = standing([*self.certifications.get(member.person.id, ()), *also_certified])
        return Situation(
            sendings=tuple(each.sending for each in kept),
            certifications=tuple(each.certified for each in certified),
            closed=self.closed_for(member),
        )

    def outcome(
        self,
        member: Member,
        *,
        also: Sequence[Submission] = (),
        also_certified: Sequence[Certification] = (),
    ) -> Outcome:
        """The marks of a person, with their explanations."""
        return assess(self.unit, self.situation(member, also=also, also_certified=also_certified))


def unit_year(activity: Activity) -> UnitYear:
    """The scope an activity belongs to.

    Raises:
        Refused: the activity has not been set up yet.
    """
    if activity.unit_code is None or activity.academic_year is None or activity.component is None:
        raise Refused(
            RefusalCode.NOT_SET_UP,
            Bilingual(
                "Cette activité n’est pas encore configurée : l’enseignant doit d’abord l’ouvrir et choisir "
                "l’unité et l’épreuve.",
                "This activity is not set up yet: the teacher must first open it and choose the unit "
                "and the component.",
            ),
        )
    return UnitYear(
        course_id=activity.course_id, unit_code=activity.unit_code, academic_year=activity.academic_year
    )


def rules_of(world: World, activity: Activity) -> RulesFile:
    """The rules of an activity's unit, as its file has them (a cohort has those of its course).

    Raises:
        Refused: not set up; or the unit (or its component) has no file here any more. What was sent is kept.
    """
    scope = unit_year(activity)
    rules = world.rules.find(scope.unit_code, scope.academic_year)
    catch_up = rules is not None and activity.component == rules.unit.catch_up.key
    if rules is None or not (catch_up or rules.unit.find_component(activity.component or "")):
        known = f"{scope.unit_code} {scope.academic_year}, {activity.component}"
        raise Refused(
            RefusalCode.UNIT_UNKNOWN,
            Bilingual(
                f"Les règles de cette activité ({known}) ne sont pas installées ici. Ce qui a été envoyé est "
                "conservé. L’administrateur de l’outil doit remettre le fichier de l’unité, ou l’enseignant "
                "corriger les paramètres de l’activité.",
                f"The rules of this activity ({known}) are not installed here. What was sent is kept. The tool's "
                "operator must put the unit's file back, or the teacher correct the activity's parameters.",
            ),
        )
    return rules


def component_of(rules: RulesFile, activity: Activity) -> Component | None:
    """The component an activity stands for; None for the catch-up, which nobody hands in."""
    return rules.unit.find_component(activity.component or "")


def load_one(connection: Connection, rules: RulesFile, scope: UnitYear, person_id: int) -> Cohort:
    """Read what one person's marks are computed from: neither the grades of before, nor the columns."""
    member = find_member(connection, scope.course_id, person_id)
    return Cohort(
        scope=scope,
        rules=rules_in_course(connection, rules, scope),
        members={person_id: member} if member else {},
        submissions=submissions_of(connection, scope, [person_id]) if member else {},
        certifications=certifications_of(connection, scope, [person_id]) if member else {},
        closings=current_closings(connection, scope),
        grades={},
        activities=(),
    )


def load_people(connection: Connection, rules: RulesFile, scope: UnitYear) -> Cohort:
    """Read who is in the course, the rules, who holds which certification, and nothing of what anybody sent."""
    return Cohort(
        scope=scope,
        rules=rules_in_course(connection, rules, scope),
        members={each.person.id: each for each in members_of(connection, scope.course_id)},
        submissions={},
        certifications=certifications_of(connection, scope),
        closings=current_closings(connection, scope),
        grades={},
        activities=(),
    )


def load_cohort(
    connection: Connection, rules: RulesFile, scope: UnitYear, person_ids: Collection[int] | None = None
) -> Cohort:
    """Read the snapshot, of everybody or of these people only."""
    if person_ids is None:
        found = members_of(connection, scope.course_id)
    else:
        found = these_members(connection, scope.course_id, person_ids)
    members = {each.person.id: each for each in found}
    wanted = None if person_ids is None else list(members)
    return Cohort(
        scope=scope,
        rules=rules_in_course(connection, rules, scope),
        members=members,
        submissions=submissions_of(connection, scope, wanted),
        certifications=certifications_of(connection, scope, wanted),
        closings=current_closings(connection, scope),
        grades=latest_grades(connection, scope, wanted),
        activities=tuple(
            each
            for each in activities_of(connection, scope.course_id)
            if (each.unit_code, each.academic_year) == (scope.unit_code, scope.academic_year)
        ),
    )
