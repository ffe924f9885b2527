"""The samples after what people and spreadsheets do to files: another separator, encoding, order, title, blank line…

Whatever is done to a file that loses nothing, the same lines are read.
"""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pix.folding import fold
from pix.opened_files import open_file
from pix.orga_columns import Kind
from pix.problem import Problem
from pix.read_files import FileRead, read_file
from tests.pix.workbooks import Cell, ods, typed, xlsx
from workflows.import_rows import FileRow, file_rows

SAMPLES = Path(__file__).parent / "samples"
PROFILES = SAMPLES / "Resultats-PIX-L1-CC1-2026-512345-2026-11-20-1830.csv"
ASSESSMENT = SAMPLES / "Resultats-PIX-L1-CC2-tableur-512350-2026-11-20-1835.csv"
CERTIFICATIONS = SAMPLES / "20261214_0900_resultats_session_678901.csv"
ALL = {"profiles": PROFILES, "assessment": ASSESSMENT, "certification": CERTIFICATIONS}

Rows = list[list[str]]


def cells(path: Path) -> Rows:
    """A sample as rows of cells, header first."""
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")), delimiter=";"))


def lines(data: bytes) -> list[FileRow]:
    """What the import reads in a file; the places and remarks aside. No line may be lost."""
    (opened,) = open_file("x", data)
    assert opened.table is not None, opened.problems
    assert opened.kind is not None
    read = []
    for row in file_rows(Kind(opened.kind), opened.table):
        assert not isinstance(row, Problem), row
        certification = row.certification and replace(row.certification, line=0)
        read.append(replace(row, line=0, problems=(), certification=certification))
    return read


def written(rows: Rows, *, delimiter: str = ";", end: str = "\n", quoted: bool = True) -> str:
    """Rows as a CSV; without need, cells are quoted only where that is asked for."""

    def cell(text: str) -> str:
        needed = quoted or any(sign in text for sign in (delimiter, '"', "\r", "\n"))
        return '"' + text.replace('"', '""') + '"' if needed else text

    return "".join(delimiter.join(map(cell, row)) + end for row in rows)


def with_extra_column(rows: Rows, place: int) -> Rows:
    """A column of the teacher's own, beside the first ones."""
    return [
        [*row[:place], "Remarque" if number == 0 else f"note {number}", *row[place:]]
        for number, row in enumerate(rows)
    ]


def reordered(rows: Rows, seed: int) -> Rows:
    """The columns in another order; what the learner typed stays before what it stands before."""
    units: list[list[int]] = []
    header = [fold(title) for title in rows[0]]
    for place in range(len(header)):
        if place and header[place - 1] == "code de suivi moodle":
            units[-1].append(place)
        else:
            units.append([place])
    random.Random(seed).shuffle(units)
    order = [place for unit in units for place in unit]
    return [[row[place] for place in order] for row in rows]


def with_floats(rows: Rows) -> Rows:
    """Whole numbers as programs write them after a table was in floats."""
    shares = [title.startswith("%") for title in rows[0]]
    body = [
        [
            f"{cell}.0" if re.fullmatch(r"[0-9]{1,4}", cell) and not share else cell
            for cell, share in zip(row, shares, strict=False)
        ]
        for row in rows[1:]
    ]
    return [rows[0], *body]


def with_spaced_header(rows: Rows) -> Rows:
    """Titles with spaces of every kind around and inside, and another apostrophe."""
    spaced = [title.replace(" ", "\u00a0 ").replace("’", "'") for title in rows[0]]
    return [[f" {title}\n" for title in spaced], *rows[1:]]


def with_blank_lines(rows: Rows) -> Rows:
    """Blank lines here and there."""
    return [rows[0], [""] * len(rows[0]), *rows[1:3], [], *rows[3:], [""] * 3]


def with_empty_tail(rows: Rows) -> Rows:
    """Empty columns at the end, as spreadsheets leave them."""
    return [[*row, "", ""] for row in rows]


def with_a_title(rows: Rows) -> Rows:
    """A title and a date above the header."""
    return [["Résultats, groupe A; B, C"], [], ["le 20/11/2026"], *rows]


HARMLESS: dict[str, Callable[[Rows], Rows]] = {
    "floats": with_floats,
    "spaced header": with_spaced_header,
    "blank lines": with_blank_lines,
    "empty tail": with_empty_tail,
    "a title": with_a_title,
    "an extra column": lambda rows: with_extra_column(rows, 2),
    "reordered": lambda rows: reordered(rows, 7),
}


