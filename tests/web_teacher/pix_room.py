"""A class beside Pix's API: the teacher has given CC1 its campaign, people send on Pix, a worker reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from storage.campaigns import set_campaign
from storage.scope import UnitYear
from tests.pix.maddo import PixServer, client
from tests.web_teacher.classroom import Classroom
from tests.workflows.pix import CODE, NUMBER, pix_with_a_campaign
from web.site import EXTENSION
from workflows.await_participations import KIND as SETTLE
from workflows.await_participations import settle_again
from workflows.job_worker import JobWorker
from workflows.jobs import JobBook
from workflows.pix_jobs import KIND
from workflows.read_pix import read_pix
from workflows.world import PixApi

EVERY = timedelta(minutes=15)


@dataclass
class PixRoom:
    """The class, the Pix it asks, and the worker."""

    room: Classroom
    server: PixServer

    def works(self) -> None:
        """The background does what was asked."""
        book = JobBook(handlers={KIND: read_pix, SETTLE: settle_again})
        JobWorker(world=self.room.tool.world, book=book).drain(seconds=20)

    def sends(
        self, person_id: str, *, total: int | None = 357, hours: float = 1, coded: bool = True, **values: Any
    ) -> None:
        """Somebody of the course sends on Pix, through their link or under their name alone."""
        person = self.room.lms.get_person(person_id)
        code = self.room.tool.world.codes.external_id(person.idnumber) if coded else None
        known: dict[str, Any] = {} if total is None else {"pixScore": total}
        self.server.data.share(
            NUMBER,
            **{
                "first_name": person.given,
                "last_name": person.family,
                "external_id": code,
                "at": datetime.now(UTC) - timedelta(hours=hours),
                **known,
                **values,
            },
        )


@contextmanager
def beside_pix(room: Classroom, *, component: str = "cc1") -> Iterator[PixRoom]:
    """Put Pix's API beside a class."""
    room.opens()
    site = room.tool.site
    with (
        PixServer(pix_with_a_campaign()) as server,
        client(server.url, patience=20, largest=40_000_000) as asking,
    ):
        api = PixApi(maddo=asking.maddo, every=EVERY)
        room.tool.app.extensions[EXTENSION] = replace(site, world=replace(site.world, pix_api=api))
        with site.world.database.write() as connection:
            set_campaign(
                connection,
                UnitYear(course_id=1, unit_code="HA1G10H", academic_year="2026-2027"),
                component,
                code=CODE,
                address=f"https://app.pix.fr/campagnes/{CODE}",
                by_person=1,
                now=site.world.now(),
            )
        yield PixRoom(room=room, server=server)
    room.tool.app.extensions[EXTENSION] = site
