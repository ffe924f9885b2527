"""What teachers do to a running site: add an activity, duplicate one, copy a course. Moodle's rules of copying.

A copy keeps title, address, custom values, resource id, tag, and even the columns that the tool made; its link, course
and columns have numbers of their own, and only `$Context.id.history` names where it comes from.
"""

from collections.abc import Callable
from dataclasses import replace

from demo.lms.course import Activity, Course, Site
from demo.lms.selections import ChosenActivity
from demo.lms.state import LmsState


def add_activity(state: LmsState, course_id: str, chosen: ChosenActivity) -> Activity:
    """Add a chosen activity to a course, with its coupled column where it asks for one."""

    def make(site: Site) -> Activity:
        return Activity(
            id=_next_link(site),
            title=chosen.title,
            description=chosen.description,
            custom=chosen.custom,
            graded=chosen.maximum is not None,
            maximum=chosen.maximum or Activity(id="", title="").maximum,
            resource_id=chosen.resource_id,
            tag=chosen.tag,
            target_link_uri=chosen.url,
            icon=chosen.icon,
        )

    added = _added(state, course_id, make)
    _couple(state, course_id, added, text_only=chosen.text_only)
    return added


def duplicate_activity(state: LmsState, activity_id: str) -> Activity:
    """Duplicate an activity in its course; LookupError if there is none."""
    found = state.site.find_activity(activity_id)
    if found is None:
        raise LookupError(f"no activity {activity_id}")
    course, activity = found
    title = f"{activity.title} (copie)"
    made = _added(state, course.id, lambda site: replace(activity, id=_next_link(site), title=title))
    _couple(state, course.id, made)
    return made


def copy_course(state: LmsState, course_id: str, *, label: str, title: str) -> Course:
    """Copy a course with its teachers, activities and columns (no student, no grade); LookupError if there is none."""
    with state.site_lock:
        source = state.site.get_course(course_id)
        numbers = iter(range(int(_next_link(state.site)), 10**9))
        links = {each.id: str(next(numbers)) for each in source.activities}
        copy = replace(
            source,
            id=str(max(int(each.id) for each in state.site.courses) + 1),
            label=label,
            title=title,
            history=(source.id, *source.history),
            people=tuple(each for each in state.roster.people(course_id) if each.role.teaches),
            activities=tuple(replace(each, id=links[each.id]) for each in source.activities),
        )
        state.site = replace(state.site, courses=(*state.site.courses, copy))
    state.roster.open_course(copy.id, copy.people)
    for column in state.gradebook.columns(source.id):
        # A column that the tool made stays, but Moodle knows its link no more.
        state.gradebook.add_column(
            course_id=copy.id,
            label=column.label,
            maximum=column.maximum,
            link_id=links.get(column.link_id, "") if column.coupled else "",
            coupled=column.coupled,
            resource_id=column.resource_id,
            tag=column.tag,
            text_only=column.text_only,
        )
    return copy


def _added(state: LmsState, course_id: str, make: Callable[[Site], Activity]) -> Activity:
    with state.site_lock:
        made = make(state.site)
        courses = tuple(
            replace(each, activities=(*each.activities, made)) if each.id == course_id else each
            for each in state.site.courses
        )
        state.site.get_course(course_id)
        state.site = replace(state.site, courses=courses)
    return made


def _couple(state: LmsState, course_id: str, activity: Activity, *, text_only: bool = False) -> None:
    if activity.graded:
        state.gradebook.add_column(
            course_id=course_id,
            label=activity.title,
            maximum=activity.maximum,
            link_id=activity.id,
            coupled=True,
            resource_id=activity.resource_id,
            tag=activity.tag,
            text_only=text_only,
        )


def _next_link(site: Site) -> str:
    """A number no activity of the site ever had."""
    return str(max((int(each.id) for course in site.courses for each in course.activities), default=0) + 1)
