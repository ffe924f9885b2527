"""Twenty seeded SIGKILLs of web and worker, while students hand in and the LMS fails at random: nothing is lost.

`PIXLTI_TEST_KILLS_SEED` repeats a story (as far as the machine's own timing lets it).
"""

from __future__ import annotations

import json
import os
import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import text

from demo.lms import Fault, Form, LmsBrowser, LmsState
from storage.database import Database
from tests.push.bench import eventually
from tests.worker.deployment import Deployment, database_of, deployed, lms_for

KILLS = 20
STUDENTS = [str(number) for number in range(101, 109)]
FAULTS = (
    Fault(answer="500", rate=0.12, times=None),
    Fault(answer="429", rate=0.04, retry_after=1, times=None),
    Fault(answer="reset", rate=0.08, times=None),
    Fault(answer="reset", rate=0.10, taken=True, times=None),
    Fault(answer="500", rate=0.05, taken=True, times=None),
    Fault(answer="409", rate=0.06, times=None),
    Fault(answer="html_200", rate=0.03, times=None),
    Fault(endpoint="token", answer="503", rate=0.10, times=None),
    Fault(answer="none", delay=0.4, rate=0.2, times=None),
)
Levels = tuple[int, int, int]


@dataclass
class Student:
    """One person who goes on sending, each time other levels, until told to stop."""

    lms: LmsState
    who: str
    chance: random.Random
    confirmed: list[Levels] = field(default_factory=list)
    tried: list[Levels] = field(default_factory=list)
    trouble: Counter[str] = field(default_factory=Counter)

    def run(self, enough: threading.Event) -> None:
        """Launch, hand in, again; what fails is sent again, form for form, as a browser does."""
        ways = [(a, b, c) for a in range(8) for b in range(8) for c in range(8)]
        for levels in self.chance.sample(ways, len(ways)):
            if enough.is_set():
                return
            with LmsBrowser(self.lms, self.who) as browser:
                form = self._form(browser, enough)
                if form is not None and self._sent(browser, form, levels, enough):
                    self.confirmed.append(levels)
            enough.wait(self.chance.uniform(0.1, 0.6))

    def _form(self, browser: LmsBrowser, enough: threading.Event) -> Form | None:
        while not enough.is_set():
            try:
                page = browser.launch("1")
            except (requests.RequestException, RuntimeError) as error:
                self.trouble[type(error).__name__] += 1
                time.sleep(0.2)
                continue
            if page.status == 200:
                return page.form(having="form_id")
            self.trouble[f"launch {page.status}"] += 1
        return None

    def _sent(self, browser: LmsBrowser, form: Form, levels: Levels, enough: threading.Event) -> bool:
        names = sorted(name for name in form.fields if name.startswith("level_"))
        values = dict(zip(names, map(str, levels), strict=True))
        self.tried.append(levels)
        while True:
            try:
                page = browser.submit(form, values)
            except (requests.RequestException, RuntimeError) as error:
                self.trouble[type(error).__name__] += 1
                if enough.is_set():
                    return False
                time.sleep(0.2)
                continue
            if page.status == 200 and "done=" in page.url:
                return True
            self.trouble[f"submit {page.status}"] += 1
            if enough.is_set():
                return False


@contextmanager
def _students(lms: LmsState, seed: str) -> Iterator[list[Student]]:
    """They hand in for as long as the block lasts."""
    enough = threading.Event()
    students = [Student(lms=lms, who=who, chance=random.Random(f"{seed}-{who}")) for who in STUDENTS]
    threads = [threading.Thread(target=each.run, args=(enough,)) for each in students]
    for each in threads:
        each.start()
    try:
        yield students
    finally:
        enough.set()
        for each in threads:
            each.join()


