"""What tells one browser from another between login and launch: a random token, in a cookie of the whole tool."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256

from flask import Request
from werkzeug.wrappers import Response

KEPT_SECONDS = 24 * 3600
HEADER = "X-Pixlti-Browser"
"""Brings the token that a platform kept. Only scripts of our own origin can send it: no other is let through (CORS)."""


def new_browser() -> str:
    """A token for a browser that has none."""
    return secrets.token_urlsafe(24)


def mark_of(browser: str) -> str:
    """What is kept of a token elsewhere: enough to recognise it, not to guess it."""
    return sha256(f"pix-lti browser {browser}".encode("utf-8", "backslashreplace")).hexdigest()[:20]


@dataclass(frozen=True, kw_only=True)
class BrowserCookie:
    """The cookie; `is_https` as browsers reach the tool."""

    is_https: bool

    @property
    def name(self) -> str:
        """Its name: the prefix makes it unforgeable from a subdomain; browsers grant it on https only."""
        return "__Host-pixlti_browser" if self.is_https else "pixlti_browser"

    def find(self, request: Request) -> str | None:
        """The token this browser brings back; None where it brings none, or one that is not ours."""
        browser = request.cookies.get(self.name) or ""
        return browser if 20 <= len(browser) <= 100 else None

    def give(self, response: Response, browser: str) -> None:
        """Let the browser keep its token for a day from now."""
        response.set_cookie(
            self.name,
            browser,
            max_age=KEPT_SECONDS,
            path="/",
            secure=True,
            httponly=True,
            samesite="None",
            partitioned=True,
        )
