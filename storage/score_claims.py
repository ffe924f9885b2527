"""Claims: a worker takes scores to send under a lease, and writes down what came of it.

Whatever a claim's holder learns is written only while its lease token still stands, so that a worker that was
slow, or thought dead, never speaks for a newer claim.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from secrets import token_hex
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, insert, not_, or_, select, update

from storage.desired_scores import AT_ONCE, ScoreState
from storage.instants import Instant
from storage.platform_holds import TROUBLE
from storage.schema import activity, desired_score, person, platform, score_sent

LEASE = timedelta(seconds=10)
"""How long a score stays taken after a sign of life of who sends it: the worker renews its leases every few seconds,
so that a slow exchange keeps them and a dead worker loses them soon."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A score taken by one worker. `timestamp` (whole seconds since 1970, UTC) is later than any used before."""

    activity_id: int
    person_id: int
    platform_id: int
    sub: str
    resource_link_id: str
    line_item_url: str | None
    line_items_url: str | None
    scopes: tuple[str, ...]
    mark: Decimal | None
    comment: str | None
    version: int
    attempts: int
    failing_since: datetime | None
    column_sought: bool
    timestamp: int
    claimed_at: datetime
    token: str


def unleased(now: datetime) -> ColumnElement[bool]:
    """Nobody is sending the score: no lease, or one that ran out (or lies so far ahead that the clock went back)."""
    return _unleased(now, now + 2 * LEASE)


def _unleased(now: Any, too_far: Any) -> ColumnElement[bool]:
    until = desired_score.c.lease_until
    return or_(until.is_(None), until < now, until > too_far)


_NOW, _TOO_FAR = bindparam("now", type_=Instant), bindparam("too_far", type_=Instant)
_FREE = _unleased(_NOW, _TOO_FAR)
_OF_PLATFORM = desired_score.c.platform_id == bindparam("platform_id")
_DUE = and_(desired_score.c.state == ScoreState.WAITING, desired_score.c.next_attempt_at <= _NOW, _FREE)
_READY = and_(platform.c.enabled, or_(platform.c.hold_until.is_(None), platform.c.hold_until <= _NOW))
_HELD = and_(
    desired_score.c.activity_id == bindparam("of_activity"),
    desired_score.c.person_id == bindparam("of_person"),
    desired_score.c.lease_token == bindparam("token"),
)
_LET_GO = {"lease_until": None, "lease_token": None}

# Asked of each platform: a DISTINCT would walk everything that waits.
_DUE_PLATFORMS = select(platform.c.id).where(
    _READY,
    select(desired_score.c.person_id).where(desired_score.c.platform_id == platform.c.id, _DUE).exists(),
)


def due_platforms(connection: Connection, now: datetime) -> list[int]:
    """The platforms, neither disabled nor on hold, that have scores due now."""
    return list(connection.scalars(_DUE_PLATFORMS, _at(now)))


_FAILURES = select(platform.c.failures_in_a_row).where(platform.c.id == bindparam("platform_id"), _READY)
_CLAIM = (
    select(
        desired_score,
        person.c.sub,
        activity.c.resource_link_id,
        activity.c.line_item_url,
        activity.c.line_items_url,
        activity.c.scopes,
        select(score_sent.c.id)
        .where(
            score_sent.c.activity_id == desired_score.c.activity_id,
            score_sent.c.person_id == desired_score.c.person_id,
            score_sent.c.mark.is_not_distinct_from(desired_score.c.mark),
        )
        .exists()
        .label("tried_before"),
    )
    .join(person, person.c.id == desired_score.c.person_id)
    .join(activity, activity.c.id == desired_score.c.activity_id)
    .where(_OF_PLATFORM, _DUE)
    .order_by(desired_score.c.next_attempt_at, desired_score.c.desired_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=desired_score)
)
_TAKE = (
    update(desired_score)
    .where(
        desired_score.c.activity_id == bindparam("of_activity"),
        desired_score.c.person_id == bindparam("of_person"),
    )
    .values(
        lease_until=bindparam("until"), lease_token=bindparam("token"), last_timestamp=bindparam("timestamp")
    )
)


