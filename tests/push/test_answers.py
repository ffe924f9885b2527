"""The table of answers: what the LMS says to a score, and what becomes of it."""

import logging
from decimal import Decimal

import pytest

from demo.lms import Fault
from demo.lms.faults import Answer
from storage.desired_scores import ScoreState
from tests.push.bench import PushBench
from workflows.lms_state import Arrival
from workflows.scores import push_now, refused_states

ALICE, BRUNO, CHLOE = "101", "102", "103"


def test_a_score_that_is_taken_is_acknowledged(bench: PushBench) -> None:
    bench.enter(ALICE)
    bench.want(ALICE, "13.33")
    bench.push()
    row = bench.row(ALICE)
    assert (row.state, row.acknowledged_mark, bench.held(ALICE)) == (
        ScoreState.IN_STEP,
        Decimal("13.33"),
        Decimal("13.33000"),
    )
    assert bench.standing(ALICE).arrival is Arrival.ARRIVED
    assert len(bench.sent()) == 1
    assert not list(bench.lms.violations)


def test_201_with_a_body_is_an_acknowledgement_too(bench: PushBench) -> None:
    bench.enter(ALICE)
    bench.lms.faults.add(Fault(answer="created_201", taken=True))
    bench.want(ALICE, "12")
    bench.push()
    assert bench.row(ALICE).state is ScoreState.IN_STEP
    assert len(bench.sent()) == 1


@pytest.mark.parametrize("answer", ["400", "list_200"])
def test_a_refusal_settles_until_somebody_asks_again(bench: PushBench, answer: Answer) -> None:
    bench.enter(ALICE, BRUNO)
    bench.lms.faults.add(Fault(answer=answer, person_id=ALICE))
    bench.want(ALICE, "12")
    bench.want(BRUNO, "14")
    bench.push()
    bench.push(after=7200)
    assert len(bench.sent(ALICE)) == 1
    assert bench.row(ALICE).state is ScoreState.REFUSED
    assert "n’accepte pas" in bench.standing(ALICE).text.fr
    assert bench.standing(ALICE).can_resend
    assert bench.held(BRUNO) == 14

    push_now(bench.world, again=refused_states())
    bench.push()
    assert (bench.row(ALICE).state, bench.held(ALICE)) == (ScoreState.IN_STEP, Decimal(12))


def test_a_refused_score_is_tried_again_when_the_mark_changes(bench: PushBench) -> None:
    bench.enter(ALICE)
    bench.lms.faults.add(Fault(answer="400"))
    bench.want(ALICE, "12")
    bench.push()
    bench.want(ALICE, "15")
    bench.push()
    assert bench.held(ALICE) == 15


@pytest.mark.parametrize("answer", ["500", "503", "html_200", "reset"])
def test_trouble_is_retried_with_growing_pauses(bench: PushBench, answer: Answer) -> None:
    bench.enter(ALICE)
    bench.lms.faults.add(Fault(answer=answer, times=4))
    bench.want(ALICE, "12")
    bench.push()
    for pause, tries in ((0.5, 1), (0.6, 2), (1.0, 2), (1.1, 3), (2.5, 3), (1.6, 4), (5.5, 4), (2.6, 5)):
        bench.push(after=pause)
        assert len(bench.sent(ALICE)) == tries, pause
        if tries < 5:
            assert bench.standing(ALICE).arrival is Arrival.IN_TROUBLE
    assert (bench.row(ALICE).state, bench.held(ALICE)) == (ScoreState.IN_STEP, Decimal(12))


def test_trouble_is_retried_without_limit(bench: PushBench) -> None:
    bench.enter(ALICE)
    bench.lms.faults.add(Fault(answer="500", times=None))
    bench.want(ALICE, "12")
    for _ in range(25):
        bench.push(after=400)
    assert len(bench.sent(ALICE)) == 25
    bench.lms.faults.clear()
    bench.push(after=400)
    assert bench.held(ALICE) == 12


