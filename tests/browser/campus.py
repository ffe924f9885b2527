"""A clean installation beside an LMS that does not know it: processes, settings and an empty database, nothing else."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import requests
from playwright.sync_api import Browser, FrameLocator, Page, expect

from demo.installation import ROOT, Installation, new_installation
from demo.lms import RunningLms, Site, empty_course
from demo.lms.launches import StorageMode
from demo.processes import Processes
from demo.units import ALL_OPEN, write_units
from tests.browser.cookie_modes import CookieMode
from tests.browser.school import Window, open_window
from tests.running_tool import PARIS


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a person's browser and the LMS let the tool remember somebody in its frame."""

    cookies: CookieMode
    storage: StorageMode = "none"

    @property
    def needs_a_window(self) -> bool:
        """Nothing in the frame: one click opens a window."""
        return self.cookies is CookieMode.NONE_IN_FRAMES and self.storage == "none"


@dataclass(frozen=True, kw_only=True)
class Campus:
    """An installed tool, an LMS with a course that is empty, a browser."""

    here: Installation
    lms: RunningLms
    browser: Browser
    way: Way

    @property
    def outside(self) -> str:
        """The LMS on another site than the frame's."""
        return f"http://localhost:{self.lms.port}"

    def invite(self) -> str:
        """What the operator types, and the address it prints."""
        typed = self.here.flask("platform", "invite", "--name=Campus", f"--service-origin={self.outside}")
        environment = self.here.environment(os.environ)
        said = subprocess.run(
            typed, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True
        )
        [address] = re.findall(r"\S+/lti/register/\S+", said.stdout)
        return str(address)

    @contextmanager
    def somebody(self, person: str | None = None) -> Iterator[Window]:
        """A browser of the way that is tried, at the LMS's first page, or in the course as a person."""
        with open_window(
            self.browser, cookies=self.way.cookies, tool=self.here.tool_url, around=self.outside
        ) as window:
            window.page.goto(f"{self.outside}/")
            if person is not None:
                window.page.locator(f"button[name=person][value='{person}']").click()
                expect(window.page.get_by_role("heading", level=1)).to_have_text(empty_course().title)
            yield window

    def opens(self, window: Window, activity: str) -> FrameLocator | Page:
        """Click an activity in the course: the tool's page, in the frame or, where that keeps nothing, in a window."""
        window.page.bring_to_front()
        window.page.goto(f"{self.outside}/course/{empty_course().id}")
        card = window.page.get_by_role("listitem").filter(has_text=activity)
        card.get_by_role("link", name="Ouvrir dans la page").click()
        return self.tool_page(window)

    def tool_page(self, window: Window) -> FrameLocator | Page:
        """Where the tool's page works: the frame, or the window it offers."""
        if not self.way.needs_a_window:
            return window.frame
        with window.context.expect_page() as opening:
            window.frame.get_by_role("link", name="Ouvrir dans une nouvelle fenêtre").click()
        opening.value.wait_for_url("**/visits/**")
        return opening.value


@contextmanager
def clean_campus(browser: Browser, folder: Path, way: Way) -> Iterator[Campus]:
    """The tool as in production, on an empty folder; an LMS that has heard nothing of it."""
    today = datetime.now(PARIS).date()
    site = Site(courses=(empty_course(),))
    with socket.create_server(("127.0.0.1", 0)) as listening, RunningLms(site, tool=None) as lms:
        here = new_installation(folder, listening.getsockname()[1])
        here.prepare(today)
        write_units(folder / "units", today, ALL_OPEN)
        lms.state.platform_storage = way.storage
        processes = Processes(folder=ROOT, environment=here.environment(os.environ), logs=here.logs)
        try:
            processes.start("tool", here.serve(listening.fileno()), keep_open=[listening.fileno()])
            processes.wait_until(
                lambda: requests.get(f"{here.tool_url}/healthz", timeout=30).ok, what="the tool", seconds=60
            )
            processes.start("worker", here.work())
            yield Campus(here=here, lms=lms, browser=browser, way=way)
            processes.check()
        finally:
            processes.stop()
