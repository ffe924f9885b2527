"""The whole tool, an LMS that does not know it yet, and the administrator between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from demo.lms import LmsBrowser, Page, RunningLms
from storage.platforms import Platform
from tests.running_tool import RunningTool, running_tool
from tests.web_lti.conftest import prepare
from workflows.invitations import invite
from workflows.platforms import list_platforms


@dataclass(frozen=True)
class Office:
    """Where the administrator sits. `browser` gives the tool no cookie: none is needed."""

    tool: RunningTool
    lms: RunningLms
    browser: LmsBrowser

    @property
    def configuration(self) -> str:
        """The LMS's openid_configuration."""
        return f"{self.lms.address}/mod/lti/openid-configuration.php"

    def invite(self, **how: Any) -> str:
        """A new invitation's code."""
        return invite(self.tool.world, **how).code

    def address(self, code: str) -> str:
        """What the administrator pastes."""
        return f"{self.tool.base}/lti/register/{code}"

    def open(self, code: str, *, update: str | None = None) -> Page:
        """Paste the address into the LMS and see the tool's page."""
        query = {"url": self.address(code), **({"type": update} if update else {})}
        return self.browser.get(f"{self.lms.address}/mod/lti/startltiadvregistration.php?{urlencode(query)}")

    def asked(self, code: str, configuration: str | None = None, token: str = "opaque") -> Page:
        """Open the tool's page as an LMS would, with another configuration or token."""
        query = {"openid_configuration": configuration or self.configuration, "registration_token": token}
        return self.browser.get(f"{self.address(code)}?{urlencode(query)}")

    def agree(self, page: Page) -> Page:
        """Press the button."""
        return self.browser.submit(page.form(having="sealed"))

    def platforms(self) -> list[Platform]:
        """What the tool knows."""
        return list_platforms(self.tool.world)


@contextmanager
def opened(database_url: str, folder: Path, **settings: Any) -> Iterator[Office]:
    """An office, until the test ends."""
    with (
        running_tool(database_url, folder, **settings) as tool,
        RunningLms(tool=None) as lms,
        LmsBrowser(lms.state, "2", policy="blocked") as browser,
    ):
        yield Office(tool, lms, browser)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office of this test alone."""
    with opened(f"sqlite:///{tmp_path / 'tool.sqlite'}", tmp_path) as made:
        yield made


@pytest.fixture
def both_offices(database_url: str, tmp_path: Path) -> Iterator[Office]:
    """The same, once on SQLite and once on PostgreSQL."""
    prepare(database_url)
    with opened(database_url, tmp_path) as made:
        yield made