def claim_due(connection: Connection, platform_id: int, limit: int, now: datetime) -> list[Claim]:
    """Take up to `limit` due scores of a platform, those that have waited longest first.

    A platform in trouble (failures in a row) is given one at a time, until it answers.
    """
    at = {"platform_id": platform_id, **_at(now)}
    standing = connection.execute(_FAILURES, {"platform_id": platform_id, "now": now}).one_or_none()
    if standing is None:
        return []
    if standing.failures_in_a_row >= TROUBLE:
        if connection.scalar(_PROBED, at) is not None:
            return []
        limit = 1
    rows = connection.execute(_CLAIM, {"most": limit, **at}).all()
    claims = [_claim(row, now) for row in rows]
    if claims:
        connection.execute(_TAKE, [_key(each) | _lease(each, now) for each in claims])
    first_tried = [each for row, each in zip(rows, claims, strict=True) if not row.tried_before]
    if first_tried:
        connection.execute(insert(score_sent), [_tried(each) for each in first_tried])
    return claims


_PROBED = (
    select(desired_score.c.person_id)
    .where(
        _OF_PLATFORM,
        desired_score.c.state == ScoreState.WAITING,
        desired_score.c.lease_token.is_not(None),
        not_(_FREE),
    )
    .limit(1)
)
_RENEW = update(desired_score).where(_HELD).values(lease_until=bindparam("until"))
_RENEW_COLUMN = (
    update(activity)
    .where(activity.c.id == bindparam("of_activity"), activity.c.column_lease_token == bindparam("token"))
    .values(column_lease_until=bindparam("until"))
)


def renew(connection: Connection, claims: Iterable[Claim], now: datetime) -> None:
    """A sign of life: what is on its way stays taken, the right to look for a column with it."""
    for claim in claims:
        connection.execute(_RENEW, _key(claim) | {"token": claim.token, "until": now + LEASE})
        column = {"of_activity": claim.activity_id, "token": claim.token, "until": now + LEASE}
        connection.execute(_RENEW_COLUMN, column)


_STILL_HELD = select(desired_score.c.person_id).where(_HELD)


def is_held(connection: Connection, claim: Claim) -> bool:
    """Whether the lease still stands: what was taken ahead and lost meanwhile is somebody else's to send."""
    return connection.scalar(_STILL_HELD, _held(claim)) is not None


_GIVE_BACK = update(desired_score).where(_HELD).values(_LET_GO)


def give_back(connection: Connection, claim: Claim) -> None:
    """Let go of a score that was not sent."""
    connection.execute(_GIVE_BACK, _held(claim))


def _claim(row: Any, now: datetime) -> Claim:
    return Claim(
        activity_id=row.activity_id,
        person_id=row.person_id,
        platform_id=row.platform_id,
        sub=row.sub,
        resource_link_id=row.resource_link_id,
        line_item_url=row.line_item_url,
        line_items_url=row.line_items_url,
        scopes=tuple(row.scopes),
        mark=None if row.mark is None else Decimal(row.mark),
        comment=row.comment,
        version=row.version,
        attempts=row.attempts,
        failing_since=row.failing_since,
        column_sought=row.column_sought,
        timestamp=max(int(now.timestamp()), row.last_timestamp + 1),
        claimed_at=now,
        token=token_hex(8),
    )


def _lease(claim: Claim, now: datetime) -> dict[str, Any]:
    return {"until": now + LEASE, "token": claim.token, "timestamp": claim.timestamp}


def _tried(claim: Claim) -> dict[str, Any]:
    mark = None if claim.mark is None else str(claim.mark)
    return {
        "activity_id": claim.activity_id,
        "person_id": claim.person_id,
        "mark": mark,
        "at": claim.claimed_at,
    }


