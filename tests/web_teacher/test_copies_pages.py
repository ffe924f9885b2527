"""Courses copied and activities duplicated in the LMS: recognised, asked once, never mixed with the original."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from config.catalogue import read_catalogue
from demo.lms import Activity, Course, LmsState, Page
from demo.lms.selection_pages import save_items
from demo.lms.site_changes import copy_course, duplicate_activity
from storage.schema import desired_score, score_sent, submission
from tests.web_teacher.classroom import EMPTY, TEACHER, Classroom, address, said
from tests.web_teacher.test_selection_pages import DL, answered

STUDENT, NEXT_STUDENT = "110", "111"
LEVELS = {"level_1_3": "3", "level_2_3": "3", "level_3_1": "3"}
NEXT_YEAR = "2027-2028"


@pytest.fixture
def original(place: Classroom) -> Classroom:
    """The empty course got the whole unit by content selection, and a student's mark."""
    browser = place.browser()
    answered(browser, browser.select_content(EMPTY), "cc1", "cc2", "exam", "catchup")
    save_items(place.lms, EMPTY, place.lms.selections.answers[-1][DL + "content_items"])
    declares(place, STUDENT, first_of(place, EMPTY).id)
    return place


@pytest.fixture
def with_next_year(original: Classroom) -> Classroom:
    """The file of the year after is installed."""
    folder = original.tool.settings.units_dir
    text = (folder / "HA2G12H.toml").read_text(encoding="utf-8")
    (folder / "HA2G12H-next.toml").write_text(text.replace("2026-2027", NEXT_YEAR), encoding="utf-8")
    site = original.tool.site
    original.tool.app.extensions["pixlti"] = replace(
        site, world=replace(site.world, rules=read_catalogue(folder))
    )
    return original


def first_of(room: Classroom, course_id: str) -> Activity:
    return room.lms.site.get_course(course_id).activities[0]


def declares(room: Classroom, person: str, activity: str, **levels: str) -> Page:
    """A student hands a profile in."""
    form = room.opens(person, activity).form(having="form_id")
    return room.browser(person).submit(form, {**LEVELS, **levels})


def copied(room: Classroom, course_id: str = EMPTY, *students: str) -> Course:
    """The course as its teacher copies it for the next year, with its new students."""
    copy = copy_course(room.lms, course_id, label="copie", title="Culture générale S2 (copie)")
    for each in students or (NEXT_STUDENT,):
        room.lms.roster.enrol(copy.id, room.lms.get_person(each))
    return copy


def marks(lms: LmsState, course_id: str) -> dict[tuple[str, str], Decimal | None]:
    """Everything a course's gradebook shows, by column and person."""
    return {
        (column.id, person): lms.gradebook.mark(column.id, person)
        for column in lms.gradebook.columns(course_id)
        for person in lms.gradebook.grades(column.id)
    }


def settles(room: Classroom, page: Page, year: str) -> Page:
    """The teacher chooses a year for everything that was copied."""
    form = page.form(having="form_token")
    name = next(each for each in re.findall(r'name="(year:[^"]+)"', page.html))
    return room.browser().submit(form, {name: year})


def test_until_the_teacher_says_which_year_a_copy_takes_and_sends_nothing(with_next_year: Classroom) -> None:
    room = with_next_year
    room.tool.drain()
    before = marks(room.lms, EMPTY)
    assert list(before.values()) == [Decimal("10.00")]
    copy = copied(room)
    refused = room.opens(NEXT_STUDENT, copy.activities[0].id)
    assert refused.status == 409
    assert "pas encore configurée" in said(refused)
    # Somebody of last year's course who is in the copy, too, finds nothing of theirs there either.
    room.lms.roster.enrol(copy.id, room.lms.get_person(STUDENT))
    assert "pas encore configurée" in said(room.opens(STUDENT, copy.activities[0].id))
    room.tool.drain()
    assert marks(room.lms, copy.id) == {}
    assert marks(room.lms, EMPTY) == before


def test_the_teacher_is_asked_once_and_the_answer_holds_for_the_whole_course(
    with_next_year: Classroom,
) -> None:
    room = with_next_year
    copy = copied(room)
    room.opens(NEXT_STUDENT, copy.activities[1].id)
    asked = room.opens(TEACHER, copy.activities[0].id)
    assert asked.url.endswith("/copies/")
    assert "Ce cours semble être une copie de « Culture générale S2 »." in said(asked)
    assert "Activités : CC2 (Pix), CC1 (Pix)." in said(asked)
    assert re.search(rf'value="{NEXT_YEAR}" required checked', asked.html), "the newest year that is not over"
    cohort = settles(room, asked, NEXT_YEAR)
    assert f"HA2G12H · {NEXT_YEAR}" in said(cohort)
    for each in copy.activities:
        assert f"HA2G12H · {NEXT_YEAR}" in said(room.opens(TEACHER, each.id)), "never asked again"
    declares(room, NEXT_STUDENT, copy.activities[0].id, level_1_3="6")
    assert room.gradebook(NEXT_STUDENT, copy.activities[0].id) == Decimal("13.33")


