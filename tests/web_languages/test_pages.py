"""The main pages in English: no French sentence among them, and marks and dates written the English way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from demo.lms import Page, RunningLms
from tests.running_tool import running_tool
from tests.web_languages.test_catalogue import catalogue
from tests.web_student.campus import EXAM, NOT_SET_UP, TEACHER, Campus, text_of

NOT_OURS = (
    "Corinne Lautier, département informatique, campus Triolet",
    "Compétences numériques (Pix)",
    "Activité Pix à régler",
    "J’envoie mon profil",
    "Exporter les résultats",
)
"""What a unit's file, the LMS or Pix says in French."""
FRENCH = re.compile(
    r"\b(le|la|les|des|une|du|est|pas|vous|votre|vos|pour|dans|aucune?|envoi|envois|note|notes|niveau|rien|"
    r"épreuve|à|par|et|ou|ce|cette|qui)\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campus]:
    """A tool whose LMS is in English."""
    folder = tmp_path_factory.mktemp("tool")
    with (
        running_tool(f"sqlite:///{folder / 'tool.sqlite'}", folder) as tool,
        RunningLms(tool=tool.addresses) as lms,
    ):
        tool.register(lms.state)
        lms.state.edit_claims = _in_english
        made = Campus(tool=tool, lms=lms.state)
        yield made
        made.close_browsers()


def _in_english(claims: dict[str, Any]) -> dict[str, Any]:
    presentation = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation"
    return {**claims, presentation: {**claims[presentation], "locale": "en"}}


def assert_english(page: Page) -> None:
    """No sentence of the catalogue is shown in French, and no French word is left."""
    assert '<html lang="en">' in page.html
    shown = text_of(page)
    for known in NOT_OURS:
        shown = shown.replace(known, "")
    for name in ("D'Ornellas", "d'Aubigné", "Le Goff"):
        shown = shown.replace(name, "")
    left = [
        french
        for french in map(str, (each.id for each in catalogue()))
        if len(french) > 12 and french in shown
    ]
    assert left == []
    assert FRENCH.findall(shown) == [], shown


def test_the_students_pages(campus: Campus) -> None:
    student = campus.student()
    assert_english(student.opens())
    refused = student.sends("", 9, "x")
    assert refused.status == 422
    assert_english(refused)
    sent = student.sends(4, 5, 3)
    assert text_of(sent, "mark") == "13.33/20"
    assert "in the gradebook" in text_of(sent) or "on its way" in text_of(sent)
    assert_english(sent)
    campus.imports(student, [24] * 16, datetime.now(UTC) - timedelta(minutes=2))
    assert_english(student.opens())
    waiting = student.sends(6, 6, 6)
    assert "Waits for verification" in text_of(waiting, "sent")
    assert_english(waiting)
    assert_english(student.opens(EXAM))
    assert_english(student.opens("4"))
    assert_english(student.opens(NOT_SET_UP))


def test_the_teachers_pages(campus: Campus) -> None:
    student = campus.student()
    student.sends(4, 4, 4)
    teacher = campus.browser(TEACHER)
    home = teacher.launch("1")
    assert_english(home)
    for address in (
        "imports/",
        "teacher/components/cc1/close",
        f"teacher/people/{campus.person_id(student)}",
    ):
        page = teacher.get(home.url.replace("teacher/", address))
        assert page.status == 200, address
        assert_english(page)
    set_up = teacher.launch(NOT_SET_UP)
    assert_english(set_up)
    done = campus.imports(student, [32] * 16, datetime.now(UTC) - timedelta(minutes=1))
    assert_english(done)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_pages_without_a_visit_follow_the_browser(campus: Campus, language: str) -> None:
    headers = {"Accept-Language": f"{language};q=0.9, de;q=0.5"}
    about = requests.get(f"{campus.tool.base}/lti/launch", headers=headers, timeout=20)
    missing = requests.get(f"{campus.tool.base}/visits/x/profile/", headers=headers, timeout=20)
    refused = requests.get(
        f"{campus.tool.base}/lti/login", params={"iss": "https://e.example"}, headers=headers, timeout=20
    )
    for answer in (about, missing, refused):
        assert f'<html lang="{language}">' in answer.text
        if language == "en":
            assert_english(
                Page(
                    status=answer.status_code,
                    url=answer.url,
                    html=answer.text,
                    headers={},
                    hops=(),
                    set_cookies=(),
                )
            )
