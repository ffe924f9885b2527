"""What a roster changes, decided before anything is written; and when the work of the night is due."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from storage.people import Member, Person
from workflows.nightly import is_due
from workflows.roster_changes import Doubt, RosterChanges, roster_changes

BEGAN = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
LONG_AGO = BEGAN - timedelta(days=30)


def someone(
    number: int,
    role: str = "learner",
    *,
    since: datetime = LONG_AGO,
    launched_at: datetime | None = LONG_AGO,
    left_at: datetime | None = None,
    returned_at: datetime | None = None,
) -> Member:
    person = Person(
        id=number,
        deployment_id=1,
        sub=str(number),
        name=None,
        given_name=None,
        family_name=None,
        email=None,
        student_number=None,
        seen_at=LONG_AGO,
    )
    return Member(
        person=person,
        role=role,
        since=since,
        launched_at=launched_at,
        left_at=left_at,
        returned_at=returned_at,
    )


def compare(members: Collection[Member], listed: Collection[int], *, strangers: int = 0) -> RosterChanges:
    roles = dict.fromkeys(listed, "learner")
    return roster_changes(members, roles, listed=len(listed) + strangers, began=BEGAN)


def test_who_is_new_back_and_gone() -> None:
    away = someone(3, left_at=LONG_AGO + timedelta(days=1))
    found = compare([someone(1), someone(2), away], [1, 3, 4])
    assert (set(found.new), set(found.back), set(found.gone), found.known) == ({4}, {3}, {2}, 2)
    assert found.doubt is None


def test_who_is_away_already_is_not_gone_again() -> None:
    away = someone(3, left_at=LONG_AGO + timedelta(days=1))
    assert compare([someone(1), away], [1]).gone == frozenset()


@pytest.mark.parametrize("role", ["teacher", "reader"])
def test_only_learners_are_taken_for_gone(role: str) -> None:
    assert compare([someone(1, role), someone(2)], [2]).gone == frozenset()


@pytest.mark.parametrize(
    "came",
    [
        {"since": BEGAN},
        {"launched_at": BEGAN + timedelta(seconds=5)},
        {"left_at": LONG_AGO, "returned_at": BEGAN + timedelta(seconds=5)},
    ],
)
def test_who_came_while_the_roster_was_read_is_not_gone(came: dict[str, Any]) -> None:
    assert compare([someone(1, **came), someone(2)], [2]).gone == frozenset()


@pytest.mark.parametrize(
    ("known", "gone", "doubt"),
    [
        (9, 8, None),
        (10, 5, None),
        (10, 6, Doubt.MANY_GONE),
        (300, 150, None),
        (300, 151, Doubt.MANY_GONE),
    ],
)
def test_a_roster_that_misses_more_than_half(known: int, gone: int, doubt: Doubt | None) -> None:
    assert compare([someone(each) for each in range(known)], range(gone, known)).doubt is doubt


def test_an_empty_roster_is_doubtful_from_the_first_person_on() -> None:
    assert compare([someone(1)], []).doubt is Doubt.EMPTY
    assert compare([], []).doubt is None
    assert compare([someone(1)], [], strangers=5).doubt is None


def test_the_digest_names_who_would_be_gone() -> None:
    people = [someone(each) for each in range(1, 5)]
    assert compare(people, [1, 2]).digest == compare(people, [2, 1, 9]).digest
    assert compare(people, [1, 2]).digest != compare(people, [1, 3]).digest


def test_a_member_was_there_but_for_the_last_absence() -> None:
    left, back = LONG_AGO + timedelta(days=5), LONG_AGO + timedelta(days=9)
    member = someone(1, left_at=left, returned_at=back)
    days = (-1, 0, 4, 5, 8, 9, 20)
    assert [member.was_there(LONG_AGO + timedelta(days=each)) for each in days] == [
        False,
        True,
        True,
        False,
        False,
        True,
        True,
    ]
    assert not someone(1, left_at=left).was_there(back)


def test_each_course_has_a_minute_of_its_own_at_night() -> None:
    evening = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
    due = [
        [number for number in range(1, 241) if is_due(number, evening, evening + timedelta(minutes=minutes))]
        for minutes in range(0, 420, 10)
    ]
    assert due[11] == []  # before midnight
    assert len(due[-1]) == 240  # at five, all of them
    counts = [len(each) for each in due]
    assert max(later - earlier for earlier, later in pairwise(counts)) <= 10


def test_where_no_worker_ran_at_night_it_is_due_in_the_morning() -> None:
    morning = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    assert is_due(7, morning - timedelta(days=1), morning)
    assert not is_due(7, morning - timedelta(hours=1), morning)
    assert is_due(7, morning + timedelta(days=1), morning)  # the clock went back