def test_what_was_taken_but_not_acknowledged_ends_in_step(bench: PushBench) -> None:
    bench.enter(ALICE)
    bench.lms.faults.add(Fault(answer="reset", taken=True))
    bench.want(ALICE, "12")
    bench.push()
    assert bench.row(ALICE).state is ScoreState.WAITING
    bench.push(after=2)
    assert (bench.row(ALICE).state, bench.held(ALICE)) == (ScoreState.IN_STEP, Decimal(12))
    first, second = bench.timestamps(ALICE)
    assert first < second


def test_nothing_is_sent_before_retry_after(bench: PushBench) -> None:
    bench.enter(ALICE, BRUNO, CHLOE)
    bench.lms.faults.add(Fault(answer="429", retry_after=120, person_id=ALICE))
    bench.want(ALICE, "12")
    bench.push()
    bench.want(BRUNO, "13")
    bench.want(CHLOE, "14")
    bench.push(after=100)
    assert len(bench.sent()) == 1
    assert bench.platform().hold_reason == "too_many_requests"
    bench.push(after=25)
    assert [bench.held(each) for each in (ALICE, BRUNO, CHLOE)] == [12, 13, 14]
    assert bench.platform().hold_until is None


def test_a_success_on_its_way_does_not_shorten_retry_after(bench: PushBench) -> None:
    bench.enter(ALICE, BRUNO)
    bench.lms.faults.add(Fault(answer="429", retry_after=120, person_id=ALICE))
    bench.lms.faults.add(Fault(answer="none", delay=0.5, person_id=BRUNO))
    bench.want(ALICE, "12")
    bench.want(BRUNO, "13")
    bench.push()
    assert bench.held(BRUNO) == 13
    bench.push(after=60)
    assert len(bench.sent(ALICE)) == 1
    bench.push(after=70)
    assert bench.held(ALICE) == 12


def test_one_that_fails_while_others_pass_is_called_locked_and_tried_slowly(bench: PushBench) -> None:
    bench.enter(ALICE, BRUNO, CHLOE)
    bench.want(ALICE, "10")
    bench.push()
    bench.lms.gradebook.lock_grade(bench.lms.column_of("1").id, ALICE)
    bench.want(ALICE, "12")
    bench.push(after=5)
    for who, mark in ((BRUNO, "13"), (CHLOE, "14")):
        bench.want(who, mark)
        bench.push(after=5)
        assert bench.held(who) == int(mark)
    bench.push(after=5)
    assert "verrouillée" in bench.standing(ALICE).text.fr
    assert bench.platform().hold_until is None

    tries = len(bench.sent(ALICE))
    for _ in range(100):
        bench.push(after=60)
    slow_tries = len(bench.sent(ALICE)) - tries
    assert 5 <= slow_tries <= 12

    bench.lms.gradebook.lock_grade(bench.lms.column_of("1").id, ALICE, locked=False)
    bench.push(after=5000)
    assert bench.held(ALICE) == 12


def test_a_platform_that_is_down_is_probed_and_everything_arrives_when_it_is_back(bench: PushBench) -> None:
    people = [str(number) for number in range(101, 113)]
    bench.enter(*people)
    bench.lms.faults.add(Fault(answer="500", times=None))
    for each in people:
        bench.want(each, "11")
    bench.push()
    assert bench.platform().hold_until is not None
    tries = len(bench.sent())
    for _ in range(10):
        bench.push(after=70)
    assert len(bench.sent()) - tries <= 11  # one at a time, while it is down
    bench.lms.faults.clear()
    bench.push(after=70)
    bench.push()
    assert {bench.held(each) for each in people} == {Decimal(11)}
    assert bench.platform().failures_in_a_row == 0


def test_a_dead_address_is_told_and_retried(bench: PushBench, caplog: pytest.LogCaptureFixture) -> None:
    bench.enter(ALICE)
    bench.lms.faults.add(Fault(endpoint="token", answer="reset", times=1))
    bench.want(ALICE, "12")
    with caplog.at_level(logging.WARNING):
        bench.push()
    assert bench.standing(ALICE).arrival is Arrival.IN_TROUBLE
    assert "ne répond pas" in bench.standing(ALICE).text.fr
    assert "Lefèvre" not in caplog.text
    bench.push(after=3)
    assert bench.held(ALICE) == 12
