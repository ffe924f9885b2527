"""409: what the LMS holds is read back before anything is sent again. In both Moodles' ways of keeping time."""

from datetime import timedelta
from decimal import Decimal

import pytest

from demo.lms import Fault
from storage.desired_scores import ScoreState, resend
from tests.push.bench import PushBench
from workflows.lms_state import Arrival

ALICE = "101"
both_clocks = pytest.mark.parametrize("clock_mode", ["5.1", "4.5"])


def _type(bench: PushBench, value: str | None, ahead: float = 3600.0) -> None:
    """A teacher types a grade; its instant is ahead of us, as where our clock lags."""
    gradebook = bench.lms.gradebook
    typed = None if value is None else Decimal(value)
    instant = bench.clock() + timedelta(seconds=ahead)
    gradebook.type_by_hand(bench.lms.column_of("1").id, ALICE, typed, now=instant)


@both_clocks
def test_equal_to_what_is_desired_is_done(bench: PushBench) -> None:
    bench.enter(ALICE)
    _type(bench, "12")
    bench.want(ALICE, "12")
    bench.push()
    assert bench.row(ALICE).state is ScoreState.IN_STEP
    assert [each.status for each in bench.sent(ALICE)] == [409]


@both_clocks
def test_a_value_we_once_sent_is_replaced_with_a_later_time(bench: PushBench) -> None:
    bench.enter(ALICE)
    bench.want(ALICE, "10")
    bench.push()
    bench.clock.turn(-3600)  # our clock goes back an hour; in 4.5 the LMS compares with its own
    bench.want(ALICE, "14")
    bench.push()
    bench.push(after=2)
    assert (bench.row(ALICE).state, bench.held(ALICE)) == (ScoreState.IN_STEP, Decimal(14))
    assert bench.timestamps(ALICE) == sorted(set(bench.timestamps(ALICE)))


@both_clocks
def test_one_improvement_after_the_other_within_a_second(bench: PushBench) -> None:
    bench.enter(ALICE)
    for mark in ("10", "11", "12", "13"):
        bench.want(ALICE, mark)
        bench.push()
        bench.push(after=2.5)
        assert bench.held(ALICE) == int(mark)
    assert not list(bench.lms.violations)


@both_clocks
def test_typed_by_hand_is_shown_and_never_overwritten_unless_asked(bench: PushBench) -> None:
    bench.enter(ALICE)
    bench.want(ALICE, "10")
    bench.push()
    _type(bench, "17.5", ahead=1)
    bench.clock.turn(-10)
    bench.want(ALICE, "12")
    bench.push()
    row = bench.row(ALICE)
    assert (row.state, row.lms_mark) == (ScoreState.TYPED_BY_HAND, "17.50")
    standing = bench.standing(ALICE)
    assert standing.arrival is Arrival.TYPED_BY_HAND
    assert "17,50" in standing.text.fr
    assert "12,00" in standing.text.fr
    assert standing.can_resend

    tries = len(bench.sent(ALICE))
    for mark in ("13", None, "14"):
        bench.want(ALICE, mark)
        bench.push(after=7200)
    assert len(bench.sent(ALICE)) == tries
    assert bench.row(ALICE).state is ScoreState.TYPED_BY_HAND
    assert bench.held(ALICE) == Decimal("17.5")

    with bench.world.database.write() as connection:
        resend(connection, bench.clock(), person_ids=[bench.person_id(ALICE)])
    bench.push()
    assert bench.row(ALICE).state is ScoreState.IN_STEP
    assert bench.lms.gradebook.grade(bench.lms.column_of("1").id, ALICE).raw == 14


def test_an_empty_cell_was_typed_by_nobody(bench: PushBench) -> None:
    bench.enter(ALICE)
    bench.lms.faults.add(Fault(answer="409"))
    bench.want(ALICE, "12")
    bench.push()
    bench.push(after=1)
    assert bench.held(ALICE) == 12


def test_when_the_result_cannot_be_read_the_score_waits(bench: PushBench) -> None:
    bench.enter(ALICE)
    bench.lms.faults.add(Fault(answer="409"))
    bench.lms.faults.add(Fault(endpoint="results", answer="403", times=2))
    bench.want(ALICE, "12")
    bench.push()
    assert bench.row(ALICE).state is ScoreState.WAITING
    assert bench.platform().alarm_since is None
    bench.push(after=2)
    assert bench.held(ALICE) == 12


@both_clocks
def test_withdrawing_empties_the_cell(bench: PushBench) -> None:
    bench.enter(ALICE)
    bench.want(ALICE, "12")
    bench.push()
    bench.want(ALICE, None)
    bench.push(after=3)
    assert bench.held(ALICE) is None
    assert bench.row(ALICE).state is ScoreState.IN_STEP
    assert '"gradingProgress":"FullyGraded"' in bench.sent(ALICE)[-1].body
    assert "scoreGiven" not in bench.sent(ALICE)[-1].body
    assert bench.lms.gradebook.grade(bench.lms.column_of("1").id, ALICE).feedback is None


def test_what_was_never_sent_needs_no_withdrawing(bench: PushBench) -> None:
    bench.enter(ALICE)
    bench.want(ALICE, "12")
    bench.want(ALICE, None)
    bench.push()
    assert bench.sent() == []
    assert bench.row(ALICE).state is ScoreState.IN_STEP


def test_timestamps_rise_though_the_clock_goes_back(bench: PushBench) -> None:
    bench.enter(ALICE)
    for mark in ("10", "11", "12"):
        bench.want(ALICE, mark)
        bench.push(after=-3600)
    stamps = bench.timestamps(ALICE)
    assert len(stamps) == 3
    assert stamps == sorted(set(stamps))
    assert bench.held(ALICE) == 12