def _kill_at_random(tool: Deployment, chance: random.Random) -> Counter[str]:
    killed: Counter[str] = Counter()
    for _ in range(KILLS):
        if chance.random() < 0.8:  # else it may be killed while it starts
            eventually(tool.is_up, 40.0, every=0.1)
        time.sleep(chance.uniform(0.2, 2.2))
        target = chance.choice(["web", "worker"])
        tool.kill(target)
        killed[target] += 1
        tool.start_web(wait=False) if target == "web" else tool.start_worker()
    return killed


def _rows(database: Database, query: str) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(text(query)).all())


def _mark(levels: Levels) -> Decimal:
    """The rule of the first component, by hand: the mean of the levels, each capped at 6, out of 20."""
    mean = Decimal(sum(min(each, 6) for each in levels)) / 3
    return (mean * 20 / 6).quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.slow
def test_twenty_kills_lose_nothing(tmp_path: Path) -> None:
    seed = os.environ.get("PIXLTI_TEST_KILLS_SEED") or secrets.token_hex(4)
    print(f"PIXLTI_TEST_KILLS_SEED={seed}")  # noqa: T201  (pytest shows it where the story fails)
    with deployed(tmp_path) as tool, lms_for(tool, seed=random.Random(seed).getrandbits(32)) as lms:
        tool.start_web()
        tool.register(lms.state)
        tool.start_worker()
        for fault in FAULTS:
            lms.state.faults.add(fault)
        with _students(lms.state, seed) as students:
            killed = _kill_at_random(tool, random.Random(seed))
            eventually(tool.is_up, 40.0, every=0.1)
            time.sleep(1.0)
        print(f"killed {dict(killed)}; {sum((each.trouble for each in students), Counter())}")  # noqa: T201
        lms.state.faults.clear()
        done = tool.command("scores", "push", "--wait", "--refused", "--timeout", "60")
        assert done.returncode == 0, done.stdout + done.stderr
        database = database_of(tool)
        try:
            _check_submissions(database, students)
            _check_gradebook(database, lms.state, students)
        finally:
            database.close()
        assert not list(lms.state.violations), list(lms.state.violations)[:5]
        for name in ("web", "worker"):
            assert "database is locked" not in tool.log(name)
            assert "Traceback" not in tool.log(name), tool.log(name)[-4000:]
        for each in students:
            assert set(each.trouble) <= {"ConnectionError", "ReadTimeout", "ChunkedEncodingError"}


def _check_submissions(database: Database, students: list[Student]) -> None:
    """Answered with success: stored once. Not answered: stored once or not at all. Nothing else."""
    assert sum(len(each.confirmed) for each in students) >= len(STUDENTS)
    query = (
        "SELECT person.sub, submission.levels FROM submission JOIN person ON person.id = submission.person_id"
    )
    stored = Counter((sub, tuple(json.loads(levels).values())) for sub, levels in _rows(database, query))
    assert max(stored.values()) == 1
    for each in students:
        for levels in each.confirmed:
            assert stored[each.who, levels] == 1, (each.who, levels)
    assert set(stored) <= {(each.who, levels) for each in students for levels in each.tried}


def _check_gradebook(database: Database, lms: LmsState, students: list[Student]) -> None:
    """Read from outside: what the LMS shows is what is desired, and that is the best of what was stored."""
    query = (
        "SELECT person.sub, submission.levels FROM submission JOIN person ON person.id = submission.person_id"
    )
    best: dict[str, Decimal] = {}
    for sub, levels in _rows(database, query):
        mark = _mark(tuple(json.loads(levels).values()))
        best[sub] = max(best.get(sub, mark), mark)
    query = "SELECT person.sub, mark FROM desired_score JOIN person ON person.id = desired_score.person_id"
    assert {sub: Decimal(mark) for sub, mark in _rows(database, query)} == best
    shown = requests.get(f"{lms.issuer}/api/gradebook", timeout=10).json()
    held = {
        each["person"]: Decimal(str(each["grade"])).quantize(Decimal("0.01"))
        for each in shown["grades"]
        if each["column"] == lms.column_of("1").id and each["grade"] is not None
    }
    assert held == best
    assert set(best) == {each.who for each in students}
