"""Reads the results of a certification session: the file that Pix sends to whoever was named for them.

Three generations of columns are read: the current one (April 2026), the short-lived one with ``Résultat`` (March
2026), and the older with ``Nombre de Pix``. Birth data never comes here: `pix.birth_data` leaves a number instead.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from grading.certification import CertificationStatus
from grading.competences import COMPETENCES
from grading.text import Bilingual
from pix.birth_data import PERSON
from pix.csv_table import Table, TableRow, cell_count, truncated_line, without_empty_tail
from pix.folding import fold
from pix.orga_cells import NOTHING, BadCell, read_day, read_number_text, read_optional_whole, shown
from pix.problem import Author, NotAnExport, Problem, ProblemCode

MAX_SCORE = 1024
"""Most pix that a certification may ever show: 16 competences of level 8."""
_MAX_TEXT = 255

_TITLES = {
    "number": "Numéro de certification",
    "first_name": "Prénom",
    "last_name": "Nom",
    "external_id": "Identifiant Externe",
    "type": "Type de certification",
    "status": "Statut",
    "level": "Niveau",
    "score": "Score en Pix",
    "result": "Résultat",
    "session": "Session",
    "centre": "Centre de certification",
    "date": "Date de passage de la certification",
}
_OTHER_SPELLINGS = {
    "Nombre de Pix": "score",
    # No English file was ever seen: what Pix may well write there is read all the same.
    "Certification number": "number",
    "First name": "first_name",
    "Last name": "last_name",
    "External identifier": "external_id",
    "External ID": "external_id",
    "Certification type": "type",
    "Type of certification": "type",
    "Status": "status",
    "Level": "level",
    "Pix score": "score",
    "Score in Pix": "score",
    "Number of Pix": "score",
    "Result": "result",
    "Certification centre": "centre",
    "Certification center": "centre",
    "Certification date": "date",
    "Date of certification": "date",
    PERSON: "person",
}
_FIELD_OF = {fold(title): field for field, title in _TITLES.items()} | {
    fold(title): field for title, field in _OTHER_SPELLINGS.items()
}
_NEEDED = ("number", "first_name", "last_name", "status", "date")
_STATUSES = {
    fold("Validée"): CertificationStatus.VALIDATED,
    fold("Non obtenue"): CertificationStatus.REJECTED,
    fold("Rejetée"): CertificationStatus.REJECTED,
    fold("Annulée"): CertificationStatus.CANCELLED,
    fold("En erreur"): CertificationStatus.ERROR,
    "validated": CertificationStatus.VALIDATED,
    "not obtained": CertificationStatus.REJECTED,
    "rejected": CertificationStatus.REJECTED,
    "cancelled": CertificationStatus.CANCELLED,
    "canceled": CertificationStatus.CANCELLED,
    "error": CertificationStatus.ERROR,
    "in error": CertificationStatus.ERROR,
}
_STARTED = frozenset({fold("Démarrée"), "started"})
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan janv janvier", "feb fev fevr fevrier", "mar mars", "apr avr avril"), start=1
    )
    for name in names.split()
}
_AS_A_DAY = re.compile(r"0?([1-5])[/.-]0?([1-4])(?:[/.-][0-9]{2,4})?(?: 00:00)?", re.ASCII)
_AS_A_NAMED_DAY = re.compile(r"0?([1-5])[-. ]([a-z]+)\.?(?:[-. ][0-9]{2,4})?", re.ASCII)
_RESULT_IN_PIX = re.compile(r"([0-9]{1,4}) pix", re.ASCII)


class Generation(StrEnum):
    """Which columns a certification file has."""

    CURRENT = "current"
    RESULT_COLUMN = "2026-03"
    OLDER = "older"


@dataclass(frozen=True, kw_only=True)
class CertificationRow:
    """One certification. `status` is `None` for one only begun; `score` in pix, levels 0–8, `None` where absent.

    `identity` numbers the people of this file: two lines of one name and different birth data have different numbers.
    """

    line: int
    number: str
    first_name: str
    last_name: str
    external_id: str | None
    type: str
    status: CertificationStatus | None
    score: int | None
    global_level: str | None
    levels: Mapping[str, int | None]
    session: str | None
    centre: str | None
    date: date | None
    identity: int


@dataclass(frozen=True, kw_only=True)
class CertificationExport:
    """All that one file says: ``len(rows) + len(problems)`` is its number of lines of data."""

    rows: tuple[CertificationRow, ...]
    problems: tuple[Problem, ...]
    generation: Generation


def read_certifications(table: Table) -> CertificationExport:
    """Read a table whose header is a certification session's. Raises `NotAnExport` with every missing column."""
    fields, competences = _columns(table.header)
    rows: list[CertificationRow] = []
    problems = list(table.broken)
    for row in table.rows:
        fitted = without_empty_tail(row, len(table.header))
        if len(fitted.cells) != len(table.header):
            cut = table.is_last(row) and len(row.cells) < len(table.header)
            problems.append(truncated_line(row.line) if cut else cell_count(row, len(table.header)))
            continue
        read = _read(table.header, fields, competences, fitted)
        if isinstance(read, Problem):
            problems.append(read)
        else:
            rows.append(read)
    problems.sort(key=lambda problem: problem.line or 0)
    return CertificationExport(rows=tuple(rows), problems=tuple(problems), generation=_generation(fields))


