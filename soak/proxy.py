"""A reverse proxy before several web processes: it may send each request to another one, as a faculty's would."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Choose = Callable[[str, str], Sequence[int]]
"""From the method and path of a request: the ports to try, the first that takes the connection serves it."""

_SECONDS = 40.0
_OF_THE_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date"}


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    choose: Choose


class _Forward(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Proxy

    def do_GET(self) -> None:
        self._forward()

    def do_POST(self) -> None:
        self._forward()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_HOP}
        headers |= {
            "X-Forwarded-For": self.client_address[0],
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Host": self.headers.get("Host", ""),
            "Connection": "close",
        }
        if body or self.command == "POST":
            headers["Content-Length"] = str(len(body))
        for port in self.server.choose(self.command, self.path):
            upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
            try:
                upstream.connect()
            except OSError:
                continue  # nobody there: nothing was sent, the next may have it
            try:
                upstream.request(self.command, self.path, body=body or None, headers=headers)
                self._answer(upstream.getresponse())
            except (OSError, http.client.HTTPException):
                self._nobody()  # it may have been served: only the browser may ask again
            finally:
                upstream.close()
            return
        self._nobody()

    def _answer(self, answer: http.client.HTTPResponse) -> None:
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _OF_THE_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _nobody(self) -> None:
        self.close_connection = True
        self.send_response(502)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def running_proxy(port: int, choose: Choose) -> Iterator[None]:
    """The proxy, for the time of the block, in threads of this process."""
    proxy = _Proxy(("127.0.0.1", port), _Forward)
    proxy.choose = choose
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, name="proxy")
    thread.start()
    try:
        yield
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()
