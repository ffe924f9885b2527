"""Validate a table against a pydantic shape without stopping at the first problem.

What is wrong is reported and taken out, what remains is read with the shape's defaults, so that the meaning
of the rest can still be checked. The places taken out are *holes*: nothing may be concluded from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from grading.soundness import Problem

Place = tuple[str | int, ...]

_TABLE_EXPECTED = {"model_type", "model_attributes_type", "dict_type"}

_MESSAGES = {
    "string_type": "must be text, in quotes",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "datetime_type": "must be a date and time without quotes, as 2026-10-30T23:59:59",
    "date_type": "must be a date without quotes, as 2027-01-11",
    "list_type": "must be a list, in [ ]",
    "dict_type": "must be a table of names and values",
    "model_type": "must be a table of names and values",
    "model_attributes_type": "must be a table of names and values",
    "finite_number": "must be a finite number",
}


class Shape(BaseModel):
    """A table as written: no key but the known ones, no type but the exact one.

    Every field has a default, so that a table with holes can still be read; `required` names those that
    the writer must give all the same.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    required: ClassVar[tuple[str, ...]] = ()


S = TypeVar("S", bound=Shape)


def _to_decimal(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PydanticCustomError("number", "must be a number, without quotes")
    return Decimal(value)


Number = Annotated[Decimal, BeforeValidator(_to_decimal)]
"""A finite number, whole or not, read to `Decimal` without passing by a binary float."""


@dataclass(frozen=True, kw_only=True)
class Reading(Generic[S]):
    """A table read: the shape with defaults in its holes, the problems met, and where the holes are."""

    shape: S
    problems: tuple[Problem, ...]
    holes: frozenset[str]

    def sure(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return the problems that rest on nothing that is a hole."""
        return [p for p in problems if not any(map(self.in_hole, (p.place, *p.involves)))]

    def in_hole(self, place: str) -> bool:
        """Return whether a place is a hole, or inside one."""
        return any(place == hole or place.startswith(f"{hole}.") for hole in self.holes)


def read(shape: type[S], table: dict[str, Any]) -> Reading[S]:
    """Read a table as a shape, gathering every wrong type, unknown key and missing key."""
    data = deepcopy(table)
    problems: dict[str, Problem] = {}
    while True:
        try:
            found = shape.model_validate(data)
        except ValidationError as refused:
            for error in refused.errors(include_url=False):
                place = dotted(error["loc"])
                problems.setdefault(place, Problem(place=place, message=_message(error, shape)))
                _take_out(data, error["loc"], table_expected=error["type"] in _TABLE_EXPECTED)
            continue
        break
    holes = set(problems)
    reading = Reading(shape=found, problems=(), holes=frozenset(holes))
    for place in _missing(found, ()):
        if not reading.in_hole(place):
            problems[place] = Problem(place=place, message="is missing")
            holes.add(place)
    return Reading(shape=found, problems=tuple(problems.values()), holes=frozenset(holes))


def dotted(place: Iterable[str | int]) -> str:
    """Write a place as `components.0.closes_at`; positions in a list are counted from 0."""
    return ".".join(str(step) for step in place)


def _message(error: ErrorDetails, shape: type[Shape]) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        *path, key = error["loc"]
        near = get_close_matches(str(key), _keys_at(shape, path), n=1)
        return f"unknown key{f', did you mean {near[0]!r}?' if near else ''}"
    if kind in ("enum", "literal_error"):
        return f"{error['input']!r} is not one of {error['ctx']['expected']}"
    return _MESSAGES.get(kind, error["msg"])


def _keys_at(shape: type[Shape], path: Iterable[str | int]) -> list[str]:
    """Return the keys that a table may have at that place."""
    for step in path:
        if isinstance(step, str):
            shape = next(_shapes_in(shape.model_fields[step].annotation))
    return list(shape.model_fields)


def _shapes_in(annotation: Any) -> Iterator[type[Shape]]:
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        yield annotation
    for argument in get_args(annotation):
        yield from _shapes_in(argument)


def _take_out(data: Any, place: Place, *, table_expected: bool) -> None:
    """Take a wrong value out: its key, or where it stands in a list the list's key.

    A list's item that should have been a table becomes an empty one, so that the others keep their places.
    """
    steps: list[tuple[Any, str | int]] = []
    inside = data
    for step in place:
        steps.append((inside, step))
        try:
            inside = inside[step]
        except (KeyError, IndexError, TypeError):
            break
    container, last = steps[-1]
    if table_expected and isinstance(container, list) and isinstance(last, int):
        container[last] = {}
        return
    for container, step in reversed(steps):
        if isinstance(container, dict):
            container.pop(step, None)
            return


def _missing(shape: Shape, place: Place) -> Iterator[str]:
    for name in shape.required:
        if name not in shape.model_fields_set:
            yield dotted((*place, name))
    for name in type(shape).model_fields:
        value = getattr(shape, name)
        if name not in shape.model_fields_set:
            continue
        if isinstance(value, Shape):
            yield from _missing(value, (*place, name))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, Shape):
                    yield from _missing(item, (*place, name, index))


def find_zone(name: str) -> ZoneInfo | None:
    """Return a time zone by its name ("Europe/Paris"), `None` when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def instant(written: datetime, zone: ZoneInfo, *, choose: Callable[..., datetime] = min) -> datetime:
    """Return a date and time in UTC; without a zone of its own, it is local time of `zone`.

    A local time that the change to winter time repeats is two instants: `choose` (`min` or `max`) picks one.
    """
    if written.tzinfo is not None:
        return written.astimezone(UTC)
    return choose(written.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
