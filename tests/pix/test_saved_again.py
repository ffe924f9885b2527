"""Files that a spreadsheet saved again, English ones and older ones say the same as the one Pix wrote."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pix.orga_csv import ProfileRow, read_profiles_collection
from pix.problem import NotAnExport, ProblemCode
from tests.pix.exports import COMPETENCE_COLUMNS, HEADER, export, sending
from tests.pix.workbooks import Cell, ods, typed, xlsx

SAMPLE = (Path(__file__).parent / "samples/Resultats-PIX-L1-CC1-2026-512345-2026-11-20-1830.csv").read_bytes()
TEXT = SAMPLE.decode("utf-8-sig")
CELLS = list(csv.reader(io.StringIO(TEXT), delimiter=";"))


def written(delimiter: str, newline: str) -> str:
    """The sample with other separators, quoted where it must be."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=newline).writerows(CELLS)
    return text.getvalue()


def said(data: bytes) -> list[ProfileRow]:
    """What a file says, but for the places in it."""
    found = read_profiles_collection(data)
    assert found.problems == ()
    assert len(found.rows) == 10
    return [replace(row, line=0, warnings=()) for row in found.rows]


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "utf-8": lambda text: text.encode(),
    "utf-8 marked": lambda text: codecs.BOM_UTF8 + text.encode(),
    "utf-16": lambda text: text.encode("utf-16"),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_separators_line_ends_and_encodings(delimiter: str, newline: str, encoding: str) -> None:
    assert said(ENCODINGS[encoding](written(delimiter, newline))) == said(SAMPLE)


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_cp1252_keeps_what_it_can_write(delimiter: str) -> None:
    rows = said(written(delimiter, "\r\n").encode("cp1252", errors="replace"))
    assert [row.profile for row in rows] == [row.profile for row in said(SAMPLE)]
    names = {row.last_name for row in rows}
    assert {"Bélanger-Noël", "O’Sullivan", "Lefèvre"} <= names


@pytest.mark.parametrize("write", [xlsx, ods], ids=["xlsx", "ods"])
def test_workbooks_say_the_same_but_for_lost_zeros(write: Callable[[object], bytes]) -> None:
    rows = said(write([CELLS[0], *([typed(cell) for cell in row] for row in CELLS[1:])]))
    kept = said(SAMPLE)
    assert [(row.profile, row.sent_at) for row in rows] == [(row.profile, row.sent_at) for row in kept]
    numbers = [(row.student_number or "").lstrip("0") for row in kept]
    assert [row.student_number or "" for row in rows] == numbers
    assert [row.fingerprint() for row in rows] == [row.fingerprint() for row in kept]  # the same sendings


