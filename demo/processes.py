"""The processes of the demo: started with a log each, watched, and ended together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LAST_LINES = 15
PATIENCE = 6.0
"""Seconds a process has to end by itself; then it is killed."""


class DemoBroken(Exception):
    """The demo cannot go on; the text says what happened, where to look and what to do."""


@dataclass(frozen=True, kw_only=True)
class Child:
    """One process of ours, leading a group of its own so that the terminal's Ctrl-C reaches only the demo."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the process and its own children."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


class Processes:
    """The processes started so far, in order."""

    def __init__(self, *, folder: Path, environment: Mapping[str, str], logs: Path) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self._logs = logs
        self._children: list[Child] = []

    def run(self, name: str, arguments: Sequence[str]) -> None:
        """Run a command to its end.

        Raises:
            DemoBroken: it failed.
        """
        child = self._spawn(name, arguments)
        try:
            child.process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            child.signal_group(signal.SIGKILL)
            child.process.wait()
        self._children.remove(child)
        if child.process.returncode != 0:
            raise DemoBroken(_last_words(child))

    def start(self, name: str, arguments: Sequence[str], *, keep_open: Sequence[int] = ()) -> None:
        """Start a process that should live as long as the demo; `keep_open` are descriptors it inherits."""
        self._spawn(name, arguments, keep_open=keep_open)

    def check(self) -> None:
        """See that all live.

        Raises:
            DemoBroken: one has ended.
        """
        for child in self._children:
            if child.process.poll() is not None:
                raise DemoBroken(_last_words(child))

    def wait_until(self, ready: Callable[[], bool], *, what: str, seconds: float) -> None:
        """Wait until `ready` says so, while all live.

        Raises:
            DemoBroken: it took too long, or a process ended.
        """
        until = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > until:
                raise DemoBroken(f"{what} was not ready after {seconds:.0f} seconds. See {self._logs}.")
            time.sleep(0.1)

    def stop(self) -> None:
        """End them all, quickly but in good order; nothing is left running."""
        for child in reversed(self._children):
            if child.process.poll() is None:
                with suppress(ProcessLookupError):
                    child.process.send_signal(signal.SIGINT)
        until = time.monotonic() + PATIENCE
        for child in self._children:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(timeout=max(0.1, until - time.monotonic()))
            child.signal_group(signal.SIGKILL)  # whatever the process left behind, too
            child.process.wait()
        self._children.clear()

    def _spawn(self, name: str, arguments: Sequence[str], *, keep_open: Sequence[int] = ()) -> Child:
        log = self._logs / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "demo.child", str(os.getpid()), *arguments],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=tuple(keep_open),
                start_new_session=True,
            )
        child = Child(name=name, process=process, log=log)
        self._children.append(child)
        return child


def _last_words(child: Child) -> str:
    lines = child.log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
    quoted = "\n".join(f"    {line}" for line in lines) or "    (it said nothing)"
    return (
        f"the {child.name} ended (exit code {child.process.returncode}). "
        f"The last lines of {child.log}:\n{quoted}"
    )
