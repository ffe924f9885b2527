"""Reads an assessment (or exam) campaign's export: shares of acquired items, never levels nor pix.

French and English, the current form and the one before December 2024 (`pix.md` of the field's notes, sections 3.4-3.5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from grading.text import Bilingual
from pix.competence_columns import code_of_name
from pix.csv_table import Table, cell_count, truncated_line, without_empty_tail
from pix.folding import fold
from pix.orga_cells import (
    BadCell,
    read_fraction,
    read_instant,
    read_number_text,
    read_optional_whole,
    read_text,
    read_yes_no,
)
from pix.orga_columns import FIELD_OF, are_in_order, label_place
from pix.problem import NotAnExport, Problem, ProblemCode, author_of

_FIELDS = {
    "shared": ("Partage (O/N)", "Shared (Y/N)"),
    "shared_at": ("Date et heure du partage (Europe/Paris)", "Date du partage", "Shared on"),
    "started_at": ("Date et heure de début (Europe/Paris)", "Date de début", "Started on"),
    "progress": ("% de progression", "% of progression"),
    "mastery": (
        "% maitrise de l'ensemble des acquis du profil",
        "% of items successfully completed in the target profile",
    ),
}
_FIELD_OF = {fold(title): field for field, titles in _FIELDS.items() for title in titles}
_NEEDED = ("campaign_name", "last_name", "first_name", "shared", "shared_at", "mastery")
_TITLES = {
    "campaign_name": "Nom de la campagne",
    "last_name": "Nom du Participant",
    "first_name": "Prénom du Participant",
} | {field: titles[0] for field, titles in _FIELDS.items()}
_T = TypeVar("_T")
_STAGE = re.compile(r"(?:palier obtenu|success rate) \(/([0-9]{1,3})\)", re.ASCII)
_COMPETENCE = (
    "% de maitrise des acquis de la competence ",
    "% of items successfully completed in the competence ",
)
_RESULT = re.compile(
    r"% .*|nombre d'acquis .*|acquis maitrises .*|number of items .*|items of the target profile .*|@.*|.* \([oy]/n\)"
)
"""The titles of the columns of results that nobody needs by name: shares, counts, badges, skills."""
_TRACKS = frozenset(
    map(
        fold,
        (
            "Parcours",
            "Nom du Profil Cible",
            "Customised test",
            "Target profile’s name",
            "Target profile's name",
        ),
    )
)
_ORDER = (
    "campaign_id",
    "campaign_name",
    "last_name",
    "first_name",
    "started_at",
    "shared",
    "shared_at",
    "mastery",
)
_DAYS_ALONE = frozenset(map(fold, ("Date du partage", "Shared on")))
_MOST_ITEMS = 100_000


@dataclass(frozen=True, kw_only=True)
class AssessmentRow:
    """One participation: `mastery` and `competences` are shares of acquired items (0–1), `None` where not shared.

    `shared_at` is in UTC. `stage` is the one reached, of `stages`; `competences` holds the competences that the
    campaign tests, where their French name is given.
    """

    line: int
    campaign_code: str | None
    campaign_id: str | None
    campaign_name: str | None
    last_name: str
    first_name: str
    group: str | None
    student_number: str | None
    external_id: str | None
    shared: bool
    shared_at: datetime | None
    progress: Decimal | None
    mastery: Decimal | None
    stage: int | None
    stages: int | None
    competences: Mapping[str, Decimal]
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AssessmentExport:
    """All that one file says: ``len(rows) + len(problems)`` is its number of lines of data.

    `external_id_label` and `has_roster` are those of a `CampaignExport`.
    """

    rows: tuple[AssessmentRow, ...]
    problems: tuple[Problem, ...]
    older: bool
    external_id_label: str | None = None
    has_roster: bool = False


@dataclass(frozen=True, kw_only=True)
class _Columns:
    header: tuple[str, ...]
    fields: Mapping[str, int]
    external_id: int | None
    stage: int | None
    stages: int | None
    competences: Mapping[str, int]
    days_alone: bool


def read_assessment(table: Table, *, timezone: str = "Europe/Paris") -> AssessmentExport:
    """Read a table whose header is an assessment's. Raises `NotAnExport` with every column that is missing."""
    columns = _columns(table.header)
    zone = ZoneInfo(timezone)
    rows: list[AssessmentRow] = []
    problems = list(table.broken)
    for row in table.rows:
        fitted = without_empty_tail(row, len(table.header))
        if len(fitted.cells) != len(table.header):
            cut = table.is_last(row) and len(row.cells) < len(table.header)
            problems.append(truncated_line(row.line) if cut else cell_count(row, len(table.header)))
            continue
        read = _Line(columns, zone, row.line, fitted.cells).row()
        if isinstance(read, Problem):
            problems.append(read)
        else:
            rows.append(read)
    problems.sort(key=lambda problem: problem.line or 0)
    label = columns.external_id
    return AssessmentExport(
        rows=tuple(rows),
        problems=tuple(problems),
        older=columns.days_alone,
        external_id_label=None if label is None else columns.header[label],
        has_roster="student_number" in columns.fields,
    )


