"""What a measurement found, and the table that prints it."""

from __future__ import annotations

import math
import statistics
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

_WIDTH = 110


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the table. `met` is None where no goal was set; `detail` says what is behind the figure."""

    measure: str
    found: str
    goal: str = "-"
    met: bool | None = None
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much is measured. `quick` tries everything with small numbers; its figures prove nothing.

    `seed` decides every choice that is left to chance.
    """

    quick: bool
    seed: int

    def pick(self, whole: int, quick: int) -> int:
        """How many of something: in the whole run, or in the quick one."""
        return quick if self.quick else whole


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0-1) of the values do not pass: the nearest rank, no interpolation.

    Raises:
        ValueError: there is no value.
    """
    if not values:
        raise ValueError("no value was measured")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, str]:
    """The median of the ratios of interleaved pairs, and in words: median, lowest and highest."""
    each = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    middle = statistics.median(each)
    return middle, f"{middle:.2f} x ({min(each):.2f}-{max(each):.2f})"


def table(figures: Sequence[Figure]) -> str:
    """The figures as a table for a terminal (also valid Markdown), then what is behind each of them."""
    head = ("measure", "goal", "found", "met?")
    rows = [(each.measure, each.goal, each.found, _met(each.met)) for each in figures]
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    rule = tuple("-" * width for width in widths)
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in (head, rule, *rows)
    ]
    details = [
        textwrap.fill(f"{each.measure}: {each.detail}", _WIDTH, initial_indent="- ", subsequent_indent="  ")
        for each in figures
        if each.detail
    ]
    return "\n".join([*lines, "", *details])


def _met(met: bool | None) -> str:
    return {True: "yes", False: "NO", None: ""}[met]
