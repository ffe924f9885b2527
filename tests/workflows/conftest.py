"""A course on each of the two databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.pix.small_pix import SmallPix
from tests.workflows.certificates import Desk
from tests.workflows.school import School, open_school


@pytest.fixture
def school(databases: Databases, tmp_path: Path) -> Iterator[School]:
    """A course nobody has entered yet."""
    made = open_school(databases, tmp_path)
    yield made
    made.world.database.close()


@pytest.fixture
def desk(school: School) -> Iterator[Desk]:
    """The same course, where certificates are verified with a small Pix."""
    with SmallPix() as pix:
        yield Desk(school=school, pix=pix)
