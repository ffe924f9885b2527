"""What an answer of the LMS means for a score: pure decisions, from a closed set, each with its reason."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from lti.errors import (
    ForbiddenAddress,
    LineItemGone,
    NotAuthorised,
    ScoreRefused,
    ServerTrouble,
    ServiceError,
    StaleTimestamp,
    TokenRefused,
    TooManyRequests,
)
from lti.scores import Result


class Step(StrEnum):
    """What to do next with a score the LMS has not taken."""

    RETRY = "retry"
    WAIT_FOR_PLATFORM = "wait_for_platform"
    READ_BACK = "read_back"
    SEEK_COLUMN = "seek_column"
    REFUSED = "refused"
    CLOSED_TO_US = "closed_to_us"
    PAUSE_PLATFORM = "pause_platform"


class Problem(StrEnum):
    """Why a score is not in step (closed set; the pages have a sentence for each)."""

    UNREACHABLE = "unreachable"
    SERVER_TROUBLE = "server_trouble"
    TOO_MANY_REQUESTS = "too_many_requests"
    LOCKED = "locked"
    NOT_GRADABLE = "not_gradable"
    COLUMN_GONE = "column_gone"
    NO_COLUMN = "no_column"
    NO_SCOPE = "no_scope"
    NOT_AUTHORISED = "not_authorised"
    TOKEN_REFUSED = "token_refused"
    FORBIDDEN_ADDRESS = "forbidden_address"
    TYPED_BY_HAND = "typed_by_hand"
    STALE = "stale"
    SEEKING_COLUMN = "seeking_column"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to do next, and why. `retry_after` is in seconds, where the platform named it."""

    step: Step
    problem: Problem
    detail: str
    retry_after: float | None = None


def decide(error: ServiceError) -> Decision:
    """Read a failed exchange, as the table of answers has it."""
    detail = str(error)
    match error:
        case TooManyRequests():
            return Decision(
                step=Step.WAIT_FOR_PLATFORM,
                problem=Problem.TOO_MANY_REQUESTS,
                detail=detail,
                retry_after=error.retry_after,
            )
        case ServerTrouble():
            return Decision(step=Step.RETRY, problem=Problem.SERVER_TROUBLE, detail=detail)
        case StaleTimestamp():
            return Decision(step=Step.READ_BACK, problem=Problem.STALE, detail=detail)
        case LineItemGone():
            return Decision(step=Step.SEEK_COLUMN, problem=Problem.COLUMN_GONE, detail=detail)
        case ScoreRefused():
            return Decision(step=Step.REFUSED, problem=Problem.NOT_GRADABLE, detail=detail)
        case NotAuthorised():
            return Decision(step=Step.CLOSED_TO_US, problem=Problem.NOT_AUTHORISED, detail=detail)
        case TokenRefused():
            return Decision(step=Step.PAUSE_PLATFORM, problem=Problem.TOKEN_REFUSED, detail=detail)
        case ForbiddenAddress():
            return Decision(step=Step.REFUSED, problem=Problem.FORBIDDEN_ADDRESS, detail=detail)
        case _:
            return Decision(step=Step.RETRY, problem=Problem.UNREACHABLE, detail=detail)


class ReadBack(StrEnum):
    """What the LMS's own value, read after a 409, means."""

    IN_STEP = "in_step"
    SEND_AGAIN = "send_again"
    TYPED_BY_HAND = "typed_by_hand"


TOLERANCE = Decimal("0.001")
"""Marks out of 20 this near are equal: an LMS keeps five decimals of its own scale."""


def out_of_twenty(result: Result | None) -> Decimal | None:
    """The LMS's value as a mark out of 20; None where it holds nothing."""
    if result is None or result.score is None:
        return None
    if result.maximum is None or result.maximum <= 0:
        return result.score
    return result.score * 20 / result.maximum


def read_back(
    desired: Decimal | None, held: Decimal | None, once_sent: Collection[Decimal | None]
) -> ReadBack:
    """Compare what the LMS holds with what it should, and with what we ever sent.

    An empty cell was not typed by anybody: it is ours to fill.
    """
    if _equal(held, desired):
        return ReadBack.IN_STEP
    if held is None or any(_equal(held, mark) for mark in once_sent):
        return ReadBack.SEND_AGAIN
    return ReadBack.TYPED_BY_HAND


def _equal(one: Decimal | None, other: Decimal | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How patiently scores are retried; seconds.

    `first` pause doubles at each attempt up to `longest`; `slow` ones are for a score that fails while others pass;
    `probe_longest` bounds the pause of a platform that is down: one score in a minute tells when it is back.
    """

    first: float = 1.0
    longest: float = 300.0
    slow_first: float = 20.0
    slow_longest: float = 3600.0
    probe_longest: float = 60.0
    alarm_first: float = 10.0
    alarm_longest: float = 300.0

    def pause(self, attempts: int, jitter: float) -> float:
        """The pause after this many failures; `jitter` in 0–1 spreads it by a quarter either way."""
        return _grown(self.first, self.longest, attempts, jitter)

    def slow_pause(self, attempts: int, jitter: float) -> float:
        """The pause of a score that fails while others pass."""
        return _grown(self.slow_first, self.slow_longest, attempts, jitter)

    def probe_pause(self, failures: int, jitter: float) -> float:
        """The pause of a platform that is down."""
        return _grown(self.first, self.probe_longest, failures, jitter)

    def alarm_pause(self, failures: int, jitter: float) -> float:
        """The pause of a platform that refuses us altogether."""
        return _grown(self.alarm_first, self.alarm_longest, failures, jitter)


def _grown(first: float, longest: float, times: int, jitter: float) -> float:
    return float(min(longest, first * 2 ** min(times, 30))) * (0.75 + jitter / 2)
