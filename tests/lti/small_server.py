"""A small real HTTP server for the edge of tests: programmable answers, everything received kept.

>>> with SmallServer() as server:
...     server.answer("GET", "/jwks", body=b'{"keys": []}')
...     # call server.url + "/jwks", then look at server.received
"""

import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request as it arrived."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The body read as a form."""
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer. `wait`: seconds before it; `drip`: seconds between its bytes; `drip_headers`: those as well.

    `reset`: the connection is broken instead of an answer.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    drip: float = 0.0
    drip_headers: bool = False
    reset: bool = False


Answering = Callable[[Received], Reply]


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hang up: tests make them."""


class SmallServer:
    """Listens on a free port of 127.0.0.1 while its block lasts; unknown addresses answer 404."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self._answers: dict[tuple[str, str], Answering | list[Reply]] = {}
        self._stopping = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer._serve(self)

            def do_POST(self) -> None:
                outer._serve(self)

            def do_PUT(self) -> None:
                outer._serve(self)

            def do_DELETE(self) -> None:
                outer._serve(self)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = _QuietServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reply(self, method: str, path: str, *replies: Reply) -> None:
        """Answer these in turn at an address (without query), the last one for ever."""
        self._answers[method, path] = list(replies)

    def answer(self, method: str, path: str, *, status: int = 200, body: bytes = b"", **headers: str) -> None:
        """Answer the same for ever; `Content_Type="…"` is the header Content-Type."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.reply(method, path, Reply(status=status, body=body, headers=named))

    def ask(self, method: str, path: str, answering: Answering) -> None:
        """Let a function answer."""
        self._answers[method, path] = answering

    def count(self, method: str, path: str) -> int:
        """How many requests arrived there."""
        return sum(1 for item in self.received if (item.method, item.path) == (method, path))

    def last(self, method: str, path: str) -> Received:
        """The last request that arrived there."""
        return [item for item in self.received if (item.method, item.path) == (method, path)][-1]

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        received = Received(
            method=handler.command,
            path=parts.path,
            query=parts.query,
            headers=dict(handler.headers.items()),
            body=body,
        )
        self.received.append(received)
        reply = self._choose(received)
        if reply.wait:
            self._stopping.wait(reply.wait)
        if reply.reset:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        self._write(handler, reply)

    def _choose(self, received: Received) -> Reply:
        found = self._answers.get((received.method, received.path))
        if found is None:
            return Reply(status=404, body=b"not here")
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found(received)

    def _write(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        headers = {"Content-Length": str(len(reply.body)), **reply.headers}
        if reply.status == 204:
            headers.pop("Content-Length")
        lines = [
            f"HTTP/1.1 {reply.status} Some Reason",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")
        fast, slow = (b"", head + reply.body) if reply.drip_headers else (head, reply.body)
        handler.wfile.write(fast)
        if not reply.drip:
            handler.wfile.write(slow)
            return
        handler.close_connection = True
        for sign in slow:
            if self._stopping.is_set():
                return
            handler.wfile.write(bytes([sign]))
            time.sleep(reply.drip)