def test_two_cohorts_never_mix_and_the_old_course_gets_nothing(with_next_year: Classroom) -> None:
    """One student in both years, with another mark in each: each gradebook holds its own, whatever is sent again."""
    room = with_next_year
    old, copy = first_of(room, EMPTY), copied(room, EMPTY, STUDENT)
    settles(room, room.opens(TEACHER, copy.activities[0].id), NEXT_YEAR)
    declares(room, STUDENT, copy.activities[0].id, level_1_3="6", level_2_3="6", level_3_1="6")
    assert room.gradebook(STUDENT, copy.activities[0].id) == Decimal("20.00")
    assert room.gradebook(STUDENT, old.id) == Decimal("10.00")
    cohort = room.opens(TEACHER, copy.activities[0].id)
    assert "20,00/20" in said(cohort)
    assert "10,00/20" not in said(cohort)
    for activity in (copy.activities[0].id, old.id):
        page = room.opens(TEACHER, activity)
        room.browser().post(
            address(page, "teacher/resend"),
            {**page.form(having="form_token").fields, "everybody": "yes"},
        )
    room.tool.drain()
    assert room.gradebook(STUDENT, copy.activities[0].id) == Decimal("20.00")
    assert room.gradebook(STUDENT, old.id) == Decimal("10.00")
    with room.tool.world.database.read() as connection:
        rows = connection.execute(select(submission.c.course_id, submission.c.academic_year)).all()
        sent = connection.execute(select(score_sent.c.activity_id).distinct()).all()
        desired = connection.execute(select(desired_score.c.activity_id).distinct()).all()
    assert sorted(rows) == [(1, "2026-2027"), (2, NEXT_YEAR)]
    assert len(sent) == len(desired) == 2


def test_the_same_year_is_another_group_and_its_marks_are_its_own(original: Classroom) -> None:
    room = original
    copy = copied(room)
    asked = room.opens(TEACHER, copy.activities[0].id)
    assert "la même année : ce cours est un autre groupe" in said(asked)
    assert "Le fichier d’une autre année n’est pas installé" in said(asked)
    settles(room, asked, "2026-2027")
    cohort = room.opens(TEACHER, copy.activities[0].id)
    assert "Léa Benoît" not in said(cohort)
    declares(room, NEXT_STUDENT, copy.activities[0].id)
    assert room.gradebook(NEXT_STUDENT, copy.activities[0].id) == Decimal("10.00")
    assert "Noé Garçon" not in said(room.opens(TEACHER, first_of(room, EMPTY).id))


def test_the_answer_can_be_changed_until_something_is_received(with_next_year: Classroom) -> None:
    room = with_next_year
    copy = copied(room)
    settles(room, room.opens(TEACHER, copy.activities[0].id), "2026-2027")
    cohort = room.opens(TEACHER, copy.activities[0].id)
    assert "Ce cours est une copie" in said(cohort)
    again = room.browser().get(address(cohort, "copies/"))
    settles(room, again, NEXT_YEAR)
    assert f"HA2G12H · {NEXT_YEAR}" in said(room.opens(TEACHER, copy.activities[0].id))
    declares(room, NEXT_STUDENT, copy.activities[0].id)
    late = settles(room, again, "2026-2027")
    assert late.status == 422
    assert "l’année ne peut plus changer" in said(late)
    assert f"Elles servent {NEXT_YEAR}." in said(late)
    assert f"HA2G12H · {NEXT_YEAR}" in said(room.opens(TEACHER, copy.activities[0].id))


def test_a_copy_of_a_copy_names_its_parent_and_is_asked_anew(with_next_year: Classroom) -> None:
    room = with_next_year
    copy = copied(room)
    settles(room, room.opens(TEACHER, copy.activities[0].id), NEXT_YEAR)
    again = copy_course(room.lms, copy.id, label="2028", title="Culture générale 2028")
    asked = room.opens(TEACHER, again.activities[0].id)
    assert "une copie de « Culture générale S2 (copie) »" in said(asked)


