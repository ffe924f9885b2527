"""The highest level Pix lets anybody reach, which rises over the years. Values live in `config/pix.toml`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class Ceiling:
    """What could be reached on Pix from `since` (inclusive) until the next ceiling.

    `level` is the highest level of a competence, `profile_pix` the highest total of a profile,
    `certification_score` the highest score of a certification.
    """

    since: date
    level: int
    profile_pix: int
    certification_score: int


def ceiling_on(ceilings: Sequence[Ceiling], day: date) -> Ceiling:
    """Return the ceiling in force on a day; before the first one, the first.

    Raises `ValueError` when there is no ceiling at all.
    """
    in_order = sorted(ceilings, key=lambda ceiling: ceiling.since)
    if not in_order:
        raise ValueError("no ceiling of Pix is known")
    reached = [ceiling for ceiling in in_order if ceiling.since <= day]
    return reached[-1] if reached else in_order[0]
