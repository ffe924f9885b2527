"""The worker under Huey's own consumer, beside gunicorn: whatever happens to queue and processes, marks arrive."""

import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from demo.lms import Fault, RunningLms
from tests.postgres import Server
from tests.push.bench import eventually
from tests.worker.deployment import Deployment, deployed, hand_in, lms_for

pytestmark = pytest.mark.slow

LEVEL_6, LEVEL_3 = Decimal(20), Decimal(10)


@pytest.fixture
def tool(tmp_path: Path) -> Iterator[Deployment]:
    with deployed(tmp_path) as made:
        yield made


@pytest.fixture
def lms(tool: Deployment) -> Iterator[RunningLms]:
    with lms_for(tool) as running:
        yield running


def _mark(lms: RunningLms, who: str) -> Decimal | None:
    columns = lms.state.gradebook.columns(link_id="1")
    return lms.state.gradebook.mark(columns[0].id, who) if columns else None


def _sound(log: str) -> None:
    for sign in ("Traceback", "ResourceWarning", "database is locked", "DeprecationWarning"):
        assert sign not in log, log[-5000:]


def test_from_an_empty_folder_to_the_gradebook_and_a_quiet_end(tool: Deployment, lms: RunningLms) -> None:
    tool.start_worker("-w", "4")  # before the web, on nothing at all
    tool.start_web()
    eventually(lambda: tool.works("worker"), 30.0)
    tool.register(lms.state)
    hand_in(lms.state, "101", 6)
    handed_in = time.monotonic()
    eventually(lambda: _mark(lms, "101") == LEVEL_6, 5.0)
    assert time.monotonic() - handed_in < 3.0
    assert tool.log("worker").count("scores are being sent") == 1  # four threads, one set of slots

    lms.state.faults.add(Fault(answer="none", delay=1.0))
    hand_in(lms.state, "102", 3)
    time.sleep(0.6)
    code, seconds = tool.end_worker()
    assert code == 0
    assert seconds < 8
    assert _mark(lms, "102") == LEVEL_3  # what was on its way arrived
    tool.end("web")
    _sound(tool.log("worker"))
    _sound(tool.log("web"))
    assert not list(lms.state.violations)


def test_without_a_queue_marks_arrive_all_the_same(tool: Deployment, lms: RunningLms) -> None:
    tool.start_web()
    tool.register(lms.state)
    tool.start_worker()
    hand_in(lms.state, "101", 6)
    eventually(lambda: _mark(lms, "101") == LEVEL_6, 30.0)

    queue = tool.folder / "data" / "queue.sqlite"
    for each in queue.parent.glob("queue.sqlite*"):
        each.unlink()
    assert hand_in(lms.state, "102", 3).status == 200
    eventually(lambda: _mark(lms, "102") == LEVEL_3, 5.0)

    tool.kill("worker")
    for each in queue.parent.glob("queue.sqlite*"):
        each.unlink()
    queue.write_bytes(b"this is no queue at all, and it never was one" * 100)
    assert hand_in(lms.state, "103", 6).status == 200
    tool.start_worker()
    eventually(lambda: _mark(lms, "103") == LEVEL_6, 30.0)
    hand_in(lms.state, "104", 3)
    eventually(lambda: _mark(lms, "104") == LEVEL_3, 5.0)


def test_a_killed_worker_is_replaced_and_nothing_is_lost(tool: Deployment, lms: RunningLms) -> None:
    tool.start_web()
    tool.register(lms.state)
    tool.start_worker()
    eventually(lambda: tool.works("worker"), 30.0)
    lms.state.faults.add(Fault(answer="none", delay=5.0, times=1))
    hand_in(lms.state, "101", 6)
    time.sleep(1.0)
    tool.kill("worker")  # in the middle of sending
    hand_in(lms.state, "102", 3)
    tool.start_worker()
    eventually(lambda: _mark(lms, "102") == LEVEL_3, 30.0)
    eventually(lambda: _mark(lms, "101") == LEVEL_6, 30.0)
    code, _ = tool.end_worker()
    assert code == 0
    _sound(tool.log("worker"))