def _columns(header: Sequence[str]) -> _Columns:
    folded = [fold(title) for title in header]
    fields: dict[str, int] = {}
    competences: dict[str, int] = {}
    stage = stages = None
    label = _label(header, folded)
    for place, key in enumerate(folded):
        field = _field_of(key)
        if place == label:
            continue
        if field is not None:
            fields.setdefault(field, place)
        elif found := _STAGE.fullmatch(key):
            stage, stages = place, int(found[1])
        else:
            prefix = next((each for each in _COMPETENCE if key.startswith(each)), None)
            code = code_of_name(key.removeprefix(prefix)) if prefix else None
            if code is not None:
                competences[code] = place
    if "shared_at" not in fields and "shared" in fields and fields["shared"] + 1 < len(header):
        fields["shared_at"] = fields["shared"] + 1  # its English title is not known since December 2024
    missing = [field for field in _NEEDED if field not in fields]
    if missing:
        raise NotAnExport(*map(_missing, missing))
    return _Columns(
        header=tuple(title.strip() for title in header),
        fields=fields,
        external_id=label,
        stage=stage,
        stages=stages,
        competences=competences,
        days_alone=not _DAYS_ALONE.isdisjoint(folded),
    )


def is_older_assessment(header: Sequence[str]) -> bool:
    """Tell whether the export gives days instead of minutes: the form before December 2024."""
    return not _DAYS_ALONE.isdisjoint(map(fold, header))


def _field_of(key: str) -> str | None:
    return _FIELD_OF.get(key) or FIELD_OF.get(key)


def _label(header: Sequence[str], folded: Sequence[str]) -> int | None:
    """Where what the learner typed stands: before the progress; where columns were moved, the only unknown one."""
    fields = {field: place for place, key in enumerate(folded) if (field := _field_of(key))}
    place = label_place(header, folded, _label_follower(folded))
    if are_in_order(fields, _ORDER):
        return place
    known = (
        _field_of(key) or _STAGE.fullmatch(key) or _RESULT.fullmatch(key) or key in _TRACKS for key in folded
    )
    free = [place for place, is_known in enumerate(known) if folded[place] and not is_known]
    if len(free) == 1:
        return free[0]
    return place if place in free else None


def _label_follower(folded: Sequence[str]) -> str:
    """The title just after the campaign's label: the progress, or, for an exam, the start, just before the sharing."""
    progress = next((key for key in folded if _FIELD_OF.get(key) == "progress"), None)
    if progress is not None:
        return progress
    shared = next((place for place, key in enumerate(folded) if _FIELD_OF.get(key) == "shared"), 0)
    return folded[max(0, shared - 1)]


def _missing(field: str) -> Problem:
    title = _TITLES[field]
    return Problem(
        line=1,
        column=title,
        code=ProblemCode.MISSING_COLUMN,
        message=Bilingual(
            fr=f"Ligne 1 : la colonne « {title} » manque. Déposez l’export d’origine, sans rien y enlever.",
            en=f"Line 1: the column “{title}” is missing. Drop the original export, with nothing taken out.",
        ),
    )


