"""Birth data is nowhere: neither in the database's file, whatever was uploaded, cancelled or undone, nor in a log."""

from __future__ import annotations

import csv
import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.import_drafts import content_of, files_of, pages_of
from storage.schema import metadata
from tests.databases import SqliteDatabases
from tests.pix.exports import HEADER, export
from tests.pix.workbooks import Cell, ods, typed, xlsx
from tests.workflows.imports import Importing
from tests.workflows.school import School, open_school
from tests.workflows.test_import_campaign import line_of
from tests.workflows.test_import_files import (
    CERTIFICATIONS,
    CLASS,
    certified,
    inside_the_window,
    session_file,
    zipped,
)
from workflows.import_campaign import cancel
from workflows.import_pages import DECISIONS, LINES, REJECTED

PLACES = ("Saint-Jorioz", "Ploumoguer", "Łódź", "Huế")
BIRTH = (*PLACES, "2007", "2008", "39115", "39483")
"""Places and years of birth of the samples, and what a spreadsheet makes of two of the dates."""
DATES = re.compile(rb"200[78]-[01]\d-[0-3]\d|[0-3]\d/[01]\d/200[78]|(39115|39483)\.0")
"""Dates of birth among bytes, where digests hold a year by chance; `ALONE`: a year by itself in a value."""
ALONE = re.compile(r"(?<![\w.])(2007|2008|39115|39483)(?!\w)")


@pytest.fixture
def school(tmp_path: Path, sqlite_originals: Path) -> Iterator[School]:
    """A course on SQLite, whose file can be read as a whole."""
    made = open_school(SqliteDatabases(directory=tmp_path, originals=sqlite_originals), tmp_path)
    yield made
    made.world.database.close()


def written(school: School) -> bytes:
    """Every byte of the database's files: freed pages and the journal, too."""
    file = Path(str(school.world.database.engine.url.database))
    return b"".join(each.read_bytes() for each in sorted(file.parent.glob(f"{file.name}*")))


def values(school: School) -> str:
    """Every value that a table of the database holds, a line each."""
    with school.world.database.read() as connection:
        rows = [row for table in metadata.sorted_tables for row in connection.execute(table.select())]
    return "\n".join(str(value) for row in rows for value in row)


def assert_no_birth_data(school: School, log: str) -> None:
    """Neither the texts nor what zlib would hide: drafts are looked into one by one."""
    kept = written(school)
    for place in PLACES:
        assert place.encode() not in kept, place
        assert place not in log, place
    assert DATES.search(kept) is None
    assert ALONE.search(values(school)) is None
    assert ALONE.search(log) is None


def assert_nothing_is_hidden_in(importing: Importing, draft_id: str) -> None:
    """What is packed in a draft says nothing of anybody's birth either."""
    with importing.world.database.read() as connection:
        kept = files_of(connection, draft_id)
        packed = [content_of(connection, draft_id, each.number) or b"" for each in kept]
        sections = [list(pages_of(connection, draft_id, each)) for each in (LINES, DECISIONS, REJECTED)]
    pages = repr(sections)
    for birth in BIRTH:
        assert birth.encode() not in b"".join(packed), birth
        assert birth not in pages, birth


def cells(path: Path) -> list[list[str]]:
    """The sample as rows of cells."""
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")), delimiter=";"))


def files() -> dict[str, bytes]:
    """The certification sample in every form it may come."""
    rows = cells(CERTIFICATIONS)
    as_typed: list[list[Cell]] = [[*rows[0]], *([typed(cell) for cell in row] for row in rows[1:])]
    text = CERTIFICATIONS.read_text(encoding="utf-8-sig")
    broken = text.replace(';"Pix";"Validée"', ';"Pix;"Validée"', 1).replace("Indépendant 2", "x;y", 1)
    return {
        "csv": CERTIFICATIONS.read_bytes(),
        "xlsx": xlsx(as_typed),
        "ods": ods(as_typed),
        "zip": zipped({"a/session.csv": CERTIFICATIONS.read_bytes()}),
        "cp1252": text.replace("Łódź", "Lodz")
        .replace("Huế", "Hue")
        .replace("’", "'")
        .encode("cp1252", "replace"),
        "cut": CERTIFICATIONS.read_bytes()[:-40],
        "broken": broken.encode("utf-8-sig"),
        "titled": ("Résultats de la session\n" + text).encode(),
    }


@pytest.mark.parametrize("form", sorted(files()))
def test_a_session_leaves_no_trace_of_anybodys_birth(
    school: School, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    for name, number in CLASS[:3]:
        school.enters(name, number, activity="catchup")
    importing = school.importing(school.teacher(activity="catchup"))
    with caplog.at_level(logging.DEBUG):
        for then in ("cancelled", "confirmed", "undone"):
            draft_id = importing.uploads(files()[form], names=[f"session.{form}"])
            seen = importing.looks(draft_id)
            assert len(seen.lines) >= 6
            assert_nothing_is_hidden_in(importing, draft_id)
            assert_no_birth_data(school, caplog.text)
            if then == "cancelled":
                assert cancel(school.world, importing.teacher, draft_id)
                continue
            done = importing.confirms(seen)
            if then == "undone" and done is not None:
                importing.undoes(done)
            assert_no_birth_data(school, caplog.text)


def test_namesakes_are_told_apart_and_nothing_of_their_birth_is_kept(school: School) -> None:
    school.enters("Ana Roy", "99300010", activity="catchup")
    importing = school.importing(school.teacher(activity="catchup"))
    file = session_file(
        inside_the_window(school),
        certified(1, "Ana", "Roy", born="21/09/2007"),
        certified(2, "Ana", "Roy", born="22/09/2007"),
    )
    draft_id = importing.uploads(file)
    assert importing.looks(draft_id).counts == {"needs_decision": 2}
    assert_nothing_is_hidden_in(importing, draft_id)
    assert_no_birth_data(school, "")


def test_a_profiles_collection_of_a_roster_that_has_birth_data_keeps_none_either(school: School) -> None:
    """A generic roster's own columns come along in the export (Pix's rule 7 of columns)."""
    header = [*HEADER[:6], "Date de naissance", "Lieu de naissance", *HEADER[6:]]
    line = line_of(school, "Léa", "Benoît", "99300010")
    file = export([*line[:6], "21/09/2007", "Ploumoguer", *line[6:]], header=header)
    school.enters("Léa Benoît", "99300010")
    importing = school.importing(school.teacher())
    draft_id = importing.uploads(file)
    seen = importing.looks(draft_id)
    assert seen.counts == {"new": 1}
    assert_nothing_is_hidden_in(importing, draft_id)
    importing.confirms(seen)
    assert_no_birth_data(school, "")
