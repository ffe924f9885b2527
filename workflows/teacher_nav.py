"""Which pages a teacher has for an activity: what stands in the navigation of each of them."""

from __future__ import annotations

from dataclasses import dataclass

from storage.campaigns import find_campaign
from workflows.certificate_queue import count_waiting
from workflows.cohort import rules_of, unit_year
from workflows.refusal import Refused
from workflows.visit import Role, Visit, activity_of
from workflows.world import World


@dataclass(frozen=True, kw_only=True)
class TeacherNav:
    """The pages that only some activities have, beside those that every one has."""

    has_campaign: bool
    has_pix: bool
    has_certificates: bool


def teacher_nav(world: World, visit: Visit) -> TeacherNav | None:
    """The pages of the visit's activity; None where it has none yet, or they are not for this person."""
    if visit.role is not Role.TEACHER:
        return None
    with world.database.read() as connection:
        try:
            activity = activity_of(connection, visit)
            unit = rules_of(world, activity).unit
        except Refused:
            return None
        scope, component = unit_year(activity), activity.component or ""
        return TeacherNav(
            has_campaign=unit.find_component(component) is not None,
            has_pix=world.pix_api is not None and find_campaign(connection, scope, component) is not None,
            has_certificates=count_waiting(connection, scope) is not None,
        )
