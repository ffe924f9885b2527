"""`flask --app app scores status|push`, as an operator types them."""

import re
from collections.abc import Iterator

import pytest

from demo.lms import Fault, RunningLms
from tests.push.bench import eventually
from tests.worker.deployment import Deployment, deployed, hand_in, lms_for

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployed(tmp_path_factory.mktemp("tool")) as made:
        yield made


@pytest.fixture(scope="module")
def lms(tool: Deployment) -> Iterator[RunningLms]:
    with lms_for(tool) as running:
        yield running


def test_before_anything(tool: Deployment) -> None:
    assert "No platform yet." in tool.command("scores", "status").stdout
    done = tool.command("scores", "push", "--wait")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)


def test_what_waits_is_told_and_pushed(tool: Deployment, lms: RunningLms) -> None:
    tool.start_web()
    tool.register(lms.state)
    for who in ("101", "102", "103"):
        hand_in(lms.state, who, 6)  # no worker runs
    status = tool.command("scores", "status").stdout
    assert "0 in step, 3 waiting, 0 refused" in status
    assert "oldest waiting since" in status

    without_wait = tool.command("scores", "push")
    assert "3 score(s) will be sent by the worker" in without_wait.stdout
    assert list(lms.state.history) == []

    lms.state.faults.add(Fault(answer="400", person_id="102"))
    lms.state.faults.add(Fault(answer="500", person_id="103", times=2))
    done = tool.command("scores", "push", "--wait", "--timeout", "60")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 score(s)" in done.stdout
    assert re.search(r"2 in step, 0 waiting, 1 refused", done.stdout), done.stdout

    again = tool.command("scores", "push", "--wait", "--refused")
    assert again.returncode == 0
    assert "3 in step, 0 waiting, 0 refused" in again.stdout


def test_a_platform_that_refuses_is_told_and_the_command_says_that_something_waits(
    tool: Deployment, lms: RunningLms
) -> None:
    eventually(tool.is_up, 30.0)
    lms.state.faults.add(Fault(endpoint="token", answer="400", times=None))
    hand_in(lms.state, "104", 6)
    done = tool.command("scores", "push", "--wait", "--timeout", "3")
    assert done.returncode == 1
    assert "1 waiting" in done.stdout
    assert "ALARM since" in done.stdout
    assert "paused until" in tool.command("scores", "status").stdout
    lms.state.faults.clear()
    done = tool.command("scores", "push", "--wait")
    assert done.returncode == 0
    assert "4 in step" in done.stdout
    assert "ALARM" not in done.stdout

    hand_in(lms.state, "105", 6)
    tool.command("platform", "disable", "1")
    done = tool.command("scores", "push", "--wait", "--timeout", "20")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "disabled" in done.stdout
