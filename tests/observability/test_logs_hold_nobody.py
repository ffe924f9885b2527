"""A marked person launches, hands in, is imported, pushed, refused and meets a failure: no log line has a mark."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from sqlalchemy import text

from demo.lms import Fault, LmsBrowser, RunningLms, ToolAddresses
from demo.lms.campus import demo_site
from demo.lms.course import Site
from tests.pix.exports import export, sending
from tests.push.bench import eventually
from tests.web_teacher.classroom import address, upload_form
from tests.worker.deployment import Deployment, database_of, deployed, hand_in

pytestmark = pytest.mark.slow

SUB, NUMBER, QUERY, BROWSER = "77881199", "66554433", "q-marked-query", "agent-marked-browser"
GIVEN, FAMILY, EMAIL, TITLE = "Zébuline", "Marquedubois", "zm.marked@valbrume.example", "Titre-marqué"
FILE, HEADER = "fichier-marque.csv", "valeur-marquee"
MARKS = (SUB, NUMBER, QUERY, BROWSER, GIVEN, "buline", FAMILY, EMAIL, "zm.marked", TITLE, FILE, HEADER)


def _site() -> Site:
    """The demo's course, where everything about student 101 and the course's title is marked."""
    site = demo_site()
    course = site.courses[0]
    people = tuple(
        replace(each, id=SUB, given=GIVEN, family=FAMILY, email=EMAIL, username="zmarked", idnumber=NUMBER)
        if each.id == "101"
        else each
        for each in course.people
    )
    return replace(site, courses=(replace(course, title=TITLE, people=people),))


@pytest.fixture
def tool(tmp_path: Path) -> Iterator[Deployment]:
    with deployed(tmp_path, LOG_LEVEL="DEBUG") as made:
        made.environment["GUNICORN_CMD_ARGS"] = "--access-logfile -"
        yield made


def _lines(log: str) -> list[dict[str, Any]]:
    """Every line is one JSON object with the fields every line has."""
    lines: list[dict[str, Any]] = []
    for each in log.splitlines():
        line = json.loads(each)
        assert {"event", "level", "logger", "timestamp"} <= line.keys(), each
        assert line["timestamp"].endswith("Z")
        lines.append(line)
    return lines


def _import(lms: RunningLms) -> None:
    at = (datetime.now(UTC) - timedelta(hours=2)).strftime("%d/%m/%Y %H:%M")
    content = export([sending(last=FAMILY, first=GIVEN, number=NUMBER, at=at, pix=40)])
    with LmsBrowser(lms.state, "2") as teacher:
        start = teacher.get(address(teacher.launch("1"), "imports/"))
        broken = teacher.submit(upload_form(start), files={"file": (FILE, f"{FAMILY};x\n1;2".encode())})
        assert broken.status == 422
        sent = teacher.submit(upload_form(start), files={"file": (FILE, content)})
        assert sent.status == 200
        eventually(lambda: 'name="seen"' in teacher.get(sent.url).html, 20.0)
        confirmed = teacher.submit(teacher.get(sent.url).form(having="seen"))
        eventually(lambda: "alert-success" in teacher.get(confirmed.url).html, 20.0)


def test_no_line_of_any_log_tells_who_it_is_about(tool: Deployment) -> None:
    addresses = ToolAddresses(
        login_url=f"{tool.base}/lti/login",
        launch_url=f"{tool.base}/lti/launch",
        jwks_url=f"{tool.base}/lti/jwks",
    )
    with RunningLms(_site(), tool=addresses) as lms:
        tool.start_worker()
        tool.start_web()
        eventually(lambda: tool.works("worker"), 30.0)
        tool.register(lms.state)

        hand_in(lms.state, SUB, 4)
        column = lms.state.column_of("1").id
        eventually(lambda: lms.state.gradebook.mark(column, SUB) is not None, 10.0)
        _import(lms)
        lms.state.faults.add(Fault(answer="400", person_id=SUB))  # the answer's text may name the person
        hand_in(lms.state, SUB, 6)
        eventually(lambda: '"step": "refused"' in tool.log("worker"), 10.0)

        refused = requests.get(
            f"{tool.base}/lti/login",
            params={
                "iss": "https://x.example",
                "login_hint": QUERY,
                "lti_message_hint": EMAIL,
                "target_link_uri": f"{tool.base}/lti/launch",
            },
            headers={"User-Agent": BROWSER, "X-Request-ID": HEADER},
            timeout=10,
        )
        assert refused.status_code == 403
        requests.get(f"{tool.base}/{FAMILY}?{urlencode({'x': QUERY})}", timeout=10)
        database = database_of(tool)
        try:
            with database.write() as connection:
                connection.execute(text("DROP TABLE audit"))
                connection.execute(text("ALTER TABLE person RENAME COLUMN name TO was_name"))
        finally:
            database.close()
        with LmsBrowser(lms.state, SUB) as browser:
            failed = browser.launch("1")
        assert failed.status == 500
        tool.end_worker()
        tool.end("web")

    both = tool.log("web") + tool.log("worker")
    for mark in MARKS:
        assert mark not in both, next(line for line in both.splitlines() if mark in line)[:2000]
    for token in ("eyJ", "client_assertion", "id_token=", "state="):
        assert token not in both
    web, worker = _lines(tool.log("web")), _lines(tool.log("worker"))

    [failure] = [each for each in web if each["event"] == "failure"]
    assert failure["reference"] in failed.html
    assert "sqlalchemy.exc.OperationalError" in [each["type"] for each in failure["exception"]]
    [request] = [each for each in web if each["event"] == "request" and each["request"] == failure["request"]]
    assert (request["route"], request["status"]) == ("/lti/launch", 500)
    assert request["duration_ms"] > 0

    [refusal] = [
        each for each in web if each["event"] == "launch refused" and each["reason"] == "unknown_issuer"
    ]
    assert refusal["reference"] in refused.text
    assert refusal["request"] == refused.headers["X-Request-ID"]
    accepted = [each for each in web if each["event"] == "launch accepted"]
    assert {each["role"] for each in accepted} == {"learner", "teacher"}
    assert {type(each["person"]) for each in accepted} == {int}
    assert "taken" in [each["outcome"] for each in worker if each["event"] == "score handled"]
