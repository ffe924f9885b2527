"""Everything the rules say of one person in one unit: snapshot in, outcome out, explained."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from grading.absence import Absence
from grading.catch_up import CertificationVerdict, SecondReason, catch_up_result
from grading.certification import CertificationResult
from grading.component_mark import component_mark
from grading.eligibility import Eligibility, eligibility
from grading.first_session import FirstResult, FirstSession, first_session
from grading.mark import ComponentMark
from grading.profile import Sending
from grading.rules import Component, Unit
from grading.second_session import SecondResult, SecondSession, second_session

__all__ = [
    "Absence",
    "FirstResult",
    "FirstSession",
    "Outcome",
    "SecondReason",
    "SecondResult",
    "SecondSession",
    "Situation",
    "assess",
    "assess_parts",
]


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What is known of one person in one unit.

    `absences` are entries made by a person and `closed` the components the teacher closed, by key.
    `deadlines` are the person's own ones (more time, rule 15), aware. `settled` is the acquisition recorded
    when the session was closed, final (rule 14); `None` while it is open.
    """

    sendings: tuple[Sending, ...] = ()
    certifications: tuple[CertificationResult, ...] = ()
    absences: Mapping[str, Absence] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    acquired_by_compensation: bool = False
    deadlines: Mapping[str, datetime] = field(default_factory=dict)
    settled: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The marks of the components in the file's order, then the catch-up's; eligibility; both sessions.

    `acquired`: in the first session, by compensation, as settled, or in the second session. Declared marks
    never acquire. Every part carries its `explanation`; `certifications` says of each certification whether it is the
    one the catch-up's mark comes from, and why not.
    """

    components: tuple[ComponentMark, ...]
    eligibility: Eligibility
    first_session: FirstSession
    second_session: SecondSession
    acquired: bool
    certifications: tuple[CertificationVerdict, ...] = ()

    def get_component(self, key: str) -> ComponentMark:
        """Return the mark of a component, or of the catch-up; raises `KeyError` when there is none."""
        for mark in self.components:
            if mark.key == key:
                return mark
        raise KeyError(key)


def assess(unit: Unit, situation: Situation) -> Outcome:
    """Apply the unit's rules to one person's situation. Pure: the same two values give the same outcome.

    Keys of components the unit does not have are ignored: the door that reads a situation reports them.
    """
    marks = tuple(_mark(unit, component, situation) for component in unit.components)
    eligible = _eligibility(unit, situation)
    first = first_session(unit, marks, settled=situation.settled)
    catch_up = catch_up_result(unit, situation.certifications, eligible=eligible.met)
    acquired = first.result is FirstResult.ACQUIRED or situation.acquired_by_compensation
    second = second_session(unit, marks, first, catch_up, acquired=acquired)
    return Outcome(
        components=(*marks, catch_up.mark),
        eligibility=eligible,
        first_session=first,
        second_session=second,
        acquired=acquired or second.result is SecondResult.ACQUIRED,
        certifications=catch_up.verdicts,
    )


def assess_parts(
    unit: Unit, situation: Situation, keys: Collection[str]
) -> tuple[dict[str, ComponentMark], Eligibility]:
    """Apply only the rules of some components (or of the catch-up), and those of eligibility.

    Each part is as `assess` has it: for who compares two situations of thousands of people in these parts alone.
    """
    eligible = _eligibility(unit, situation)
    marks = {each.key: _mark(unit, each, situation) for each in unit.components if each.key in keys}
    if unit.catch_up.key in keys:
        found = catch_up_result(unit, situation.certifications, eligible=eligible.met)
        marks[unit.catch_up.key] = found.mark
    return marks, eligible


def _mark(unit: Unit, component: Component, situation: Situation) -> ComponentMark:
    return component_mark(
        unit,
        component,
        situation.sendings,
        absence=situation.absences.get(component.key),
        closed=component.key in situation.closed,
        deadline=situation.deadlines.get(component.key),
    )


def _eligibility(unit: Unit, situation: Situation) -> Eligibility:
    return eligibility(unit, situation.sendings, situation.deadlines.get(unit.eligibility.component))
