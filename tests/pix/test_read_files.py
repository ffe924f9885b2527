"""Any file by one door: its kind from its content, every line accounted for, archives taken together."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.certification import CertificationStatus
from pix.certification_csv import CertificationExport
from pix.orga_assessment import AssessmentExport
from pix.orga_columns import Kind
from pix.orga_csv import CampaignExport
from pix.read_files import FileRead, read_file, read_files
from tests.pix.workbooks import Cell, ods, typed, xlsx

SAMPLES = Path(__file__).parent / "samples"
PROFILES = SAMPLES / "Resultats-PIX-L1-CC1-2026-512345-2026-11-20-1830.csv"
ASSESSMENT = SAMPLES / "Resultats-PIX-L1-CC2-tableur-512350-2026-11-20-1835.csv"
CERTIFICATIONS = SAMPLES / "20261214_0900_resultats_session_678901.csv"
OLDER_CERTIFICATIONS = (
    '"Numéro de certification";"Prénom";"Nom";"Date de naissance";"Lieu de naissance";"Identifiant Externe";"Statut";'
    '"Nombre de Pix";"1.1";"1.2";"Session"\n'.replace(
        '"Session"', '"Session";"Centre de certification";"Date de passage de la certification"'
    )
)


def renamed(path: Path) -> FileRead:
    """Read a file under a name that says nothing."""
    return read_file("data.txt", path.read_bytes())


def certifications(*lines: str, header: str = OLDER_CERTIFICATIONS) -> CertificationExport:
    read = read_file("x", (header + "\n".join(lines)).encode("utf-8-sig"))
    assert isinstance(read.export, CertificationExport), read.problems
    return read.export


def test_kinds_languages_and_generations_come_from_the_content() -> None:
    found = [renamed(path) for path in (PROFILES, ASSESSMENT, CERTIFICATIONS)]
    assert [(each.kind, each.language, each.generation) for each in found] == [
        (Kind.PROFILES_COLLECTION, "fr", "current"),
        (Kind.ASSESSMENT, "fr", "current"),
        (Kind.CERTIFICATION, "fr", "current"),
    ]


def test_the_assessment_sample() -> None:
    export = renamed(ASSESSMENT).export
    assert isinstance(export, AssessmentExport)
    assert export.problems == ()
    shares = [(row.line, row.shared, row.mastery, row.stage, row.stages) for row in export.rows]
    assert [each[0] for each in shares] == [2, 3, 4, 5, 6, 7]
    assert sum(each[1] for each in shares) == 4
    assert all((mastery is None) == (not shared) for _, shared, mastery, _, _ in shares)
    first = export.rows[0]
    assert (first.mastery, first.stage, first.stages) == (Decimal("0.82"), 2, 3)
    assert first.competences == {"1.2": Decimal("0.86"), "1.3": Decimal("0.81")}
    assert first.shared_at == datetime(2026, 11, 18, 14, 10, tzinfo=UTC)
    assert (first.external_id, first.student_number) == ("99200017-4K7Q", "99200017")


ENGLISH = (
    '"Organisation’s name";"Campaign ID";"Code";"Campaign\'s name";"Customised test";"Participant\'s last name";'
    '"Participant\'s first name";"Follow-up code";{start}"Shared (Y/N)";{shared};"Success rate (/3)";'
    '"% of items successfully completed in the target profile"\n'
)


@pytest.mark.parametrize(
    ("start", "shared", "cells", "instant"),
    [
        # before December 2024; then an assessment and an exam, whose titles in English are not known since
        (
            '"% of progression";"Started on";',
            '"Shared on"',
            '1;2024-11-17;"Yes";2024-11-18',
            (2024, 11, 18, 0),
        ),
        (
            '"% of progression";"Started at some time";',
            '"Shared at some time"',
            '1;"17/11/2026 10:00";"Yes";"18/11/2026 11:00"',
            (2026, 11, 18, 10),
        ),
        (
            '"Started at some time";',
            '"Shared at some time"',
            '"17/11/2026 10:00";"Yes";"18/11/2026 11:00"',
            (2026, 11, 18, 10),
        ),
    ],
)
def test_assessments_and_exams_in_english(
    start: str, shared: str, cells: str, instant: tuple[int, int, int, int]
) -> None:
    header = ENGLISH.format(start=start, shared=shared)
    line = f'"U";512350;"XWGDRN563";"PIX";"P";"Bel";"Chloé";"99200017-4K7Q";{cells};2;0,82\n'
    read = read_file("x", (header + line).encode("utf-8-sig"))
    assert isinstance(read.export, AssessmentExport), read.problems
    assert (read.kind, read.language) == (Kind.ASSESSMENT, "en")
    (row,) = read.export.rows
    assert (row.external_id, row.mastery, row.stage) == ("99200017-4K7Q", Decimal("0.82"), 2)
    assert row.shared_at == datetime(*instant, tzinfo=UTC)


def test_midnight_in_a_workbook_of_an_assessment_in_english() -> None:
    header = ENGLISH.format(start="", shared='"Shared on"')
    lines = [header.strip()] + [
        f'"U";512350;"XWGDRN563";"PIX";"P";"Bel";"Chloé";"99200017-4K7Q";"Yes";"{at}";2;0,82'
        for at in ("18/11/2026 11:00", "18/11/2026 00:00")
    ]
    rows = [[typed(cell) for cell in row] for row in csv.reader(lines, delimiter=";")]
    read = read_file("x.xlsx", xlsx(rows))
    assert isinstance(read.export, AssessmentExport), read.problems
    assert [row.shared_at for row in read.export.rows] == [
        datetime(2026, 11, 18, 10, tzinfo=UTC),
        datetime(2026, 11, 17, 23, tzinfo=UTC),
    ]


def test_a_share_beyond_one_or_missing_rejects_its_line_alone() -> None:
    text = ASSESSMENT.read_text(encoding="utf-8-sig")
    for bad in ("1,2", "182 %", "-82 %", "NA"):
        read = read_file("x", text.replace(";0,82;0,86;", f";{bad};0,86;", 1).encode())
        assert isinstance(read.export, AssessmentExport)
        assert len(read.export.rows) == 5
        (problem,) = read.export.problems
        assert (problem.line, "maitrise" in (problem.column or "")) == (2, True)


def test_the_certification_sample() -> None:
    export = renamed(CERTIFICATIONS).export
    assert isinstance(export, CertificationExport)
    assert [(row.status, row.score, row.global_level) for row in export.rows] == [
        (CertificationStatus.VALIDATED, 412, "Indépendant 2"),
        (CertificationStatus.VALIDATED, 201, "Novice 2"),
        (CertificationStatus.REJECTED, 0, None),
        (CertificationStatus.CANCELLED, None, None),
        (CertificationStatus.ERROR, None, None),
        (CertificationStatus.VALIDATED, 41, None),
        (CertificationStatus.VALIDATED, 538, "Avancé 1"),
    ]
    assert {row.date for row in export.rows} == {date(2026, 12, 14)}
    assert (export.rows[2].first_name, export.rows[2].last_name) == ("-Zoé", "@Kowalczyk")
    assert export.rows[4].external_id is None
    assert export.rows[0].levels["1.1"] == 4
    assert set(export.rows[2].levels.values()) == {None}


def test_birth_data_is_in_nothing_that_is_read() -> None:
    shown = repr(renamed(CERTIFICATIONS))
    for birth in ("03/02/2008", "2008", "Saint-Jorioz", "Ploumoguer", "Huế"):
        assert birth not in shown


def test_birth_data_tells_namesakes_of_one_file_apart() -> None:
    export = certifications(
        '1;"Ana";"Roy";"01/01/2007";"Lyon";"";"Validée";266;3;2;1;"C";"01/02/2024"',
        '2;"ANA";"roy";"01/01/2007";"Lyon";"";"Validée";300;3;2;1;"C";"01/06/2024"',
        '3;"Ana";"Roy";"02/03/2006";"Lyon";"";"Rejetée";0;"-";"-";1;"C";"01/02/2024"',
    )
    assert [row.identity for row in export.rows] == [1, 1, 2]


def test_the_older_certification_file() -> None:
    export = certifications(
        '1;"Ana";"Roy";"01/01/2007";"Lyon";"";"Rejetée";0;"-";"-";1;"C";"01/02/2024"',
        '2;"Luc";"Bo";"01/01/2007";"Lyon";"";"Démarrée";"-";"-";"-";1;"C";"01/02/2024"',
        '3;"Lia";"Po";"01/01/2007";"Lyon";"";"Validée";266;3;2;1;"C";"01/02/2024"',
        '4;"Lia";"Po";"01/01/2007";"Lyon";"";"Perdue";266;3;2;1;"C";"01/02/2024"',
    )
    assert export.generation == "older"
    assert [(row.status, row.score) for row in export.rows] == [
        (CertificationStatus.REJECTED, 0),
        (None, None),
        (CertificationStatus.VALIDATED, 266),
    ]
    (problem,) = export.problems
    assert (problem.line, problem.column) == (5, "Statut")


def test_the_result_column_of_march_2026() -> None:
    header = OLDER_CERTIFICATIONS.replace('"Nombre de Pix"', '"Résultat"')
    export = certifications(
        '1;"Ana";"Roy";"";"";"";"Validée";"266 pix";3;2;1;"C";"20/03/2026"',
        '2;"Luc";"Bo";"";"";"";"Validée";"Indépendant 1";3;2;1;"C";"20/03/2026"',
        '3;"Lia";"Po";"";"";"";"Annulée";"-";"-";"-";1;"C";"20/03/2026"',
        header=header,
    )
    assert export.generation == "2026-03"
    assert [(row.score, row.global_level) for row in export.rows] == [
        (266, None),
        (None, "Indépendant 1"),
        (None, None),
    ]


def lost(cell: str) -> bool:
    """A number that would lose its leading zeros: kept as text here."""
    return cell.isdigit() and cell.startswith("0") and len(cell) > 1


@pytest.mark.parametrize("path", [ASSESSMENT, CERTIFICATIONS], ids=["assessment", "certifications"])
def test_workbooks_of_every_kind(path: Path) -> None:
    import csv

    cells = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")), delimiter=";"))
    rows: list[list[Cell]] = [
        [*cells[0]],
        *([cell if lost(cell) else typed(cell) for cell in row] for row in cells[1:]),
    ]
    for write in (xlsx, ods):
        assert read_file("x", write(rows)).export == read_file("x", path.read_bytes()).export


def zipped(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return written.getvalue()


def test_an_archive_is_taken_file_by_file_and_nothing_is_skipped_in_silence() -> None:
    data = zipped(
        {
            "un/profils.csv": PROFILES.read_bytes(),
            "__MACOSX/un/._profils.csv": b"\0\5\x16\7",
            "session.csv": CERTIFICATIONS.read_bytes(),
            "again.zip": zipped({"x.csv": b"x"}),
            "notes.txt": b"bonjour",
        }
    )
    found = list(read_files([("tout.zip", data), ("cc2.csv", ASSESSMENT.read_bytes())]))
    assert [(each.name, each.kind, each.export is not None) for each in found] == [
        ("tout.zip/profils.csv", Kind.PROFILES_COLLECTION, True),
        ("tout.zip/._profils.csv", None, False),
        ("tout.zip/session.csv", Kind.CERTIFICATION, True),
        ("tout.zip/again.zip", None, False),
        ("tout.zip/notes.txt", None, False),
        ("cc2.csv", Kind.ASSESSMENT, True),
    ]
    assert all(each.export is not None or each.problems for each in found)


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04", zipped({}), zipped({"a.csv": b"a"})[:30]], ids=["nothing", "empty", "cut"]
)
def test_archives_that_cannot_be_opened_are_told(data: bytes) -> None:
    (found,) = read_files([("tout.zip", data)])
    assert found.export is None
    assert found.problems


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", bytes(50 * 1024 * 1024))
    (found,) = read_files([("bomb.zip", written.getvalue())])
    assert [problem.code for problem in found.problems] == ["too_large"]


def accounted(read: FileRead) -> None:
    """Either the file is refused with a reason, or each of its lines is a row or a problem, once."""
    if read.export is None:
        assert read.problems
        return
    lines = [row.line for row in read.export.rows] + [problem.line for problem in read.export.problems]
    assert len(set(lines)) == len(lines)
    assert isinstance(read.export, (CampaignExport, AssessmentExport, CertificationExport))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([PROFILES, ASSESSMENT, CERTIFICATIONS]), st.binary(max_size=30), st.data())
def test_a_file_damaged_anywhere_never_crashes(path: Path, noise: bytes, data: st.DataObject) -> None:
    good = path.read_bytes()
    place = data.draw(st.integers(0, len(good)))
    accounted(read_file("x", good[:place] + noise + good[place + len(noise) :]))


WORKBOOK = xlsx([["a", "b"], ["c", 1]])


@settings(max_examples=150, deadline=None)
@given(st.binary(min_size=1, max_size=8), st.integers(0, len(WORKBOOK)))
def test_a_workbook_damaged_anywhere_never_crashes(noise: bytes, place: int) -> None:
    for read in read_files([("x", WORKBOOK[:place] + noise + WORKBOOK[place + len(noise) :])]):
        accounted(read)


CELL = st.sampled_from(["", "NA", "-", "Oui", "Non", "0,5", "12", "x", "14/12/2026", "Validée", '"', "٣"])


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([PROFILES, ASSESSMENT, CERTIFICATIONS]), st.lists(st.lists(CELL, max_size=60), max_size=5)
)
def test_lines_in_are_lines_accounted_for(path: Path, lines: list[list[str]]) -> None:
    header = path.read_text(encoding="utf-8-sig").splitlines()[0]
    filled = [
        ";".join('"' + cell.replace('"', '""') + '"' for cell in line)
        for line in lines
        if any(cell.strip() for cell in line)
    ]
    read = read_file("x", "\n".join([header, *filled, ""]).encode())
    if read.export is None:
        assert not filled
        return
    assert len(read.export.rows) + len(read.export.problems) == len(filled)
