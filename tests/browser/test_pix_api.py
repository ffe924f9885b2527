"""Pix's API in front of a real browser: asked for by a button, followed without a reload by hand, open to everybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from demo.pix_api import PixData, RunningPixApi
from pix.exchange import Exchange
from pix.maddo import ApiAccess, Maddo
from storage.campaigns import set_campaign
from storage.scope import UnitYear
from tests.browser.school import School
from tests.browser.test_accessible import obstacles
from tests.pix.maddo import CLIENT_ID, SECRET
from tests.workflows.pix import CODE, NUMBER, pix_with_a_campaign
from web.site import EXTENSION
from workflows.await_participations import KIND as SETTLE
from workflows.await_participations import settle_again
from workflows.job_worker import JobWorker
from workflows.jobs import JobBook
from workflows.pix_jobs import KIND
from workflows.read_pix import read_pix
from workflows.world import PixApi

pytestmark = pytest.mark.slow

STUDENT, OTHER, TEACHER, CC1 = "101", "102", "2", "1"


@contextmanager
def beside_pix(school: School) -> Iterator[PixData]:
    """Put Pix's API beside the school, with a worker that reads it; the teacher has come once."""
    with RunningPixApi(pix_with_a_campaign()) as running, school.window() as teacher:
        school.opens_alone(teacher, TEACHER, CC1)
        site = school.tool.site
        exchange = Exchange(environment_proxies=False)
        access = ApiAccess(base_url=running.url, client_id=CLIENT_ID, client_secret=SECRET)
        maddo = Maddo(access, exchange, rate=20, count=site.world.metrics.pix_call)
        world = replace(site.world, pix_api=PixApi(maddo=maddo, every=timedelta(minutes=15)))
        worker = JobWorker(world=world, book=JobBook(handlers={KIND: read_pix, SETTLE: settle_again}))
        school.tool.app.extensions[EXTENSION] = replace(site, world=world)
        with world.database.write() as connection:
            set_campaign(
                connection,
                UnitYear(course_id=1, unit_code="HA1G10H", academic_year="2026-2027"),
                "cc1",
                code=CODE,
                address=f"https://app.pix.fr/campagnes/{CODE}",
                by_person=1,
                now=world.now(),
            )
        worker.start()
        try:
            yield running.data
        finally:
            worker.stop()
            exchange.close()


def sends(school: School, pix: PixData, person_id: str, *, coded: bool = True) -> None:
    """Somebody sends on Pix, through their link or not."""
    person = school.lms.state.get_person(person_id)
    pix.share(
        NUMBER,
        first_name=person.given if coded else "Qui",
        last_name=person.family if coded else "Conque",
        external_id=school.tool.world.codes.external_id(person.idnumber) if coded else None,
        at=datetime.now(UTC) - timedelta(minutes=3),
        pixScore=357,
        tubes=[{"competenceId": "recNv8qhaY887jQb2", "id": "t", "reachedLevel": level} for level in (2, 5)],
    )


def test_a_student_asks_pix_and_is_answered(school: School) -> None:
    with beside_pix(school) as pix, school.window() as student:
        page = school.opens_alone(student, STUDENT, CC1)
        sends(school, pix, STUDENT)
        page.get_by_role("button", name="J’ai envoyé mon profil").click()
        confirmed = page.locator("#pix-confirmed")
        expect(confirmed).to_contain_text("Pix confirme votre envoi du", timeout=60_000)
        expect(confirmed).to_contain_text("357 pix")
        assert obstacles(page) == []
        student.assert_calm()


def test_a_teacher_synchronises_and_decides(school: School) -> None:
    with beside_pix(school) as pix, school.window() as student, school.window() as teacher:
        school.opens_alone(student, STUDENT, CC1)
        sends(school, pix, STUDENT)
        sends(school, pix, OTHER, coded=False)
        page = school.opens_alone(teacher, TEACHER, CC1)
        page.get_by_role("link", name="Lecture de Pix et décisions").click()
        page.get_by_role("button", name="Synchroniser maintenant").click()
        expect(page.locator("#last-reading")).to_contain_text("lues : 2", timeout=60_000)
        assert obstacles(page) == []
        decide(page, school.lms.state.get_person(STUDENT).family)
        expect(page.get_by_role("status")).to_contain_text("Choix retenu")
        page.locator("#identities summary").click()
        assert obstacles(page) == []
        page.get_by_role("link", name="Ce n’est pas la bonne personne").first.click()
        assert obstacles(page) == []
        teacher.assert_calm()


def decide(page: Page, family: str) -> None:
    """Give the only sending that waits to somebody."""
    waiting = page.locator("form", has=page.get_by_role("combobox")).first
    option = waiting.locator("option", has_text=family).first
    waiting.get_by_role("combobox").select_option(value=option.get_attribute("value") or "")
    waiting.get_by_role("button").click()
