"""Opening and deadline as a form gives them: local time of the unit, read into instants, or every problem told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from grading.own_dates import OwnDates, instants_of
from grading.rules import Component
from grading.text import Bilingual, moment

_TYPED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_LAST_SECOND = timedelta(seconds=59)


@dataclass(frozen=True, kw_only=True)
class TypedDates:
    """What was typed; `back` asks for the dates of the unit's file again. An instant may name its own zone."""

    opens: str = ""
    closes: str = ""
    back: bool = False

    @classmethod
    def of(cls, component: Component, timezone: str) -> TypedDates:
        """A component's dates as a form shows them, to the minute."""
        opens = _shown(component.opens_at, timezone) if component.opens_at else ""
        return cls(opens=opens, closes=_shown(component.closes_at, timezone))

    @classmethod
    def exactly(cls, dates: OwnDates | None) -> TypedDates:
        """Dates as a form carries them on unseen, to the instant; None: those of the file."""
        if dates is None:
            return cls(back=True)
        opens = dates.opens_at.astimezone(UTC).isoformat() if dates.opens_at else ""
        return cls(opens=opens, closes=dates.closes_at.astimezone(UTC).isoformat())


class DatesRefused(Exception):
    """The typed dates cannot be; `problems` says why, by field (`opens`, `closes`)."""

    def __init__(self, problems: Mapping[str, Bilingual]) -> None:
        super().__init__("; ".join(f"{field}: {problem.en}" for field, problem in problems.items()))
        self.problems = dict(problems)


def read_dates(typed: TypedDates, component: Component, timezone: str) -> OwnDates:
    """Read what was typed for a component that now has these dates.

    A deadline typed to the minute includes that whole minute, as pages show it; the minute shown now is the instant
    it stands for. An hour that the clocks show twice is read in the student's favour.

    Raises:
        DatesRefused: with every problem.
    """
    problems: dict[str, Bilingual] = {}
    opens: datetime | None = None
    closes: datetime | None = None
    if typed.opens.strip():
        opens = _read(typed.opens, component.opens_at, timezone, "opens", problems)
    if typed.closes.strip():
        closes = _read(typed.closes, component.closes_at, timezone, "closes", problems)
    else:
        problems["closes"] = Bilingual("Donnez la date limite.", "Give the deadline.")
    if opens is not None and closes is not None and closes <= opens:
        problems["closes"] = Bilingual(
            f"La date limite doit venir après l’ouverture ({moment(opens, timezone).fr}).",
            f"The deadline must come after the opening ({moment(opens, timezone).en}).",
        )
    if problems or closes is None:
        raise DatesRefused(problems)
    return OwnDates(opens_at=opens, closes_at=closes)


def _read(
    text: str, now: datetime | None, timezone: str, field: str, problems: dict[str, Bilingual]
) -> datetime | None:
    text = text.strip()
    try:
        told = datetime.fromisoformat(text) if _TYPED.fullmatch(text) else None
    except ValueError:
        told = None
    if told is None or not 2000 <= told.year <= 2200:
        problems[field] = Bilingual(
            "Ce n’est pas une date et une heure (AAAA-MM-JJTHH:MM).",
            "This is not a date and time (YYYY-MM-DDTHH:MM).",
        )
        return None
    if told.tzinfo is not None:
        return told.astimezone(UTC)
    if now is not None and _shown(now, timezone) == text:
        return now
    found = instants_of(told, timezone)
    if not found:
        problems[field] = Bilingual(
            "Cette heure n’existe pas : l’horloge la saute au passage à l’heure d’été.",
            "This time does not exist: clocks jump over it when summer time begins.",
        )
        return None
    if field == "opens":
        return found[0]
    return found[-1] + (_LAST_SECOND if len(text) == len("2026-10-30T23:59") else timedelta())


def _shown(instant: datetime, timezone: str) -> str:
    return f"{instant.astimezone(ZoneInfo(timezone)):%Y-%m-%dT%H:%M}"
