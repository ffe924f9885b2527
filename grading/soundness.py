"""Whether a unit makes sense: every problem of its rules at once, each with its place.

What is checked is meaning; types and unknown keys are the business of whoever reads the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from grading.competences import COMPETENCES
from grading.rules import (
    CATCH_UP_KEY,
    WHOLE_UNIT,
    Basis,
    CatchUp,
    Component,
    EligibilityRule,
    LevelAtLeastEverywhere,
    Unit,
)
from grading.scale import FULL_MARK, MARK_PLACES, Scale, Shape

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_CODE = re.compile(r"[A-Z0-9]+")
_YEAR = re.compile(r"(\d{4})-(\d{4})")
_TOP_LEVEL = 8


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something to mend. `place` is where, as in `components.0.closes_at`; `message` what, and how to mend it.

    `involves` are other places the problem rests on.
    """

    place: str
    message: str
    involves: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.place} → {self.message}"


def problems(unit: Unit) -> list[Problem]:
    """Return every problem of a unit's rules; an empty list when they are sound."""
    return [
        *_heading(unit),
        *_eligibility(unit, unit.eligibility),
        *_catch_up(unit, unit.catch_up),
        *_components(unit.components),
        *_requirements(unit),
    ]


def _heading(unit: Unit) -> Iterator[Problem]:
    if not _CODE.fullmatch(unit.code):
        yield Problem(place="code", message=f"{unit.code!r} is not made of capital letters and digits only")
    year = _YEAR.fullmatch(unit.academic_year)
    if year is None or int(year[2]) != int(year[1]) + 1:
        yield Problem(
            place="academic_year", message=f"{unit.academic_year!r} is not two following years, as 2026-2027"
        )
    if not 0 < unit.pass_mark <= FULL_MARK:
        yield Problem(place="pass_mark", message=f"{unit.pass_mark} is not above 0 and at most 20")
    if not 0 < unit.rounding_step <= 1 or unit.rounding_step % MARK_PLACES:
        yield Problem(
            place="rounding_step",
            message=f"{unit.rounding_step} is not a multiple of 0.01 between 0.01 and 1",
        )
    if bool(unit.confirmed_by) != (unit.confirmed_on is not None):
        yield Problem(
            place="confirmed_on",
            message="confirmed_by and confirmed_on go together: give both, or neither",
            involves=("confirmed_by",),
        )


def _eligibility(unit: Unit, rule: EligibilityRule) -> Iterator[Problem]:
    if unit.find_component(rule.component) is None:
        yield Problem(
            place="eligibility_component",
            message=f"{rule.component!r} is not the key of a component of this unit",
            involves=_key_places(unit.components),
        )
    if not rule.any_of:
        yield Problem(
            place="eligible_if_any", message="nobody could be eligible: name at least one condition"
        )
    for name, times in Counter(condition.name for condition in rule.any_of).items():
        if times > 1:
            yield Problem(place="eligible_if_any", message=f"{name} is given {times} times")
    for index, condition in enumerate(rule.any_of):
        place = f"eligible_if_any.{index}.{condition.name}"
        if isinstance(condition, LevelAtLeastEverywhere):
            if not 1 <= condition.level <= _TOP_LEVEL:
                yield Problem(place=place, message=f"{condition.level} is not a level from 1 to {_TOP_LEVEL}")
        elif condition.pix < 0:
            yield Problem(place=place, message=f"{condition.pix} is negative")


def _catch_up(unit: Unit, catch_up: CatchUp) -> Iterator[Problem]:
    if not catch_up.windows:
        yield Problem(
            place="certification",
            message="no window: give opens_on and closes_on, or windows = [{…}, …]",
            involves=("certification.windows", "certification.opens_on", "certification.closes_on"),
        )
    for index, window in enumerate(catch_up.windows):
        if window.closes_on < window.opens_on:
            yield Problem(
                place=f"certification.windows.{index}.closes_on",
                message=f"{window.closes_on} is before opens_on, {window.opens_on}",
                involves=(f"certification.windows.{index}.opens_on",),
            )
    for index, (one, following) in enumerate(pairwise(catch_up.windows)):
        if following.opens_on <= one.closes_on:
            yield Problem(
                place=f"certification.windows.{index + 1}.opens_on",
                message=f"{following.opens_on} is not after the end of the window before it, {one.closes_on}",
                involves=(f"certification.windows.{index}.closes_on",),
            )
    if not catch_up.type.strip():
        yield Problem(place="certification.type", message='is empty: the core certification is "Pix"')
    if catch_up.replaces != WHOLE_UNIT and unit.find_component(catch_up.replaces) is None:
        yield Problem(
            place="certification.replaces",
            message=f'{catch_up.replaces!r} is neither "unit" nor the key of a component of this unit',
            involves=_key_places(unit.components),
        )
    if catch_up.basis is not Basis.CERTIFICATION_SCORE:
        yield Problem(
            place="certification.basis",
            message=f'{catch_up.basis.value!r} cannot be read in a certification: use "certification_score"',
        )
    if not 0 <= catch_up.rejected_mark <= FULL_MARK:
        yield Problem(
            place="certification.rejected_mark", message=f"{catch_up.rejected_mark} is not from 0 to 20"
        )
    yield from _cap("certification.cap", catch_up.cap)
    yield from _scale("certification.scale", catch_up.scale)


