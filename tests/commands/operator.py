"""An installation as an operator runs it: the environment, `flask --app app …`, `gunicorn 'app:create_app()'`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.running_tool import free_port

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
SECRET = "a secret of the operator, of no value at all"
PATIENCE = 120.0


@dataclass(kw_only=True)
class Installation:
    """Where it is installed and how; `settings` are without their prefix."""

    folder: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        """The environment of its processes: ours without settings, and its own."""
        settings = {
            "PUBLIC_URL": self.url,
            "SECRET_KEY": SECRET,
            "DATA_DIR": str(self.folder / "data"),
            **self.settings,
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PIXLTI_")}
        return {**inherited, **{f"PIXLTI_{name}": value for name, value in settings.items()}}

    def flask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command, warnings as errors; what it printed."""
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "flask", "--app", "app", *arguments],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def done(self, *arguments: str) -> str:
        """Run a command that must succeed; its output."""
        result = self.flask(*arguments)
        assert result.returncode == 0, result.stderr
        assert "Traceback" not in result.stderr, result.stderr
        return result.stdout

    def refused(self, *arguments: str) -> str:
        """Run a command that must fail in words; its errors."""
        result = self.flask(*arguments)
        assert result.returncode != 0, result.stdout
        assert "Traceback" not in result.stderr, result.stderr
        assert result.stderr.startswith(("Error: ", "Usage: ")) or "\nError: " in result.stderr, result.stderr
        return result.stderr

    def start(self, log: Path, *, workers: int = 2) -> subprocess.Popen[bytes]:
        """Start gunicorn; the process."""
        command = [str(BIN / "gunicorn"), "--workers", str(workers), "--bind", f"127.0.0.1:{self.port}"]
        with log.open("ab") as out:
            return subprocess.Popen(
                [*command, "--no-control-socket", "app:create_app()"],
                cwd=ROOT,
                env=self.environ,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @contextmanager
    def serving(self, *, workers: int = 2) -> Iterator[str]:
        """Serve with gunicorn while the block lasts; its address once it answers."""
        log = self.folder / "gunicorn.log"
        process = self.start(log, workers=workers)
        try:
            self.wait(process, log)
            yield self.url
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)

    def wait(self, process: subprocess.Popen[bytes], log: Path) -> None:
        """Wait until the tool answers."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            assert process.poll() is None, log.read_text()
            try:
                if requests.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except (requests.ConnectionError, requests.Timeout):
                time.sleep(0.1)
        raise AssertionError(log.read_text())


def kids(url: str) -> list[str]:
    """The ids of the published keys."""
    return [key["kid"] for key in requests.get(f"{url}/lti/jwks", timeout=10).json()["keys"]]
