"""The units' rules, read from a folder of TOML files: all of them sound, or every problem of every file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field

from config.problems import ProblemsFound
from config.tolerant import Reading, Shape, find_zone, read
from config.unit_shape import UnitShape
from grading.ceiling import Ceiling
from grading.rules import Unit
from grading.soundness import Problem, problems

PIX_FILE = Path(__file__).with_name("pix.toml")
"""What Pix itself changes over time: the ceilings."""


class CatalogueProblems(ProblemsFound):
    """Files of rules that cannot be used; each place reads `file: components.0.closes_at`."""


class UnknownUnit(LookupError):
    """No file describes this unit (in this year). The message names those there are."""


@dataclass(frozen=True, kw_only=True)
class RulesFile:
    """One file of rules: the unit, the text it was read from, and the SHA-256 of that text in hexadecimal.

    `path` is the file's path inside the folder of units, or the name given to `read_rules`.
    """

    unit: Unit
    digest: str
    text: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Every unit of every academic year, and Pix's ceilings, oldest first."""

    files: tuple[RulesFile, ...]
    ceilings: tuple[Ceiling, ...]

    def __iter__(self) -> Iterator[RulesFile]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)

    def find(self, code: str, academic_year: str | None = None) -> RulesFile | None:
        """Return the file of a unit in an academic year (`None`: the newest one), or `None`."""
        of_unit = [
            file
            for file in self.files
            if file.unit.code == code and academic_year in (None, file.unit.academic_year)
        ]
        return max(of_unit, key=lambda file: file.unit.academic_year, default=None)

    def get(self, code: str, academic_year: str | None = None) -> RulesFile:
        """Return the file of a unit in an academic year (`None`: the newest one).

        Raises `UnknownUnit` when there is none.
        """
        found = self.find(code, academic_year)
        if found is None:
            known = ", ".join(f"{file.unit.code} ({file.unit.academic_year})" for file in self.files)
            raise UnknownUnit(
                f"no unit {code}{f' in {academic_year}' if academic_year else ''}; known: {known}"
            )
        return found


def read_catalogue(folder: Path, pix_file: Path = PIX_FILE) -> Catalogue:
    """Read every `*.toml` file under a folder, and Pix's ceilings.

    Raises `CatalogueProblems` with every problem of every file, the ceilings' included.
    """
    found: list[Problem] = []
    files: list[RulesFile] = []
    paths = sorted(folder.rglob("*.toml"))
    if not paths:
        found.append(Problem(place=str(folder), message="no unit file (*.toml) in this folder"))
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            files.append(read_rules(_text_of(path, name), name))
        except CatalogueProblems as refused:
            found += refused.problems
    found += _twice(files)
    ceilings: tuple[Ceiling, ...] = ()
    try:
        ceilings = read_ceilings(_text_of(pix_file, pix_file.name), pix_file.name)
    except CatalogueProblems as refused:
        found += refused.problems
    if found:
        raise CatalogueProblems(found)
    return Catalogue(files=tuple(files), ceilings=ceilings)


def read_rules(text: str, name: str) -> RulesFile:
    """Read one text of rules, from a file or as it was stored when a mark was computed.

    `name` is what its problems are reported under. Raises `CatalogueProblems`.
    """
    reading = read(UnitShape, _table(text, name))
    found = list(reading.problems)
    shape = reading.shape
    zone = find_zone(shape.timezone)
    if zone is None:
        found.append(
            Problem(place="timezone", message=f"{shape.timezone!r} is not a time zone, as Europe/Paris")
        )
    unit = shape.value(zone or ZoneInfo("Europe/Paris"))
    found += reading.sure(_told_as_written(shape, [*_form(shape), *problems(unit)]))
    if found:
        raise CatalogueProblems(_in_file(name, found))
    return RulesFile(unit=unit, digest=sha256(text.encode()).hexdigest(), text=text, path=name)


class _CeilingShape(Shape):
    required: ClassVar[tuple[str, ...]] = ("since", "level", "profile_pix", "certification_score", "source")
    since: date = date.min
    level: int = 1
    profile_pix: int = 1
    certification_score: int = 1
    source: str = ""


