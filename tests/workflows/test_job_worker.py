"""The worker's threads for jobs: done once, tried again, failed visibly, interrupted without loss."""

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from grading.text import Bilingual
from storage.jobs import LEASE, Job, JobState, NewJob, ask, claim_job, find_job, find_last_job
from tests.push.bench import eventually
from tests.workflows.school import School
from workflows.job_worker import PAUSES, JobWorker
from workflows.jobs import (
    Handler,
    JobBook,
    JobFailed,
    Periodic,
    Report,
    TryAgain,
    describe_job,
    show_job,
    sweep_jobs,
)
from workflows.refusal import Refused
from workflows.world import World

WHY = Bilingual("Pix ne répond pas.", "Pix does not answer.")


def _asks(school: School, key: str = "1", **values: Any) -> int:
    with school.world.database.write() as connection:
        return ask(connection, NewJob(kind="count", key=key, payload=values), school.clock)


def _job(school: School, job_id: int) -> Job:
    with school.world.database.read() as connection:
        job = find_job(connection, job_id)
    assert job is not None
    return job


def _worker(school: School, handler: Handler, **more: Handler) -> JobWorker:
    return JobWorker(world=school.world, book=JobBook(handlers={"count": handler, **more}))


def _raises(error: BaseException) -> Handler:
    def handler(world: World, job: Job, report: Report) -> None:
        raise error

    return handler


def _notes(done: list[str]) -> Handler:
    def handler(world: World, job: Job, report: Report) -> None:
        done.append(job.key)

    return handler


def test_a_job_is_done_and_says_how_far_it_came(school: School) -> None:
    def count(world: World, job: Job, report: Report) -> Mapping[str, Any]:
        for number in range(job.payload["up_to"]):
            report(number + 1, job.payload["up_to"], Bilingual("On compte.", "Counting."))
        return {"counted": job.payload["up_to"]}

    job_id = _asks(school, up_to=3)
    assert _worker(school, count).drain(seconds=5) == 1
    job = _job(school, job_id)
    assert (job.state, job.result, job.done, job.total) == (JobState.DONE, {"counted": 3}, 3, 3)
    assert describe_job(job).fr == "On compte."


def test_a_job_tried_again_waits_longer_each_time_and_fails_in_the_end(school: School) -> None:
    job_id = _asks(school)
    worker = _worker(school, _raises(TryAgain(WHY)))
    for pause in PAUSES:
        assert worker.drain(seconds=5) == 1
        job = _job(school, job_id)
        assert (job.state, job.not_before) == (JobState.WAITING, school.clock + pause)
        assert describe_job(job).fr == "Pix ne répond pas. L’outil réessaie de lui-même."
        assert worker.drain(seconds=5) == 0
        school.clock += pause
    assert worker.drain(seconds=5) == 1
    assert (_job(school, job_id).state, _job(school, job_id).problem) == (JobState.FAILED, WHY)
    assert _asks(school) != job_id  # who asks now begins anew


def test_a_handler_may_say_how_long_to_wait(school: School) -> None:
    job_id = _asks(school)
    _worker(school, _raises(TryAgain(WHY, after=timedelta(hours=2)))).drain(seconds=5)
    assert _job(school, job_id).not_before == school.clock + timedelta(hours=2)


def test_a_job_that_cannot_be_done_fails_with_its_reason(school: School) -> None:
    job_id = _asks(school)
    _worker(school, _raises(JobFailed(WHY))).drain(seconds=5)
    assert (_job(school, job_id).state, describe_job(_job(school, job_id))) == (JobState.FAILED, WHY)


