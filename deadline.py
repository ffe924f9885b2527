"""Connections that give up at a deadline, however slowly the other side drips its answer; for lti and pix alike.

A read timeout starts again at each byte received; here the wait for the headers has one end. The body is watched by who
reads it (`lti/transport.py`, `pix/exchange.py`).
"""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_current = threading.local()


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[float]:
    """Give the requests this thread makes inside the block this long; yields the instant (monotonic) it ends."""
    ends_at = time.monotonic() + seconds
    _current.ends_at = ends_at
    try:
        yield ends_at
    finally:
        _current.ends_at = None


class _Watched(HTTPConnection):
    """A connection whose wait for the status line and headers is cut at this thread's deadline."""

    # urllib3's own signature, which differs from the standard library's base class in the same way.
    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        ends_at: float | None = getattr(_current, "ends_at", None)
        connected = self.sock
        if ends_at is None or connected is None:
            return super().getresponse()
        watch = threading.Timer(max(0.0, ends_at - time.monotonic()), _cut, [connected])
        watch.daemon = True
        watch.start()
        try:
            answer = super().getresponse()
        finally:
            in_time = not watch.finished.is_set()
            watch.cancel()
        if not in_time:  # headers cut short look complete: an answer that was never given
            answer.close()
            raise TimeoutError("the deadline passed while waiting for the headers")
        return answer


class _WatchedTLS(_Watched, HTTPSConnection):
    """The same over TLS."""


class WatchedPool(HTTPConnectionPool):
    """Connections to one place that know the deadline."""

    ConnectionCls = _Watched


class WatchedPoolTLS(HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = _WatchedTLS


class DeadlineAdapter(HTTPAdapter):
    """Makes a requests session use connections that know the deadline, through a proxy as well."""

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **rest: Any) -> None:
        """Build the pools as requests does, with our connections."""
        super().init_poolmanager(connections, maxsize, block, **rest)
        self.poolmanager.pool_classes_by_scheme = {"http": WatchedPool, "https": WatchedPoolTLS}

    def proxy_manager_for(self, proxy: str, **rest: Any) -> Any:
        """Do the same for the pools that lead through a proxy."""
        manager = super().proxy_manager_for(proxy, **rest)
        manager.pool_classes_by_scheme = {"http": WatchedPool, "https": WatchedPoolTLS}
        return manager


def _cut(connected: socket.socket) -> None:
    """End both directions: a blocked read returns at once."""
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