@pytest.mark.parametrize("sample", ALL)
@pytest.mark.parametrize("change", HARMLESS)
def test_what_loses_nothing_changes_nothing(sample: str, change: str) -> None:
    rows = cells(ALL[sample])
    assert lines(written(HARMLESS[change](rows)).encode()) == lines(ALL[sample].read_bytes())


@settings(max_examples=120, deadline=None)
@given(
    sample=st.sampled_from(sorted(ALL)),
    delimiter=st.sampled_from(";,\t"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    quoted=st.booleans(),
    changes=st.lists(
        st.sampled_from(["floats", "spaced header", "empty tail", "an extra column"]), unique=True
    ),
    seed=st.integers(0, 5),
    title=st.booleans(),
)
def test_every_mixture_reads_the_same(
    sample: str,
    delimiter: str,
    end: str,
    encoding: str,
    quoted: bool,
    changes: list[str],
    seed: int,
    title: bool,
) -> None:
    rows = cells(ALL[sample])
    if seed:
        rows = reordered(rows, seed)
    for change in changes:
        rows = HARMLESS[change](rows)
    if title:
        rows = with_a_title(rows)
    data = written(rows, delimiter=delimiter, end=end, quoted=quoted).encode(encoding)
    assert lines(data) == lines(ALL[sample].read_bytes())


def test_cp1252_as_a_french_spreadsheet_writes_it() -> None:
    rows = [
        ["".join(sign if sign.encode("cp1252", "ignore") else "e" for sign in cell) for cell in row]
        for row in cells(PROFILES)
    ]
    text = written(rows, quoted=False, end="\r\n")
    assert lines(text.encode("cp1252")) == lines(text.encode())


@pytest.mark.parametrize("sample", ALL)
@pytest.mark.parametrize("write", [xlsx, ods])
def test_a_workbook_of_several_sheets_gives_the_one_of_pix(sample: str, write: Callable[..., bytes]) -> None:
    rows = cells(ALL[sample])
    body: list[list[Cell]] = [[*rows[0]], *([typed(cell) for cell in row] for row in rows[1:])]
    notes: list[list[Cell]] = [["Liste", "d’appel"], ["Ana", 12]]
    data = write(body, before=[("Vide", []), ("Notes", notes)])
    read = read_file("classeur", data)
    assert read.export is not None, read.problems
    assert [problem.code for problem in read.problems if problem.code == "sheet_ignored"] == ["sheet_ignored"]
    titled = write([["Résultats"], [None], *body])
    assert lines(titled) == lines(write(body))


def test_a_workbook_of_several_files_of_pix_gives_each() -> None:
    def body(path: Path) -> list[list[Cell]]:
        rows = cells(path)
        return [[*rows[0]], *([typed(cell) for cell in row] for row in rows[1:])]

    opened = list(open_file("tout.xlsx", xlsx(body(PROFILES), before=[("CC2", body(ASSESSMENT))])))
    assert [(each.name, each.kind) for each in opened] == [
        ("tout.xlsx/CC2", Kind.ASSESSMENT),
        ("tout.xlsx/Feuil1", Kind.PROFILES_COLLECTION),
    ]


@pytest.mark.parametrize(
    ("typed_date", "instant"),
    [
        ("14/11/2026 18:42", "2026-11-14T17:42"),
        ("14/11/2026 18:42:00", "2026-11-14T17:42"),
        ("14/11/2026  18h42", "2026-11-14T17:42"),
        ("14.11.2026 18:42", "2026-11-14T17:42"),
        ("14-11-2026 18:42", "2026-11-14T17:42"),
        ("2026-11-14 18:42", "2026-11-14T17:42"),
        ("2026-11-14T18:42:00", "2026-11-14T17:42"),
        ("11/14/2026 6:42 PM", "2026-11-14T17:42"),
        ("11/14/2026 12:05 am", "2026-11-13T23:05"),
        ("46340,7791666667", "2026-11-14T17:42"),
        ("46340.7791666667", "2026-11-14T17:42"),
    ],
)
def test_dates_as_spreadsheets_write_them(typed_date: str, instant: str) -> None:
    rows = cells(PROFILES)
    rows[1][rows[0].index("Date et heure de l'envoi (Europe/Paris)")] = typed_date
    first = lines(written(rows).encode())[0]
    assert first.sent_at is not None
    assert first.sent_at.isoformat().startswith(instant)


@pytest.mark.parametrize(("answer", "sent"), [("TRUE", True), ("vrai", True), ("FAUX", False), ("N", False)])
def test_yes_and_no_as_spreadsheets_write_them(answer: str, sent: bool) -> None:
    rows = cells(PROFILES)
    rows[1][rows[0].index("Envoi (O/N)")] = answer
    assert lines(written(rows).encode())[0].sent is sent


@pytest.mark.parametrize("share", ["82 %", "82%", "82,0 %", "0.82", ",82", "0,820"])
def test_shares_as_spreadsheets_write_them(share: str) -> None:
    rows = cells(ASSESSMENT)
    place = rows[0].index("% maitrise de l'ensemble des acquis du profil")
    rows[1][place] = share
    assert str(lines(written(rows).encode())[0].mastery).rstrip("0") == "0.82"


@pytest.mark.parametrize(
    "write",
    [
        lambda day, month: f"{day},{month}",
        lambda day, month: f"0{day}/0{month}/2026",
        lambda day, month: f"{day}-{('janv', 'févr', 'mars', 'avr')[month - 1]}",
        lambda day, month: f"0{day}-{('Jan', 'Feb', 'Mar', 'Apr')[month - 1]}",
    ],
)
def test_competences_that_a_spreadsheet_took_for_numbers_or_days(write: Callable[[int, int], str]) -> None:
    """``1.3`` becomes 1,3 or the first of March."""
    rows = cells(CERTIFICATIONS)
    rows[0] = [
        write(int(title[0]), int(title[2])) if re.fullmatch(r"\d\.\d", title) else title for title in rows[0]
    ]
    assert lines(written(rows).encode()) == lines(CERTIFICATIONS.read_bytes())


def test_complementary_certifications_and_a_file_of_them_alone() -> None:
    rows = cells(CERTIFICATIONS)
    place = rows[0].index("Statut") + 1
    more = [
        [*row[:place], "Certification CléA numérique" if at == 0 else "Validée", *row[place:]]
        for at, row in enumerate(rows)
    ]
    assert lines(written(more).encode()) == lines(CERTIFICATIONS.read_bytes())
    without = [title for title in rows[0] if title == "Score en Pix" or re.fullmatch(r"\d\.\d", title)]
    kept = [place for place, title in enumerate(rows[0]) if title not in without]
    alone = [[row[place] for place in kept] for row in rows]
    kind = alone[0].index("Type de certification")
    for row in alone[1:]:
        row[kind] = "Pix+ Droit"
    found = lines(written(alone).encode())
    assert len(found) == 7
    assert {row.aside.en for row in found if row.aside} == {
        "This is not the Pix certification itself: this line gives no mark."
    }


def test_a_class_file_without_its_centre() -> None:
    rows = cells(CERTIFICATIONS)
    place = rows[0].index("Centre de certification")
    without = [row[:place] + row[place + 1 :] for row in rows]
    found = lines(written(without).encode())
    assert len(found) == 7
    assert {row.certification.centre for row in found if row.certification} == {None}


def test_a_certification_file_in_english_as_it_might_be() -> None:
    rows = cells(CERTIFICATIONS)
    english = {
        "Numéro de certification": "Certification number",
        "Prénom": "First name",
        "Nom": "Last name",
        "Date de naissance": "Date of birth",
        "Lieu de naissance": "Place of birth",
        "Identifiant Externe": "External identifier",
        "Type de certification": "Certification type",
        "Statut": "Status",
        "Niveau": "Level",
        "Score en Pix": "Pix score",
        "Centre de certification": "Certification centre",
        "Date de passage de la certification": "Certification date",
    }
    words = {"Validée": "Validated", "Non obtenue": "Rejected", "Annulée": "Cancelled", "En erreur": "Error"}
    told = [
        [english.get(title, title) for title in rows[0]],
        *([words.get(cell, cell) for cell in row] for row in rows[1:]),
    ]
    read = read_file("x", written(told).encode())
    assert isinstance(read, FileRead)
    assert (read.kind, read.language) == (Kind.CERTIFICATION, "en")
    assert lines(written(told).encode()) == lines(CERTIFICATIONS.read_bytes())


def test_a_name_with_a_line_end_in_it_is_one_line() -> None:
    rows = cells(PROFILES)
    place = rows[0].index("Prénom du Participant")
    rows[1][place] = "Chloé\nAnne"
    found = lines(written(rows).encode())
    assert len(found) == 10
    assert found[0].first_name.split() == ["Chloé", "Anne"]
