"""The worker's slots: who may send when. One platform never takes them all, so a slow one delays no other."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import structlog

from storage.database import DatabaseTrouble
from storage.heartbeats import beat, end_beating
from storage.score_claims import Claim, claim_due, due_platforms, give_back, renew
from workflows.push_score import Pusher
from workflows.taken_scores import Slots, TakenScores
from workflows.world import World

__all__ = ["ScoreWorker", "Slots"]

log = structlog.stdlib.get_logger(__name__)

LOOK_EVERY = 0.3
"""Seconds between two looks at the database when nothing wakes the worker."""

RENEW_EVERY = 3.0
"""Seconds between two signs of life for what is on its way (a lease lasts 10)."""

BEAT_EVERY = 10.0
"""Seconds between two signs of life of this process, for whoever watches."""


def _process_name() -> str:
    return f"{socket.gethostname()[:60]} {os.getpid()} {secrets.token_hex(4)}"


@dataclass
class ScoreWorker:
    """Takes due scores and sends them, in threads, until stopped. Losing it loses nothing: the table is the truth."""

    world: World
    pusher: Pusher
    slots: Slots = field(default_factory=Slots)
    _taken: TakenScores = field(init=False)
    _awake: threading.Event = field(default_factory=threading.Event, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    _renewed_at: float = field(default_factory=time.monotonic, init=False)
    _beat_at: float = field(default=-BEAT_EVERY, init=False)
    _process: str = field(default_factory=_process_name, init=False)

    def __post_init__(self) -> None:
        self._taken = TakenScores(self.slots)

    def start(self) -> None:
        """Begin to look and to send, in the background."""
        self._thread = threading.Thread(target=self._run, name="scores", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look at once: something changed."""
        self._awake.set()

    def stop(self, timeout: float = 5.0) -> bool:
        """Take nothing more, and let what is on its way arrive, for so many seconds; True where all of it did.

        What has not arrived by then keeps its lease for some seconds more and is taken by the next worker.
        """
        until = time.monotonic() + timeout
        self._stopping.set()
        self._awake.set()
        if self._thread is not None:
            self._thread.join(timeout)
        self._let_go()
        while self._sending() and time.monotonic() < until:
            time.sleep(0.01)
        return not self._sending()

    def drain(self, *, seconds: float) -> None:
        """Send what is due until nothing is, at most for this long; for commands and tests."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            sending = self._sending()  # asked first: what comes back meanwhile may be due at once
            if not self._look() and not sending:
                return
            self._awake.wait(0.02)
            self._awake.clear()

    def _run(self) -> None:
        pause = LOOK_EVERY
        while not self._stopping.is_set():
            self._awake.clear()
            try:
                self._say_alive()
                took = self._look()
                pause = LOOK_EVERY
            except DatabaseTrouble as error:
                took, pause = 0, min(pause * 2, 10.0)
                log.error("the database does not answer the score worker, trying again", exc_info=error)
            if not took:
                self._awake.wait(pause)
        self._say_goodbye()

    def _say_alive(self) -> None:
        if time.monotonic() - self._beat_at < BEAT_EVERY:
            return
        with self.world.database.write() as connection:
            beat(connection, self._process, self.world.now())
        self._beat_at = time.monotonic()

    def _say_goodbye(self) -> None:
        try:
            with self.world.database.write() as connection:
                end_beating(connection, self._process)
        except DatabaseTrouble:
            return  # nobody hears from us any more in any case

    def _look(self) -> int:
        """Renew what was taken, give free slots to it, and take more of what is due; return how many were taken."""
        self._renew()
        self._begin()
        now = self.world.now()
        with self.world.database.read() as connection:
            waiting = due_platforms(connection, now)
        taken = 0
        busy = Counter(each.platform_id for each in self._taken.all())
        for platform_id in sorted(waiting, key=lambda each: busy[each]):
            wanted = self._taken.wanted(platform_id)
            if wanted > 0:
                with self.world.database.write() as connection:
                    claims = claim_due(connection, platform_id, wanted, now)
                taken += len(claims)
                self._taken.take(claims)
                self._begin()
        return taken

    def _begin(self) -> None:
        for claim in self._taken.begin():
            # Daemons: a process told to stop does not wait for an LMS that drips its answer.
            threading.Thread(target=self._send, args=(claim,), name="score", daemon=True).start()

    def _send(self, first: Claim) -> None:
        """Send a score, then the next ones in line for its platform, as long as there are any and the slot is its."""
        claim: Claim | None = first
        while claim is not None:
            try:
                self._push(claim)
            finally:
                self._taken.finish(claim)
            following = None if self._stopping.is_set() else self._taken.next_of(claim.platform_id)
            if following is None or self._taken.wanted(claim.platform_id) > 0:
                self._awake.set()
            claim = following

    def _push(self, claim: Claim) -> None:
        try:
            self.pusher.push(claim)
        except DatabaseTrouble as error:
            # The lease runs out and the score is taken again; nothing is lost, but somebody should know.
            log.error(
                "what became of a score could not be written down, it is sent again",
                platform=claim.platform_id,
                activity=claim.activity_id,
                person=claim.person_id,
                exc_info=error,
            )

    def _let_go(self) -> None:
        """Give back what stands in line: another worker need not wait for its leases to run out."""
        claims = self._taken.disperse()
        if not claims:
            return
        try:
            with self.world.database.write() as connection:
                for claim in claims:
                    give_back(connection, claim)
        except DatabaseTrouble:
            return  # the leases run out by themselves

    def _sending(self) -> bool:
        return bool(self._taken.all())

    def _renew(self) -> None:
        if time.monotonic() - self._renewed_at < RENEW_EVERY:
            return
        self._renewed_at = time.monotonic()
        now = self.world.now()
        for claim in self._taken.all():
            if claim.claimed_at < now:
                # One at a time: who holds one score's row while it waits for another's can meet, on PostgreSQL, a
                # score that is being written down and waits for its platform's row.
                with self.world.database.write() as connection:
                    renew(connection, [claim], now)
