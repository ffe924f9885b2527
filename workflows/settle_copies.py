"""A course seems to be a copy: a teacher says once which year its activities serve; it holds for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from grading.text import Bilingual
from storage.activities import Activity, Course, activities_of, get_course, lock_activity, update_activity
from storage.audit import note
from storage.database import Connection
from storage.gradebook import lock_course
from storage.people import lock_people, members_of
from storage.scope import UnitYear
from storage.served_years import add_served_year, has_results, served_years
from workflows.current_years import files_of, has_ended, likeliest
from workflows.enter import serve_component
from workflows.refusal import RefusalCode, Refused
from workflows.stands_for import key_of
from workflows.visit import Role, Visit, find_place, require
from workflows.world import RulesFile, World


@dataclass(frozen=True, kw_only=True)
class YearChoice:
    """A year that the copied activities may serve; `ended`: all its dates are over."""

    academic_year: str
    ended: bool


@dataclass(frozen=True, kw_only=True)
class CopiedUnit:
    """Activities of a course whose parameters name one unit and one year (None: no year).

    `value` names them in a form. `serves` is the year settled for them, None until then; `chosen` is what the form
    begins with. `fixed`: marks exist, nothing can be changed any more.
    """

    value: str
    unit_code: str
    title: Bilingual
    told_year: str | None
    source_title: str | None
    activities: tuple[str, ...]
    choices: tuple[YearChoice, ...]
    chosen: str | None
    serves: str | None
    fixed: bool


@dataclass(frozen=True, kw_only=True)
class CopiesPage:
    """The copied units of a course; `waiting` tells whether one of them has no year yet."""

    course_title: str | None
    units: tuple[CopiedUnit, ...]

    @property
    def waiting(self) -> bool:
        """Whether a teacher must still say something."""
        return any(each.serves is None for each in self.units)


def waits_for_its_year(world: World, visit: Visit) -> bool:
    """Whether the activity of a visit is a copy that nobody has settled yet."""
    return find_place(world, visit).activity.is_copy_to_settle


def copies_page(world: World, visit: Visit) -> CopiesPage:
    """What was copied into the course of this visit, and which year it serves; nothing where nothing was.

    Raises:
        Refused: not a teacher.
    """
    require(visit, Role.TEACHER)
    activity = find_place(world, visit).activity
    with world.database.read() as connection:
        course = get_course(connection, activity.course_id)
        units = _copied_units(connection, world, course.id)
    return CopiesPage(course_title=course.title or course.label, units=tuple(units))


def settle_copies(world: World, visit: Visit, chosen: Mapping[str, str]) -> int:
    """Let the copied activities serve the years chosen, by `CopiedUnit.value`; return how many activities changed.

    Raises:
        Refused: not a teacher; no such choice; or marks exist in the year served until now.
    """
    require(visit, Role.TEACHER)
    activity = find_place(world, visit).activity
    now = world.now()
    with world.database.write() as connection:
        lock_people(connection, (each.person.id for each in members_of(connection, activity.course_id)))
        lock_course(connection, activity.course_id, alone=True)
        units = _copied_units(connection, world, activity.course_id)
        wanted = [
            (each, chosen[each.value]) for each in units if chosen.get(each.value) not in (None, each.serves)
        ]
        for unit, year in wanted:
            _check(unit, year)
        changed = sum(
            _serve(connection, world, activity.course_id, unit, year, visit, now) for unit, year in wanted
        )
    if changed:
        world.wake()
    return changed


def _check(unit: CopiedUnit, year: str) -> None:
    if year not in {each.academic_year for each in unit.choices}:
        raise Refused(
            RefusalCode.BAD_CHOICE,
            Bilingual("Choisissez une année dans la liste.", "Choose a year from the list."),
        )
    if unit.fixed:
        raise Refused(
            RefusalCode.BAD_CHOICE,
            Bilingual(
                f"Des envois ou des notes existent déjà pour {unit.unit_code} {unit.serves} dans ce cours : l’année ne "
                "peut plus changer. Ajoutez au cours les épreuves de l’autre année.",
                f"Hand-ins or marks exist already for {unit.unit_code} {unit.serves} in this course: the year cannot "
                "change any more. Add the other year's components to the course.",
            ),
        )


def _serve(
    connection: Connection,
    world: World,
    course_id: int,
    unit: CopiedUnit,
    year: str,
    visit: Visit,
    now: datetime,
) -> int:
    scope = UnitYear(course_id=course_id, unit_code=unit.unit_code, academic_year=year)
    add_served_year(connection, scope, unit.told_year, by_person=visit.person_id, now=now)
    changed = 0
    for each in _of_unit(activities_of(connection, course_id), unit.unit_code, unit.told_year):
        before = lock_activity(connection, each.id)
        if before.told is None:
            continue
        after = replace(
            before,
            unit_code=unit.unit_code,
            academic_year=year,
            component=key_of(world, unit.unit_code, year, before.told.component),
        )
        update_activity(connection, before, after, chosen_by=visit.person_id)
        serve_component(connection, world, after, now)
        changed += 1
    details = {
        "unit": unit.unit_code,
        "told_year": unit.told_year,
        "academic_year": year,
        "before": unit.serves,
        "activities": changed,
    }
    note(connection, "copy_settled", now, by_person=visit.person_id, course_id=course_id, details=details)
    return changed


def _copied_units(connection: Connection, world: World, course_id: int) -> list[CopiedUnit]:
    """Those that wait for a word, then those that had theirs."""
    there = activities_of(connection, course_id)
    settled = served_years(connection, course_id)
    waiting = {
        (each.told.unit_code, each.told.year) for each in there if each.told and each.is_copy_to_settle
    }
    order = [*sorted(waiting, key=str), *(each for each in settled if each not in waiting)]
    return [
        _copied_unit(connection, world, course_id, there, code, year, settled.get((code, year)))
        for code, year in order
    ]


def _copied_unit(
    connection: Connection,
    world: World,
    course_id: int,
    there: Sequence[Activity],
    code: str,
    told_year: str | None,
    serves: str | None,
) -> CopiedUnit:
    now = world.now()
    mine = _of_unit(there, code, told_year)
    source = next((each.told.source for each in mine if each.told and each.told.source), None)
    files = [each for each in files_of(world, code) if _has_all(each, mine)]
    best = likeliest(files, now)
    title = next((each.unit.title for each in files_of(world, code)), Bilingual(code, code))
    used = serves is not None and has_results(
        connection, UnitYear(course_id=course_id, unit_code=code, academic_year=serves)
    )
    return CopiedUnit(
        value=f"{code}|{told_year or ''}",
        unit_code=code,
        title=title,
        told_year=told_year,
        source_title=_title(get_course(connection, source)) if source else None,
        activities=tuple(each.title or "?" for each in mine),
        choices=tuple(
            YearChoice(academic_year=each.unit.academic_year, ended=has_ended(each.unit, now))
            for each in files
        ),
        chosen=serves or (best.unit.academic_year if best else None),
        serves=serves,
        fixed=used,
    )


def _of_unit(there: Sequence[Activity], code: str, told_year: str | None) -> list[Activity]:
    return [
        each for each in there if each.told and (each.told.unit_code, each.told.year) == (code, told_year)
    ]


def _has_all(file: RulesFile, activities: Sequence[Activity]) -> bool:
    """Whether a file has every component that these activities were told."""
    keys = {*(each.key for each in file.unit.components), file.unit.catch_up.key}
    return all(each.told is not None and each.told.component in keys for each in activities)


def _title(course: Course) -> str:
    return course.title or course.label or course.context_id
