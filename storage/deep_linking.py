"""Requests for what may be added to a course, kept until they are answered; and for good what was chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, null, select, update

from storage.schema import chosen_component, deep_linking_request, deployment
from storage.scope import UnitYear


@dataclass(frozen=True, kw_only=True)
class DeepLinkingRequest:
    """A platform's question, under the id of the visit that answers it.

    `deployment_id` is our row's; `lti_deployment_id` the platform's own word for it. `course_id` is None where the
    platform named no course. `content_items` is None until something was chosen (nothing: an empty list).
    """

    visit_id: str
    deployment_id: int
    lti_deployment_id: str
    platform_id: int
    person_id: int
    course_id: int | None
    settings: Mapping[str, Any]
    nonce: str
    expires_at: datetime
    content_items: Sequence[Mapping[str, Any]] | None = None


def add_request(
    connection: Connection,
    *,
    visit_id: str,
    deployment_id: int,
    person_id: int,
    course_id: int | None,
    settings: Mapping[str, Any],
    nonce: str,
    expires_at: datetime,
) -> None:
    """Keep a platform's question."""
    connection.execute(
        insert(deep_linking_request).values(
            visit_id=visit_id,
            deployment_id=deployment_id,
            person_id=person_id,
            course_id=course_id,
            settings=dict(settings),
            nonce=nonce,
            expires_at=expires_at,
            content_items=null(),
        )
    )


def find_request(
    connection: Connection, visit_id: str, person_id: int, now: datetime, *, lock: bool = False
) -> DeepLinkingRequest | None:
    """The question a person's visit answers, while it may be answered; `lock`: other answers to it wait."""
    query = (
        select(
            deep_linking_request,
            deployment.c.platform_id,
            deployment.c.deployment_id.label("lti_deployment_id"),
        )
        .join(deployment, deep_linking_request.c.deployment_id == deployment.c.id)
        .where(
            deep_linking_request.c.visit_id == visit_id,
            deep_linking_request.c.person_id == person_id,
            deep_linking_request.c.expires_at > now,
        )
    )
    if lock:
        query = query.with_for_update(of=deep_linking_request)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return DeepLinkingRequest(
        visit_id=row.visit_id,
        deployment_id=row.deployment_id,
        lti_deployment_id=row.lti_deployment_id,
        platform_id=row.platform_id,
        person_id=row.person_id,
        course_id=row.course_id,
        settings=row.settings,
        nonce=row.nonce,
        expires_at=row.expires_at,
        content_items=row.content_items,
    )


def answer_request(
    connection: Connection, visit_id: str, content_items: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """Keep what was chosen."""
    connection.execute(
        update(deep_linking_request)
        .where(deep_linking_request.c.visit_id == visit_id)
        .values(content_items=[dict(each) for each in content_items], answered_at=now)
    )


def forget_expired_requests(connection: Connection, now: datetime) -> int:
    """Forget questions nobody may answer any more; return how many."""
    gone = connection.execute(delete(deep_linking_request).where(deep_linking_request.c.expires_at <= now))
    return gone.rowcount


def note_chosen(
    connection: Connection, scope: UnitYear, components: Sequence[str], *, by_person: int, now: datetime
) -> None:
    """Note for good that components were chosen for a course; whether the platform added them, only a launch tells."""
    rows = [
        {
            "course_id": scope.course_id,
            "unit_code": scope.unit_code,
            "academic_year": scope.academic_year,
            "component": component,
            "by_person": by_person,
            "at": now,
        }
        for component in components
    ]
    connection.execute(insert(chosen_component), rows)


def chosen_for(connection: Connection, course_id: int) -> frozenset[tuple[str, str, str]]:
    """The unit, academic year and component of everything that was ever chosen for a course."""
    rows = connection.execute(
        select(
            chosen_component.c.unit_code, chosen_component.c.academic_year, chosen_component.c.component
        ).where(chosen_component.c.course_id == course_id)
    )
    return frozenset((row.unit_code, row.academic_year, row.component) for row in rows)
