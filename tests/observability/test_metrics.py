"""`/metrics` and `/readyz`: right with several processes, open or behind a token, honest when something is down."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from demo.lms import Fault, RunningLms
from metrics import PrometheusMetrics
from tests.push.bench import eventually
from tests.running_tool import RunningTool, running_tool
from tests.worker.deployment import ROOT, deployed, hand_in, lms_for
from web.site import EXTENSION


@pytest.fixture
def tool(tmp_path: Path) -> Iterator[RunningTool]:
    with running_tool(f"sqlite:///{tmp_path / 't.sqlite'}", tmp_path) as running:
        yield running


@pytest.fixture
def lms(tool: RunningTool) -> Iterator[RunningLms]:
    with RunningLms(tool=tool.addresses) as running:
        tool.register(running.state)
        yield running


def _read(base: str) -> dict[str, float]:
    """Every sample by its name and labels."""
    answer = requests.get(f"{base}/metrics", timeout=10)
    assert answer.status_code == 200, answer.text
    samples = (line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in samples}


def test_launches_scores_and_pushes_are_counted(tool: RunningTool, lms: RunningLms) -> None:
    hand_in(lms.state, "101", 4)
    waiting = _read(tool.base)
    assert waiting['pixlti_scores{platform="1",state="waiting"}'] == 1
    assert waiting["pixlti_queue_scores"] == 1
    assert 0 < waiting['pixlti_oldest_waiting_seconds{platform="1"}'] < 60
    assert 0 < waiting["pixlti_queue_age_seconds"] < 60
    lms.state.faults.add(Fault(answer="500"))
    tool.drain(seconds=5.0)
    requests.get(f"{tool.base}/lti/login?iss=x", timeout=5)

    told = _read(tool.base)
    assert told['pixlti_launches_total{outcome="accepted"}'] == 1
    assert told['pixlti_launches_total{outcome="refused"}'] == 1
    assert told['pixlti_refusals_total{reason="login_incomplete"}'] == 1
    assert told['pixlti_pushes_total{outcome="retry",platform="1"}'] == 1
    assert told['pixlti_push_seconds_count{platform="1"}'] >= 1
    assert told['pixlti_request_seconds_count{endpoint="launch.launch",method="POST",status="303"}'] == 1
    assert not [each for each in told if "101" in each or "Lef" in each]


def test_a_token_closes_the_metrics(tool: RunningTool) -> None:
    tool.app.extensions[EXTENSION] = replace(tool.site, metrics_token=b"very secret")
    url = f"{tool.base}/metrics"
    assert requests.get(url, timeout=5).status_code == 401
    assert requests.get(url, headers={"Authorization": "Bearer wrong"}, timeout=5).status_code == 401
    right = requests.get(url, headers={"Authorization": "Bearer very secret"}, timeout=5)
    assert (right.status_code, "pixlti_database_up 1.0" in right.text) == (200, True)


def test_readiness_tells_a_missing_worker_from_one_that_lives(tool: RunningTool) -> None:
    alone = requests.get(f"{tool.base}/readyz", timeout=5)
    assert (alone.status_code, alone.json()["status"]) == (200, "degraded")
    assert "huey_consumer" in alone.json()["worker"]["status"]

    worker = tool.worker()
    worker.start()
    try:
        eventually(lambda: requests.get(f"{tool.base}/readyz", timeout=5).json()["status"] == "ok", 10.0)
        told = requests.get(f"{tool.base}/readyz", timeout=5).json()
        assert (told["database"], told["migrations"], told["queue"]) == (
            "ok",
            "ok",
            {"status": "ok", "waiting": 0},
        )
        assert told["worker"]["processes"] == 1
        assert told["worker"]["silent_seconds"] < 60
        tool.set_clock(lambda: datetime.now(UTC) + timedelta(seconds=90))
        silent = requests.get(f"{tool.base}/readyz", timeout=5)
        assert (silent.status_code, silent.json()["worker"]["processes"]) == (200, 0)
        assert re.search(r"sign of life for \d+ seconds", silent.json()["worker"]["status"])
    finally:
        worker.stop()
    tool.set_clock(lambda: datetime.now(UTC))
    gone = requests.get(f"{tool.base}/readyz", timeout=5).json()
    assert gone["worker"]["processes"] == 0  # it said goodbye


def test_only_what_keeps_this_process_from_serving_is_503(tool: RunningTool) -> None:
    tool.app.extensions[EXTENSION] = replace(tool.site, waiting_tasks=lambda: None)
    queueless = requests.get(f"{tool.base}/readyz", timeout=5)
    assert (queueless.status_code, queueless.json()["queue"]["waiting"]) == (200, None)
    with tool.world.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    other = requests.get(f"{tool.base}/readyz", timeout=5)
    assert (other.status_code, other.json()["status"]) == (503, "not ready")
    assert "db upgrade" in other.json()["migrations"]
    assert requests.get(f"{tool.base}/metrics", timeout=5).status_code == 200


_COUNT = """
import sys; from datetime import UTC, datetime; from pathlib import Path; from metrics import open_metrics
counted = open_metrics(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    counted.launch("accepted")
    counted.request("x", "GET", 200, 0.2)
print(counted.render(None, datetime.now(UTC)).decode())
"""


def _counted(folder: Path, times: int) -> str:
    """What a process of its own shows after it counted some launches and requests."""
    command = [sys.executable, "-W", "error", "-c", _COUNT, str(folder), str(times)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _total(folder: Path) -> tuple[float, float]:
    """Launches and requests, as a process that counted nothing itself shows them."""
    samples = (line.rpartition(" ") for line in _counted(folder, 0).splitlines())
    told = {name.partition("{")[0]: float(value) for name, _, value in samples if name[:1] not in ("#", "")}
    return told["pixlti_launches_total"], told["pixlti_request_seconds_count"]


@pytest.mark.slow
def test_processes_count_together_and_the_dead_are_not_forgotten(tmp_path: Path) -> None:
    _counted(tmp_path, 3)
    _counted(tmp_path, 4)
    (tmp_path / "counter_1-torn.db").write_bytes(b"\xff" * 50)
    assert _total(tmp_path) == (7, 7)
    assert _total(tmp_path) == (7, 7)
    kept = [each.name for each in tmp_path.glob("*_0.db")]
    assert sorted(kept) == ["counter_0.db", "histogram_0.db"]
    assert not (tmp_path / "counter_1-torn.db").exists()


def test_counting_costs_microseconds(tmp_path: Path) -> None:
    import time

    counted = PrometheusMetrics()
    began = time.perf_counter()
    for _ in range(1000):
        counted.launch("accepted")
        counted.request("launch.launch", "POST", 303, 0.01)
    assert (time.perf_counter() - began) / 1000 < 0.001


@pytest.mark.slow
def test_several_web_processes_and_the_worker_are_one_installation(tmp_path: Path) -> None:
    with deployed(tmp_path) as tool, lms_for(tool) as lms:
        tool.environment["GUNICORN_CMD_ARGS"] = "--workers 2"
        tool.start_worker()
        tool.start_web()
        tool.register(lms.state)
        for who in ("101", "102", "103"):
            hand_in(lms.state, who, 4)
        eventually(
            lambda: _read(tool.base).get('pixlti_pushes_total{outcome="taken",platform="1"}') == 3, 20.0
        )
        told = [_read(tool.base) for _ in range(4)]
        assert {each['pixlti_launches_total{outcome="accepted"}'] for each in told} == {3}
        assert {each["pixlti_workers"] for each in told} == {1}
        assert requests.get(f"{tool.base}/readyz", timeout=10).json()["status"] == "ok"
        tool.kill("worker")
        tool.kill("web")
        tool.start_web()  # what was counted is not forgotten, and nobody's numbers are counted twice
        after = _read(tool.base)
        assert after['pixlti_pushes_total{outcome="taken",platform="1"}'] == 3
        assert after['pixlti_launches_total{outcome="accepted"}'] == 3
