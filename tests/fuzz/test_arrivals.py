"""The same people by link, export, API and certificate, in any order, undone in any order: one person, one history."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.fuzz.arrival_ground import Ground, arrival_ground
from tests.fuzz.arrival_story import IMPORTS, STEPS, WHICH, Nothing, Step, Story, Undo
from tests.fuzz.effort import examples


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with arrival_ground(tmp_path_factory.mktemp("arrivals")) as made:
        yield made


@examples(12)
@given(steps=some.lists(STEPS, min_size=1, max_size=10))
def test_whatever_comes_in_whatever_order_nothing_is_lost_or_shared(
    ground: Ground, steps: list[Step]
) -> None:
    Story(ground).play(steps)


def as_if_never(ground: Ground, steps: list[Step]) -> None:
    story = Story(ground)
    told = story.play(steps)
    left = [
        Nothing() if isinstance(each, Undo) or place in story.undone else each
        for place, each in enumerate(steps)
    ]
    assert told == Story(ground).play(left)


@examples(8)
@given(steps=some.lists(STEPS, min_size=2, max_size=8))
def test_an_import_undone_is_as_if_it_had_never_been(ground: Ground, steps: list[Step]) -> None:
    as_if_never(ground, steps)


BUSY = some.tuples(
    some.lists(IMPORTS | IMPORTS | STEPS, min_size=2, max_size=6),
    some.lists(some.builds(Undo, WHICH), min_size=1, max_size=4),
).map(lambda both: [*both[0], *both[1]])
undoing = BUSY, as_if_never
