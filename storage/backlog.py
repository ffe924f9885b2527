"""What is due to be sent and not taken yet: how much, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, or_, select

from storage.desired_scores import ScoreState
from storage.schema import desired_score, platform


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """`due` scores could be sent now; `since` (UTC) the oldest of them could. Platforms on hold have none."""

    due: int
    since: datetime | None


def backlog(connection: Connection, now: datetime) -> Backlog:
    """The scores a worker with free slots would take now."""
    score = desired_score.c
    # A score desired afresh is due "long ago": what counts is since when it has been desired.
    since = case((score.next_attempt_at > score.desired_at, score.next_attempt_at), else_=score.desired_at)
    query = (
        select(func.count().label("due"), func.min(since).label("since"))
        .join(platform, platform.c.id == score.platform_id)
        .where(
            score.state == ScoreState.WAITING,
            score.next_attempt_at <= now,
            or_(score.lease_until.is_(None), score.lease_until <= now),
            platform.c.enabled,
            or_(platform.c.hold_until.is_(None), platform.c.hold_until <= now),
        )
    )
    row = connection.execute(query).one()
    return Backlog(due=row.due, since=row.since)
