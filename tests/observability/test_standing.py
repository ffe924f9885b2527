"""How everything stands, read from either database; the queue beside it."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from storage.backlog import backlog
from storage.desired_scores import desire
from storage.heartbeats import beat, end_beating, forget_silent, signs_of_life
from storage.platform_holds import hold_platform
from storage.score_claims import claim_due
from task_queue import count_tasks, open_queue, waker
from tests.postgres import Server
from tests.storage.conftest import NOON, Ground, ground

__all__ = ["ground"]


def _desire(ground: Ground, person: int, minutes: int) -> None:
    with ground.database.write() as connection:
        desire(
            connection,
            activity_id=ground.activity,
            person_id=person,
            platform_id=ground.platform,
            mark=Decimal("13.33"),
            comment=None,
            now=NOON + timedelta(minutes=minutes),
        )


def test_the_backlog_is_what_could_leave_now_and_since_when(ground: Ground) -> None:
    now = NOON + timedelta(minutes=10)
    with ground.database.read() as connection:
        assert (backlog(connection, now).due, backlog(connection, now).since) == (0, None)
    _desire(ground, ground.alice, 2)
    _desire(ground, ground.bruno, 5)
    with ground.database.read() as connection:
        assert (backlog(connection, now).due, backlog(connection, now).since) == (
            2,
            NOON + timedelta(minutes=2),
        )
    with ground.database.write() as connection:
        claim_due(connection, ground.platform, 1, now)
    with ground.database.write() as connection:
        assert backlog(connection, now).due == 1  # the other one is on its way
        hold_platform(
            connection, ground.platform, until=now + timedelta(hours=1), reason="x", now=now, alarm=False
        )
        assert backlog(connection, now).due == 0


def test_signs_of_life_come_and_go(ground: Ground) -> None:
    later = NOON + timedelta(minutes=5)
    with ground.database.write() as connection:
        assert signs_of_life(connection, since=NOON).last is None
        beat(connection, "one", NOON)
        beat(connection, "two", NOON)
        beat(connection, "two", later)
        signs = signs_of_life(connection, since=later - timedelta(minutes=1))
        assert (signs.recent, signs.last) == (1, later)
        forget_silent(connection, before=later)
        assert signs_of_life(connection, since=NOON).recent == 1
        end_beating(connection, "two")
        assert signs_of_life(connection, since=NOON).recent == 0


def test_the_queue_is_counted_and_its_trouble_is_no_number(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'queue.sqlite'}"
    assert count_tasks(url) == 0
    queue = open_queue(url)
    waker(queue)()
    queue.storage.close()
    assert count_tasks(url) == 1
    assert count_tasks(f"sqlite:///{tmp_path}") is None


@pytest.mark.postgres
def test_a_queue_in_postgresql_is_counted_too(postgres_server: Server) -> None:
    name = postgres_server.create_database()
    url = postgres_server.url(name)
    assert count_tasks(url) == 0
    queue = open_queue(url)
    waker(queue)()
    queue.storage.close()
    assert count_tasks(url) == 1
    postgres_server.drop_database(name)
    assert count_tasks(url) is None
