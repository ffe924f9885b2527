"""When work of the night is due: each course has a minute of its own, so that no LMS is asked everything at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NIGHT_BEGINS = timedelta(hours=0)
NIGHT_LASTS = 240
"""Minutes, from midnight UTC: from one or two o'clock in France, until five or six."""

_STEP = 97
"""Neighbouring numbers lie far apart; prime to `NIGHT_LASTS`, it leaves no minute out."""


def is_due(number: int, last: datetime, now: datetime) -> bool:
    """Whether the nightly work about the course of this number is due: not done since its last minute.

    Before it was ever done, `last` is when the course was seen: it is due the night after. Where no worker ran at
    night, it is due as soon as one runs. A clock that went back makes it due, too.
    """
    return last < _last_minute(number, now) or last > now


def _last_minute(number: int, now: datetime) -> datetime:
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    minute = midnight + NIGHT_BEGINS + timedelta(minutes=number * _STEP % NIGHT_LASTS)
    return minute if minute <= now else minute - timedelta(days=1)
