"""One sending that came twice, by Pix's API and in an export, is one: the verified one stands for both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from grading.profile import Evidence
from storage.submissions import Submission

_PIX_ORGA = ZoneInfo("Europe/Paris")
_ROUNDING = Decimal("0.01")
"""Exports write shares with two decimals."""


def without_twins(kept: Sequence[Submission]) -> list[Submission]:
    """Leave out what Pix's API told of a sending that an export brought whole.

    They are one where the component is the same, the minute reads alike on Pix Orga's clock (an export writes no more,
    and in October an hour twice), and nothing that both say differs.
    """
    exported = [each for each in kept if each.evidence is Evidence.VERIFIED]
    if not exported:
        return list(kept)
    return [
        each
        for each in kept
        if each.evidence is not Evidence.CONFIRMED or not any(_are_one(each, other) for other in exported)
    ]


def _are_one(told: Submission, exported: Submission) -> bool:
    one, other = told.profile, exported.profile
    same_total = one.total is None or other.total is None or one.total == other.total
    same_share = one.mastery is None or other.mastery is None or abs(one.mastery - other.mastery) <= _ROUNDING
    same_minute = _minute(told.sent_at) == _minute(exported.sent_at)
    return told.component == exported.component and same_minute and same_total and same_share


def _minute(instant: datetime) -> datetime:
    return instant.astimezone(_PIX_ORGA).replace(second=0, microsecond=0, tzinfo=None)
