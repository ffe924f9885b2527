"""The worker's threads for jobs, beside those for scores: take what is due, do it, tell how far it has come.

One thread looks, renews leases and writes progress down; the handlers' threads never touch the job's row, so that a
handler in the middle of a transaction waits for nobody.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from grading.text import Bilingual
from storage.database import DatabaseTrouble
from storage.jobs import JobClaim, claim_job, fail_job, finish_job, is_job_due, keep_job, put_back_job
from workflows.jobs import JobBook, JobFailed, TryAgain
from workflows.refusal import Refused
from workflows.world import World

log = structlog.stdlib.get_logger(__name__)

LOOK_EVERY = 0.5
"""Seconds between two looks at the database when nothing wakes the worker, and between two writings of progress."""

RENEW_EVERY = 5.0
"""Seconds between two signs of life of a job that says nothing (a lease lasts 30)."""

AT_ONCE = 3
"""Jobs in work at once; of one kind at most one less, so that a long one of each kind leaves room for the others."""

PAUSES = tuple(timedelta(seconds=each) for each in (5, 30, 120, 600, 1800))
"""Between the attempts at a job; after the last, it has failed."""

_INTERRUPTED = Bilingual(
    "La tâche a été interrompue plusieurs fois avant sa fin (le serveur s’est arrêté) ; elle n’est plus essayée. "
    "Recommencez ; si cela se reproduit, prévenez l’assistance.",
    "The task was interrupted several times before its end (the server stopped); it is not tried any more. "
    "Start again; if it happens again, tell the support.",
)
_FAULT = Bilingual(
    "L’outil a rencontré une erreur ; elle est notée. Rien n’a été fait à moitié. Recommencez dans un moment ; si cela "
    "continue, prévenez l’assistance.",
    "The tool met an error; it is on record. Nothing was half done. Start again in a moment; if it goes on, tell the "
    "support.",
)
_TROUBLE = Bilingual("La base de données n’a pas répondu.", "The database did not answer.")


class Interrupted(BaseException):
    """The handler must end now, its work undone: the worker stops, or somebody else has the job.

    Like KeyboardInterrupt no `Exception`: a handler that catches every error does not swallow it.
    """


@dataclass
class _Work:
    """A job in a thread, and how far its handler says it has come."""

    claim: JobClaim
    stopping: threading.Event
    lost: threading.Event = field(default_factory=threading.Event)
    done: int = 0
    total: int | None = None
    message: Bilingual | None = None
    said: bool = False
    kept_at: float = field(default_factory=time.monotonic)

    def report(self, done: int, total: int | None = None, message: Bilingual | None = None) -> None:
        """See `workflows.jobs.Report`."""
        if self.stopping.is_set() or self.lost.is_set():
            raise Interrupted
        self.done, self.total = done, total
        self.message = message or self.message
        self.said = True


@dataclass
class JobWorker:
    """Takes due jobs and does them, in threads, until stopped. Losing it loses nothing: the table is the truth."""

    world: World
    book: JobBook
    _work: dict[str, _Work] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _awake: threading.Event = field(default_factory=threading.Event, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)

    def start(self) -> None:
        """Begin to look and to work, in the background."""
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look at once: something was asked for."""
        self._awake.set()

    def stop(self, timeout: float = 5.0) -> bool:
        """Take nothing more, interrupt what is in work, and give it back; True where all of it ended in time.

        What has not keeps its lease for half a minute and is then taken by another worker.
        """
        until = time.monotonic() + timeout
        self._stopping.set()
        self._awake.set()
        if self._thread is not None:
            self._thread.join(timeout)
        while self._in_work() and time.monotonic() < until:
            time.sleep(0.01)
        return not self._in_work()

    def drain(self, *, seconds: float) -> int:
        """Do what is due until nothing is, at most for this long; for commands and tests.

        Return how many were taken up.
        """
        until = time.monotonic() + seconds
        taken = 0
        while time.monotonic() < until:
            working = self._in_work()  # asked first: what ends meanwhile may have asked for more
            took = self._look()
            taken += took
            if not took and not working:
                return taken
            self._awake.wait(0.02)
            self._awake.clear()
        return taken

    def _run(self) -> None:
        pause = LOOK_EVERY
        while not self._stopping.is_set():
            self._awake.clear()
            try:
                took = self._look()
                pause = LOOK_EVERY
            except DatabaseTrouble as error:
                took, pause = 0, min(pause * 2, 10.0)
                log.error("the database does not answer the job worker, trying again", exc_info=error)
            if not took:
                self._awake.wait(pause)

    def _look(self) -> int:
        """Write progress down and take what there is room for; return how many were taken."""
        self._keep()
        taken = 0
        while kinds := self._kinds_with_room():
            with self.world.database.read() as connection:
                if not is_job_due(connection, kinds, self.world.now()):
                    break
            with self.world.database.write() as connection:
                claim = claim_job(connection, kinds, self.world.now())
            if claim is None:
                break
            taken += 1
            work = _Work(claim=claim, stopping=self._stopping)
            with self._lock:
                self._work[claim.token] = work
            # Daemons: a process told to stop does not wait for a handler that does not listen.
            threading.Thread(target=self._do, args=(work,), name="job", daemon=True).start()
        return taken

    def _kinds_with_room(self) -> list[str]:
        with self._lock:
            busy = Counter(each.claim.job.kind for each in self._work.values())
        if busy.total() >= AT_ONCE or self._stopping.is_set():
            return []
        return [kind for kind in self.book.handlers if busy[kind] < AT_ONCE - 1]

    def _keep(self) -> None:
        with self._lock:
            in_work = list(self._work.values())
        for each in in_work:
            if each.said or time.monotonic() - each.kept_at > RENEW_EVERY:
                each.said, each.kept_at = False, time.monotonic()
                with self.world.database.write() as connection:
                    now = self.world.now()
                    held = keep_job(
                        connection, each.claim, now, done=each.done, total=each.total, message=each.message
                    )
                if not held and each.claim.token in self._work:
                    each.lost.set()

    def _do(self, work: _Work) -> None:
        job, began = work.claim.job, time.monotonic()
        outcome = "unknown"
        try:
            outcome = self._handle(work)
        except DatabaseTrouble as error:
            # The lease runs out and the job is taken again; nothing is lost, but somebody should know.
            log.error("what became of a job could not be written down", job=job.id, exc_info=error)
        finally:
            with self._lock:
                del self._work[work.claim.token]
            seconds = time.monotonic() - began
            self.world.metrics.job(job.kind, outcome, seconds)
            log.info("job", kind=job.kind, job=job.id, outcome=outcome, seconds=round(seconds, 3))
            self._awake.set()

    def _handle(self, work: _Work) -> str:
        job = work.claim.job
        if job.attempts > len(PAUSES) + 1:
            return self._fail(work, _INTERRUPTED)
        try:
            result = self.book.handlers[job.kind](self.world, job, work.report)
        except Interrupted:
            return self._put_back(work, timedelta(0), None, counts=False)
        except TryAgain as again:
            return self._retry(work, again.why, again.after)
        except DatabaseTrouble as error:
            log.error("the database did not let a job be done", kind=job.kind, job=job.id, exc_info=error)
            return self._retry(work, _TROUBLE, None)
        except JobFailed as failed:
            return self._fail(work, failed.why)
        except Refused as refused:
            return self._fail(work, refused.message)
        except Exception as error:
            log.error("a job failed", kind=job.kind, job=job.id, exc_info=error)
            return self._fail(work, _FAULT)
        self._last_word(work)
        with self.world.database.write() as connection:
            held = finish_job(connection, work.claim, self.world.now(), result)
        return "done" if held else "lost"

    def _retry(self, work: _Work, why: Bilingual, after: timedelta | None) -> str:
        attempts = work.claim.job.attempts
        if attempts > len(PAUSES):
            return self._fail(work, why)
        return self._put_back(work, PAUSES[attempts - 1] if after is None else after, why, counts=True)

    def _put_back(self, work: _Work, pause: timedelta, why: Bilingual | None, *, counts: bool) -> str:
        at = self.world.now() + pause
        with self.world.database.write() as connection:
            held = put_back_job(connection, work.claim, not_before=at, problem=why, counts=counts)
        return "put_back" if held else "lost"

    def _fail(self, work: _Work, why: Bilingual) -> str:
        with self.world.database.write() as connection:
            held = fail_job(connection, work.claim, self.world.now(), why)
        return "failed" if held else "lost"

    def _last_word(self, work: _Work) -> None:
        """Write down what the handler said last, so that who looks afterwards reads it."""
        with self.world.database.write() as connection:
            keep_job(
                connection,
                work.claim,
                self.world.now(),
                done=work.done,
                total=work.total,
                message=work.message,
            )

    def _in_work(self) -> bool:
        with self._lock:
            return bool(self._work)
