"""This Pix while it listens: on a port of 127.0.0.1, in threads of the process that opened it."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from demo.pix_api.answers import Asked, answer
from demo.pix_api.data import PixData


class RunningPixApi:
    """A context manager: serves `data` until its block ends; port 0 is a free one."""

    def __init__(self, data: PixData, *, port: int = 0) -> None:
        self.data = data

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._serve()

            def do_POST(self) -> None:
                self._serve()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

            def _serve(self) -> None:
                parts = urlsplit(self.path)
                told = answer(
                    data,
                    Asked(
                        method=self.command,
                        path=parts.path,
                        query=parts.query,
                        headers=dict(self.headers.items()),
                        body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
                    ),
                )
                self.send_response(told.status)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(told.body)))
                self.end_headers()
                self.wfile.write(told.body)

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
