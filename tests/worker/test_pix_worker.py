"""The worker process reads Pix's API where the settings give access to it, and ends quietly."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import build_job_book
from config.pix_api import PixApi
from demo.lms import LmsBrowser, Page
from demo.pix_api import RunningPixApi
from pix.external_id import CheckCodes
from storage.campaigns import set_campaign
from storage.database import Database
from storage.scope import UnitYear
from tests.pix.maddo import CLIENT_ID, SECRET
from tests.push.bench import eventually
from tests.running_tool import settings_for
from tests.worker.deployment import deployed, lms_for
from tests.workflows.pix import CODE, NUMBER, pix_with_a_campaign
from workflows.await_participations import KIND as SETTLE
from workflows.pix_jobs import KIND

STUDENT, TEACHER, CC1 = "101", "2", "1"


def test_what_is_done_again_and_again(tmp_path: Path) -> None:
    settings = settings_for("sqlite:////nowhere", tmp_path, port=1, units_dir=Path())
    without = build_job_book(settings).periodic
    assert KIND not in build_job_book(settings).handlers, "left to a worker that has access"
    assert SETTLE in build_job_book(settings).handlers
    access = PixApi(url="https://pix.example", client_id=CLIENT_ID, client_secret=SECRET, minutes=5)
    book = build_job_book(replace(settings, pix_api=access))
    assert KIND in book.handlers
    (periodic,) = [each for each in book.periodic if each.every not in {one.every for one in without}]
    assert periodic.every < timedelta(minutes=1), "each round of the sweep looks for what is due"


@pytest.mark.slow
def test_from_the_button_to_the_confirmation_between_processes(tmp_path: Path) -> None:
    with RunningPixApi(pix_with_a_campaign()) as pix:
        access = {"PIX_API_URL": pix.url, "PIX_API_CLIENT_ID": CLIENT_ID, "PIX_API_CLIENT_SECRET": SECRET}
        with deployed(tmp_path, **access) as tool, lms_for(tool) as lms:
            tool.start_web()
            tool.start_worker()
            tool.register(lms.state)
            with closing(LmsBrowser(lms.state, TEACHER)) as teacher:
                teacher.launch(CC1)
            give_campaign(tool.folder / "data" / "pix-lti.sqlite")
            person = lms.state.get_person(STUDENT)
            codes = CheckCodes.derived_from(tool.environment["PIXLTI_SECRET_KEY"].encode())
            pix.data.share(
                NUMBER,
                first_name="Qui",
                last_name="Conque",
                external_id=codes.external_id(person.idnumber),
                at=datetime.now(UTC) - timedelta(minutes=5),
                pixScore=357,
            )
            with closing(LmsBrowser(lms.state, STUDENT)) as student:
                page = student.launch(CC1)
                form = next(form for form in page.forms() if form.action.endswith("/pix/read"))
                page = student.submit(form)
                eventually(lambda: "Pix confirme votre envoi" in again(student, page), 30.0)
            code, _seconds = tool.end_worker()
            log = tool.log("worker") + tool.log("web")
    assert code == 0
    assert "pix campaign read" in log
    for sign in ("Traceback", "ResourceWarning", SECRET, "Conque", person.idnumber, "participantExternalId"):
        assert sign not in log, sign


def again(student: LmsBrowser, page: Page) -> str:
    """The page as it is now."""
    return student.get(re.sub(r"#.*", "", page.url)).html


def give_campaign(file: Path) -> None:
    """The teacher gives CC1 its campaign."""
    scope = UnitYear(course_id=1, unit_code="HA1G10H", academic_year="2026-2027")
    with closing(Database(f"sqlite:///{file}")) as database, database.write() as connection:
        set_campaign(
            connection,
            scope,
            "cc1",
            code=CODE,
            address=f"https://app.pix.fr/campagnes/{CODE}",
            by_person=1,
            now=datetime.now(UTC),
        )
