"""How often somebody may do what costs much: far more often than anybody needs to, and shared between processes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from storage.rate_limits import count_use
from workflows.world import World


@dataclass(frozen=True, kw_only=True)
class RateLimit:
    """So many uses at once, then one more each `period / limit`; `name` tells limits of the same person apart."""

    name: str
    limit: int
    period: timedelta


HAND_INS = RateLimit(name="hand_in", limit=60, period=timedelta(minutes=10))
UPLOADS = RateLimit(name="upload", limit=60, period=timedelta(minutes=10))
CERTIFICATES = RateLimit(name="certificate_form", limit=30, period=timedelta(minutes=30))
"""Codes and PDFs to be read; Pix itself is asked more seldom still (`pix_verification`)."""
COHORT_CHANGES = RateLimit(name="cohort_change", limit=60, period=timedelta(minutes=10))
"""What looks at everybody of a course at once: closing, opening, sending all marks again."""
REGISTRATIONS = RateLimit(name="registration", limit=30, period=timedelta(minutes=10))
"""Of one invitation: each look makes the tool call an address that somebody else gave."""


class TooOften(Exception):
    """A limit is used up; nothing has been done. `wait`: when the same may be asked again."""

    def __init__(self, limit: RateLimit, wait: timedelta) -> None:
        super().__init__(f"{limit.name}: again in {wait.total_seconds():.0f} s")
        self.limit = limit
        self.wait = wait


def spend(world: World, limit: RateLimit, who: int | str) -> None:
    """Count one use by a person, of an invitation, or whatever `who` names; in a transaction of its own.

    Raises:
        TooOften: the limit is used up.
    """
    with world.database.write() as connection:
        wait = count_use(
            connection, f"{limit.name}\n{who}", limit=limit.limit, period=limit.period, now=world.now()
        )
    if wait is not None:
        raise TooOften(limit, wait)
