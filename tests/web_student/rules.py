"""Units to test with: the shipped ones, opened around now, with the settings that a test is about changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from demo.units import ALL_OPEN, write_units
from tests.running_tool import PARIS

PIX_SCALE = '{ shape = "linear", anchors = [{ at = 0, mark = 0 }, { at = 48, mark = 20 }] }'
MASTERY_SCALE = '{ shape = "linear", anchors = [{ at = 0, mark = 0 }, { at = 1, mark = 20 }] }'
TOTAL_SCALE = '{ shape = "linear", anchors = [{ at = 0, mark = 0 }, { at = 640, mark = 20 }] }'


def write_rules(folder: Path, changes: Mapping[str, Mapping[str, str]], *, today: date | None = None) -> None:
    """Write the units into `folder`; `changes` gives, by component key, the TOML of the settings to change."""
    write_units(folder, today or datetime.now(PARIS).date(), ALL_OPEN)
    for file in folder.glob("*.toml"):
        head, *components = file.read_text(encoding="utf-8").split("[[components]]")
        changed = [_changed(text, changes) for text in components]
        file.write_text("[[components]]".join([head, *changed]), encoding="utf-8")


def local(instant: datetime) -> str:
    """An instant as a unit's file writes it: local, to the second."""
    return instant.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M:%S")


def _changed(text: str, changes: Mapping[str, Mapping[str, str]]) -> str:
    found = re.search(r'^key\s*=\s*"(\w+)"', text, flags=re.MULTILINE)
    for setting, value in changes.get(found[1] if found else "", {}).items():
        text, times = re.subn(rf"^{setting}\s*=.*$", f"{setting} = {value}", text, flags=re.MULTILINE)
        if times == 0:
            text = text.replace("\n", f"\n{setting} = {value}\n", 1)
    return text
