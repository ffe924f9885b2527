"""One LMS server for these tests, renewed for each; a tool of its own for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app import create_app
from demo.lms import RunningLms, ToolAddresses
from demo.lms.gradebook import ClockMode
from storage.database import Database
from tests.databases import Databases
from tests.push.bench import PushBench
from tests.running_tool import running_tool, settings_for
from web.site import EXTENSION


@pytest.fixture(scope="session")
def lms_server() -> Iterator[RunningLms]:
    nowhere = ToolAddresses(login_url="", launch_url="", jwks_url="")
    with RunningLms(tool=nowhere) as server:
        yield server


@pytest.fixture
def clock_mode() -> ClockMode:
    """Which Moodle the LMS is; tests choose the other by parametrising this name."""
    return "5.1"


@pytest.fixture
def bench(
    databases: Databases, tmp_path: Path, lms_server: RunningLms, clock_mode: ClockMode
) -> Iterator[PushBench]:
    def prepare(url: str) -> None:
        database = Database(url)
        database.upgrade()
        database.close()
        app = create_app(settings_for(url, tmp_path / "prepared", port=1))
        app.extensions[EXTENSION].world.database.close()

    url = databases.prepared("with-keys", prepare)
    with running_tool(url, tmp_path) as tool:
        lms_server.renew()
        lms_server.state.tool = tool.addresses
        lms_server.state.gradebook.clock_mode = clock_mode
        tool.register(lms_server.state)
        yield PushBench(tool=tool, server=lms_server)