class _PixShape(Shape):
    required: ClassVar[tuple[str, ...]] = ("ceilings",)
    ceilings: list[_CeilingShape] = Field(default_factory=list)


def read_ceilings(text: str, name: str) -> tuple[Ceiling, ...]:
    """Read Pix's dated ceilings, oldest first. Raises `CatalogueProblems`."""
    reading: Reading[_PixShape] = read(_PixShape, _table(text, name))
    found = list(reading.problems)
    meaning: list[Problem] = []
    rows = reading.shape.ceilings
    if not rows:
        meaning.append(Problem(place="ceilings", message="no ceiling: add [[ceilings]]"))
    for index, row in enumerate(rows):
        for field in ("level", "profile_pix", "certification_score"):
            if getattr(row, field) < 1:
                meaning.append(Problem(place=f"ceilings.{index}.{field}", message="must be 1 or more"))
        if index and row.since <= rows[index - 1].since:
            meaning.append(
                Problem(
                    place=f"ceilings.{index}.since",
                    message=f"{row.since} is not after the ceiling before it, {rows[index - 1].since}",
                    involves=(f"ceilings.{index - 1}.since",),
                )
            )
    found += reading.sure(meaning)
    if found:
        raise CatalogueProblems(_in_file(name, found))
    return tuple(
        Ceiling(
            since=row.since,
            level=row.level,
            profile_pix=row.profile_pix,
            certification_score=row.certification_score,
        )
        for row in rows
    )


def _text_of(path: Path, name: str) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as refused:
        problem = Problem(
            place=f"{name}: byte {refused.start}", message="is not UTF-8: save the file as UTF-8"
        )
    except OSError as refused:
        problem = Problem(place=name, message=f"cannot be read: {refused.strerror}")
    raise CatalogueProblems([problem])


def _table(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as refused:
        where = re.search(r"\(at (line \d+, column \d+|end of document)\)", str(refused))
        message = str(refused).split(" (at ", maxsplit=1)[0]
        place = where[1] if where else "text"
        raise CatalogueProblems([Problem(place=f"{name}: {place}", message=f"not TOML: {message}")]) from None


def _form(shape: UnitShape) -> Iterator[Problem]:
    """What can be written in two ways, or must say something: outside of what a `Unit` can hold."""
    certification = shape.certification
    if certification.single:
        for side in ("opens_on", "closes_on"):
            if getattr(certification, side) is None:
                yield Problem(place=f"certification.{side}", message="is missing")
        if certification.windows:
            yield Problem(
                place="certification.windows",
                message="give either opens_on and closes_on, or windows, not both",
            )
    for index, condition in enumerate(shape.eligible_if_any):
        if len(condition.value()) != 1:
            yield Problem(
                place=f"eligible_if_any.{index}",
                message="must have exactly one of level_at_least_everywhere, pix_above",
                involves=tuple(
                    f"eligible_if_any.{index}.{key}" for key in ("level_at_least_everywhere", "pix_above")
                ),
            )
    for place, text in (("source", shape.source), ("title.fr", shape.title.fr)):
        if not text.strip():
            yield Problem(place=place, message="is empty")


def _told_as_written(shape: UnitShape, found: list[Problem]) -> Iterator[Problem]:
    """Name the places of a single window as the file writes them."""
    for problem in found:
        places = (problem.place, *problem.involves)
        if shape.certification.single:
            if problem.message.startswith("no window"):
                continue
            places = tuple(p.replace("certification.windows.0.", "certification.") for p in places)
        yield Problem(place=places[0], message=problem.message, involves=places[1:])


def _in_file(name: str, found: list[Problem]) -> list[Problem]:
    return [Problem(place=f"{name}: {problem.place}", message=problem.message) for problem in found]


def _twice(files: list[RulesFile]) -> Iterator[Problem]:
    first: dict[tuple[str, str], str] = {}
    for file in files:
        key = (file.unit.code, file.unit.academic_year)
        if key in first:
            yield Problem(
                place=f"{file.path}: code",
                message=f"{key[0]} of {key[1]} is already described by {first[key]}",
            )
        first.setdefault(key, file.path)
