"""Reads `cases/*.toml`: a unit (shipped, with settings changed for the case), a situation, what to expect."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from config.catalogue import read_catalogue
from config.situation import read_situation
from config.tolerant import read
from config.unit_shape import UnitShape
from grading.competences import COMPETENCES
from grading.outcome import Situation
from grading.rules import Unit
from grading.soundness import problems

UNITS = Path(__file__).parents[2] / "config" / "units"
CASES = Path(__file__).with_name("cases")
CATALOGUE = read_catalogue(UNITS)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One situation as a teacher wrote it."""

    name: str
    rule: str
    unit: Unit
    situation: Situation
    expect: dict[str, Any]


def cases() -> Iterator[Case]:
    """Every case of every file, read anew."""
    for path in sorted(CASES.glob("*.toml")):
        for table in tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)["case"]:
            unit = unit_with(table.get("rules", {}), code=table.get("unit", "HA1G10H"))
            yield Case(
                name=f"{path.stem}: {table['name']}",
                rule=table["rule"],
                unit=unit,
                situation=situation(table.get("situation", {}), unit),
                expect=table["expect"],
            )


def unit_table(code: str = "HA1G10H") -> dict[str, Any]:
    """A shipped unit's file, as the table that was written."""
    return tomllib.loads(CATALOGUE.get(code).text, parse_float=Decimal)


def unit_with(rules: dict[str, Any] | None = None, code: str = "HA1G10H") -> Unit:
    """A shipped unit with some settings changed: `cc1.counts`, `certification.rule`, `pass_mark`."""
    table = unit_table(code)
    components = {component["key"]: component for component in table["components"]}
    for name, value in (rules or {}).items():
        *path, key = name.split(".")
        place = components[path[0]] if path and path[0] in components else table[path[0]] if path else table
        place[key] = value
    reading = read(UnitShape, table)
    unit = reading.shape.value(ZoneInfo("Europe/Paris"))
    assert [*reading.problems, *problems(unit)] == [], "the case's own rules must be sound"
    return unit


def situation(table: dict[str, Any], unit: Unit) -> Situation:
    """A situation through the very reader of `units mark`; `all` stands for the sixteen competences."""
    written = deepcopy(table)
    for sending in written.get("sendings", []):
        for name in ("levels", "pix"):
            if "all" in sending.get(name, {}):
                values = sending[name]
                sending[name] = {**dict.fromkeys(COMPETENCES, values.pop("all")), **values}
    return read_situation(json.dumps(written, default=float), unit)
