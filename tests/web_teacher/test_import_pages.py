"""The whole import through the pages: upload, preview, decision, confirm, and the LMS's gradebook follows."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

import pytest

from demo.lms import Page
from tests.pix.exports import export
from tests.web_teacher.classroom import (
    CC2,
    OTHER_TEACHER,
    Classroom,
    address,
    options,
    part,
    said,
)

LEA, NOE, AICHA = "110", "111", "112"


def choices(page: Page) -> list[str]:
    """The fields in which a preview asks whose lines are."""
    return [name for name in page.form(having="seen").fields if name.startswith("choice-")]


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
    assert part(page, "counts") == "Lignes : 4 nouvelles : 2 à décider : 1 inconnues du cours : 1"
    assert "La déclaration donnait 16,67/20, l’export Pix donne 10,00/20." in part(page, "effects")
    assert room.gradebook(LEA) == Decimal("16.67")

    person = next(id_ for id_, name in options(page) if name.startswith("Noé Garçon"))
    page = room.chooses(page, {choices(page)[0]: person})
    assert "Vos choix sont retenus" in said(page)
    assert part(page, "counts").startswith("Lignes : 4 nouvelles : 3 inconnues du cours : 1")
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
    assert part(again, "counts") == "Lignes : 4 déjà connues : 4"
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


def test_choices_not_yet_remembered_are_shown_before_anything_is_imported(room: Classroom) -> None:
    """Choosing somebody, then “Confirm” at once: what would be done was not on the page."""
    room.opens(NOE)
    page = room.uploads(export(room.line(NOE, number=None, first="Nono")))
    person = next(id_ for id_, name in options(page) if name.startswith("Noé Garçon"))
    asked = room.browser().submit(page.form(having="seen"), {choices(page)[0]: person})
    shown = room.waits(asked)
    assert room.kept() == (1, 0, 0)
    assert "rien n’est importé tant que vous n’avez pas confirmé" in said(shown)
    assert part(shown, "counts") == "Lignes : 1 nouvelles : 1"
    assert "Nouveaux envois : 1. Notes changées : 1." in said(room.confirms(shown))


def test_one_question_for_all_lines_of_a_person_and_none_for_who_is_not_here(room: Classroom) -> None:
    room.opens(NOE)
    unsure = [room.line(NOE, number=None, first="Nono", hours=hours) for hours in (1, 2, 3)]
    stranger = room.line(NOE, number="99999999", first="Ida", last="Inconnue")
    page = room.uploads(export(*unsure, stranger))
    assert part(page, "counts") == "Lignes : 4 à décider : 3 inconnues du cours : 1"
    assert "Personnes à reconnaître (1)" in said(page)
    assert "lignes 2, 3, 4 Garçon Nono" in said(page)
    assert "Proposées : Noé Garçon" in said(page)
    assert "Personnes que rien ne relie à quelqu’un du cours (1)" in part(page, "strangers")
    assert len(choices(page)) == 2
    person = next(id_ for id_, name in options(page) if name.startswith("Noé Garçon"))
    page = room.chooses(page, {choices(page)[0]: person})
    assert part(page, "counts") == "Lignes : 4 nouvelles : 3 inconnues du cours : 1"
    assert "Personnes à reconnaître (0)" in said(page)


def test_an_identity_is_told_once_where_the_number_is_the_identifier(room: Classroom) -> None:
    page = room.uploads(export(room.line(NOE, number="99999999", external_id="99999999")))
    assert "Garçon Noé · 99999999" in said(page)
    assert "99999999 · 99999999" not in said(page)


def test_nothing_is_said_of_what_there_is_none_of(room: Classroom) -> None:
    room.opens(LEA)
    file = export(room.line(LEA))
    done = room.confirms(room.uploads(file))
    assert part(done, "counts") == "Lignes : 1 nouvelles : 1"
    again = room.uploads(file)
    assert "Rien de nouveau" in said(again)
    assert "Notes qui changeront" not in said(again)
    undo = next(form for form in done.forms() if form.action.endswith("/undo"))
    shown = room.waits(room.browser().submit(undo))
    assert part(shown, "counts") == "Envois et résultats retirés : 1"
    undone = room.confirms(shown)
    assert "Remis à la personne d’avant" not in said(undone)
    assert "Ce que l’import avait apporté" in said(undone)


def test_of_several_unreadable_files_each_problem_names_its_own(room: Classroom) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("photo.csv", b"\x89PNG\r\n")
        archive.writestr("notes.csv", b"a;b;c\n1;2;3\n")
    page = room.uploads(packed.getvalue(), name="tout.zip")
    assert page.status == 422
    for name in ("photo.csv : ", "notes.csv : "):
        assert name in said(page)