def test_a_fault_fails_the_job_in_words_and_logs_no_word_of_the_error(
    school: School, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = _asks(school)
    with caplog.at_level(logging.INFO):
        _worker(school, _raises(ValueError("Chloé Bélanger, 99200017"))).drain(seconds=5)
    assert "support" in describe_job(_job(school, job_id)).en
    assert "a job failed" in caplog.text


def test_a_worker_killed_in_the_middle_loses_nothing(school: School) -> None:
    job_id = _asks(school)
    with school.world.database.write() as connection:
        assert claim_job(connection, ["count"], school.clock) is not None  # and is heard of no more
    done: list[str] = []
    worker = _worker(school, _notes(done))
    assert worker.drain(seconds=5) == 0
    school.clock += LEASE + timedelta(seconds=1)
    assert worker.drain(seconds=5) == 1
    assert (done, _job(school, job_id).state) == (["1"], JobState.DONE)


def test_a_job_that_kills_every_worker_is_given_up(school: School) -> None:
    job_id = _asks(school)
    for _ in range(len(PAUSES) + 1):
        with school.world.database.write() as connection:
            assert claim_job(connection, ["count"], school.clock) is not None
        school.clock += LEASE + timedelta(seconds=1)
    _worker(school, _raises(AssertionError("not called"))).drain(seconds=5)
    job = _job(school, job_id)
    assert job.state is JobState.FAILED
    assert "interrompue plusieurs fois" in describe_job(job).fr


@pytest.fixture
def slow() -> Iterator[tuple[Handler, threading.Event, threading.Event]]:
    """A handler that reports until it is let go; and when it has begun."""
    begun, let_go = threading.Event(), threading.Event()

    def handler(world: World, job: Job, report: Report) -> None:
        begun.set()
        while not let_go.wait(0.01):
            report(1, 2)

    yield handler, begun, let_go
    let_go.set()


Slow = tuple[Handler, threading.Event, threading.Event]


def test_a_worker_told_to_stop_gives_its_job_back_at_once(school: School, slow: Slow) -> None:
    handler, begun, _ = slow
    job_id = _asks(school)
    worker = _worker(school, handler)
    worker.start()
    assert begun.wait(5)
    assert worker.stop()
    job = _job(school, job_id)
    assert (job.state, job.attempts) == (JobState.WAITING, 0)
    assert _worker(school, _notes([])).drain(seconds=5) == 1


def test_who_lost_a_job_ends_and_says_nothing_more(school: School, slow: Slow) -> None:
    handler, begun, _ = slow
    job_id = _asks(school)
    sleeper = _worker(school, handler)
    sleeper.start()
    assert begun.wait(5)
    school.clock += LEASE * 10  # the whole machine slept
    with school.world.database.write() as connection:
        claim = claim_job(connection, ["count"], school.clock)
    if claim is not None:  # else the sleeper renewed its lease first: as good
        eventually(lambda: not sleeper._in_work(), 5.0)
        assert _job(school, job_id).state is JobState.RUNNING
    assert sleeper.stop()


def test_a_long_job_of_one_kind_delays_no_other_kind(school: School, slow: Slow) -> None:
    handler, begun, let_go = slow
    done: list[str] = []
    for key in "123":
        _asks(school, key)
    worker = _worker(school, handler, other=_notes(done))
    worker.start()
    assert begun.wait(5)
    with school.world.database.write() as connection:
        ask(connection, NewJob(kind="other", key="x"), school.clock)
    worker.wake()
    eventually(lambda: done == ["x"], 5.0)
    let_go.set()
    eventually(lambda: _job(school, 3).state is JobState.DONE, 5.0)
    assert worker.stop()


def test_a_job_in_a_long_transaction_does_not_wait_for_its_own_progress(school: School) -> None:
    def handler(world: World, job: Job, report: Report) -> None:
        with world.database.write() as connection:
            for number in range(20):
                report(number, 20)
                time.sleep(0.05)
            ask(connection, NewJob(kind="else", key="made within"), world.now())

    job_id = _asks(school)
    began = time.monotonic()
    _worker(school, handler).drain(seconds=20)
    assert time.monotonic() - began < 10
    assert _job(school, job_id).state is JobState.DONE


def test_periodic_work_is_asked_for_by_the_sweep_once_a_period(school: School) -> None:
    def wanted(world: World) -> list[NewJob]:
        return [NewJob(kind="count", key="organisation 9001")]

    book = JobBook(handlers={}, periodic=(Periodic(every=timedelta(minutes=15), wanted=wanted),))
    counted: list[str] = []
    worker = _worker(school, _notes(counted))
    for _ in range(31):
        sweep_jobs(school.world, book)
        worker.drain(seconds=5)
        school.clock += timedelta(minutes=1)
    assert len(counted) == 3
    with school.world.database.read() as connection:
        last = find_last_job(connection, "count", "organisation 9001")
    assert last is not None
    school.clock += timedelta(days=31)
    sweep_jobs(school.world, JobBook(handlers={}))
    with school.world.database.read() as connection:
        assert find_job(connection, last.id) is None
    with pytest.raises(ValueError, match="before its last job is forgotten"):
        Periodic(every=timedelta(days=40), wanted=wanted)


def test_only_the_teachers_of_its_course_and_who_asked_see_a_job(school: School) -> None:
    teacher = school.teacher()
    student, other = school.enters("Zoé Quéré", "99200018"), school.enters("Ana Nguyên", "99200019")
    with school.world.database.write() as connection:
        job_id = ask(
            connection,
            NewJob(kind="count", key="1", activity_id=student.activity_id, by_person=student.person_id),
            school.clock,
        )
        nowhere = ask(connection, NewJob(kind="count", key="2"), school.clock)
    assert show_job(school.world, teacher, job_id).id == job_id
    assert show_job(school.world, student, job_id).id == job_id
    for visit, hidden in ((other, job_id), (teacher, nowhere), (teacher, 12345)):
        with pytest.raises(Refused):
            show_job(school.world, visit, hidden)
