"""Rate limits that all processes share: one row a key, changed by one statement, so exact whoever asks at once.

A limit is a bucket of so many uses, which fills again evenly over its period.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from sqlalchemy import Connection, Executable, bindparam, case, delete, or_, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.schema import rate_limit

_ERA = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def count_use(
    connection: Connection, key: str, *, limit: int, period: timedelta, now: datetime
) -> timedelta | None:
    """Count one use of a key; None when the limit allows it, else (nothing is counted) how long to wait.

    `limit` uses are allowed at once, then one more each `period / limit`. The key is kept as a digest only.
    """
    step, whole = period // _TICK // limit, period // _TICK
    values = {
        "name": sha256(key.encode("utf-8", "backslashreplace")).hexdigest(),
        "now": _ticks(now),
        "step": step,
        "period": whole,
    }
    used_until = connection.scalar(_statement(connection.dialect.name), values)
    if used_until is not None:
        return None
    held = connection.scalar(select(rate_limit.c.used_until).where(rate_limit.c.key == values["name"])) or 0
    return max((int(held) + step - whole - _ticks(now)) * _TICK, _TICK)


def forget_unused(connection: Connection, now: datetime) -> None:
    """Forget the keys whose limit is whole again."""
    connection.execute(delete(rate_limit).where(rate_limit.c.used_until <= _ticks(now)))


@lru_cache(maxsize=2)
def _statement(dialect: str) -> Executable:
    """The statement that counts, or changes nothing and gives nothing back; made once for each database."""
    make = postgres_insert if dialect == "postgresql" else sqlite_insert
    now, step, period = (
        bindparam(each, type_=rate_limit.c.used_until.type) for each in ("now", "step", "period")
    )
    held = rate_limit.c.used_until
    # Further ahead than any use could have put it: a clock was set back. It must not refuse for a year.
    astray = held > now + period + period
    insert = make(rate_limit).values(key=bindparam("name"), used_until=now + step)
    return insert.on_conflict_do_update(
        index_elements=[rate_limit.c.key],
        set_={"used_until": case((or_(held < now, astray), now), else_=held) + step},
        where=or_(held + step <= now + period, astray),
    ).returning(held)


def _ticks(instant: datetime) -> int:
    return (instant - _ERA) // _TICK
