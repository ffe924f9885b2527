"""Closing decides absences after a preview of exactly what will be sent; opening again takes them back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from storage.schema import closing, grade
from tests.pix.exports import export
from tests.workflows.school import School
from tests.workflows.test_import_campaign import line_of
from workflows.close_component import close_component, preview_closing
from workflows.refusal import RefusalCode, Refused
from workflows.visit import Role, Visit


def close(school: School, teacher: Visit, component: str = "cc1", *, closes: bool = True) -> int:
    """Look, then do it."""
    seen = preview_closing(school.world, teacher, component, closes=closes).digest
    return close_component(school.world, teacher, component, closes=closes, seen=seen)


def test_closing_sends_zero_to_who_sent_nothing_and_nobody_else(school: School) -> None:
    sent, absent = school.enters("Léa Benoît", "1"), school.enters("Noé Garçon", "2")
    school.declares(sent, 3, 3, 3)
    teacher = school.teacher()
    shown = preview_closing(school.world, teacher, "cc1", closes=True)
    assert [(each.person.id, each.before, each.after, each.status) for each in shown.effects] == [
        (absent.person_id, None, Decimal("0.00"), "absent_unjustified")
    ]
    assert shown.unchanged == 1
    assert shown.has_column
    assert shown.warning is not None
    assert "n’est pas passée" in shown.warning.fr
    assert school.desired(absent) is None, "a preview sends nothing"
    assert close(school, teacher) == 1
    wanted = school.desired(absent)
    assert wanted is not None
    assert wanted[0] == Decimal("0.00")
    kept = school.desired(sent)
    assert kept is not None
    assert kept[0] == Decimal("10.00")


def test_closing_the_exam_sends_no_number(school: School) -> None:
    absent = school.enters("Noé Garçon", "2", activity="exam")
    teacher = school.teacher(activity="exam")
    shown = preview_closing(school.world, teacher, "exam", closes=True)
    assert [(each.after, each.status) for each in shown.effects] == [(None, "defaulting")]
    close(school, teacher, "exam")
    assert school.desired(absent) is None
    assert school.mark(absent).status == "defaulting"


def test_opening_again_withdraws_the_zeros_after_a_preview(school: School) -> None:
    absent = school.enters("Noé Garçon", "2")
    teacher = school.teacher()
    close(school, teacher)
    school.later(minutes=5)
    shown = preview_closing(school.world, teacher, "cc1", closes=False)
    assert [(each.before, each.after) for each in shown.effects] == [(Decimal("0.00"), None)]
    close(school, teacher, closes=False)
    assert school.desired(absent) == (None, None)
    school.declares(absent, 3, 3, 3)
    assert school.mark(absent).mark == Decimal("10.00")


def test_who_comes_after_the_closing_is_zeroed_only_when_it_is_closed_again(school: School) -> None:
    teacher = school.teacher()
    school.enters("Noé Garçon", "2")
    close(school, teacher)
    school.later(days=1)
    late = school.enters("Léa Benoît", "1")
    assert school.mark(late).mark is None
    assert school.desired(late) is None
    shown = preview_closing(school.world, teacher, "cc1", closes=True)
    assert shown.already is None
    assert [each.person.id for each in shown.effects] == [late.person_id]
    close(school, teacher)
    assert school.mark(late).mark == Decimal("0.00")


def test_an_import_after_the_closing_replaces_the_zero(school: School) -> None:
    absent = school.enters("Noé Garçon", "99300011")
    teacher = school.teacher()
    close(school, teacher)
    shown = school.imports(teacher, export(line_of(school, "Noé", "Garçon", "99300011")))
    assert [(each.before.mark, each.after.mark) for each in shown.effects] == [
        (Decimal("0.00"), Decimal("10.00"))
    ]
    wanted = school.desired(absent)
    assert wanted is not None
    assert wanted[0] == Decimal("10.00")


def test_nothing_is_done_twice_nor_unseen(school: School) -> None:
    student = school.enters("Noé Garçon", "2")
    teacher = school.teacher()
    seen = preview_closing(school.world, teacher, "cc1", closes=True).digest
    school.declares(student, 3, 3, 3)
    with pytest.raises(Refused) as refused:
        close_component(school.world, teacher, "cc1", closes=True, seen=seen)
    assert refused.value.code is RefusalCode.CHANGED_MEANWHILE
    assert school.count(closing) == 0
    close(school, teacher)
    grades = school.count(grade)
    assert close(school, teacher) == 0
    assert (school.count(closing), school.count(grade)) == (1, grades)
    shown = preview_closing(school.world, teacher, "cc1", closes=True)
    assert shown.already is not None
    assert shown.warning is None


def test_only_a_teacher_closes_and_only_what_exists(school: School) -> None:
    student = school.enters("Noé Garçon", "2")
    for role in (Role.LEARNER, Role.READER):
        with pytest.raises(Refused) as refused:
            preview_closing(school.world, school.visit(student.person_id, role, "cc1"), "cc1", closes=True)
        assert refused.value.code is RefusalCode.NOT_ALLOWED
    for component in ("catchup", "cc9"):
        with pytest.raises(Refused) as refused:
            preview_closing(school.world, school.teacher(), component, closes=True)
        assert refused.value.code is RefusalCode.NOT_FOUND
