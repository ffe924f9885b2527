"""401 and 403, and a token endpoint that refuses: renew once, then settle a column or pause the platform."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from demo.lms import Fault
from demo.lms.faults import Answer
from storage.desired_scores import ScoreState
from tests.push.bench import PushBench
from workflows.lms_state import Arrival
from workflows.scores import score_status

pytestmark = pytest.mark.slow

ALICE, BRUNO = "101", "102"


def _errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]


def test_a_token_that_is_refused_is_renewed_once(bench: PushBench) -> None:
    bench.enter(ALICE)
    bench.want(ALICE, "10")
    bench.push()
    bench.lms.tokens.revoke_all()
    bench.want(ALICE, "12")
    bench.push(after=2)
    assert bench.held(ALICE) == 12
    assert [each.status for each in bench.sent(ALICE)] == [200, 401, 200]


@pytest.mark.parametrize("answer", ["401", "403"])
def test_one_column_that_is_closed_to_us_is_settled(
    bench: PushBench, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    bench.enter(ALICE, BRUNO)
    bench.enter(BRUNO, link="2")
    bench.lms.faults.add(Fault(answer=answer, times=None, column_id=bench.lms.column_of("1").id))
    bench.want(BRUNO, "13", link="2")
    bench.push()
    bench.want(ALICE, "12")
    bench.push()
    assert bench.row(ALICE).state is ScoreState.REFUSED
    assert "n’autorise pas" in bench.standing(ALICE).text.fr
    bench.want(BRUNO, "14", link="2")
    bench.push(after=2)
    assert bench.held(BRUNO, link="2") == 14
    assert bench.platform().hold_until is None
    assert not _errors(caplog)

    bench.want(BRUNO, "12", link="1")  # closed to everybody: each is told
    bench.push()
    assert bench.row(BRUNO).state is ScoreState.REFUSED
    assert bench.platform().hold_until is None
    bench.want(BRUNO, "15", link="2")
    bench.push(after=2)
    assert bench.held(BRUNO, link="2") == 15


def test_several_columns_closed_pause_the_platform_with_one_alarm(
    bench: PushBench, caplog: pytest.LogCaptureFixture
) -> None:
    links = ("1", "2", "3")
    for link in links:
        bench.enter(ALICE, BRUNO, link=link)
    bench.lms.faults.add(Fault(answer="403", times=None))
    for link in links:
        bench.want(ALICE, "12", link=link)
        bench.want(BRUNO, "13", link=link)
    bench.push()
    for _ in range(5):
        bench.push(after=400)
    assert len(_errors(caplog)) == 1
    assert "not_authorised" in _errors(caplog)[0]
    (standing,) = score_status(bench.world)
    assert standing.paused
    assert standing.platform.alarm_since is not None
    assert standing.waiting == 6

    bench.lms.faults.clear()
    bench.push(after=400)
    bench.push()
    assert {bench.held(ALICE, link=link) for link in links} == {12}
    assert {bench.held(BRUNO, link=link) for link in links} == {13}
    assert bench.platform().alarm_since is None


@pytest.mark.parametrize("answer", ["400", "404", "html_200", "403"])
def test_a_token_endpoint_that_refuses_pauses_the_platform(
    bench: PushBench, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    people = [str(number) for number in range(101, 109)]
    bench.enter(*people)
    bench.lms.faults.add(Fault(endpoint="token", answer=answer, times=None))
    for each in people:
        bench.want(each, "12")
    bench.push()
    assert bench.platform().alarm_since is not None
    assert "refuse l’outil" in bench.standing(people[0]).text.fr or bench.row(people[0]).problem is None
    assert any(bench.standing(each).arrival is Arrival.IN_TROUBLE for each in people)
    bench.push(after=5)
    bench.push(after=400)
    assert bench.sent() == []
    assert len(_errors(caplog)) == 1

    bench.lms.faults.clear()
    bench.push(after=400)
    bench.push()
    assert {bench.held(each) for each in people} == {12}
    assert bench.platform().hold_until is None


def test_the_first_pause_is_short_however_many_learn_of_it(bench: PushBench) -> None:
    people = [str(number) for number in range(101, 117)]
    bench.enter(*people)
    bench.lms.faults.add(Fault(endpoint="token", answer="400", times=None))
    for each in people:
        bench.want(each, "12")
    bench.push()
    bench.lms.faults.clear()
    bench.push(after=11)
    bench.push()
    assert {bench.held(each) for each in people} == {12}


def test_a_token_endpoint_in_trouble_is_only_retried(
    bench: PushBench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.enter(ALICE)
    bench.lms.faults.add(Fault(endpoint="token", answer="500", times=2))
    bench.want(ALICE, "12")
    bench.push()
    assert bench.platform().alarm_since is None
    bench.push(after=2)
    bench.push(after=3)
    assert bench.held(ALICE) == 12
    assert not _errors(caplog)


def test_without_the_right_to_send_scores_nothing_is_asked(bench: PushBench) -> None:
    bench.lms.edit_claims = _without_scope("/scope/score")
    bench.enter(ALICE)
    bench.want(ALICE, "12")
    bench.push()
    assert bench.sent() == []
    assert "n’accorde pas" in bench.standing(ALICE).text.fr
    assert bench.platform().hold_until is None


def test_a_conflict_where_results_may_not_be_read_is_tried_some_times(bench: PushBench) -> None:
    bench.lms.edit_claims = _without_scope("/scope/result.readonly")
    bench.enter(ALICE)
    bench.lms.faults.add(Fault(answer="409", times=None))
    bench.want(ALICE, "12")
    for _ in range(10):
        bench.push(after=400)
    assert bench.row(ALICE).state is ScoreState.REFUSED
    assert 2 <= len(bench.sent(ALICE)) <= 5
    assert bench.platform().hold_until is None


def _without_scope(end: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def edit(claims: dict[str, Any]) -> dict[str, Any]:
        endpoint = claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]
        endpoint["scope"] = [each for each in endpoint["scope"] if not each.endswith(end)]
        return claims

    return edit
