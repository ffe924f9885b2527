"""Every file of Pix by one door: its content tells what it is; a ZIP of several is taken together, none is skipped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pix.certification_csv import CertificationExport, read_certifications
from pix.csv_table import MAX_BYTES, MAX_LINES
from pix.opened_files import OpenedFile, open_file, open_files
from pix.orga_assessment import AssessmentExport, read_assessment
from pix.orga_columns import Kind
from pix.orga_csv import CampaignExport, read_profiles
from pix.problem import NotAnExport, Problem

Export = CampaignExport | AssessmentExport | CertificationExport


@dataclass(frozen=True, kw_only=True)
class FileRead:
    """What became of one file. `export` is `None` where nothing of it could be read; `problems` then says why.

    Else `problems` are remarks on the file as a whole. `kind`, `language` and `generation` are as in `OpenedFile`.
    """

    name: str
    kind: Kind | None = None
    language: str | None = None
    generation: str | None = None
    export: Export | None = None
    problems: tuple[Problem, ...] = ()


def read_files(
    files: Iterable[tuple[str, bytes]], *, max_bytes: int = MAX_BYTES, max_lines: int = MAX_LINES
) -> Iterator[FileRead]:
    """Read files one after the other; the files of a ZIP come under ``archive.zip/name``. Raises nothing."""
    for opened in open_files(files, max_bytes=max_bytes, max_lines=max_lines):
        yield read_opened(opened)


def read_file(name: str, data: bytes, *, max_bytes: int = MAX_BYTES, max_lines: int = MAX_LINES) -> FileRead:
    """Read one file that is no archive: a CSV, or the first sheet of Pix of a workbook. Raises nothing."""
    return read_opened(next(open_file(name, data, max_bytes=max_bytes, max_lines=max_lines)))


def read_opened(opened: OpenedFile) -> FileRead:
    """Give the lines of an opened file their meaning. Raises nothing: what is wrong is in the answer."""
    read = FileRead(
        name=opened.name,
        kind=opened.kind,
        language=opened.language,
        generation=opened.generation,
        problems=opened.problems,
    )
    if opened.table is None:
        return read
    try:
        export: Export
        if opened.kind is Kind.CERTIFICATION:
            export = read_certifications(opened.table)
        elif opened.kind is Kind.ASSESSMENT:
            export = read_assessment(opened.table)
        else:
            export = read_profiles(opened.table)
    except NotAnExport as refused:
        return replace(read, problems=refused.problems)
    remarks = export.warnings if isinstance(export, CampaignExport) else ()
    return replace(read, export=export, problems=(*opened.notes, *remarks))
