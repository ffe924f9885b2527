"""Which academic years a unit has files for, and which of them is being taught: what a page proposes first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from grading.rules import Unit
from workflows.world import RulesFile, World


def files_of(world: World, code: str) -> list[RulesFile]:
    """The files of a unit, newest year first."""
    found = [each for each in world.rules if each.unit.code == code]
    return sorted(found, key=lambda each: each.unit.academic_year, reverse=True)


def has_ended(unit: Unit, now: datetime) -> bool:
    """Whether everything of a unit is over: its last deadline, and the last day of its certification."""
    today = now.astimezone(ZoneInfo(unit.timezone)).date()
    handed_in = all(each.closes_at < now for each in unit.components)
    return handed_in and all(each.closes_on < today for each in unit.catch_up.windows)


def likeliest(files: Iterable[RulesFile], now: datetime) -> RulesFile | None:
    """The newest year whose dates are not over; where all are, the newest."""
    newest_first = sorted(files, key=lambda each: each.unit.academic_year, reverse=True)
    current = [each for each in newest_first if not has_ended(each.unit, now)]
    return next(iter(current or newest_first), None)
