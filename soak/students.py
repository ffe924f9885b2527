"""Students who launch and hand in, for real, through the proxy: what fails is sent again, form for form."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests

from demo.lms import Form, LmsBrowser, LmsState
from demo.lms.course import ToolAddresses
from demo.lms.state import new_state
from soak.lms import FIRST, campus

Levels = tuple[int, int, int]
BUSY = 8
"""Browsers at work at once."""
_TROUBLE = (requests.RequestException, RuntimeError)


@dataclass
class Crowd:
    """What students did: every sending tried, and those answered with success. `trouble`: what they met instead."""

    numbers: list[str]
    seed: str
    lms_url: str
    confirmed: dict[str, list[Levels]] = field(default_factory=dict)
    tried: dict[str, list[Levels]] = field(default_factory=dict)
    trouble: Counter[str] = field(default_factory=Counter)
    launches: int = 0
    enough: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _busy: set[str] = field(default_factory=set)

    def sent_once(self) -> int:
        """How many students have a sending answered with success."""
        return len(self.confirmed)

    def count(self) -> int:
        """How many sendings were answered with success."""
        return sum(map(len, self.confirmed.values()))

    def work(self, turns: Iterator[str], lms: LmsState) -> None:
        """One browser after the other, until told to stop."""
        chance = random.Random(f"{self.seed} {threading.current_thread().name}")
        while not self.enough.is_set():
            with self._lock:
                who = next(turns)
                if who in self._busy:
                    continue
                self._busy.add(who)
            try:
                with LmsBrowser(lms, who) as browser:
                    self._hand_in(browser, chance)
            finally:
                with self._lock:
                    self._busy.discard(who)
            self.enough.wait(chance.uniform(0.0, 0.1))

    def _hand_in(self, browser: LmsBrowser, chance: random.Random) -> None:
        form = self._form(browser)
        if form is None:
            return
        who = browser.person_id
        levels = self._new_levels(who, chance)
        names = sorted(name for name in form.fields if name.startswith("level_"))
        values = dict(zip(names, map(str, levels), strict=True))
        with self._lock:
            self.tried.setdefault(who, []).append(levels)
        while True:
            try:
                page = browser.submit(form, values)
                if page.status == 200 and "done=" in page.url:
                    with self._lock:
                        self.confirmed.setdefault(who, []).append(levels)
                    return
                self._met(f"sending answered {page.status}")
                if (
                    page.status < 500
                ):  # the visit is over (a clock jumped): not answered with success, given up
                    return
            except _TROUBLE as error:
                self._met(type(error).__name__)
            if self.enough.is_set():
                return
            time.sleep(0.2)

    def _form(self, browser: LmsBrowser) -> Form | None:
        while not self.enough.is_set():
            try:
                begun = requests.post(f"{self.lms_url}/soak/launch/{browser.person_id}", timeout=20)
                page = browser.get(begun.json()["page"])
                if page.status == 200:
                    self.launches += 1
                    return page.form(having="form_id")
                self._met(f"launch answered {page.status}")
                if page.status == 401:  # the tool's clock is wrong: it will not be right at once
                    self.enough.wait(1.0)
            except _TROUBLE as error:
                self._met(type(error).__name__)
            time.sleep(0.2)
        return None

    def _new_levels(self, who: str, chance: random.Random) -> Levels:
        """Levels this student never tried: whatever is stored is then known by what it holds."""
        while True:
            levels = (chance.randrange(8), chance.randrange(8), chance.randrange(8))
            if levels not in self.tried.get(who, []):
                return levels

    def _met(self, what: str) -> None:
        with self._lock:
            self.trouble[what] += 1


@contextmanager
def busy_students(crowd: Crowd) -> Iterator[None]:
    """They hand in for as long as the block lasts: everybody once, in some order, then anybody again to improve."""
    lms = _stand_in(crowd)
    turns = _turns(crowd)
    threads = [
        threading.Thread(target=crowd.work, args=(turns, lms), name=f"student {number}")
        for number in range(BUSY)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        crowd.enough.set()
        for thread in threads:
            thread.join()


def everybody(students: int) -> list[str]:
    """The LMS's ids of the students."""
    return [str(number) for number in range(FIRST, FIRST + students)]


def _turns(crowd: Crowd) -> Iterator[str]:
    chance = random.Random(crowd.seed)
    yield from chance.sample(crowd.numbers, len(crowd.numbers))
    while True:
        late = [who for who in crowd.numbers if who not in crowd.confirmed]
        yield chance.choice(late if late and chance.random() < 0.5 else crowd.numbers)


def _stand_in(crowd: Crowd) -> LmsState:
    """The browser only asks it for the LMS's address: the LMS itself is another process."""
    nowhere = ToolAddresses(login_url="", launch_url="", jwks_url="")
    return new_state(
        campus(0),
        address=crowd.lms_url,
        tool=nowhere,
        client_id="soak",
        deployment_id="1",
        clock_mode="5.1",
        seed=0,
    )
