"""Reads one line of a Pix Orga profiles collection: its cells, and what is odd in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import itemgetter
from zoneinfo import ZoneInfo

from grading.competences import COMPETENCES, PIX_PER_LEVEL
from grading.profile import Profile
from grading.text import Bilingual
from pix.orga_cells import (
    NOTHING,
    BadCell,
    read_instant,
    read_number_text,
    read_optional_whole,
    read_text,
    read_yes_no,
)
from pix.orga_columns import Columns
from pix.problem import Problem, ProblemCode, author_of
from pix.profile_row import ProfileRow

_HIGHEST_LEVEL = 8  # levels are named 1 to 8, whatever the ceiling of the day
_CERTIFIABLE_COMPETENCES = 5  # Pix: a profile with fewer is not certifiable


@dataclass(kw_only=True)
class RowReader:
    """Reads the lines of one file: its columns, the highest level that is believed, and its time zone."""

    columns: Columns
    ceiling_level: int | None
    zone: ZoneInfo
    _instants: dict[str, datetime] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        columns = self.columns
        self._levels = itemgetter(*columns.levels.values())
        self._pix = itemgetter(*columns.pix.values())
        told = ("sent", "sent_at", "certifiable", "total", "certifiable_count")
        self._told = itemgetter(*(columns.fields[name] for name in told))
        self._texts = [columns.place(name) for name in _TEXTS]
        self._most = PIX_PER_LEVEL * (_HIGHEST_LEVEL if self.ceiling_level is None else self.ceiling_level)

    def read(self, line: int, cells: Sequence[str]) -> ProfileRow | Problem:
        """Read a line with as many cells as the header; one `Problem` holding all where it is rejected."""
        return self._plain(line, cells) or _Line(reader=self, line=line, cells=cells).row()

    def _plain(self, line: int, cells: Sequence[str]) -> ProfileRow | None:
        """Read a line in which nothing is odd, all at once; `None` where it must be read cell by cell."""
        levels, pix = self._levels(cells), self._pix(cells)
        sent, sent_at, certifiable, total, count = self._told(cells)
        if tuple(map(_LEVEL_OF.get, pix)) != levels or not _YES.get(sent):
            return None
        scores = tuple(map(_NUMBERS.__getitem__, pix))
        reached = len(levels) - levels.count("0")
        if total != str(sum(scores)) or count != str(reached) or max(scores) > self._most:
            return None
        instant = self._instant(sent_at)
        if instant is None or _YES.get(certifiable) != (reached >= _CERTIFIABLE_COMPETENCES):
            return None
        try:
            texts = [None if place is None else read_text(cells[place]) for place in self._texts]
        except BadCell:
            return None
        profile = Profile(
            levels=dict(zip(self.columns.levels, map(_NUMBERS.__getitem__, levels), strict=True)),
            pix=dict(zip(self.columns.pix, scores, strict=True)),
            total=int(total),
        )
        return _row(line, texts, (instant, profile, reached >= _CERTIFIABLE_COMPETENCES))

    def _instant(self, cell: str) -> datetime | None:
        """The instant of a cell that says one without doubt; many lines of a file are of the same minute."""
        if cell not in self._instants:
            try:
                instant, unsure = read_instant(cell, self.zone, day_alone=self.columns.days_alone)
            except BadCell:
                return None
            if unsure:
                return None
            self._instants[cell] = instant
        return self._instants[cell]


_TEXTS = (
    "campaign_code",
    "campaign_id",
    "campaign_name",
    "last_name",
    "first_name",
    "group",
    "class",
    "student_number",
    "external_id",
)
_Result = tuple[datetime | None, Profile | None, bool | None]


def _row(
    line: int,
    texts: Sequence[str | None],
    result: _Result,
    *,
    sent: bool = True,
    warnings: Sequence[Problem] = (),
) -> ProfileRow:
    """A row of its texts (in the order of `_TEXTS`) and its result."""
    code, campaign_id, campaign_name, last_name, first_name, group, class_, number, external_id = texts
    instant, profile, certifiable = result
    return ProfileRow(
        line=line,
        campaign_code=code,
        campaign_id=campaign_id,
        campaign_name=campaign_name,
        last_name=last_name or "",
        first_name=first_name or "",
        group=group or class_,
        student_number=read_number_text(number),
        external_id=read_number_text(external_id),
        sent=sent,
        sent_at=instant,
        profile=profile,
        certifiable=certifiable,
        warnings=tuple(warnings),
    )


_NUMBERS = {str(pix): pix for pix in range(_HIGHEST_LEVEL * PIX_PER_LEVEL + 1)}
_LEVEL_OF = {text: str(pix // PIX_PER_LEVEL) for text, pix in _NUMBERS.items()}
"""Pix of a competence as Pix writes them, and the level that they are."""
_YES = {"Oui": True, "Non": False, "Yes": True, "No": False}
_NO_VALUE = BadCell(
    ProblemCode.NOT_AVAILABLE,
    "aucune valeur dans une ligne envoyée",
    "no value at all in a line that was sent",
)


class _Line:
    """The cells of one line while they are read: bad cells are gathered, not raised."""

    def __init__(self, *, reader: RowReader, line: int, cells: Sequence[str]) -> None:
        self.columns = reader.columns
        self.level_ceiling = _HIGHEST_LEVEL if reader.ceiling_level is None else reader.ceiling_level
        self.zone = reader.zone
        self.line = line
        self.cells = cells
        self.bad: list[Problem] = []
        self.warnings: list[Problem] = []

    def row(self) -> ProfileRow | Problem:
        sent = self._yes_no("sent")
        result = self._result() if sent else (None, None, None)
        if sent is False:
            self._check_unsent()
        texts = [self._text(field) for field in _TEXTS]
        row = _row(self.line, texts, result, sent=bool(sent), warnings=self.warnings)
        if not self.bad:
            return row
        first, *others = self.bad
        return replace(first, also=tuple(others), author=author_of(row))

    def _result(self) -> _Result:
        instant = self._instant()
        most = self.level_ceiling * PIX_PER_LEVEL
        total = self._whole(self.columns.fields["total"], most * len(self.columns.pix))
        certifiable = None if self._says_nothing("certifiable") else self._yes_no("certifiable")
        count = self._whole(self.columns.fields["certifiable_count"], len(self.columns.levels))
        levels = self._competences(self.columns.levels, self.level_ceiling)
        pix = self._competences(self.columns.pix, most)
        if total is None and not levels and not pix and not self.bad:
            self._reject(_NO_VALUE, self.columns.fields["total"])
        if self.bad:
            return None, None, None
        self._tell_unknown(levels, pix, total)
        self._compare(levels, pix, total)
        if len(levels) == len(COMPETENCES):
            self._compare_certifiable(levels, certifiable, count)
        return instant, Profile(levels=levels, pix=pix, total=total), certifiable

    def _competences(self, places: Mapping[str, int], ceiling: int) -> dict[str, int]:
        read = {code: self._whole(place, ceiling) for code, place in places.items()}
        return {code: value for code, value in read.items() if value is not None}

    def _tell_unknown(self, levels: Mapping[str, int], pix: Mapping[str, int], total: int | None) -> None:
        """Say which values are not there: they are unknown, which is not 0."""
        places = [place for code, place in self.columns.levels.items() if code not in levels]
        places += [place for code, place in self.columns.pix.items() if code not in pix]
        places += [self.columns.fields["total"]] if total is None else []
        if places:
            self._warn(
                ProblemCode.NOT_AVAILABLE,
                "pas de valeur, ici ou plus loin, dans une ligne envoyée ; elle reste inconnue, ce qui n’est pas 0",
                "no value, here or further on, in a line that was sent; it stays unknown, which is not 0",
                column=self.columns.header[min(places)],
            )

    def _says_nothing(self, field: str) -> bool:
        return self.cells[self.columns.fields[field]].strip().casefold() in NOTHING

    def _compare(self, levels: Mapping[str, int], pix: Mapping[str, int], total: int | None) -> None:
        differing = [
            code
            for code, level in levels.items()
            if code in pix and level != min(pix[code] // PIX_PER_LEVEL, self.level_ceiling)
        ]
        if differing:
            named = ", ".join(differing)
            self._warn(
                ProblemCode.LEVEL_AND_PIX_DIFFER,
                f"le niveau ne correspond pas aux pix (8 pix par niveau) pour {named} ; "
                "les valeurs du fichier sont gardées telles quelles",
                f"the level does not fit the pix (8 pix a level) for {named}; "
                "the file's values are kept as they are",
                column=self.columns.header[self.columns.levels[differing[0]]],
            )
        if total is not None and len(pix) == len(COMPETENCES) and total != sum(pix.values()):
            self._warn(
                ProblemCode.TOTAL_DIFFERS,
                f"le total annoncé est {total}, la somme des compétences {sum(pix.values())} "
                "(le référentiel de Pix a pu changer) ; le total annoncé est gardé",
                f"the stated total is {total}, the sum of the competences {sum(pix.values())} "
                "(Pix's referential may have changed); the stated total is kept",
                column=self.columns.title("total"),
            )

    def _compare_certifiable(
        self, levels: Mapping[str, int], certifiable: bool | None, count: int | None
    ) -> None:
        counted = sum(level >= 1 for level in levels.values())
        if certifiable is None or count is None:
            return
        if count != counted or certifiable != (counted >= _CERTIFIABLE_COMPETENCES):
            self._warn(
                ProblemCode.CERTIFIABLE_DIFFERS,
                f"le fichier annonce {count} compétences certifiables, ses niveaux en montrent {counted}",
                f"the file states {count} certifiable competences, its levels show {counted}",
                column=self.columns.title("certifiable"),
            )

    def _check_unsent(self) -> None:
        places = [self.columns.fields[field] for field in ("sent_at", "total", "certifiable")]
        places += [*self.columns.levels.values(), *self.columns.pix.values()]
        if any(self.cells[place].strip().casefold() not in NOTHING for place in places):
            self._warn(
                ProblemCode.UNSENT_WITH_VALUES,
                "la ligne dit ne pas être envoyée mais porte des valeurs ; elles ne sont pas lues",
                "the line says it was not sent but carries values; they are not read",
                column=self.columns.title("sent"),
            )

    def _text(self, field: str) -> str | None:
        try:
            return read_text(self.columns.cell(self.cells, field))
        except BadCell as bad:
            self._reject(bad, self.columns.place(field) or 0)
            return None

    def _yes_no(self, field: str) -> bool | None:
        place = self.columns.fields[field]
        try:
            return read_yes_no(self.cells[place])
        except BadCell as bad:
            self._reject(bad, place)
            return None

    def _whole(self, place: int, ceiling: int) -> int | None:
        try:
            return read_optional_whole(self.cells[place], ceiling=ceiling)
        except BadCell as bad:
            self._reject(bad, place)
            return None

    def _instant(self) -> datetime | None:
        place = self.columns.fields["sent_at"]
        try:
            instant, unsure = read_instant(self.cells[place], self.zone, day_alone=self.columns.days_alone)
        except BadCell as bad:
            self._reject(bad, place)
            return None
        if unsure:
            self._warn(
                ProblemCode.AMBIGUOUS_TIME,
                "cette heure existe deux fois (passage à l’heure d’hiver) ; la première est retenue",
                "this hour exists twice (change to winter time); the first is taken",
                column=self.columns.header[place],
            )
        return instant

    def _reject(self, bad: BadCell, place: int) -> None:
        column = self.columns.header[place]
        self.bad.append(
            Problem(
                line=self.line,
                column=column,
                code=bad.code,
                message=Bilingual(
                    fr=f"Ligne {self.line}, colonne « {column} » : {bad.fr}. La ligne n’est pas lue : "
                    "déposez l’export d’origine ou corrigez cette case.",
                    en=f"Line {self.line}, column “{column}”: {bad.en}. The line is not read: "
                    "drop the original export or mend this cell.",
                ),
            )
        )

    def _warn(self, code: ProblemCode, fr: str, en: str, *, column: str) -> None:
        self.warnings.append(
            Problem(
                line=self.line,
                column=column,
                code=code,
                message=Bilingual(
                    fr=f"Ligne {self.line}, colonne « {column} » : {fr}.",
                    en=f"Line {self.line}, column “{column}”: {en}.",
                ),
            )
        )
