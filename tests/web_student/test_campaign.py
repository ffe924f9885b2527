"""The way into the campaign: one button that carries the student, a QR code, and the form that comes second."""

from __future__ import annotations

import base64
import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from demo.lms import Page
from storage.campaigns import end_campaign, set_campaign
from storage.opaque_numbers import find_opaque_number
from storage.scope import UnitYear
from tests.web_student.campus import CATCH_UP, CC1, CC2, TEACHER, Campus, Student, text_of
from tests.web_student.conftest import OpenTool

CODE = "KTRBWX482"
HOME = f"https://app.pix.fr/campagnes/{CODE}"


def give(campus: Campus, component: str = "cc1", *, label: str | None = "Code de suivi Moodle") -> None:
    """Give a component its campaign."""
    scope = UnitYear(course_id=1, unit_code="HA1G10H", academic_year="2026-2027")
    with campus.tool.world.database.write() as connection:
        set_campaign(
            connection,
            scope,
            component,
            code=CODE,
            address=HOME,
            external_id_label=label,
            by_person=1,
            now=campus.tool.world.now(),
        )


def take_back(campus: Campus) -> None:
    """Let CC1 have no campaign any more."""
    scope = UnitYear(course_id=1, unit_code="HA1G10H", academic_year="2026-2027")
    with campus.tool.world.database.write() as connection:
        end_campaign(connection, scope, "cc1", by_person=1, now=campus.tool.world.now())


def link_of(page: Page) -> str:
    """Where the page's button goes."""
    found = re.search(r'<a [^>]*id="pix-link"[^>]*>', page.html)
    assert found is not None, text_of(page)
    assert 'target="_blank"' in found[0]
    assert 'rel="noopener noreferrer"' in found[0]
    address = re.search(r'href="([^"]*)"', found[0])
    assert address is not None
    return address[1]


def identifier(page: Page) -> str:
    """What the link carries."""
    parts = urlsplit(link_of(page))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == HOME
    return parse_qs(parts.query, strict_parsing=True)["participantExternalId"][0]


def numberless(campus: Campus, id_: str = "130") -> Student:
    """The student of the demo course whom the LMS gives no number."""
    person = next(each for each in campus.lms.site.courses[0].people if each.id == id_)
    assert person.idnumber == ""
    return Student(id=id_, number="", family=person.family, given=person.given, browser=campus.browser(id_))


def test_without_a_campaign_the_page_is_as_ever(campus: Campus) -> None:
    page = campus.student().opens(CC2)
    assert "pix-link" not in page.html
    assert text_of(page, "form-title") == "Envoyer mon profil"
    assert "si un code vous a été donné" in text_of(page)


def test_one_button_carries_the_student_and_the_form_comes_second(campus: Campus) -> None:
    student = campus.student()
    campus.browser(TEACHER).launch(CC1)
    give(campus)
    try:
        page = student.opens()
        assert identifier(page) == campus.tool.world.codes.external_id(student.number)
        assert identifier(page).startswith(f"{student.number}-")
        assert "laissez « Code de suivi Moodle » tel qu’il est" in text_of(page, "campaign")
        assert text_of(page, "form-title") == "En attendant : déclarer mes niveaux"
        assert page.html.count("btn-primary") == 1
        assert page.html.index("pix-link") < page.html.index('id="declare"')
        assert '<details id="declare">' in page.html
        wrong = student.sends(9, 9, 9)
        assert '<details id="declare" open>' in wrong.html
        assert text_of(student.sends(4, 4, 4), "mark") == "13,33/20"
    finally:
        take_back(campus)


def test_the_qr_code_is_the_same_link_inside_the_page(campus: Campus) -> None:
    student = campus.student()
    campus.browser(TEACHER).launch(CC1)
    give(campus)
    try:
        page = student.opens()
        image = re.search(r'<img src="(data:image/svg\+xml[^"]*)" alt="QR code du même lien"', page.html)
        assert image is not None
        head, _, body = image[1].partition(",")
        drawn = base64.b64decode(body).decode() if "base64" in head else unquote(body)
        assert "<svg" in drawn
        assert student.number not in drawn
    finally:
        take_back(campus)


def test_who_has_no_student_number_gets_one_of_ours_and_keeps_it(campus: Campus) -> None:
    student = numberless(campus)
    campus.browser(TEACHER).launch(CC1)
    give(campus, label=None)
    try:
        first = identifier(student.opens())
        assert re.fullmatch("X[CDFHJKMNPRTVWXY234679]{7}-[CDFHJKMNPRTVWXY][CDFHJKMNPRTVWXY234679]{6}", first)
        assert identifier(student.opens()) == first
        assert "laissez l’identifiant tel qu’il est" in text_of(student.opens(), "campaign")
    finally:
        take_back(campus)


def test_a_numbers_owner_needs_no_number_of_ours(campus: Campus) -> None:
    student = campus.student()
    campus.browser(TEACHER).launch(CC1)
    give(campus)
    try:
        student.opens()
    finally:
        take_back(campus)
    with campus.tool.world.database.read() as connection:
        assert find_opaque_number(connection, campus.person_id(student)) is None


def test_the_link_is_there_while_sending_can_count(open_tool: OpenTool) -> None:
    campus = open_tool({"cc1": {"resend": '"first_is_final"'}})
    student = campus.student()
    campus.browser(TEACHER).launch(CC1)
    give(campus)
    declared = student.sends(4, 4, 4)
    assert "le premier envoi est définitif" in text_of(declared, "not-now")
    assert link_of(declared)  # what was declared is still to be verified
    assert campus.closes("cc1").status == 200
    assert "pix-link" not in student.opens().html


@pytest.mark.parametrize("activity", [CATCH_UP])
def test_the_catch_up_has_no_campaign(campus: Campus, activity: str) -> None:
    campus.browser(TEACHER).launch(CC1)
    give(campus, "catchup")
    assert "pix-link" not in campus.student().opens(activity).html


def test_no_log_tells_the_number_or_the_code(campus: Campus, capfd: pytest.CaptureFixture[str]) -> None:
    student = campus.student()
    campus.browser(TEACHER).launch(CC1)
    give(campus)
    try:
        carried = identifier(student.opens())
    finally:
        take_back(campus)
    told = "".join(capfd.readouterr())
    assert carried not in told
    assert carried.rpartition("-")[2] not in told
