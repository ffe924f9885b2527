"""The tool in this process, with a student's and a teacher's visit, put back as it was after each example."""

from collections.abc import Iterator

import pytest

from tests.fuzz.effort import register_profiles
from tests.fuzz.front_door import FrontDoor, front_door

register_profiles()


@pytest.fixture(scope="session")
def shared_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontDoor]:
    with front_door(tmp_path_factory.mktemp("fuzz")) as door:
        yield door


@pytest.fixture(scope="module")
def door(shared_door: FrontDoor) -> FrontDoor:
    """The application with two visits open; what an earlier test stored is gone."""
    shared_door.put_back()
    return shared_door
