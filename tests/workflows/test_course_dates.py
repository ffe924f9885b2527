"""A course's own dates: previewed with the marks they change, kept, applied everywhere, and set back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from config.catalogue import read_rules
from grading.own_dates import OwnDates
from storage.audit import events_of
from storage.course_dates import dates_history
from storage.gradebook import find_rules, grade_history
from storage.schema import closing, course_date, desired_score, grade, submission
from tests.pix.exports import export
from tests.workflows.school import School, add_activity
from tests.workflows.test_close_component import close
from tests.workflows.test_cohort_size import counted
from tests.workflows.test_import_campaign import line_of
from workflows.cohort import load_cohort, rules_of, unit_year
from workflows.course_dates import change_dates, dates_page, preview_dates
from workflows.course_rules import with_dates
from workflows.recompute import recompute, what_would_change
from workflows.refusal import RefusalCode, Refused
from workflows.student_page import student_page
from workflows.teacher_page import cohort_page
from workflows.typed_dates import DatesRefused, TypedDates, read_dates
from workflows.visit import Role, Visit, find_place

PARIS = ZoneInfo("Europe/Paris")


def local(school: School, **shift: float) -> str:
    """A time around now as a teacher types it."""
    return f"{(school.clock + timedelta(**shift)).astimezone(PARIS):%Y-%m-%dT%H:%M}"


def change(school: School, teacher: Visit, component: str = "cc1", **typed: object) -> int:
    """Look, then do it."""
    wanted = TypedDates(**typed)  # type: ignore[arg-type]  # as a form gives them
    seen = preview_dates(school.world, teacher, component, wanted).digest
    return change_dates(school.world, teacher, component, wanted, seen=seen)


def test_an_earlier_deadline_shows_the_marks_it_takes_away_then_takes_them_and_gives_them_back(
    school: School,
) -> None:
    student, teacher = school.enters("Léa Benoît", "1"), school.teacher()
    school.declares(student, 3, 3, 3)
    tables = [grade, desired_score, submission, course_date]
    before = school.contents(tables)
    typed = TypedDates(closes=local(school, days=-1))
    shown = preview_dates(school.world, teacher, "cc1", typed)
    assert [(each.person.id, each.before, each.after, each.status) for each in shown.effects] == [
        (student.person_id, Decimal("10.00"), None, "late")
    ]
    assert "déjà passée" in shown.warnings[0].fr
    assert school.contents(tables) == before, "a preview changes nothing"

    assert change_dates(school.world, teacher, "cc1", typed, seen=shown.digest) == 1
    assert school.mark(student).status == "late"
    assert school.desired(student) == (None, None)
    assert student_page(school.world, student).refusal is not None

    school.later(minutes=1)
    assert change(school, teacher, back=True) == 1
    wanted = school.desired(student)
    assert wanted is not None
    assert wanted[0] == Decimal("10.00")
    assert school.mark(student).mark == Decimal("10.00")
    page = dates_page(school.world, teacher)
    assert [(each.is_current, each.closes is None) for each in page.changes] == [(True, True), (False, False)]
    assert not page.components[0].is_own


def test_every_page_and_every_story_follows_the_dates_of_the_course(school: School) -> None:
    student, teacher = school.enters("Léa Benoît", "1"), school.teacher()
    change(school, teacher, closes=local(school, days=2))
    shown = student_page(school.world, student)
    assert shown.component is not None
    assert shown.time_left is not None
    assert shown.time_left.fr == "il reste 2 jours"
    head = cohort_page(school.world, teacher).heads[0]
    assert head.has_own_dates
    assert head.closes == shown.closes
    assert not cohort_page(school.world, teacher).heads[1].has_own_dates

    school.later(days=3)
    with pytest.raises(Refused) as refused:
        school.declares(student, 3, 3, 3)
    assert refused.value.code is RefusalCode.TOO_LATE
    assert shown.closes is not None
    assert shown.closes.fr in refused.value.message.fr

    # Sent on Pix after this course's deadline and before that of the unit's file.
    content = export(line_of(school, "Léa", "Benoît", "1"))
    assert len(school.imports(teacher, content).late) == 1
    assert school.mark(student).status == "late"
    assert close(school, teacher) == 1
    assert school.mark(student).status == "absent_unjustified"
    change(school, teacher, closes=local(school, days=1))
    assert school.mark(student).mark == Decimal("10.00"), "a sending in time counts, closed or not"


def test_people_known_only_by_a_file_are_marked_by_the_dates_of_the_course(school: School) -> None:
    teacher = school.teacher()
    school.imports(teacher, export(line_of(school, "Jamais", "Venue", "7")))
    row = next(each for each in cohort_page(school.world, teacher).rows if each.person is None)
    assert row.outcome.get_component("cc1").mark == Decimal("10.00")
    change(school, teacher, closes=local(school, days=-1))
    row = next(each for each in cohort_page(school.world, teacher).rows if each.person is None)
    assert row.outcome.get_component("cc1").status == "late"


def test_a_grade_names_all_that_produced_it(school: School) -> None:
    """The digest of a grade made under own dates leads to a text that reads as that very unit again."""
    student, teacher = school.enters("Léa Benoît", "1"), school.teacher()
    school.declares(student, 3, 3, 3)
    change(school, teacher, closes=local(school, days=-1))
    activity = find_place(school.world, teacher).activity
    scope, rules = unit_year(activity), rules_of(school.world, activity)
    with school.world.database.read() as connection:
        first, second = (
            each for each in grade_history(connection, scope, student.person_id) if each.component == "cc1"
        )
        cohort = load_cohort(connection, rules, scope)
        found = find_rules(connection, second.rules_digest)
        history = dates_history(connection, scope)
        events = events_of(connection, scope.course_id)
    assert first.rules_digest == rules.digest
    assert (second.rules_digest, second.cause) == (cohort.rules.digest, "dates")
    assert found is not None
    assert read_rules(found[1], "kept").unit == cohort.unit
    assert found[1].startswith(rules.text.rstrip())
    assert [(each.component, each.by_person) for each in history] == [("cc1", teacher.person_id)]
    noted = next(each for each in events if each["action"] == "dates_changed")
    assert noted["by_person"] == teacher.person_id
    assert noted["details"]["component"] == "cc1"


def test_without_own_dates_nothing_changes(school: School) -> None:
    activity = find_place(school.world, school.teacher()).activity
    scope, rules = unit_year(activity), rules_of(school.world, activity)
    with school.world.database.read() as connection:
        assert load_cohort(connection, rules, scope).rules is rules
    part = rules.unit.components[0]
    as_in_file = OwnDates(opens_at=part.opens_at, closes_at=part.closes_at)
    assert with_dates(rules, {"cc1": as_in_file}) is rules
    moved = with_dates(rules, {"cc1": OwnDates(opens_at=None, closes_at=part.closes_at)})
    assert with_dates(moved, {}) is rules, "rules that have dates already can be dated again"


def test_another_course_and_another_component_keep_their_dates(school: School) -> None:
    teacher = school.teacher()
    add_activity(school, "elsewhere", "cc1", course="course 2")
    other = school.visit(teacher.person_id, Role.TEACHER, "elsewhere")
    before = dates_page(school.world, other).components
    change(school, teacher, closes=local(school, days=2))
    assert dates_page(school.world, other).components == before
    assert dates_page(school.world, teacher).components[1:] == before[1:]


def test_recomputing_follows_the_dates_of_each_course(school: School) -> None:
    student, teacher = school.enters("Léa Benoît", "1"), school.teacher()
    school.declares(student, 3, 3, 3)
    change(school, teacher, closes=local(school, days=-1))
    assert what_would_change(school.world) == []
    assert recompute(school.world) == 0


def test_what_changed_since_the_preview_is_not_done(school: School) -> None:
    student, teacher = school.enters("Léa Benoît", "1"), school.teacher()
    typed = TypedDates(closes=local(school, days=-1))
    seen = preview_dates(school.world, teacher, "cc1", typed).digest
    school.declares(student, 3, 3, 3)
    with pytest.raises(Refused) as refused:
        change_dates(school.world, teacher, "cc1", typed, seen=seen)
    assert refused.value.code is RefusalCode.CHANGED_MEANWHILE
    assert school.count(course_date) == 0
    again = preview_dates(school.world, teacher, "cc1", typed).digest
    change_dates(school.world, teacher, "cc1", typed, seen=again)
    assert change_dates(school.world, teacher, "cc1", typed, seen=again) == 0, "a double click"
    assert school.count(course_date) == 1


def test_a_closed_component_stays_closed_and_the_preview_says_so(school: School) -> None:
    absent, teacher = school.enters("Noé Garçon", "2"), school.teacher()
    close(school, teacher)
    shown = preview_dates(school.world, teacher, "cc1", TypedDates(closes=local(school, days=30)))
    assert "est close" in shown.warnings[0].fr
    assert shown.effects == ()
    change(school, teacher, closes=local(school, days=30))
    assert school.mark(absent).status == "absent_unjustified"
    assert school.count(closing) == 1


@pytest.mark.parametrize("role", [Role.LEARNER, Role.READER])
def test_only_a_teacher_sees_and_changes_dates(school: School, role: Role) -> None:
    visit = school.enters("Léa Benoît", "1", role=role)
    for story in (
        lambda: dates_page(school.world, visit),
        lambda: preview_dates(school.world, visit, "cc1", TypedDates(back=True)),
        lambda: change_dates(school.world, visit, "cc1", TypedDates(back=True), seen=""),
    ):
        with pytest.raises(Refused) as refused:
            story()
        assert refused.value.code is RefusalCode.NOT_ALLOWED


def test_the_catch_up_has_no_dates_of_this_kind(school: School) -> None:
    with pytest.raises(Refused) as refused:
        preview_dates(school.world, school.teacher(), "catchup", TypedDates(back=True))
    assert refused.value.code is RefusalCode.NOT_FOUND


@pytest.mark.parametrize(
    ("opens", "closes", "field", "told"),
    [
        ("", "", "closes", "Donnez la date limite"),
        ("", "demain", "closes", "pas une date"),
        ("2026-13-01T08:00", "2026-10-30T23:59", "opens", "pas une date"),
        ("", "9999-10-30T23:59", "closes", "pas une date"),
        ("2026-10-31T08:00", "2026-10-30T23:59", "closes", "après l’ouverture (31/10/2026 à 08:00)"),
        ("", "2027-03-28T02:30", "closes", "n’existe pas"),
    ],
)
def test_dates_that_cannot_be_are_told_at_their_field(
    school: School, opens: str, closes: str, field: str, told: str
) -> None:
    with pytest.raises(DatesRefused) as refused:
        preview_dates(school.world, school.teacher(), "cc1", TypedDates(opens=opens, closes=closes))
    assert told in refused.value.problems[field].fr
    assert refused.value.problems[field].en


def test_typed_times_are_read_in_the_students_favour(school: School) -> None:
    """To the minute: all of it; an hour shown twice: the second one closes, the first opens; as shown: as it was."""
    rules = rules_of(school.world, find_place(school.world, school.teacher()).activity)
    part, zone = rules.unit.components[0], rules.unit.timezone
    twice = read_dates(TypedDates(opens="2026-10-25T02:30", closes="2026-10-25T02:45"), part, zone)
    assert twice.opens_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert twice.closes_at == datetime(2026, 10, 25, 1, 45, 59, tzinfo=UTC)
    as_shown = read_dates(TypedDates.of(part, zone), part, zone)
    assert (as_shown.opens_at, as_shown.closes_at) == (part.opens_at, part.closes_at)
    assert read_dates(TypedDates.exactly(twice), part, zone) == twice


def test_pages_ask_the_same_number_of_questions_whatever_the_dates(school: School) -> None:
    student, teacher = school.enters("Léa Benoît", "1"), school.teacher()
    with counted(school) as before:
        student_page(school.world, student)
        cohort_page(school.world, teacher)
        dates_page(school.world, teacher)
    for component in ("cc1", "cc2", "exam"):
        change(school, teacher, component, closes=local(school, days=9))
    with counted(school) as after:
        student_page(school.world, student)
        cohort_page(school.world, teacher)
        dates_page(school.world, teacher)
    assert len(after) == len(before)
