"""A course's own dates replace those of the unit's file, and local times become instants without guessing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from config.catalogue import read_catalogue
from grading.own_dates import OwnDates, instants_of, with_own_dates
from tests.config.files import UNITS

PARIS = "Europe/Paris"
UNIT = read_catalogue(UNITS).get("HA1G10H").unit
LATER = OwnDates(opens_at=None, closes_at=datetime(2027, 3, 1, 22, 59, 59, tzinfo=UTC))


def test_without_own_dates_the_unit_stays_as_it_is() -> None:
    assert with_own_dates(UNIT, {}) == UNIT
    assert with_own_dates(UNIT, {"no_such_component": LATER}) == UNIT


def test_only_the_dates_of_the_named_component_are_replaced() -> None:
    key = UNIT.components[0].key
    moved = with_own_dates(UNIT, {key: LATER})
    component = moved.get_component(key)
    assert (component.opens_at, component.closes_at) == (LATER.opens_at, LATER.closes_at)
    assert component.scale == UNIT.components[0].scale
    assert moved.components[1:] == UNIT.components[1:]
    assert (
        with_own_dates(
            moved,
            {key: OwnDates(opens_at=UNIT.components[0].opens_at, closes_at=UNIT.components[0].closes_at)},
        )
        == UNIT
    )


@pytest.mark.parametrize(
    ("local", "instants"),
    [
        ("2026-10-30T23:59", ["2026-10-30T22:59"]),
        ("2026-07-14T08:00", ["2026-07-14T06:00"]),
        # 25 October 2026: 02:30 comes twice; 28 March 2027: 02:30 never comes.
        ("2026-10-25T02:30", ["2026-10-25T00:30", "2026-10-25T01:30"]),
        ("2026-10-25T03:00", ["2026-10-25T02:00"]),
        ("2027-03-28T02:30", []),
        ("2027-03-28T03:00", ["2027-03-28T01:00"]),
    ],
)
def test_a_local_time_is_one_instant_two_or_none(local: str, instants: list[str]) -> None:
    expected = [datetime.fromisoformat(each).replace(tzinfo=UTC) for each in instants]
    assert list(instants_of(datetime.fromisoformat(local), PARIS)) == expected
