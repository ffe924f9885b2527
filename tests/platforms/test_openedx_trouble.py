"""Open edX in trouble, or refusing: nothing is lost, what waits says why, and one person's trouble is nobody else's."""

from __future__ import annotations

from decimal import Decimal

import pytest

from storage.desired_scores import ScoreState
from tests.platforms.conftest import School
from tests.platforms.openedx.browser import Browser
from tests.platforms.openedx.running import Block
from workflows.push_decision import Problem
from workflows.push_score import LOCKED_AFTER
from workflows.scores import push_now, refused_states

pytestmark = pytest.mark.openedx


def _send_again(school: School, *, refused: bool = False) -> None:
    """What an operator does: `scores push-now`, also for what was refused."""
    push_now(school.tool.world, school.platform.id, again=refused_states() if refused else ())
    school.tool.drain()


def _grades(school: School, block: Block, *people: Browser) -> list[str | None]:
    held = school.openedx.column(block).grades
    return [f"{held[each.person]}" if each.person in held else None for each in people]


def test_a_token_that_is_no_longer_good_is_renewed(school: School) -> None:
    """Open edX answers 403 where Moodle answers 401; both mean: ask for a new token, once."""
    block = school.block()
    first = school.handed_in(block, 3, "Première")
    school.tool.drain()
    school.openedx.change_keys(school.registration["client_id"])
    second = school.handed_in(block, 4, "Seconde")
    school.tool.drain()
    assert _grades(school, block, first, second) == ["10.00", "13.33"]
    answers = [call["status"] for call in school.openedx.calls(f"{block.services}/lti-ags")]
    assert answers == [201, 403, 201]
    tokens = school.openedx.calls(school.registration["auth_token_url"].removeprefix(school.openedx.issuer))
    assert [call["status"] for call in tokens] == [200, 200]


def test_a_column_that_stays_forbidden_is_told_and_holds_up_no_other(school: School) -> None:
    """403 with a new token too: that column is closed to us, and the rest of the platform is not."""
    closed, open_ = school.block(name="closed"), school.block(name="open")
    school.openedx.answer_instead(f"{closed.services}/", status=403, body='{"detail": "no"}')
    outside = school.handed_in(closed, 3, "Dehors")
    inside = school.handed_in(open_, 4, "Dedans")
    school.tool.drain()
    row = school.score(closed, outside)
    assert (row.state, row.problem) == (ScoreState.REFUSED, Problem.NOT_AUTHORISED)
    assert "autorise pas" in outside.launch(closed).html
    assert _grades(school, open_, inside) == ["13.33"]
    school.openedx.answer_instead(f"{closed.services}/", status=403, times=0)
    _send_again(school, refused=True)
    assert _grades(school, closed, outside) == ["10.00"]


def test_somebody_unknown_to_open_edx_is_a_500_that_keeps_nobody_waiting(school: School) -> None:
    """Where Moodle says 400, Open edX fails with 500 and HTML: retried, shown, and the others pass."""
    block = school.block()
    gone = school.handed_in(block, 3, "Partie")
    others = [school.handed_in(block, 4, f"Personne {number}") for number in range(3)]
    school.openedx.forget_person(gone.person)
    school.tool.drain()
    assert _grades(school, block, gone, *others) == [None, *["13.33"] * 3]
    row = school.score(block, gone)
    assert row.state is ScoreState.WAITING
    assert row.problem in {Problem.SERVER_TROUBLE, Problem.LOCKED}
    assert row.next_attempt_at > school.tool.world.now()

    last = school.handed_in(block, 6, "Dernière")
    school.tool.drain()
    for _ in range(LOCKED_AFTER):
        _send_again(school)
    assert _grades(school, block, gone, last) == [None, "20.00"]
    row = school.score(block, gone)
    assert (row.state, row.problem) == (ScoreState.WAITING, Problem.LOCKED)
    teacher = school.browser("Mme Vernet").launch(block, "staff")
    assert "cette seule note" in teacher.html

    school.openedx.add_person("Partie", external_id=gone.person)
    _send_again(school)
    assert _grades(school, block, gone) == ["10.00"]
    assert school.score(block, gone).state is ScoreState.IN_STEP


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, "<h1>Server Error (500)</h1>"), (502, ""), (200, "<!doctype html><title>maintenance</title>")],
)
def test_a_platform_in_trouble_delays_every_mark_and_loses_none(
    school: School, status: int, body: str
) -> None:
    """Also the maintenance page that calls itself a success."""
    block = school.block()
    school.openedx.answer_instead(f"{block.services}/", status=status, body=body)
    students = [school.handed_in(block, level, f"Personne {level}") for level in (3, 6)]
    school.tool.drain()
    assert _grades(school, block, *students) == [None, None]
    for each in students:
        row = school.score(block, each)
        assert (row.state, row.problem) == (ScoreState.WAITING, Problem.SERVER_TROUBLE)
    assert "en panne" in students[0].launch(block).html
    school.openedx.answer_instead(f"{block.services}/", status=status, times=0)
    _send_again(school)
    assert _grades(school, block, *students) == ["10.00", "20.00"]


def test_a_token_endpoint_in_trouble_pauses_the_platform_and_loses_nothing(school: School) -> None:
    """Open edX says every refusal of a token with 400 (here: it cannot read our key set)."""
    block = school.block()
    tokens = school.registration["auth_token_url"].removeprefix(school.openedx.issuer)
    school.openedx.answer_instead(tokens, status=400, body='{"error": "invalid_client"}')
    student = school.handed_in(block, 3)
    school.tool.drain()
    row = school.score(block, student)
    assert (row.state, row.problem) == (ScoreState.WAITING, Problem.TOKEN_REFUSED)
    school.openedx.answer_instead(tokens, status=400, times=0)
    _send_again(school)
    assert _grades(school, block, student) == ["10.00"]


def test_a_column_that_was_deleted_is_told(school: School) -> None:
    """An administrator of Open edX can delete a column; the score is answered with 404."""
    block = school.block(mode="programmatic")
    first = school.handed_in(block, 3, "Première")
    school.tool.drain()
    school.openedx.remove_line_items(block)
    second = school.handed_in(block, 4, "Seconde")
    school.tool.drain()
    row = school.score(block, second)
    assert (row.state, row.problem) == (ScoreState.COLUMN_GONE, Problem.COLUMN_GONE)
    assert "disparu" in second.launch(block).html
    assert school.score(block, first).acknowledged_mark == Decimal("10.00")


def test_past_the_due_date_open_edx_takes_scores_and_keeps_its_gradebook(school: School) -> None:
    """What no tool can see: 201, and a result that reads back, though nothing was published. For the guides."""
    block = school.block()
    school.openedx.change_block(block, past_due=True)
    student = school.handed_in(block, 3)
    school.tool.drain()
    column = school.openedx.column(block)
    assert (column.grades, column.scores) == ({}, {student.person: 10.0})
    assert school.score(block, student).state is ScoreState.IN_STEP
