"""Can this process serve, and does what stands beside it work? What is wrong otherwise, without secrets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from lti.keys import Keyring, KeyUnreadable
from storage.database import DatabaseMismatch, DatabaseTrouble
from storage.heartbeats import SignsOfLife, signs_of_life
from workflows.standing import SILENT_AFTER
from workflows.world import World


@dataclass(frozen=True, kw_only=True)
class Health:
    """Each part `ok` or what is wrong with it.

    `problems` keep this process from serving; `warnings` (queue, workers) only keep marks from leaving.
    `worker_silence` is since the last sign of life of any worker, None where there was none.
    """

    database: str
    migrations: str
    keys: str
    queue: str
    worker: str
    waiting_tasks: int | None
    workers: int
    worker_silence: timedelta | None

    @property
    def problems(self) -> list[str]:
        """What keeps this process from serving; empty when nothing does."""
        return _wrong(self.database, self.migrations, self.keys)

    @property
    def warnings(self) -> list[str]:
        """What keeps marks from leaving; pages are served all the same, and nothing is lost."""
        return _wrong(self.queue, self.worker)


def check_health(
    world: World, keyring: Callable[[], Keyring], waiting_tasks: Callable[[], int | None]
) -> Health:
    """Look at everything once."""
    database, migrations, keys = _check_database(world, keyring)
    signs = worker_signs(world) if database == "ok" and migrations == "ok" else None
    silence = world.now() - signs.last if signs is not None and signs.last is not None else None
    tasks = waiting_tasks()
    return Health(
        database=database,
        migrations=migrations,
        keys=keys,
        queue="ok"
        if tasks is not None
        else "the task queue does not answer; workers find the marks by themselves",
        worker=_describe(signs, silence),
        waiting_tasks=tasks,
        workers=signs.recent if signs else 0,
        worker_silence=max(silence, timedelta(0)) if silence is not None else None,
    )


def worker_signs(world: World) -> SignsOfLife | None:
    """The workers' signs of life within a minute; None where the database does not answer."""
    try:
        with world.database.read() as connection:
            return signs_of_life(connection, since=world.now() - SILENT_AFTER)
    except DatabaseTrouble:
        return None


def worker_trouble(world: World) -> str | None:
    """Why no mark leaves, where no worker has given a sign of life for over a minute; None where one has."""
    signs = worker_signs(world)
    if signs is None or signs.recent:
        return None
    return _describe(signs, world.now() - signs.last if signs.last else None)


def _check_database(world: World, keyring: Callable[[], Keyring]) -> tuple[str, str, str]:
    try:
        world.database.check()
        keyring()
    except DatabaseMismatch as error:
        return "ok", str(error), "not looked at"
    except DatabaseTrouble:
        return "the database does not answer", "not looked at", "not looked at"
    except (KeyUnreadable, LookupError) as error:
        return "ok", "ok", str(error)
    return "ok", "ok", "ok"


def _describe(signs: SignsOfLife | None, silence: timedelta | None) -> str:
    if signs is None:
        return "not looked at"
    if signs.recent:
        return "ok"
    started = "is `huey_consumer worker.huey` running? Marks wait until it does"
    if silence is None:
        return f"no worker has given a sign of life: {started}"
    return f"no worker has given a sign of life for {int(silence.total_seconds())} seconds: {started}"


def _wrong(*parts: str) -> list[str]:
    return [each for each in parts if each not in ("ok", "not looked at")]
