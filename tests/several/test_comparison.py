"""What one cell of a gradebook means to a database that was put back: each case a line."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from lti.scores import Result
from storage.desired_scores import AT_ONCE, ScoreRow, ScoreState
from workflows.compare_scores import Finding, judge

SENT_AT = 1_700_000_000


def row(mark: str | None, state: str, acknowledged: str | None) -> ScoreRow:
    """What the database believes; its last sending was at SENT_AT."""
    return ScoreRow(
        activity_id=1,
        person_id=1,
        platform_id=1,
        mark=None if mark is None else Decimal(mark),
        comment=None,
        version=2,
        desired_at=AT_ONCE,
        acknowledged_version=2,
        acknowledged_mark=None if acknowledged is None else Decimal(acknowledged),
        acknowledged_at=None,
        state=ScoreState(state),
        attempts=0,
        next_attempt_at=AT_ONCE,
        failing_since=None,
        problem=None,
        problem_detail=None,
        lms_mark=None,
        column_sought=False,
        last_timestamp=SENT_AT,
    )


def shown(mark: str, after: int = 0) -> Result:
    """What the LMS holds, out of 20, stored so many seconds after our last sending."""
    at = datetime.fromtimestamp(SENT_AT + after, UTC)
    return Result(score=Decimal(mark), maximum=Decimal(20), timestamp=at, comment=None)


IN_STEP = row("10.00", "in_step", "10.00")
WAITING = row("12.00", "waiting", "10.00")
CASES = {
    "nothing here, nothing there": (None, None, Finding.AGREES),
    "the same": (IN_STEP, shown("10"), Finding.AGREES),
    "a mark of somebody unknown here": (None, shown("15"), Finding.NOT_OURS),
    "never sent by us": (IN_STEP, shown("15"), Finding.NOT_OURS),
    "an old mark of ours, sent again after the backup": (IN_STEP, shown("8", after=60), Finding.NOT_OURS),
    "an old mark of ours: the LMS itself was put back": (IN_STEP, shown("8", after=-60), Finding.SENT_AGAIN),
    "the LMS has lost it": (IN_STEP, None, Finding.SENT_AGAIN),
    "withdrawn, and so it is": (row(None, "in_step", None), None, Finding.AGREES),
    "on its way": (WAITING, shown("10"), Finding.WAITS),
    "on its way, and arrived though nobody said so": (WAITING, shown("12"), Finding.WAITS),
    "on its way, but something newer came": (WAITING, shown("15", after=60), Finding.NOT_OURS),
    "on its way to an empty cell": (WAITING, None, Finding.WAITS),
    "refused, nothing there": (row("10.00", "refused", None), None, Finding.WAITS),
    "typed by hand already": (row("10.00", "typed_by_hand", "10.00"), shown("15"), Finding.AGREES),
}


@pytest.mark.parametrize("case", CASES)
def test_one_cell(case: str) -> None:
    known, result, finding = CASES[case]
    assert judge(known, result, {Decimal(8), Decimal(10)}) is finding
