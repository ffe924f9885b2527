"""A browser without a browser: drives a launch from the LMS to the tool's page, and the tool's forms after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urljoin, urlsplit

import requests

from demo.lms.cookies import Cookie, CookieJar, FramePolicy
from demo.lms.state import LmsState

_REDIRECTS = {301, 302, 303, 307, 308}
_HOPS = 12
_SECONDS = 20.0

Fields = Mapping[str, str] | Sequence[tuple[str, str]]
"""What a form sends."""


@dataclass(kw_only=True)
class Form:
    """A form of a page: absolute `action`, the values it would send as it stands (ticked boxes only)."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    auto: bool = False


@dataclass(frozen=True, kw_only=True)
class Page:
    """What the browser ended on. `set_cookies`: every cookie set on the way, in order."""

    status: int
    url: str
    html: str
    headers: Mapping[str, str]
    hops: tuple[str, ...]
    set_cookies: tuple[Cookie, ...]

    def forms(self) -> list[Form]:
        """The forms of the page."""
        reader = _FormReader(self.url)
        reader.feed(self.html)
        return reader.forms

    def form(self, *, having: str | None = None) -> Form:
        """The first form, or the first that has a field of that name; LookupError if there is none."""
        for form in self.forms():
            if having is None or having in form.fields:
                return form
        raise LookupError(f"{self.url} ({self.status}) has no form with {having!r}")


class LmsBrowser:
    """One person's browser. `policy` says which cookies the *tool* gets back (see `FramePolicy`).

    Between people use one browser each, or `clear` it.
    """

    def __init__(self, state: LmsState, person_id: str, *, policy: FramePolicy = "first_party") -> None:
        self._state = state
        self.person_id = person_id
        self.policy: FramePolicy = policy
        self.cookies = CookieJar()
        self._here = ""
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # `CookieJar` carries them
        self._session.headers["Accept-Language"] = "fr"
        self._session.trust_env = False  # a proxy of the environment would not find this machine's loopback

    def launch(self, activity_id: str, *, review_of: str | None = None) -> Page:
        """LMS page, tool login, authentication, launch, redirects: the tool's page at the end.

        LookupError for an unknown activity or somebody not enrolled.
        """
        prepared = self._state.begin_launch(self.person_id, activity_id, review_of=review_of)
        return self.get(self._state.addresses.launch_page(prepared.id))

    def select_content(self, course_id: str, **asked: Any) -> Page:
        """“Select content” in a course (`asked`: otherwise than Moodle asks); the tool's page at the end."""
        prepared = self._state.begin_selection(self.person_id, course_id, **asked)
        return self.get(self._state.addresses.launch_page(prepared.id))

    def get(self, url: str) -> Page:
        """Open an address, following redirects and the LMS's self-posting forms."""
        return self._follow("GET", url, None, None)

    def post(self, url: str, fields: Fields, *, files: Mapping[str, tuple[str, bytes]] | None = None) -> Page:
        """Post a form (with files: multipart); pairs, where several boxes have one name."""
        return self._follow("POST", url, fields, files)

    def submit(
        self,
        form: Form,
        values: Mapping[str, str] | None = None,
        *,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> Page:
        """Send a form of a page with some values changed."""
        fields = {**form.fields, **(values or {})}
        if form.method == "GET":
            query = urlencode(fields)
            return self.get(f"{form.action.partition('?')[0]}?{query}")
        return self.post(form.action, fields, files=files)

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _follow(
        self,
        method: str,
        url: str,
        data: Fields | None,
        files: Mapping[str, tuple[str, bytes]] | None,
    ) -> Page:
        hops: list[str] = []
        cookies: list[Cookie] = []
        for _ in range(_HOPS):
            response = self._send(method, url, data, files)
            hops.append(f"{method} {url} {response.status_code}")
            cookies.extend(self.cookies.store(url, response.raw.headers.getlist("Set-Cookie")))
            page = Page(
                status=response.status_code,
                url=url,
                html=response.text,
                headers=dict(response.headers),
                hops=tuple(hops),
                set_cookies=tuple(cookies),
            )
            if response.status_code in _REDIRECTS and "Location" in response.headers:
                url = urljoin(url, response.headers["Location"])
                if response.status_code not in (307, 308):
                    method, data, files = "GET", None, None
                continue
            self._here = url
            form = self._self_posting(page)
            if form is None:
                return page
            method, url, data, files = "POST", form.action, form.fields, None
        raise RuntimeError(f"more than {_HOPS} hops: {hops}")

    def _send(
        self,
        method: str,
        url: str,
        data: Fields | None,
        files: Mapping[str, tuple[str, bytes]] | None,
    ) -> requests.Response:
        cookie = self.cookies.header(url, "first_party" if self._of_lms(url) else self.policy)
        headers = {"Cookie": cookie} if cookie else {}
        if method == "POST":
            source = urlsplit(self._here or url)
            headers |= {"Origin": f"{source.scheme}://{source.netloc}", "Referer": self._here or url}
        pairs = list(data.items() if isinstance(data, Mapping) else data or ())
        return self._session.request(
            method, url, data=pairs, files=files, headers=headers, allow_redirects=False, timeout=_SECONDS
        )

    def _self_posting(self, page: Page) -> Form | None:
        if not self._of_lms(page.url) or "<form" not in page.html:
            return None
        return next((form for form in page.forms() if form.auto), None)

    def _of_lms(self, url: str) -> bool:
        return url.startswith(self._state.issuer + "/")


class _FormReader(HTMLParser):
    """Collects forms with the values they would send."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select: str | None = None
        self._text: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {key: value or "" for key, value in attrs}
        if tag == "form":
            self._open = Form(
                action=urljoin(self._url, named.get("action") or self._url),
                method=named.get("method", "get").upper(),
                auto="data-auto-submit" in named,
            )
            self.forms.append(self._open)
        elif self._open is not None:
            self._field(self._open, tag, named)

    def _field(self, form: Form, tag: str, named: dict[str, str]) -> None:
        name = named.get("name", "")
        kind = named.get("type", "text").lower()
        if tag == "input" and name and kind not in ("submit", "button", "file", "image"):
            if kind not in ("checkbox", "radio") or "checked" in named:
                form.fields[name] = named.get("value", "on" if kind == "checkbox" else "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in named or self._select not in form.fields):
            form.fields[self._select] = named.get("value", "")
        elif tag == "textarea" and name:
            self._text = name
            form.fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._open is not None and self._text is not None:
            self._open.fields[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._text = None
