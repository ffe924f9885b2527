"""One cell of a Pix Orga export at a time: protective quote, whole numbers, yes and no, local dates.

Each function returns a value, or raises `BadCell` with what is wrong; the caller adds the place.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pix.problem import ProblemCode

_WHOLE = re.compile(r"[0-9]{1,6}", re.ASCII)
_NEGATIVE = re.compile(r"'?[-−][0-9]+([.,][0-9]+)?", re.ASCII)
_DATE = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4}) ([0-9]{2}):([0-9]{2})", re.ASCII)
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


def read_yes_no(cell: str) -> bool:
    """Return whether the cell is ``Oui`` (else ``Non``), whatever the case."""
    answer = cell.strip().casefold()
    if answer not in {"oui", "non"}:
        raise BadCell(
            ProblemCode.NOT_YES_NO,
            f"« {shown(cell)} » au lieu de « Oui » ou « Non »",
            f"“{shown(cell)}” instead of “Oui” or “Non”",
        )
    return answer == "oui"


def read_whole(cell: str, *, ceiling: int) -> int:
    """Return a whole number from 0 to `ceiling` (levels, pix or competences, as the column says)."""
    text = cell.strip()
    if text.casefold() in {"", "na", "-"}:
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
    if not _WHOLE.fullmatch(text):
        raise BadCell(
            ProblemCode.NOT_A_NUMBER,
            f"« {shown(cell)} » n’est pas un nombre entier écrit en chiffres",
            f"“{shown(cell)}” is not a whole number in digits",
        )
    if int(text) > ceiling:
        raise BadCell(
            ProblemCode.ABOVE_CEILING,
            f"{text} dépasse le plafond de {ceiling}",
            f"{text} is above the ceiling of {ceiling}",
        )
    return int(text)


def read_instant(cell: str, zone: ZoneInfo) -> tuple[datetime, bool]:
    """Return the UTC instant of a local ``DD/MM/YYYY HH:mm``, and whether it is unsure.

    A minute counts at its start. The hour repeated in October is unsure: the earlier instant is taken, never
    the one against the student. An hour that does not exist (in March) is refused: Pix cannot have written it.
    """
    found = _DATE.fullmatch(cell.strip())
    if cell.strip().casefold() in {"", "na"}:
        raise BadCell(
            ProblemCode.NOT_AVAILABLE,
            f"« {shown(cell)} » dans une ligne envoyée, où une date est attendue",
            f"“{shown(cell)}” in a line that was sent, where a date is expected",
        )
    try:
        if not found or int(found[3]) < _FIRST_YEAR:
            raise ValueError
        day, month, year, hour, minute = (int(part) for part in found.groups())
        first = datetime(year, month, day, hour, minute, tzinfo=zone)
        return _instants(first)
    except (ValueError, OverflowError) as error:
        raise BadCell(
            ProblemCode.BAD_DATE,
            f"« {shown(cell)} » n’est pas une date « JJ/MM/AAAA HH:mm »",
            f"“{shown(cell)}” is not a date “DD/MM/YYYY HH:mm”",
        ) from error


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
