"""Signs of life of the worker processes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, select, update

from storage.schema import heartbeat
from storage.upsert import insert_if_new

_SEEN = update(heartbeat).where(heartbeat.c.process == bindparam("who")).values(seen_at=bindparam("at"))


@dataclass(frozen=True, kw_only=True)
class SignsOfLife:
    """How many processes were seen since some instant, and the last sign of any (UTC)."""

    recent: int
    last: datetime | None


def beat(connection: Connection, process: str, now: datetime) -> None:
    """This process lives now."""
    if connection.execute(_SEEN, {"who": process, "at": now}).rowcount == 0:
        insert_if_new(connection, heartbeat, {"process": process, "started_at": now, "seen_at": now})


def end_beating(connection: Connection, process: str) -> None:
    """This process ends in good order."""
    connection.execute(delete(heartbeat).where(heartbeat.c.process == process))


def signs_of_life(connection: Connection, *, since: datetime) -> SignsOfLife:
    """Who lives."""
    recent = func.count().filter(heartbeat.c.seen_at >= since)
    row = connection.execute(
        select(recent.label("recent"), func.max(heartbeat.c.seen_at).label("last"))
    ).one()
    return SignsOfLife(recent=row.recent, last=row.last)


def forget_silent(connection: Connection, *, before: datetime) -> None:
    """Forget the processes that said nothing since."""
    connection.execute(delete(heartbeat).where(heartbeat.c.seen_at < before))