_AS_ACKNOWLEDGED: dict[str, Any] = {
    "acknowledged_version": bindparam("acknowledged"),
    "acknowledged_mark": bindparam("held_mark"),
    "acknowledged_at": bindparam("held_since"),
    "attempts": 0,
    "failing_since": None,
    "problem": None,
    "problem_detail": None,
    "lms_mark": None,
    "column_sought": False,
    **_LET_GO,
}
_ACKNOWLEDGE = (
    update(desired_score)
    .where(_HELD, desired_score.c.version == bindparam("acknowledged"))
    .values({**_AS_ACKNOWLEDGED, "state": ScoreState.IN_STEP})
)
_ACKNOWLEDGE_OLDER = (
    update(desired_score).where(_HELD).values({**_AS_ACKNOWLEDGED, "next_attempt_at": AT_ONCE})
)


def acknowledge(connection: Connection, claim: Claim, now: datetime) -> bool:
    """The LMS holds what the claim carried. A newer desire goes on waiting. False where the lease was lost."""
    mark = None if claim.mark is None else str(claim.mark)
    values = _held(claim) | {"acknowledged": claim.version, "held_mark": mark, "held_since": now}
    settled = connection.execute(_ACKNOWLEDGE, values).rowcount
    if settled == 0:
        settled = connection.execute(_ACKNOWLEDGE_OLDER, values).rowcount
    return settled == 1


def postpone(
    connection: Connection,
    claim: Claim,
    *,
    until: datetime,
    problem: str,
    detail: str,
    counts: bool = True,
    column_sought: bool | None = None,
    later_than: int = 0,
) -> bool:
    """Try again later, saying why. `later_than` is a timestamp the next one must pass. False where the lease was lost.

    `counts=False` leaves the number of attempts alone (the fault was the platform's, not this score's).
    """
    values: dict[str, Any] = {
        "next_attempt_at": until,
        "problem": problem,
        "problem_detail": detail[:500],
        "failing_since": claim.failing_since or claim.claimed_at,
        "attempts": claim.attempts + 1 if counts else claim.attempts,
        "lease_until": None,
        "lease_token": None,
    }
    if column_sought is not None:
        values["column_sought"] = column_sought
    learnt = {"last_timestamp": later_than} if later_than > claim.timestamp else {}
    # A score desired anew in the meantime is not made to wait for the old one's fault.
    fresh = connection.execute(
        update(desired_score)
        .where(_HELD, desired_score.c.version != claim.version)
        .values(lease_until=None, lease_token=None, **learnt),
        _held(claim),
    ).rowcount
    if fresh:
        return True
    return (
        connection.execute(
            update(desired_score).where(_HELD).values(**values, **learnt), _held(claim)
        ).rowcount
        == 1
    )


def settle(
    connection: Connection,
    claim: Claim,
    state: ScoreState,
    *,
    problem: str,
    detail: str,
    lms_mark: str | None = None,
) -> bool:
    """Stop trying: somebody must act (or the LMS's teacher has). A newer desire goes on waiting all the same,
    unless a grade was typed by hand. False where the lease was lost.
    """
    where = _HELD
    if state is not ScoreState.TYPED_BY_HAND:
        where = and_(where, desired_score.c.version == claim.version)
    settled = connection.execute(
        update(desired_score)
        .where(where)
        .values(
            state=state,
            problem=problem,
            problem_detail=detail[:500],
            lms_mark=lms_mark,
            failing_since=claim.failing_since or claim.claimed_at,
            lease_until=None,
            lease_token=None,
        ),
        _held(claim),
    ).rowcount
    if settled == 0:
        settled = connection.execute(_GIVE_BACK, _held(claim)).rowcount
    return settled == 1


def _at(now: datetime) -> dict[str, Any]:
    return {"now": now, "too_far": now + 2 * LEASE}


def _key(claim: Claim) -> dict[str, Any]:
    return {"of_activity": claim.activity_id, "of_person": claim.person_id}


def _held(claim: Claim) -> dict[str, Any]:
    return _key(claim) | {"token": claim.token}