def _key_places(components: Sequence[Component]) -> tuple[str, ...]:
    return ("components", *(f"components.{index}.key" for index in range(len(components))))


def _components(components: Sequence[Component]) -> Iterator[Problem]:
    if not components:
        yield Problem(place="components", message="the unit has no component: add [[components]]")
        return
    keys = Counter(component.key for component in components)
    for index, component in enumerate(components):
        place = f"components.{index}"
        if keys[component.key] > 1:
            others = tuple(f"components.{i}.key" for i, c in enumerate(components) if c.key == component.key)
            yield Problem(
                place=f"{place}.key",
                message=f"{component.key!r} is the key of several components",
                involves=others,
            )
        yield from _component(place, component)
    total = sum((component.weight for component in components), Decimal(0))
    if total != 1:
        yield Problem(
            place="components",
            message=f"the weights add up to {total}, not to 1",
            involves=tuple(f"components.{index}.weight" for index in range(len(components))),
        )


def _component(place: str, component: Component) -> Iterator[Problem]:
    if not _KEY.fullmatch(component.key) or component.key in (CATCH_UP_KEY, WHOLE_UNIT):
        yield Problem(
            place=f"{place}.key",
            message=f"{component.key!r} cannot be a key: small letters and digits, beginning with a letter; "
            f'"{CATCH_UP_KEY}" and "{WHOLE_UNIT}" are taken',
        )
    if not component.competences:
        yield Problem(place=f"{place}.competences", message="no competence is named")
    for index, code in enumerate(component.competences):
        if code not in COMPETENCES:
            yield Problem(
                place=f"{place}.competences.{index}",
                message=f"{code!r} is not a competence of Pix (1.1 to 5.2)",
            )
    for code, times in Counter(component.competences).items():
        if times > 1:
            yield Problem(place=f"{place}.competences", message=f"{code} is named {times} times")
    if component.basis is Basis.CERTIFICATION_SCORE:
        yield Problem(
            place=f"{place}.basis",
            message='"certification_score" is for the certification, not for a component',
        )
    if component.opens_at is not None and component.closes_at <= component.opens_at:
        yield Problem(
            place=f"{place}.closes_at",
            message=f"({component.key}) closes before it opens",
            involves=(f"{place}.opens_at",),
        )
    if not 0 < component.weight <= 1:
        yield Problem(place=f"{place}.weight", message=f"{component.weight} is not above 0 and at most 1")
    yield from _cap(f"{place}.cap", component.cap)
    yield from _scale(f"{place}.scale", component.scale)
    if component.basis is Basis.MASTERY:
        yield from _share(place, component)


def _share(place: str, component: Component) -> Iterator[Problem]:
    """What is measured as a share has no anchor above 1; a cap above 1 caps nothing, and does no harm."""
    for index, anchor in enumerate(component.scale.anchors):
        if anchor.at > 1:
            yield Problem(
                place=f"{place}.scale.anchors.{index}.at",
                message=f"{anchor.at} is above 1: a mastery is a share of the items, from 0 to 1 (0.67 for 67 %)",
                involves=(f"{place}.basis",),
            )


def _cap(place: str, cap: Decimal | None) -> Iterator[Problem]:
    if cap is not None and cap <= 0:
        yield Problem(place=place, message=f"{cap} is not above 0")


def _scale(place: str, scale: Scale) -> Iterator[Problem]:
    fewest = 2 if scale.shape is Shape.LINEAR else 1
    if len(scale.anchors) < fewest:
        yield Problem(
            place=f"{place}.anchors", message=f"a {scale.shape.value} scale needs at least {fewest} anchors"
        )
    for index, anchor in enumerate(scale.anchors):
        if not 0 <= anchor.mark <= FULL_MARK:
            yield Problem(place=f"{place}.anchors.{index}.mark", message=f"{anchor.mark} is not from 0 to 20")
        if anchor.at < 0:
            yield Problem(place=f"{place}.anchors.{index}.at", message=f"{anchor.at} is negative")
    for index, (low, high) in enumerate(pairwise(scale.anchors), start=1):
        if high.at <= low.at:
            yield Problem(
                place=f"{place}.anchors.{index}.at",
                message=f"{high.at} is not above the anchor before it, {low.at}",
                involves=(f"{place}.anchors.{index - 1}.at",),
            )
        if high.mark < low.mark:
            yield Problem(
                place=f"{place}.anchors.{index}.mark",
                message=f"the scale falls: {high.mark} after {low.mark}; a better result never lowers a mark",
                involves=(f"{place}.anchors.{index - 1}.mark",),
            )


def _requirements(unit: Unit) -> Iterator[Problem]:
    for index, requirement in enumerate(unit.requirements):
        if not requirement.programme.strip():
            yield Problem(place=f"requirements.{index}.programme", message="is empty: name the programme")
        if requirement.min_score is not None and requirement.min_score < 0:
            yield Problem(
                place=f"requirements.{index}.min_score", message=f"{requirement.min_score} is negative"
            )
