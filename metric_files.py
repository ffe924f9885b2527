"""The files in which the processes of one data folder count together, for `/metrics` to add up.

Each process writes files of its own (of prometheus_client's format) and holds a lock while it lives; the counts of
processes that ended are added up into one file, so that nothing is forgotten and few files are read.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import secrets
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from prometheus_client.mmap_dict import MmapedDict

_OF_THE_DEAD = "0"


class MetricFiles:
    """The folder, as this process uses it. Locks are the operating system's: they end with their process."""

    def __init__(self, folder: Path) -> None:
        """Take part; OSError where the folder cannot be written."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._pid = 0
        self._name = ""
        self._alive: IO[Any] | None = None
        self._add_up_the_dead()
        atexit.register(self._end)

    def process_name(self) -> str:
        """The name of this process in file names; a forked child gets one of its own."""
        if os.getpid() != self._pid:
            self._begin()
        return self._name

    @contextmanager
    def steady(self) -> Iterator[None]:
        """While the files are read: nobody adds any up meanwhile."""
        with self._locked(fcntl.LOCK_SH):
            yield

    def _end(self) -> None:
        if self._alive is not None:
            self._alive.close()

    def _begin(self) -> None:
        with self._locked(fcntl.LOCK_SH):
            self._pid = os.getpid()
            self._name = f"{self._pid}-{secrets.token_hex(4)}"
            if self._alive is not None:
                self._alive.close()  # the parent's, of before the fork; it goes on holding it
            self._alive = (self.folder / f"{self._name}.alive").open("wb")
            fcntl.flock(self._alive, fcntl.LOCK_EX)

    def _add_up_the_dead(self) -> None:
        with self._locked(fcntl.LOCK_EX):
            names = {_owner(file) for file in self.folder.glob("*.db")}
            names |= {file.stem for file in self.folder.glob("*.alive")}
            dead = {name for name in names - {_OF_THE_DEAD} if not self._lives(name)}
            kinds: defaultdict[str, list[Path]] = defaultdict(list)
            for file in self.folder.glob("*.db"):
                if _owner(file) in dead:
                    kinds[file.name.partition("_")[0]].append(file)
            for kind, files in kinds.items():
                self._add_up(kind, files)
            for name in dead:
                (self.folder / f"{name}.alive").unlink(missing_ok=True)

    def _add_up(self, kind: str, files: list[Path]) -> None:
        """Written aside and moved into place: killed in between, at worst some counts are added twice."""
        kept = self.folder / f"{kind}_{_OF_THE_DEAD}.db"
        sums: defaultdict[str, float] = defaultdict(float)
        for file in [kept, *files]:
            for key, value in _values(file):
                sums[key] += value
        aside = self.folder / f"{kind}.new"
        aside.unlink(missing_ok=True)
        written = MmapedDict(str(aside))
        for key, value in sums.items():
            written.write_value(key, value, 0.0)
        written.close()
        aside.replace(kept)
        for file in files:
            file.unlink(missing_ok=True)

    def _lives(self, name: str) -> bool:
        try:
            with (self.folder / f"{name}.alive").open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        with (self.folder / "lock").open("wb") as file:
            fcntl.flock(file, how)
            yield


def _owner(file: Path) -> str:
    return file.stem.rpartition("_")[2]


def _values(file: Path) -> list[tuple[str, float]]:
    """What a file holds; nothing where it was torn by a machine that went down."""
    try:
        found = [(key, value) for key, value, _, _ in MmapedDict.read_all_values_from_file(str(file))]
        for key, _ in found:
            json.loads(key)
    except (OSError, ValueError, IndexError, RuntimeError):
        return []
    return found
