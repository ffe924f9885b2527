"""A sentence in French and in English, and how numbers and instants are written in each.

Nothing here knows what the sentences say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Bilingual:
    """One sentence in the two languages of the tool."""

    fr: str
    en: str

    def in_(self, language: str) -> str:
        """Return the English text for `"en"` (or `"en-…"`), the French text for anything else."""
        return self.en if language.lower().split("-")[0] == "en" else self.fr


_UNDATED = Bilingual("sans date", "undated")


def same(text: str) -> Bilingual:
    """Return a text that reads alike in both languages (a code, a name)."""
    return Bilingual(text, text)


def joined(parts: Sequence[Bilingual], separator: str) -> Bilingual:
    """Return the parts one after the other, with the same separator in both languages."""
    return Bilingual(separator.join(p.fr for p in parts), separator.join(p.en for p in parts))


def number(value: Decimal, places: int = 2) -> Bilingual:
    """Write a number with that many decimals, half up: a comma in French, a point in English."""
    rounded = str(value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))
    return Bilingual(rounded.replace(".", ","), rounded)


def percentage(share: Decimal) -> Bilingual:
    """Write a share of 1 as a percentage of at most two decimals (0.25 → "25 %")."""
    written = str((share * 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))
    short = written.rstrip("0").rstrip(".")
    return Bilingual(f"{short.replace('.', ',')} %", f"{short}%")


@lru_cache(maxsize=4096)  # every mark there is, with two decimals
def out_of_twenty(mark: Decimal) -> Bilingual:
    """Write a mark with two decimals, out of 20."""
    written = number(mark)
    return Bilingual(f"{written.fr}/20", f"{written.en}/20")


def day(value: date | None) -> Bilingual:
    """Write a date: 30/10/2026 in French, 2026-10-30 in English; an unknown one is said to be so."""
    return _UNDATED if value is None else Bilingual(value.strftime("%d/%m/%Y"), value.isoformat())


def moment(instant: datetime | None, timezone: str) -> Bilingual:
    """Write an instant in the local time of a zone; an unknown instant is said to be undated."""
    if instant is None:
        return _UNDATED
    local = instant.astimezone(UTC).astimezone(ZoneInfo(timezone))
    hour = f"{local.hour:02}:{local.minute:02}"
    return Bilingual(
        f"{local.day:02}/{local.month:02}/{local.year} à {hour}", f"{local.date().isoformat()} {hour}"
    )
