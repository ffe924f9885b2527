"""Injected faults: which request fails, how often, how. Decisions only; `fault_answers` turns them into HTTP."""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Answer = Literal[
    "500",
    "429",
    "503",
    "html_200",
    "list_200",
    "created_201",
    "400",
    "401",
    "403",
    "404",
    "409",
    "reset",
    "none",
]
"""How a faulty request ends; `none`: as usual (with the delay, if any)."""

Endpoint = Literal[
    "auth", "certs", "token", "line_items", "line_item", "scores", "results", "members", "services", "any"
]
"""`services`: every AGS and members address; `any`: these, token, auth and certs."""

_SERVICES = {"line_items", "line_item", "scores", "results", "members"}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A rule. `times` None: until cleared. `rate`: share of matching requests that fail (seeded).

    `taken`: the request is carried out first and only its answer is replaced (a lost acknowledgement).
    `delay` and `retry_after` are in seconds.
    """

    endpoint: Endpoint = "scores"
    answer: Answer = "500"
    person_id: str | None = None
    column_id: str | None = None
    times: int | None = 1
    rate: float = 1.0
    delay: float = 0.0
    retry_after: int = 1
    taken: bool = False

    def __post_init__(self) -> None:
        if self.endpoint not in get_args(Endpoint):
            raise ValueError(f"endpoint is one of {get_args(Endpoint)}, not {self.endpoint!r}")
        if self.answer not in get_args(Answer):
            raise ValueError(f"answer is one of {get_args(Answer)}, not {self.answer!r}")

    def concerns(self, endpoint: str, person_id: str | None, column_id: str | None) -> bool:
        """Whether a request to that endpoint, about that person and column, falls under the rule."""
        reached = self.endpoint in ("any", endpoint) or (
            self.endpoint == "services" and endpoint in _SERVICES
        )
        return reached and self.person_id in (None, person_id) and self.column_id in (None, column_id)


def fault_from_data(data: Mapping[str, Any]) -> Fault:
    """A fault from JSON data; TypeError or ValueError if a key or a value is unknown."""
    return Fault(**data)


class Faults:
    """The rules in force, first match wins; safe to use from several threads."""

    def __init__(self, *, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(seed)
        self._rules: list[tuple[Fault, int | None]] = []

    def add(self, fault: Fault) -> None:
        """Put a rule in force, after those already there."""
        with self._lock:
            self._rules.append((fault, fault.times))

    def clear(self) -> None:
        """The LMS is well again."""
        with self._lock:
            self._rules.clear()

    def take(self, endpoint: str, person_id: str | None, column_id: str | None) -> Fault | None:
        """The fault this request suffers, counting it; None for a request that passes."""
        with self._lock:
            for place, (fault, left) in enumerate(self._rules):
                if not fault.concerns(endpoint, person_id, column_id):
                    continue
                if fault.rate < 1 and self._random.random() >= fault.rate:
                    continue
                if left is not None:
                    if left <= 1:
                        del self._rules[place]
                    else:
                        self._rules[place] = (fault, left - 1)
                return fault
        return None

    def active(self) -> tuple[Fault, ...]:
        """The rules still in force."""
        with self._lock:
            return tuple(fault for fault, _ in self._rules)
