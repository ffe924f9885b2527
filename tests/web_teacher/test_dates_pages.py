"""The page of a course's dates: look, try, see the marks that change, confirm, go back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from demo.lms import Form, Page
from tests.web_teacher.classroom import Classroom, address, part, said

LEA, NOE = "110", "111"


def local(**shift: float) -> str:
    """A time around now as a teacher types it."""
    return f"{(datetime.now(UTC) + timedelta(**shift)).astimezone(ZoneInfo('Europe/Paris')):%Y-%m-%dT%H:%M}"


def dates_form(page: Page, component: str = "cc1") -> Form:
    """The form of one component's dates."""
    return next(form for form in page.forms() if form.action.endswith(f"/dates/{component}"))


def test_changing_a_deadline_and_going_back(room: Classroom) -> None:
    room.declares(LEA, 3, 3, 3)
    assert room.gradebook(LEA) == Decimal("10.00")
    browser = room.browser()
    cohort = room.opens()
    assert "dates de ce cours" not in part(cohort, "components-title")
    page = browser.get(address(cohort, "dates/"))
    assert "Rien : ce cours suit les dates du fichier de l’unité." in said(page)

    shown = browser.submit(dates_form(page), {"opens": "", "closes": local(days=-1)})
    assert "Léa Benoît (99300010) 10,00/20 — Envoi tardif" in part(shown, "effects")
    assert room.gradebook(LEA) == Decimal("10.00"), "a preview changes nothing"
    changed = browser.submit(shown.form(having="seen"))
    assert "Notes changées : 1." in part(changed, "done")
    assert "Hélène Marchand CC1" in part(changed, "changes")
    assert "en vigueur" in part(changed, "changes")
    assert room.gradebook(LEA) is None
    assert "La date limite est passée" in said(room.opens(LEA))
    assert "dates de ce cours" in said(room.opens())

    back = re.search(r'href="([^"]+back=yes[^"]*)"', changed.html)
    assert back is not None
    preview = browser.get(address(cohort, "dates/cc1?back=yes"))
    assert "celles du fichier de l’unité" in part(preview, "dates")
    done = browser.submit(preview.form(having="seen"))
    assert "Notes changées : 1." in part(done, "done")
    assert room.gradebook(LEA) == Decimal("10.00")
    assert "Remettre…" in part(done, "changes")


def test_dates_that_cannot_be_are_told_beside_their_field_and_kept(room: Classroom) -> None:
    browser = room.browser()
    page = browser.get(address(room.opens(), "dates/"))
    wrong = browser.submit(dates_form(page), {"opens": local(days=3), "closes": local(days=2)})
    assert wrong.status == 422
    assert "La date limite doit venir après l’ouverture" in part(wrong, "closes-cc1-wrong")
    assert dates_form(wrong).fields["opens"] == local(days=3)
    assert "closes-cc2-wrong" not in wrong.html


def test_what_changed_meanwhile_is_shown_again_before_it_is_done(room: Classroom) -> None:
    browser = room.browser()
    page = browser.get(address(room.opens(), "dates/"))
    shown = browser.submit(dates_form(page), {"opens": "", "closes": local(days=-1)})
    room.declares(NOE, 2, 2, 2)
    again = browser.submit(shown.form(having="seen"))
    assert "La situation a changé depuis l’aperçu précédent" in said(again)
    assert "Noé Garçon" in part(again, "effects")
    assert "Notes changées : 1." in said(browser.submit(again.form(having="seen")))


def test_a_student_and_a_form_of_elsewhere_change_nothing(room: Classroom) -> None:
    student = room.browser(LEA).get(address(room.opens(LEA), "dates/"))
    assert student.status == 403
    browser = room.browser()
    page = browser.get(address(room.opens(), "dates/"))
    shown = browser.submit(dates_form(page), {"opens": "", "closes": local(days=-1)})
    refused = browser.submit(shown.form(having="seen"), {"form_token": "0" * 64})
    assert refused.status == 400
    assert "Rien : ce cours suit les dates" in said(browser.get(page.url))
