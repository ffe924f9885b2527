"""The unit's mark after the catch-up, where the rules let it count (rules 11, 12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from grading.catch_up import REASONS, CatchUpResult, SecondReason
from grading.first_session import FirstResult, FirstSession, neutralised, passing_line, weighted_mark
from grading.mark import ComponentMark, MarkStatus
from grading.rules import WHOLE_UNIT, SecondSessionRule, Unit
from grading.text import Bilingual, out_of_twenty


class SecondResult(StrEnum):
    """Result of the second session. Closed set.

    `acquired`, `not_acquired`: the catch-up counts. `not_counted`: the unit was acquired before.
    `no_second_session`: the first session's result stands, see the reason.
    """

    ACQUIRED = "acquired"
    NOT_ACQUIRED = "not_acquired"
    NOT_COUNTED = "not_counted"
    NO_SECOND_SESSION = "no_second_session"


@dataclass(frozen=True, kw_only=True)
class SecondSession:
    """The unit's mark after the catch-up; `None` where it does not count, and then `reason` says why."""

    mark: Decimal | None
    result: SecondResult
    reason: SecondReason | None
    explanation: tuple[Bilingual, ...]


def second_session(
    unit: Unit,
    marks: Sequence[ComponentMark],
    first: FirstSession,
    catch_up: CatchUpResult,
    *,
    acquired: bool,
) -> SecondSession:
    """Return the second session. `acquired`: the unit is acquired already, by its mark or by compensation.

    A provisional first mark does not compete with the catch-up's: declarations count for nothing final.
    """
    if acquired:
        return _none(SecondResult.NOT_COUNTED, SecondReason.ALREADY_ACQUIRED)
    if catch_up.reason is not None or catch_up.mark.mark is None:
        return _none(SecondResult.NO_SECOND_SESSION, catch_up.reason or SecondReason.NO_CERTIFICATION)
    if unit.catch_up.replaces == WHOLE_UNIT:
        return _replacing_unit(unit, first, catch_up.mark.mark)
    return _replacing_component(unit, marks, catch_up.mark.mark)


def _replacing_unit(unit: Unit, first: FirstSession, caught_up: Decimal) -> SecondSession:
    shown = out_of_twenty(caught_up)
    final_first = first.mark if first.result is not FirstResult.PROVISIONAL else None
    if (
        unit.catch_up.rule is SecondSessionRule.BETTER
        and final_first is not None
        and final_first >= caught_up
    ):
        stands = out_of_twenty(final_first)
        line = Bilingual(
            f"rattrapage {shown.fr}, première session {stands.fr} : la meilleure est gardée",
            f"catch-up {shown.en}, first session {stands.en}: the better one is kept",
        )
        return _counted(unit, final_first, line)
    line = Bilingual(
        f"la note du rattrapage est celle de l’UE : {shown.fr}",
        f"the catch-up’s mark is the unit’s: {shown.en}",
    )
    return _counted(unit, caught_up, line)


def _replacing_component(unit: Unit, marks: Sequence[ComponentMark], caught_up: Decimal) -> SecondSession:
    replaced = unit.catch_up.replaces
    values: dict[str, Decimal] = {replaced: caught_up}
    for mark in marks:
        final = mark.mark if mark.status is not MarkStatus.DECLARED else None
        if mark.key == replaced:
            if unit.catch_up.rule is SecondSessionRule.BETTER and final is not None:
                values[replaced] = max(final, caught_up)
        elif not neutralised(unit, mark):
            if final is None:
                return _none(SecondResult.NO_SECOND_SESSION, SecondReason.FIRST_SESSION_INCOMPLETE)
            values[mark.key] = final
    weighted = weighted_mark(unit, values)
    return _counted(unit, weighted.mark, weighted.working)


def _counted(unit: Unit, mark: Decimal, line: Bilingual) -> SecondSession:
    acquired = mark >= unit.pass_mark
    return SecondSession(
        mark=mark,
        result=SecondResult.ACQUIRED if acquired else SecondResult.NOT_ACQUIRED,
        reason=None,
        explanation=(line, passing_line(unit, acquired=acquired)),
    )


def _none(result: SecondResult, reason: SecondReason) -> SecondSession:
    return SecondSession(mark=None, result=result, reason=reason, explanation=(REASONS[reason],))
