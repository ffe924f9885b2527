"""One tool and one LMS for each test: imports and closings concern a whole class."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from demo.lms import Course, RunningLms, Site
from demo.lms.campus import demo_students, demo_teachers
from tests.databases import SqliteDatabases
from tests.running_tool import running_tool
from tests.web_teacher.classroom import EMPTY, Classroom
from tests.workflows.school import prepare


@pytest.fixture
def room(tmp_path: Path, sqlite_originals: Path) -> Iterator[Classroom]:
    """A class nobody has entered yet, everything open."""
    with _open_room(tmp_path, sqlite_originals) as made:
        yield made


@pytest.fixture(scope="module")
def still_room(tmp_path_factory: pytest.TempPathFactory, sqlite_originals: Path) -> Iterator[Classroom]:
    """A class shared by tests that must leave nothing behind."""
    with _open_room(tmp_path_factory.mktemp("tool"), sqlite_originals) as made:
        yield made


@pytest.fixture
def place(room: Classroom) -> Classroom:
    """A classroom whose site has a second course, still empty."""
    people = demo_teachers() + demo_students()
    empty = Course(id=EMPTY, label="L1-HA2G12H", title="Culture générale S2", people=people)
    room.lms.site = Site(courses=(*room.lms.site.courses, empty))
    room.lms.roster.open_course(EMPTY, people)
    return room


@contextmanager
def _open_room(folder: Path, originals: Path) -> Iterator[Classroom]:
    url = SqliteDatabases(directory=folder, originals=originals).prepared("with tables and keys", prepare)
    with running_tool(url, folder) as tool, RunningLms(tool=tool.addresses) as lms:
        tool.register(lms.state)
        made = Classroom(tool=tool, lms=lms.state)
        yield made
        made.close()
        assert list(lms.state.violations) == []
