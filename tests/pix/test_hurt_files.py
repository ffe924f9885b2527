"""Files that people and programs hurt on the way: what can still be known is read, the rest is told, never guessed."""

from __future__ import annotations

import io
import random
import unicodedata
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pix.orga_assessment import AssessmentExport
from pix.orga_csv import CampaignExport, ProfileRow, read_profiles_collection
from pix.problem import Author, NotAnExport, ProblemCode
from pix.read_files import read_file, read_files
from tests.pix.exports import BOM, COMPETENCE_COLUMNS, HEADER, export, sending

SAMPLES = Path(__file__).parent / "samples"
PROFILES = (SAMPLES / "Resultats-PIX-L1-CC1-2026-512345-2026-11-20-1830.csv").read_bytes()
ASSESSMENT = (SAMPLES / "Resultats-PIX-L1-CC2-tableur-512350-2026-11-20-1835.csv").read_bytes()
TEXT = PROFILES.decode("utf-8-sig")
LEVEL, PIX = COMPETENCE_COLUMNS[:2]
TOTAL = "Nombre de pix total"
OLDER = ["Date de l'envoi" if title.startswith("Date et heure") else title for title in HEADER]


def only_row(data: bytes) -> ProfileRow:
    (row,) = read_profiles_collection(data).rows
    return row


# --- texts ----------------------------------------------------------------------------------------

_AS_CP1252 = {code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)}
HURT: dict[str, Callable[[str], bytes]] = {
    "accents as signs of their own": lambda text: unicodedata.normalize("NFD", text).encode(),
    "signs of competences lost": lambda text: text.replace("’information", "?information").encode(),
    "read as cp1252, saved as UTF-8": lambda text: (
        text.encode().decode("latin-1").translate(_AS_CP1252).encode()
    ),
    "the same, its mark too": lambda text: (
        (BOM + text.encode()).decode("latin-1").translate(_AS_CP1252).encode()
    ),
}


@pytest.mark.parametrize("how", HURT)
def test_a_text_that_can_be_healed_says_the_same(how: str) -> None:
    assert read_profiles_collection(HURT[how](TEXT)).rows == read_profiles_collection(PROFILES).rows


def test_a_name_that_its_author_garbled_stays_as_it_is() -> None:
    assert only_row(export(sending(first="ChloÃ©", last="Bélanger"))).first_name == "ChloÃ©"


# --- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("nothing", ["NA", "-", "", "n/a"])
def test_a_value_that_a_sent_line_lacks_is_unknown_and_not_zero(nothing: str) -> None:
    row = only_row(export(sending(changed={LEVEL: nothing, PIX: nothing, TOTAL: nothing})))
    assert row.profile is not None
    assert (row.profile.level_of("1.1"), row.profile.level_of("1.2")) == (None, 3)
    assert (row.profile.total, row.profile.whole_pix, "1.1" in row.profile.pix) == (None, None, False)
    assert [warning.code for warning in row.warnings] == [ProblemCode.NOT_AVAILABLE]


def test_a_sent_line_without_any_value_is_rejected() -> None:
    (problem,) = read_profiles_collection(
        export(sending(changed=dict.fromkeys([TOTAL, *COMPETENCE_COLUMNS], "NA")))
    ).problems
    assert (problem.code, problem.column) == (ProblemCode.NOT_AVAILABLE, TOTAL)


@pytest.mark.parametrize(
    ("at", "instant"),
    [
        ("2024-12-12T10:30:00.000Z", datetime(2024, 12, 12, 10, 30, tzinfo=UTC)),
        ("2024-12-12 10:30", datetime(2024, 12, 12, 10, 30, tzinfo=UTC)),  # for a few days of December 2024
        ("12/12/2024 10:30", datetime(2024, 12, 12, 9, 30, tzinfo=UTC)),
    ],
)
def test_instants_of_older_exports(at: str, instant: datetime) -> None:
    assert only_row(export(sending(at=at), header=OLDER)).sent_at == instant


@pytest.mark.parametrize(
    "at", ["2026-11-14T18:42:51+01:00", "2026-11-14 17:42 +00:00", "2026-11-14T12:12-05:30"]
)
def test_an_instant_may_state_its_offset(at: str) -> None:
    assert only_row(export(sending(at=at))).sent_at == datetime(2026, 11, 14, 17, 42, tzinfo=UTC)


