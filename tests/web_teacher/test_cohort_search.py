"""A large cohort: people are searched by name or number, looked at by situation, and shown a page at a time."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest

from demo.lms import Page
from demo.lms.faults import Fault
from tests.pix.exports import export
from tests.web_teacher.classroom import Classroom, address, said

ELODIE, LEA, NOE = "101", "110", "111"


def shows(room: Classroom, page: Page, **asked: str | int) -> Page:
    """The cohort as it is asked for."""
    return room.browser().get(f"{address(page, 'teacher/')}?{urlencode(asked)}")


def names(page: Page) -> list[str]:
    """Who is shown."""
    table = page.html.partition('id="cohort"')[2].partition("</table>")[0]
    return [
        re.sub(r"<[^>]+>", "", cell)
        for cell in re.findall(r'<th scope="row"[^>]*>(.*?)(?:<br>|</th>)', table)
    ]


@pytest.fixture
def opened(room: Classroom) -> Page:
    """Léa has sent, Noé and Élodie have only opened the tool."""
    room.declares(LEA, 5, 5, 5)
    for each in (NOE, ELODIE):
        room.opens(each)
    return room.opens()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("benoit", ["Léa Benoît"]),
        ("BENOÎT léa", ["Léa Benoît"]),
        ("99300011", ["Noé Garçon"]),
        ("garc 0011", ["Noé Garçon"]),
        ("  ", ["Léa Benoît", "Noé Garçon", "Élodie Lefèvre"]),
    ],
)
def test_somebody_is_found_by_words_of_the_name_or_the_number(
    room: Classroom, opened: Page, query: str, found: list[str]
) -> None:
    page = shows(room, opened, q=query)
    assert names(page) == found
    assert ("Affichés : 1 sur 3." in said(page)) == (len(found) == 1)
    assert ("Renvoyer toutes les notes" in said(page)) == (len(found) == 3)  # never of more than is shown


def test_nobody_found_is_said_with_a_way_back(room: Classroom, opened: Page) -> None:
    page = shows(room, opened, q="<b>Personne")
    assert "Personne ne correspond. Voir tout le monde" in said(page)
    assert 'value="&lt;b&gt;Personne"' in page.html
    assert names(room.browser().get(address(page, "teacher/"))) == names(opened)


def test_people_are_looked_at_by_situation(room: Classroom, opened: Page) -> None:
    room.confirms(
        room.uploads(export(room.line(LEA), room.line(NOE, first="Qui", last="Conque", number="99399999")))
    )
    assert names(shows(room, opened, show="nothing_sent")) == ["Noé Garçon", "Élodie Lefèvre"]
    assert names(shows(room, opened, show="nothing_sent", q="noe")) == ["Noé Garçon"]
    assert names(shows(room, opened, show="awaited")) == ["Qui Conque"]
    assert names(shows(room, opened, show="never_came")) == []
    assert len(names(shows(room, opened, show="whatever"))) == 4


def test_marks_that_do_not_reach_the_gradebook_are_one_link_away(room: Classroom, opened: Page) -> None:
    assert "Les montrer" not in said(opened)
    room.lms.faults.add(Fault(endpoint="scores", answer="403", times=None))
    room.tool.drain()
    page = room.opens()
    assert "Les montrer" in said(page)
    assert names(shows(room, page, show="not_in_gradebook")) == ["Léa Benoît"]


def test_a_large_cohort_is_shown_a_page_at_a_time(room: Classroom, opened: Page) -> None:
    strangers = [
        room.line(LEA, first="Camille", last=f"Z{n:03}", number=str(99400000 + n)) for n in range(450)
    ]
    room.confirms(room.uploads(export(*strangers)))
    pages = [names(shows(room, opened, **{"from": first})) for first in (0, 200, 400)]
    assert [len(each) for each in pages] == [200, 200, 53]
    assert len({name for page in pages for name in page}) == 453
    assert pages[0][:4] == ["Léa Benoît", "Noé Garçon", "Élodie Lefèvre", "Camille Z000"]
    assert names(shows(room, opened, **{"from": 100_000})) == pages[2]
    assert names(shows(room, opened, **{"from": -7})) == pages[0]
    assert names(shows(room, opened, **{"from": "x"})) == pages[0]
    second = shows(room, opened, show="awaited", **{"from": 200})
    following = re.search(r'href="([^"]*from=400[^"]*)"', second.html)
    assert following is not None
    assert "show=awaited" in following[1]
