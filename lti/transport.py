"""Every HTTP call to a platform goes through here: one pooled session, bounded in time, size and destination.

Cookies are never kept and `.netrc` never read. Proxies of the environment (HTTPS_PROXY, NO_PROXY) are used: campus
servers often reach the outside only so; the certificate bundle is a parameter.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Literal
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies

from lti.deadline import DeadlineAdapter, deadline
from lti.errors import ForbiddenAddress, ServerTrouble, Unreachable
from lti.origins import origin_of
from lti.registration import Registration

LARGEST_ANSWER = 1024 * 1024
"""Bytes of an answer's body, decompressed; above, the answer is refused."""
_REDIRECTS = 3
_TRIES_OF_GET = 3
_PAUSE_BETWEEN_TRIES = 0.2
_PIECE = 16 * 1024
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a platform answered: status, headers (any case), whole body, and the address it came from."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def text(self) -> str:
        """Return the body as UTF-8 text, whatever the headers claim (platforms mislabel JSON as HTML)."""
        return self.body.decode("utf-8", "replace").removeprefix("\ufeff")

    def excerpt(self, longest: int = 200) -> str:
        """Return the beginning of the body on one line, for a message or a log."""
        line = " ".join(self.text[: longest * 4].split())
        return "".join(sign for sign in line if sign.isprintable())[:longest]


@dataclass(frozen=True, kw_only=True)
class _Request:
    """What stays the same over the tries and redirects of one call."""

    method: str
    headers: Mapping[str, str]
    body: bytes | None


class Transport:
    """Calls platforms; one for the whole process, safe under threads.

    `pool_size`: connections kept to each platform. `connect_timeout` and `read_timeout` in seconds; `deadline`:
    seconds for one whole exchange, however slowly it drips. `ca_bundle`: a file of trusted certificates.
    """

    def __init__(
        self,
        *,
        version: str = "dev",
        public_url: str = "",
        pool_size: int = 10,
        connect_timeout: float = 3.0,
        read_timeout: float = 10.0,
        deadline: float = 20.0,
        environment_proxies: bool = True,
        ca_bundle: str | None = None,
    ) -> None:
        self._timeout = (connect_timeout, read_timeout)
        self._deadline = deadline
        self._environment_proxies = environment_proxies
        session = requests.Session()
        session.trust_env = False
        session.verify = ca_bundle or True
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        agent = f"pix-lti/{version} (+{public_url})" if public_url else f"pix-lti/{version}"
        session.headers = CaseInsensitiveDict({"User-Agent": agent, "Accept-Encoding": "gzip, deflate"})
        adapter = DeadlineAdapter(pool_connections=50, pool_maxsize=pool_size, max_retries=0)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        self._session = session

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()

    def send(
        self,
        method: Literal["GET", "POST", "PUT", "DELETE"],
        url: str,
        *,
        registration: Registration,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Make one call to an address of this registration and return the answer, whatever its status.

        A GET is tried again when the connection fails, and follows redirects within its own origin; nothing
        else is ever repeated or redirected. Raises ForbiddenAddress, Unreachable, ServerTrouble (too big).
        """
        request = _Request(method=method, headers=headers or {}, body=body)
        with deadline(self._deadline) as ends_at:
            for _ in range(_REDIRECTS + 1):
                if not registration.allows(url):
                    raise ForbiddenAddress(f"not an address of {registration.name}: {_shown(url)}")
                answer = self._send_patiently(request, url, ends_at)
                target = answer.headers.get("Location")
                if method != "GET" or answer.status not in {301, 302, 303, 307, 308} or not target:
                    return answer
                onward = urljoin(url, target)
                if origin_of(onward) is None or origin_of(onward) != origin_of(url):
                    raise ForbiddenAddress(f"{_shown(url)} redirects to another origin: {_shown(onward)}")
                url = onward
        raise ServerTrouble(f"{_shown(url)} redirects without end", status=answer.status)

    def _send_patiently(self, request: _Request, url: str, ends_at: float) -> Answer:
        """Send; a GET whose connection fails (refused, reset, not merely slow) is sent three times in all."""
        tries = _TRIES_OF_GET if request.method == "GET" else 1
        for attempt in range(1, tries + 1):
            try:
                return self._send_once(request, url, ends_at)
            except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
                raise Unreachable(f"{_shown(url)}: no answer in time") from error
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                if time.monotonic() >= ends_at:
                    raise Unreachable(f"{_shown(url)}: no answer in time") from error
                if attempt == tries:
                    raise Unreachable(f"{_shown(url)}: {_cause(error)}") from error
                time.sleep(_PAUSE_BETWEEN_TRIES * attempt)
        raise AssertionError("the last try returns or raises")

    def _send_once(self, request: _Request, url: str, ends_at: float) -> Answer:
        with self._session.request(
            request.method,
            url,
            headers=dict(request.headers),
            data=request.body,
            timeout=self._timeout,
            allow_redirects=False,
            stream=True,
            proxies=self._proxies(url),
        ) as response:
            content = _read_body(response, url, ends_at)
            return Answer(status=response.status_code, headers=response.headers, body=content, url=url)

    def _proxies(self, url: str) -> dict[str, str]:
        """Return the proxies of the environment for an address; this machine is never reached through one."""
        if not self._environment_proxies or urlsplit(url).hostname in _THIS_MACHINE:
            return {}
        return get_environ_proxies(url, None)


def _read_body(response: requests.Response, url: str, ends_at: float) -> bytes:
    """Read the body piece by piece, as it comes, until its end, the size limit or the deadline."""
    pieces: list[bytes] = []
    size = 0
    while piece := response.raw.read1(_PIECE, decode_content=True):
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST_ANSWER:
            raise ServerTrouble(
                f"{_shown(url)}: the answer is larger than {LARGEST_ANSWER} bytes",
                status=response.status_code,
            )
        if time.monotonic() >= ends_at:
            raise requests.Timeout("the answer drips too slowly")
    if not pieces and time.monotonic() >= ends_at - _CLOSING:
        # Cut at the deadline amid its headers, an answer looks whole and empty.
        raise requests.Timeout("the answer's headers drip too slowly")
    return b"".join(pieces)


_CLOSING = 0.05
"""Seconds before the deadline within which an empty answer is taken for one that was cut."""


def _shown(url: str) -> str:
    """Return an address fit for a log: without its query, which may name a person."""
    return url.partition("?")[0][:300]


def _cause(error: Exception) -> str:
    """Name the kind of failure without the library's long text (which repeats the whole address)."""
    kind = type(error).__name__
    return {"SSLError": "the certificate is not trusted", "ProxyError": "the proxy fails"}.get(kind, kind)
