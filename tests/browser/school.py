"""People in front of a real browser: the LMS's page on one site, the activity's frame and the tool on another."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FrameLocator,
    Page,
    ViewportSize,
    expect,
)
from playwright.sync_api import Error as PlaywrightError

from demo.lms import RunningLms
from tests.browser.cookie_modes import CookieMode, open_profile
from tests.running_tool import RunningTool, running_tool

WIDE: ViewportSize = {"width": 1100, "height": 900}


@dataclass
class Window:
    """One person's browser, and everything it complained of."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    @property
    def frame(self) -> FrameLocator:
        """The activity, in the LMS's page."""
        return self.page.frame_locator("#contentframe")

    def assert_calm(self, *, but: Iterable[str] = ()) -> None:
        """No violation of the page's policy, no error of a script, nothing missing (`but`: what is expected)."""
        assert [each for each in self.complaints if not any(known in each for known in but)] == []


@contextmanager
def open_window(
    browser: Browser,
    *,
    language: str = "fr-FR",
    cookies: CookieMode | None = None,
    tool: str = "",
    around: str = "",
) -> Iterator[Window]:
    """A new browser profile, closed at the end; `cookies` of `tool` in pages of `around` as a person sets them."""
    how: dict[str, Any] = {"locale": language, "viewport": WIDE}
    with TemporaryDirectory(prefix="pix-lti-profile-", ignore_cleanup_errors=True) as folder:
        if cookies is None:
            context = browser.new_context(**how)
        else:
            context = open_profile(browser, Path(folder), cookies, tool=tool, around=around, **how)
        context.set_default_timeout(15_000)
        opened = Window(context=context, page=context.new_page())

        def console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                opened.complaints.append(f"{message.type}: {message.text} ({message.location.get('url')})")

        context.on("console", console)
        context.on("weberror", lambda error: opened.complaints.append(f"script: {error.error}"))
        try:
            yield opened
        finally:
            context.close()


@dataclass(frozen=True, kw_only=True)
class School:
    """The tool with its worker running, the LMS, a browser."""

    tool: RunningTool
    lms: RunningLms
    browser: Browser

    @property
    def outside(self) -> str:
        """The LMS on another site than the frame's: `localhost`, where the frame is on 127.0.0.1."""
        return f"http://localhost:{self.lms.port}"

    @contextmanager
    def window(self, language: str = "fr-FR", cookies: CookieMode | None = None) -> Iterator[Window]:
        """A new browser profile, closed at the end; `cookies` are set as a person sets them in Chromium."""
        around = self.outside
        with open_window(
            self.browser, language=language, cookies=cookies, tool=self.tool.base, around=around
        ) as opened:
            yield opened

    def opens(self, window: Window, person: str, activity: str) -> FrameLocator:
        """Open an activity in the LMS's page, as a frame of another site."""
        window.page.bring_to_front()  # a frame in a tab behind another gets no clicks
        window.page.goto(f"{self.outside}/frame/{activity}?as={person}")
        expect(window.frame.locator("main")).to_be_visible()
        return window.frame

    def opens_alone(self, window: Window, person: str, activity: str) -> Page:
        """Open an activity in a window of its own, and wait for its page."""
        launch = self.lms.state.begin_launch(person, activity)
        window.page.goto(self.lms.state.addresses.launch_page(launch.id))
        window.page.wait_for_url("**/visits/**")
        return window.page

    def gradebook(self, window: Window, person: str = "2") -> Page:
        """The LMS's own gradebook, in another tab."""
        tab = window.context.new_page()
        tab.goto(f"{self.lms.address}/")
        tab.locator(f"button[name=person][value='{person}']").click()
        tab.goto(f"{self.lms.address}/course/2/grades")
        return tab

    def shows(self, gradebook: Page, person: str, column: str, mark: str) -> None:
        """Wait until the gradebook shows a mark."""
        cell = gradebook.locator(f"tr[data-person='{person}'] td[data-column='{self.column(column)}'] .mark")
        until = time.monotonic() + 20
        while not re.search(mark, shown := cell.inner_text()):
            assert time.monotonic() < until, f"the gradebook shows {shown!r}, not {mark}"
            gradebook.wait_for_timeout(300)
            # Not reload(): Chromium refuses it while it exchanges the page's process. The gradebook refreshes itself,
            # too: where it is just doing so, that is as good.
            with suppress(PlaywrightError):
                gradebook.goto(gradebook.url)

    def column(self, activity: str) -> str:
        """The column on an activity."""
        return next(each.id for each in self.lms.state.gradebook.columns() if each.link_id == activity)


@contextmanager
def open_school(browser: Browser, folder: Path, *, certificate_url: str = "") -> Iterator[School]:
    """A tool, its worker and an LMS that lets its other site frame the tool."""
    with (
        running_tool(f"sqlite:///{folder / 'tool.sqlite'}", folder, certificate_url=certificate_url) as tool,
        RunningLms(tool=tool.addresses) as lms,
    ):
        tool.register(lms.state, service_origins=[f"http://localhost:{lms.port}"])
        worker, jobs = tool.worker(), tool.job_worker()
        worker.start()
        jobs.start()
        try:
            yield School(tool=tool, lms=lms, browser=browser)
        finally:
            jobs.stop()
            worker.stop()
