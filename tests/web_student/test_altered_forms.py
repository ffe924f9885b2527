"""Forms altered by hand, and roles that may not send: refused in words, nothing stored, never a failure."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import requests
from flask import Request, Response
from werkzeug.test import EnvironBuilder

from demo.lms import Page
from tests.running_tool import RunningTool
from tests.web_student.campus import CC2, TEACHER, Campus, Student, text_of
from web.visit_carrier import form_token
from workflows.visit import Role

FILLED = {"level_1_3": "4", "level_2_3": "4", "level_3_1": "4"}


def posted(student: Student, page: Page, changed: dict[str, str]) -> Page:
    """The filled form of a page, sent with these values on top."""
    form = page.form(having="form_id")
    return student.browser.submit(form, {**FILLED, **changed})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"level_1_3": ""}, "1.3 Traiter des données : niveau : rien n’est écrit"),
        ({"level_1_3": "8"}, "8 dépasse le plus haut que Pix permette, 7"),
        ({"level_1_3": "9"}, "9 dépasse le plus haut que Pix permette, 7"),
        ({"level_1_3": "-1"}, "un nombre négatif est impossible"),
        ({"level_1_3": "4,5"}, "pas de décimales"),
        ({"level_1_3": "NA"}, "« NA » n’est pas un nombre"),
        ({"level_1_3": "=1+1"}, "« =1+1 » n’est pas un nombre"),
        ({"level_1_3": "٤"}, "n’est pas un nombre"),
        ({"level_1_3": "4\x00"}, "n’est pas un nombre"),
        ({"level_1_3": "\u202e4"}, "n’est pas un nombre"),
        ({"level_1_3": "9" * 400}, "n’est pas un nombre"),
        ({"level_1_3": "999999"}, "999999 dépasse"),
        ({"total": "897"}, "897 dépasse le plus haut que Pix permette, 896"),
        ({"total": "10"}, "10 est impossible, il vaut au moins 96"),
        ({"level_5_2": "7"}, "contient un champ que ce travail ne demande pas (level_5_2)"),
        ({"pix_1_3": "40"}, "contient un champ que ce travail ne demande pas (pix_1_3)"),
        ({"role": "Instructor"}, "contient un champ inconnu (role)"),
        ({"component": "exam"}, "contient un champ inconnu (component)"),
        ({"person_id": "1"}, "contient un champ inconnu (person_id)"),
        ({"<script>alert(1)</script>": "1"}, "contient un champ inconnu"),
        ({"n\x00": "1"}, "contient un champ inconnu"),
    ],
)
def test_a_value_that_cannot_be_is_refused_beside_its_field(
    campus: Campus, changed: dict[str, str], said: str
) -> None:
    kept = campus.kept()
    student = campus.student()
    refused = posted(student, student.opens(), changed)
    assert refused.status == 422
    assert said in text_of(refused, "problems")
    assert "<script>alert" not in refused.html
    assert "\x00" not in refused.html
    assert campus.kept() == kept


def test_every_problem_is_told_at_once_and_what_was_typed_is_kept(campus: Campus) -> None:
    student = campus.student()
    page = student.opens()
    wrong = {"level_1_3": "", "level_2_3": "9", "level_3_1": "3", "total": "abc"}
    refused = posted(student, page, wrong)
    assert refused.status == 422
    for name in ("level_1_3", "level_2_3", "total"):
        assert f'href="#{name}"' in refused.html
        assert text_of(refused, f"{name}-wrong")
        assert re.search(rf'id="{name}" [^>]*aria-invalid="true"', refused.html)
    form = refused.form(having="form_id")
    assert {name: form.fields[name] for name in wrong} == wrong
    mended = student.browser.submit(form, {"level_1_3": "3", "level_2_3": "3", "total": ""})
    assert text_of(mended, "mark") == "10,00/20"
    assert campus.sent_by(student) == [3]


def test_a_form_of_many_added_fields_is_refused_shortly(campus: Campus) -> None:
    student = campus.student()
    refused = posted(student, student.opens(), {f"x{n}": "1" for n in range(900)})
    assert 400 <= refused.status < 500
    assert len(refused.html) < 60_000
    assert campus.sent_by(student) == []


def test_a_field_of_a_megabyte_is_refused(campus: Campus) -> None:
    student = campus.student()
    refused = posted(student, student.opens(), {"level_1_3": "4" * 1_200_000})
    assert refused.status in (413, 422)
    assert len(refused.html) < 60_000
    assert campus.sent_by(student) == []


def test_a_value_given_twice_is_no_number(campus: Campus) -> None:
    student = campus.student()
    page = student.opens()
    form = page.form(having="form_id")
    body = "&".join(f"{name}={value}" for name, value in {**form.fields, **FILLED}.items())
    refused = student.browser.post(
        f"{form.action}", form.fields
    )  # blank: 422, and the cookie is shown to work
    assert refused.status == 422
    answer = campus.raw_post(student, form.action, f"{body}&level_1_3=7")
    assert answer.status_code == 422
    assert "4 / 7" in answer.text
    assert campus.sent_by(student) == []


def test_the_proof_of_a_visit_serves_no_other_visit(campus: Campus) -> None:
    one, other = campus.student(), campus.student()
    mine, theirs = one.opens(), other.opens()
    assert one.browser.get(theirs.url).status == 401
    stolen = theirs.form(having="form_id").fields["form_token"]
    for token in (stolen, "", "x" * 64, "é\x00"):
        refused = posted(one, mine, {"form_token": token})
        assert refused.status == 400
        assert "rien n’a été enregistré" in text_of(refused)
    form = mine.form(having="form_id")
    without = {name: value for name, value in form.fields.items() if name != "form_token"}
    assert one.browser.post(form.action, {**without, **FILLED}).status == 400
    assert one.browser.post(theirs.url, {**form.fields, **FILLED}).status == 401
    assert campus.sent_by(one) == campus.sent_by(other) == []


def test_a_form_of_another_activity_is_no_form_of_this_one(campus: Campus) -> None:
    student = campus.student()
    cc1 = student.opens()
    cc2 = student.opens(CC2)
    form = cc1.form(having="form_id")
    crossed = student.browser.post(cc2.url, {**form.fields, **FILLED})
    assert crossed.status == 400
    own = student.browser.submit(cc2.form(having="form_id"), FILLED)
    assert own.status == 422
    assert "que ce travail ne demande pas (level_1_3)" in text_of(own, "problems")
    assert campus.sent_by(student) == []


@pytest.mark.parametrize(
    "address", ["teacher/", "teacher/components/cc1/close", "imports/", "teacher/set-up"]
)
def test_a_student_cannot_open_the_teachers_pages(campus: Campus, address: str) -> None:
    student = campus.student()
    page = student.opens()
    refused = student.browser.get(page.url.replace("profile/", address))
    assert refused.status == 403
    assert "ne permet pas" in text_of(refused)


def test_a_teacher_reads_the_students_page_and_sends_nothing(campus: Campus) -> None:
    browser = campus.browser(TEACHER)
    home = browser.launch("1")
    page = browser.get(home.url.replace("/teacher/", "/profile/"))
    assert page.status == 200
    assert "permet de lire cette page, pas d’envoyer" in text_of(page, "read-only")
    token = home.form(having="form_token").fields["form_token"]
    kept = campus.kept()
    refused = browser.post(page.url, {"form_token": token, "form_id": "x", **FILLED})
    assert refused.status == 403
    assert "ne permet pas cette action" in text_of(refused)
    assert campus.kept() == kept


def test_an_unknown_role_reads_and_sends_nothing(campus: Campus) -> None:
    student = campus.student()
    page = student.opens()
    tool = campus.tool
    visit = tool.site.visits.find(_request(tool, student, page), page.url.split("/")[4], tool.world.now())
    assert visit is not None
    reading = replace(visit, id="a-reader", role=Role.READER)
    answer = Response()
    browser = tool.site.browser.find(_request(tool, student, page))
    assert browser is not None
    tool.site.visits.cookies.give(answer, reading, browser)
    tool.site.browser.give(answer, browser)
    cookies = (each.partition(";")[0] for each in answer.headers.getlist("Set-Cookie"))
    headers = {"Cookie": "; ".join(cookies)}
    address = f"{tool.base}/visits/a-reader/profile/"
    shown = requests.get(address, headers=headers, timeout=20)
    assert shown.status_code == 200
    assert "permet de lire cette page, pas d’envoyer" in shown.text
    fields = {"form_token": form_token(tool.site.secret, reading), "form_id": "x", **FILLED}
    refused = requests.post(address, fields, headers=headers, timeout=20)
    assert refused.status_code == 403
    assert campus.sent_by(student) == []


def _request(tool: RunningTool, student: Student, page: Page) -> Request:
    cookie = student.browser.cookies.header(page.url, "first_party") or ""
    return Request(EnvironBuilder(path="/", base_url=tool.base, headers=[("Cookie", cookie)]).get_environ())
