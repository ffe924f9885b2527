"""Every activity with its course and platform, for the operator who looks for one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from storage.schema import activity, course, deployment, platform


@dataclass(frozen=True, kw_only=True)
class ListedActivity:
    """An activity, what it stands for (None: not set up), where it is, and who set it up."""

    id: int
    title: str | None
    unit_code: str | None
    academic_year: str | None
    component: str | None
    course_id: int
    context_id: str
    course_label: str | None
    course_title: str | None
    platform: str
    chosen_by: int | None


def all_activities(connection: Connection) -> list[ListedActivity]:
    """Every activity, oldest first."""
    query = (
        select(
            activity.c.id,
            activity.c.title,
            activity.c.unit_code,
            activity.c.academic_year,
            activity.c.component,
            activity.c.course_id,
            activity.c.chosen_by,
            course.c.context_id,
            course.c.label.label("course_label"),
            course.c.title.label("course_title"),
            platform.c.name.label("platform"),
        )
        .join(course, course.c.id == activity.c.course_id)
        .join(deployment, deployment.c.id == activity.c.deployment_id)
        .join(platform, platform.c.id == deployment.c.platform_id)
        .order_by(activity.c.id)
    )
    return [ListedActivity(**row._mapping) for row in connection.execute(query)]
