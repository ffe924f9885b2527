"""A teacher says once what an activity stands for; its column follows; sendings are never left alone."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.workflows.school import School, add_activity
from workflows.refusal import RefusalCode, Refused
from workflows.set_up_activity import set_up_activity, set_up_page
from workflows.student_page import student_page

CC1, CC2, EXAM = (f"HA1G10H|2026-2027|{key}" for key in ("cc1", "cc2", "exam"))


def test_a_teacher_chooses_once_and_the_column_follows(school: School) -> None:
    student = school.enters("Léa Benoît", "1")
    school.declares(student, 3, 3, 3)
    unset = school.visit(student.person_id, student.role, "unset")
    with pytest.raises(Refused) as refused:
        student_page(school.world, unset)
    assert refused.value.code is RefusalCode.NOT_SET_UP
    teacher = school.teacher(activity="unset")
    page = set_up_page(school.world, teacher)
    assert page.current is None
    assert {each.value: each.taken_by for each in page.choices}[CC1] == "cc1"
    set_up_activity(school.world, teacher, CC1)
    wanted = school.desired(unset)
    assert wanted is not None
    assert wanted[0] == Decimal("10.00"), "what was sent for CC1 belongs in this column too"
    assert set_up_page(school.world, teacher).current == CC1


def test_before_any_sending_the_choice_may_change(school: School) -> None:
    student = school.enters("Léa Benoît", "1")
    school.declares(student, 3, 3, 3)
    teacher = school.teacher(activity="unset")
    set_up_activity(school.world, teacher, CC1)
    set_up_activity(school.world, teacher, CC2)
    assert school.desired(school.visit(student.person_id, student.role, "unset")) == (None, None)
    assert set_up_page(school.world, teacher).current == CC2


def test_after_a_sending_it_may_not(school: School) -> None:
    student = school.enters("Léa Benoît", "1")
    school.declares(student, 3, 3, 3)
    teacher = school.teacher()
    with pytest.raises(Refused) as refused:
        set_up_activity(school.world, teacher, EXAM)
    assert refused.value.code is RefusalCode.BAD_CHOICE
    assert "Créez une autre activité" in refused.value.message.fr
    assert school.mark(student).mark == Decimal("10.00")


def test_one_of_two_activities_of_a_component_may_be_given_another(school: School) -> None:
    """What was sent is the component's: the other activity goes on showing it."""
    add_activity(school, "cc1 again", "cc1")
    student = school.enters("Léa Benoît", "1")
    school.declares(student, 3, 3, 3)
    set_up_activity(school.world, school.teacher(activity="cc1 again"), EXAM)
    assert school.mark(student).mark == Decimal("10.00")
    with pytest.raises(Refused):
        set_up_activity(school.world, school.teacher(activity="cc1"), CC2)


@pytest.mark.parametrize("value", ["", "HA1G10H|2026-2027|cc9", "nonsense", "HA1G10H|2025-2026|cc1"])
def test_only_a_choice_of_the_list_is_taken(school: School, value: str) -> None:
    with pytest.raises(Refused) as refused:
        set_up_activity(school.world, school.teacher(activity="unset"), value)
    assert refused.value.code is RefusalCode.BAD_CHOICE
