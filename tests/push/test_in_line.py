"""Scores are taken ahead of their slot: never more than may be, never by two, and given back in the end."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from demo.lms import Fault
from storage.platforms import disable_platform
from storage.score_claims import Claim, claim_due, is_held
from tests.push.bench import PushBench, eventually
from workflows.push_score import Pusher
from workflows.score_slots import Slots
from workflows.taken_scores import TakenScores

pytestmark = pytest.mark.slow

PEOPLE = ["101", "102", "103", "104", "105"]


def _claims(bench: PushBench, number: int, ahead: float = 0.0) -> list[Claim]:
    with bench.world.database.write() as connection:
        return claim_due(connection, bench.platform().id, number, bench.clock() + timedelta(seconds=ahead))


def _wanted(bench: PushBench) -> None:
    bench.enter(*PEOPLE)
    for each in PEOPLE:
        bench.want(each, "12")


def test_a_line_is_as_long_as_the_slots_and_filled_again_when_half_is_gone(bench: PushBench) -> None:
    _wanted(bench)
    (claim,) = _claims(bench, 1)
    several = [replace(claim, token=f"{number}") for number in range(16)]
    taken = TakenScores(Slots(total=16, per_platform=8))
    platform = claim.platform_id
    assert taken.wanted(platform) == 16
    taken.take(several)
    assert taken.begin() == several[:8]
    assert taken.begin() == []
    for number in range(4):
        assert taken.wanted(platform) == (0 if number < 4 else 4)
        taken.finish(several[number])
        assert taken.next_of(platform) == several[8 + number]
    assert taken.wanted(platform) == 4
    assert len(taken.all()) == 12
    assert taken.disperse() == several[12:]
    assert len(taken.all()) == 8


def test_who_stands_in_line_leaves_the_slot_to_a_platform_that_has_none(bench: PushBench) -> None:
    _wanted(bench)
    (claim,) = _claims(bench, 1)
    taken = TakenScores(Slots(total=4, per_platform=3))
    first, second, third, fourth = (
        [replace(claim, token=f"{platform} {number}", platform_id=platform) for number in range(3)]
        for platform in range(1, 5)
    )
    taken.take(first)
    assert taken.begin() == first[:2]  # half of what is free
    taken.take([*second, *third])
    assert taken.begin() == [second[0], third[0]]
    taken.finish(first[0])
    assert [taken.next_of(each) for each in (1, 2, 3)] == [None, None, None]
    taken.take(fourth)
    assert taken.begin() == fourth[:1]


def test_what_was_lost_in_line_is_not_sent(bench: PushBench) -> None:
    _wanted(bench)
    (lost, *_) = _claims(bench, 5)
    (heir, *_) = _claims(bench, 5, ahead=11)
    assert heir.person_id == lost.person_id
    Pusher(bench.world).push(lost)
    assert bench.sent() == []
    with bench.world.database.read() as connection:
        assert is_held(connection, heir)
    Pusher(bench.world).push(heir)
    assert len(bench.sent()) == 1


def test_a_platform_disabled_meanwhile_is_sent_nothing_of_the_line(bench: PushBench) -> None:
    _wanted(bench)
    claims = _claims(bench, 5)
    with bench.world.database.write() as connection:
        disable_platform(connection, bench.platform().id, bench.clock())
    for each in claims:
        Pusher(bench.world).push(each)
    assert bench.sent() == []


def test_a_worker_that_stops_gives_its_line_back(bench: PushBench) -> None:
    _wanted(bench)
    bench.lms.faults.add(Fault(answer="none", delay=1.0, times=None))
    worker = bench.worker(Slots(total=2, per_platform=1))
    worker.start()
    eventually(lambda: bool(bench.sent()))
    assert worker.stop()
    sent = len(bench.sent())
    assert sent < len(PEOPLE)
    bench.lms.faults.clear()
    began = time.monotonic()
    bench.push()
    assert time.monotonic() - began < 5  # nobody waits for a lease of 10 seconds
    assert {bench.held(each) for each in PEOPLE} == {12}
    assert sorted(each.person_id or "" for each in bench.sent()) == PEOPLE
