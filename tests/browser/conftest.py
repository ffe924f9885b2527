"""A school for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.school import School, open_school


@pytest.fixture
def school(chromium: Browser, tmp_path: Path) -> Iterator[School]:
    """The tool with its worker, the LMS, and Chromium."""
    with open_school(chromium, tmp_path) as opened:
        yield opened
