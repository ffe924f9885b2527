"""The course's roster on the teacher's pages: read at a click, who never came, who left, and people without names."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from demo.lms import Fault, Form, Page
from tests.pix.exports import export
from tests.web_teacher.classroom import CC1, OTHER_TEACHER, TEACHER, Classroom, address, part, said

ALICE, BRUNO, LEA, NAMELESS = "101", "102", "110", "130"
COURSE = "2"


def _roster(room: Classroom) -> Page:
    return room.browser().get(address(room.opens(), "roster/"))


def _reads(room: Classroom) -> Page:
    """A teacher presses the button, and the background reads."""
    waiting = room.browser().submit(_button(_roster(room)))
    assert "En attente : la tâche commence dans un instant." in said(waiting)
    assert '<meta http-equiv="refresh"' in waiting.html
    room.tool.run_jobs()
    return room.browser().get(waiting.url)


def _button(page: Page) -> Form:
    return next(
        form
        for form in page.forms()
        if form.action.rstrip("/").endswith("roster") and "agreed" not in form.fields
    )


def test_a_click_reads_the_roster_and_the_cohort_shows_who_never_came(room: Classroom) -> None:
    room.opens(ALICE)
    assert "Pas encore lue." in said(room.opens())
    page = _reads(room)
    assert "inscrits, enseignants compris : 32" in said(page)
    assert "Jamais venus (30 sur 31)" in said(page)
    assert room.lms.get_person(BRUNO).name in part(page, "never-came")
    assert room.lms.get_person(ALICE).name not in part(page, "never-came")
    cohort = room.opens()
    assert "Jamais venus : 30." in said(cohort)
    assert cohort.html.count('data-presence="never_came"') == 30
    assert "envoyé : 0 sur 31" in said(cohort)


def test_somebody_who_never_came_has_a_page(room: Classroom) -> None:
    room.opens(ALICE)
    page = _reads(room)
    found = re.search(r'href="([^"]+people/\d+)">' + re.escape(room.lms.get_person(LEA).name), page.html)
    assert found is not None
    person = room.browser().get(urljoin(page.url, found[1]))
    assert "jamais venu" in said(person)
    assert "Rien envoyé" in said(person)


def test_closing_counts_who_never_came(room: Classroom) -> None:
    room.opens(ALICE)
    room.opens(OTHER_TEACHER)  # a learner in Moodle's roster, were it not for this
    _reads(room)
    preview = room.browser().get(address(room.opens(), "teacher/components/cc1/close"))
    assert "Dont jamais venus, connus par la liste du cours : 29." in said(preview)
    assert preview.html.count('data-presence="never_came"') == 29
    room.confirms(preview)
    assert room.gradebook(LEA) == 0


def test_who_left_is_marked_and_still_there(room: Classroom) -> None:
    room.declares(ALICE, 4, 4, 4)
    _reads(room)
    room.lms.roster.unenrol(COURSE, ALICE)
    page = _reads(room)
    name = room.lms.roster.find_anywhere(ALICE)
    assert name is None
    assert "Ont quitté le cours (1)" in said(page)
    assert "Élodie Lefèvre" in part(page, "left")
    cohort = room.opens()
    assert cohort.html.count('data-presence="left"') == 1
    assert "pas transmise : a quitté le cours" in said(cohort)
    found = re.search(r'href="([^"]+people/\d+)">Élodie', cohort.html)
    assert found is not None
    person = room.browser().get(urljoin(cohort.url, found[1]))
    assert "ne nomme plus cette personne" in said(person)
    assert "13,33" in said(person)


def test_a_doubtful_roster_is_confirmed_by_a_teacher(room: Classroom) -> None:
    for number in range(101, 113):
        room.opens(str(number))
    for number in range(101, 109):
        room.lms.roster.unenrol(COURSE, str(number))
    page = _reads(room)
    assert "8 étudiants sur 12 auraient quitté le cours" in said(page)
    assert "n’a pas été prise en compte" in said(room.opens())
    agree = next(form for form in page.forms() if "agreed" in form.fields)
    waiting = room.browser().submit(agree)
    room.tool.run_jobs()
    assert "Ont quitté le cours (8)" in said(room.browser().get(waiting.url))


def test_a_refusal_says_how_to_mend_it(room: Classroom) -> None:
    room.opens(ALICE)
    room.lms.faults.add(Fault(endpoint="members", answer="403", times=None))
    page = _reads(room)
    assert "Services > « IMS LTI Names and Role Provisioning »" in part(page, "roster-trouble")
    assert "Services > « IMS LTI Names and Role Provisioning »" in part(room.opens(), "roster-trouble")


def test_without_an_address_there_is_one_line(room: Classroom) -> None:
    def without(claims: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in claims.items() if "nrps" not in name}

    room.lms.edit_claims = without
    cohort = room.opens()
    assert 'id="no-roster"' in cohort.html
    assert 'id="roster"' not in cohort.html
    page = room.browser().get(address(cohort, "roster/"))
    assert 'id="not-offered"' in page.html
    assert 'id="read-roster"' not in page.html


def test_a_student_sees_nothing_of_it(room: Classroom) -> None:
    for path in ("roster/",):
        assert room.browser(LEA).get(address(room.opens(LEA), path)).status == 403


def test_a_line_of_a_file_finds_somebody_whom_the_roster_brings(room: Classroom) -> None:
    room.opens(ALICE)
    room.confirms(room.uploads(export(room.line(LEA, level=3))))
    assert "importé, jamais venu" in said(room.opens())
    _reads(room)
    cohort = said(room.opens())
    assert "importé, jamais venu" not in cohort
    assert room.gradebook(LEA) is not None


def test_a_name_alone_is_proposed_for_somebody_who_never_came(room: Classroom) -> None:
    room.opens(ALICE)
    _reads(room)
    preview = room.uploads(export(room.line(LEA, level=3, number=None)))
    assert room.lms.get_person(LEA).name in said(preview)
    room.confirms(preview)
    assert room.gradebook(LEA) is not None


def test_without_names_every_page_works(room: Classroom) -> None:
    room.lms.shares_names = room.lms.shares_email = False
    room.declares(ALICE, 4, 4, 4)
    room.opens(OTHER_TEACHER)
    page = _reads(room)
    assert f"n° {NAMELESS}" in part(page, "never-came")
    cohort = room.opens()
    assert "99300001" in said(cohort)
    preview = room.uploads(export(room.line(LEA, level=3), room.line(BRUNO, level=4)))
    assert preview.status == 200
    room.confirms(preview)
    closing = room.browser().get(address(room.opens(TEACHER, CC1), "teacher/components/cc1/close"))
    assert f"n° {NAMELESS}" in said(closing)
    assert room.confirms(closing).status == 200
    assert room.gradebook(NAMELESS) == 0
    assert room.gradebook(LEA) is not None
