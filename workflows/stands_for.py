"""What an activity stands for when its own parameters say so; one that is a copy waits for a teacher's word.

Copying a course (or an activity) copies its parameters, the academic year among them. Which year is meant now, only a
teacher knows: until they say so, the copy stands for nothing, takes nothing and sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lti.message import Launch
from storage.activities import Activity, Course, Told, activities_of
from storage.database import Connection
from storage.deep_linking import chosen_for
from storage.served_years import find_older_course, find_source, served_years
from workflows.activity_offers import HISTORY
from workflows.current_years import files_of
from workflows.world import World

LINK_HISTORY = "resource_link_history"
"""Where a platform that knows `$ResourceLink.id.history` names the activities a copy comes from."""
_MOST_ANCESTORS = 20


def standing_for(
    connection: Connection, world: World, activity: Activity, course: Course, launch: Launch
) -> Activity:
    """The activity with what its parameters say it stands for; without such parameters it stays as it is.

    The year: the one a teacher settled for this course; else that of another activity here whose parameters say the
    same (a duplicate); for a copy none; else the year named, or the newest that has a file.
    """
    told = _told(world, launch)
    if told is None or _stands_so_already(activity, told):
        return activity
    settled = served_years(connection, course.id).get((told.unit_code, told.year))
    year = settled or _year_beside(activities_of(connection, course.id), activity, told)
    if year is None:
        source = _source(connection, world, activity, course, launch, told)
        if source is not None:
            told = replace(told, source=source.id)
            return replace(activity, unit_code=None, academic_year=None, component=None, told=told)
        year = told.year or _newest(world, told.unit_code)
    return replace(
        activity,
        unit_code=told.unit_code,
        academic_year=year[:20],
        component=key_of(world, told.unit_code, year, told.component)[:40],
        told=replace(told, source=activity.told.source if activity.told else None),
    )


def key_of(world: World, code: str, year: str, component: str) -> str:
    """The component's key as the unit's file spells it: `CC1` and `catch_up` are understood, the rest is kept."""
    rules = world.rules.find(code, year)
    keys = [*(each.key for each in rules.unit.components), rules.unit.catch_up.key] if rules else []
    return next((key for key in keys if _folded(key) == _folded(component)), component)


def _told(world: World, launch: Launch) -> Told | None:
    """What the parameters say; None where they do not name unit and component."""
    code, component = launch.custom.get("unit", "").strip(), launch.custom.get("component", "").strip()
    if not code or not component:
        return None
    # The code as its file spells it: `ha1g10h` is understood, the rest is kept.
    code = next((each.unit.code for each in world.rules if _folded(each.unit.code) == _folded(code)), code)
    year = launch.custom.get("academic_year", "").strip()[:20] or None
    component = key_of(world, code, year or _newest(world, code), component)
    return Told(unit_code=code[:40], component=component[:40], year=year)


def _stands_so_already(activity: Activity, told: Told) -> bool:
    """Whether nothing new is said: no question to the database is needed, since that is nearly every launch."""
    if (activity.unit_code, activity.component) != (told.unit_code, told.component):
        return False
    if activity.told is not None:
        return activity.told.year == told.year
    return told.year in (None, activity.academic_year)


def _year_beside(there: Iterable[Activity], activity: Activity, told: Told) -> str | None:
    """The year served by another activity of the course (or this one till now) whose parameters name the same."""
    if activity.unit_code == told.unit_code and told.year is None:
        return activity.academic_year
    for each in there:
        years = {each.told.year} if each.told else {each.academic_year, None}
        if each.unit_code == told.unit_code and each.academic_year and told.year in years:
            return each.academic_year
    return None


def _source(
    connection: Connection, world: World, activity: Activity, course: Course, launch: Launch, told: Told
) -> Course | None:
    """The course this activity seems to be copied from; None where it is no copy, or its year was chosen here."""
    if activity.unit_code == told.unit_code or not files_of(world, told.unit_code):
        return None
    chosen = {(code, year) for code, year, _component in chosen_for(connection, course.id)}
    if (told.unit_code, told.year) in chosen:
        return None
    contexts, links = _ids(launch.custom.get(HISTORY)), _ids(launch.custom.get(LINK_HISTORY))
    source = find_source(connection, course, told.unit_code, contexts=contexts, links=links)
    if source is None and told.year is not None:
        source = find_older_course(connection, course, told.unit_code, told.year)
    return source


def _ids(history: str | None) -> list[str]:
    return [each.strip() for each in (history or "").split(",") if each.strip()][:_MOST_ANCESTORS]


def _newest(world: World, code: str) -> str:
    newest = world.rules.find(code)
    return newest.unit.academic_year if newest else ""


def _folded(key: str) -> str:
    return "".join(sign for sign in key.lower() if sign.isalnum())
