"""Pix's API beside a course without an LMS: campaigns are given, people send, and the background reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from demo.pix_api import Client, PixData
from demo.pix_api.data import participation
from storage.campaigns import Campaign, set_campaign
from storage.jobs import Job, JobState, ask, find_last_job
from storage.participations import find_settlement
from storage.pix_campaigns import PixCampaign, find_pix_campaign, want_campaigns
from storage.scope import UnitYear
from storage.submissions import Submission, submissions_of
from tests.pix.maddo import CLIENT_ID, SECRET, PixServer, Watched, client
from tests.workflows.school import UNIT, YEAR, School
from workflows.await_participations import KIND as SETTLE
from workflows.await_participations import settle_again
from workflows.job_worker import JobWorker
from workflows.jobs import JobBook
from workflows.pix_jobs import FINDING, KIND, due_jobs, job_for
from workflows.read_pix import read_pix
from workflows.visit import Visit
from workflows.world import PixApi

EVERY = timedelta(minutes=15)
CODE, NUMBER = "KTRBWX482", 512345
ORGANIZATION = 9001


def pix_with_a_campaign() -> PixData:
    """A Pix with one organisation, and one profiles collection that nobody has joined."""
    data = PixData()
    campaign = {
        "id": NUMBER,
        "name": "PIX-L1-CC1-2026",
        "type": "PROFILES_COLLECTION",
        "targetProfileName": None,
        "code": CODE,
        "createdAt": "2026-09-28T08:12:44.120Z",
        "archivedAt": None,
    }
    data.add_organization(
        {"id": ORGANIZATION, "name": "Université de Valbrume", "externalId": None}, [campaign]
    )
    data.add_client(Client(id=CLIENT_ID, secret=SECRET, organization_ids=frozenset({ORGANIZATION})))
    return data


@dataclass
class PixSchool:
    """A course whose teacher gave CC1 its campaign, a Pix that answers, and a worker that does what is asked."""

    school: School
    server: PixServer
    asking: Watched
    teacher: Visit
    campaign: Campaign

    @property
    def data(self) -> PixData:
        """What Pix holds."""
        return self.server.data

    @property
    def scope(self) -> UnitYear:
        """The unit taught there."""
        return UnitYear(course_id=self.school.course_id, unit_code=UNIT, academic_year=YEAR)

    @property
    def worker(self) -> JobWorker:
        """Does jobs of Pix's."""
        return JobWorker(
            world=self.school.world, book=JobBook(handlers={KIND: read_pix, SETTLE: settle_again})
        )

    def code(self, number: str) -> str:
        """What the link of a student carries."""
        return self.school.world.codes.external_id(number)

    def sends(
        self, name: str, external_id: str | None, total: int | None = 357, **values: Any
    ) -> dict[str, Any]:
        """Somebody sends their profile on Pix, now unless `at` says otherwise."""
        given, _, family = name.partition(" ")
        known: dict[str, Any] = {} if total is None else {"pixScore": total}
        return self.data.share(
            values.pop("campaign", NUMBER),
            first_name=given,
            last_name=family,
            external_id=external_id,
            at=values.pop("at", self.school.clock),
            **known,
            **values,
        )

    def gives_campaign(self, code: str, component: str = "cc1", course_id: int | None = None) -> Campaign:
        """The teacher gives a component its campaign."""
        scope = replace(self.scope, course_id=course_id or self.school.course_id)
        with self.school.world.database.write() as connection:
            return set_campaign(
                connection,
                scope,
                component,
                code=code,
                address=f"https://app.pix.fr/campagnes/{code}",
                by_person=self.teacher.person_id,
                now=self.school.clock,
            )

    def wants(self, code: str = CODE) -> None:
        """Somebody asks for a campaign to be read now."""
        self.school.later(seconds=1)
        with self.school.world.database.write() as connection:
            want_campaigns(connection, [code], self.school.clock)
            ask(connection, job_for(find_pix_campaign(connection, code)), self.school.clock)

    def syncs(self, code: str = CODE) -> None:
        """Somebody asks for a campaign to be read now, and the background does it."""
        self.wants(code)
        self.works()

    def sweeps(self) -> list[str]:
        """The sweep asks for what is due, and the background does it; return the keys of what was asked."""
        jobs = due_jobs(self.school.world, EVERY)
        with self.school.world.database.write() as connection:
            for each in jobs:
                ask(connection, each, self.school.clock)
        self.works()
        return [each.key for each in jobs]

    def works(self) -> None:
        """The background does what is due."""
        self.worker.drain(seconds=20)

    def known(self, code: str = CODE) -> PixCampaign:
        """What Pix said of a campaign."""
        with self.school.world.database.read() as connection:
            return find_pix_campaign(connection, code)

    def counts(self, campaign: Campaign | None = None) -> dict[str, int]:
        """How a campaign's participations were settled last; only what there is any of."""
        with self.school.world.database.read() as connection:
            counts = find_settlement(connection, (campaign or self.campaign).id).counts
        return {outcome: number for outcome, number in (counts or {}).items() if number}

    def job(self, key: str = f"organization {ORGANIZATION}") -> Job:
        """The last job of a key."""
        with self.school.world.database.read() as connection:
            found = find_last_job(connection, KIND, key)
        assert found is not None
        return found

    def finding(self) -> JobState:
        """How the last search for campaigns ended."""
        return self.job(FINDING).state

    def sent(self, visit: Visit) -> list[Submission]:
        """The sendings that are kept of somebody, oldest first."""
        with self.school.world.database.read() as connection:
            return submissions_of(connection, self.scope, [visit.person_id]).get(visit.person_id, [])


def many(pix: PixSchool, number: int, *, first: int = 1) -> list[dict[str, Any]]:
    """So many participations of strangers, one a second."""
    began = pix.school.clock - timedelta(days=3)
    return [
        participation(
            80_000_000 + each,
            NUMBER,
            first_name="Camille",
            last_name=f"Durand {each}",
            external_id=pix.code(f"98{each:06d}"),
            created_at=began + timedelta(seconds=each),
            shared_at=began + timedelta(seconds=each, milliseconds=730),
            user_id=each,
            pixScore=each % 897,
        )
        for each in range(first, first + number)
    ]


@contextmanager
def beside_pix(school: School, data: PixData | None = None) -> Iterator[PixSchool]:
    """Put Pix's API beside a course."""
    with (
        PixServer(data or pix_with_a_campaign()) as server,
        client(server.url, largest=40_000_000, patience=20) as asking,
    ):
        school.world = replace(school.world, pix_api=PixApi(maddo=asking.maddo, every=EVERY))
        teacher = school.teacher()
        made = PixSchool(school=school, server=server, asking=asking, teacher=teacher, campaign=None)  # type: ignore[arg-type]
        made.campaign = made.gives_campaign(CODE)
        yield made
