"""One person's browser, as cheap as can be: raw cookies, a new connection for each request, no page read."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from urllib3.filepost import encode_multipart_formdata

from bench.processes import BenchFailed
from bench.students import claims_of
from demo.lms import Form, Page

_SECONDS = 300.0
_CUSTOM = "https://purl.imsglobal.org/spec/lti/claim/custom"
_ROLES = "https://purl.imsglobal.org/spec/lti/claim/roles"


@dataclass(frozen=True, kw_only=True)
class Launcher:
    """What a visitor needs to launch: the tool's address, the claims of a message (a template), the signing key."""

    tool: str
    claims: Mapping[str, Any]
    key: RSAPrivateKey
    key_id: str

    def login_fields(self, sub: str) -> dict[str, str]:
        """The form that begins a launch."""
        return {
            "iss": self.claims["iss"],
            "target_link_uri": f"{self.tool}/lti/launch",
            "login_hint": sub,
            "lti_message_hint": "bench",
            "client_id": self.claims["aud"],
            "lti_deployment_id": "1",
        }

    def message(self, sub: str, nonce: str, *, role: str | None, page: bool) -> str:
        """The signed token of a launch. `page=False` tells the bare application to redirect."""
        now = int(time.time())
        custom = {**self.claims[_CUSTOM], "bench_page": "yes" if page else "no"}
        claims = {
            **self.claims,
            **claims_of(sub),
            "nonce": nonce,
            "iat": now,
            "exp": now + 60,
            _CUSTOM: custom,
        }
        if role is not None:
            claims[_ROLES] = [role]
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": self.key_id})


@dataclass
class Visitor:
    """A browser with no cookie yet. Every cookie goes back to the one host it came from."""

    cookies: dict[str, str] = field(default_factory=dict)
    requests: int = 0

    def launch(self, launcher: Launcher, sub: str, *, role: str | None = None, page: bool = True) -> Page:
        """Login, launch and (`page`) redirects: the page at the end, or the launch's own answer.

        Raises:
            BenchFailed: the tool does not take the launch.
        """
        login = self.send("POST", f"{launcher.tool}/lti/login", launcher.login_fields(sub))
        asked = parse_qs(urlsplit(login.headers.get("location", "")).query)
        if login.status != 302 or "nonce" not in asked:
            raise BenchFailed(f"the login of {sub} is answered {login.status}: {login.html[:500]}")
        token = launcher.message(sub, asked["nonce"][0], role=role, page=page)
        form = {"state": asked["state"][0], "id_token": token}
        answer = self.send("POST", f"{launcher.tool}/lti/launch", form)
        if answer.status != 303 and (answer.status != 200 or not page):
            raise BenchFailed(f"the launch of {sub} is answered {answer.status}: {answer.html[:500]}")
        return self.settled(answer) if page else answer

    def settled(self, page: Page) -> Page:
        """Follow redirects and self-posting forms to the page at the end, which must be a good one."""
        for _ in range(8):
            if page.status in (301, 302, 303):
                page = self.send("GET", urljoin(page.url, page.headers["location"]))
            elif page.status == 200 and "data-auto-submit" in page.html:
                form = page.form()
                page = self.send(form.method, form.action, form.fields)
            else:
                break
        if page.status != 200 or "<main" not in page.html:
            raise BenchFailed(f"{page.url} is answered {page.status}: {page.html[:500]}")
        return page

    def get(self, url: str) -> Page:
        """Open an address, to the page at the end."""
        return self.settled(self.send("GET", url))

    def submit(
        self,
        form: Form,
        values: Mapping[str, str] | None = None,
        *,
        file: tuple[str, str, bytes] | None = None,
    ) -> Page:
        """Post a form, to the page at the end; `file`: field, name and content (multipart)."""
        fields = {**form.fields, **(values or {})}
        return self.settled(self.send("POST", form.action, fields, file=file))

    def send(
        self,
        method: str,
        url: str,
        fields: Mapping[str, str] | None = None,
        *,
        file: tuple[str, str, bytes] | None = None,
    ) -> Page:
        """One request and its answer, without following anything."""
        parts = urlsplit(url)
        headers = {"Accept-Language": "fr", "Connection": "close"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body: bytes | None = None
        if file is not None:
            name, file_name, content = file
            sent: dict[str, str | tuple[str, bytes]] = {**(fields or {}), name: (file_name, content)}
            body, headers["Content-Type"] = encode_multipart_formdata(sent)
        elif fields is not None and method == "POST":
            body = urlencode(fields).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_SECONDS)
        try:
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target or "/", body=body, headers=headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        except OSError as error:
            raise BenchFailed(f"{method} {url.partition('?')[0]}: {error!r}") from error
        finally:
            connection.close()
        self.requests += 1
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Page(
            status=answer.status,
            url=url,
            html=text,
            headers={name.lower(): value for name, value in answer.headers.items()},
            hops=(),
            set_cookies=(),
        )
