"""Every file of Pix by one door: its content tells what it is; a ZIP of several is taken together, none is skipped."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from grading.text import Bilingual
from pix.certification_csv import CertificationExport, read_certifications
from pix.csv_table import MAX_BYTES, MAX_LINES
from pix.orga_assessment import AssessmentExport, read_assessment
from pix.orga_columns import Kind, is_english, is_older, kind_of, recognise
from pix.orga_csv import CampaignExport, open_table, read_profiles
from pix.problem import NotAnExport, Problem, ProblemCode, refusal
from pix.workbook import is_archive, is_workbook

MAX_MEMBERS = 200
"""Most files that one ZIP may hold."""
MAX_UNPACKED = 200 * 1024 * 1024
"""Most bytes that the files of one ZIP may come to together."""

Export = CampaignExport | AssessmentExport | CertificationExport


@dataclass(frozen=True, kw_only=True)
class FileRead:
    """What became of one file. `export` is `None` where nothing of it could be read; `problems` then says why.

    `kind`, `language` (`fr`, `en`) and `generation` (`current`, `older`, or `2026-03` for a certification file with the
    column ``Résultat``) are known as soon as the header is.
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
    for name, data in files:
        if is_archive(data) and not is_workbook(data):
            yield from _read_archive(name, data, max_bytes, max_lines)
        else:
            yield read_file(name, data, max_bytes=max_bytes, max_lines=max_lines)


def read_file(name: str, data: bytes, *, max_bytes: int = MAX_BYTES, max_lines: int = MAX_LINES) -> FileRead:
    """Read one file that is no archive: a CSV or a workbook. Raises nothing: what is wrong is in the answer."""
    kind = language = generation = None
    try:
        table = open_table(data, max_bytes=max_bytes, max_lines=max_lines)
        kind = kind_of(table.header)
        if kind is None:
            raise _nothing_of_pix(table.header)
        language = "en" if is_english(table.header) else "fr"
        export: Export
        if kind is Kind.CERTIFICATION:
            export = read_certifications(table)
            generation = str(export.generation)
        elif kind is Kind.ASSESSMENT:
            export = read_assessment(table)
            generation = "older" if export.older else "current"
        else:
            recognise(table.header)
            generation = "older" if is_older(table.header) else "current"
            export = read_profiles(table)
    except NotAnExport as refused:
        return FileRead(
            name=name, kind=kind, language=language, generation=generation, problems=refused.problems
        )
    return FileRead(name=name, kind=kind, language=language, generation=generation, export=export)


def _nothing_of_pix(header: Iterable[str]) -> NotAnExport:
    seen = ", ".join(title.strip() for title in header if title.strip())[:120]
    return refusal(
        ProblemCode.NOT_RECOGNISED,
        f"La première ligne n’est l’en-tête d’aucun fichier de Pix (lu : {seen}). Attendu : « Nombre de pix total » "
        "(collecte de profils), « % maitrise de l’ensemble… » (évaluation) ou « Numéro de certification » (session de "
        "certification). Déposez le fichier tel que Pix le donne.",
        f"The first line is the header of no file of Pix (read: {seen}). Expected: “Nombre de pix total” (profiles "
        "collection), “% maitrise de l’ensemble…” (assessment) or “Numéro de certification” (certification session). "
        "Drop the file as Pix gives it.",
        line=1,
    )


def _read_archive(name: str, data: bytes, max_bytes: int, max_lines: int) -> Iterator[FileRead]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            _refuse_unsound(members)
            for member in members:
                yield _read_member(name, archive, member, max_bytes, max_lines)
    except NotAnExport as refused:
        yield FileRead(name=name, problems=refused.problems)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        yield _not_read(
            name,
            ProblemCode.NOT_TEXT,
            "Cette archive ZIP ne s’ouvre pas (incomplète ou abîmée) : déposez les fichiers eux-mêmes.",
            "This ZIP archive cannot be opened (incomplete or damaged): drop the files themselves.",
        )


def _refuse_unsound(members: list[zipfile.ZipInfo]) -> None:
    if not members:
        raise refusal(ProblemCode.EMPTY, "L’archive ZIP est vide.", "The ZIP archive is empty.")
    if len(members) > MAX_MEMBERS or sum(each.file_size for each in members) > MAX_UNPACKED:
        raise refusal(
            ProblemCode.TOO_LARGE,
            f"L’archive contient trop de fichiers ou trop d’octets (au plus {MAX_MEMBERS} fichiers) : déposez-les en "
            "plusieurs fois.",
            f"The archive holds too many files or too many bytes (at most {MAX_MEMBERS} files): drop them in parts.",
        )


def _read_member(
    archive_name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo, max_bytes: int, max_lines: int
) -> FileRead:
    path = PurePosixPath(member.filename)
    name = f"{archive_name}/{path.name}"
    if "__MACOSX" in path.parts or path.name.startswith("._") or path.name == ".DS_Store":
        return _not_read(
            name,
            ProblemCode.NOT_TEXT,
            f"« {path.name} » est un compagnon de fichier de macOS, sans données : laissé de côté.",
            f"“{path.name}” is a macOS companion file without data: left aside.",
        )
    if member.file_size > max_bytes:
        return _not_read(name, ProblemCode.TOO_LARGE, "Le fichier est trop gros.", "The file is too large.")
    try:
        with archive.open(member) as opened:
            data = opened.read(max_bytes + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError):
        return _not_read(
            name,
            ProblemCode.NOT_TEXT,
            "Ce fichier de l’archive ne s’ouvre pas (abîmé, ou protégé par un mot de passe) : déposez-le seul.",
            "This file of the archive cannot be opened (damaged, or protected by a password): drop it alone.",
        )
    if is_archive(data) and not is_workbook(data):
        return _not_read(
            name,
            ProblemCode.NOT_TEXT,
            "Une archive dans l’archive n’est pas ouverte : déposez-la seule.",
            "An archive within the archive is not opened: drop it alone.",
        )
    return read_file(name, data, max_bytes=max_bytes, max_lines=max_lines)


def _not_read(name: str, code: ProblemCode, fr: str, en: str) -> FileRead:
    return FileRead(
        name=name, problems=(Problem(line=None, column=None, code=code, message=Bilingual(fr=fr, en=en)),)
    )
