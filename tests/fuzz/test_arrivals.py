"""The same people by link, export, API and certificate, in any order, undone in any order: one person, one history."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.databases import KINDS, databases_of
from tests.fuzz.arrival_ground import Ground, History, arrival_ground
from tests.fuzz.arrival_story import (
    SETTLED_BY_THEMSELVES,
    STEPS,
    UNDOINGS,
    UNDONE_WITHOUT_TRACE,
    Step,
    Story,
)
from tests.fuzz.effort import examples


@pytest.fixture(scope="module", params=KINDS)
def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("arrivals")
    with databases_of(request, folder, folder) as databases, arrival_ground(databases, folder) as made:
        yield made


@examples(10)
@given(steps=some.lists(STEPS, min_size=1, max_size=10))
def test_whatever_comes_in_whatever_order_nothing_is_lost_or_shared(
    ground: Ground, steps: list[Step]
) -> None:
    Story(ground).play(steps)


def as_if_never(ground: Ground, steps: list[Step]) -> None:
    story = Story(ground)
    told = story.play(steps)
    assert told == Story(ground).play(story.without_what_was_undone(steps, told))


BUSY = some.tuples(
    some.lists(UNDONE_WITHOUT_TRACE, min_size=2, max_size=6),
    some.lists(UNDOINGS, min_size=1, max_size=4),
).map(lambda both: [*both[0], *both[1]])


@examples(6)
@given(steps=BUSY)
def test_an_import_undone_is_as_if_it_had_never_been(ground: Ground, steps: list[Step]) -> None:
    as_if_never(ground, steps)


def in_another_order(ground: Ground, orders: tuple[list[Step], list[Step]]) -> None:
    told, other = (Story(ground).play(steps) for steps in orders)
    assert without_instants(told) == without_instants(other)


def without_instants(history: History) -> History:
    """A declaration is of the moment when it was made."""
    return {
        who: [[each for each in part if "declared" not in each] for part in parts]
        for who, parts in history.items()
        if who != "decided"
    }


ORDERS = some.lists(SETTLED_BY_THEMSELVES, min_size=2, max_size=8).flatmap(
    lambda steps: some.tuples(some.just(steps), some.permutations(steps))
)


@examples(5)
@given(orders=ORDERS)
def test_what_needs_no_decision_ends_alike_whatever_came_first(
    ground: Ground, orders: tuple[list[Step], list[Step]]
) -> None:
    in_another_order(ground, orders)
