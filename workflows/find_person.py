"""Find somebody of the visit's course."""

from __future__ import annotations

from storage.people import members_of
from workflows.visit import Visit, find_place
from workflows.world import World


def find_person_by_sub(world: World, visit: Visit, sub: str) -> int | None:
    """The person the LMS calls `sub`, where they have launched in this course."""
    activity = find_place(world, visit).activity
    with world.database.read() as connection:
        members = members_of(connection, activity.course_id)
    return next((each.person.id for each in members if each.person.sub == sub), None)