# --- columns --------------------------------------------------------------------------------------


def test_columns_that_somebody_added_may_have_one_title() -> None:
    found = read_profiles_collection(export([*sending(), "ok", 12], header=[*HEADER, "Note", "Note"]))
    assert len(found.rows) == 1
    assert ProblemCode.COLUMNS_IGNORED in {warning.code for warning in found.warnings}


def test_one_competence_that_pix_renames_is_known_by_its_place() -> None:
    header = [title.replace("Programmer", "Coder") for title in HEADER]
    row = only_row(export(sending(pix=range(16)), header=header))
    assert row.profile is not None
    assert row.profile.pix["3.4"] == 10


def test_no_rank_is_believed_where_columns_were_moved() -> None:
    names = [f"Skill {rank}" for rank in range(16)]
    header = [*HEADER[:14], *(f"{what} {name}" for name in names for what in ENGLISH)]
    assert only_row(export(sending(pix=range(16)), header=header)).profile is not None
    header[4], header[5] = header[5], header[4]
    with pytest.raises(NotAnExport):
        read_profiles_collection(export(sending(), header=header))


def test_english_names_out_of_their_order_are_no_rank() -> None:
    names = ["Manage data", "Search and monitor information", *(f"Skill {rank}" for rank in range(14))]
    header = [*HEADER[:14], *(f"{what} {name}" for name in names for what in ENGLISH)]
    with pytest.raises(NotAnExport):
        read_profiles_collection(export(sending(), header=header))


ENGLISH = ("Level reached in the competence", "Pix score for the competence")


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("data", [PROFILES, ASSESSMENT], ids=["profiles", "assessment"])
def test_what_was_typed_is_found_wherever_its_column_was_moved(data: bytes, seed: int) -> None:
    lines = [line.split(";") for line in data.decode("utf-8-sig").replace("TD1;TP2", "TD").splitlines()]
    order = list(range(len(lines[0])))
    random.Random(seed).shuffle(order)
    moved = "\n".join(";".join(line[place] for place in order) for line in lines) + "\n"
    mine, theirs = (read_file("x", each).export for each in (moved.encode(), data))
    assert isinstance(mine, CampaignExport | AssessmentExport)
    assert isinstance(theirs, CampaignExport | AssessmentExport)
    assert [row.external_id for row in mine.rows] == [row.external_id for row in theirs.rows]


# --- lines and files ------------------------------------------------------------------------------


def test_files_put_behind_one_another_are_read_and_the_second_header_is_told() -> None:
    found = read_profiles_collection(PROFILES + PROFILES)  # mark and all
    assert len(found.rows) == 20
    assert [(each.line, each.code) for each in found.problems] == [(12, ProblemCode.REPEATED_HEADER)]


def test_a_rejected_line_says_whose_it_is() -> None:
    author = Author(
        first_name="Chloé", last_name="Bélanger-Noël", external_id="99200017-4K7Q", student_number="99200017"
    )
    (problem,) = read_profiles_collection(export(sending(changed={TOTAL: "beaucoup"}))).problems
    assert problem.author == author
    assert "Chloé" not in repr(problem)  # it may come into a log
    shared = read_file("x", ASSESSMENT.replace(b";0,82;0,86", b";lots;0,86", 1)).export
    assert shared is not None
    assert shared.problems[0].author == author


def test_files_of_one_name_in_an_archive_are_told_apart() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in ("cc1/export.csv", "cc2/export.csv", "cc2/other.csv"):
            archive.writestr(name, PROFILES)
    names = [each.name for each in read_files([("tout.zip", written.getvalue())])]
    assert names == ["tout.zip/cc1/export.csv", "tout.zip/cc2/export.csv", "tout.zip/other.csv"]


def test_a_file_without_a_name_in_an_archive_is_read() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("x", PROFILES)
        archive.filelist[0].filename = ""
    (read,) = read_files([("tout.zip", written.getvalue())])
    assert (read.name, read.export is not None or bool(read.problems)) == ("tout.zip/", True)