def test_a_copy_without_history_is_known_by_the_year_it_names(original: Classroom) -> None:
    """A platform that knows no `$Context.id.history` sends it as it stands."""
    room = original
    copy = copied(room)
    unknown = tuple(
        replace(each, custom={**each.custom, "context_history": "$Unknown.variable"})
        for each in copy.activities
    )
    courses = [
        replace(each, activities=unknown) if each.id == copy.id else each for each in room.lms.site.courses
    ]
    room.lms.site = replace(room.lms.site, courses=tuple(courses))
    assert room.opens(TEACHER, unknown[0].id).url.endswith("/copies/")


def test_a_second_course_with_activities_of_its_own_is_not_asked(original: Classroom) -> None:
    """Two groups, each given the unit by content selection: nobody copied anything."""
    room = original
    people = tuple(room.lms.roster.people(EMPTY))
    other = Course(id="8", label="G2 HA2G12H", title="Groupe 2", people=people)
    room.lms.site = replace(room.lms.site, courses=(*room.lms.site.courses, other))
    room.lms.roster.open_course("8", people)
    answered(room.browser(), room.browser().select_content("8"), "cc1")
    (made,) = save_items(room.lms, "8", room.lms.selections.answers[-1][DL + "content_items"])
    assert "HA2G12H · 2026-2027" in said(room.opens(TEACHER, made))


def test_an_activity_duplicated_in_its_course_shows_the_same_mark_and_the_teacher_is_told(
    original: Classroom,
) -> None:
    room = original
    first = first_of(room, EMPTY)
    copy = duplicate_activity(room.lms, first.id)
    page = room.opens(TEACHER, copy.id)
    assert "HA2G12H · 2026-2027" in said(page), "its own course has said which year: nothing is asked"
    assert "Plusieurs activités de ce cours portent « CC1 » : CC1 (Pix), CC1 (Pix) (copie)." in said(page)
    assert room.gradebook(STUDENT, first.id) == Decimal("10.00")
    assert room.gradebook(STUDENT, copy.id) == Decimal("10.00")
    assert room.lms.column_of(copy.id).id != room.lms.column_of(first.id).id


def test_a_column_the_tool_made_is_not_taken_over_by_the_copy(original: Classroom) -> None:
    """Moodle copies it too, without its link: the copy gets a column of its own, the copied one stays empty."""
    room = original
    item = room.lms.selections.answers[-1][DL + "content_items"][1]
    (bare,) = save_items(room.lms, EMPTY, [{**item, "lineItem": None}])
    assert item["custom"]["component"] == "cc2"
    room.browser(STUDENT).submit(
        room.opens(STUDENT, bare).form(having="form_id"),
        {"level_3_2": "3", "level_3_3": "3", "level_3_4": "3"},
    )
    room.tool.drain()
    made = next(each for each in room.lms.gradebook.columns(EMPTY) if not each.coupled)
    assert room.lms.gradebook.mark(made.id, STUDENT) == Decimal("10.00")

    copy = copied(room)
    left_over = next(each for each in room.lms.gradebook.columns(copy.id) if not each.coupled)
    assert (left_over.tag, left_over.link_id) == ("cc2", "")
    twin = copy.activities[-1]
    settles(room, room.opens(TEACHER, twin.id), "2026-2027")
    room.browser(NEXT_STUDENT).submit(
        room.opens(NEXT_STUDENT, twin.id).form(having="form_id"),
        {"level_3_2": "6", "level_3_3": "6", "level_3_4": "6"},
    )
    room.tool.drain()
    (own,) = room.lms.gradebook.columns(copy.id, link_id=twin.id)
    assert room.lms.gradebook.mark(own.id, NEXT_STUDENT) == Decimal("20.00")
    assert room.lms.gradebook.grades(left_over.id) == {}
    assert set(room.lms.gradebook.grades(made.id)) == {STUDENT}
    # The demo's site made the first course's column for an activity that had none: that is what was tried.
    room.lms.violations.clear()


def test_only_a_teacher_settles_and_only_what_can_be(with_next_year: Classroom) -> None:
    room = with_next_year
    copy = copied(room)
    asked = room.opens(TEACHER, copy.activities[0].id)
    for year in ("1999-2000", "", "x" * 500):
        refused = settles(room, asked, year)
        assert refused.status == 422
        assert "Choisissez une année dans la liste." in said(refused)
    student = room.opens(NEXT_STUDENT, copy.activities[0].id)
    visit = address(student, "copies/") if "/visits/" in student.url else asked.url
    assert room.browser(NEXT_STUDENT).get(visit).status in (401, 403)
    # An activity of the original course has nothing to settle: it asks what it stands for, as ever.
    inside = room.opens(TEACHER, first_of(room, EMPTY).id)
    assert room.browser().get(address(inside, "copies/")).url.endswith("/teacher/set-up")
