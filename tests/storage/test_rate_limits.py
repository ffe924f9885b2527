"""Rate limits: exact whoever asks at once, whole again after their period, and readable by nobody."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from sqlalchemy import select

from storage.database import Database
from storage.rate_limits import count_use, forget_unused
from storage.schema import rate_limit
from tests.databases import Databases
from tests.storage.conftest import NOON, Ground

MINUTE = timedelta(minutes=1)


def used(
    database: Database,
    key: str = "hand_in\n7",
    now: datetime = NOON,
    limit: int = 3,
    period: timedelta = MINUTE,
) -> timedelta | None:
    """Use a key once; how long it has to wait."""
    with database.write() as connection:
        return count_use(connection, key, limit=limit, period=period, now=now)


def rows(database: Database) -> list[str]:
    """The keys that are kept."""
    with database.read() as connection:
        return list(connection.scalars(select(rate_limit.c.key)))


def test_so_many_at_once_then_one_each_part_of_the_period(ground: Ground) -> None:
    database = ground.database
    assert [used(database) for _ in range(3)] == [None] * 3
    assert used(database) == timedelta(seconds=20)
    assert used(database, now=NOON + timedelta(seconds=15)) == timedelta(seconds=5)
    assert used(database, now=NOON + timedelta(seconds=20)) is None
    assert used(database, now=NOON + timedelta(seconds=20)) == timedelta(seconds=20)
    later = NOON + timedelta(minutes=5)
    assert [used(database, now=later) for _ in range(4)] == [None, None, None, timedelta(seconds=20)]


def test_a_period_that_does_not_divide(ground: Ground) -> None:
    answers = [used(ground.database, limit=7) for _ in range(8)]
    assert [each is None for each in answers] == [True] * 7 + [False]
    assert used(ground.database, limit=7, now=NOON + timedelta(seconds=9)) is None


def test_a_refused_use_costs_nothing(ground: Ground) -> None:
    for _ in range(3):
        used(ground.database)
    waits = {used(ground.database) for _ in range(50)}
    assert waits == {timedelta(seconds=20)}


def test_each_key_has_its_own(ground: Ground) -> None:
    for _ in range(4):
        used(ground.database, "hand_in\n7")
    assert used(ground.database, "hand_in\n8") is None
    assert used(ground.database, "upload\n7") is None


def test_nobody_can_be_read_from_what_is_kept(ground: Ground) -> None:
    used(ground.database, "invitation\nÉlodie Lefèvre \udce9")
    (kept,) = rows(ground.database)
    assert len(kept) == 64
    assert set(kept) <= set("0123456789abcdef")


def test_what_is_whole_again_is_forgotten(ground: Ground) -> None:
    used(ground.database)
    used(ground.database, "other", now=NOON + MINUTE)
    with ground.database.write() as connection:
        forget_unused(connection, NOON + timedelta(seconds=30))
    assert len(rows(ground.database)) == 1


def test_a_clock_that_was_set_back_refuses_nobody_for_a_year(ground: Ground) -> None:
    wrong = NOON + timedelta(days=365)
    for _ in range(4):
        used(ground.database, now=wrong)
    assert [used(ground.database) for _ in range(4)] == [None, None, None, timedelta(seconds=20)]


def test_the_clocks_of_two_machines_may_differ_a_little(ground: Ground) -> None:
    ahead = NOON + timedelta(seconds=30)
    assert [used(ground.database, now=ahead) for _ in range(4)] == [None, None, None, timedelta(seconds=20)]
    assert used(ground.database) == timedelta(seconds=50)


def test_it_is_exact_whoever_asks_at_once(databases: Databases) -> None:
    def prepare(made: str) -> None:
        database = Database(made)
        database.upgrade()
        database.close()

    url = databases.prepared("migrated-only", prepare)
    machines = [Database(url), Database(url)]
    barrier = threading.Barrier(16)
    allowed: list[bool] = []

    def ask(database: Database) -> None:
        barrier.wait()
        allowed.extend(used(database, limit=10) is None for _ in range(5))

    threads = [threading.Thread(target=ask, args=(machines[number % 2],)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert allowed.count(True) == 10
    assert len(allowed) == 80
    for each in machines:
        each.close()
