"""The shipped units with dates around today, so that a demo (or a test) has something open and something closed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

SHIPPED = Path(__file__).parent.parent / "config" / "units" / "2026-2027"

AROUND_TODAY: Mapping[str, tuple[int, int]] = {"cc1": (-60, -3), "cc2": (-20, 20), "exam": (-5, 45)}
"""Days from today to the opening and the closing of each component: CC1 has just ended, the others run."""

ALL_OPEN: Mapping[str, tuple[int, int]] = {"cc1": (-20, 20), "cc2": (-20, 20), "exam": (-20, 20)}
"""Everything can be handed in today."""


def write_units(folder: Path, today: date, days: Mapping[str, tuple[int, int]] = AROUND_TODAY) -> None:
    """Write the shipped units into `folder` with the dates of their components moved around `today`.

    The rules are the shipped ones to the letter; only dates differ.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for shipped in sorted(SHIPPED.glob("*.toml")):
        text = _moved(shipped.read_text(encoding="utf-8"), today, days)
        (folder / shipped.name).write_text(text, encoding="utf-8")


def _moved(text: str, today: date, days: Mapping[str, tuple[int, int]]) -> str:
    opens = max(closing for _, closing in days.values()) + 10
    window = f"{{ opens_on = {today + timedelta(opens)}, closes_on = {today + timedelta(opens + 18)} }}"
    text = re.sub(r"^(windows\s*=\s*)\[.*?\]", rf"\g<1>[{window}]", text, flags=re.MULTILINE)
    head, *components = text.split("[[components]]")
    return "[[components]]".join([head, *(_component(each, today, days) for each in components)])


def _component(text: str, today: date, days: Mapping[str, tuple[int, int]]) -> str:
    found = re.search(r'^key\s*=\s*"(\w+)"', text, flags=re.MULTILINE)
    first, last = days[found[1] if found else ""]
    text = re.sub(
        r"^(opens_at\s*=\s*)\S+", rf"\g<1>{today + timedelta(first)}T08:00:00", text, flags=re.MULTILINE
    )
    return re.sub(
        r"^(closes_at\s*=\s*)\S+", rf"\g<1>{today + timedelta(last)}T23:59:59", text, flags=re.MULTILINE
    )
