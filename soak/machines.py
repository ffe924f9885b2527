"""Two machines' worth of the tool: two webs behind a proxy and two workers that share PostgreSQL alone; and the LMS."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import requests

from demo.units import ALL_OPEN, write_units
from soak.clock import VARIABLE, Clock
from soak.proxy import running_proxy
from storage.database import Database

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
WEBS, WORKERS = ("web-1", "web-2"), ("worker-1", "worker-2")
RESTART_AFTER = 1.0
"""Seconds a supervisor waits before it starts again what ended by itself (systemd: RestartSec)."""


class SoakFailed(Exception):
    """Something did not start, or a promise did not hold; the text says which."""


def free_port() -> int:
    """A port of the loopback interface that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(check: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for something to be true.

    Raises:
        SoakFailed: it is not, after so many seconds.
    """
    until = time.monotonic() + seconds
    while not check():
        if time.monotonic() > until:
            raise SoakFailed(f"after {seconds:.0f} s, still not so: {what}")
        time.sleep(0.1)


@dataclass
class Machines:
    """The processes of one installation; `ended` counts those that ended by themselves and were started again."""

    folder: Path
    database_url: str
    public_port: int = field(default_factory=free_port)
    lms_port: int = field(default_factory=free_port)
    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in WEBS})
    ended: Counter[str] = field(default_factory=Counter)
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def public_url(self) -> str:
        """The tool's address: the proxy's."""
        return f"http://127.0.0.1:{self.public_port}"

    @property
    def lms_url(self) -> str:
        """The LMS's address."""
        return f"http://127.0.0.1:{self.lms_port}"

    @property
    def clock(self) -> Clock:
        """The clock of every process of the tool."""
        return Clock(self.folder / "clock")

    def prepare(self) -> None:
        """Write the rules and make the tables."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_units(self.folder / "units", datetime.now(UTC).date(), ALL_OPEN)
        self.clock.move(0.0)
        database = Database(self.database_url)
        try:
            database.upgrade()
        finally:
            database.close()

    def environment(self, name: str) -> dict[str, str]:
        """The settings of a process: each has a folder of its own, as on a machine of its own."""
        clean = {
            key: value for key, value in os.environ.items() if not key.startswith(("PIXLTI_", "GUNICORN_"))
        }
        return clean | {
            "PIXLTI_PUBLIC_URL": self.public_url,
            "PIXLTI_SECRET_KEY": "the secret of a soak, of no value to anybody",
            "PIXLTI_DATABASE_URL": self.database_url,
            "PIXLTI_QUEUE_URL": self.database_url,
            "PIXLTI_DATA_DIR": str(self.folder / name),
            "PIXLTI_UNITS_DIR": str(self.folder / "units"),
            "PIXLTI_PROXY_HOPS": "1",
            "PYTHONUNBUFFERED": "1",
            VARIABLE: str(self.clock.file),
        }

    def start(self, name: str) -> None:
        """Start a web or a worker."""
        if name in WEBS:
            options = ("--worker-class", "gthread", "--threads", "8", "--graceful-timeout", "5")
            bind = f"127.0.0.1:{self.ports[name]}"
            command = ["gunicorn", "soak.clocked_web:create_app()", "--bind", bind, *options]
        else:
            command = ["huey_consumer", "soak.clocked_worker.huey"]
        self._launch(name, [str(BIN / command[0]), *command[1:]], self.environment(name))

    def start_lms(self, *, students: int, seed: int) -> None:
        """Start the LMS, and wait until it answers."""
        tool = {
            key: f"{self.public_url}/lti/{key.removesuffix('_url')}"
            for key in ("login_url", "launch_url", "jwks_url")
        }
        config = self.folder / "lms.json"
        config.write_text(json.dumps({"tool": tool, "students": students, "seed": seed}), encoding="utf-8")
        command = [sys.executable, "-m", "soak.lms", "--port", str(self.lms_port), "--config", str(config)]
        self._launch("lms", command, dict(os.environ))
        wait_until(lambda: answers(f"{self.lms_url}/api/registration"), 30, "the LMS answers")

    def register_lms(self) -> None:
        """`platform add`, as an operator does."""
        data = requests.get(f"{self.lms_url}/api/registration", timeout=10).json()
        options = [part for key, value in data.items() for part in (f"--{key.replace('_', '-')}", value)]
        done = self.command("platform", "add", *options)
        if done.returncode != 0:
            raise SoakFailed(f"platform add: {done.stdout}{done.stderr}")

    def command(self, *arguments: str, seconds: float = 600) -> subprocess.CompletedProcess[str]:
        """`flask --app app …`, to its end."""
        return subprocess.run(
            [str(BIN / "flask"), "--app", "app", *arguments],
            cwd=ROOT,
            env=self.environment("operator"),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def is_up(self, name: str) -> bool:
        """Whether that web answers."""
        return answers(f"http://127.0.0.1:{self.ports[name]}/healthz")

    def kill(self, name: str) -> None:
        """SIGKILL to a process and all its children."""
        with self._lock:
            process = self._running.pop(name, None)
        if process is not None:
            _end(process)

    def log(self, name: str) -> str:
        """What a process printed, in all its lives."""
        file = self.folder / f"{name}.log"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    def supervise(self) -> None:
        """Start again what ends by itself, until the end: systemd's part."""
        while not self._over.wait(0.3):
            with self._lock:
                gone = [name for name, process in self._running.items() if process.poll() is not None]
                for name in gone:
                    _end(self._running.pop(name))
            for name in gone:
                self.ended[name] += 1
                self._over.wait(RESTART_AFTER)
                if not self._over.is_set() and name != "lms":
                    self.start(name)

    def kill_all(self) -> None:
        """End everything."""
        self._over.set()
        for name in list(self._running):
            self.kill(name)

    def _launch(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        with self._lock:
            if name in self._running or self._over.is_set():  # somebody was quicker
                _end(process)
            else:
                self._running[name] = process


@contextmanager
def running_machines(folder: Path, database_url: str, *, students: int, seed: int) -> Iterator[Machines]:
    """Everything started and registered; at the end nothing runs any more."""
    machines = Machines(folder=folder, database_url=database_url)
    machines.prepare()
    turns = random.Random(seed)

    def either(_method: str, _path: str) -> list[int]:
        return turns.sample(list(machines.ports.values()), len(machines.ports))

    supervisor = threading.Thread(target=machines.supervise, name="supervisor")
    try:
        with running_proxy(machines.public_port, either):
            machines.start_lms(students=students, seed=seed)
            for name in itertools.chain(WEBS, WORKERS):
                machines.start(name)
            supervisor.start()
            machines.register_lms()
            wait_until(lambda: all(machines.is_up(name) for name in WEBS), 60, "both webs answer")
            yield machines
    finally:
        machines.kill_all()
        if supervisor.is_alive():
            supervisor.join()


def answers(url: str) -> bool:
    """Whether an address answers 200."""
    with suppress(requests.RequestException):
        return requests.get(url, timeout=5).status_code == 200
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
