"""The same people by link, export, API and certificate, in any order, undone in any order: one person, one history."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.fuzz.arrival_ground import Ground, arrival_ground
from tests.fuzz.arrival_story import STEPS, Step, Story
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
