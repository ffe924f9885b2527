"""What every story is handed: database, rules, services and clock, built once in `app.py` or `worker.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from grading.ceiling import Ceiling
from grading.rules import Unit
from lti.platform_calls import PlatformServices
from pix.external_id import CheckCodes
from pix.maddo import Maddo
from pix.verifier import PixVerifier
from storage.database import Database
from workflows.metrics import Metrics, NotCounted


class RulesFile(Protocol):
    """A unit's file as it was read: the unit, and its text under its digest (SHA-256, hexadecimal)."""

    @property
    def unit(self) -> Unit:
        """The unit the text describes."""

    @property
    def digest(self) -> str:
        """What stored grades name these rules by."""

    @property
    def text(self) -> str:
        """The file, to the letter."""

    @property
    def path(self) -> str:
        """Where it was read, for messages."""


class Rules(Protocol):
    """Every unit this installation serves."""

    @property
    def ceilings(self) -> tuple[Ceiling, ...]:
        """The ceilings of Pix, dated."""

    def find(self, code: str, academic_year: str | None = None) -> RulesFile | None:
        """The file of a unit; without a year, its newest."""

    def __iter__(self) -> Iterator[RulesFile]:
        """Every file."""


@dataclass(frozen=True, kw_only=True)
class PixApi:
    """The way to Pix's API, and how often campaigns are read by themselves."""

    maddo: Maddo
    every: timedelta


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything the stories need from outside.

    `codes` makes and checks what campaign links carry. `now` is the only clock. `wake` asks the worker to look at the
    desired scores; it may fail silently, since the worker looks by itself too. Without `verifier` (Pix's verification
    of certificates) or `pix_api`, nothing of it is to be seen.
    """

    database: Database
    rules: Rules
    services: PlatformServices
    codes: CheckCodes
    now: Callable[[], datetime]
    wake: Callable[[], None]
    metrics: Metrics = field(default_factory=NotCounted)
    verifier: PixVerifier | None = None
    pix_api: PixApi | None = None
