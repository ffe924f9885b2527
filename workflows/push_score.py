"""One claimed score to its LMS: send it, understand the answer, write down where it stands."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import structlog

from lti.errors import ServiceError
from lti.registration import Registration
from lti.scores import SCOPE_RESULT, SCOPE_SCORE, Result, Score, put_score, read_result
from storage.desired_scores import ScoreState, once_sent
from storage.platforms import find_platform
from storage.score_claims import Claim, acknowledge, give_back, is_held, postpone, settle
from storage.score_columns import others_pass, settle_column
from workflows.platform_registry import registration_of
from workflows.platform_trouble import closed_to_us, count_trouble, pause_platform, platform_is_well, wait_for
from workflows.push_decision import Decision, Pace, Problem, ReadBack, Step, decide, out_of_twenty, read_back
from workflows.seek_column import ColumnBusy, NoColumn, seek_column
from workflows.world import World

log = structlog.stdlib.get_logger(__name__)

LOCKED_AFTER = 3
"""Failures in a row of one score, while others pass, after which it is called locked and tried slowly."""

BLIND_SENDINGS = 3
"""Times a score that the LMS calls too old is sent again where what the LMS holds may not be read."""


@dataclass(frozen=True)
class Pusher:
    """Sends claimed scores; safe under threads. `jitter` gives numbers in 0–1."""

    world: World
    pace: Pace = field(default_factory=Pace)
    jitter: Callable[[], float] = random.random

    def push(self, claim: Claim) -> None:
        """Send one score and write down what came of it; whatever the LMS does, the score is not lost."""
        began = time.perf_counter()
        outcome = self._attempt(claim)
        seconds = time.perf_counter() - began
        self.world.metrics.push(outcome, claim.platform_id, seconds)
        log.info(
            "score handled",
            outcome=outcome,
            platform=claim.platform_id,
            activity=claim.activity_id,
            person=claim.person_id,
            attempt=claim.attempts + 1,
            duration_ms=round(seconds * 1000, 1),
        )

    def _attempt(self, claim: Claim) -> str:
        """The attempt itself; return its outcome, from a closed set."""
        with self.world.database.read() as connection:
            platform = find_platform(connection, claim.platform_id)
            still_ours = is_held(connection, claim)  # it may have stood in line for a while
        held = platform is not None and platform.hold_until and platform.hold_until > self.world.now()
        if platform is None or not platform.enabled or held or not still_ours:
            with self.world.database.write() as connection:
                give_back(connection, claim)  # disabled or held since it was claimed
            return "given_back"
        if claim.scopes and SCOPE_SCORE not in claim.scopes:
            # Asking for a token would be refused, and look like a platform that refuses us altogether.
            detail = "the launch grants no right to send scores"
            self._settle_column(claim, ScoreState.NO_COLUMN, Problem.NO_SCOPE, detail)
            return "no_column"
        registration = registration_of(platform)
        try:
            url = claim.line_item_url or seek_column(self.world, registration, claim, create=True)
            self._send(registration, url, claim)
        except ColumnBusy:
            self._postpone(claim, 0.3, Problem.SEEKING_COLUMN, "another worker is finding the column")
            return "postponed"
        except NoColumn as why:
            self._settle_column(claim, ScoreState.NO_COLUMN, Problem.NO_COLUMN, str(why))
            return "no_column"
        except ServiceError as error:
            decision = decide(error)
            self._failed(registration, claim, decision)
            return decision.step
        with self.world.database.write() as connection:
            acknowledge(connection, claim, self.world.now())
            platform_is_well(connection, claim.platform_id, self.world.now())
        return "taken"

    def _send(self, registration: Registration, url: str, claim: Claim) -> None:
        score = Score(
            user_id=claim.sub,
            given=claim.mark,
            comment=claim.comment,
            timestamp=datetime.fromtimestamp(claim.timestamp, UTC),
        )
        put_score(self.world.services, registration, url, score)

    def _failed(self, registration: Registration, claim: Claim, decision: Decision) -> None:
        # What the LMS said (`decision.detail`) may name people: it is kept with the score, for its teacher.
        log.warning(
            "score not taken",
            platform=claim.platform_id,
            activity=claim.activity_id,
            person=claim.person_id,
            attempt=claim.attempts + 1,
            reason=decision.problem,
            step=decision.step,
        )
        match decision.step:
            case Step.RETRY:
                self._retry(claim, decision)
            case Step.WAIT_FOR_PLATFORM:
                with self.world.database.write() as connection:
                    pause = self.pace.pause(claim.attempts, self.jitter())
                    wait_for(connection, claim, decision, pause, self.world.now())
            case Step.READ_BACK:
                self._read_back(registration, claim, decision)
            case Step.SEEK_COLUMN:
                self._seek_again(registration, claim, decision)
            case Step.REFUSED:
                with self.world.database.write() as connection:
                    settle(
                        connection,
                        claim,
                        ScoreState.REFUSED,
                        problem=decision.problem,
                        detail=decision.detail,
                    )
                    platform_is_well(connection, claim.platform_id, self.world.now())
            case Step.CLOSED_TO_US:
                with self.world.database.write() as connection:
                    closed_to_us(connection, claim, decision, self.pace, self.jitter(), self.world.now())
            case Step.PAUSE_PLATFORM:
                with self.world.database.write() as connection:
                    pause_platform(connection, claim, decision, self.pace, self.jitter(), self.world.now())

    def _failed_beside(self, registration: Registration, claim: Claim, error: ServiceError) -> None:
        """Asking beside the sending failed: obey a Retry-After, and otherwise try the whole again later."""
        decision = decide(error)
        if decision.step is not Step.WAIT_FOR_PLATFORM:
            decision = replace(decision, step=Step.RETRY)
        self._failed(registration, claim, decision)

    def _retry(self, claim: Claim, decision: Decision) -> None:
        """Try again later; a platform that fails score after score is left alone for a while."""
        now = self.world.now()
        with self.world.database.write() as connection:
            problem, pause = decision.problem, self.pace.pause(claim.attempts, self.jitter())
            if not others_pass(connection, claim):
                count_trouble(connection, claim, decision, self.pace, self.jitter(), now)
            elif claim.attempts + 1 >= LOCKED_AFTER and problem is Problem.SERVER_TROUBLE:
                problem = Problem.LOCKED
                pause = self.pace.slow_pause(claim.attempts + 1 - LOCKED_AFTER, self.jitter())
            postpone(connection, claim, until=_later(now, pause), problem=problem, detail=decision.detail)

    def _read_back(self, registration: Registration, claim: Claim, decision: Decision) -> None:
        """A 409: see what the LMS holds before sending again."""
        url = claim.line_item_url
        if url is None:  # found a moment ago: the next claim knows it
            self._postpone(claim, 0.0, decision.problem, decision.detail)
            return
        if SCOPE_RESULT not in claim.scopes:
            self._send_blindly(claim, decision)
            return
        try:
            result = read_result(self.world.services, registration, url, claim.sub)
        except ServiceError as error:
            self._failed_beside(registration, claim, error)
            return
        now, held = self.world.now(), out_of_twenty(result)
        with self.world.database.write() as connection:
            platform_is_well(connection, claim.platform_id, now)
            sent = once_sent(connection, claim.activity_id, claim.person_id)
            match read_back(claim.mark, held, sent):
                case ReadBack.IN_STEP:
                    acknowledge(connection, claim, now)
                case ReadBack.SEND_AGAIN:
                    pause = 0.0 if claim.attempts == 0 else self.pace.pause(claim.attempts, self.jitter())
                    postpone(
                        connection,
                        claim,
                        until=_later(now, pause),
                        problem=decision.problem,
                        detail=decision.detail,
                        later_than=_stored_at(result),
                    )
                case ReadBack.TYPED_BY_HAND:
                    settle(
                        connection,
                        claim,
                        ScoreState.TYPED_BY_HAND,
                        problem=Problem.TYPED_BY_HAND,
                        detail=decision.detail,
                        lms_mark=None if held is None else f"{held:.2f}",
                    )

    def _send_blindly(self, claim: Claim, decision: Decision) -> None:
        """A 409 where results may not be read: our clock may lag, so some later times are tried, then no more."""
        if claim.attempts < BLIND_SENDINGS:
            self._retry(claim, decision)
            return
        with self.world.database.write() as connection:
            settle(connection, claim, ScoreState.REFUSED, problem=decision.problem, detail=decision.detail)

    def _seek_again(self, registration: Registration, claim: Claim, decision: Decision) -> None:
        """A 404 on the column: look for it once more, then say it is gone."""
        if not claim.column_sought:
            try:
                seek_column(self.world, registration, claim, create=False)
            except NoColumn:
                pass
            except ColumnBusy:
                self._postpone(claim, 0.3, decision.problem, decision.detail)
                return
            except ServiceError as error:
                self._failed_beside(registration, claim, error)
                return
            else:
                self._postpone(claim, 0.0, decision.problem, decision.detail, column_sought=True)
                return
        self._settle_column(claim, ScoreState.COLUMN_GONE, Problem.COLUMN_GONE, decision.detail)

    def _postpone(
        self,
        claim: Claim,
        pause: float,
        problem: Problem,
        detail: str,
        *,
        column_sought: bool | None = None,
    ) -> None:
        """Try again soon: nothing is wrong with this score."""
        with self.world.database.write() as connection:
            postpone(
                connection,
                claim,
                until=_later(self.world.now(), pause),
                problem=problem,
                detail=detail,
                counts=False,
                column_sought=column_sought,
            )

    def _settle_column(self, claim: Claim, state: ScoreState, problem: Problem, detail: str) -> None:
        """What is true of the column is true of everybody's score in it."""
        now = self.world.now()
        with self.world.database.write() as connection:
            settle(connection, claim, state, problem=problem, detail=detail)
            settle_column(connection, claim, state, problem=problem, detail=detail, now=now)


def _later(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)


def _stored_at(result: Result | None) -> int:
    """The instant the LMS stored its value (whole seconds): the next timestamp must pass it."""
    return int(result.timestamp.timestamp()) if result is not None and result.timestamp else 0
