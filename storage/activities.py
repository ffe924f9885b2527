"""Courses (LTI contexts) and activities (LTI resource links), and which component an activity stands for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, null, select, update

from storage.schema import activity, course, deployment, platform
from storage.upsert import insert_if_new


@dataclass(frozen=True, kw_only=True)
class Course:
    """A course of one deployment; an activity launched without a context has a course of its own.

    `memberships_url`: where its roster is, as launches tell; `seen_at`: about when somebody last launched (UTC).
    """

    id: int
    deployment_id: int
    context_id: str
    label: str | None
    title: str | None
    memberships_url: str | None = None
    seen_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the LMS's own parameters say an activity stands for; `year` is None where they name none.

    `source`: the course of ours it seems to be copied from.
    """

    unit_code: str
    component: str
    year: str | None
    source: int | None = None


@dataclass(frozen=True, kw_only=True)
class Activity:
    """An activity of a course: its component (where it has been set up) and its column in the gradebook.

    One that was `told` what it stands for and is not set up is a copy: a teacher says first which year it serves.
    """

    id: int
    course_id: int
    deployment_id: int
    platform_id: int
    resource_link_id: str
    title: str | None
    unit_code: str | None
    academic_year: str | None
    component: str | None
    line_item_url: str | None
    line_items_url: str | None
    scopes: tuple[str, ...]
    told: Told | None = None

    @property
    def is_set_up(self) -> bool:
        """Whether the activity knows its unit and component."""
        return self.unit_code is not None and self.component is not None

    @property
    def is_copy_to_settle(self) -> bool:
        """Whether a teacher must say first which year it serves."""
        return self.told is not None and not self.is_set_up


_SAME_CONTEXT = and_(
    course.c.deployment_id == bindparam("in_deployment"), course.c.context_id == bindparam("of_context")
)
_OF_CONTEXT = select(course).where(_SAME_CONTEXT)
_DESCRIBE_COURSE = update(course).where(_SAME_CONTEXT)


def find_or_add_course(
    connection: Connection, deployment_id: int, context_id: str, label: str | None, title: str | None
) -> Course:
    """The course of a context, added or brought up to date."""
    same = {"in_deployment": deployment_id, "of_context": context_id}
    row = connection.execute(_OF_CONTEXT, same).one_or_none()
    if row is None:
        values = {"deployment_id": deployment_id, "context_id": context_id, "label": label, "title": title}
        insert_if_new(connection, course, values)
        row = connection.execute(_OF_CONTEXT, same).one()
    elif (row.label, row.title) != (label or row.label, title or row.title):
        connection.execute(
            _DESCRIBE_COURSE, {**same, "label": label or row.label, "title": title or row.title}
        )
        row = connection.execute(_OF_CONTEXT, same).one()
    return Course(**row._mapping)


SEEN_EVERY = timedelta(days=1)
"""`seen_at` is written at most this often: a launch that changes nothing should write little."""


def note_course_seen(
    connection: Connection, course_row: Course, memberships_url: str | None, now: datetime
) -> None:
    """Somebody launched in a course: keep when, and where its roster is (what a launch does not say stays)."""
    url = memberships_url or course_row.memberships_url
    seen = course_row.seen_at
    if url != course_row.memberships_url or seen is None or abs(now - seen) > SEEN_EVERY:
        values = {"memberships_url": url, "seen_at": now}
        connection.execute(update(course).where(course.c.id == course_row.id).values(**values))


def get_course(connection: Connection, course_id: int) -> Course:
    """One course; LookupError where there is none."""
    row = connection.execute(select(course).where(course.c.id == course_id)).one_or_none()
    if row is None:
        raise LookupError(f"no course {course_id}")
    return Course(**row._mapping)


_WITH_PLATFORM = select(activity, deployment.c.platform_id).join(
    deployment, activity.c.deployment_id == deployment.c.id
)
_OF_LINK = _WITH_PLATFORM.where(
    activity.c.deployment_id == bindparam("in_deployment"),
    activity.c.resource_link_id == bindparam("of_link"),
)
_OF_ID = _WITH_PLATFORM.where(activity.c.id == bindparam("activity_id"))
_SERVED = _OF_ID.join(platform, platform.c.id == deployment.c.platform_id).where(platform.c.enabled)
_OF_COURSE = _WITH_PLATFORM.where(activity.c.course_id == bindparam("course_id")).order_by(activity.c.id)


def find_or_add_activity(
    connection: Connection, course_row: Course, resource_link_id: str, title: str | None
) -> Activity:
    """The activity of a resource link, added where it is new."""
    same = {"in_deployment": course_row.deployment_id, "of_link": resource_link_id}
    row = connection.execute(_OF_LINK, same).one_or_none()
    if row is None:
        values = {
            "course_id": course_row.id,
            "deployment_id": course_row.deployment_id,
            "resource_link_id": resource_link_id,
            "title": title,
            "scopes": [],
        }
        insert_if_new(connection, activity, values)
        row = connection.execute(_OF_LINK, same).one()
    return _activity(row)


def find_activity(connection: Connection, activity_id: int) -> Activity | None:
    """One activity."""
    row = connection.execute(_OF_ID, {"activity_id": activity_id}).one_or_none()
    return _activity(row) if row else None


def find_served_activity(connection: Connection, activity_id: int) -> Activity | None:
    """One activity of a platform that is not disabled."""
    row = connection.execute(_SERVED, {"activity_id": activity_id}).one_or_none()
    return _activity(row) if row else None


def activities_of(connection: Connection, course_id: int) -> list[Activity]:
    """The activities of a course, oldest first."""
    return [_activity(row) for row in connection.execute(_OF_COURSE, {"course_id": course_id})]


def update_activity(
    connection: Connection, before: Activity, after: Activity, *, chosen_by: int | None = None
) -> None:
    """Write what changed of an activity (nothing where nothing did)."""
    names = (
        "course_id",
        "title",
        "unit_code",
        "academic_year",
        "component",
        "line_item_url",
        "line_items_url",
        "scopes",
        "told",
    )
    changed = {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}
    if "scopes" in changed:
        changed["scopes"] = list(after.scopes)
    if "told" in changed:
        changed["told"] = asdict(after.told) if after.told else null()
    if chosen_by is not None:
        changed["chosen_by"] = chosen_by
    if changed:
        connection.execute(update(activity).where(activity.c.id == before.id).values(**changed))


def lock_activity(connection: Connection, activity_id: int) -> Activity:
    """Read an activity and make other transactions that would change it wait (PostgreSQL)."""
    connection.execute(select(activity.c.id).where(activity.c.id == activity_id).with_for_update()).all()
    found = find_activity(connection, activity_id)
    if found is None:
        raise LookupError(f"no activity {activity_id}")
    return found


def _activity(row: Row[Any]) -> Activity:
    return Activity(
        id=row.id,
        course_id=row.course_id,
        deployment_id=row.deployment_id,
        platform_id=row.platform_id,
        resource_link_id=row.resource_link_id,
        title=row.title,
        unit_code=row.unit_code,
        academic_year=row.academic_year,
        component=row.component,
        line_item_url=row.line_item_url,
        line_items_url=row.line_items_url,
        scopes=tuple(row.scopes),
        told=Told(**row.told) if row.told else None,
    )
