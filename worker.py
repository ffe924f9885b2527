"""The worker: `huey_consumer worker.huey` sends scores to the LMSs, does background jobs and sweeps every minute.

The queue only wakes it up; what is to be sent or done is in the database, so that losing the queue loses nothing.
Huey's threads (`-k thread`, its default) share one set of slots, whatever their number (`-w`); with `-k process`
each process has slots of its own. Greenlets are not supported.
"""

from __future__ import annotations

import atexit
import gc
import logging
import os
import signal
import sys
import threading
from types import FrameType

import structlog

from app import build_job_book, build_score_worker, build_world, open_counts, start_logging
from config.catalogue import CatalogueProblems
from config.settings import SettingsProblems, read_settings
from logs import keep_apart, take_over
from storage.database import DatabaseMismatch, DatabaseTrouble
from task_queue import QueueUnavailable, open_queue, serve_tasks
from workflows.job_worker import JobWorker
from workflows.score_slots import ScoreWorker
from workflows.sweep import sweep
from workflows.world import World

log = structlog.stdlib.get_logger("worker")


def _end_quietly(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


# The consumer listens to these only once its threads run, and with them the sending: told to end before, the worker
# would be cut off in the middle of a score.
for _number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(_number, _end_quietly)

try:
    _settings = read_settings(os.environ)
    huey = open_queue(_settings.queue_url)
except (SettingsProblems, QueueUnavailable) as refused:
    sys.exit(str(refused))
start_logging(_settings, whole_process=True)


class _Running:
    """The one worker of this process: the consumer calls its hooks from every thread of its own."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.world: World | None = None
        self.scores: ScoreWorker | None = None
        self.jobs: JobWorker | None = None

    def start(self) -> None:
        """Begin to send and to work, once."""
        with self.lock:
            self.users += 1
            if self.scores is None:
                _quieten_huey()
                try:
                    self.world = build_world(_settings, wake=lambda: None, metrics=open_counts(_settings))
                except (CatalogueProblems, DatabaseMismatch, DatabaseTrouble, OSError) as refused:
                    log.critical("the worker cannot start", why=str(refused))
                    os._exit(1)  # from a thread of the consumer, nothing less ends the process
                # A large file is a million small objects that live until it is read: looking at them again and again
                # for cycles would take an eighth of the time.
                gc.set_threshold(50_000, 20, 50)
                self.scores = build_score_worker(_settings, self.world)
                self.scores.start()
                self.jobs = JobWorker(world=self.world, book=build_job_book(_settings))
                self.jobs.start()
                # SIGTERM ends the consumer without waiting for its threads. Registered last, so that it runs before
                # the metrics' files are closed.
                atexit.register(self.stop)
                log.info("scores are being sent", at_once=self.scores.slots.total)

    def leave(self) -> None:
        """A thread of the consumer ends; with the last one, sending ends."""
        with self.lock:
            self.users -= 1
            last = self.users <= 0
        if last:
            self.stop()

    def stop(self) -> None:
        """Let what is on its way arrive, for a few seconds, and take nothing more."""
        with self.lock:
            if self.scores is None or self.world is None:
                return
            jobs_ended = self.jobs is None or self.jobs.stop(timeout=2.0)
            if not jobs_ended:
                log.warning("a job does not end at once: the next worker takes it up again")
            if self.scores.stop() and jobs_ended:
                self.world.services.transport.close()
                if self.world.pix_api is not None:
                    self.world.pix_api.maddo.close()
                self.world.database.close()
            elif jobs_ended:
                log.warning("an LMS is slow: what was on its way is sent again by the next worker")
            self.scores = self.jobs = None

    def wake(self) -> None:
        """Look at the scores and the jobs now."""
        scores, jobs = self.scores, self.jobs
        if scores is not None:
            scores.wake()
        if jobs is not None:
            jobs.wake()

    def sweep(self) -> None:
        """Forget what has expired, and ask for periodic jobs."""
        world, jobs = self.world, self.jobs
        if world is not None and jobs is not None:
            sweep(world, jobs.book)


def _quieten_huey() -> None:
    """One line for the consumer's start and end, none for each wake-up (with -v: all of them), as all our lines."""
    for name in ("huey", "huey.consumer"):
        take_over(name, as_text=_settings.log_as_text)
    if logging.getLogger("huey").level == logging.INFO:
        logging.getLogger("huey").setLevel(logging.WARNING)
        logging.getLogger("huey.consumer").setLevel(logging.INFO)


_running = _Running()
huey.on_startup()(_running.start)
huey.on_shutdown()(_running.leave)
serve_tasks(huey, wake=_running.wake, sweep=_running.sweep)
keep_apart("huey.consumer")  # what it says before our hooks run is one of our lines, too
