"""When it is not one score but its platform: count failures, wait, pause with one alarm, and begin again."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import structlog

from storage.database import Connection
from storage.desired_scores import ScoreState
from storage.platform_holds import TROUBLE, count_failure, hold_platform, lock_platform, platform_answers
from storage.platforms import find_platform
from storage.score_claims import Claim, postpone, settle
from storage.score_columns import columns_closed_to_us, reopen_columns, settle_column, wake_waiting
from workflows.push_decision import Decision, Pace, Problem

log = structlog.stdlib.get_logger(__name__)

_OF_THE_PLATFORM = [
    Problem.UNREACHABLE,
    Problem.SERVER_TROUBLE,
    Problem.TOO_MANY_REQUESTS,
    Problem.TOKEN_REFUSED,
    Problem.NOT_AUTHORISED,
]


def platform_is_well(connection: Connection, platform_id: int, now: datetime) -> None:
    """The platform answered: what waited because of its trouble is due now."""
    if platform_answers(connection, platform_id, now, keep_hold_for=Problem.TOO_MANY_REQUESTS):
        woken = wake_waiting(connection, platform_id, list(_OF_THE_PLATFORM), now)
        log.info("platform answers again", platform=platform_id, scores_due=woken)


def count_trouble(
    connection: Connection, claim: Claim, decision: Decision, pace: Pace, jitter: float, now: datetime
) -> None:
    """Count different scores that fail in a row: one score that always fails is not a platform that is down."""
    platform = find_platform(connection, claim.platform_id)
    if platform is None or (claim.attempts > 0 and platform.failures_in_a_row < TROUBLE):
        return
    failures = count_failure(connection, claim.platform_id, now)
    if failures >= TROUBLE:
        until = now + timedelta(seconds=pace.probe_pause(failures - TROUBLE, jitter))
        hold_platform(
            connection, claim.platform_id, until=until, reason=decision.problem, now=now, alarm=False
        )


def wait_for(connection: Connection, claim: Claim, decision: Decision, pause: float, now: datetime) -> None:
    """The platform asks us to wait: nothing goes there before."""
    until = now + timedelta(seconds=max(pause, decision.retry_after or 0))
    hold_platform(connection, claim.platform_id, until=until, reason=decision.problem, now=now, alarm=False)
    postpone(connection, claim, until=until, problem=decision.problem, detail=decision.detail)


def closed_to_us(
    connection: Connection, claim: Claim, decision: Decision, pace: Pace, jitter: float, now: datetime
) -> None:
    """401 or 403 after a new token: one column is settled; several mean that the platform refuses us."""
    lock_platform(connection, claim.platform_id)
    if columns_closed_to_us(connection, claim, Problem.NOT_AUTHORISED):
        pause_platform(connection, claim, decision, pace, jitter, now)
        reopen_columns(connection, claim.platform_id, Problem.NOT_AUTHORISED)
        return
    problem, detail = decision.problem, decision.detail
    settle(connection, claim, ScoreState.REFUSED, problem=problem, detail=detail)
    settle_column(connection, claim, ScoreState.REFUSED, problem=problem, detail=detail, now=now)


def pause_platform(
    connection: Connection, claim: Claim, decision: Decision, pace: Pace, jitter: float, now: datetime
) -> None:
    """Send this platform nothing for a while, and raise one alarm, however many scores learn of it."""
    failures = count_failure(connection, claim.platform_id, now, at_least=TROUBLE)
    until = now + timedelta(seconds=pace.alarm_pause(failures - TROUBLE, jitter))
    is_new = hold_platform(
        connection, claim.platform_id, until=until, reason=decision.problem, now=now, alarm=True
    )
    log.log(
        logging.ERROR if is_new else logging.WARNING,
        "platform paused",
        platform=claim.platform_id,
        reason=decision.problem,
        until=until.isoformat(timespec="seconds"),
    )
    postpone(connection, claim, until=until, problem=decision.problem, detail=decision.detail, counts=False)
