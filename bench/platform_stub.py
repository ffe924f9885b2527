"""`python -m bench.platform_stub`: a platform that only answers: key set, tokens, scores, each after a latency.

A process of its own. `GET /arrivals` tells when scores came (`time.monotonic`, one clock for the whole machine) and
forgets them.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class PlatformStub(ThreadingHTTPServer):
    """Serves one key set; keeps the instants at which scores arrived."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, jwks: bytes, latency: float) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.jwks = jwks
        self.latency = latency
        self.arrivals: list[float] = []
        self.lock = threading.Lock()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet an answer
    server: PlatformStub

    def do_GET(self) -> None:
        """The key set; or, for the bench, the arrivals so far."""
        if self.path.startswith("/arrivals"):
            with self.server.lock:
                seen, self.server.arrivals = self.server.arrivals, []
            self._answer(200, json.dumps(seen).encode())
            return
        time.sleep(self.server.latency)
        self._answer(200, self.server.jwks)

    def do_POST(self) -> None:
        """A token, or a score taken."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        time.sleep(self.server.latency)
        if "/scores" in self.path:
            with self.server.lock:
                self.server.arrivals.append(time.monotonic())
            self._answer(200, b"")
        else:
            token = {"access_token": "bench", "token_type": "Bearer", "expires_in": 3600}
            self._answer(200, json.dumps(token).encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(prog="python -m bench.platform_stub")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--jwks", type=Path, required=True)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    options = parser.parse_args()
    sys.setswitchinterval(0.001)
    PlatformStub(options.port, options.jwks.read_bytes(), options.latency).serve_forever()


if __name__ == "__main__":
    main()
