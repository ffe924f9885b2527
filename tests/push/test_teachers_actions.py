"""What a teacher does, seen in the LMS's gradebook: closing, reopening, sending again."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from demo.lms import Fault
from lti.platform_calls import open_services
from lti.transport import Transport
from storage.desired_scores import ScoreState
from tests.push.bench import PushBench
from workflows.close_component import close_component, preview_closing
from workflows.scores import resend_in_course
from workflows.tool_keys import KeyringOnFile
from workflows.visit import Role, Visit

pytestmark = pytest.mark.slow

ALICE, BRUNO, CHLOE, TEACHER = "101", "102", "103", "2"


def _teacher(bench: PushBench) -> Visit:
    bench.enter(TEACHER)
    return Visit(
        id="teacher",
        person_id=bench.person_id(TEACHER),
        activity_id=bench.activity_id("1"),
        role=Role.TEACHER,
        language="fr",
        began_at=datetime.now(UTC),
        frame_origins=(),
    )


def _close(bench: PushBench, teacher: Visit, *, closes: bool) -> None:
    shown = preview_closing(bench.world, teacher, "cc1", closes=closes)
    close_component(bench.world, teacher, "cc1", closes=closes, seen=shown.digest)
    bench.push(after=5)


def test_closing_sends_zeros_and_reopening_empties_the_cells(bench: PushBench) -> None:
    bench.enter(ALICE, BRUNO)
    teacher = _teacher(bench)
    _close(bench, teacher, closes=True)
    assert [bench.held(each) for each in (ALICE, BRUNO)] == [0, 0]
    _close(bench, teacher, closes=False)
    assert [bench.held(each) for each in (ALICE, BRUNO)] == [None, None]
    last = bench.sent(ALICE)[-1].body
    assert '"FullyGraded"' in last
    assert "scoreGiven" not in last
    assert bench.row(ALICE).state is ScoreState.IN_STEP
    assert "retirée" in bench.standing(ALICE).text.fr
    assert not list(bench.lms.violations)


def test_sending_again_one_some_or_all(bench: PushBench) -> None:
    people = (ALICE, BRUNO, CHLOE)
    bench.enter(*people)
    teacher = _teacher(bench)
    for each in people:
        bench.want(each, "12")
    bench.push()
    for asked, expected in (([ALICE], 1), ([ALICE, CHLOE], 2), (None, 3)):
        ids = None if asked is None else [bench.person_id(each) for each in asked]
        before = len(bench.sent())
        assert resend_in_course(bench.world, teacher, person_ids=ids) == expected
        bench.push(after=2)
        assert len(bench.sent()) - before == expected
    assert {bench.held(each) for each in people} == {Decimal(12)}


def test_sending_again_into_a_column_that_is_gone_makes_one(bench: PushBench) -> None:
    bench.enter(ALICE)
    teacher = _teacher(bench)
    bench.lms.gradebook.delete_column(bench.lms.column_of("1").id)
    bench.want(ALICE, "12")
    bench.push()
    assert bench.row(ALICE).state is ScoreState.COLUMN_GONE
    resend_in_course(bench.world, teacher)
    bench.push(after=2)
    (column,) = bench.lms.gradebook.columns(link_id="1")
    assert bench.lms.gradebook.mark(column.id, ALICE) == 12


def test_a_slow_lms_is_a_timeout_and_the_score_arrives_once(bench: PushBench) -> None:
    keyring = KeyringOnFile(bench.world.database, bench.tool.settings.secret)
    impatient = open_services(Transport(read_timeout=1.5), keyring)
    bench.world = replace(bench.world, services=impatient)
    bench.enter(ALICE)
    bench.lms.faults.add(Fault(answer="none", delay=2.5))
    bench.want(ALICE, "12")
    bench.push()
    assert "ne répond pas" in bench.standing(ALICE).text.fr
    for _ in range(3):
        bench.push(after=8)
    assert (bench.row(ALICE).state, bench.held(ALICE)) == (ScoreState.IN_STEP, Decimal(12))
    impatient.transport.close()
