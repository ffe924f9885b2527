"""A platform never delays another; two workers never send one score twice at once, nor lose one."""

import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from demo.lms import Fault, LmsBrowser, RunningLms
from storage.desired_scores import ScoreState
from storage.score_claims import Claim, acknowledge, claim_due, due_platforms, postpone, renew
from tests.push.bench import PushBench, eventually
from workflows.push_decision import Problem
from workflows.score_slots import ScoreWorker, Slots

pytestmark = pytest.mark.slow

ALICE, BRUNO = "101", "102"


@pytest.mark.parametrize(
    ("busy", "free", "room"), [(0, 16, 8), (8, 8, 0), (0, 8, 4), (4, 4, 0), (0, 4, 2), (0, 1, 1), (7, 9, 1)]
)
def test_room_always_leaves_something_to_the_next(busy: int, free: int, room: int) -> None:
    assert Slots(total=16, per_platform=8).room(busy, free) == room


def test_no_platform_may_take_every_slot() -> None:
    with pytest.raises(ValueError, match="no platform may take every slot"):
        Slots(total=4, per_platform=4)


def test_a_slow_platform_delays_no_other(bench: PushBench) -> None:
    people = [str(number) for number in range(101, 113)]
    with RunningLms(tool=bench.tool.addresses, client_id="slow") as slow:
        slow.state.site = bench.lms.site
        bench.tool.register(slow.state, name="slow")
        slow.state.faults.add(Fault(answer="none", delay=3.0, times=None))
        fast = bench.server
        bench.enter(*people)
        bench.server = slow
        for each in people:
            with LmsBrowser(slow.state, each) as browser:
                assert browser.launch("1").status == 200
        _desire_everything(bench)
        worker = bench.worker(Slots(total=4, per_platform=2))
        worker.start()
        try:
            started = time.monotonic()
            column = fast.state.column_of("1").id
            eventually(lambda: len(fast.state.gradebook.grades(column)) == len(people), 3.0)
            assert time.monotonic() - started < 3.0
            slow_column = slow.state.column_of("1").id
            assert len(slow.state.gradebook.grades(slow_column)) == 0
        finally:
            slow.state.faults.clear()
            assert worker.stop(timeout=10.0)


def _desire_everything(bench: PushBench) -> None:
    """Twelve out of 20 for everybody everywhere."""
    from sqlalchemy import select

    from storage.desired_scores import desire
    from storage.schema import activity, deployment, person

    query = select(activity.c.id, person.c.id, deployment.c.platform_id).where(
        activity.c.deployment_id == person.c.deployment_id, deployment.c.id == person.c.deployment_id
    )
    with bench.world.database.write() as connection:
        for activity_id, person_id, platform_id in connection.execute(query).all():
            desire(
                connection,
                activity_id=activity_id,
                person_id=person_id,
                platform_id=platform_id,
                mark=Decimal(12),
                comment=None,
                now=bench.clock(),
            )


def test_a_paused_platform_uses_no_slot(bench: PushBench) -> None:
    bench.enter(ALICE)
    bench.lms.faults.add(Fault(answer="429", retry_after=100))
    bench.want(ALICE, "12")
    bench.push()
    with bench.world.database.read() as connection:
        assert due_platforms(connection, bench.clock()) == []
    with bench.world.database.write() as connection:
        assert claim_due(connection, bench.platform().id, 5, bench.clock() + timedelta(seconds=50)) == []


def test_two_workers_at_once_send_each_score_once(bench: PushBench) -> None:
    people = [str(number) for number in range(101, 121)]
    bench.enter(*people)
    bench.lms.faults.add(Fault(answer="none", delay=0.05, times=None))
    for each in people:
        bench.want(each, "12")
    workers = [bench.worker(), bench.worker()]
    threads = [threading.Thread(target=each.drain, kwargs={"seconds": 10.0}) for each in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.person_id or "" for each in bench.sent()) == people
    assert {bench.held(each) for each in people} == {12}


def _claim(bench: PushBench, ahead: float = 0.0) -> list[Claim]:
    with bench.world.database.write() as connection:
        return claim_due(connection, bench.platform().id, 1, bench.clock() + timedelta(seconds=ahead))


def test_a_dead_workers_score_is_taken_over_and_its_late_answer_changes_nothing(bench: PushBench) -> None:
    bench.enter(ALICE)
    bench.want(ALICE, "12")
    (dead,) = _claim(bench)
    assert _claim(bench, ahead=5) == []
    (heir,) = _claim(bench, ahead=11)
    assert heir.timestamp > dead.timestamp
    bench.want(ALICE, "14")
    with bench.world.database.write() as connection:
        assert not acknowledge(connection, dead, bench.clock())
        late = bench.clock() + timedelta(hours=1)
        assert not postpone(connection, dead, until=late, problem=Problem.UNREACHABLE, detail="")
        assert acknowledge(connection, heir, bench.clock())
    assert bench.row(ALICE).state is ScoreState.WAITING  # the newer mark is still to be sent
    bench.push()
    assert (bench.row(ALICE).state, bench.held(ALICE)) == (ScoreState.IN_STEP, Decimal(14))


def test_a_slow_exchange_keeps_its_lease(bench: PushBench) -> None:
    bench.enter(ALICE)
    bench.want(ALICE, "12")
    (slow,) = _claim(bench)
    for ahead in (4, 8, 12, 16, 20):
        with bench.world.database.write() as connection:
            renew(connection, [slow], bench.clock() + timedelta(seconds=ahead))
        assert _claim(bench, ahead=ahead + 1) == []
    assert len(_claim(bench, ahead=31)) == 1


def test_a_lease_from_a_clock_that_was_ahead_blocks_nothing(bench: PushBench) -> None:
    bench.enter(ALICE)
    bench.want(ALICE, "12")
    assert len(_claim(bench, ahead=3600)) == 1
    assert len(_claim(bench)) == 1


def test_a_mark_desired_while_the_old_one_travels_arrives_last(bench: PushBench) -> None:
    bench.enter(ALICE)
    bench.lms.faults.add(Fault(answer="none", delay=0.6))
    bench.want(ALICE, "12")
    worker = bench.worker()
    worker.start()
    try:
        eventually(lambda: bench.row(ALICE).last_timestamp > 0)
        bench.want(ALICE, "15")
        worker.wake()
        eventually(lambda: bench.row(ALICE).state is ScoreState.IN_STEP)
    finally:
        worker.stop()
    assert bench.held(ALICE) == 15
    stamps = bench.timestamps(ALICE)
    assert stamps == sorted(set(stamps))


def test_a_stopped_worker_lets_what_is_on_its_way_arrive(bench: PushBench) -> None:
    bench.enter(ALICE, BRUNO)
    bench.lms.faults.add(Fault(answer="none", delay=0.5, times=None))
    bench.want(ALICE, "12")
    worker: ScoreWorker = bench.worker()
    worker.start()
    eventually(lambda: bench.row(ALICE).last_timestamp > 0)
    started = datetime.now(UTC)
    assert worker.stop()
    assert datetime.now(UTC) - started < timedelta(seconds=3)
    assert bench.row(ALICE).state is ScoreState.IN_STEP
    bench.want(BRUNO, "12")
    time.sleep(0.5)
    assert bench.sent(BRUNO) == []
