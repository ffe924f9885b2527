"""One cell of a Pix Orga export at a time: protective quote, whole numbers, yes and no, local dates.

Each function returns a value, or raises `BadCell` with what is wrong; the caller adds the place.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from pix.problem import ProblemCode

_WHOLE = re.compile(r"([0-9]{1,6})(?:[.,]0{1,6})?", re.ASCII)  # a spreadsheet may write 52 as 52,0
_SHARE = re.compile(r"(0|1)?(?:[.,]([0-9]{1,17}))?", re.ASCII)
_PERCENTAGE = re.compile(r"([0-9]{1,3}(?:[.,][0-9]{1,15})?)\s*%")
_YES = frozenset({"oui", "yes", "vrai", "true", "o", "y"})
_NO = frozenset({"non", "no", "faux", "false", "n"})
_AS_FORMULA = re.compile(r'="([^"]*)"')
_NUMBER_AS_FLOAT = re.compile(r"([0-9]+)[.,]0{1,6}", re.ASCII)
NOTHING = frozenset({"", "na", "n/a", "#n/a", "-", "–", "−"})
"""What Pix (or a spreadsheet after it) writes, folded, where there is no value: never to be read as 0."""
_NEGATIVE = re.compile(r"'?[-−][0-9]+([.,][0-9]+)?", re.ASCII)
_TIME = r"(?:[ T,]+([0-9]{1,2})[:h]([0-9]{2})(?::[0-9]{2}(?:[.,][0-9]{1,6})?)?)?"
_DATE = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4}|(?<=/)[0-9]{2})" + _TIME, re.ASCII)
_AMERICAN = re.compile(_DATE.pattern + r"\s*([AaPp])\.?[Mm]\.?", re.ASCII)
_SERIAL = re.compile(r"([0-9]{5})(?:[.,]([0-9]{1,17}))?", re.ASCII)
_DAY_ZERO = datetime(1899, 12, 30, tzinfo=UTC)
_ISO_DATE = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})" + _TIME, re.ASCII)
_OFFSET = re.compile(r"\s?(?:Z|UTC|\+0000|([+-])([0-9]{2}):([0-9]{2}))$", re.ASCII)
_FIRST_YEAR = 2016  # Pix opened that year: an earlier date is not one of a sending
MAX_TEXT = 255
"""Longest name or number that is read, in characters."""


class BadCell(Exception):
    """A cell that cannot be read: its code, and what is wrong in both languages."""

    def __init__(self, code: ProblemCode, fr: str, en: str) -> None:
        """Keep what is wrong; the line and column are added by who knows them."""
        super().__init__(en)
        self.code = code
        self.fr = fr
        self.en = en


@lru_cache(maxsize=65536)
def read_text(cell: str | None) -> str | None:
    """Return a text as its author wrote it, `None` when blank.

    Pix puts a ``'`` before a text that begins with ``-``, ``@``, ``=`` or ``+``; it is dropped before these
    only. Whatever looks like a formula stays plain text. Spaces around are dropped, leading zeros kept.
    """
    text = (cell or "").strip()
    if len(text) > MAX_TEXT:
        raise BadCell(
            ProblemCode.TOO_LONG,
            f"le texte a {len(text)} caractères, plus que {MAX_TEXT} ; raccourcissez-le",
            f"the text has {len(text)} characters, more than {MAX_TEXT}; shorten it",
        )
    if text[:1] == "'" and text[1:2] in {"-", "@", "=", "+"}:
        text = text[1:]
    return text or None


def read_number_text(text: str | None) -> str | None:
    """Return a student number or external id without what a spreadsheet, or who fears it, adds: ``.0``, ``="0123"``."""
    if text and (kept := _AS_FORMULA.fullmatch(text)):
        text = kept[1].strip() or None
    found = _NUMBER_AS_FLOAT.fullmatch(text) if text else None
    return found[1] if found else text


def read_yes_no(cell: str) -> bool:
    """Return whether the cell is ``Oui`` or ``Yes`` (else ``Non`` or ``No``), as a spreadsheet may write it too."""
    answer = cell.strip().casefold()
    if answer not in _YES and answer not in _NO:
        raise BadCell(
            ProblemCode.NOT_YES_NO,
            f"« {shown(cell)} » au lieu de « Oui » ou « Non »",
            f"“{shown(cell)}” instead of “Oui” or “Non”",
        )
    return answer in _YES


def read_whole(cell: str, *, ceiling: int) -> int:
    """Return a whole number from 0 to `ceiling` (levels, pix or competences, as the column says)."""
    text = cell.strip()
    if text.casefold() in NOTHING:
        raise BadCell(
            ProblemCode.NOT_AVAILABLE,
            f"« {shown(cell)} » dans une ligne envoyée, où un nombre est attendu",
            f"“{shown(cell)}” in a line that was sent, where a number is expected",
        )
    if _NEGATIVE.fullmatch(text):
        raise BadCell(
            ProblemCode.NEGATIVE,
            f"« {shown(cell)} » est négatif ; un nombre de 0 à {ceiling} est attendu",
            f"“{shown(cell)}” is negative; a number from 0 to {ceiling} is expected",
        )
    found = _WHOLE.fullmatch(text)
    if not found:
        raise BadCell(
            ProblemCode.NOT_A_NUMBER,
            f"« {shown(cell)} » n’est pas un nombre entier écrit en chiffres",
            f"“{shown(cell)}” is not a whole number in digits",
        )
    if int(found[1]) > ceiling:
        raise BadCell(
            ProblemCode.ABOVE_CEILING,
            f"{text} dépasse le plafond de {ceiling}",
            f"{text} is above the ceiling of {ceiling}",
        )
    return int(found[1])


def read_optional_whole(cell: str, *, ceiling: int) -> int | None:
    """Return a whole number as `read_whole`, `None` where the cell says that there is none."""
    return None if cell.strip().casefold() in NOTHING else read_whole(cell, ceiling=ceiling)


def read_fraction(cell: str) -> Decimal | None:
    """Return a share from 0 to 1, written with a comma, a point or as a percentage; `None` where there is none."""
    text = cell.strip()
    if text.casefold() in NOTHING:
        return None
    found, percentage = _SHARE.fullmatch(text), _PERCENTAGE.fullmatch(text)
    share = Decimal(-1)
    if percentage:
        share = Decimal(percentage[1].replace(",", ".")) / 100
    elif found:
        share = Decimal(text.replace(",", "."))
    if not 0 <= share <= 1:
        raise BadCell(
            ProblemCode.NOT_A_NUMBER,
            f"« {shown(cell)} » n’est pas une part de 0 à 1 (0,67 pour 67 %)",
            f"“{shown(cell)}” is not a share from 0 to 1 (0.67 for 67 %)",
        )
    return share.normalize()  # 0,820 says the same as 0,82: the same sending, however a spreadsheet wrote it


def read_day(cell: str) -> date | None:
    """Return the day of a ``DD/MM/YYYY`` or ``YYYY-MM-DD``; `None` where there is none."""
    if cell.strip().casefold() in NOTHING:
        return None
    found = _date_parts(cell)
    if found is None:
        raise _bad_date(cell)
    try:
        return date(found[0], found[1], found[2])
    except ValueError as error:
        raise _bad_date(cell) from error


def read_instant(cell: str, zone: ZoneInfo, *, day_alone: bool = False) -> tuple[datetime, bool]:
    """Return the UTC instant of a local ``DD/MM/YYYY HH:mm`` (or ``YYYY-MM-DD HH:mm``), and whether it is unsure.

    A minute counts at its start. The hour repeated in October is unsure: the earlier instant is taken, never
    the one against the student. An hour that does not exist (in March) is refused: Pix cannot have written it. A day
    without an hour is refused unless `day_alone` (exports before December 2024): then it is a day of UTC, and its
    first instant is taken, for the same reason; so is a ``YYYY-MM-DD HH:mm`` of those exports. An instant that says so
    (``Z``, ``+01:00``) needs no zone.
    """
    if cell.strip().casefold() in NOTHING:
        raise BadCell(
            ProblemCode.NOT_AVAILABLE,
            f"« {shown(cell)} » dans une ligne envoyée, où une date est attendue",
            f"“{shown(cell)}” in a line that was sent, where a date is expected",
        )
    text = cell.strip()
    offset = _OFFSET.search(text)
    found = _date_parts(text[: offset.start()] if offset else text)
    if found is None or found[0] < _FIRST_YEAR:
        raise _bad_date(cell)
    year, month, day, hour, minute = found
    try:
        if hour is None or minute is None:
            if not day_alone:
                raise _bad_date(cell)
            return datetime(year, month, day, tzinfo=UTC), False
        in_utc = day_alone and _ISO_DATE.match(text) is not None
        if offset or in_utc:
            away = _away(offset) if offset else timedelta(0)
            return datetime(year, month, day, hour, minute, tzinfo=UTC) - away, False
        return _instants(datetime(year, month, day, hour, minute, tzinfo=zone))
    except (ValueError, OverflowError) as error:
        raise _bad_date(cell) from error


def _away(offset: re.Match[str]) -> timedelta:
    """How far a stated offset is from UTC."""
    sign, hours, minutes = offset.groups()
    away = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return -away if sign == "-" else away


def _date_parts(cell: str) -> tuple[int, int, int, int | None, int | None] | None:
    """Year, month, day, hour and minute as they are written, in either order; no check of what they say."""
    text = " ".join(cell.split())
    if found := _AMERICAN.fullmatch(text):
        half = 12 if found[6] in "Pp" else 0
        return (
            _full_year(found[3]),
            int(found[1]),
            int(found[2]),
            int(found[4] or 0) % 12 + half,
            int(found[5] or 0),
        )
    if found := _SERIAL.fullmatch(text):
        return _serial(found)
    if found := _DATE.fullmatch(text):
        day, month, year = found[1], found[2], found[3]
    elif found := _ISO_DATE.fullmatch(text):
        year, month, day = found[1], found[2], found[3]
    else:
        return None
    hour, minute = (None if part is None else int(part) for part in (found[4], found[5]))
    return _full_year(year), int(month), int(day), hour, minute


def _full_year(year: str) -> int:
    """A year as a number; a spreadsheet that shortens dates writes two digits of it."""
    return int(year) if len(year) == 4 else 2000 + int(year)


def _serial(found: re.Match[str]) -> tuple[int, int, int, int | None, int | None]:
    """A spreadsheet's own way to write an instant: days since the end of 1899, to the nearest minute."""
    minutes = round(Decimal(found[0].replace(",", ".")) * 1440)
    when = _DAY_ZERO + timedelta(minutes=minutes)
    timed = found[2] is not None
    return when.year, when.month, when.day, when.hour if timed else None, when.minute if timed else None


def _bad_date(cell: str) -> BadCell:
    return BadCell(
        ProblemCode.BAD_DATE,
        f"« {shown(cell)} » n’est pas une date « JJ/MM/AAAA HH:mm »",
        f"“{shown(cell)}” is not a date “DD/MM/YYYY HH:mm”",
    )


def _instants(local: datetime) -> tuple[datetime, bool]:
    first = local.astimezone(UTC)
    second = local.replace(fold=1).astimezone(UTC)
    if second - first == timedelta(0):
        return first, False
    if second < first:
        raise BadCell(
            ProblemCode.NONEXISTENT_TIME,
            f"le {local:%d/%m/%Y} à {local:%H:%M} n’existe pas (passage à l’heure d’été)",
            f"{local:%d/%m/%Y} at {local:%H:%M} does not exist (change to summer time)",
        )
    return first, True


def shown(cell: str) -> str:
    """Return a cell short enough to be quoted in a message, on one line."""
    text = " ".join(cell.split())
    return text if len(text) <= 40 else f"{text[:39]}…"
