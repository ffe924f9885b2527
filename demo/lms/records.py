"""What the LMS remembers of the tool's behaviour: violations, and the history of scores. For tests and people."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Violation:
    """Something a real Moodle would refuse or ignore, or that would lose a grade. `kind` is a short stable word."""

    at: datetime
    kind: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class ScoreArrival:
    """One score request: what came, and what was answered (`status` 0: the connection was cut).

    `fault` names the injected fault, `taken` says whether the gradebook took the score in.
    """

    at: datetime
    column_id: str
    person_id: str | None
    body: str
    status: int
    taken: bool
    fault: str | None = None


class Record(Generic[T]):
    """A list that only grows (until cleared), safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[T] = []

    def add(self, entry: T) -> None:
        """Write an entry down."""
        with self._lock:
            self._entries.append(entry)

    def all(self) -> tuple[T, ...]:
        """Everything so far, oldest first."""
        with self._lock:
            return tuple(self._entries)

    def clear(self) -> None:
        """Forget everything, for a test that has looked at it."""
        with self._lock:
            self._entries.clear()

    def __iter__(self) -> Iterator[T]:
        return iter(self.all())

    def __len__(self) -> int:
        return len(self.all())
