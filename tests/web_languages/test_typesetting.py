"""French signs stay on the line of what they follow, in every text of the pages; their sources have ordinary spaces."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from demo.lms import Page, RunningLms
from tests.running_tool import running_tool
from tests.web_student.campus import EXAM, TEACHER, Campus
from web.language import typeset


@pytest.mark.parametrize(
    ("written", "set_"),
    [
        ("Aucune note ne change.", "Aucune note ne change."),
        ("Lignes : %(n)s", "Lignes\u00a0: %(n)s"),
        (" :", "\u00a0:"),
        ("déjà lu ; rien", "déjà lu\u202f; rien"),
        ("la bonne personne ?", "la bonne personne\u202f?"),
        ("« J’envoie » !", "«\u00a0J’envoie\u00a0»\u202f!"),
        ("part : 25 %", "part\u00a0: 25\u00a0%"),
        ("Il en reste %(n)s", "Il en reste %(n)s"),
        ("https://app.pix.fr:443/?a=b;c", "https://app.pix.fr:443/?a=b;c"),
        ("déjà mis\u00a0: une fois", "déjà mis\u00a0: une fois"),
    ],
)
def test_spaces_before_signs(written: str, set_: str) -> None:
    assert typeset(written) == set_
    assert " ".join(typeset(written).split()) == " ".join(written.split())


def apart(page: Page) -> list[str]:
    """Signs of a page's sentences that an ordinary space separates from what they follow."""
    text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", "", page.html, flags=re.DOTALL)
    return re.findall(r".{0,40}(?: [:;?!»]|« ).{0,10}", html.unescape(text))


def test_no_sign_of_a_page_stands_apart(tmp_path: Path) -> None:
    with (
        running_tool(f"sqlite:///{tmp_path / 'tool.sqlite'}", tmp_path) as tool,
        RunningLms(tool=tool.addresses) as lms,
    ):
        tool.register(lms.state)
        campus = Campus(tool=tool, lms=lms.state)
        student, teacher = campus.student(), campus.browser(TEACHER)
        pages = [student.opens(), student.sends("", 9, "x"), student.sends(4, 4, 4), student.opens(EXAM)]
        home = teacher.launch("1")
        pages.append(home)
        assert "\u00a0:" in home.html
        for address in ("campaign/", "imports/", "gradebook/", "roster/", "dates/", "teacher/set-up"):
            pages.append(teacher.get(home.url.replace("teacher/", address)))
        campus.close_browsers()
    for page in pages:
        assert '<html lang="fr">' in page.html
        assert apart(page) == [], page.url
