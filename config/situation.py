"""A situation written in JSON ("what if"), read into the values that `grading.outcome.assess` takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import Field

from config.problems import ProblemsFound
from config.tolerant import Number, Shape, find_zone, instant, read
from grading.certification import CertificationResult, CertificationStatus
from grading.competences import COMPETENCES, HIGHEST_LEVEL, PIX_PER_LEVEL
from grading.outcome import Absence, Situation
from grading.profile import Evidence, Profile, Sending
from grading.rules import Unit
from grading.soundness import Problem

_LOOSE = Field(strict=False)
_HIGHEST_TOTAL = len(COMPETENCES) * HIGHEST_LEVEL * PIX_PER_LEVEL
T = TypeVar("T")


class SituationProblems(ProblemsFound):
    """A situation that cannot be read; every problem has its place, as `sendings.0.levels.1.1`."""


class _SendingShape(Shape):
    component: str | None = None
    at: str | None = None
    evidence: Annotated[Evidence | None, _LOOSE] = None
    levels: dict[str, int] | None = None
    pix: dict[str, int] | None = None
    total: int | None = None
    mastery: Number | None = None
    id: str | None = None


class _CertificationShape(Shape):
    type: str | None = None
    status: Annotated[CertificationStatus | None, _LOOSE] = None
    score: int | None = None
    date: str | None = None
    session: str | None = None
    centre: str | None = None


class _SituationShape(Shape):
    required: ClassVar[tuple[str, ...]] = ()
    sendings: list[_SendingShape] | None = None
    certifications: list[_CertificationShape] | None = None
    absences: dict[str, Annotated[Absence, _LOOSE]] | None = None
    closed: list[str] | None = None
    acquired_by_compensation: bool | None = None
    deadlines: dict[str, str] | None = None
    settled: bool | None = None


def read_situation(text: str, unit: Unit) -> Situation:
    """Read a situation of one person in a unit.

    Every key is optional. A sending without `component` stands for each, without `at` is in time, without
    `evidence` is verified. A certification without `type` is of the unit's type, without `status` is validated;
    without `date` it is inside the unit's window. Times without a zone are local times of the unit.
    Levels above 8 (the last that has a name), and pix, totals and scores beyond it, are refused; what can be reached
    on a given day is not asked: this is a "what if". Raises `SituationProblems` with every problem.
    """
    reading = read(_SituationShape, _object(text))
    reader = _Reader(unit)
    situation = reader.situation(reading.shape)
    found = [*reading.problems, *reading.sure(reader.problems)]
    if found or situation is None:
        raise SituationProblems(found)
    return situation


def _object(text: str) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise SituationProblems([Problem(place=key, message="is written twice") for key in twice])
        return dict(pairs)

    try:
        value = json.loads(text, object_pairs_hook=once, parse_float=Decimal)
    except json.JSONDecodeError as refused:
        place = f"line {refused.lineno}, column {refused.colno}"
        raise SituationProblems([Problem(place=place, message=f"not JSON: {refused.msg}")]) from None
    except (ValueError, RecursionError):  # a number of thousands of digits, thousands of nested brackets
        raise SituationProblems(
            [
                Problem(
                    place="text",
                    message="not JSON we can read: a number is too long, or it is nested too deep",
                )
            ]
        ) from None
    if not isinstance(value, dict):
        raise SituationProblems([Problem(place="text", message="must be a JSON object, in { }")])
    return value


class _Reader:
    """One reading: it gathers problems on the way, so that all are told."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.problems: list[Problem] = []
        zone = find_zone(unit.timezone)
        if zone is None:
            raise ValueError(f"{unit.timezone!r} is not a time zone")
        self.zone = zone

    def situation(self, shape: _SituationShape) -> Situation | None:
        """Return the situation, `None` when a problem was found on the way."""
        sendings = tuple(self._sending(f"sendings.{i}", s) for i, s in enumerate(shape.sendings or ()))
        certifications = tuple(
            self._certification(f"certifications.{i}", c) for i, c in enumerate(shape.certifications or ())
        )
        absences = shape.absences or {}
        for key in absences:
            self._component(f"absences.{key}", key)
        for index, key in enumerate(shape.closed or ()):
            self._component(f"closed.{index}", key)
        deadlines = {}
        for key, written in (shape.deadlines or {}).items():
            self._component(f"deadlines.{key}", key)
            deadlines[key] = self._instant(f"deadlines.{key}", written, choose=max)
        if self.problems:
            return None
        return Situation(
            sendings=tuple(_known(sendings)),
            certifications=tuple(_known(certifications)),
            absences=absences,
            closed=frozenset(shape.closed or ()),
            acquired_by_compensation=bool(shape.acquired_by_compensation),
            deadlines={key: at for key, at in deadlines.items() if at is not None},
            settled=shape.settled,
        )

    def _sending(self, place: str, shape: _SendingShape) -> Sending | None:
        before = len(self.problems)
        if shape.component is not None:
            self._component(f"{place}.component", shape.component)
        at = None if shape.at is None else self._instant(f"{place}.at", shape.at)
        for name, values, most in (
            ("levels", shape.levels, HIGHEST_LEVEL),
            ("pix", shape.pix, HIGHEST_LEVEL * PIX_PER_LEVEL),
        ):
            for code, value in (values or {}).items():
                if code not in COMPETENCES:
                    self._add(f"{place}.{name}.{code}", f"{code!r} is not a competence of Pix (1.1 to 5.2)")
                self._number(f"{place}.{name}.{code}", value, most)
        if shape.total is not None:
            self._number(f"{place}.total", shape.total, _HIGHEST_TOTAL)
        if shape.mastery is not None and not 0 <= shape.mastery <= 1:
            self._add(f"{place}.mastery", f"{shape.mastery} is not a share from 0 to 1, as 0.67")
        if len(self.problems) > before:
            return None
        return Sending(
            profile=Profile(
                levels=shape.levels or {}, pix=shape.pix or {}, total=shape.total, mastery=shape.mastery
            ),
            at=at,
            evidence=shape.evidence or Evidence.VERIFIED,
            component=shape.component,
            id=shape.id,
        )

    def _certification(self, place: str, shape: _CertificationShape) -> CertificationResult | None:
        before = len(self.problems)
        status = shape.status or CertificationStatus.VALIDATED
        inside = next((window.opens_on for window in self.unit.catch_up.windows), None)
        on = inside if shape.date is None else self._day(f"{place}.date", shape.date)
        if shape.score is not None:
            self._number(f"{place}.score", shape.score, _HIGHEST_TOTAL)
        elif status is CertificationStatus.VALIDATED:
            self._add(f"{place}.score", "is missing: a validated certification has its score")
        if len(self.problems) > before:
            return None
        return CertificationResult(
            type=self.unit.catch_up.type if shape.type is None else shape.type,
            status=status,
            score=shape.score,
            date=on,
            session=shape.session,
            centre=shape.centre,
        )

    def _add(self, place: str, message: str) -> None:
        self.problems.append(Problem(place=place, message=message))

    def _component(self, place: str, key: str) -> None:
        if self.unit.find_component(key) is None:
            known = ", ".join(component.key for component in self.unit.components)
            self._add(place, f"{key!r} is not a component of {self.unit.code} ({known})")

    def _number(self, place: str, value: int, most: int) -> None:
        if value < 0:
            self._add(place, f"{value} is negative")
        elif value > most:
            self._add(place, f"{value} is above what Pix can ever give, {most}")

    def _day(self, place: str, written: str) -> date | None:
        try:
            return date.fromisoformat(written)
        except ValueError:
            self._add(place, f"{written!r} is not a date, as 2026-12-14")
            return None

    def _instant(self, place: str, written: str, *, choose: Callable[..., datetime] = min) -> datetime | None:
        """Read an instant; a day alone is its first instant, a time without a zone is local."""
        try:
            if len(written) <= len("2026-10-15"):
                return instant(
                    datetime.combine(date.fromisoformat(written), time()), self.zone, choose=choose
                )
            return instant(datetime.fromisoformat(written), self.zone, choose=choose).astimezone(UTC)
        except (ValueError, OverflowError):
            self._add(place, f"{written!r} is not a date and time, as 2026-10-15T12:00:00Z")
            return None


def _known(values: Sequence[T | None]) -> Iterator[T]:
    return (value for value in values if value is not None)
