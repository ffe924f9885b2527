"""What Chromium may be told to do with cookies: its own settings, so that the browser decides, not the tests.

Measured in Chromium 156, the tool's frame being in a page of another site:

| mode | plain cookies | partitioned cookies | DOM storage | in a window of its own |
| --- | --- | --- | --- | --- |
| ALL | yes | yes | yes | yes |
| PARTITIONED | no | yes | no (SecurityError) | yes |
| NONE_IN_FRAMES | no | no | no (SecurityError) | yes |
| NONE | no | no | no (SecurityError) | no |
"""

from __future__ import annotations

import json
from enum import Enum, auto
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext

from tests.chromium import get_chromium
from tests.conftest import QUIET

_BLOCK = {"setting": 2, "last_modified": "13300000000000000"}


class CookieMode(Enum):
    """Which cookies of the tool come back."""

    ALL = auto()
    PARTITIONED = auto()
    NONE_IN_FRAMES = auto()
    NONE = auto()


def open_profile(
    browser: Browser, folder: Path, mode: CookieMode, *, tool: str, around: str, **how: Any
) -> BrowserContext:
    """A new browser whose settings are those of this mode, for the tool's origin in pages of the origin `around`."""
    default = folder / "Default"
    default.mkdir(parents=True)
    (default / "Preferences").write_text(json.dumps({"profile": _settings(mode, tool, around)}))
    found = get_chromium()
    return browser.browser_type.launch_persistent_context(
        str(folder),
        executable_path=found.path,
        env=dict(found.environment),
        args=QUIET,
        chromium_sandbox=False,
        **how,
    )


def _settings(mode: CookieMode, tool: str, around: str) -> dict[str, Any]:
    if mode is CookieMode.ALL:
        return {"cookie_controls_mode": 0}
    where = {CookieMode.NONE_IN_FRAMES: around, CookieMode.NONE: "*"}.get(mode)
    exceptions = {f"{tool},{where}": _BLOCK} if where else {}
    return {"cookie_controls_mode": 1, "content_settings": {"exceptions": {"cookies": exceptions}}}
