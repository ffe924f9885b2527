"""The whole story where any request may meet the other machine: two webs, two workers, one PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
import requests
from sqlalchemy import insert, text

from demo.lms import Fault, LmsBrowser, Page
from storage.schema import used_nonce
from tests.push.bench import eventually
from tests.several.conftest import Machines
from tests.worker.deployment import Deployment

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


def at_once(*doing: Callable[[], Any]) -> list[Any]:
    """Do everything at the same instant; what came back."""
    barrier, found = threading.Barrier(len(doing)), []

    def run(do: Callable[[], Any]) -> None:
        barrier.wait()
        found.append(do())

    threads = [threading.Thread(target=run, args=(each,)) for each in doing]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def hand_in(machines: Machines, who: str, level: int) -> Page:
    """Launch and send the same level everywhere, by the proxy."""
    with LmsBrowser(machines.lms.state, who) as browser:
        form = browser.launch("1").form(having="form_id")
        fields = {name: str(level) for name in form.fields if name.startswith("level_")}
        sent = browser.submit(form, fields)
    assert sent.status == 200, sent.html
    assert "done=" in sent.url
    return sent


def held(machines: Machines, who: str) -> Decimal | None:
    """What the gradebook shows."""
    state = machines.lms.state
    return state.gradebook.mark(state.column_of("1").id, who)


def count(machines: Machines, query: str, **values: object) -> int:
    """A number out of the shared database."""
    with machines.database.read() as connection:
        return int(connection.execute(text(query), values).scalar_one())


SENT_BY = (
    "SELECT count(*) FROM submission JOIN person ON person.id = submission.person_id WHERE person.sub = :who"
)


def test_a_story_told_to_both_by_turns(machines: Machines) -> None:
    """State, nonce, visit and form token hold whichever machine made them."""
    machines.served.clear()
    hand_in(machines, "101", 6)
    steps = [(method, path.partition("?")[0].split("/")[1], port) for method, path, port in machines.served]
    assert [(method, place) for method, place, _ in steps][:2] == [("POST", "lti"), ("POST", "lti")]
    assert {port for _, _, port in steps} == {each.port for each in machines.both}
    changes = sum(before[2] != after[2] for before, after in pairwise(steps))
    assert changes == len(steps) - 1  # no two requests in a row met the same machine
    eventually(lambda: held(machines, "101") == Decimal(20), 10.0)


@pytest.mark.parametrize("who", ["102", "103", "104"])
def test_one_form_sent_to_both_at_once_is_stored_once(machines: Machines, who: str) -> None:
    with LmsBrowser(machines.lms.state, who) as browser, LmsBrowser(machines.lms.state, who) as twin:
        form = browser.launch("1").form(having="form_id")
        twin.cookies = browser.cookies
        fields = {name: "3" for name in form.fields if name.startswith("level_")}
        machines.served.clear()
        pages = at_once(lambda: browser.submit(form, fields), lambda: twin.submit(form, fields))
    assert [page.status for page in pages] == [200, 200]
    posted = [port for method, _, port in machines.served if method == "POST"]
    assert sorted(posted) == sorted(each.port for each in machines.both)
    assert count(machines, SENT_BY, who=who) == 1


@pytest.mark.parametrize("who", ["105", "106", "107"])
def test_one_launch_posted_to_both_at_once_serves_once(machines: Machines, who: str) -> None:
    login = machines.lms.state.launch_form(who, "1")
    with requests.Session() as browser:
        asked = browser.post(login.url, data=login.fields, allow_redirects=False, timeout=20)
        answer = browser.get(asked.headers["Location"], timeout=20)
        page = Page(status=200, url=answer.url, html=answer.text, headers={}, hops=(), set_cookies=())
        message, cookies = page.form(having="id_token"), browser.cookies.get_dict()
    # Straight to each machine, with what the proxy would add.
    headers = {"X-Forwarded-Host": machines.base.removeprefix("http://"), "X-Forwarded-Proto": "http"}

    def launch(machine: Deployment) -> int:
        url = f"{machine.base}/lti/launch"
        sent = requests.post(
            url, data=message.fields, cookies=cookies, headers=headers, allow_redirects=False, timeout=20
        )
        return sent.status_code

    assert sorted(at_once(*(partial(launch, machine) for machine in machines.both))) == [303, 401]


def test_each_mark_leaves_once_though_two_workers_look(machines: Machines) -> None:
    state = machines.lms.state
    state.history.clear()
    students = [str(number) for number in range(108, 120)]
    for level in (2, 5):
        at_once(*(partial(hand_in, machines, who, level) for who in students))
    eventually(lambda: all(held(machines, who) == Decimal("16.67") for who in students), 20.0)
    eventually(
        lambda: count(machines, "SELECT count(*) FROM desired_score WHERE state <> 'in_step'") == 0, 5.0
    )
    bodies = Counter((each.person_id, each.body.partition('"comment"')[2]) for each in state.history)
    assert max(bodies.values()) == 1
    assert not list(state.violations)


def test_a_rotation_on_one_machine_is_seen_by_the_other(machines: Machines) -> None:
    def keys(port: int) -> set[str]:
        answer = requests.get(f"http://127.0.0.1:{port}/lti/jwks", timeout=10)
        return {each["kid"] for each in answer.json()["keys"]}

    before = keys(machines.one.port)
    done = machines.one.command("keys", "rotate")
    assert done.returncode == 0, done.stdout + done.stderr
    eventually(lambda: keys(machines.one.port) == keys(machines.other.port) != before, 20.0)
    time.sleep(2.0)
    machines.lms.state.tokens.revoke_all()  # every worker needs a new token, signed with the new key
    at_once(*(partial(hand_in, machines, who, 6) for who in ("120", "121", "122", "123")))
    eventually(lambda: all(held(machines, who) == 20 for who in ("120", "121", "122", "123")), 20.0)
    assert not list(machines.lms.state.violations)


def test_a_worker_killed_with_a_mark_in_hand_is_covered_within_a_minute(machines: Machines) -> None:
    """And the survivor sweeps: what has expired is gone within the same minute."""
    machines.other.kill("worker")
    long_ago = datetime.now(UTC) - timedelta(days=2)
    with machines.database.write() as connection:
        connection.execute(insert(used_nonce).values(nonce="expired", expires_at=long_ago))
    machines.lms.state.faults.add(Fault(answer="none", person_id="124", delay=6.0))
    hand_in(machines, "124", 6)
    # Of this student alone: a lease of the worker killed first may stand for ten seconds more.
    theirs = (
        "FROM desired_score JOIN person ON person.id = desired_score.person_id WHERE person.sub = '124' AND "
    )
    taken = f"SELECT count(*) {theirs} lease_token IS NOT NULL AND state = 'waiting'"
    eventually(lambda: count(machines, taken) == 1, 10.0)
    machines.one.kill("worker")
    killed = time.monotonic()
    machines.other.start_worker()
    in_step = f"SELECT count(*) {theirs} state = 'in_step'"
    eventually(lambda: count(machines, in_step) == 1, 60.0, every=0.2)
    assert time.monotonic() - killed < 60
    assert held(machines, "124") == Decimal(20)
    left = "SELECT count(*) FROM used_nonce WHERE nonce = 'expired'"
    eventually(lambda: count(machines, left) == 0, 75.0, every=0.5)
    machines.one.start_worker()
    for machine in machines.both:
        for name in ("web", "worker"):
            assert "Traceback" not in machine.log(name), machine.log(name)[-4000:]
