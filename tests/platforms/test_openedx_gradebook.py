"""Marks reach Open edX's gradebook: in the column it names, or the one the tool makes; the newest counts."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import repeat

import pytest

from lti.errors import ScoreRefused
from lti.line_items import find_line_item
from lti.scores import Score, put_score, read_result
from storage.desired_scores import ScoreState
from tests.platforms.conftest import CC2, School, hand_in
from workflows.platform_registry import registration_of

pytestmark = pytest.mark.openedx


@pytest.mark.parametrize(("weight", "held"), [(20, "13.33"), (100, "66.65"), (1, "0.67")])
def test_a_mark_reaches_the_column_that_the_launch_names(school: School, weight: int, held: str) -> None:
    """ "Declarative" mode. A stored score is answered 201 with a body: success, not the `[]` or page of a failure."""
    block = school.block(weight=weight)
    student = school.handed_in(block, 4)
    school.tool.drain()
    column = school.openedx.column(block)
    assert column.grades == {student.person: Decimal(held)}
    assert column.comments[student.person]
    [call] = school.openedx.calls(f"{block.services}/lti-ags")
    assert (call["method"], call["type"]) == ("POST", "application/vnd.ims.lis.v1.score+json")
    assert (call["status"], student.person in call["answer"]) == (201, True)
    assert school.score(block, student).state is ScoreState.IN_STEP
    assert "au carnet de notes depuis" in student.launch(block).html


def test_the_last_mark_counts_whatever_the_clock_does(school: School) -> None:
    """Open edX refuses an equal or older timestamp with 400, not 409. Ours rise, even when our clock goes back."""
    block = school.block()
    student = school.browser("Alice Martin")
    page = student.launch(block, custom=CC2)
    for level, minutes in ((3, 0), (4, -4), (6, -4)):
        now = datetime.now(UTC) + timedelta(minutes=minutes)
        school.tool.set_clock(repeat(now).__next__)
        page = hand_in(student, page, level)
        school.tool.drain()
    assert school.openedx.column(block).grades == {student.person: Decimal("20.00")}
    assert [call["status"] for call in school.openedx.calls(f"{block.services}/lti-ags")] == [201] * 3


def test_what_open_edx_says_to_an_old_timestamp(school: School) -> None:
    """Why rising timestamps matter here: 400 is final, and its result list, without times, could not tell why."""
    block = school.block()
    student = school.handed_in(block, 3)
    school.tool.drain()
    registration, services = registration_of(school.platform), school.tool.world.services
    [call] = school.openedx.calls(f"{block.services}/lti-ags")
    url = f"{school.openedx.issuer}{call['path'].removesuffix('/scores')}"
    at = datetime.fromtimestamp(school.score(block, student).last_timestamp, UTC)
    for instant in (at, at - timedelta(hours=1)):
        with pytest.raises(ScoreRefused, match="timestamp") as refused:
            put_score(
                services,
                registration,
                url,
                Score(user_id=student.person, given=Decimal(4), timestamp=instant),
            )
        assert refused.value.status == 400
    result = read_result(services, registration, url, student.person)
    assert result is not None
    assert (result.score, result.maximum, result.timestamp) == (Decimal(10), Decimal(20), None)


def test_the_tool_makes_the_column_once_where_there_is_none(school: School) -> None:
    """ "Programmatic" mode: the launch names no column until the tool has made one, tied to the resource link."""
    block = school.block(mode="programmatic")
    students = [school.handed_in(block, level, f"Personne {level}") for level in (3, 4, 6)]
    assert not school.openedx.column(block).line_items
    for _ in range(30):  # who finds the column being made tries again a second later
        school.tool.drain()
        if all(school.openedx.column(block).grades.get(each.person) is not None for each in students):
            break
        time.sleep(0.5)
    column = school.openedx.column(block)
    assert [column.grades.get(each.person) for each in students] == [
        Decimal(mark) for mark in ("10.00", "13.33", "20.00")
    ]
    [item] = column.line_items
    assert (item["tag"], item["resource_id"], item["max"]) == ("cc2", "HA1G10H:2026-2027:cc2", 20)
    late = school.handed_in(block, 3, "Dernière")
    school.tool.drain()
    column = school.openedx.column(block)
    assert (column.grades[late.person], len(column.line_items)) == (Decimal("10.00"), 1)


def test_a_column_is_found_again_by_its_resource_link(school: School) -> None:
    """A tool that forgot the address (an older backup, say) asks for the list and makes no second column."""
    block = school.block(mode="programmatic")
    student = school.browser("Alice Martin")
    page = hand_in(student, student.launch(block, custom=CC2), 3)
    school.tool.drain()
    school.forget_column(block)
    hand_in(student, page, 4)
    school.tool.drain()
    assert school.openedx.column(block).grades == {student.person: Decimal("13.33")}
    assert len(school.openedx.column(block).line_items) == 1
    asked = {
        "lineitems_url": f"{school.openedx.issuer}{block.services}/lti-ags",
        "tag": "cc2",
    }
    registration, services = registration_of(school.platform), school.tool.world.services
    found = find_line_item(services, registration, resource_link_id=block.location, **asked)
    assert found is not None
    assert (found.resource_link_id, found.maximum) == (block.location, Decimal(20))
    other = block.location.replace("@cc2", "@cc3")
    assert find_line_item(services, registration, resource_link_id=other, **asked) is None


def test_an_activity_without_grades_says_so(school: School) -> None:
    """Grade services switched off in Open edX: the mark is kept and shown, and where it cannot go is told."""
    block = school.block(mode="disabled")
    student = school.handed_in(block, 3)
    school.tool.drain()
    assert school.score(block, student).state is ScoreState.NO_COLUMN
    page = student.launch(block)
    assert "10,00" in page.html
    assert "pas de colonne" in page.html


def test_a_withdrawn_mark_leaves_what_the_platform_reports(school: School) -> None:
    """Closing gives an absent student 0, opening again withdraws it: a fully graded score without value.

    Open edX takes it (201) and reports no result any more, but its gradebook goes on showing the old value until a
    new one comes; no service tells a tool so.
    """
    block = school.block()
    absent = school.browser("Absente")
    absent.launch(block, custom=CC2)
    teacher = school.browser("Mme Vernet")
    cohort = teacher.launch(block, "staff").url
    for what, score in (("close", 0.0), ("open", None)):
        teacher.submit(teacher.get(f"{cohort}components/cc2/{what}").form())
        school.tool.drain()
        column = school.openedx.column(block)
        assert column.scores == {absent.person: score}
        assert column.grades == {absent.person: Decimal("0.00")}
    row = school.score(block, absent)
    assert (row.state, row.mark, row.acknowledged_mark) == (ScoreState.IN_STEP, None, None)
    hand_in(absent, absent.launch(block), 6)
    school.tool.drain()
    assert school.openedx.column(block).grades == {absent.person: Decimal("20.00")}
