"""A platform asks what may be added to a course: the question is kept, and a short visit begins that answers it."""

from __future__ import annotations

import secrets
from datetime import timedelta

from lti.message import DeepLinking
from storage.activities import find_or_add_course
from storage.database import Connection
from storage.deep_linking import add_request
from storage.people import enter_course, enter_person
from workflows.enter import LaunchTransaction, deployment_of, details_of, role_of
from workflows.visit import NO_ACTIVITY, Role, Visit, new_visit_id
from workflows.world import World

TIME_TO_CHOOSE = timedelta(hours=1)
"""How long a selection may stay open: the address it goes back to lives no longer than the teacher's own session."""


def enter_deep_linking(
    world: World,
    transaction: LaunchTransaction,
    asked: DeepLinking,
    *,
    language: str,
    storage_target: str | None = None,
) -> Visit:
    """Note who asks for which course, keep what the platform takes back, and begin a visit.

    `storage_target`: the platform's storage will keep the visit, in place of a cookie.

    Raises:
        LaunchRefused: another deployment was adopted a moment ago.
    """
    connection, now = transaction.connection, world.now()
    deployment_id = deployment_of(connection, asked)
    person, _changed = enter_person(connection, deployment_id, details_of(asked), now)
    course_id = _course(connection, deployment_id, asked)
    if course_id is not None and asked.is_teacher:
        enter_course(connection, course_id, person.id, role_of(asked).value, now)
    visit = Visit(
        id=new_visit_id(int(asked.registration.id), storage_target),
        person_id=person.id,
        activity_id=NO_ACTIVITY,
        role=Role.TEACHER,
        language=language,
        began_at=now,
        frame_origins=asked.registration.frame_origins,
    )
    settings = {
        "return_url": asked.settings.return_url,
        "accept_multiple": asked.settings.accept_multiple,
        "accept_line_item": asked.settings.accept_line_item,
        # Kept apart from a platform that gave none: what was given goes back to the letter.
        **({} if asked.settings.data is None else {"data": asked.settings.data}),
    }
    add_request(
        connection,
        visit_id=visit.id,
        deployment_id=deployment_id,
        person_id=person.id,
        course_id=course_id,
        settings=settings,
        nonce=secrets.token_urlsafe(18),
        expires_at=now + TIME_TO_CHOOSE,
    )
    return visit


def _course(connection: Connection, deployment_id: int, asked: DeepLinking) -> int | None:
    if asked.context is None:
        return None
    label = asked.context.label[:500] if asked.context.label else None
    return find_or_add_course(connection, deployment_id, asked.context.id, label, asked.context.title).id
