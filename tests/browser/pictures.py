"""Pictures of pages, for who wants to look at them: PIXLTI_TEST_PICTURES names the folder they go to."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

PICTURES = os.environ.get("PIXLTI_TEST_PICTURES", "")
WIDTHS = (900, 400)


def take_picture(page: Page, name: str) -> None:
    """A picture of a page at each width; nothing where nobody asked for pictures."""
    if not PICTURES:
        return
    before = page.viewport_size
    (Path(PICTURES) / name).parent.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 1300})  # what is in a frame is cut at its height
        page.wait_for_timeout(200)
        page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
    if before is not None:
        page.set_viewport_size(before)
