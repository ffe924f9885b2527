"""A certification gives the catch-up's mark: computed with the others, kept in the history, desired at the LMS."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from grading.certification import CertificationStatus
from storage.certifications import certifications_of, withdraw_certification
from storage.schema import desired_score, grade
from tests.what_pix_says import Told
from tests.workflows.school import UNIT, YEAR, School
from workflows.cohort import Cohort, load_cohort, load_one, unit_year
from workflows.recompute import recompute, what_would_change
from workflows.refusal import RefusalCode, Refused
from workflows.regrade import regrade
from workflows.set_up_activity import set_up_activity
from workflows.visit import Role, Visit, find_place

LONG_AGO = date(2024, 5, 2)


def pix(school: School, visit: Visit) -> Told:
    """Pix about a visit's person, in the unit."""
    scope = unit_year(find_place(school.world, visit).activity)
    return Told(world=school.world, scope=scope, person_id=visit.person_id)


def _cohort(school: School, visit: Visit) -> Cohort:
    rules = school.world.rules.find(UNIT, YEAR)
    assert rules is not None
    with school.world.database.read() as connection:
        return load_cohort(connection, rules, unit_year(find_place(school.world, visit).activity))


def test_a_certification_is_the_catch_up_mark_at_the_lms(school: School) -> None:
    alice = school.enters("Alice Un", activity="catchup")
    pix(school, alice).certifies(576)
    assert school.mark(alice).mark == Decimal("15.00")
    assert school.desired(alice) == (Decimal("15.00"), "certification : 576 pix → 15,00/20")
    school.later(minutes=1)
    pix(school, alice).certifies(576)
    assert (school.count(grade), school.count(desired_score)) == (1, 1), "keeping it twice changes nothing"


@pytest.mark.parametrize(
    ("status", "score", "on"),
    [
        (CertificationStatus.CANCELLED, None, None),
        (CertificationStatus.ERROR, None, None),
        (CertificationStatus.VALIDATED, 700, LONG_AGO),
    ],
)
def test_without_a_result_nothing_is_pushed(
    school: School, status: CertificationStatus, score: int | None, on: date | None
) -> None:
    alice = school.enters("Alice Un", activity="catchup")
    pix(school, alice).certifies(score, on, status=status)
    assert school.mark(alice).mark is None
    assert school.desired(alice) is None


def test_not_obtained_is_zero(school: School) -> None:
    alice = school.enters("Alice Un", activity="catchup")
    pix(school, alice).certifies(0, status=CertificationStatus.REJECTED)
    assert school.desired(alice) == (Decimal("0.00"), "certification non obtenue → 0,00/20")


def test_what_pix_takes_back_later_leaves_the_column(school: School) -> None:
    alice = school.enters("Alice Un", activity="catchup")
    pix(school, alice).certifies(576)
    school.later(minutes=1)
    pix(school, alice).certifies(None, status=CertificationStatus.CANCELLED)
    assert school.desired(alice) == (None, None)
    scope = unit_year(find_place(school.world, alice).activity)
    rules = school.world.rules.find(UNIT, YEAR)
    assert rules is not None
    with school.world.database.write() as connection:
        latest = certifications_of(connection, scope)[alice.person_id][-1]
        withdraw_certification(
            connection, latest.id, withdrawn=True, by_person=alice.person_id, now=school.clock
        )
        regrade(connection, rules, scope, [alice.person_id], cause="undo", now=school.clock)
    desired = school.desired(alice)
    assert desired is not None
    assert desired[0] == Decimal("15.00"), "an undo restores what was before"


def test_the_what_if_of_a_preview_sees_the_certification_to_come(school: School) -> None:
    alice = school.enters("Alice Un", activity="catchup")
    pix(school, alice).certifies(576, grading=False)
    cohort = _cohort(school, alice)
    member = cohort.members[alice.person_id]
    (kept,) = cohort.certifications[alice.person_id]
    assert cohort.outcome(member).get_component("catchup").mark == Decimal("15.00")
    without = cohort.without_certifications(alice.person_id, {kept.id})
    assert without.outcome(member).get_component("catchup").mark is None
    assert without.outcome(member, also_certified=[kept]).get_component("catchup").mark == Decimal("15.00")
    better = replace(kept, id=-2, result=replace(kept.result, score=768))
    assert cohort.outcome(member, also_certified=[better]).get_component("catchup").mark == Decimal(20)


def test_one_person_alone_has_theirs_too(school: School) -> None:
    alice = school.enters("Alice Un", activity="catchup")
    pix(school, alice).certifies(576)
    rules = school.world.rules.find(UNIT, YEAR)
    assert rules is not None
    with school.world.database.read() as connection:
        scope = unit_year(find_place(school.world, alice).activity)
        alone = load_one(connection, rules, scope, alice.person_id)
    assert alone.outcome(alone.members[alice.person_id]).get_component("catchup").mark == Decimal("15.00")


def test_recomputing_finds_a_unit_where_only_certifications_are_known(school: School) -> None:
    alice = school.enters("Alice Un", activity="catchup")
    pix(school, alice).certifies(576, grading=False)
    (found,) = what_would_change(school.world, UNIT)
    assert (found.component, found.before, found.after) == ("catchup", None, Decimal("15.00"))
    assert recompute(school.world, UNIT) == 1
    assert school.desired(alice) is not None


def test_the_catch_up_activity_keeps_its_component_once_a_result_is_known(school: School) -> None:
    alice = school.enters("Alice Un", activity="catchup")
    pix(school, alice).certifies(576)
    teacher = school.enters("Hélène Marchand", role=Role.TEACHER, activity="catchup")
    with pytest.raises(Refused) as refused:
        set_up_activity(school.world, teacher, f"{UNIT}|{YEAR}|cc1")
    assert refused.value.code is RefusalCode.BAD_CHOICE
