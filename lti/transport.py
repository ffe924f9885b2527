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

from deadline import DeadlineAdapter, deadline
from lti.answer import LARGEST_ANSWER, Answer, cause_of, read_body, shown
from lti.errors import ForbiddenAddress, ServerTrouble, Unreachable
from lti.origins import origin_of
from lti.registration import Registration

__all__ = ["LARGEST_ANSWER", "Answer", "Transport"]

_REDIRECTS = 3
_TRIES_OF_GET = 3
_PAUSE_BETWEEN_TRIES = 0.2
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


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
                    raise ForbiddenAddress(f"not an address of {registration.name}: {shown(url)}")
                answer = self._send_patiently(request, url, ends_at)
                target = answer.headers.get("Location")
                if method != "GET" or answer.status not in {301, 302, 303, 307, 308} or not target:
                    return answer
                onward = urljoin(url, target)
                if origin_of(onward) is None or origin_of(onward) != origin_of(url):
                    raise ForbiddenAddress(f"{shown(url)} redirects to another origin: {shown(onward)}")
                url = onward
        raise ServerTrouble(f"{shown(url)} redirects without end", status=answer.status)

    def _send_patiently(self, request: _Request, url: str, ends_at: float) -> Answer:
        """Send; a GET whose connection fails (refused, reset, not merely slow) is sent three times in all."""
        tries = _TRIES_OF_GET if request.method == "GET" else 1
        for attempt in range(1, tries + 1):
            try:
                return self._send_once(request, url, ends_at)
            except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
                raise Unreachable(f"{shown(url)}: no answer in time") from error
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                if time.monotonic() >= ends_at:
                    raise Unreachable(f"{shown(url)}: no answer in time") from error
                if attempt == tries:
                    raise Unreachable(f"{shown(url)}: {cause_of(error)}") from error
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
            content = read_body(response.raw, url, status=response.status_code, ends_at=ends_at)
            return Answer(status=response.status_code, headers=response.headers, body=content, url=url)

    def _proxies(self, url: str) -> dict[str, str]:
        """Return the proxies of the environment for an address; this machine is never reached through one."""
        if not self._environment_proxies or urlsplit(url).hostname in _THIS_MACHINE:
            return {}
        return get_environ_proxies(url, None)
