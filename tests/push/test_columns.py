"""B7: the column of an activity: the launch's own, else found, else made once; and what happens when it is gone."""

import threading
from decimal import Decimal

import pytest

from demo.lms import Fault
from storage.desired_scores import ScoreState
from tests.push.bench import PushBench

pytestmark = pytest.mark.slow

ALICE, BRUNO, CHLOE = "101", "102", "103"
PEOPLE = [str(number) for number in range(101, 109)]


def _without_column(bench: PushBench, link: str = "1") -> None:
    """The activity exists without a column: its launches give `lineitems` only."""
    bench.lms.gradebook.delete_column(bench.lms.column_of(link).id)


def test_the_launchs_own_column_is_used(bench: PushBench) -> None:
    bench.enter(ALICE)
    bench.want(ALICE, "12")
    bench.push()
    assert len(bench.lms.gradebook.columns(link_id="1")) == 1
    assert bench.held(ALICE) == 12
    assert not list(bench.lms.violations)


def test_a_column_without_launch_is_made_once(bench: PushBench) -> None:
    _without_column(bench)
    bench.enter(*PEOPLE)
    for each in PEOPLE:
        bench.want(each, "12")
    workers = [bench.worker(), bench.worker()]
    threads = [threading.Thread(target=each.drain, kwargs={"seconds": 5.0}) for each in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bench.push(after=2)
    (column,) = bench.lms.gradebook.columns(link_id="1")
    assert (column.tag, column.resource_id.split(":")[0], column.maximum) == ("cc1", "HA1G10H", Decimal(20))
    assert {bench.lms.gradebook.mark(column.id, each) for each in PEOPLE} == {Decimal(12)}
    assert not list(bench.lms.violations)


def test_a_lost_answer_to_the_making_makes_no_second_column(bench: PushBench) -> None:
    _without_column(bench)
    bench.enter(ALICE)
    bench.lms.faults.add(Fault(endpoint="line_items", answer="none"))  # the search passes
    bench.lms.faults.add(Fault(endpoint="line_items", answer="reset", taken=True))
    bench.want(ALICE, "12")
    bench.push()
    bench.push(after=3)
    (column,) = bench.lms.gradebook.columns(link_id="1")
    assert bench.lms.gradebook.mark(column.id, ALICE) == 12


def test_a_column_that_is_there_is_found_by_its_link(bench: PushBench) -> None:
    _without_column(bench)
    bench.enter(ALICE)
    made = bench.lms.gradebook.add_column(
        course_id="2", label="CC1", maximum=Decimal(10), link_id="1", tag="cc1"
    )
    bench.lms.gradebook.add_column(course_id="2", label="other", maximum=Decimal(20), tag="cc1")
    bench.want(ALICE, "12")
    bench.push()
    assert bench.lms.gradebook.mark(made.id, ALICE) == 6  # 12 of 20, in a column of 10
    assert len(bench.lms.gradebook.columns(link_id="1")) == 1


def test_two_activities_of_one_component_have_a_column_each(bench: PushBench) -> None:
    _without_column(bench, "1")
    _without_column(bench, "2")
    bench.enter(ALICE, link="1")
    bench.enter(ALICE, link="2")
    bench.want(ALICE, "12", link="1")
    bench.want(ALICE, "12", link="2")
    bench.push()
    for link in ("1", "2"):
        (column,) = bench.lms.gradebook.columns(link_id=link)
        assert bench.lms.gradebook.mark(column.id, ALICE) == 12


def test_where_no_column_may_be_made_it_is_said(bench: PushBench) -> None:
    _without_column(bench)
    bench.enter(ALICE, BRUNO)
    bench.lms.faults.add(Fault(endpoint="line_items", answer="403", times=None))
    bench.want(ALICE, "12")
    bench.push()
    assert bench.row(ALICE).state is ScoreState.REFUSED
    bench.lms.faults.clear()
    bench.lms.faults.add(Fault(endpoint="line_items", answer="400", times=None))
    bench.want(BRUNO, "12")
    bench.push()
    assert bench.row(BRUNO).state is ScoreState.NO_COLUMN
    assert "pas de colonne" in bench.standing(BRUNO).text.fr


def test_404_finds_the_column_again_once(bench: PushBench) -> None:
    bench.enter(ALICE)
    old = bench.lms.column_of("1")
    bench.lms.gradebook.delete_column(old.id)
    new = bench.lms.gradebook.add_column(course_id="2", label="CC1", maximum=Decimal(20), link_id="1")
    bench.want(ALICE, "12")
    bench.push()
    assert bench.lms.gradebook.mark(new.id, ALICE) == 12
    assert [each.status for each in bench.sent(ALICE)] == [404, 200]
    assert f"/{new.id}/" in (bench.line_item_url() or "")


def test_404_without_another_column_settles_everybody_in_it(bench: PushBench) -> None:
    bench.enter(ALICE, BRUNO, CHLOE)
    bench.enter(ALICE, link="2")
    bench.lms.gradebook.delete_column(bench.lms.column_of("1").id)
    for each in (ALICE, BRUNO, CHLOE):
        bench.want(each, "12")
    bench.want(ALICE, "13", link="2")
    bench.push()
    bench.push(after=1)  # who found another looking for the column comes again
    for each in (ALICE, BRUNO, CHLOE):
        assert bench.row(each).state is ScoreState.COLUMN_GONE
        assert "a disparu" in bench.standing(each).text.fr
    assert bench.held(ALICE, link="2") == 13
    tries = len(bench.sent())
    bench.push(after=7200)
    assert len(bench.sent()) == tries
    assert (
        bench.lms.gradebook.columns(link_id="1") == ()
    )  # the teacher removed it: none is made behind their back

    bench.lms.gradebook.add_column(course_id="2", label="CC1", maximum=Decimal(20), link_id="1", coupled=True)
    bench.enter(ALICE)  # a later launch brings a column
    bench.push()
    assert {bench.held(each) for each in (ALICE, BRUNO, CHLOE)} == {Decimal(12)}


def test_a_launch_with_another_column_fills_it(bench: PushBench) -> None:
    bench.enter(ALICE, BRUNO)
    for each in (ALICE, BRUNO):
        bench.want(each, "12")
    bench.push()
    bench.lms.gradebook.delete_column(bench.lms.column_of("1").id)
    bench.lms.gradebook.add_column(course_id="2", label="CC1", maximum=Decimal(20), link_id="1", coupled=True)
    bench.enter(ALICE)
    bench.push(after=2)
    assert {bench.held(each) for each in (ALICE, BRUNO)} == {Decimal(12)}
