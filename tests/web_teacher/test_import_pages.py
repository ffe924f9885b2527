"""The whole import through the pages: upload, preview, decision, confirm, and the LMS's gradebook follows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.pix.exports import export
from tests.web_teacher.classroom import CC2, OTHER_TEACHER, Classroom, address, options, part, said

LEA, NOE, AICHA = "110", "111", "112"


def test_a_teacher_imports_an_export_and_the_gradebook_follows(room: Classroom) -> None:
    room.declares(LEA, 5, 5, 5)
    room.opens(NOE)
    assert room.gradebook(LEA) == Decimal("16.67")
    file = export(
        room.line(LEA), room.line(NOE, level=4), room.line(AICHA), room.line(NOE, number=None, first="Nono")
    )
    page = room.uploads(file)
    assert page.status == 200
    assert "rien n’est encore fait" in said(page)
    assert part(page, "counts") == "Lignes : 4 2 nouvelles 2 à décider"
    assert "La déclaration donnait 16,67/20, l’export Pix donne 10,00/20." in part(page, "effects")
    assert room.gradebook(LEA) == Decimal("16.67")

    decision = next(form for form in page.forms() if form.action.endswith("/choices"))
    person = next(id_ for id_, name in options(page) if name.startswith("Noé Garçon"))
    last = [name for name in decision.fields if name.startswith("choice-")][-1]
    page = room.waits(room.browser().submit(decision, {last: person}))
    assert part(page, "counts").startswith("Lignes : 4 3 nouvelles 1 à décider")
    done = room.confirms(page)
    assert "/imports/done/" in done.url
    assert "Nouveaux envois : 3. Notes changées : 2." in said(done)
    assert (room.gradebook(LEA), room.gradebook(NOE)) == (Decimal("10.00"), Decimal("13.33"))

    cohort = room.opens()
    assert "importé, jamais venu" in part(cohort, "cohort")
    assert "Aïcha Benali" in part(cohort, "cohort")
    room.opens(AICHA)
    assert room.gradebook(AICHA) == Decimal("10.00")
    again = room.uploads(file)
    assert part(again, "counts") == "Lignes : 4 4 déjà connues"
    assert "Aucune note ne change" in said(again)
    student = said(room.opens(LEA))
    assert "la déclaration donnait 16,67/20 ; l’envoi vérifié, qui la remplace, donne 10,00/20" in student


def test_confirming_twice_and_reloading_do_nothing_more(room: Classroom) -> None:
    room.opens(LEA)
    page = room.uploads(export(room.line(LEA)))
    done = room.confirms(page)
    assert room.browser().get(done.url).html == done.html
    again = room.confirms(page)
    assert again.status == 404
    assert "Cet aperçu n’existe plus" in said(again)
    assert "export.csv (nouveaux envois : 1)" in said(again), "the page tells that it was imported"
    assert room.kept() == (0, 1, 1)


def test_a_preview_that_is_no_longer_true_is_shown_again(room: Classroom) -> None:
    room.opens(LEA)
    page = room.uploads(export(room.line(LEA)))
    room.declares(LEA, 5, 5, 5)
    shown = room.confirms(page)
    assert "La situation a changé depuis l’aperçu précédent" in said(shown)
    assert room.kept() == (1, 0, 1)
    assert "/imports/done/" in room.confirms(shown).url


def test_nobody_but_its_teacher_reaches_a_draft(room: Classroom) -> None:
    room.opens(LEA)
    preview = room.uploads(export(room.line(LEA)))
    draft = preview.url.rpartition("/")[2].partition("#")[0]
    for person, activity in ((OTHER_TEACHER, "1"), ("2", CC2)):
        elsewhere = room.opens(person, activity)
        for path in (draft, f"{draft}/lines/2"):
            assert room.browser(person).get(address(elsewhere, f"imports/{path}")).status == 404


def test_a_student_reaches_none_of_it(room: Classroom) -> None:
    preview = room.uploads(export(room.line(LEA)))
    draft = preview.url.rpartition("/")[2].partition("#")[0]
    page = room.opens(LEA)
    token = page.form(having="form_token").fields["form_token"]
    browser = room.browser(LEA)
    paths = ("imports/", f"imports/{draft}", "imports/done/1", f"imports/{draft}/lines/2")
    pages = ("teacher/", "teacher/set-up", "teacher/people/1", "teacher/components/cc1/close")
    for path in (*paths, *pages, "teacher/rules/00"):
        shown = browser.get(address(page, path))
        assert shown.status == 403, path
        assert "Votre rôle dans ce cours ne permet pas cette action" in said(shown)
    for path in (
        *(f"imports/{draft}/{what}" for what in ("choices", "target", "again", "confirm", "cancel")),
        *(
            "imports/",
            "imports/done/1/undo",
            "teacher/set-up",
            "teacher/resend",
            "teacher/components/cc1/close",
        ),
    ):
        fields = {"form_token": token, "everybody": "yes", "choice": "HA1G10H|2026-2027|cc2"}
        assert browser.post(address(page, path), fields).status == 403, path
    assert room.kept() == (1, 0, 0)


@pytest.mark.parametrize("path", ["imports/%00", "imports/x%00/confirm", "imports/done/99999999999999999999"])
def test_addresses_made_by_hand_are_not_found(room: Classroom, path: str) -> None:
    page = room.opens()
    assert room.browser().get(address(page, path)).status in (404, 405)
