"""The tool and a demo LMS side by side, with a clock of our own, to push scores and look at both ends."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import select

from demo.lms import LmsBrowser, LmsState, RunningLms, ScoreArrival
from storage.desired_scores import ScoreRow, desire, find_score
from storage.platforms import Platform, all_platforms
from storage.schema import activity, person
from tests.running_tool import RunningTool
from workflows.lms_state import LmsState as Standing
from workflows.lms_state import lms_state
from workflows.push_score import Pusher
from workflows.score_slots import ScoreWorker, Slots
from workflows.world import World


@dataclass
class Clock:
    """A clock that runs as the world's does, and can be set forward or back."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def turn(self, seconds: float) -> None:
        """Forward (or back) by so many seconds."""
        self.ahead += timedelta(seconds=seconds)


@dataclass
class PushBench:
    """One tool, one LMS. A person is named by id in the LMS (`101`…), an activity by its link's id (`1`…)."""

    tool: RunningTool
    server: RunningLms
    clock: Clock = field(default_factory=Clock)
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.world = replace(self.tool.world, now=self.clock)

    @property
    def lms(self) -> LmsState:
        """The LMS's own view."""
        return self.server.state

    def enter(self, *people: str, link: str = "1") -> None:
        """These people launch an activity, through the browser."""
        for each in people:
            with LmsBrowser(self.lms, each) as browser:
                page = browser.launch(link)
                assert page.status == 200, page.html[:2000]

    def want(self, who: str, mark: str | None, *, link: str = "1", comment: str = "CC1 : essai") -> None:
        """What the LMS should hold from now on."""
        with self.world.database.write() as connection:
            desire(
                connection,
                activity_id=self.activity_id(link),
                person_id=self.person_id(who),
                platform_id=self.platform().id,
                mark=None if mark is None else Decimal(mark),
                comment=None if mark is None else comment,
                now=self.clock(),
            )

    def worker(self, slots: Slots | None = None) -> ScoreWorker:
        """A worker whose pauses are exact (no jitter)."""
        return ScoreWorker(
            world=self.world, pusher=Pusher(self.world, jitter=lambda: 0.5), slots=slots or Slots()
        )

    def push(self, after: float = 0.0) -> None:
        """Let time pass, then send whatever is due."""
        self.clock.turn(after)
        self.worker().drain(seconds=10.0)

    def row(self, who: str, *, link: str = "1") -> ScoreRow:
        """Where a score stands with us."""
        with self.world.database.read() as connection:
            found = find_score(connection, self.activity_id(link), self.person_id(who))
        assert found is not None
        return found

    def standing(self, who: str, *, link: str = "1") -> Standing:
        """The same, in words."""
        return lms_state(self.row(who, link=link), "Europe/Paris")

    def held(self, who: str, *, link: str = "1") -> Decimal | None:
        """What the LMS's gradebook shows."""
        return self.lms.gradebook.mark(self.lms.column_of(link).id, who)

    def sent(self, who: str | None = None) -> list[ScoreArrival]:
        """The score requests that reached the LMS."""
        return [each for each in self.lms.history if who in (None, each.person_id)]

    def timestamps(self, who: str) -> list[str]:
        """The timestamps of a person's scores, in the order they arrived."""
        return [each.body.partition('"timestamp":"')[2][:20] for each in self.sent(who)]

    def platform(self) -> Platform:
        """The LMS as the tool knows it."""
        with self.world.database.read() as connection:
            return all_platforms(connection)[0]

    def person_id(self, who: str) -> int:
        """The row of a person."""
        with self.world.database.read() as connection:
            return cast(int, connection.scalar(select(person.c.id).where(person.c.sub == who)))

    def activity_id(self, link: str) -> int:
        """The row of an activity."""
        query = select(activity.c.id).where(activity.c.resource_link_id == link)
        with self.world.database.read() as connection:
            return cast(int, connection.scalar(query))

    def line_item_url(self, link: str = "1") -> str | None:
        """The column the tool knows for an activity."""
        query = select(activity.c.line_item_url).where(activity.c.resource_link_id == link)
        with self.world.database.read() as connection:
            return cast("str | None", connection.scalar(query))


def eventually(check: Callable[[], Any], seconds: float = 10.0, *, every: float = 0.02) -> Any:
    """What `check` returns as soon as it is true; fails after so many seconds."""
    import time

    until = time.monotonic() + seconds
    for _ in itertools.count():
        found = check()
        if found:
            return found
        assert time.monotonic() < until, f"still not so after {seconds} s: {check}"
        time.sleep(every)
    raise AssertionError("unreachable")
