"""The gradebook's page: read back at a click, both values of what differs, and a button for either."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urljoin

import pytest

from demo.lms import Form, Page
from tests.web_teacher.classroom import CC1, Classroom, address, part, said

pytestmark = pytest.mark.slow

ALICE, BRUNO, LEA = "101", "102", "110"


def _reads(room: Classroom) -> Page:
    """A teacher presses the button, and the background reads."""
    page = room.browser().get(address(room.opens(), "gradebook/"))
    waiting = room.browser().submit(_form(page, "compare"))
    room.tool.run_jobs()
    return room.browser().get(waiting.url.partition("?")[0])


def _form(page: Page, end: str) -> Form:
    return next(form for form in page.forms() if form.action.endswith(end))


def _types(room: Classroom, who: str, value: str) -> None:
    column = room.lms.column_of(CC1)
    room.lms.gradebook.type_by_hand(column.id, who, Decimal(value), now=datetime.now(UTC))


@pytest.fixture
def handed_in(room: Classroom) -> Classroom:
    """Two students whose marks have arrived."""
    for who in (ALICE, BRUNO):
        room.declares(who, 4, 4, 4)
    assert room.gradebook(ALICE) is not None
    return room


def _chooses(room: Classroom, page: Page, choice: str, *cells: str) -> Page:
    """Tick these and press one of the two buttons."""
    form = _form(page, "/gradebook/ours")
    action = form.action.removesuffix("ours") + choice
    fields = {**form.fields, "cell": cells[0]} if cells else form.fields
    return room.browser().submit(replace(form, action=action, fields=fields))


def test_what_was_typed_in_the_platform_is_shown_with_both_values(handed_in: Classroom) -> None:
    _types(handed_in, ALICE, "15")
    page = _reads(handed_in)
    assert "Modifiées dans la plateforme (1)" in said(page)
    row = part(page, "differences")
    assert "Élodie Lefèvre" in row
    assert "13,33" in row
    assert "15,00" in row
    cohort = handed_in.opens()
    assert "Notes modifiées dans la plateforme : 1." in said(cohort)
    assert "modifiée dans la plateforme : 13,33 → 15,00" in said(cohort)
    student = handed_in.opens(ALICE)
    assert "modifiée dans la plateforme : 13,33 → 15,00" in said(student)


def test_either_is_taken_from_the_persons_page(handed_in: Classroom) -> None:
    _types(handed_in, ALICE, "15")
    _reads(handed_in)
    cohort = handed_in.opens()
    found = re.search(r'href="([^"]+people/\d+)">Élodie', cohort.html)
    assert found is not None
    person = handed_in.browser().get(urljoin(cohort.url, found[1]))
    assert "Garder celle de la plateforme (15,00)" in person.html
    assert "Renvoyer la nôtre (13,33)" in person.html
    form = next(form for form in person.forms() if "cell" in form.fields)
    kept = handed_in.browser().submit(replace(form, action=form.action.removesuffix("ours") + "theirs"))
    assert "Notes de la plateforme gardées : 1." in said(kept)
    assert "note de la plateforme gardée : 15,00 (la nôtre : 13,33)" in said(kept)
    assert "Garder celle de la plateforme" not in kept.html
    form = next(form for form in kept.forms() if "cell" in form.fields)
    sent = handed_in.browser().submit(form)
    assert "Nos notes renvoyées : 1." in said(sent)


def test_nothing_ticked_does_nothing(handed_in: Classroom) -> None:
    _types(handed_in, ALICE, "15")
    page = _reads(handed_in)
    assert "Aucune note n’était cochée" in said(_chooses(handed_in, page, "ours"))


def test_a_stale_page_changes_nothing(handed_in: Classroom) -> None:
    _types(handed_in, ALICE, "15")
    page = _reads(handed_in)
    cell = re.findall(r'name="cell" value="([^"]+)"', page.html)[0]
    _types(handed_in, ALICE, "16")
    page = _reads(handed_in)
    after = _chooses(handed_in, page, "theirs", cell)
    assert "elles ont changé depuis cet affichage : 1" in said(after)
    assert "Modifiées dans la plateforme (1)" in said(after)


def test_columns_are_shown_as_the_platform_has_them(handed_in: Classroom) -> None:
    column = handed_in.lms.column_of(CC1)
    handed_in.lms.gradebook.replace_column(replace(column, label="Pix n° 1", maximum=Decimal(10)))
    page = _reads(handed_in)
    assert "colonne « Pix n° 1 »" in part(page, "columns")
    assert "notée sur 10 :" in part(page, "columns")
    assert 'id="no-difference"' in page.html


def test_a_student_sees_and_does_nothing_of_it(handed_in: Classroom) -> None:
    _types(handed_in, ALICE, "15")
    page = _reads(handed_in)
    cell = re.findall(r'name="cell" value="([^"]+)"', page.html)[0]
    mine = handed_in.opens(LEA)
    assert handed_in.browser(LEA).get(address(mine, "gradebook/")).status == 403
    token = mine.form(having="form_token").fields["form_token"]
    for choice in ("ours", "theirs", "compare"):
        form = Form(
            action=address(mine, f"gradebook/{choice}"),
            method="post",
            fields={"form_token": token, "cell": cell},
        )
        assert handed_in.browser(LEA).submit(form).status == 403
