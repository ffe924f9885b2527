"""One tool and one LMS for the tests of a file, a fresh student for each; `open_tool` for rules of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from demo.lms import RunningLms
from tests.running_tool import running_tool
from tests.web_student.campus import Campus, crowded_site
from tests.web_student.rules import write_rules

OpenTool = Callable[[Mapping[str, Mapping[str, str]]], Campus]


@pytest.fixture(scope="module")
def shared_campus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campus]:
    folder = tmp_path_factory.mktemp("tool")
    with (
        running_tool(f"sqlite:///{folder / 'tool.sqlite'}", folder) as tool,
        RunningLms(crowded_site(), tool=tool.addresses) as lms,
    ):
        tool.register(lms.state)
        yield Campus(tool=tool, lms=lms.state)


@pytest.fixture
def campus(shared_campus: Campus) -> Iterator[Campus]:
    """The tool with everything open; use `campus.student()` for somebody nobody else uses."""
    clock = shared_campus.tool.world.now
    yield shared_campus
    shared_campus.tool.set_clock(clock)
    shared_campus.close_browsers()


@pytest.fixture
def open_tool(tmp_path: Path) -> Iterator[OpenTool]:
    """Start a tool whose units are changed, and an LMS of its own."""
    with ExitStack() as stack:

        def opened(changes: Mapping[str, Mapping[str, str]]) -> Campus:
            units = tmp_path / "units"
            write_rules(units, changes)
            tool = stack.enter_context(
                running_tool(f"sqlite:///{tmp_path / 'tool.sqlite'}", tmp_path, units_dir=units)
            )
            lms = stack.enter_context(RunningLms(tool=tool.addresses))
            tool.register(lms.state)
            made = Campus(tool=tool, lms=lms.state)
            stack.callback(made.close_browsers)
            return made

        yield opened
