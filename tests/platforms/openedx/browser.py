"""One person's browser between Open edX and the tool: follows redirects and the form that Open edX posts by script."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import requests

from demo.lms import Form, Page
from demo.lms.cookies import CookieJar
from tests.platforms.openedx.running import Block, OpenEdx

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HOPS = 12


class Browser:
    """Opens blocks as one person. The tool's cookies come back as in a frame of today's Chromium."""

    def __init__(self, platform: OpenEdx, person: str) -> None:
        self.person = person
        self.posted: dict[str, str] = {}
        """What Open edX posted last to the tool: `id_token` and `state`."""
        self.posted_to = ""
        self._platform = platform
        self._cookies = CookieJar()
        self._here = platform.issuer
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # `CookieJar` carries them
        self._session.headers["Accept-Language"] = "fr"

    def launch(
        self, block: Block, role: str | None = "student", custom: Mapping[str, str] | None = None
    ) -> Page:
        """Open a block; returns the page of the tool it ends on."""
        self._here = self._platform.issuer
        return self.get(self._platform.begin_launch(self.person, block, role, custom))

    def get(self, url: str) -> Page:
        """Open an address."""
        return self._follow("GET", url, None)

    def post(self, url: str, fields: Mapping[str, str]) -> Page:
        """Post a form."""
        return self._follow("POST", url, dict(fields))

    def submit(self, form: Form, values: Mapping[str, str] | None = None) -> Page:
        """Send a form of a page with some values changed."""
        return self.post(form.action, {**form.fields, **(values or {})})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def _follow(self, method: str, url: str, data: dict[str, str] | None) -> Page:
        hops: list[str] = []
        for _ in range(_HOPS):
            page = self._open(method, url, data, hops)
            if page.status in _REDIRECTS:
                url = urljoin(url, page.headers["Location"])
                if page.status not in (307, 308):
                    method, data = "GET", None
                continue
            self._here = url
            if not url.startswith(f"{self._platform.issuer}/") or not page.forms():
                return page
            form = page.form(having="id_token")
            method, url, data = "POST", form.action, form.fields
            self.posted, self.posted_to = form.fields, form.action
        raise RuntimeError(f"more than {_HOPS} hops: {hops}")

    def _open(self, method: str, url: str, data: dict[str, str] | None, hops: list[str]) -> Page:
        headers = {}
        if cookie := self._cookies.header(url, "partitioned"):
            headers["Cookie"] = cookie
        if method == "POST":
            source = urlsplit(self._here)
            headers |= {"Origin": f"{source.scheme}://{source.netloc}", "Referer": self._here}
        response = self._session.request(
            method, url, data=data, headers=headers, allow_redirects=False, timeout=30
        )
        set_cookies = self._cookies.store(url, response.raw.headers.getlist("Set-Cookie"))
        hops.append(f"{method} {url} {response.status_code}")
        return Page(
            status=response.status_code,
            url=url,
            html=response.text,
            headers=dict(response.headers),
            hops=tuple(hops),
            set_cookies=set_cookies,
        )