@pytest.mark.parametrize("write", [xlsx, ods], ids=["xlsx", "ods"])
def test_a_damaged_workbook_is_refused_with_words(write: Callable[[object], bytes]) -> None:
    whole = write([CELLS[0], CELLS[1]])
    for data in (whole[: len(whole) // 2], b"PK\x03\x04" + bytes(200)):
        with pytest.raises(NotAnExport) as refused:
            read_profiles_collection(data)
        assert refused.value.problems[0].code is ProblemCode.NOT_TEXT


def test_an_empty_workbook_is_empty() -> None:
    with pytest.raises(NotAnExport) as refused:
        read_profiles_collection(xlsx([[None, None]]))
    assert refused.value.problems[0].code is ProblemCode.EMPTY


ENGLISH = {
    "Nom de l'organisation": "Organisation’s name",
    "ID Campagne": "Campaign ID",
    "Nom de la campagne": "Campaign's name",
    "Nom du Participant": "Participant's last name",
    "Prénom du Participant": "Participant's first name",
    "Groupe": "Group",
    "Numéro Étudiant": "Student number",
    "Envoi (O/N)": "Sent (Y/N)",
    "Nombre de pix total": "Total pix score",
    "Certifiable (O/N)": "Eligible for certification (Y/N)",
    "Nombre de compétences certifiables": "Number of competences eligible for certification",
}


def english(sent_at: str, names: Callable[[int], str]) -> list[str]:
    """The header in English; `names` gives the name of the n-th competence."""
    header = [ENGLISH.get(title, title) for title in HEADER]
    header[HEADER.index("Date et heure de l'envoi (Europe/Paris)")] = sent_at
    for place, _ in enumerate(COMPETENCE_COLUMNS):
        what = "Pix score for the competence" if place % 2 else "Level reached in the competence"
        header[len(HEADER) - 32 + place] = f"{what} {names(place // 2)}"
    return header


YES = {"Envoi (O/N)": "Yes", "Certifiable (O/N)": "Yes"}


@pytest.mark.parametrize("title", ["Date and time of sending (Europe/Paris)", "Whatever Pix calls it"])
def test_english_by_rank_where_the_names_are_unknown(title: str) -> None:
    data = export(
        sending(pix=range(16), changed={**YES, "Certifiable (O/N)": "Yes"}),
        header=english(title, lambda rank: f"Some English name {rank}"),
    )
    (row,) = read_profiles_collection(data).rows
    assert row.profile is not None
    assert list(row.profile.pix.values()) == list(range(16))
    assert row.sent_at == datetime(2026, 11, 14, 17, 42, tzinfo=UTC)
    assert row.external_id == "99200017-4K7Q"


def test_english_columns_that_are_not_in_pairs_are_refused() -> None:
    header = english("Sent on", lambda rank: f"Name {rank}")
    header[-1], header[-2] = header[-2], header[-1]
    with pytest.raises(NotAnExport) as refused:
        read_profiles_collection(export(sending(changed=YES), header=header))
    assert ProblemCode.UNKNOWN_COMPETENCE in {problem.code for problem in refused.value.problems}


@pytest.mark.parametrize("title", ["Date de l'envoi", "Sent on"])
def test_before_december_2024_a_sending_has_a_day_and_counts_from_its_start(title: str) -> None:
    header = [title if each.startswith("Date et heure") else each for each in HEADER]
    found = read_profiles_collection(export(sending(at="2024-11-14"), header=header))
    assert [row.sent_at for row in found.rows] == [datetime(2024, 11, 14, tzinfo=UTC)]


def test_an_iso_instant_of_a_spreadsheet_is_local() -> None:
    found = read_profiles_collection(export(sending(at="2026-07-14 18:42:00")))
    assert [row.sent_at for row in found.rows] == [datetime(2026, 7, 14, 16, 42, tzinfo=UTC)]


@pytest.mark.parametrize("at", ["2/3/26 0:04", "02/03/26 00:04:00", "2/3/2026 0:04:00"])
def test_a_spreadsheet_may_shorten_a_date(at: str) -> None:
    found = read_profiles_collection(export(sending(at=at)))
    assert [row.sent_at for row in found.rows] == [datetime(2026, 3, 1, 23, 4, tzinfo=UTC)]


@pytest.mark.parametrize(
    "at", ["2026-07-14T16:42:59.123Z", "2026-07-14 16:42:00+00:00", "14/07/2026 16:42 UTC"]
)
@pytest.mark.parametrize("title", ["Date et heure de l'envoi (Europe/Paris)", "Date de l'envoi"])
def test_an_instant_that_says_so_is_in_utc(title: str, at: str) -> None:
    header = [title if each.startswith("Date et heure") else each for each in HEADER]
    found = read_profiles_collection(export(sending(at=at), header=header))
    assert [row.sent_at for row in found.rows] == [datetime(2026, 7, 14, 16, 42, tzinfo=UTC)]


def test_a_year_may_come_first_between_slashes() -> None:
    found = read_profiles_collection(export(sending(at="2026/07/14 18:42")))
    assert [row.sent_at for row in found.rows] == [datetime(2026, 7, 14, 16, 42, tzinfo=UTC)]


def test_a_number_kept_whole_as_a_formula_is_that_number() -> None:
    (row,) = read_profiles_collection(export(sending(number='="09200041"', external_id='="0992"'))).rows
    assert (row.student_number, row.external_id) == ("09200041", "0992")


def test_two_digits_are_no_year_where_the_day_may_be_first_or_last() -> None:
    (problem,) = read_profiles_collection(export(sending(at="26-03-02 00:04"))).problems
    assert problem.code is ProblemCode.BAD_DATE


@pytest.mark.parametrize("workbook", [xlsx, ods])
def test_midnight_in_a_workbook_is_an_instant(workbook: Callable[[Sequence[Sequence[Cell]]], bytes]) -> None:
    midnight = [typed(str(cell)) for cell in sending(at="14/07/2026 00:00")]
    found = read_profiles_collection(workbook([list(HEADER), midnight]))
    assert [row.sent_at for row in found.rows] == [datetime(2026, 7, 13, 22, 0, tzinfo=UTC)]


@pytest.mark.parametrize("workbook", [xlsx, ods])
def test_midnight_in_a_workbook_whose_title_does_not_tell_is_an_instant_among_others(
    workbook: Callable[[Sequence[Sequence[Cell]]], bytes],
) -> None:
    """ "Sent on" was of days before December 2024, and may be of minutes since: the other cells tell."""
    header = english("Sent on", lambda rank: f"Name {rank}")
    lines = [
        [typed(str(cell)) for cell in sending(at=at, changed=YES)]
        for at in ("14/07/2026 18:42", "14/07/2026 00:00", "14/11/2026 00:00")
    ]
    found = read_profiles_collection(workbook([header, *lines]))
    assert [row.sent_at for row in found.rows] == [
        datetime(2026, 7, 14, 16, 42, tzinfo=UTC),
        datetime(2026, 7, 13, 22, 0, tzinfo=UTC),
        datetime(2026, 11, 13, 23, 0, tzinfo=UTC),
    ]


def test_days_alone_in_a_workbook_are_those_of_the_older_export() -> None:
    header = english("Sent on", lambda rank: f"Name {rank}")
    day = [typed(str(cell)) for cell in sending(at="14/11/2024 00:00", changed=YES)]
    found = read_profiles_collection(xlsx([header, day]))
    assert [row.sent_at for row in found.rows] == [datetime(2024, 11, 14, tzinfo=UTC)]
