"""The tool as the demo installs it: a folder of its own, settings, and the commands an operator would type."""

from __future__ import annotations

import fcntl
import os
import secrets
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from demo.pix_sendings import CLIENT
from demo.processes import DemoBroken
from demo.units import write_units
from pix.external_id import CheckCodes

ROOT = Path(__file__).parent.parent
WORKERS, THREADS = 2, 8
_LOOPBACK = "127.0.0.1,localhost"


@dataclass(frozen=True, kw_only=True)
class Installation:
    """Where the demo keeps everything. Each start begins afresh: the LMS is in memory, so the marks must match it.

    `pix_url` is the address of the demo's own Pix.
    """

    folder: Path
    tool_url: str
    secret_key: str
    pix_url: str = ""

    @property
    def logs(self) -> Path:
        """A file for each process."""
        return self.folder / "logs"

    @property
    def export(self) -> Path:
        """The Pix export left for the newcomer to import."""
        return self.folder / "pix-export-cc2.csv"

    @property
    def codes(self) -> CheckCodes:
        """What the links of this installation's students carry: for the export that Pix would give."""
        return CheckCodes.derived_from(self.secret_key.encode())

    @property
    def settings(self) -> dict[str, str]:
        """What an operator would set."""
        return {
            "PIXLTI_PUBLIC_URL": self.tool_url,
            "PIXLTI_SECRET_KEY": self.secret_key,
            "PIXLTI_DATA_DIR": str(self.folder / "data"),
            "PIXLTI_UNITS_DIR": str(self.folder / "units"),
            "PIXLTI_ALLOWED_NETWORKS": "127.0.0.0/8",
            **(self._pix_access if self.pix_url else {}),
        }

    @property
    def _pix_access(self) -> dict[str, str]:
        """What Pix would give this institution."""
        return {
            "PIXLTI_PIX_API_URL": self.pix_url,
            "PIXLTI_PIX_API_CLIENT_ID": CLIENT.id,
            "PIXLTI_PIX_API_CLIENT_SECRET": CLIENT.secret,
        }

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """The environment of the tool's processes: nobody else's settings, and no proxy towards this machine."""
        kept = {
            name: value
            for name, value in inherited.items()
            if not name.startswith(("PIXLTI_", "FLASK_", "GUNICORN_", "HUEY_"))
        }
        return {
            **kept,
            **self.settings,
            "NO_PROXY": _LOOPBACK,
            "no_proxy": _LOOPBACK,
            "PYTHONUNBUFFERED": "1",
        }

    def prepare(self, today: date) -> None:
        """Make the folders, date the units around today, write the settings down for the newcomer's own commands."""
        self.logs.mkdir(parents=True)
        write_units(self.folder / "units", today)
        written = self.folder / "environment"
        written.touch(mode=0o600)
        lines = (f"export {name}={shlex.quote(value)}\n" for name, value in self.settings.items())
        written.write_text("".join(lines), encoding="utf-8")

    def serve(self, descriptor: int) -> list[str]:
        """The web process, as in production but for a socket that is open already."""
        return [
            _program("gunicorn"),
            f"--bind=fd://{descriptor}",
            f"--workers={WORKERS}",
            f"--threads={THREADS}",
            "--no-control-socket",
            "app:create_app()",
        ]

    def work(self) -> list[str]:
        """The worker, as in production."""
        return [_program("huey_consumer"), "worker.huey"]

    def flask(self, *words: str) -> list[str]:
        """One of the tool's commands."""
        return [_program("flask"), "--app=app", *words]

    def add_platform(self, registration: Mapping[str, str], origin: str) -> list[str]:
        """The command that makes the LMS known; `origin` is a further one that may frame the tool's pages."""
        options = {name.replace("_", "-"): value for name, value in registration.items()}
        typed = [f"--{name}={value}" for name, value in options.items()]
        return self.flask("platform", "add", *typed, f"--service-origin={origin}")


def new_installation(folder: Path, port: int) -> Installation:
    """An installation whose tool answers on that port of this machine."""
    return Installation(folder=folder, tool_url=f"http://127.0.0.1:{port}", secret_key=secrets.token_hex(32))


def take_folder(folder: Path) -> IO[bytes]:
    """Empty the demo's folder and hold it until the returned file is closed.

    Raises:
        DemoBroken: another demo runs in it, it cannot be written, or it holds what is not a demo's.
    """
    mark = folder / "lock"
    try:
        if folder.exists() and any(folder.iterdir()) and not mark.exists():
            raise DemoBroken(f"{folder} holds other files than a demo's: name another folder, or empty it.")
        folder.mkdir(parents=True, exist_ok=True)
        held = mark.open("ab")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            held.close()
            raise DemoBroken(
                f"a demo is already running in {folder}: end it first (Ctrl-C where it runs)."
            ) from taken
        for each in folder.iterdir():
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each)
            elif each != mark:
                each.unlink()
    except OSError as refused:
        raise DemoBroken(f"{folder} cannot be used ({refused}). Remove it: make demo-clean") from refused
    return held


def _program(name: str) -> str:
    """A program of the virtual environment this Python is of."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None or not os.access(found, os.X_OK):
        raise DemoBroken(f"{name} is not installed: make setup")
    return found
