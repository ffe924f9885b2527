"""Whatever fails while Pix is read: nothing is lost or doubled, and somebody is told in words what to do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from demo.pix_api import Client
from pix.maddo import PAGE_SIZE
from storage.jobs import JobState
from storage.schema import participation as participations
from tests.lti.small_server import Reply, SmallServer
from tests.pix.maddo import CLIENT_ID, SECRET, client
from tests.workflows.pix import EVERY, NUMBER, ORGANIZATION, PixSchool, beside_pix, many
from tests.workflows.school import School
from workflows.world import PixApi

PAGES = f"/api/campaigns/{NUMBER}/participations"


@pytest.fixture
def pix(school: School) -> Iterator[PixSchool]:
    with beside_pix(school) as made:
        yield made


def test_a_failure_amid_the_pages_loses_and_doubles_nothing(pix: PixSchool) -> None:
    ines = pix.school.enters("Inès Haddad", "98000003")
    pix.data.participations[NUMBER] = many(pix, 3 * PAGE_SIZE)
    pix.server.fail(PAGES, *[Reply(status=500)] * 4, page=3)
    pix.syncs()
    failed = pix.known()
    assert (failed.trouble, failed.since, failed.read_at) == ("server", None, None)
    assert pix.school.count(participations) == 2 * PAGE_SIZE
    assert len(pix.sent(ines)) == 1, "what has come is not kept waiting"
    waiting = pix.job()
    assert (waiting.state, waiting.attempts) == (JobState.WAITING, 1)
    assert waiting.problem is not None
    assert waiting.problem.fr.startswith("Pix est en panne pour le moment.")
    pix.school.later(seconds=10)
    pix.works()
    assert pix.school.count(participations) == 3 * PAGE_SIZE
    assert len(pix.sent(ines)) == 1
    assert (pix.known().trouble, pix.job().state) == (None, JobState.DONE)


def test_pix_is_down(pix: PixSchool) -> None:
    with SmallServer() as gone:
        pass
    with client(gone.url) as asking:
        pix.school.world = replace(pix.school.world, pix_api=PixApi(maddo=asking.maddo, every=EVERY))
        pix.syncs()
    assert pix.known().trouble == "unreachable"
    assert pix.finding() is JobState.WAITING
    assert asking.outcomes == ["unreachable"] * 4


def test_pix_asks_us_to_come_back_later(pix: PixSchool) -> None:
    pix.syncs()
    pix.server.fail(PAGES, Reply(status=429, headers={"Retry-After": "1800"}))
    pix.syncs()
    asked = pix.server.pages(NUMBER)
    assert pix.known().trouble == "busy"
    pix.school.later(minutes=20)
    pix.sweeps()
    pix.syncs()
    assert pix.server.pages(NUMBER) == asked, "not before the half hour is over"
    pix.school.later(minutes=10)
    pix.works()
    pix.sweeps()
    assert (pix.server.pages(NUMBER), pix.known().trouble) == (asked + 1, None)


def test_a_page_of_maintenance(pix: PixSchool) -> None:
    pix.syncs()
    pix.server.fail(PAGES, *[Reply(body=b"<html>Maintenance</html>")] * 4)
    pix.syncs()
    assert (pix.known().trouble, pix.job().state) == ("not_json", JobState.WAITING)


def test_a_wrong_secret_is_told_and_not_tried_again(pix: PixSchool) -> None:
    pix.data.add_client(
        Client(id=CLIENT_ID, secret="another one", organization_ids=frozenset({ORGANIZATION}))
    )
    pix.syncs()
    job = pix.job("find")
    assert (job.state, pix.known().trouble) == (JobState.FAILED, "secret_refused")
    assert job.problem is not None
    assert "identifiant ou secret" in job.problem.fr
    assert pix.asking.outcomes == ["secret_refused"]
    pix.school.later(minutes=16)
    pix.data.add_client(Client(id=CLIENT_ID, secret=SECRET, organization_ids=frozenset({ORGANIZATION})))
    assert pix.sweeps() == ["find"]
    assert (pix.known().trouble, pix.known().number) == (None, NUMBER)


def test_a_code_that_pix_does_not_show(pix: PixSchool) -> None:
    pix.gives_campaign("ABCDEF234", "cc2")
    pix.syncs()
    assert pix.known("ABCDEF234").trouble == "unknown_code"
    assert pix.known().trouble is None
    assert pix.sweeps() == [], "not looked for again at once"
    pix.school.later(minutes=16)
    assert "find" in pix.sweeps()


def test_a_campaign_outside_the_jurisdiction_leaves_the_others(pix: PixSchool) -> None:
    other = {**pix.data.campaigns[ORGANIZATION][0], "id": 7, "code": "ABCDEF234"}
    pix.data.campaigns[ORGANIZATION].append(other)
    pix.data.participations[7] = []
    pix.gives_campaign("ABCDEF234", "cc2")
    pix.syncs()
    pix.server.fail("/api/campaigns/7/participations", Reply(status=403))
    pix.wants("ABCDEF234")
    pix.syncs()
    assert (pix.known("ABCDEF234").trouble, pix.known().trouble) == ("outside", None)
    assert pix.job().state is JobState.DONE


def test_an_organisation_that_was_closed_to_us(pix: PixSchool) -> None:
    pix.syncs()
    pix.data.add_client(Client(id=CLIENT_ID, secret=SECRET, organization_ids=frozenset()))
    pix.syncs()
    assert pix.known().trouble == "outside"
    pix.school.later(minutes=1)
    pix.sweeps()
    assert (pix.known().trouble, pix.finding()) == ("no_organization", JobState.FAILED)


def test_what_cannot_be_believed_is_told_and_the_rest_taken(pix: PixSchool) -> None:
    pix.sends("Inès Haddad", "99200017", 1025)
    pix.sends("Hugo Martin", "99200033", -1)
    pix.sends("Léa Martin", "99200041", at=pix.school.clock + timedelta(hours=3))
    pix.sends("Tom Petit", "99200058")
    pix.syncs()
    found = pix.known().found
    assert found is not None
    assert (found["read"], found["sent"], found["unreadable"]) == (4, 1, 3)
    told = [each["fr"] for each in found["problems"]]
    assert "un total de 1025 pix est impossible" in told[0]
    assert "un total de -1 pix est impossible" in told[1]
    assert "dans l’avenir" in told[2]
    assert "Léa" not in str(found), "nobody's name"


def test_what_cannot_be_believed_is_told_until_everything_is_read_again(pix: PixSchool) -> None:
    wrong = pix.sends("Inès Haddad", "99200017", 1025)
    pix.school.later(hours=2)
    pix.syncs()
    pix.school.later(hours=2)
    pix.syncs()
    found = pix.known().found
    assert found is not None
    assert (found["read"], found["unreadable"], len(found["problems"])) == (0, 1, 1)
    pix.sends("Hugo Martin", "99200033", -1)
    pix.syncs()
    pix.syncs()
    found = pix.known().found
    assert found is not None
    assert (found["unreadable"], len(found["problems"])) == (2, 2), "each is told once"
    wrong["pixScore"] = 900
    pix.data.participations[NUMBER].pop()
    pix.school.later(days=1)
    pix.syncs()
    found = pix.known().found
    assert found is not None
    assert (found["unreadable"], found["problems"], found["new"]) == (0, [], 1)


def test_a_worker_told_to_stop_amid_the_pages_leaves_the_rest_to_the_next(pix: PixSchool) -> None:
    ines = pix.school.enters("Inès Haddad", "98000003")
    pix.data.participations[NUMBER] = many(pix, 3 * PAGE_SIZE)
    pix.wants()
    worker = pix.worker
    told = pix.asking.maddo.participations

    def stopping(*args: Any, **kwargs: Any) -> Any:
        for page in told(*args, **kwargs):
            yield page
            worker._stopping.set()

    pix.asking.maddo.participations = stopping  # type: ignore[method-assign]
    worker.drain(seconds=5)
    pix.asking.maddo.participations = told  # type: ignore[method-assign]
    until = time.monotonic() + 5
    while pix.job().state is JobState.RUNNING and time.monotonic() < until:
        time.sleep(0.02)
    assert (pix.job().state, pix.known().read_at) == (JobState.WAITING, None)
    pix.works()
    assert pix.school.count(participations) == 3 * PAGE_SIZE
    assert (len(pix.sent(ines)), pix.job().state) == (1, JobState.DONE)


def test_what_was_sent_in_the_future_is_taken_when_its_hour_has_come(pix: PixSchool) -> None:
    pix.sends("Léa Martin", "99200041", at=pix.school.clock + timedelta(hours=3))
    pix.syncs()
    assert pix.school.count(participations) == 0
    pix.school.later(hours=4)
    pix.syncs()
    assert pix.school.count(participations) == 1


def test_a_secret_is_never_in_what_is_kept(pix: PixSchool) -> None:
    with client(pix.server.url, secret="a guess") as asking:
        pix.school.world = replace(pix.school.world, pix_api=PixApi(maddo=asking.maddo, every=EVERY))
        pix.syncs()
    assert "a guess" not in repr(pix.job("find"))
