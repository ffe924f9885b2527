"""What a column read back says of our scores: each case a line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from lti.scores import Result
from storage.desired_scores import ScoreRow
from tests.several.test_comparison import row
from workflows.judge_column import Seen, Shows, judge_column

BEGAN = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
OTHER = 99


def shows(score: str | None, maximum: str = "20") -> Result:
    """What the gradebook shows in the column's own points."""
    held = None if score is None else Decimal(score)
    return Result(score=held, maximum=Decimal(maximum), timestamp=None, comment=None)


def judged(ours: ScoreRow, theirs: Result | None) -> Seen | None:
    """One cell, in a column that shows somebody else's mark as it was sent."""
    maximum = Decimal(20) if theirs is None or theirs.maximum is None else theirs.maximum
    neighbour = replace(row("13.33", "in_step", "13.33"), person_id=OTHER)
    sound = Result(score=Decimal("13.33") * maximum / 20, maximum=maximum, timestamp=None, comment=None)
    results = {OTHER: sound} | ({} if theirs is None else {1: theirs})
    judgement = judge_column({1: ours, OTHER: neighbour}, results, began=BEGAN)
    assert judgement.shows is None
    return next((each.seen for each in judgement.cells), None)


IN_STEP = row("12.00", "in_step", "12.00")
TYPED = replace(row("12.00", "typed_by_hand", "12.00"), lms_mark="14.00")
KEPT = replace(row("12.00", "kept_theirs", "12.00"), lms_mark="14.00")
CASES: dict[str, tuple[ScoreRow, Result | None, Seen | None]] = {
    "as it was sent": (IN_STEP, shows("12"), None),
    "in a column of ten": (IN_STEP, shows("6", "10"), None),
    "rounded to hundredths of its own points": (row("13.33", "in_step", None), shows("6.67", "10"), None),
    "a tenth off": (IN_STEP, shows("12.1"), Seen.CHANGED),
    "typed": (IN_STEP, shows("14"), Seen.CHANGED),
    "emptied": (IN_STEP, None, Seen.CHANGED),
    "emptied, and still listed": (IN_STEP, shows(None), Seen.CHANGED),
    "known to be typed": (TYPED, shows("14"), None),
    "typed anew": (TYPED, shows("15"), Seen.CHANGED),
    "typed, and emptied since": (TYPED, None, Seen.CHANGED),
    "typed as ours in the end": (TYPED, shows("12"), Seen.AGREES_AFTER_ALL),
    "kept, and the same still": (KEPT, shows("14"), None),
    "kept, and another now": (KEPT, shows("15"), Seen.CHANGED),
    "shown after all": (row("12.00", "not_shown", "12.00"), shows("12"), Seen.AGREES_AFTER_ALL),
    "withdrawn": (row(None, "in_step", None), None, None),
    "typed where ours was withdrawn": (row(None, "in_step", None), shows("9"), Seen.CHANGED),
    "never sent": (replace(row(None, "in_step", None), last_timestamp=0), shows("9"), None),
    "on its way": (row("12.00", "waiting", "10.00"), shows("9"), None),
    "refused": (row("12.00", "refused", None), shows("9"), None),
    "of somebody who left": (row("12.00", "left_course", "12.00"), shows("9"), None),
    "acknowledged since": (replace(IN_STEP, acknowledged_at=BEGAN + timedelta(seconds=1)), shows("9"), None),
}


@pytest.mark.parametrize("case", CASES)
def test_one_cell(case: str) -> None:
    ours, theirs, seen = CASES[case]
    assert judged(ours, theirs) is seen


def test_a_column_that_shows_nothing_at_all() -> None:
    judgement = judge_column({1: IN_STEP}, {1: shows(None)}, began=BEGAN)
    assert judgement.shows is Shows.NOTHING
    assert [each.seen for each in judgement.cells] == [Seen.NOT_SHOWN]
    known = row("12.00", "not_shown", "12.00")
    assert judge_column({1: known}, {}, began=BEGAN).cells == ()


@pytest.mark.parametrize(("level", "agrees"), [("3", True), ("2", False), ("4", False)])
def test_a_scale_agrees_with_its_level_only(level: str, agrees: bool) -> None:
    neighbour = replace(row("9.00", "in_step", "9.00"), person_id=OTHER)
    rows = {1: row("13.33", "in_step", "13.33"), OTHER: neighbour}
    judgement = judge_column(rows, {1: shows(level, "4"), OTHER: shows("2", "4")}, began=BEGAN)
    assert judgement.shows is Shows.SCALE
    assert (judgement.cells == ()) is agrees


def test_one_mark_with_decimals_and_it_is_no_scale() -> None:
    neighbour = replace(row("9.00", "in_step", "9.00"), person_id=OTHER)
    rows = {1: row("13.33", "in_step", "13.33"), OTHER: neighbour}
    judgement = judge_column(rows, {1: shows("7", "10"), OTHER: shows("4.5", "10")}, began=BEGAN)
    assert judgement.shows is None
    assert [each.person_id for each in judgement.cells] == [1]
