"""Jobs: work written down to be done in the background, taken under a lease, done once or failed visibly.

As with scores, whatever a worker learns of a job is written only while its lease still stands. Payloads, results and
problems hold ids, counts and words of ours, never anything personal.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import token_hex
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, or_, select, update

from grading.text import Bilingual
from storage.schema import activity, job
from storage.upsert import insert_if_new

LEASE = timedelta(seconds=30)
"""How long a job stays taken after a sign of life: longer than any transaction of a job holds an SQLite database."""


class JobState(StrEnum):
    """Where a job stands (closed set); the first two are active."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self in (JobState.DONE, JobState.FAILED)


@dataclass(frozen=True, kw_only=True)
class NewJob:
    """Work to be asked for; of one kind and key there is one active job at a time."""

    kind: str
    key: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    by_person: int | None = None
    activity_id: int | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job as it stands. `total` is None where nobody knows yet; `course_id` is the activity's.

    `attempts` counts how often it was taken up, this time included.
    """

    id: int
    kind: str
    key: str
    payload: Mapping[str, Any]
    state: JobState
    done: int
    total: int | None
    message: Bilingual | None
    result: Mapping[str, Any] | None
    problem: Bilingual | None
    by_person: int | None
    activity_id: int | None
    course_id: int | None
    created_at: datetime
    not_before: datetime
    attempts: int
    finished_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class JobClaim:
    """A job taken by one worker."""

    job: Job
    token: str


_ACTIVE = (JobState.WAITING, JobState.RUNNING)
_LET_GO: dict[str, Any] = {"lease_until": None, "lease_token": None}


def ask(connection: Connection, new: NewJob, now: datetime) -> int:
    """Write work down and return its id; where the same is active already, that one's.

    One that waits for a later moment (between two attempts, say) is brought forward.
    """
    wanted_at = new.not_before or now
    values: dict[str, Any] = {
        "kind": new.kind,
        "key": new.key,
        "payload": dict(new.payload),
        "state": JobState.WAITING,
        "by_person": new.by_person,
        "activity_id": new.activity_id,
        "created_at": now,
        "not_before": wanted_at,
    }
    same = and_(job.c.kind == new.kind, job.c.key == new.key, job.c.state.in_(_ACTIVE))
    while True:
        insert_if_new(connection, job, values)
        found = connection.scalar(select(job.c.id).where(same))
        if found is not None:  # else it ended between the two statements: the next insert is the one
            connection.execute(
                update(job)
                .where(job.c.id == found, job.c.state == JobState.WAITING, job.c.not_before > wanted_at)
                .values(not_before=wanted_at)
            )
            return int(found)


def ask_again_after(connection: Connection, new: NewJob, every: timedelta, now: datetime) -> int | None:
    """Write periodic work down, unless the same was asked for less than `every` ago; return its id or None."""
    newest = connection.scalar(
        select(func.max(job.c.created_at)).where(job.c.kind == new.kind, job.c.key == new.key)
    )
    if newest is not None and now - every < newest <= now + every:
        return None
    return ask(connection, new, now)


def find_job(connection: Connection, job_id: int) -> Job | None:
    """A job by its id, until it is forgotten."""
    row = connection.execute(_JOBS.where(job.c.id == job_id)).one_or_none()
    return None if row is None else _job(row)


def find_last_job(connection: Connection, kind: str, key: str) -> Job | None:
    """The newest job of a kind and key, active or over."""
    of_key = _JOBS.where(job.c.kind == kind, job.c.key == key).order_by(job.c.id.desc()).limit(1)
    row = connection.execute(of_key).one_or_none()
    return None if row is None else _job(row)


_JOBS = select(job, activity.c.course_id).outerjoin(activity, activity.c.id == job.c.activity_id)


def claim_job(connection: Connection, kinds: Collection[str], now: datetime) -> JobClaim | None:
    """Take the job of these kinds that has been due longest; None where none is.

    One whose worker gave no sign of life for `LEASE` is due again.
    """
    query = (
        _JOBS.where(job.c.kind.in_(kinds), _is_due(now))
        .order_by(job.c.not_before, job.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=job)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    token = token_hex(8)
    taken: dict[str, Any] = {
        "state": JobState.RUNNING,
        "attempts": row.attempts + 1,
        "lease_until": now + LEASE,
        "lease_token": token,
    }
    connection.execute(update(job).where(job.c.id == row.id).values(**taken))
    return JobClaim(job=_job(row, state=JobState.RUNNING, attempts=row.attempts + 1), token=token)


def is_job_due(connection: Connection, kinds: Collection[str], now: datetime) -> bool:
    """Whether `claim_job` would find one: asked first, since taking needs SQLite's write lock."""
    query = select(job.c.id).where(job.c.kind.in_(kinds), _is_due(now)).limit(1)
    return connection.scalar(query) is not None


