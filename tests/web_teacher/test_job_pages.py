"""A background job on a page: its bar, its words, its end; for the teachers of its course only."""

from __future__ import annotations

import json

from grading.text import Bilingual
from storage.heartbeats import beat
from storage.jobs import NewJob, ask, claim_job, keep_job
from tests.web_teacher.classroom import CC1, Classroom, address, said
from workflows.job_worker import JobWorker
from workflows.jobs import Job, JobBook, JobFailed, Report
from workflows.world import World

LEA = "110"


def _asks(room: Classroom) -> int:
    """A job asked for in the first activity."""
    room.opens()
    world = room.tool.world
    with world.database.write() as connection:
        return ask(connection, NewJob(kind="count", key="1", activity_id=int(CC1)), world.now())


def _fails(world: World, job: Job, report: Report) -> None:
    raise JobFailed(Bilingual("Pix a refusé la clé.", "Pix refused the key."))


def test_the_page_of_a_job_shows_a_bar_and_refreshes_without_a_script(room: Classroom) -> None:
    job_id, world = _asks(room), room.tool.world
    page = room.browser().get(address(room.opens(), f"jobs/{job_id}"))
    assert "Tâche en cours" in said(page)
    assert "En attente : la tâche commence dans un instant." in said(page)
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page.html
    with world.database.write() as connection:
        claim = claim_job(connection, ["count"], world.now())
        assert claim is not None
        now, reading = world.now(), Bilingual("Lecture…", "Reading…")
        assert keep_job(connection, claim, now, done=40, total=100, message=reading)
    page = room.browser().get(page.url)
    assert 'value="40" max="100"' in page.html
    assert "Lecture…" in said(page)
    state = json.loads(room.browser().get(page.url + "/state").html)
    told = {"over": False, "state": "running", "text": "Lecture…", "done": 40, "total": 100}
    assert state == {**told, "stalled": True}, "no worker has given a sign of life"
    with world.database.write() as connection:
        beat(connection, "a worker", world.now())
    state = json.loads(room.browser().get(page.url + "/state").html)
    assert state == {**told, "stalled": False}


def test_a_job_that_failed_says_why_and_refreshes_no_more(room: Classroom) -> None:
    job_id = _asks(room)
    JobWorker(world=room.tool.world, book=JobBook(handlers={"count": _fails})).drain(seconds=5)
    page = room.browser().get(address(room.opens(), f"jobs/{job_id}"))
    assert "Tâche terminée Pix a refusé la clé." in said(page)
    assert "refresh" not in page.html
    assert json.loads(room.browser().get(page.url + "/state").html)["over"] is True


def test_a_student_sees_no_job_of_the_teachers(room: Classroom) -> None:
    job_id = _asks(room)
    for path in (f"jobs/{job_id}", f"jobs/{job_id}/state", "jobs/999999999"):
        page = room.browser(LEA).get(address(room.opens(LEA), path))
        assert page.status == 404
        assert "pas de tâche de ce numéro" in said(page)
