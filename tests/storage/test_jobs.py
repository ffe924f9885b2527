"""Jobs in the table: asked for once, taken once, done once or failed; whatever dies, nothing is lost."""

import threading
from datetime import datetime, timedelta

from grading.text import Bilingual
from storage.jobs import (
    LEASE,
    JobClaim,
    JobState,
    NewJob,
    ask,
    ask_again_after,
    claim_job,
    count_jobs,
    fail_job,
    find_job,
    find_last_job,
    finish_job,
    forget_finished_jobs,
    is_job_due,
    keep_job,
    put_back_job,
)
from tests.storage.conftest import NOON, Ground

WHY = Bilingual("Pix ne répond pas.", "Pix does not answer.")


def _asks(ground: Ground, kind: str = "read", key: str = "1", at: datetime = NOON, **values: object) -> int:
    with ground.database.write() as connection:
        return ask(connection, NewJob(kind=kind, key=key, payload=values), at)


def _claims(ground: Ground, at: datetime = NOON, *kinds: str) -> JobClaim | None:
    with ground.database.write() as connection:
        return claim_job(connection, kinds or ("read", "sync"), at)


def _claimed(ground: Ground, at: datetime = NOON) -> JobClaim:
    claim = _claims(ground, at)
    assert claim is not None
    return claim


def _state(ground: Ground, job_id: int) -> JobState:
    with ground.database.read() as connection:
        job = find_job(connection, job_id)
    assert job is not None
    return job.state


def test_asking_twice_is_asking_once_until_it_is_over(ground: Ground) -> None:
    first = _asks(ground, draft=7)
    assert _asks(ground, draft=7) == first
    assert _asks(ground, key="2") != first
    assert _asks(ground, kind="sync") != first
    claim = _claimed(ground)
    assert (claim.job.id, claim.job.payload, claim.job.attempts) == (first, {"draft": 7}, 1)
    assert _asks(ground) == first  # it runs: still the same
    with ground.database.write() as connection:
        assert finish_job(connection, claim, NOON, {"rows": 3})
    again = _asks(ground)
    assert again != first
    with ground.database.read() as connection:
        done, last = find_job(connection, first), find_last_job(connection, "read", "1")
    assert done is not None
    assert (done.state, done.result, done.finished_at) == (JobState.DONE, {"rows": 3}, NOON)
    assert last is not None
    assert last.id == again


def test_a_claimed_job_is_nobody_elses_until_its_lease_runs_out(ground: Ground) -> None:
    job_id = _asks(ground)
    dead = _claimed(ground)
    later = NOON + LEASE + timedelta(seconds=1)
    assert _claims(ground, NOON + LEASE) is None
    with ground.database.read() as connection:
        assert not is_job_due(connection, ["read"], NOON + LEASE)
        assert is_job_due(connection, ["read"], later)
    second = _claimed(ground, later)
    assert (second.job.id, second.job.attempts) == (job_id, 2)
    with ground.database.write() as connection:
        # The first worker was slow, not dead: nothing it says counts any more.
        assert not keep_job(connection, dead, later, done=1, total=2, message=None)
        assert not finish_job(connection, dead, later, None)
        assert not fail_job(connection, dead, later, WHY)
        assert not put_back_job(connection, dead, not_before=later)
    assert _state(ground, job_id) is JobState.RUNNING


def test_signs_of_life_keep_a_job_and_tell_how_far_it_is(ground: Ground) -> None:
    job_id = _asks(ground)
    claim = _claimed(ground)
    reading = Bilingual("Lecture…", "Reading…")
    with ground.database.write() as connection:
        assert keep_job(connection, claim, NOON + LEASE, done=40, total=100, message=reading)
    assert _claims(ground, NOON + LEASE + timedelta(seconds=10)) is None
    with ground.database.read() as connection:
        job = find_job(connection, job_id)
    assert job is not None
    assert (job.done, job.total, job.message) == (40, 100, reading)


def test_put_back_with_a_pause_and_brought_forward_by_who_asks_again(ground: Ground) -> None:
    job_id = _asks(ground)
    claim = _claimed(ground)
    soon = NOON + timedelta(minutes=10)
    with ground.database.write() as connection:
        assert put_back_job(connection, claim, not_before=soon, problem=WHY)
    assert _claims(ground, NOON + timedelta(minutes=9)) is None
    with ground.database.read() as connection:
        waiting = find_job(connection, job_id)
    assert waiting is not None
    assert (waiting.state, waiting.problem, waiting.attempts) == (JobState.WAITING, WHY, 1)
    assert _asks(ground, at=NOON + timedelta(minutes=1)) == job_id
    interrupted = _claimed(ground, NOON + timedelta(minutes=1))
    assert interrupted.job.attempts == 2
    with ground.database.write() as connection:
        assert put_back_job(connection, interrupted, not_before=NOON, counts=False)
    assert _claimed(ground, NOON + timedelta(minutes=1)).job.attempts == 2


def test_the_one_due_longest_comes_first_and_only_of_known_kinds(ground: Ground) -> None:
    late = _asks(ground, kind="sync", at=NOON)
    early = _asks(ground, kind="read", at=NOON - timedelta(minutes=1))
    _asks(ground, kind="of a newer release", at=NOON - timedelta(minutes=5))
    assert _claims(ground, NOON, "sync") is not None
    assert _claimed(ground).job.id == early
    assert _claims(ground) is None
    assert _state(ground, late) is JobState.RUNNING


def test_periodic_work_is_asked_for_once_a_period(ground: Ground) -> None:
    new, hour = NewJob(kind="sync", key="9001"), timedelta(hours=1)

    def asked(at: datetime) -> int | None:
        with ground.database.write() as connection:
            return ask_again_after(connection, new, hour, at)

    first = asked(NOON)
    assert first is not None
    assert asked(NOON + timedelta(minutes=59)) is None
    claim = _claimed(ground)
    with ground.database.write() as connection:
        assert fail_job(connection, claim, NOON, WHY)
    assert asked(NOON + timedelta(minutes=59)) is None
    again = asked(NOON + hour)
    assert again is not None
    assert again > first


def test_what_is_over_is_forgotten_and_what_is_not_is_kept(ground: Ground) -> None:
    _asks(ground)
    claim = _claimed(ground)
    waiting = _asks(ground, key="2")
    with ground.database.write() as connection:
        finish_job(connection, claim, NOON, None)
        assert forget_finished_jobs(connection, before=NOON) == 0
        assert forget_finished_jobs(connection, before=NOON + timedelta(seconds=1)) == 1
        assert count_jobs(connection) == {state: int(state is JobState.WAITING) for state in JobState}
    assert _state(ground, waiting) is JobState.WAITING


def test_many_workers_at_once_take_each_job_once(ground: Ground) -> None:
    jobs = {_asks(ground, key=str(number)) for number in range(24)}
    taken: list[int] = []
    lock = threading.Lock()

    def work() -> None:
        while (claim := _claims(ground)) is not None:
            with lock:
                taken.append(claim.job.id)
            with ground.database.write() as connection:
                assert finish_job(connection, claim, NOON, None)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    # On PostgreSQL a worker passes over what another is just taking; what is left is taken by a later look.
    while (claim := _claims(ground)) is not None:
        taken.append(claim.job.id)
    assert sorted(taken) == sorted(jobs)


def test_many_who_ask_at_once_get_the_same_job(ground: Ground) -> None:
    got: list[int] = []
    threads = [threading.Thread(target=lambda: got.append(_asks(ground))) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(got) == 8
    assert len(set(got)) == 1
