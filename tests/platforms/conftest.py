"""The Open edX platform (one process for a session) and a tool that knows it (a new one for each test)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from demo.lms import Page
from storage.activities import Activity, activities_of
from storage.desired_scores import ScoreRow, find_score
from storage.platforms import Platform, find_platform
from storage.schema import activity, person
from tests.platforms.openedx.browser import Browser
from tests.platforms.openedx.running import Block, Mode, OpenEdx, running_openedx
from tests.running_tool import RunningTool, running_tool
from workflows.platforms import add_platform

CC2 = {"unit": "HA1G10H", "component": "cc2"}  # no year: a second course that names one may be a copy
"""Custom parameters with which an activity says itself what it stands for, without a teacher's choice."""
_COURSES = itertools.count(1)


@dataclass
class School:
    """A university on Open edX with our tool: places activities, opens them as people, looks at both sides."""

    openedx: OpenEdx
    tool: RunningTool
    registration: dict[str, str]
    platform: Platform
    _browsers: list[Browser] = field(default_factory=list)

    def block(
        self, *, mode: Mode = "declarative", course: str | None = None, name: str = "cc2", weight: int = 20
    ) -> Block:
        """Place an activity, by default in a course of its own."""
        return self.openedx.add_block(
            self.registration["client_id"],
            self.tool.addresses,
            course=course or new_course(),
            block=name,
            mode=mode,
            weight=weight,
            roster=True,
        )

    def browser(self, name: str | None = None) -> Browser:
        """The browser of somebody new."""
        made = Browser(self.openedx, self.openedx.add_person(name))
        self._browsers.append(made)
        return made

    def set_up(self, block: Block, choice: str = "HA1G10H|2026-2027|cc2") -> Page:
        """A teacher opens the activity for the first time and says what it stands for; returns the cohort page."""
        teacher = self.browser("Mme Vernet")
        return teacher.submit(teacher.launch(block, "staff").form(), {"choice": choice})

    def close(self) -> None:
        """Close the browsers' connections."""
        for each in self._browsers:
            each.__exit__(None, None, None)

    def handed_in(self, block: Block, level: int, name: str = "Alice Martin") -> Browser:
        """Somebody new who opens an activity of CC2 and sends the same level for each competence."""
        student = self.browser(name)
        hand_in(student, student.launch(block, custom=CC2), level)
        return student

    def forget_column(self, block: Block) -> None:
        """Let the tool no longer know the address of the activity's column."""
        with self.tool.world.database.write() as connection:
            where = activity.c.resource_link_id == block.location
            connection.execute(activity.update().where(where).values(line_item_url=None))

    def score(self, block: Block, browser: Browser) -> ScoreRow:
        """Where the tool says that somebody's mark stands."""
        found = self._activity(block)
        with self.tool.world.database.read() as connection:
            who = connection.execute(person.select().where(person.c.sub == browser.person)).one().id
            row = find_score(connection, found.id, who)
        assert row is not None
        return row

    def standing(self) -> Platform:
        """The platform as the tool sees it now."""
        with self.tool.world.database.read() as connection:
            found = find_platform(connection, self.platform.id)
        assert found is not None
        return found

    def _activity(self, block: Block) -> Activity:
        with self.tool.world.database.read() as connection:
            query = activity.select().where(activity.c.resource_link_id == block.location)
            row = connection.execute(query).one()
            return next(each for each in activities_of(connection, row.course_id) if each.id == row.id)


def new_course() -> str:
    """The key of a course that no other test has."""
    return f"course-v1:UM+PIX{next(_COURSES)}+2026"


def hand_in(browser: Browser, page: Page, level: int) -> Page:
    """Send the form of CC2 with the same level everywhere; a level is worth 20/6."""
    return browser.submit(
        page.form(having="level_3_2"), {f"level_3_{number}": str(level) for number in (2, 3, 4)}
    )


@pytest.fixture(scope="session")
def openedx() -> Iterator[OpenEdx]:
    """The platform; ready in two or three seconds."""
    with running_openedx() as running:
        yield running


@pytest.fixture
def school(openedx: OpenEdx, tmp_path: Path) -> Iterator[School]:
    """The platform with a tool that is registered there, and that knows it as `platform add` tells it."""
    with running_tool(f"sqlite:///{tmp_path / 'tool.sqlite'}", tmp_path) as tool:
        registration = openedx.add_tool(tool.addresses)
        made = School(
            openedx=openedx,
            tool=tool,
            registration=registration,
            platform=register(tool, registration),
        )
        yield made
        made.close()


def register(tool: RunningTool, registration: dict[str, str]) -> Platform:
    """Tell the tool of a client it has on a platform."""
    known = dict(registration)
    deployment = known.pop("deployment_id")
    return add_platform(tool.world, **known, deployment_ids=[deployment]).platform
