"""What a gradebook column, read back whole, says of our scores: pure decisions, each from a closed set.

Asked of a running installation, where what was acknowledged is what we sent: another value was typed there. After a
restored backup that is not so, and `compare_scores` judges otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from lti.scores import Result
from storage.desired_scores import ScoreRow, ScoreState
from workflows.push_decision import TOLERANCE, out_of_twenty

OURS = Decimal(20)
_CENT = Decimal("0.005")
"""An LMS may round to hundredths of its own points."""


class Seen(StrEnum):
    """What one cell means for our score."""

    CHANGED = "changed"
    AGREES_AFTER_ALL = "agrees_after_all"
    NOT_SHOWN = "not_shown"


class Shows(StrEnum):
    """What a column shows of what it is sent, where that is not the mark itself."""

    SCALE = "scale"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One finding; `held` is out of 20 (None: the cell is empty)."""

    person_id: int
    seen: Seen
    held: Decimal | None


@dataclass(frozen=True, kw_only=True)
class ColumnJudgement:
    """The findings of a column, and how it shows marks."""

    shows: Shows | None
    cells: tuple[Cell, ...]


def judge_column(
    rows: Mapping[int, ScoreRow], results: Mapping[int, Result], *, began: datetime
) -> ColumnJudgement:
    """Compare what we believe with what the gradebook shows (by person).

    What is on its way, refused or set aside is not judged, nor what was acknowledged after the reading `began`.
    """
    judged = {
        person_id: row
        for person_id, row in rows.items()
        if row.state in _JUDGED and (row.acknowledged_at is None or row.acknowledged_at < began)
    }
    shows = _shows(judged, results)
    found = [_judge(row, results.get(person_id), shows) for person_id, row in sorted(judged.items())]
    return ColumnJudgement(shows=shows, cells=tuple(each for each in found if each is not None))


_JUDGED = (
    ScoreState.IN_STEP,
    ScoreState.TYPED_BY_HAND,
    ScoreState.KEPT_THEIRS,
    ScoreState.NOT_SHOWN,
)


def _judge(row: ScoreRow, result: Result | None, shows: Shows | None) -> Cell | None:
    held = out_of_twenty(result)
    if row.mark is None and row.last_timestamp == 0:
        return None  # nothing was ever sent: what the LMS holds is its own
    if _agrees(row.mark, result, shows):
        settled = row.state is ScoreState.IN_STEP
        return None if settled else Cell(person_id=row.person_id, seen=Seen.AGREES_AFTER_ALL, held=held)
    if held is None and shows is Shows.NOTHING:
        known = row.state in (ScoreState.NOT_SHOWN, ScoreState.KEPT_THEIRS)
        return None if known else Cell(person_id=row.person_id, seen=Seen.NOT_SHOWN, held=None)
    known = row.state in (ScoreState.TYPED_BY_HAND, ScoreState.KEPT_THEIRS)
    if known and row.lms_mark == written(held):
        return None
    return Cell(person_id=row.person_id, seen=Seen.CHANGED, held=held)


def written(held: Decimal | None) -> str | None:
    """A value of the LMS as it is kept."""
    return None if held is None else f"{held:.2f}"


def _shows(rows: Mapping[int, ScoreRow], results: Mapping[int, Result]) -> Shows | None:
    sent = [row for row in rows.values() if row.mark is not None]
    shown = [result for result in results.values() if result.score is not None]
    if sent and not shown:
        return Shows.NOTHING
    pairs = [(row.mark, results[row.person_id]) for row in sent if row.person_id in results]
    return Shows.SCALE if _is_scale(shown, pairs) else None


def _is_scale(shown: list[Result], pairs: list[tuple[Decimal | None, Result]]) -> bool:
    """Whether the column rounds to levels: it never shows anything else, and has rounded something of ours."""
    if not shown or any(not _is_whole(each.score) or each.maximum in (None, OURS) for each in shown):
        return False
    exact = [(_in_points(mark, result), result) for mark, result in pairs if mark is not None]
    return any(not _is_whole(points) and result.score == _level(points, result) for points, result in exact)


def _agrees(mark: Decimal | None, result: Result | None, shows: Shows | None) -> bool:
    held = out_of_twenty(result)
    if mark is None or held is None or result is None:
        return mark is None and held is None
    if shows is Shows.SCALE:
        return result.score == _level(_in_points(mark, result), result)
    rounding = _CENT * OURS / result.maximum if result.maximum and result.maximum > 0 else _CENT
    return abs(held - mark) <= rounding + TOLERANCE


def _in_points(mark: Decimal, result: Result) -> Decimal:
    return mark * (result.maximum or OURS) / OURS


def _level(points: Decimal, result: Result) -> Decimal:
    """The level Moodle makes of so many points: the nearest, from 1."""
    nearest = points.quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return min(max(nearest, Decimal(1)), result.maximum or OURS)


def _is_whole(value: Decimal | None) -> bool:
    return value is not None and value == value.to_integral_value()
