"""A worker killed outright while it prepares an import, and while it writes one: whole or not at all, never stuck."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from demo.lms import LmsBrowser, Page, Person
from storage.database import Database
from storage.schema import campaign_import, draft_page, import_draft, imported_row, job, submission
from tests.pix.exports import export, sending
from tests.push.bench import eventually
from tests.running_tool import PARIS
from tests.web_teacher.classroom import address, upload_form
from tests.worker.deployment import Deployment, database_of, deployed, lms_for

pytestmark = pytest.mark.slow

TEACHER, STUDENTS = "2", [str(number) for number in range(101, 109)]
SENT_EACH, STRANGERS = 40, 12_000
"""Enough for a worker to be in the middle of it for a while."""


@dataclass
class Import:
    """A teacher who waits in front of an import's page, and who looks at the database meanwhile."""

    tool: Deployment
    browser: LmsBrowser
    database: Database
    page: Page

    def looks(self) -> Page:
        """The page as it is now."""
        self.page = self.browser.get(self.page.url)
        return self.page

    @property
    def progress(self) -> dict[str, Any]:
        """What the page's script would be told of the job that works on it."""
        where = re.search(r'data-job="([^"]+)"', self.page.html)
        assert where is not None, self.page.html
        found: dict[str, Any] = json.loads(self.browser.get(self.tool.base + where[1]).html)
        return found

    def presses(self, end: str) -> None:
        """Send the form of the page whose address ends so."""
        form = next(form for form in self.page.forms() if form.action.endswith(end))
        self.page = self.browser.submit(form)

    def count(self, table: Any) -> int:
        """How many rows there are."""
        with self.database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

    def expires(self, *, attempts: int | None = None) -> None:
        """The lease of what the killed worker had is over: half a minute goes by."""
        past = {"lease_until": datetime.now(UTC) - timedelta(seconds=1)}
        more = {} if attempts is None else {"attempts": attempts}
        with self.database.write() as connection:
            connection.execute(job.update().where(job.c.state == "running").values(**past, **more))


def test_a_worker_killed_in_the_middle_of_an_import(tmp_path: Path) -> None:
    with deployed(tmp_path) as tool, lms_for(tool) as lms:
        tool.start_web()
        tool.register(lms.state)
        for who in STUDENTS:
            with closing(LmsBrowser(lms.state, who)) as student:
                student.launch("1")
        students = [lms.state.get_person(who) for who in STUDENTS]
        with closing(LmsBrowser(lms.state, TEACHER)) as teacher:
            start = teacher.get(address(teacher.launch("1"), "imports/"))
            database = database_of(tool)
            try:
                page = teacher.submit(
                    upload_form(start), files={"file": ("export.csv", big_export(students))}
                )
                story = Import(tool=tool, browser=teacher, database=database, page=page)
                killed_while_preparing(story)
                killed_too_often(story)
                killed_while_writing(story)
            finally:
                database.close()
        for name in ("web", "worker"):
            assert "Traceback" not in tool.log(name), tool.log(name)[-4000:]


def killed_while_preparing(story: Import) -> None:
    story.tool.start_worker()
    eventually(lambda: 0 < story.progress["done"] < story.progress["total"], 60.0, every=0.05)
    story.tool.kill("worker")
    told = story.progress
    assert (told["over"], told["state"]) == (False, "running")
    time.sleep(1.0)
    assert story.progress == told, "nobody works on it: the bar stands where it stood"
    assert "Lecture en cours" in story.looks().html
    assert story.count(draft_page) == story.count(campaign_import) == 0


def killed_too_often(story: Import) -> None:
    """A job that takes its worker down each time ends as failed, and may be asked for again."""
    story.expires(attempts=6)
    story.tool.start_worker()
    eventually(lambda: "L’import n’a pas abouti" in story.looks().html, 30.0, every=0.2)
    assert "interrompue plusieurs fois" in story.page.html
    story.presses("/again")
    eventually(lambda: 'id="preview"' in story.looks().html, 90.0, every=0.3)
    assert f"Lignes : {STRANGERS + len(STUDENTS) * SENT_EACH}" in said_counts(story.page)


def killed_while_writing(story: Import) -> None:
    before = [story.count(table) for table in (submission, imported_row, campaign_import)]
    assert before == [0, 0, 0]
    story.presses("/confirm")
    wait_until_writing(story.tool)
    story.tool.kill("worker")
    assert [story.count(table) for table in (submission, imported_row, campaign_import)] == before
    assert story.count(import_draft) == 1
    assert "Import en cours" in story.looks().html
    assert story.progress["state"] == "running"
    began = time.monotonic()
    story.tool.start_worker()  # nobody helps: the lease of the dead runs out by itself
    eventually(lambda: "Import terminé" in story.looks().html, 120.0, every=0.5)
    assert time.monotonic() - began > 5
    kept = [story.count(table) for table in (submission, imported_row, campaign_import, import_draft)]
    sent = len(STUDENTS) * SENT_EACH
    assert kept == [sent, sent + STRANGERS, 1, 0]
    with story.database.read() as connection:
        marked = connection.execute(text("SELECT COUNT(DISTINCT person_id) FROM desired_score")).scalar_one()
    assert marked == len(STUDENTS)


def wait_until_writing(tool: Deployment) -> None:
    """Wait until somebody has been writing into the database for a while: the import, nothing else is as long."""
    with closing(sqlite3.connect(tool.folder / "data" / "pix-lti.sqlite", timeout=0)) as probe:
        probe.isolation_level = None
        until, since = time.monotonic() + 60, None
        while since is None or time.monotonic() - since < 0.15:
            assert time.monotonic() < until, "nobody writes for long"
            try:
                probe.execute("BEGIN IMMEDIATE")
                probe.execute("ROLLBACK")
                since = None
            except sqlite3.OperationalError:
                since = since or time.monotonic()
            time.sleep(0.005)


def said_counts(page: Page) -> str:
    """The lines accounted for, as the preview says it."""
    return page.html.partition('id="counts"')[2].partition("</ul>")[0].replace("\u00a0", " ")


def big_export(students: list[Person]) -> bytes:
    """Many sendings of the students, among those of far more people whom nobody knows."""
    now = datetime.now(UTC)

    def at(minutes: int) -> str:
        return (now - timedelta(minutes=minutes)).astimezone(PARIS).strftime("%d/%m/%Y %H:%M")

    lines = [
        sending(
            last=each.family, first=each.given, number=each.idnumber, external_id=None, at=at(1 + k), pix=24
        )
        for each in students
        for k in range(SENT_EACH)
    ]
    lines += [
        sending(last=f"F{k}", first="G", number=str(70_000_000 + k), external_id=None, at=at(5), pix=24)
        for k in range(STRANGERS)
    ]
    return export(*lines)
