"""A unit's file changes after marks were given: shown first, then kept, pushed, and the old marks stay on record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.catalogue import read_catalogue, read_rules
from demo.lms import LmsBrowser, RunningLms
from storage.gradebook import find_rules, grade_history
from storage.scope import UnitYear
from tests.running_tool import RunningTool, running_tool
from web.commands.marks import marks_commands
from workflows.world import World

STUDENT, CC2 = "102", "2"


@pytest.fixture
def tool(tmp_path: Path) -> Iterator[RunningTool]:
    with running_tool(f"sqlite:///{tmp_path / 'tool.sqlite'}", tmp_path) as running:
        yield running


def test_new_rules_are_shown_then_kept_and_pushed(tool: RunningTool) -> None:
    with RunningLms(tool=tool.addresses) as lms:
        tool.register(lms.state)
        with LmsBrowser(lms.state, STUDENT) as browser:
            page = browser.launch(CC2)
            levels = {"level_3_2": "3", "level_3_3": "3", "level_3_4": "3"}
            browser.submit(page.form(having="level_3_2"), levels)
        tool.drain()
        column = lms.state.column_of(CC2).id
        assert lms.state.gradebook.mark(column, STUDENT) == Decimal("10.00")

        kinder = _with_kinder_scale(tool)
        shown = _run(kinder, "recompute")
        assert "cc2: 10.00 → 15.00" in shown
        assert "1 mark(s) would change" in shown
        tool.drain()
        assert lms.state.gradebook.mark(column, STUDENT) == Decimal("10.00"), "a preview changes nothing"

        assert "1 grade(s) kept" in _run(kinder, "recompute", "--apply")
        tool.drain()
        assert lms.state.gradebook.mark(column, STUDENT) == Decimal("15.00")
        assert "0 mark(s) would change" in _run(kinder, "recompute")
        assert not list(lms.state.violations)
    _old_mark_can_still_be_explained(tool)


def _with_kinder_scale(tool: RunningTool) -> World:
    file = tool.settings.units_dir / "HA1G10H.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("{ at = 6, mark = 20 }", "{ at = 4, mark = 20 }"), encoding="utf-8")
    return replace(tool.world, rules=read_catalogue(tool.settings.units_dir))


def _old_mark_can_still_be_explained(tool: RunningTool) -> None:
    with tool.world.database.read() as connection:
        scope = UnitYear(course_id=1, unit_code="HA1G10H", academic_year="2026-2027")
        first, second = grade_history(connection, scope, 1)
        assert (first.mark, second.mark) == (Decimal("10.00"), Decimal("15.00"))
        assert (first.cause, second.cause) == ("declaration", "rules_changed")
        texts = [find_rules(connection, grade.rules_digest) for grade in (first, second)]
    for grade, found in zip((first, second), texts, strict=True):
        assert found is not None
        unit = read_rules(found[1], found[0]).unit
        assert unit.get_component("cc2").scale.mark_at(Decimal(3)) == grade.mark


def _run(world: World, *arguments: str) -> str:
    result = CliRunner().invoke(marks_commands(lambda: world), list(arguments))
    assert result.exit_code == 0, result.output
    return result.output
