"""What Pix says of somebody at an instant, and how sure we are that it is true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from grading.competences import COMPETENCES, PIX_PER_LEVEL


class Evidence(StrEnum):
    """What a sending rests on, from the weakest to the strongest.

    `declared`: typed by the student. `confirmed`: Pix's API says that it was sent, when, and its total; levels are not
    known from it. `verified`: an export or a certificate of Pix carries it whole.
    """

    DECLARED = "declared"
    CONFIRMED = "confirmed"
    VERIFIED = "verified"

    @property
    def strength(self) -> int:
        """Rank among the kinds of evidence; a higher one is stronger."""
        return _STRENGTHS[self]

    @property
    def is_verified(self) -> bool:
        """Whether a mark that rests on it is more than provisional (rule 8)."""
        return self.strength >= Evidence.VERIFIED.strength


_NO_DATE = datetime.max.replace(tzinfo=UTC)
_STRENGTHS = {evidence: rank for rank, evidence in enumerate(Evidence)}


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Levels and pix per competence code, the total that Pix stated; of an assessment campaign, its `mastery`.

    An absent key was not carried by the source: it is *unknown*. 0 is a competence not started (rule 7). `mastery` is
    the share (0 to 1) of the campaign's items that were acquired. Raises `ValueError` on an unknown code, a negative
    number, or a share that is none.
    """

    levels: Mapping[str, int] = field(default_factory=dict)
    pix: Mapping[str, int] = field(default_factory=dict)
    total: int | None = None
    mastery: Decimal | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", dict(self.levels))
        object.__setattr__(self, "pix", dict(self.pix))
        for known in (self.levels, self.pix):
            if not known.keys() <= COMPETENCES.keys():
                raise ValueError(f"unknown competence {min(known.keys() - COMPETENCES.keys())!r}")
        if min(self.total or 0, *self.levels.values(), *self.pix.values(), 0) < 0:
            raise ValueError("levels, pix and total are never negative")
        if self.mastery is not None and not (self.mastery.is_finite() and 0 <= self.mastery <= 1):
            raise ValueError("a mastery is a share, from 0 to 1")

    def level_of(self, code: str) -> int | None:
        """Return the level of a competence, from its pix where only they are given; `None`: unknown."""
        if code in self.levels:
            return self.levels[code]
        return self.pix[code] // PIX_PER_LEVEL if code in self.pix else None

    @property
    def whole_pix(self) -> int | None:
        """The stated total, else the sum of the sixteen competences where all are known, else `None`."""
        if self.total is not None:
            return self.total
        return sum(self.pix.values()) if len(self.pix) == len(COMPETENCES) else None

    @property
    def least_pix(self) -> int:
        """What the levels and pix that are known are worth at least: a total below it contradicts them."""
        codes = {*self.levels, *self.pix}
        return sum(max(self.pix.get(c, 0), self.levels.get(c, 0) * PIX_PER_LEVEL) for c in codes)

    @property
    def sure_pix(self) -> int:
        """The stated total, else the sum of the pix that are known: the person has at least these."""
        return self.total if self.total is not None else sum(self.pix.values())


@dataclass(frozen=True, kw_only=True)
class Sending:
    """A profile that somebody sent, once.

    `at` is the instant of sending on Pix (for a declaration, of handing in), aware, kept in UTC; `None` is in time and
    comes after the dated ones. `component` is the key of the component that received it (rule 6); `None`
    stands for each. `id` is the caller's own name for it. Raises `ValueError` on a naive `at`.
    """

    profile: Profile
    at: datetime | None = None
    evidence: Evidence = Evidence.VERIFIED
    component: str | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        if self.at is None:
            return
        if self.at.utcoffset() is None:
            raise ValueError("the instant of a sending needs its time zone")
        object.__setattr__(self, "at", self.at.astimezone(UTC))

    @property
    def place(self) -> datetime:
        """The instant to order by: undated sendings come after the dated ones."""
        return self.at or _NO_DATE
