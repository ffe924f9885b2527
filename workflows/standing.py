"""How everything stands at one instant: scores by platform, what is due, the queue, the workers' signs of life."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.backlog import backlog
from storage.database import DatabaseTrouble
from storage.desired_scores import ScoreState, status_by_platform
from storage.heartbeats import signs_of_life
from storage.jobs import JobState, count_jobs
from storage.pix_campaigns import PixCampaign, used_campaigns
from storage.platforms import Platform, all_platforms
from workflows.world import World

SILENT_AFTER = timedelta(minutes=1)
"""A worker gives a sign of life every ten seconds; silent for longer than this, it is not there."""


@dataclass(frozen=True, kw_only=True)
class PlatformStanding:
    """The scores of one platform, by state; since when the oldest waiting one has been desired (UTC)."""

    platform: Platform
    counts: dict[ScoreState, int]
    oldest_waiting: datetime | None

    def is_paused(self, now: datetime) -> bool:
        """Whether nothing is sent there for now."""
        return self.platform.hold_until is not None and self.platform.hold_until > now


@dataclass(frozen=True, kw_only=True)
class PixStanding:
    """The campaigns that Pix's API is asked for, by what became of their last reading; the oldest last reading."""

    campaigns: Mapping[str, int]
    oldest: datetime | None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One look. Instants in UTC; `waiting_tasks` is None where the queue does not answer.

    `due` scores could be sent now, the oldest since `due_since`; `workers` gave a sign of life within a minute.
    """

    platforms: tuple[PlatformStanding, ...]
    due: int
    due_since: datetime | None
    waiting_tasks: int | None
    workers: int
    last_sign: datetime | None
    jobs: dict[JobState, int]
    pix: PixStanding | None = None


def find_standing(world: World, waiting_tasks: Callable[[], int | None]) -> Standing | None:
    """How everything stands; None where the database does not answer."""
    now = world.now()
    try:
        with world.database.read() as connection:
            found, platforms = status_by_platform(connection), all_platforms(connection)
            waits = backlog(connection, now)
            signs = signs_of_life(connection, since=now - SILENT_AFTER)
            jobs = count_jobs(connection)
            used = used_campaigns(connection) if world.pix_api else None
    except DatabaseTrouble:
        return None
    standings = []
    for each in platforms:
        status = found.get(each.id)
        counts = {state: (status.counts if status else {}).get(state, 0) for state in ScoreState}
        oldest = status.oldest_waiting if status else None
        standings.append(PlatformStanding(platform=each, counts=counts, oldest_waiting=oldest))
    return Standing(
        platforms=tuple(standings),
        due=waits.due,
        due_since=waits.since,
        waiting_tasks=waiting_tasks(),
        workers=signs.recent,
        last_sign=signs.last,
        jobs=jobs,
        pix=None if used is None else _pix(used),
    )


def _pix(used: Sequence[PixCampaign]) -> PixStanding:
    counted = Counter(each.trouble or ("ok" if each.read_at else "never") for each in used)
    readings = [each.read_at for each in used if each.read_at is not None]
    return PixStanding(campaigns=counted, oldest=min(readings, default=None))
