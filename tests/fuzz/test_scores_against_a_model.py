"""The desired scores, whatever happens in whatever order: see the machine for the rules and what must stay true."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.fuzz.effort import examples
from tests.fuzz.score_ground import score_ground
from tests.fuzz.score_machine import ScoreMachine


@pytest.mark.slow
def test_scores_end_as_desired(tmp_path: Path) -> None:
    with score_ground(tmp_path) as ground:
        playing: type[ScoreMachine] = type("Playing", (ScoreMachine,), {"ground": ground})
        run_state_machine_as_test(playing, settings=examples(10, steps=50))


def test_a_column_found_anew_is_filled_with_everybodys_marks(tmp_path: Path) -> None:
    """Found by reading: a mark in step with a column that was deleted was believed to be in the new one."""
    with score_ground(tmp_path) as ground:
        played = type("Played", (ScoreMachine,), {"ground": ground})()
        played.begin("5.1")
        played.desire_a_mark(("1", "101"), 4)
        played.two_quiet_days_pass()
        played.a_column_is_deleted("1", again=True)
        played.desire_a_mark(("1", "102"), 3)
        played.two_quiet_days_pass()
        played.what_is_in_step_is_there()
        column = ground.known_column("1")
        assert column is not None
        assert [ground.held(column, who) for who in ("101", "102")] == [12, 10]
