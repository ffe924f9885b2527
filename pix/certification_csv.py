"""Reads the results of a certification session: the file that Pix sends to whoever was named for them.

Three generations of columns are read: the current one (April 2026), the short one with ``Résultat`` (March 2026), and
the older with ``Nombre de Pix``. Birth data tells namesakes of one file apart, and is kept nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from grading.certification import CertificationStatus
from grading.competences import COMPETENCES
from grading.text import Bilingual
from pix.csv_table import Table, TableRow, truncated_line
from pix.folding import fold, name_words
from pix.orga_cells import NOTHING, BadCell, read_day, read_optional_whole, shown
from pix.orga_csv import cell_count, without_empty_tail
from pix.problem import NotAnExport, Problem, ProblemCode

MAX_SCORE = 1024
"""Most pix that a certification may ever show: 16 competences of level 8."""
_MAX_TEXT = 255

_TITLES = {
    "number": "Numéro de certification",
    "first_name": "Prénom",
    "last_name": "Nom",
    "birth_date": "Date de naissance",
    "birth_place": "Lieu de naissance",
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
_FIELD_OF = {fold(title): field for field, title in _TITLES.items()} | {fold("Nombre de Pix"): "score"}
_NEEDED = ("number", "first_name", "last_name", "status", "date")
_STATUSES = {
    fold("Validée"): CertificationStatus.VALIDATED,
    fold("Non obtenue"): CertificationStatus.REJECTED,
    fold("Rejetée"): CertificationStatus.REJECTED,
    fold("Annulée"): CertificationStatus.CANCELLED,
    fold("En erreur"): CertificationStatus.ERROR,
}
_STARTED = fold("Démarrée")
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
    people: dict[tuple[object, ...], int] = {}
    for row in table.rows:
        fitted = without_empty_tail(row, len(table.header))
        if len(fitted.cells) != len(table.header):
            cut = row is table.rows[-1] and len(row.cells) < len(table.header)
            problems.append(truncated_line(row.line) if cut else cell_count(row, len(table.header)))
            continue
        read = _read(table.header, fields, competences, fitted, people)
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
        elif title.strip().replace(",", ".") in COMPETENCES:
            competences.setdefault(title.strip().replace(",", "."), place)
    missing = [field for field in _NEEDED if field not in fields]
    if missing:
        raise NotAnExport(*map(_missing, missing))
    return fields, competences


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


def _generation(fields: Mapping[str, int]) -> Generation:
    if "result" in fields:
        return Generation.RESULT_COLUMN
    return Generation.CURRENT if "type" in fields else Generation.OLDER


def _read(
    header: Sequence[str],
    fields: Mapping[str, int],
    competences: Mapping[str, int],
    row: TableRow,
    people: dict[tuple[object, ...], int],
) -> CertificationRow | Problem:
    column = ""

    def cell(field: str) -> str:
        nonlocal column
        place = fields.get(field)
        column = _TITLES[field] if place is None else header[place].strip()
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
        who = (name_words(first, last), fold(cell("birth_date")), fold(cell("birth_place")))
        return CertificationRow(
            line=row.line,
            number=text("number") or "",
            first_name=first,
            last_name=last,
            external_id=text("external_id"),
            type=text("type") or "Pix",
            status=status,
            score=score,
            global_level=level,
            levels=levels,
            session=text("session"),
            centre=text("centre"),
            date=read_day(cell("date")),
            identity=people.setdefault(who, len(people) + 1),
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
        )


def _status(cell: str) -> CertificationStatus | None:
    key = fold(cell)
    if key == _STARTED:
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
