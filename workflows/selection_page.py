"""The page on which a teacher chooses what to add to a course."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from grading.rules import Unit
from grading.text import Bilingual
from storage.activities import Activity, Course, activities_of, get_course
from storage.deep_linking import chosen_for
from storage.submissions import components_sent_to
from workflows.choose_activities import Selection, SelectionRefused
from workflows.course_rules import rules_in_course
from workflows.current_years import has_ended, likeliest
from workflows.deep_linking_question import find_chosen, open_question, scope_of, value_of
from workflows.offered_components import OfferedComponent, offered_components
from workflows.visit import Visit
from workflows.world import RulesFile, World


@dataclass(frozen=True, kw_only=True)
class UnitChoice:
    """One unit of one academic year; `value` is the choice in a form, `ended` that all its dates are over."""

    value: str
    unit: Unit
    ended: bool


@dataclass(frozen=True, kw_only=True)
class SelectionPage:
    """What the selection shows. `multiple`: the platform takes several at once. `problem`: why nothing was added."""

    course_title: str | None
    multiple: bool
    choices: tuple[UnitChoice, ...]
    current: str
    unit: Unit
    place: str
    components: tuple[OfferedComponent, ...]
    problem: Bilingual | None

    @property
    def something_present(self) -> bool:
        """Whether some component is in the course already."""
        return any(each.present_as or each.chosen_before for each in self.components)


def selection_page(
    world: World,
    visit: Visit,
    unit: str | None = None,
    *,
    tried: Selection | None = None,
    refused: SelectionRefused | None = None,
) -> SelectionPage:
    """What may be added to the course: the named unit's components, or those of the likeliest unit.

    `tried` and `refused` are a selection that could not be, and why.

    Raises:
        Refused: the selection has expired.
    """
    now = world.now()
    with world.database.read() as connection:
        request = open_question(connection, world, visit)
        course = get_course(connection, request.course_id) if request.course_id else None
        there = activities_of(connection, course.id) if course else []
        chosen = find_chosen(world, unit) or _likely(world, course, there, now)
        rules, sent = chosen, frozenset[str]()
        before = chosen_for(connection, course.id) if course else frozenset()
        if course is not None:
            scope = scope_of(course.id, chosen)
            rules, sent = rules_in_course(connection, chosen, scope), components_sent_to(connection, scope)
    multiple = bool(request.settings["accept_multiple"])
    return SelectionPage(
        course_title=(course.title or course.label) if course else None,
        multiple=multiple,
        choices=tuple(
            UnitChoice(value=value_of(each.unit), unit=each.unit, ended=has_ended(each.unit, now))
            for each in sorted(world.rules, key=lambda each: (each.unit.code, each.unit.academic_year))
        ),
        current=value_of(rules.unit),
        unit=rules.unit,
        place=rules.unit.timezone.rpartition("/")[2].replace("_", " "),
        components=offered_components(
            rules.unit,
            there,
            {key for *unit_year, key in before if unit_year == [rules.unit.code, rules.unit.academic_year]},
            sent,
            may_date=course is not None,
            multiple=multiple,
            tried=tried,
            refused=refused,
        ),
        problem=refused.problem if refused else None,
    )


def _likely(world: World, course: Course | None, there: Sequence[Activity], now: datetime) -> RulesFile:
    """The unit to show first: one that the course has already, else one that its name bears, else the first."""
    for activity in reversed(there):
        known = world.rules.find(activity.unit_code, activity.academic_year) if activity.unit_code else None
        if known is not None:
            return known
    names = f"{course.label or ''} {course.title or ''}".upper() if course else ""
    named = [each for each in world.rules if each.unit.code in names]
    files = named or sorted(world.rules, key=lambda each: each.unit.code)
    best = likeliest([each for each in files if each.unit.code == files[0].unit.code], now) if files else None
    if best is None:
        raise LookupError("there is no unit at all")
    return best
