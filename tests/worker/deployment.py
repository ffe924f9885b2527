"""The tool as an operator runs it: gunicorn, Huey's consumer and commands, each a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from demo.lms import LmsBrowser, LmsState, Page, RunningLms, ToolAddresses
from demo.units import ALL_OPEN, write_units
from storage.database import Database
from tests.push.bench import eventually
from tests.running_tool import PARIS, free_port

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent


@dataclass
class Deployment:
    """Processes of one installation; each writes to its own log in the data folder."""

    folder: Path
    port: int
    environment: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    begun_at: dict[str, int] = field(default_factory=dict)  # in its log, in characters

    @property
    def base(self) -> str:
        """The tool's address."""
        return f"http://127.0.0.1:{self.port}"

    def start_web(self, *, wait: bool = True) -> None:
        """`gunicorn 'app:create_app()'`, until it answers."""
        bind = f"127.0.0.1:{self.port}"
        threads = ("--worker-class", "gthread", "--threads", "8")
        self._start(
            "web", "gunicorn", "app:create_app()", "--bind", bind, *threads, "--graceful-timeout", "5"
        )
        if wait:
            eventually(self.is_up, 40.0, every=0.1)

    def is_up(self) -> bool:
        """Whether the web answers."""
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.base}/healthz", timeout=5).status_code == 200
        return False

    def start_worker(self, *options: str, name: str = "worker") -> None:
        """`huey_consumer worker.huey`."""
        self._start(name, "huey_consumer", "worker.huey", *options)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`flask --app app …`, to its end."""
        return subprocess.run(
            [str(BIN / "flask"), "--app", "app", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def register(self, lms: LmsState) -> None:
        """`platform add` with what the LMS's administrator shows."""
        data = lms.registration_data()
        options = [part for key, value in data.items() for part in (f"--{key.replace('_', '-')}", value)]
        done = self.command("platform", "add", *options)
        assert done.returncode == 0, done.stdout + done.stderr

    def log(self, name: str) -> str:
        """What a process wrote so far, and those of the same name before it."""
        log = self.folder / f"{name}.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def works(self, name: str) -> bool:
        """Whether a worker sends scores: from then on it ends in good order."""
        return "scores are being sent" in self.log(name)[self.begun_at[name] :]

    def kill(self, name: str) -> None:
        """SIGKILL to it and all its children."""
        process = self.running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end(self, name: str, *, patience: float = 15.0) -> tuple[int, float]:
        """SIGTERM; its exit code and how many seconds it took."""
        process = self.running.pop(name)
        started = time.monotonic()
        process.terminate()
        try:
            code = process.wait(patience)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        return code, time.monotonic() - started

    def end_worker(self, name: str = "worker") -> tuple[int, float]:
        """`end`, once it works: told to while it is still being loaded, any program is just cut off."""
        eventually(lambda: self.works(name), 40.0, every=0.1)
        return self.end(name)

    def kill_all(self) -> None:
        """Whatever still runs."""
        for name in list(self.running):
            self.kill(name)

    def _start(self, name: str, program: str, *arguments: str) -> None:
        self.begun_at[name] = len(self.log(name))
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [str(BIN / program), *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


@contextlib.contextmanager
def deployed(folder: Path, *, database_url: str | None = None, **settings: str) -> Iterator[Deployment]:
    """An installation on an empty data folder; nothing runs yet. At the end, nothing runs any more."""
    port = free_port()
    units = folder / "units"
    write_units(units, datetime.now(PARIS).date(), ALL_OPEN)
    chosen = {
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": "a secret for tests, of no value at all",
        "DATA_DIR": str(folder / "data"),
        "UNITS_DIR": str(units),
        **({"DATABASE_URL": database_url} if database_url else {}),
        **settings,
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIXLTI_")}
    environment |= {f"PIXLTI_{name}": value for name, value in chosen.items()}
    environment |= {"PYTHONWARNINGS": "default", "PYTHONUNBUFFERED": "1"}
    made = Deployment(folder=folder, port=port, environment=environment)
    try:
        yield made
    finally:
        made.kill_all()


@contextlib.contextmanager
def lms_for(tool: Deployment, **options: Any) -> Iterator[RunningLms]:
    """A demo LMS that knows the tool's addresses."""
    addresses = ToolAddresses(
        login_url=f"{tool.base}/lti/login",
        launch_url=f"{tool.base}/lti/launch",
        jwks_url=f"{tool.base}/lti/jwks",
    )
    with RunningLms(tool=addresses, **options) as lms:
        yield lms


def hand_in(lms: LmsState, who: str, level: int, *, link: str = "1") -> Page:
    """A student launches and sends the same level for every competence asked."""
    with LmsBrowser(lms, who) as browser:
        page = browser.launch(link)
        assert page.status == 200, page.html[:2000]
        form = page.form(having="form_id")
        levels = {name: str(level) for name in form.fields if name.startswith("level_")}
        return browser.submit(form, levels)


def database_of(tool: Deployment) -> Database:
    """A look from outside; close it after."""
    default = f"sqlite:///{tool.folder / 'data' / 'pix-lti.sqlite'}"
    return Database(tool.environment.get("PIXLTI_DATABASE_URL", default))
