"""Whether scores may go to a platform now: failures in a row, holds, and the alarm that somebody must act upon."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from storage.schema import platform

TROUBLE = 5
"""Failures in a row (of different scores) after which a platform is probed, not flooded."""


def hold_platform(
    connection: Connection, platform_id: int, *, until: datetime, reason: str, now: datetime, alarm: bool
) -> bool:
    """Send this platform nothing before `until`; a longer hold in force stays. True where an alarm is newly raised.

    An alarm already raised keeps its first instant, and a hold raised with it keeps its reason.
    """
    this = platform.c.id == platform_id
    current = connection.execute(
        select(platform.c.hold_until, platform.c.hold_reason, platform.c.alarm_since)
        .where(this)
        .with_for_update()
    ).one()
    in_force = current.hold_until is not None and current.hold_until > now
    keeps_reason = in_force and (current.hold_until >= until or current.alarm_since is not None) and not alarm
    connection.execute(
        update(platform)
        .where(this)
        .values(
            hold_until=max(until, current.hold_until) if in_force else until,
            hold_reason=current.hold_reason if keeps_reason else reason,
            alarm_since=current.alarm_since or (now if alarm else None),
        )
    )
    return alarm and current.alarm_since is None


def lock_platform(connection: Connection, platform_id: int) -> None:
    """Make others who judge this platform wait (PostgreSQL): of several columns refused at once, one is the second."""
    connection.execute(select(platform.c.id).where(platform.c.id == platform_id).with_for_update()).all()


def count_failure(connection: Connection, platform_id: int, now: datetime, *, at_least: int = 0) -> int:
    """Count one more failure in a row of this platform (no fewer than `at_least`); return how many there are.

    What was on its way when a hold began tells nothing new: during a hold, the count stays.
    """
    this = platform.c.id == platform_id
    before = connection.execute(
        select(platform.c.failures_in_a_row, platform.c.hold_until).where(this).with_for_update()
    ).one()
    held = before.hold_until is not None and before.hold_until > now
    failures = max(int(before.failures_in_a_row) + (0 if held else 1), at_least)
    connection.execute(update(platform).where(this).values(failures_in_a_row=failures))
    return failures


_IN_TROUBLE = (
    select(platform.c.hold_until, platform.c.hold_reason, platform.c.failures_in_a_row)
    .where(
        platform.c.id == bindparam("platform_id"),
        (platform.c.failures_in_a_row > 0)
        | platform.c.hold_until.is_not(None)
        | platform.c.alarm_since.is_not(None),
    )
    .with_for_update()
)


def platform_answers(connection: Connection, platform_id: int, now: datetime, *, keep_hold_for: str) -> bool:
    """The platform answered as it should: no failure in a row, no alarm, no hold. True where it had been in trouble.

    A hold with the reason `keep_hold_for` (the platform itself asked us to wait) lasts until its end, whatever
    answers come from what was already on its way.
    """
    before = connection.execute(_IN_TROUBLE, {"platform_id": platform_id}).one_or_none()
    if before is None:
        return False
    values: dict[str, object] = {"alarm_since": None, "failures_in_a_row": 0}
    asked_to_wait = (
        before.hold_until is not None and before.hold_until > now and before.hold_reason == keep_hold_for
    )
    if not asked_to_wait:
        values |= {"hold_until": None, "hold_reason": None}
    connection.execute(update(platform).where(platform.c.id == platform_id).values(**values))
    return not asked_to_wait and (before.hold_until is not None or before.failures_in_a_row >= TROUBLE)


def release_platform(connection: Connection, platform_id: int) -> None:
    """Lift the hold: the operator wants it tried now. The failures stay counted, so it is probed first."""
    connection.execute(
        update(platform).where(platform.c.id == platform_id).values(hold_until=None, hold_reason=None)
    )
