"""One tiny tool for all tests here, an LMS renewed for each."""

from collections.abc import Iterator

import pytest

from demo.lms import LmsState, RunningLms
from tests.demo.tiny_tool import ServiceClient, TinyTool


@pytest.fixture(scope="session")
def running_tool() -> Iterator[TinyTool]:
    with TinyTool() as tool:
        yield tool


@pytest.fixture(scope="session")
def running_lms(running_tool: TinyTool) -> Iterator[RunningLms]:
    with RunningLms(tool=running_tool.addresses, control=True) as running:
        yield running


@pytest.fixture
def lms(running_lms: RunningLms) -> LmsState:
    return running_lms.renew()


@pytest.fixture
def tool(running_tool: TinyTool, lms: LmsState) -> Iterator[TinyTool]:
    running_tool.state = lms
    yield running_tool
    running_tool.auth, running_tool.jwks_status = {}, 200
    running_tool.received.clear()
    running_tool.logins.clear()


@pytest.fixture
def client(tool: TinyTool, lms: LmsState) -> Iterator[ServiceClient]:
    service_client = ServiceClient(tool, lms)
    yield service_client
    service_client.session.close()