class _Line:
    """The cells of one line while they are read: bad cells are gathered, not raised."""

    def __init__(self, columns: _Columns, zone: ZoneInfo, line: int, cells: Sequence[str]) -> None:
        self.columns = columns
        self.zone = zone
        self.line = line
        self.cells = cells
        self.bad: list[Problem] = []
        self.warnings: list[Problem] = []

    def row(self) -> AssessmentRow | Problem:
        columns = self.columns
        shared = bool(self._read("shared", read_yes_no))
        row = AssessmentRow(
            line=self.line,
            campaign_code=self._text("campaign_code"),
            campaign_id=self._text("campaign_id"),
            campaign_name=self._text("campaign_name"),
            last_name=self._text("last_name") or "",
            first_name=self._text("first_name") or "",
            group=self._text("group") or self._text("class"),
            student_number=self._read("student_number", read_number_text),
            external_id=self._cell(columns.external_id, read_number_text),
            shared=shared,
            shared_at=self._instant() if shared else None,
            progress=self._read("progress", read_fraction),
            mastery=self._mastery() if shared else None,
            stage=self._cell(columns.stage, _items) if shared else None,
            stages=columns.stages,
            competences=self._competences() if shared else {},
            warnings=tuple(self.warnings),
        )
        if not self.bad:
            return row
        first, *others = self.bad
        return replace(first, also=tuple(others), author=author_of(row))

    def _mastery(self) -> Decimal | None:
        found = self._read("mastery", read_fraction)
        if found is None and not self.bad:
            place = self.columns.fields["mastery"]
            self._reject(
                place,
                BadCell(
                    ProblemCode.NOT_AVAILABLE,
                    "pas de valeur dans une ligne partagée",
                    "no value in a line that was shared",
                ),
            )
        return found

    def _competences(self) -> dict[str, Decimal]:
        read = {
            code: self._cell(place, read_fraction) for code, place in sorted(self.columns.competences.items())
        }
        return {code: share for code, share in read.items() if share is not None}

    def _instant(self) -> datetime | None:
        place = self.columns.fields["shared_at"]
        found = self._cell(
            place, lambda cell: read_instant(cell, self.zone, day_alone=self.columns.days_alone)
        )
        if found is None:
            return None
        instant, unsure = found
        if unsure:
            self.warnings.append(
                self._problem(
                    place,
                    ProblemCode.AMBIGUOUS_TIME,
                    "cette heure existe deux fois (passage à l’heure d’hiver) ; la première est retenue",
                    "this hour exists twice (change to winter time); the first is taken",
                )
            )
        return instant

    def _text(self, field: str) -> str | None:
        return self._cell(self.columns.fields.get(field), read_text)

    def _read(self, field: str, how: Callable[[str], _T]) -> _T | None:
        return self._cell(self.columns.fields.get(field), how)

    def _cell(self, place: int | None, how: Callable[[str], _T]) -> _T | None:
        if place is None:
            return None
        try:
            return how(self.cells[place])
        except BadCell as bad:
            self._reject(place, bad)
            return None

    def _reject(self, place: int, bad: BadCell) -> None:
        again = "La ligne n’est pas lue : déposez l’export d’origine ou corrigez cette case"
        self.bad.append(
            self._problem(
                place,
                bad.code,
                f"{bad.fr}. {again}",
                f"{bad.en}. The line is not read: drop the original export or mend this cell",
            )
        )

    def _problem(self, place: int, code: ProblemCode, fr: str, en: str) -> Problem:
        column = self.columns.header[place]
        return Problem(
            line=self.line,
            column=column,
            code=code,
            message=Bilingual(
                fr=f"Ligne {self.line}, colonne « {column} » : {fr}.",
                en=f"Line {self.line}, column “{column}”: {en}.",
            ),
        )


def _items(cell: str) -> int | None:
    return read_optional_whole(cell, ceiling=_MOST_ITEMS)
