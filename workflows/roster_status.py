"""How the roster of a course stands, in a few words for the cohort's page."""

from __future__ import annotations

from dataclasses import dataclass

from grading.text import Bilingual, moment
from storage.database import Connection
from storage.rosters import Reading, find_standing
from workflows.roster_troubles import sentence_of


@dataclass(frozen=True, kw_only=True)
class RosterStatus:
    """`is_offered`: a launch told where the roster is. `read`: when one was last applied. `needs_eyes`: a doubtful one
    waits for a teacher. `trouble`: why the last try failed.
    """

    is_offered: bool
    read: Bilingual | None = None
    listed: int = 0
    needs_eyes: bool = False
    trouble: Bilingual | None = None


def roster_status(connection: Connection, course_id: int, timezone: str) -> RosterStatus:
    """How it stands now."""
    is_offered, reading = find_standing(connection, course_id)
    return status_of(is_offered, reading, timezone)


def status_of(is_offered: bool, reading: Reading | None, timezone: str) -> RosterStatus:
    """The same, of what was read."""
    if reading is None:
        return RosterStatus(is_offered=is_offered)
    return RosterStatus(
        is_offered=is_offered,
        read=moment(reading.read_at, timezone) if reading.read_at else None,
        listed=reading.listed or 0,
        needs_eyes=reading.doubt is not None,
        trouble=sentence_of(reading.trouble) if reading.trouble else None,
    )
