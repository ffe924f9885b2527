"""Every HTTP call to Pix goes through here: one session, bounded in time and size, that follows no redirect.

Cookies are never kept and `.netrc` never read. Proxies of the environment (HTTPS_PROXY, NO_PROXY) are used, but for
this machine. Nothing here knows what is asked for; nothing is ever repeated here.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Literal
from urllib.parse import urlsplit

import requests
import urllib3
from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies

from deadline import DeadlineAdapter, deadline

_PIECE = 64 * 1024
_CLOSING = 0.05
"""Seconds before the deadline within which an empty answer is taken for one that was cut."""
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class NoAnswer(Exception):
    """No whole answer came: nobody listens, it was too slow, too large, or the connection broke. Says which."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What Pix answered: status, headers (any case) and whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """Return the body as UTF-8 text, whatever the headers claim."""
        return self.body.decode("utf-8", "replace").removeprefix("\ufeff")


class Exchange:
    """Makes one call after the other to Pix; safe under threads.

    `read_timeout` bounds each silence and `deadline` one whole exchange, in seconds; `largest` an answer's body, in
    bytes once decompressed. `ca_bundle`: a file of trusted certificates.
    """

    def __init__(
        self,
        *,
        agent: str = "pix-lti",
        connect_timeout: float = 5.0,
        read_timeout: float = 30.0,
        deadline: float = 90.0,
        largest: int = 40_000_000,
        environment_proxies: bool = True,
        ca_bundle: str | None = None,
    ) -> None:
        self._timeout = (connect_timeout, read_timeout)
        self._deadline = deadline
        self._largest = largest
        self._environment_proxies = environment_proxies
        session = requests.Session()
        session.trust_env = False
        session.verify = ca_bundle or True
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers = CaseInsensitiveDict({"User-Agent": agent, "Accept-Encoding": "gzip, deflate"})
        adapter = DeadlineAdapter(pool_connections=4, pool_maxsize=4, max_retries=0)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        self._session = session

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()

    def send(
        self,
        method: Literal["GET", "POST"],
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> Answer:
        """Make one call and return the answer, whatever its status.

        Raises:
            NoAnswer: with the reason, and without the address' query.
        """
        with deadline(self._deadline) as ends_at:
            try:
                return self._send(method, url, headers, body, ends_at)
            except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
                raise NoAnswer("no answer in time") from error
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                why = "no answer in time" if time.monotonic() >= ends_at else _cause(error)
                raise NoAnswer(why) from error

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, ends_at: float
    ) -> Answer:
        with self._session.request(
            method,
            url,
            headers=dict(headers),
            data=body,
            timeout=self._timeout,
            allow_redirects=False,
            stream=True,
            proxies=self._proxies(url),
        ) as response:
            content = self._read(response, ends_at)
            return Answer(status=response.status_code, headers=response.headers, body=content)

    def _read(self, response: requests.Response, ends_at: float) -> bytes:
        """Read the body as it comes, until its end, the size limit or the deadline."""
        pieces: list[bytes] = []
        size = 0
        while piece := response.raw.read1(_PIECE, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > self._largest:
                raise NoAnswer(f"the answer is larger than {self._largest} bytes")
            if time.monotonic() >= ends_at:
                raise requests.Timeout("the answer drips too slowly")
        if not pieces and time.monotonic() >= ends_at - _CLOSING:
            # Cut at the deadline amid its headers, an answer looks whole and empty.
            raise requests.Timeout("the answer's headers drip too slowly")
        return b"".join(pieces)

    def _proxies(self, url: str) -> dict[str, str]:
        """Return the proxies of the environment for an address; this machine is never reached through one."""
        if not self._environment_proxies or urlsplit(url).hostname in _THIS_MACHINE:
            return {}
        return get_environ_proxies(url, None)


def _cause(error: Exception) -> str:
    """Name the kind of failure without the library's long text (which repeats the whole address)."""
    kind = type(error).__name__
    return {"SSLError": "the certificate is not trusted", "ProxyError": "the proxy fails"}.get(kind, kind)
