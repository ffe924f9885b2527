"""Calls to an address that somebody else gave us: vetted first, and reached at the very address that was vetted.

The name is resolved once and the connection goes to the address that was judged, so a name that changes its mind
between two looks leads nowhere else. Redirects are answers like others. No proxy is used: it would resolve the name
again, by itself. TLS names and certificates are the host's own.
"""

import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import requests
import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from deadline import WatchedPool, WatchedPoolTLS, deadline
from lti.answer import Answer, cause_of, read_body, shown
from lti.errors import ForbiddenAddress, Unreachable
from lti.origins import origin_of
from lti.reachable import Address, Network, is_allowed, may_call

Resolve = Callable[[str, int], Sequence[str]]
"""From a host's name and a port to its addresses, as texts; OSError where there is none."""
_MOST_ADDRESSES = 4


def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """Return the addresses the system knows for a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True, kw_only=True)
class VettedFetch:
    """Calls addresses given by others. `allowed`: networks that may be called although not public.

    `resolve` is the only way to a name's addresses. Times in seconds; `deadline`: for resolving, connecting and the
    whole exchange, however slowly it drips. `ca_bundle`: a file of trusted certificates.
    """

    allowed: tuple[Network, ...] = ()
    resolve: Resolve = resolve_by_system
    public_url: str = ""
    connect_timeout: float = 3.0
    read_timeout: float = 10.0
    deadline: float = 15.0
    ca_bundle: str | None = None

    def send(
        self,
        method: Literal["GET", "POST"],
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Make one call and return the answer, whatever its status. Nothing is repeated, nothing redirected.

        Raises ForbiddenAddress (not https, or an address that may not be called), Unreachable, ServerTrouble (too
        big). None of their texts holds a header or a query.
        """
        origin = origin_of(url)
        if origin is None:
            raise ForbiddenAddress(f"not a plain http or https address: {shown(url)}")
        with deadline(self.deadline) as ends_at:
            addresses = self._vetted(origin, ends_at)
            for address in addresses:
                try:
                    return self._send_to(address, method, url, headers or {}, body, ends_at)
                except (NewConnectionError, ConnectTimeoutError) as error:
                    failure: Exception = error  # nothing was sent: the next address may answer
                except (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError) as error:
                    raise Unreachable(f"{shown(url)}: no answer in time") from error
                except (HTTPError, OSError) as error:
                    raise Unreachable(f"{shown(url)}: {_why(error, ends_at)}") from error
            raise Unreachable(f"{shown(url)}: {_why(failure, ends_at)}") from failure

    def _vetted(self, origin: str, ends_at: float) -> Sequence[Address]:
        """Resolve an origin's host and return the addresses that may be called, never none."""
        parts = urlsplit(origin)
        host = parts.hostname or ""
        found = self._addresses(host, parts.port or (443 if parts.scheme == "https" else 80), ends_at)
        good = [each for each in found if may_call(each, self.allowed)]
        if not good:
            raise ForbiddenAddress(f"{origin} leads to an address that may not be called")
        if parts.scheme != "https" and not all(is_allowed(each, self.allowed) for each in good):
            raise ForbiddenAddress(f"{origin} is not https")
        return good[:_MOST_ADDRESSES]

    def _addresses(self, host: str, port: int, ends_at: float) -> list[Address]:
        try:
            return [ipaddress.ip_address(host)]
        except ValueError:
            pass
        try:
            told = _in_time(lambda: self.resolve(host, port), ends_at)
            return [ipaddress.ip_address(each.partition("%")[0]) for each in told]
        except (OSError, UnicodeError, ValueError) as error:
            raise Unreachable(f"{host}: the name has no address") from error

    def _send_to(
        self,
        address: Address,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        ends_at: float,
    ) -> Answer:
        parts = urlsplit(url)
        timeout = urllib3.Timeout(connect=self.connect_timeout, read=self.read_timeout)
        with _pool(str(address), url, timeout=timeout, ca_bundle=self.ca_bundle) as pool:
            response = pool.urlopen(
                method,
                (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
                body=body,
                headers={**self._usual(url), **headers},
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                content = read_body(response, url, status=response.status, ends_at=ends_at)
            finally:
                response.close()
            return Answer(status=response.status, headers=response.headers, body=content, url=url)

    def _usual(self, url: str) -> dict[str, str]:
        agent = f"pix-lti (+{self.public_url})" if self.public_url else "pix-lti"
        return {
            "Host": (origin_of(url) or "").partition("://")[2],
            "User-Agent": agent,
            "Accept-Encoding": "gzip, deflate",
            "Connection": "close",
        }


def _pool(
    address: str, url: str, *, timeout: urllib3.Timeout, ca_bundle: str | None
) -> WatchedPool | WatchedPoolTLS:
    """Return a pool whose one connection goes to `address`, and over TLS must prove to be the address's host."""
    parts = urlsplit(url)
    if parts.scheme.lower() == "http":
        return WatchedPool(address, parts.port or 80, timeout=timeout)
    return WatchedPoolTLS(
        address,
        parts.port or 443,
        timeout=timeout,
        cert_reqs="CERT_REQUIRED",
        ca_certs=ca_bundle or DEFAULT_CA_BUNDLE_PATH,
        server_hostname=parts.hostname,
        assert_hostname=parts.hostname,
    )


def _in_time(resolve: Callable[[], Sequence[str]], ends_at: float) -> Sequence[str]:
    """Return what a resolver finds before the deadline: the system's own knows no limit. Raises OSError."""
    answers: queue.Queue[Sequence[str] | Exception] = queue.Queue(1)

    def work() -> None:
        try:
            answers.put(resolve())
        except Exception as error:
            answers.put(error)

    threading.Thread(target=work, name="resolve", daemon=True).start()
    try:
        found = answers.get(timeout=max(0.0, ends_at - time.monotonic()))
    except queue.Empty:
        raise TimeoutError("no answer from the resolver") from None
    if isinstance(found, Exception):
        raise found
    return found


def _why(error: Exception, ends_at: float) -> str:
    return "no answer in time" if time.monotonic() >= ends_at else cause_of(error)
