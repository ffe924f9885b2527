"""Opens any file of Pix: a CSV, the sheets of a workbook, the files of a ZIP; what each is, its header tells.

What is opened holds no birth data any more (`pix.birth_data`): it may be kept. No line is given a meaning here.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from grading.text import Bilingual
from pix.birth_data import without_birth_data
from pix.certification_csv import certification_generation
from pix.csv_table import MAX_BYTES, MAX_LINES, Table
from pix.orga_assessment import is_older_assessment
from pix.orga_columns import Kind, is_english, is_older, kind_of
from pix.problem import NotAnExport, Problem, ProblemCode, refusal
from pix.tables import open_tables
from pix.workbook import is_archive, is_workbook

MAX_MEMBERS = 200
"""Most files that one ZIP may hold."""
MAX_UNPACKED = 400 * 1024 * 1024
"""Most bytes that the files of one ZIP may come to together."""


@dataclass(frozen=True, kw_only=True)
class OpenedFile:
    """One file, or one sheet. `table` is `None` where nothing of it could be read; `problems` then says why.

    `kind`, `language` (`fr`, `en`) and `generation` (`current`, `older`, or `2026-03` for a certification file with the
    column ``Résultat``) are known as soon as the header is. `notes` say what was left aside. `digest` is of the bytes.
    """

    name: str
    digest: str
    kind: Kind | None = None
    language: str | None = None
    generation: str | None = None
    table: Table | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()


def open_files(
    files: Iterable[tuple[str, bytes]], *, max_bytes: int = MAX_BYTES, max_lines: int = MAX_LINES
) -> Iterator[OpenedFile]:
    """Open files one after the other; the files of a ZIP come under ``archive.zip/name``. Raises nothing."""
    for name, data in files:
        if is_archive(data) and not is_workbook(data):
            yield from _open_archive(name, data, max_bytes, max_lines)
        else:
            yield from open_file(name, data, max_bytes=max_bytes, max_lines=max_lines)


def open_file(
    name: str, data: bytes, *, max_bytes: int = MAX_BYTES, max_lines: int = MAX_LINES
) -> Iterator[OpenedFile]:
    """Open one file that is no archive: a CSV, or each sheet of a workbook that is a file of Pix. Raises nothing."""
    digest = hashlib.sha256(data).hexdigest()
    companion = _companion(name)
    if companion is not None:
        yield OpenedFile(name=name, digest=digest, problems=(companion,))
        return
    try:
        tables, notes = open_tables(data, max_bytes=max_bytes, max_lines=max_lines)
    except NotAnExport as refused:
        yield OpenedFile(name=name, digest=digest, problems=refused.problems)
        return
    for sheet, table in tables:
        named = name if len(tables) == 1 else f"{name}/{sheet}"
        yield _opened(named, digest, table, notes)
        notes = ()


def _opened(name: str, digest: str, table: Table, notes: tuple[Problem, ...]) -> OpenedFile:
    kind = kind_of(table.header)
    if kind is None:
        return OpenedFile(name=name, digest=digest, problems=nothing_of_pix(table.header).problems)
    match kind:
        case Kind.CERTIFICATION:
            generation = str(certification_generation(table.header))
        case Kind.ASSESSMENT:
            generation = "older" if is_older_assessment(table.header) else "current"
        case _:
            generation = "older" if is_older(table.header) else "current"
    return OpenedFile(
        name=name,
        digest=digest,
        kind=kind,
        language="en" if is_english(table.header) else "fr",
        generation=generation,
        table=without_birth_data(table, numbered=kind is Kind.CERTIFICATION),
        notes=notes,
    )


def nothing_of_pix(header: Iterable[str]) -> NotAnExport:
    """Say that a header is of no file of Pix; what was read is quoted short."""
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


def _open_archive(name: str, data: bytes, max_bytes: int, max_lines: int) -> Iterator[OpenedFile]:
    digest = hashlib.sha256(data).hexdigest()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [each for each in archive.infolist() if not each.filename.endswith("/")]
            _refuse_unsound(members)
            short = Counter(_last_part(member) for member in members)
            for member in members:
                inside = _last_part(member)
                if short[inside] > 1:  # the folders tell files of one name apart
                    inside = _path(member)
                yield from _open_member(f"{name}/{inside}", archive, member, max_bytes, max_lines)
    except NotAnExport as refused:
        yield OpenedFile(name=name, digest=digest, problems=refused.problems)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        yield _not_read(
            name,
            digest,
            ProblemCode.NOT_TEXT,
            "Cette archive ZIP ne s’ouvre pas (incomplète ou abîmée) : déposez les fichiers eux-mêmes.",
            "This ZIP archive cannot be opened (incomplete or damaged): drop the files themselves.",
        )


def _last_part(member: zipfile.ZipInfo) -> str:
    return PurePosixPath(member.filename).name


def _path(member: zipfile.ZipInfo) -> str:
    return "/".join(part for part in PurePosixPath(member.filename).parts if part not in ("/", ".."))


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


def _companion(name: str) -> Problem | None:
    """Say that a file is one of those that macOS puts beside others, where it is."""
    path = PurePosixPath(name.replace("\\", "/"))
    if "__MACOSX" not in path.parts and not path.name.startswith("._") and path.name != ".DS_Store":
        return None
    return _problem(
        ProblemCode.COMPANION,
        f"« {path.name} » est un compagnon de fichier de macOS, sans données : laissé de côté.",
        f"“{path.name}” is a macOS companion file without data: left aside.",
    )


def _open_member(
    name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo, max_bytes: int, max_lines: int
) -> Iterator[OpenedFile]:
    companion = _companion(member.filename)
    if companion is not None:
        yield OpenedFile(name=name, digest="", problems=(companion,))
        return
    if member.file_size > max_bytes:
        yield _not_read(
            name, "", ProblemCode.TOO_LARGE, "Le fichier est trop gros.", "The file is too large."
        )
        return
    try:
        with archive.open(member) as opened:
            data = opened.read(max_bytes + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError):
        yield _not_read(
            name,
            "",
            ProblemCode.NOT_TEXT,
            "Ce fichier de l’archive ne s’ouvre pas (abîmé, ou protégé par un mot de passe) : déposez-le seul.",
            "This file of the archive cannot be opened (damaged, or protected by a password): drop it alone.",
        )
        return
    if is_archive(data) and not is_workbook(data):
        yield _not_read(
            name,
            "",
            ProblemCode.NOT_TEXT,
            "Une archive dans l’archive n’est pas ouverte : déposez-la seule.",
            "An archive within the archive is not opened: drop it alone.",
        )
        return
    yield from open_file(name, data, max_bytes=max_bytes, max_lines=max_lines)


def _not_read(name: str, digest: str, code: ProblemCode, fr: str, en: str) -> OpenedFile:
    return OpenedFile(name=name, digest=digest, problems=(_problem(code, fr, en),))


def _problem(code: ProblemCode, fr: str, en: str) -> Problem:
    return Problem(line=None, column=None, code=code, message=Bilingual(fr=fr, en=en))
