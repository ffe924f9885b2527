"""The mark and result of the unit's first session (rules 3, 4, 8, 10, 11 and 14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from grading.mark import ComponentMark, MarkStatus
from grading.rules import JustifiedAs, Unit
from grading.scale import EXACT, rounded
from grading.text import Bilingual, joined, number, out_of_twenty, percentage

UNDER_JURY = Bilingual("sous réserve du jury", "subject to the jury")


class FirstResult(StrEnum):
    """Result of the first session. Closed set.

    `acquired`, `not_acquired`: the unit has its mark. `provisional`: a declared mark is in it, shown and never
    acquiring. `pending`: something is missing. `defaulting`: DEF. `justified_absence`: no mark, with a reason.
    """

    ACQUIRED = "acquired"
    NOT_ACQUIRED = "not_acquired"
    PROVISIONAL = "provisional"
    PENDING = "pending"
    DEFAULTING = "defaulting"
    JUSTIFIED_ABSENCE = "justified_absence"


@dataclass(frozen=True, kw_only=True)
class FirstSession:
    """The unit's mark (two decimals; `None`: no mark), its result, and why."""

    mark: Decimal | None
    result: FirstResult
    explanation: tuple[Bilingual, ...]


@dataclass(frozen=True, kw_only=True)
class WeightedMark:
    """A unit mark from rounded component marks, and how it was found."""

    mark: Decimal
    working: Bilingual


def neutralised(unit: Unit, mark: ComponentMark) -> bool:
    """Return whether a justified absence leaves this component out of the unit's mark (rule 10)."""
    component = unit.get_component(mark.key)
    return mark.status is MarkStatus.ABSENT_JUSTIFIED and component.justified_as is JustifiedAs.NEUTRALISED


def weighted_mark(unit: Unit, marks: Mapping[str, Decimal]) -> WeightedMark:
    """Return the unit's mark from the rounded marks of some components, their weights rescaled to 1."""
    weights = {c.key: c.weight for c in unit.components if c.key in marks}
    whole = sum(weights.values(), Decimal(0))
    total = sum((weight * marks[key] for key, weight in weights.items()), Decimal(0))
    mark = rounded(EXACT.divide(total, whole), unit.rounding_step)
    parts = []
    for key, weight in weights.items():
        title, share = unit.get_component(key).title, percentage(EXACT.divide(weight, whole))
        written = number(marks[key])
        parts.append(
            Bilingual(f"{title.fr} {written.fr} × {share.fr}", f"{title.en} {written.en} × {share.en}")
        )
    sum_of_parts, shown = joined(parts, " + "), out_of_twenty(mark)
    return WeightedMark(
        mark=mark,
        working=Bilingual(f"{sum_of_parts.fr} → {shown.fr}", f"{sum_of_parts.en} → {shown.en}"),
    )


def first_session(unit: Unit, marks: Sequence[ComponentMark], *, settled: bool | None = None) -> FirstSession:
    """Return the first session's mark and result from every component's mark.

    `settled` is what was recorded when the session was closed (rule 14): it decides acquisition, whatever
    the recomputed mark; `None` while the session is open.
    """
    found = _computed(unit, marks)
    if settled and found.result is not FirstResult.ACQUIRED:
        line = Bilingual(
            "session close : UE acquise, définitivement", "session closed: unit acquired, for good"
        )
        return FirstSession(
            mark=found.mark, result=FirstResult.ACQUIRED, explanation=(*found.explanation, line)
        )
    if settled is False and found.result is FirstResult.ACQUIRED:
        line = Bilingual("session close sur une UE non acquise", "session closed with the unit not acquired")
        return FirstSession(
            mark=found.mark, result=FirstResult.NOT_ACQUIRED, explanation=(*found.explanation, line)
        )
    return found


def _computed(unit: Unit, marks: Sequence[ComponentMark]) -> FirstSession:
    counted = [mark for mark in marks if not neutralised(unit, mark)]
    stopped = _without_mark(unit, counted)
    if stopped is not None:
        return stopped
    weighted = weighted_mark(unit, {m.key: m.mark for m in counted if m.mark is not None})
    if any(mark.status is MarkStatus.DECLARED for mark in counted):
        prefix = unit.provisional_prefix
        result = FirstResult.PROVISIONAL
        line = Bilingual(
            f"{prefix.fr} : une note déclarée ne permet pas d’acquérir l’UE",
            f"{prefix.en}: a declared mark cannot acquire the unit",
        )
    else:
        result = FirstResult.ACQUIRED if weighted.mark >= unit.pass_mark else FirstResult.NOT_ACQUIRED
        line = passing_line(unit, acquired=result is FirstResult.ACQUIRED)
    return FirstSession(mark=weighted.mark, result=result, explanation=(weighted.working, line))


def passing_line(unit: Unit, *, acquired: bool) -> Bilingual:
    """Say whether the unit is acquired, from which mark, and that the jury has the last word."""
    threshold = number(unit.pass_mark)
    if acquired:
        return Bilingual(
            f"{threshold.fr} ou plus : UE acquise ({UNDER_JURY.fr})",
            f"{threshold.en} or more: unit acquired ({UNDER_JURY.en})",
        )
    return Bilingual(
        f"moins de {threshold.fr} : UE non acquise ({UNDER_JURY.fr})",
        f"less than {threshold.en}: unit not acquired ({UNDER_JURY.en})",
    )


def _without_mark(unit: Unit, counted: Sequence[ComponentMark]) -> FirstSession | None:
    """Return the session where it has no mark (DEF, ABJ, something missing), `None` where it has one."""
    titles = {mark.key: unit.get_component(mark.key).title for mark in counted}
    defaulting = [titles[m.key] for m in counted if m.status is MarkStatus.DEFAULTING]
    if defaulting:
        names = joined(defaulting, ", ")
        return _no_mark(
            FirstResult.DEFAULTING,
            Bilingual(
                f"{names.fr} : absence injustifiée → défaillant (DEF)",
                f"{names.en}: unjustified absence → defaulting (DEF)",
            ),
        )
    justified = [titles[m.key] for m in counted if m.status is MarkStatus.ABSENT_JUSTIFIED]
    if justified or not counted:
        names = joined(justified or [Bilingual("toutes les épreuves", "every component")], ", ")
        return _no_mark(
            FirstResult.JUSTIFIED_ABSENCE,
            Bilingual(
                f"{names.fr} : absence justifiée → pas de note de première session",
                f"{names.en}: justified absence → no first-session mark",
            ),
        )
    missing = [titles[m.key] for m in counted if m.mark is None]
    if missing:
        names = joined(missing, ", ")
        return _no_mark(
            FirstResult.PENDING,
            Bilingual(f"pas encore de note pour : {names.fr}", f"no mark yet for: {names.en}"),
        )
    return None


def _no_mark(result: FirstResult, line: Bilingual) -> FirstSession:
    return FirstSession(mark=None, result=result, explanation=(line,))