def _columns(header: Sequence[str]) -> tuple[dict[str, int], dict[str, int]]:
    fields: dict[str, int] = {}
    competences: dict[str, int] = {}
    for place, title in enumerate(header):
        if field := _FIELD_OF.get(fold(title)):
            fields.setdefault(field, place)
        elif code := _competence(title):
            competences.setdefault(code, place)
    missing = [field for field in _NEEDED if field not in fields]
    if missing:
        raise NotAnExport(*map(_missing, missing))
    return fields, competences


def _competence(title: str) -> str | None:
    """The competence of a column: ``1.1``, or the first of January, which a spreadsheet makes of it."""
    key = fold(title).replace(",", ".")
    code = key
    if found := _AS_A_DAY.fullmatch(key):
        code = f"{found[1]}.{found[2]}"
    elif (found := _AS_A_NAMED_DAY.fullmatch(key)) and found[2] in _MONTHS:
        code = f"{found[1]}.{_MONTHS[found[2]]}"
    return code if code in COMPETENCES else None


def _missing(field: str) -> Problem:
    title = _TITLES[field]
    return Problem(
        line=1,
        column=title,
        code=ProblemCode.MISSING_COLUMN,
        message=Bilingual(
            fr=f"Ligne 1 : la colonne « {title} » manque. Déposez le fichier reçu de Pix, sans rien y enlever.",
            en=f"Line 1: the column “{title}” is missing. Drop the file received from Pix, with nothing taken out.",
        ),
    )


def certification_generation(header: Sequence[str]) -> Generation:
    """Return which columns a certification file has, by its header."""
    return _generation({_FIELD_OF[key] for key in map(fold, header) if key in _FIELD_OF})


def _generation(fields: Collection[str]) -> Generation:
    if "result" in fields:
        return Generation.RESULT_COLUMN
    return Generation.CURRENT if "type" in fields else Generation.OLDER


def _read(
    header: Sequence[str],
    fields: Mapping[str, int],
    competences: Mapping[str, int],
    row: TableRow,
) -> CertificationRow | Problem:
    column = ""

    def cell(field: str) -> str:
        nonlocal column
        place = fields.get(field)
        column = _TITLES.get(field, "") if place is None else header[place].strip()
        return "" if place is None else row.cells[place]

    def text(field: str) -> str | None:
        # No protective quote in these files: what stands there is what was typed.
        found = cell(field).strip()
        if len(found) > _MAX_TEXT:
            raise BadCell(
                ProblemCode.TOO_LONG,
                f"le texte a {len(found)} caractères, plus que {_MAX_TEXT}",
                f"the text has {len(found)} characters, more than {_MAX_TEXT}",
            )
        return found or None

    try:
        first, last = text("first_name") or "", text("last_name") or ""
        status = _status(cell("status"))
        score, level = _result(cell("result")) if "result" in fields else _score(cell("score"), cell("level"))
        levels: dict[str, int | None] = dict.fromkeys(COMPETENCES)
        for code, place in competences.items():
            column = header[place].strip()
            levels[code] = read_optional_whole(row.cells[place], ceiling=8)
        return CertificationRow(
            line=row.line,
            number=read_number_text(text("number")) or "",
            first_name=first,
            last_name=last,
            external_id=read_number_text(text("external_id")),
            type=text("type") or "Pix",
            status=status,
            score=score,
            global_level=level,
            levels=levels,
            session=text("session"),
            centre=text("centre"),
            date=read_day(cell("date")),
            identity=int(cell("person") or 0),
        )
    except BadCell as bad:
        return Problem(
            line=row.line,
            column=column,
            code=bad.code,
            message=Bilingual(
                fr=f"Ligne {row.line}, colonne « {column} » : {bad.fr}. La ligne n’est pas lue : déposez le fichier "
                "reçu de Pix ou corrigez cette case.",
                en=f"Line {row.line}, column “{column}”: {bad.en}. The line is not read: drop the file received from "
                "Pix or mend this cell.",
            ),
            author=_author(fields, row),
        )


def _author(fields: Mapping[str, int], row: TableRow) -> Author:
    """Whose a line is that is not read; a text that is too long is no name."""
    said = {
        field: row.cells[fields[field]].strip() if field in fields else ""
        for field in ("last_name", "first_name", "external_id")
    }
    last, first, external_id = (text if 0 < len(text) <= _MAX_TEXT else None for text in said.values())
    return Author(
        last_name=last, first_name=first, student_number=None, external_id=read_number_text(external_id)
    )


def _status(cell: str) -> CertificationStatus | None:
    key = fold(cell)
    if key in _STARTED:
        return None
    if key not in _STATUSES:
        raise BadCell(
            ProblemCode.NOT_RECOGNISED,
            f"« {shown(cell)} » n’est pas un statut de certification (Validée, Non obtenue, Annulée, En erreur)",
            f"“{shown(cell)}” is not a status of a certification (Validée, Non obtenue, Annulée, En erreur)",
        )
    return _STATUSES[key]


def _score(score: str, level: str) -> tuple[int | None, str | None]:
    named = level.strip()
    return (
        read_optional_whole(score, ceiling=MAX_SCORE),
        None if named.casefold() in NOTHING or len(named) > 40 else named,
    )


def _result(cell: str) -> tuple[int | None, str | None]:
    """The column of March 2026: a score (``266 pix``), else the name of a level."""
    text = cell.strip()
    if text.casefold() in NOTHING:
        return None, None
    found = _RESULT_IN_PIX.fullmatch(fold(text))
    if found:
        return read_optional_whole(found[1], ceiling=MAX_SCORE), None
    if len(text) > 40:
        raise BadCell(
            ProblemCode.TOO_LONG,
            f"« {shown(text)} » n’est ni un score en pix ni un niveau",
            f"“{shown(text)}” is neither a score in pix nor a level",
        )
    return None, text
