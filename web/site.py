"""What the pages of one application are built on, kept with the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app

from lti.platform_keys import PlatformKeys
from web.browser_token import BrowserCookie
from web.visit_carrier import VisitCarriers
from workflows.platform_registry import PlatformRegistry
from workflows.register_platform import Registrar
from workflows.standing import Standing
from workflows.tool_keys import KeyringOnFile
from workflows.world import World

EXTENSION = "pixlti"


@dataclass(frozen=True, kw_only=True)
class Site:
    """Built once in `app.py`. `public_url` has no final slash; `secret` signs states, visits and forms.

    `waiting_tasks` is None where the task queue does not answer; without `metrics_token` metrics are for everybody.
    """

    world: World
    registry: PlatformRegistry
    registrar: Registrar
    platform_keys: PlatformKeys
    keyring: KeyringOnFile
    visits: VisitCarriers
    browser: BrowserCookie
    public_url: str
    secret: bytes
    upload_bytes: int
    waiting_tasks: Callable[[], int | None]
    render_metrics: Callable[[Standing | None, datetime], bytes]
    metrics_token: bytes

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the tool over https."""
        return self.public_url.startswith("https://")


def site() -> Site:
    """The site of the application that answers this request."""
    return cast(Site, current_app.extensions[EXTENSION])
