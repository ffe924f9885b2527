"""A certification gives the catch-up's mark: computed with the others, kept in the history, desired at the LMS."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from grading.certification import CertificationResult, CertificationStatus
from storage.certifications import (
    NewCertification,
    add_certification,
    certifications_of,
    withdraw_certification,
)
from storage.schema import desired_score, grade
from tests.workflows.school import UNIT, YEAR, School
from workflows.cohort import Cohort, load_cohort, load_one, unit_year
from workflows.recompute import recompute, what_would_change
from workflows.refusal import RefusalCode, Refused
from workflows.regrade import regrade
from workflows.set_up_activity import set_up_activity
from workflows.visit import Role, Visit, find_place

LONG_AGO = date(2024, 5, 2)


def certify(
    school: School,
    visit: Visit,
    score: int | None = 576,
    *,
    status: CertificationStatus = CertificationStatus.VALIDATED,
    on: date | None = None,
    exam: str = "exam 1",
    grading: bool = True,
) -> None:
    """Keep a result of a visit's person in the unit, and mark again."""
    activity = find_place(school.world, visit).activity
    rules = school.world.rules.find(UNIT, YEAR)
    assert rules is not None
    new = NewCertification(
        person_id=visit.person_id,
        result=CertificationResult(
            type="Pix",
            status=status,
            score=score,
            date=on or rules.unit.catch_up.windows[0].opens_on,
            session="678901",
            centre="Faculté des sciences",
        ),
        source={"kind": "certification_csv", "file": "resultats_session_678901.csv", "line": 2},
        exam=exam,
        fingerprint=f"{exam} {status} {score}",
        received_at=school.clock,
    )
    with school.world.database.write() as connection:
        add_certification(connection, unit_year(activity), new)
        if grading:
            regrade(
                connection,
                rules,
                unit_year(activity),
                [visit.person_id],
                cause="certification",
                now=school.clock,
            )


def _cohort(school: School, visit: Visit) -> Cohort:
    rules = school.world.rules.find(UNIT, YEAR)
    assert rules is not None
    with school.world.database.read() as connection:
        return load_cohort(connection, rules, unit_year(find_place(school.world, visit).activity))


def test_a_certification_is_the_catch_up_mark_at_the_lms(school: School) -> None:
    alice = school.enters("Alice Un", activity="catchup")
    certify(school, alice)
    assert school.mark(alice).mark == Decimal("15.00")
    assert school.desired(alice) == (Decimal("15.00"), "certification : 576 pix → 15,00/20")
    school.later(minutes=1)
    certify(school, alice)
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
    certify(school, alice, score, status=status, on=on)
    assert school.mark(alice).mark is None
    assert school.desired(alice) is None


def test_not_obtained_is_zero(school: School) -> None:
    alice = school.enters("Alice Un", activity="catchup")
    certify(school, alice, 0, status=CertificationStatus.REJECTED)
    assert school.desired(alice) == (Decimal("0.00"), "certification non obtenue → 0,00/20")


def test_what_pix_takes_back_later_leaves_the_column(school: School) -> None:
    alice = school.enters("Alice Un", activity="catchup")
    certify(school, alice)
    school.later(minutes=1)
    certify(school, alice, None, status=CertificationStatus.CANCELLED)
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
    certify(school, alice, grading=False)
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
    certify(school, alice)
    rules = school.world.rules.find(UNIT, YEAR)
    assert rules is not None
    with school.world.database.read() as connection:
        scope = unit_year(find_place(school.world, alice).activity)
        alone = load_one(connection, rules, scope, alice.person_id)
    assert alone.outcome(alone.members[alice.person_id]).get_component("catchup").mark == Decimal("15.00")


def test_recomputing_finds_a_unit_where_only_certifications_are_known(school: School) -> None:
    alice = school.enters("Alice Un", activity="catchup")
    certify(school, alice, grading=False)
    (found,) = what_would_change(school.world, UNIT)
    assert (found.component, found.before, found.after) == ("catchup", None, Decimal("15.00"))
    assert recompute(school.world, UNIT) == 1
    assert school.desired(alice) is not None


def test_the_catch_up_activity_keeps_its_component_once_a_result_is_known(school: School) -> None:
    alice = school.enters("Alice Un", activity="catchup")
    certify(school, alice)
    teacher = school.enters("Hélène Marchand", role=Role.TEACHER, activity="catchup")
    with pytest.raises(Refused) as refused:
        set_up_activity(school.world, teacher, f"{UNIT}|{YEAR}|cc1")
    assert refused.value.code is RefusalCode.BAD_CHOICE
