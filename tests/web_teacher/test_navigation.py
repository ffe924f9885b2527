"""Every page of the teacher's is found from every other, and says where one is."""

from __future__ import annotations

import re

import pytest

from demo.lms import Page
from tests.web_teacher.classroom import CATCH_UP, NOT_SET_UP, TEACHER, Classroom, address, said

ALWAYS = ["Promotion", "Campagne", "Fichiers", "Carnet de notes", "Liste du cours", "Dates", "Cette activité"]


def names(page: Page) -> list[str]:
    """The pages that a page's navigation leads to."""
    return re.findall(r"<a [^>]*>([^<]+)</a></li>", _navigation(page))


def marked(page: Page) -> list[tuple[str, str]]:
    """Where the navigation says one is, and whether that is the very page."""
    return re.findall(r'aria-current="(\w+)">([^<]+)<', _navigation(page))


def _navigation(page: Page) -> str:
    found = re.search(r'<ul class="pages">.*?</ul>', page.html, flags=re.DOTALL)
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("teacher/", "Promotion"),
        ("campaign/", "Campagne"),
        ("imports/", "Fichiers"),
        ("gradebook/", "Carnet de notes"),
        ("roster/", "Liste du cours"),
        ("dates/", "Dates"),
        ("teacher/set-up", "Cette activité"),
    ],
)
def test_each_page_leads_to_all_others_and_is_marked(room: Classroom, path: str, where: str) -> None:
    page = room.browser().get(address(room.opens(), path))
    assert names(page) == ALWAYS
    assert marked(page) == [("page", where)]


def test_a_page_within_a_section_marks_the_section(room: Classroom) -> None:
    page = room.browser().get(address(room.opens(), "teacher/components/cc1/close"))
    assert marked(page) == [("true", "Promotion")]


def test_the_catch_up_has_no_campaign(room: Classroom) -> None:
    assert names(room.opens(TEACHER, CATCH_UP)) == [each for each in ALWAYS if each != "Campagne"]


def test_nothing_leads_away_before_the_activity_stands_for_something(room: Classroom) -> None:
    page = room.opens(TEACHER, NOT_SET_UP)
    assert "Que représente cette activité" in said(page)
    assert names(page) == []