def _is_due(now: datetime) -> ColumnElement[bool]:
    until = job.c.lease_until
    # A lease that lies far ahead was given before the clock went back.
    abandoned = or_(until.is_(None), until < now, until > now + 2 * LEASE)
    return or_(
        and_(job.c.state == JobState.WAITING, job.c.not_before <= now),
        and_(job.c.state == JobState.RUNNING, abandoned),
    )


def keep_job(
    connection: Connection,
    claim: JobClaim,
    now: datetime,
    *,
    done: int,
    total: int | None,
    message: Bilingual | None,
) -> bool:
    """A sign of life, and how far it has come; False where the lease was lost."""
    said = None if message is None else _packed(message)
    return _write(connection, claim, done=done, total=total, message=said, lease_until=now + LEASE)


def finish_job(
    connection: Connection, claim: JobClaim, now: datetime, result: Mapping[str, Any] | None
) -> bool:
    """It is done; False where the lease was lost (somebody else does it again, to no effect)."""
    over = {"state": JobState.DONE, "finished_at": now, "problem": None, **_LET_GO}
    return _write(connection, claim, result=None if result is None else dict(result), **over)


def fail_job(connection: Connection, claim: JobClaim, now: datetime, problem: Bilingual) -> bool:
    """It will not be done, and why; False where the lease was lost."""
    over = {"state": JobState.FAILED, "finished_at": now, "problem": _packed(problem), **_LET_GO}
    return _write(connection, claim, **over)


def put_back_job(
    connection: Connection,
    claim: JobClaim,
    *,
    not_before: datetime,
    problem: Bilingual | None = None,
    counts: bool = True,
) -> bool:
    """Let it wait, for another attempt; `counts=False` where this one was no fault of the job's."""
    attempts = claim.job.attempts if counts else claim.job.attempts - 1
    waiting: dict[str, Any] = {"state": JobState.WAITING, "not_before": not_before, "attempts": attempts}
    if problem is not None:
        waiting["problem"] = _packed(problem)
    return _write(connection, claim, **waiting, **_LET_GO)


def _write(connection: Connection, claim: JobClaim, **values: Any) -> bool:
    held = update(job).where(job.c.id == claim.job.id, job.c.lease_token == claim.token)
    return connection.execute(held.values(**values)).rowcount == 1


def forget_finished_jobs(connection: Connection, *, before: datetime) -> int:
    """Forget the jobs that were over by then; return how many."""
    return connection.execute(delete(job).where(job.c.finished_at < before)).rowcount


def count_jobs(connection: Connection) -> dict[JobState, int]:
    """How many jobs stand in each state, those not yet forgotten."""
    counted = connection.execute(select(job.c.state, func.count().label("n")).group_by(job.c.state))
    found = {JobState(row.state): int(row.n) for row in counted}
    return {state: found.get(state, 0) for state in JobState}


def _packed(text: Bilingual) -> dict[str, str]:
    return {"fr": text.fr, "en": text.en}


def _text(packed: Mapping[str, str] | None) -> Bilingual | None:
    return None if packed is None else Bilingual(packed["fr"], packed["en"])


def _job(row: Row[Any], **newer: Any) -> Job:
    values: dict[str, Any] = {
        "id": row.id,
        "kind": row.kind,
        "key": row.key,
        "payload": row.payload,
        "state": JobState(row.state),
        "done": row.done,
        "total": row.total,
        "message": _text(row.message),
        "result": row.result,
        "problem": _text(row.problem),
        "by_person": row.by_person,
        "activity_id": row.activity_id,
        "course_id": row.course_id,
        "created_at": row.created_at,
        "not_before": row.not_before,
        "attempts": row.attempts,
        "finished_at": row.finished_at,
    }
    return Job(**{**values, **newer})
