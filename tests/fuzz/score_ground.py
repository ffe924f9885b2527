"""Where the score machine plays: the tool, the demo LMS and one clock each, renewed for every example."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from demo.lms import LmsBrowser, LmsState, RunningLms, ToolAddresses
from demo.lms.gradebook import ClockMode, Column
from lti.platform_calls import open_services
from storage.desired_scores import ScoreRow, scores_of
from storage.platforms import all_platforms
from storage.schema import activity, person
from tests.running_tool import RunningTool, running_tool
from workflows.push_score import Pusher
from workflows.visit import Role, Visit
from workflows.world import World

LINKS = ("1", "2")
PEOPLE = ("101", "102", "103")
TEACHER = "2"
Cell = tuple[str, str]
"""An activity's link and a person, as the LMS names them."""


@dataclass
class Clocks:
    """The LMS's clock, and ours, which may be wrong by `skew`. Both stand still between two steps."""

    true: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    skew: timedelta = timedelta()

    def lms(self) -> datetime:
        """What time it is."""
        return self.true

    def ours(self) -> datetime:
        """What time our machine believes it is."""
        return self.true + self.skew


@dataclass
class Ground:
    """The tool and the LMS, with three students in two activities; nothing desired yet."""

    tool: RunningTool
    server: RunningLms
    clocks: Clocks
    database: Path
    original: Path
    world: World = field(init=False)
    activities: dict[str, int] = field(init=False)
    people: dict[str, int] = field(init=False)
    platform_id: int = field(init=False)

    def begin(self, clock_mode: ClockMode) -> None:
        """A fresh LMS, the first database, clocks that agree."""
        with (
            closing(sqlite3.connect(self.original)) as source,
            closing(sqlite3.connect(self.database)) as target,
        ):
            source.backup(target)
        self.clocks.skew = timedelta()
        self.clocks.true = datetime.now(UTC).replace(microsecond=0)
        self.server.renew()
        self.lms.tool = self.tool.addresses
        self.lms.gradebook.clock_mode = clock_mode
        self.forget_tokens()

    def learn(self) -> None:
        """Note how the database names people and activities."""
        with self.tool.world.database.read() as connection:
            known = connection.execute(select(activity.c.resource_link_id, activity.c.id)).all()
            self.activities = {row.resource_link_id: row.id for row in known}
            self.people = {row.sub: row.id for row in connection.execute(select(person.c.sub, person.c.id))}
            self.platform_id = all_platforms(connection)[0].id

    def forget_tokens(self) -> None:
        """A worker that has just started knows no access token.

        Assertions bear the time of the wall: so reads them the LMS's library, which takes no clock.
        """
        base = self.tool.world
        services = open_services(base.services.transport, self.tool.site.keyring)
        self.world = replace(base, now=self.clocks.ours, services=services)

    @property
    def lms(self) -> LmsState:
        """The LMS's own view."""
        return self.server.state

    @property
    def pusher(self) -> Pusher:
        """Sends claims, with pauses that are always the same."""
        return Pusher(self.world, jitter=lambda: 0.5)

    def launch(self, who: str, link: str) -> None:
        """A launch through the browser (the web process's clock is right: its launches would be refused)."""
        with LmsBrowser(self.lms, who) as browser:
            page = browser.launch(link)
            assert page.status == 200, page.html[:2000]

    def teacher_visit(self) -> Visit:
        """The teacher's visit in the course of both activities."""
        return Visit(
            id="teacher",
            person_id=self.people[TEACHER],
            activity_id=self.activities[LINKS[0]],
            role=Role.TEACHER,
            language="fr",
            began_at=self.world.now(),
            frame_origins=(),
        )

    def rows(self) -> dict[Cell, ScoreRow]:
        """Where every score stands with us."""
        with self.world.database.read() as connection:
            found = scores_of(connection, self.activities.values())
        links = {id_: link for link, id_ in self.activities.items()}
        subs = {id_: who for who, id_ in self.people.items()}
        return {(links[act], subs[who]): row for (act, who), row in found.items()}

    def column(self, link: str) -> Column | None:
        """The column the LMS has for an activity now."""
        return next(iter(self.lms.gradebook.columns(link_id=link)), None)

    def known_column(self, link: str) -> Column | None:
        """The same, where it is the one we send to."""
        query = select(activity.c.line_item_url).where(activity.c.id == self.activities[link])
        with self.world.database.read() as connection:
            url = connection.scalar(query)
        column = self.column(link)
        return column if column is not None and url is not None and f"/{column.id}/" in url else None

    def held(self, column: Column, who: str) -> Decimal | None:
        """What we brought into a cell, whatever a teacher has typed over it."""
        return self.lms.gradebook.grade(column.id, who).raw


@contextmanager
def score_ground(folder: Path) -> Iterator[Ground]:
    """Start both, and let everybody in."""
    database, original = folder / "tool.sqlite", folder / "original.sqlite"
    clocks = Clocks()
    nowhere = ToolAddresses(login_url="", launch_url="", jwks_url="")
    with (
        RunningLms(tool=nowhere, clock=clocks.lms) as server,
        running_tool(f"sqlite:///{database}", folder) as tool,
    ):
        server.state.tool = tool.addresses
        tool.register(server.state)
        ground = Ground(tool=tool, server=server, clocks=clocks, database=database, original=original)
        for link in LINKS:
            for who in (*PEOPLE, TEACHER):
                ground.launch(who, link)
        ground.learn()
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(original)) as target:
            source.backup(target)
        yield ground