def test_in_processes_too(tool: Deployment, lms: RunningLms) -> None:
    tool.start_web()
    tool.register(lms.state)
    tool.start_worker("-w", "2", "-k", "process")
    for number in range(101, 107):
        hand_in(lms.state, str(number), 6)
    eventually(lambda: all(_mark(lms, str(n)) == LEVEL_6 for n in range(101, 107)), 30.0)
    assert len(list(lms.state.history)) == 6
    code, seconds = tool.end_worker()
    assert code == 0
    assert seconds < 8
    _sound(tool.log("worker"))


def test_a_burst_of_hand_ins_with_two_consumers_on_sqlite(tool: Deployment, lms: RunningLms) -> None:
    import threading

    tool.start_web()
    tool.register(lms.state)
    lms.state.gradebook.delete_column(lms.state.column_of("1").id)  # one must be made, once
    tool.start_worker()
    tool.start_worker(name="second")
    people = [str(number) for number in range(101, 125)]
    statuses: list[int] = []

    def one(who: str) -> None:
        for level in (3, 6):
            statuses.append(hand_in(lms.state, who, level).status)

    threads = [threading.Thread(target=one, args=(each,)) for each in people]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert set(statuses) == {200}
    eventually(lambda: all(_mark(lms, each) == LEVEL_6 for each in people), 30.0)
    for name in ("worker", "second"):
        code, _ = tool.end_worker(name)
        assert code == 0
        _sound(tool.log(name))
    _sound(tool.log("web"))
    assert not list(lms.state.violations)


@pytest.mark.postgres
def test_with_postgresql_for_data_and_queue(tmp_path: Path, postgres_server: Server) -> None:
    url = postgres_server.url(postgres_server.create_database())
    queue = url.replace("postgresql+psycopg://", "postgresql://")
    with deployed(tmp_path, database_url=url, QUEUE_URL=queue) as tool, lms_for(tool) as lms:
        tool.start_worker()
        eventually(lambda: tool.running["worker"].poll() is not None, 30.0)
        assert tool.running.pop("worker").returncode == 1  # refuses tables that are not there
        assert "db upgrade" in tool.log("worker")
        assert tool.command("db", "upgrade").returncode == 0
        tool.start_web()
        tool.register(lms.state)
        tool.start_worker()
        tool.start_worker(name="second")
        lms.state.gradebook.delete_column(lms.state.column_of("1").id)
        people = [str(number) for number in range(101, 109)]
        for each in people:
            hand_in(lms.state, each, 6)
        eventually(lambda: all(_mark(lms, each) == LEVEL_6 for each in people), 30.0)
        for name in ("worker", "second"):
            code, seconds = tool.end_worker(name)
            assert (code, seconds < 8) == (0, True)
        _sound(tool.log("second"))
        _sound(tool.log("web"))
        assert not list(lms.state.violations)


def test_a_worker_told_to_end_while_it_starts_ends_in_good_order(tool: Deployment) -> None:
    tool.start_worker("-w", "200")  # many threads: they start one by one, and only then the consumer listens
    eventually(lambda: "Huey consumer started" in tool.log("worker"), 30.0, every=0.001)
    code, seconds = tool.end("worker")
    assert (code, seconds < 8) == (0, True)
    _sound(tool.log("worker"))


def test_bad_settings_end_the_worker_with_words(tmp_path: Path) -> None:
    with deployed(tmp_path, PUSH_SLOTS="4", PUSH_SLOTS_PER_PLATFORM="4") as tool:
        tool.start_worker()
        eventually(lambda: tool.running["worker"].poll() is not None, 30.0)
        assert tool.running.pop("worker").returncode == 1
        assert "PIXLTI_PUSH_SLOTS_PER_PLATFORM" in tool.log("worker")
        assert "Traceback" not in tool.log("worker")
