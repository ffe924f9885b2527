"""A teacher says, once, which component of which unit an activity stands for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from grading.rules import CATCH_UP_KEY
from grading.text import Bilingual
from storage.activities import Activity, activities_of, get_course, lock_activity, update_activity
from storage.audit import note
from storage.certifications import has_certifications
from storage.database import Connection
from storage.submissions import has_submissions
from workflows.cohort import unit_year
from workflows.enter import serve_component
from workflows.refusal import RefusalCode, Refused
from workflows.visit import Role, Visit, find_place, require
from workflows.world import World


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One thing an activity may stand for; `taken_by` is another activity of the course that already does."""

    unit_code: str
    academic_year: str
    unit_title: Bilingual
    component: str
    component_title: Bilingual
    taken_by: str | None

    @property
    def value(self) -> str:
        """The choice in a form."""
        return f"{self.unit_code}|{self.academic_year}|{self.component}"


@dataclass(frozen=True, kw_only=True)
class SetUpPage:
    """What the set-up page shows: the choices by unit, and what is chosen now."""

    activity_title: str | None
    course_title: str | None
    choices: tuple[Choice, ...]
    current: str | None


def set_up_page(world: World, visit: Visit) -> SetUpPage:
    """The choices a teacher has for this activity."""
    require(visit, Role.TEACHER)
    activity = find_place(world, visit).activity
    with world.database.read() as connection:
        course = get_course(connection, activity.course_id)
        others = [each for each in activities_of(connection, activity.course_id) if each.id != activity.id]
    taken = {(each.unit_code, each.academic_year, each.component): each.title or "?" for each in others}
    choices = []
    for unit in (each.unit for each in world.rules):
        parts = [(part.key, part.title) for part in unit.components]
        choices += [
            Choice(
                unit_code=unit.code,
                academic_year=unit.academic_year,
                unit_title=unit.title,
                component=key,
                component_title=title,
                taken_by=taken.get((unit.code, unit.academic_year, key)),
            )
            for key, title in (*parts, (unit.catch_up.key, unit.catch_up.title))
        ]
    current = (
        f"{activity.unit_code}|{activity.academic_year}|{activity.component}" if activity.is_set_up else None
    )
    return SetUpPage(
        activity_title=activity.title,
        course_title=course.title or course.label,
        choices=tuple(choices),
        current=current,
    )


def set_up_activity(world: World, visit: Visit, value: str) -> None:
    """Remember what the activity stands for.

    Raises:
        Refused: not a teacher; no such choice; or something was already sent to the component it stood for.
    """
    page = set_up_page(world, visit)
    chosen = next((each for each in page.choices if each.value == value), None)
    if chosen is None:
        raise Refused(
            RefusalCode.BAD_CHOICE,
            Bilingual("Choisissez une épreuve dans la liste.", "Choose a component from the list."),
        )
    now = world.now()
    with world.database.write() as connection:
        before = lock_activity(connection, visit.activity_id)
        after = replace(
            before,
            unit_code=chosen.unit_code,
            academic_year=chosen.academic_year,
            component=chosen.component,
        )
        if after == before:
            return
        if _is_in_use(connection, before):
            raise Refused(
                RefusalCode.BAD_CHOICE,
                Bilingual(
                    "Des envois ont déjà été reçus pour cette épreuve : l’activité ne peut plus en changer. "
                    "Créez une autre activité dans le cours.",
                    "Profiles were already received for this component: the activity cannot change any more. "
                    "Create another activity in the course.",
                ),
            )
        update_activity(connection, before, after, chosen_by=visit.person_id)
        serve_component(connection, world, after, now)
        details = {
            "activity": after.id,
            "unit": after.unit_code,
            "component": after.component,
            "by": "teacher",
        }
        note(
            connection,
            "activity_set_up",
            now,
            by_person=visit.person_id,
            course_id=after.course_id,
            details=details,
        )
    world.wake()


def _is_in_use(connection: Connection, activity: Activity) -> bool:
    """Whether sendings would be left without an activity: another one may stand for the same component."""
    if not activity.is_set_up:
        return False
    scope = unit_year(activity)
    others = [
        each
        for each in activities_of(connection, activity.course_id)
        if each.id != activity.id
        and (each.unit_code, each.academic_year, each.component)
        == (activity.unit_code, activity.academic_year, activity.component)
    ]
    if others:
        return False
    if activity.component == CATCH_UP_KEY:
        return has_certifications(connection, scope)
    return has_submissions(connection, scope, activity.component or "")
