"""A browser without a browser: one person's cookies kept by hand, loopback counted as secure as Chromium does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin, urlsplit

import requests

_MAIN = re.compile(r"<main[\s>]")
_LANG = re.compile(r'<html lang="(\w+)"')
_REFERENCE = re.compile(r"<code>([0-9A-F]{4}-[0-9A-F]{4})</code>")
_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+[^"]*)"')


@dataclass(kw_only=True)
class Cookie:
    """A cookie as it was set, with its attributes in lower case."""

    value: str
    path: str
    attributes: dict[str, str]


@dataclass
class Visitor:
    """Sends requests to the tool; `page` is what `open` ended on."""

    base: str
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, Cookie] = field(default_factory=dict)
    page: requests.Response = field(default_factory=requests.Response)

    def get(self, path: str, **headers: str) -> requests.Response:
        """GET, without following redirects."""
        return self.send("GET", path, headers=headers)

    def post(self, path: str, form: Mapping[str, str], **headers: str) -> requests.Response:
        """POST a form, without following redirects."""
        return self.send("POST", path, form=form, headers=headers)

    def send(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """One request with the cookies of its path; what comes back is kept."""
        url = urljoin(self.base, path)
        sent = {"User-Agent": "visitor", **self.headers, **(headers or {})}
        if cookie := self.cookie_header(urlsplit(url).path):
            sent.setdefault("Cookie", cookie)
        with requests.Session() as session:
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            answer = session.request(method, url, data=form, headers=sent, allow_redirects=False, timeout=30)
        for line in answer.raw.headers.getlist("Set-Cookie"):
            self._keep(line)
        return answer

    def open(self, answer: requests.Response) -> requests.Response:
        """Follow the redirects of an answer within the tool; the page at the end, kept as `page`."""
        while answer.status_code in (302, 303):
            answer = self.get(answer.headers["Location"])
        self.page = answer
        return answer

    def cookie_header(self, path: str) -> str:
        """The cookies sent to a path."""
        return "; ".join(
            f"{name}={cookie.value}"
            for name, cookie in self.cookies.items()
            if path == cookie.path or path.startswith(cookie.path.rstrip("/") + "/")
        )

    @property
    def visit(self) -> str:
        """The path of the visit whose page is open: `/visits/…`."""
        found = re.match(r"/visits/[^/]+", urlsplit(self.page.url).path)
        assert found, self.page.url
        return found[0]

    def _keep(self, line: str) -> None:
        first, *rest = line.split("; ")
        name, _, value = first.partition("=")
        pairs = (each.partition("=") for each in rest)
        attributes = {key.lower(): told for key, _, told in pairs}
        self.cookies[name] = Cookie(value=value, path=attributes.get("path", "/"), attributes=attributes)


def mains(answer: requests.Response) -> int:
    """How many `<main>` a page has."""
    return len(_MAIN.findall(answer.text))


def language_of(answer: requests.Response) -> str:
    """The `lang` of a page."""
    found = _LANG.search(answer.text)
    assert found, answer.text[:300]
    return found[1]


def reference_of(answer: requests.Response) -> str:
    """The reference number a page shows."""
    found = _REFERENCE.search(answer.text)
    assert found, answer.text
    return found[1]


def form_token_of(answer: requests.Response) -> str:
    """The token of a page's forms."""
    found = _TOKEN.search(answer.text)
    assert found, answer.text[-2000:]
    return found[1]
