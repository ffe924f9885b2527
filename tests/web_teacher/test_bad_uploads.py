"""Whatever is dropped on the import page: a clear message in French, a 4xx, and nothing stored."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable

import pytest
import requests

from tests.pix.exports import BOM, HEADER, column, export
from tests.web_teacher.classroom import Classroom, address, part, said, upload_form

LEA, NOE = "110", "111"


def one_line(room: Classroom) -> list[object]:
    """A good line."""
    return room.line(LEA)


def utf(room: Classroom) -> str:
    """A good file as text."""
    return export(one_line(room)).decode("utf-8-sig")


UNREADABLE: dict[str, tuple[Callable[[Classroom], bytes], str]] = {
    "not a CSV": (lambda _room: b"%PDF-1.7 ...", "un document PDF, pas un CSV"),
    "a workbook": (lambda _room: b"PK\x03\x04abc", "Cette archive ZIP ne s\u2019ouvre pas"),
    "a web page": (lambda _room: b"<!DOCTYPE html><p>Connexion", "une page web, pas un CSV"),
    "prose": (
        lambda _room: b"bonjour ; tout le monde\n",
        "n\u2019est l\u2019en-tête d\u2019aucun fichier de Pix",
    ),
    "empty": (lambda _room: b"", "Le fichier est vide"),
    "two encodings": (
        lambda room: BOM + utf(room).encode("cp1252", "replace"),
        "n\u2019est pas en UTF-8",
    ),
    "half a UTF-16": (lambda room: utf(room).encode("utf-16")[:-1], "n\u2019est pas en UTF-8"),
    "null bytes": (lambda _room: b"a;b\0c\n", "octets nuls"),
    "header only": (lambda _room: export(), "Le fichier n\u2019a que son en-tête"),
    "duplicate columns": (
        lambda room: export([*one_line(room), 1], header=[*HEADER, "Nombre de pix total"]),
        "est là deux fois",
    ),
    "unknown competence, columns moved": (
        lambda room: export(
            one_line(room)[::-1], header=[each.replace("Programmer", "Jongler") for each in HEADER[::-1]]
        ),
        "ne nomme aucune des 16 compétences de Pix",
    ),
    "missing column": (
        lambda room: export(one_line(room)[:-1], header=HEADER[:-1]),
        "manque. Déposez l\u2019export d\u2019origine",
    ),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_file_that_cannot_be_read_is_refused_with_its_reason(still_room: Classroom, kind: str) -> None:
    make, reason = UNREADABLE[kind]
    page = still_room.uploads(make(still_room))
    assert page.status == 422
    assert "Rien n\u2019a pu être lu ; rien n\u2019a été importé." in said(page)
    assert reason in said(page)
    assert still_room.kept() == (0, 0, 0)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_a_file_that_a_spreadsheet_saved_again_is_previewed(room: Classroom, encoding: str) -> None:
    page = room.uploads(utf(room).replace(";", "\t").encode(encoding))
    assert page.status == 200
    assert "Rien n\u2019a pu être lu" not in said(page)


REJECTED = {
    "level of 9": ({"Niveau pour la compétence Programmer": "9"}, "9 dépasse le plafond de 8"),
    "negative pix": ({"Nombre de pix pour la compétence Programmer": "'-3"}, "est négatif"),
    "a word": ({"Nombre de pix total": "beaucoup"}, "n\u2019est pas un nombre entier"),
    "a date of elsewhere": (
        {"Date et heure de l'envoi (Europe/Paris)": "2026-11-14"},
        "n\u2019est pas une date",
    ),
    "neither yes nor no": ({"Envoi (O/N)": "Peut-être"}, "au lieu de « Oui » ou « Non »"),
}


@pytest.mark.parametrize("kind", REJECTED)
def test_a_bad_line_is_rejected_with_its_place_and_the_others_are_read(room: Classroom, kind: str) -> None:
    changed, reason = REJECTED[kind]
    room.opens(LEA)
    bad = room.line(NOE)
    for title, value in changed.items():
        bad[column(title)] = value
    page = room.uploads(export(one_line(room), bad))
    assert page.status == 200
    assert part(page, "counts") == "Lignes : 2 nouvelles : 1 rejetées : 1"
    assert reason in said(page)
    assert "Ligne 3, colonne" in said(page)
    room.confirms(page)
    assert room.kept() == (0, 1, 1)


def test_a_truncated_file_loses_its_last_line_only_and_says_so(room: Classroom) -> None:
    room.opens(LEA)
    page = room.uploads(export(one_line(room), room.line(NOE))[:-40])
    assert part(page, "counts") == "Lignes : 2 nouvelles : 1 rejetées : 1"
    assert "n\u2019a pas de fin de ligne : le fichier est peut-être incomplet" in said(page)


def test_names_are_shown_as_text_whatever_they_hold(room: Classroom) -> None:
    nasty = "<script>alert(1)</script>"
    line = room.line(LEA, first="=cmd|'/c calc'!A0", last=nasty, number=None, external_id='"><img src=x>')
    line[column("Nom de la campagne")] = nasty
    name = "<script>alert(2)</script>.csv"
    page = room.uploads(export(line), name=name)
    for shown in (page, room.confirms(page), room.opens()):
        assert nasty not in shown.html
        assert "<img src=x" not in shown.html
        assert "alert(2)</script>" not in shown.html
    assert "=cmd|'/c calc'!A0" in said(page)
    assert nasty in said(room.opens())


def test_a_number_of_somebody_else_goes_to_the_teacher(room: Classroom) -> None:
    room.opens(LEA)
    room.opens(NOE)
    number = room.lms.get_person(LEA).idnumber
    page = room.uploads(export(room.line(NOE, number=None, external_id=number)))
    assert part(page, "counts") == "Lignes : 1 à décider : 1"
    assert "choisissez" in said(page)
    room.confirms(page)
    assert room.kept() == (0, 1, 0)


@pytest.mark.parametrize(
    "name", ["", "../../x.csv", "x" * 3000, "é\u202e\u0000.csv", "C:\\a\\b.csv", "a;b\"c'.csv"]
)
def test_any_file_name_is_taken_or_refused_quietly(room: Classroom, name: str) -> None:
    page = room.uploads(export(one_line(room)), name=name)
    assert page.status == (422 if not name else 200)


def test_a_form_without_a_file_says_so(room: Classroom) -> None:
    start = room.browser().get(address(room.opens(), "imports/"))
    for files in (None, {"other": ("x.csv", b"x")}):
        page = room.browser().submit(upload_form(start), files=files)
        assert page.status == 422
        assert "Aucun fichier n\u2019a été reçu" in said(page)


def test_a_form_made_for_another_visit_is_refused(room: Classroom) -> None:
    start = room.browser().get(address(room.opens(), "imports/"))
    page = room.browser().submit(
        upload_form(start), {"form_token": "x"}, files={"file": ("x.csv", export(one_line(room)))}
    )
    assert page.status == 400
    assert room.kept() == (0, 0, 0)


def test_fifty_megabytes_are_refused_before_they_are_read(room: Classroom) -> None:
    start = room.browser().get(address(room.opens(), "imports/"))
    form = upload_form(start)
    body = b"x" * 50_000_000
    before = _peak()
    try:
        answer = requests.post(
            form.action,
            data=form.fields,
            files={"file": ("big.csv", body)},
            headers=room.cookies(form.action),
            timeout=60,
        )
    except requests.ConnectionError:
        pass  # cut while sending: refused all the same
    else:
        assert answer.status_code == 413
        assert "trop volumineux" in answer.text
    # The body is made, and copied into a multipart body, by this very process.
    assert _peak() - before < 150_000_000
    assert room.kept() == (0, 0, 0)
    assert room.uploads(export(one_line(room))).status == 200


def _peak() -> int:
    """The most memory this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
