"""From a measure (levels, pix, score) to a mark out of 20, and the rounding of marks. `Decimal` only."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from itertools import pairwise

EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
"""Precision of the one division of each computation: an exact half stays one, and is rounded up."""

MARK_PLACES = Decimal("0.01")
"""Marks are written with two decimals."""

FULL_MARK = Decimal(20)
"""Marks are out of twenty."""


class Shape(StrEnum):
    """`linear`: straight lines between anchors, flat beyond the ends. `steps`: the last anchor reached."""

    LINEAR = "linear"
    STEPS = "steps"


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A point of a scale: this measure is worth this mark."""

    at: Decimal
    mark: Decimal


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A scale, its anchors in increasing order of measure (checked by `grading.soundness.problems`)."""

    shape: Shape
    anchors: tuple[Anchor, ...]

    def mark_at(self, total: Decimal, count: int = 1) -> Decimal:
        """Return the unrounded mark of the measure `total / count`.

        A mean is handed in as its sum and count, so that the whole computation divides once. Below the
        first anchor a linear scale is flat; a scale of steps gives 0 there, no step being reached.
        """
        reached = [anchor for anchor in self.anchors if anchor.at * count <= total]
        if not reached:
            return self.anchors[0].mark if self.shape is Shape.LINEAR else Decimal(0)
        if self.shape is Shape.LINEAR:
            for low, high in pairwise(self.anchors):
                if low.at * count <= total < high.at * count:
                    width = (high.at - low.at) * count
                    rise = (total - low.at * count) * (high.mark - low.mark)
                    return EXACT.divide(low.mark * width + rise, width)
        return reached[-1].mark


def rounded(mark: Decimal, step: Decimal) -> Decimal:
    """Round a mark to a step, half up, written with two decimals (rule 3)."""
    steps = EXACT.divide(mark, step).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return (steps * step).quantize(MARK_PLACES, rounding=ROUND_HALF_UP)
