"""The task queue (Huey): it wakes the worker and runs the periodic sweep. Losing it loses nothing.

The web process only puts `wake_scores` in, for scores and jobs alike; `worker.py` hands in what the tasks do.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg
import structlog
from huey.api import Huey, PostgresHuey, SqliteHuey, crontab

log = structlog.stdlib.get_logger(__name__)


class QueueUnavailable(Exception):
    """The queue cannot be opened; the text says which and why."""


def open_queue(url: str) -> Huey:
    """The queue at an address: SQLite by default, PostgreSQL for several machines.

    An SQLite file that is no queue any more is begun anew: there is nothing in it to lose.

    Raises:
        QueueUnavailable: no such place, or PostgreSQL does not answer.
    """
    scheme, _, rest = url.partition("://")
    try:
        if scheme.startswith("sqlite"):
            file = Path(rest.partition("?")[0].removeprefix("/"))
            file.parent.mkdir(parents=True, exist_ok=True)
            return _open_sqlite(file)
        return PostgresHuey("pix-lti", dsn=f"postgresql://{rest}", results=False, connect_timeout=3)
    except (sqlite3.Error, psycopg.Error, OSError) as error:
        raise QueueUnavailable(
            f"the task queue (PIXLTI_QUEUE_URL) cannot be opened: {type(error).__name__}: {error}"
        ) from error


def _open_sqlite(file: Path) -> Huey:
    try:
        return _sqlite_huey(file)
    except sqlite3.OperationalError:  # busy, or a place one cannot write to: not the file's fault
        raise
    except sqlite3.DatabaseError as error:
        log.warning("the task queue is unreadable: beginning a new one", file=file.name, why=str(error))
        for each in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
            each.unlink(missing_ok=True)
        return _sqlite_huey(file)


def _sqlite_huey(file: Path) -> Huey:
    return SqliteHuey("pix-lti", filename=str(file), results=False)


def waker(queue: Huey) -> Callable[[], None]:
    """A function that asks the worker to look; a queue in trouble is only logged, since the worker looks by itself."""
    wake_scores = queue.task(name="wake_scores")(_nobody_listens)

    def wake() -> None:
        try:
            wake_scores()
        except (sqlite3.Error, psycopg.Error, OSError) as error:
            log.warning(
                "the task queue does not take the wake-up; the worker finds the scores by itself",
                why=str(error),
            )

    return wake


def count_tasks(url: str) -> int | None:
    """How many tasks wait in the queue at an address; None where it does not answer."""
    try:
        queue = open_queue(url)
        try:
            return int(queue.pending_count())
        finally:
            queue.storage.close()
    except (QueueUnavailable, sqlite3.Error, psycopg.Error, OSError):
        return None


def serve_tasks(queue: Huey, *, wake: Callable[[], None], sweep: Callable[[], None]) -> None:
    """Tell the consumer what the tasks do: `wake` at each change, `sweep` every minute."""

    # A task is known by the module and name of its function: both must be this module's, on either side.
    def wake_scores() -> None:
        wake()

    def sweep_scores() -> None:
        sweep()

    queue.task()(wake_scores)
    queue.periodic_task(crontab(minute="*"))(sweep_scores)


def _nobody_listens() -> None:
    raise RuntimeError("wake_scores runs in the worker, not in the web process")
