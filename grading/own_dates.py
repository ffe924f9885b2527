"""Dates that one course has of its own, in place of those of the unit's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from grading.rules import Unit


@dataclass(frozen=True, kw_only=True)
class OwnDates:
    """When a course opens and closes a component, in UTC; without `opens_at` it is open from the start."""

    opens_at: datetime | None
    closes_at: datetime


def with_own_dates(unit: Unit, own: Mapping[str, OwnDates]) -> Unit:
    """Return the unit with these dates, by component key; keys that it has not are ignored."""
    components = tuple(
        replace(each, opens_at=own[each.key].opens_at, closes_at=own[each.key].closes_at)
        if each.key in own
        else each
        for each in unit.components
    )
    return replace(unit, components=components)


def instants_of(local: datetime, timezone: str) -> tuple[datetime, ...]:
    """Return the instants (UTC) at which a zone's clocks show a time, earliest first.

    One on most days; none where clocks jump over it in spring; two where they show it twice in autumn.
    """
    zone = ZoneInfo(timezone)
    shown = local.replace(tzinfo=None, fold=0)
    found = {shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return tuple(
        sorted(each for each in found if each.astimezone(zone).replace(tzinfo=None, fold=0) == shown)
    )
