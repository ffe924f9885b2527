"""The operator finds an activity: in the list, by its number, or by course, unit and component."""

from __future__ import annotations

from storage.activity_list import ListedActivity, all_activities
from workflows.world import World


class NoSuchActivity(Exception):
    """None, or several, are of that description; the text says which and what to do."""


def list_activities(world: World) -> list[ListedActivity]:
    """Every activity, oldest first."""
    with world.database.read() as connection:
        return all_activities(connection)


def find_one_activity(
    world: World,
    *,
    activity_id: int | None = None,
    course: str | None = None,
    unit: str | None = None,
    component: str | None = None,
    year: str | None = None,
) -> ListedActivity:
    """The one activity of that description; `course` is the LMS's id, the label or the title of a course.

    Raises:
        NoSuchActivity: there is none, or there are several.
    """
    found = [
        each
        for each in list_activities(world)
        if activity_id in (None, each.id)
        and course in (None, each.context_id, each.course_label, each.course_title)
        and unit in (None, each.unit_code)
        and component in (None, each.component)
        and year in (None, each.academic_year)
    ]
    if len(found) == 1:
        return found[0]
    see = "see `flask --app app activities list`"
    if not found:
        raise NoSuchActivity(f"there is no such activity: {see}")
    ids = ", ".join(str(each.id) for each in found[:20])
    raise NoSuchActivity(f"several activities are meant ({ids}): name one with --activity, {see}")
