"""Programs under measurement: started, ended, and what the kernel says they used (`/proc`; Linux only)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parent.parent
READY_WITHIN = 30.0
_TICKS = os.sysconf("SC_CLK_TCK")
_T = TypeVar("_T")


class BenchFailed(Exception):
    """Something did not start or did not answer as it should: there is no figure to print."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """A running program with its children. `name` is what the table calls it.

    `log` holds what it printed, from `begins_at` on: what is before is of programs of this name that ran earlier.
    """

    name: str
    pid: int
    log: Path
    begins_at: int = 0

    def cpu_seconds(self) -> float:
        """User and system time of the program, its threads, its children, and its children that have ended."""
        return cpu_seconds(self.pid)

    def memory(self) -> dict[int, int]:
        """Resident memory (bytes) of each process, by its id."""
        return {pid: _resident(pid) for pid in tree(self.pid)}

    def peak_memory(self) -> int:
        """The most (bytes) that the program's own process ever held."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii", errors="replace")
        (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(kilobytes) * 1024


@contextmanager
def running(
    name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Iterator[Program]:
    """Run a program from the project's folder until the block ends; its output goes to a file in `folder`."""
    log = folder / f"{name.replace(' ', '-')}.log"
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PIXLTI_", "GUNICORN_"))}
    begins_at = log.stat().st_size if log.exists() else 0
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**clean, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield Program(name=name, pid=process.pid, log=log, begins_at=begins_at)
        if process.poll() is not None:
            raise BenchFailed(f"{name} ended while it was measured:\n{tail(log)}")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def python(*arguments: str) -> list[str]:
    """A command of this very Python."""
    return [sys.executable, *arguments]


def program_of(name: str) -> str:
    """A program installed beside this Python (gunicorn, huey_consumer)."""
    return str(Path(sys.executable).parent / name)


def free_port() -> int:
    """A port of the loopback interface that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(program: Program, port: int) -> None:
    """Wait until a program listens.

    Raises:
        BenchFailed: it does not, with what it printed.
    """
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise BenchFailed(f"{program.name} does not listen on port {port}:\n{tail(program.log)}")


def wait_for_words(program: Program, words: str) -> None:
    """Wait until a program prints these words.

    Raises:
        BenchFailed: it does not, with what it printed.
    """
    until = time.monotonic() + READY_WITHIN
    while words.encode() not in program.log.read_bytes()[program.begins_at :]:
        if time.monotonic() > until:
            raise BenchFailed(f"{program.name} is not ready:\n{tail(program.log)}")
        time.sleep(0.05)


def tail(log: Path, lines: int = 30) -> str:
    """The end of what a program printed."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def tree(root: int) -> list[int]:
    """A process and all that come from it and still live."""
    parents = {pid: int(fields[1]) for pid, fields in _all_stats()}
    found, reached = [], {root} if root in parents else set()
    while reached:
        found += sorted(reached)
        reached = {pid for pid, parent in parents.items() if parent in reached}
    return found


def cpu_seconds(root: int) -> float:
    """User and system time of a process and all that come from it, the ended ones included."""
    return sum(_cpu_seconds(pid) for pid in tree(root))


def children_named(name: str) -> list[int]:
    """Our own direct children that run a program of this name."""
    mine = [pid for pid, fields in _all_stats() if int(fields[1]) == os.getpid()]
    return [pid for pid in mine if _command(pid) == name]


def _all_stats() -> Iterator[tuple[int, list[str]]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))):
            yield int(entry.name), fields


def _stat(pid: int) -> list[str]:
    """The fields of `/proc/PID/stat` from the third (state) on; none where the process has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()  # the second field, the name, may hold spaces and brackets


def _cpu_seconds(pid: int) -> float:
    fields = _stat(pid)
    return sum(int(each) for each in fields[11:15]) / _TICKS if fields else 0.0


def _resident(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    line = next((each for each in status.splitlines() if each.startswith("VmRSS:")), "VmRSS: 0 kB")
    return int(line.split()[1]) * 1024


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def rotated(items: Sequence[_T], by: int) -> list[_T]:
    """The items beginning at another one each round, so that none always comes first."""
    at = by % len(items)
    return [*items[at:], *items[:at]]
