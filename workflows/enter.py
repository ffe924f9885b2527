"""A launch becomes a visit: person, course, activity and column are noted, in the transaction that uses the nonce."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from types import TracebackType

from lti.errors import LaunchRefused, RefusalReason
from lti.launch import Launch
from lti.message import Message
from storage.activities import (
    Activity,
    Course,
    find_or_add_activity,
    find_or_add_course,
    lock_activity,
    note_course_seen,
    update_activity,
)
from storage.audit import note
from storage.database import Connection, Database
from storage.desired_scores import column_found, resend, take_up_again
from storage.launch_state import use_nonce
from storage.people import Person, PersonDetails, enter_course, enter_person
from storage.platforms import adopt_deployment, deployment_key
from workflows.await_participations import expect_participations
from workflows.cohort import unit_year
from workflows.kept_rows import take_kept_rows
from workflows.regrade import desire_column
from workflows.stands_for import standing_for
from workflows.visit import Role, Visit, new_visit_id
from workflows.world import World

LONGEST_ADDRESS = 1000

LONGEST_STUDENT_NUMBER = 100
"""A longer one is nobody's: shortened, it might be somebody else's."""


class LaunchTransaction:
    """The one transaction of a launch, begun when its nonce is used up: no network call happens inside it.

    It is the nonce ledger of that launch: what follows the nonce is committed with it, or neither is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stack = ExitStack()
        self._connection: Connection | None = None

    def __enter__(self) -> LaunchTransaction:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def connection(self) -> Connection:
        """The open transaction; RuntimeError before the nonce was used."""
        if self._connection is None:
            raise RuntimeError("the launch has not been read yet")
        return self._connection

    def consume(self, nonce: str, expires_at: datetime) -> bool:
        """Use a nonce up; False where it was used before."""
        self._connection = self._stack.enter_context(self._database.write())
        return use_nonce(self._connection, nonce, expires_at)


def enter(
    world: World,
    transaction: LaunchTransaction,
    launch: Launch,
    *,
    language: str,
    storage_target: str | None = None,
) -> tuple[Visit, bool]:
    """Note who came where, and begin a visit; the second value tells whether the worker should be woken.

    `storage_target`: the platform's storage will keep the visit, in place of a cookie.

    Raises:
        LaunchRefused: another deployment was adopted a moment ago (nothing is kept, the nonce neither).
    """
    connection, now = transaction.connection, world.now()
    deployment_id = deployment_of(connection, launch)
    person, changed = enter_person(connection, deployment_id, details_of(launch), now)
    course = _course(connection, deployment_id, launch)
    note_course_seen(connection, course, memberships_url_of(launch), now)
    activity, to_send = _activity(connection, world, course, launch, person, now)
    role = role_of(launch)
    entrance = enter_course(connection, course.id, person.id, role.value, now)
    if entrance.is_back:
        to_send |= take_up_again(connection, course.id, [person.id], now) > 0
    if role is Role.LEARNER and (changed or entrance.is_new):
        to_send |= take_kept_rows(connection, world, course.id, person, now)
        to_send |= expect_participations(connection, world, course.id, person)
    visit = Visit(
        id=new_visit_id(int(launch.registration.id), storage_target),
        person_id=person.id,
        activity_id=activity.id,
        role=role,
        language=language,
        began_at=now,
        frame_origins=launch.registration.frame_origins,
        return_url=launch.return_url,
    )
    return visit, to_send


def role_of(launch: Message) -> Role:
    """The least that the launch's roles allow: an unknown role may read, not submit."""
    if launch.is_teacher:
        return Role.TEACHER
    return Role.LEARNER if launch.may_submit else Role.READER


def deployment_of(connection: Connection, launch: Message) -> int:
    """The deployment a message comes from, adopted where the platform had none yet.

    Raises:
        LaunchRefused: another one was adopted a moment ago.
    """
    platform_id = int(launch.registration.id)
    if not launch.deployment_is_new:
        return deployment_key(connection, platform_id, launch.deployment_id)
    adopted = adopt_deployment(connection, platform_id, launch.deployment_id)
    if adopted is None:
        raise LaunchRefused(
            RefusalReason.DEPLOYMENT_UNKNOWN,
            "deployment_id is not the one adopted a moment ago",
            platform_issuer=launch.registration.issuer,
        )
    return adopted


def details_of(launch: Message) -> PersonDetails:
    """What a message says of its person."""
    # No longer than the database keeps them: nobody's name is a reason to refuse a launch.
    number = launch.student_number
    return PersonDetails(
        sub=launch.subject,
        name=_clipped(launch.name, 500),
        given_name=_clipped(launch.given_name, 255),
        family_name=_clipped(launch.family_name, 255),
        email=_clipped(launch.email, 320),
        student_number=number if number is None or len(number) <= LONGEST_STUDENT_NUMBER else None,
    )


def memberships_url_of(launch: Message) -> str | None:
    """Where the course's roster is, as far as the message tells and we can keep it (of an allowed origin already)."""
    url = launch.nrps_url
    return url if url is not None and len(url) <= LONGEST_ADDRESS else None


def _clipped(text: str | None, longest: int) -> str | None:
    return text if text is None else text[:longest]


def _course(connection: Connection, deployment_id: int, launch: Launch) -> Course:
    if launch.context is not None:
        context = launch.context
        label = _clipped(context.label, 500)
        return find_or_add_course(connection, deployment_id, context.id, label, context.title)
    # Without a context, an activity is a course of its own; no context id looks like this one.
    alone = f"\n{sha256(launch.resource_link.id.encode()).hexdigest()}"
    return find_or_add_course(connection, deployment_id, alone, None, launch.resource_link.title)


def _activity(
    connection: Connection, world: World, course: Course, launch: Launch, person: Person, now: datetime
) -> tuple[Activity, bool]:
    before = find_or_add_activity(connection, course, launch.resource_link.id, launch.resource_link.title)
    after = standing_for(connection, world, _described(before, course, launch), course, launch)
    named = launch.ags is not None and launch.ags.lineitem is not None
    if after == before:
        # The LMS names the column: scores settled as having none may try again.
        return before, named and column_found(connection, before.id, now) > 0
    before = lock_activity(connection, before.id)
    after = standing_for(connection, world, _described(before, course, launch), course, launch)
    update_activity(connection, before, after)
    to_send = False
    if after.line_item_url != before.line_item_url and before.line_item_url is not None:
        # The LMS has made another column for this activity: what the old one held belongs in the new one.
        to_send |= resend(connection, now, activity_ids=[after.id]) > 0
    if named or (after.line_item_url, after.line_items_url) != (before.line_item_url, before.line_items_url):
        to_send |= column_found(connection, after.id, now) > 0
    if _stands_for(after) != _stands_for(before) and after.is_set_up:
        to_send |= serve_component(connection, world, after, now)
        details = {"activity": after.id, "unit": after.unit_code, "component": after.component, "by": "lms"}
        note(connection, "activity_set_up", now, by_person=person.id, course_id=course.id, details=details)
    return after, to_send


def serve_component(connection: Connection, world: World, activity: Activity, now: datetime) -> bool:
    """An activity has just been told which component it stands for: its column should hold that component's marks."""
    if not activity.is_set_up:
        return False
    scope = unit_year(activity)
    rules = world.rules.find(scope.unit_code, scope.academic_year)
    return rules is not None and desire_column(connection, rules, scope, activity, now)


def _described(activity: Activity, course: Course, launch: Launch) -> Activity:
    """The activity as this launch describes it, but for what it stands for; what is not said stays as it was."""
    described = replace(activity, course_id=course.id, title=launch.resource_link.title or activity.title)
    ags = launch.ags
    if ags is not None:
        described = replace(
            described,
            line_item_url=ags.lineitem or activity.line_item_url,
            line_items_url=ags.lineitems or activity.line_items_url,
            scopes=tuple(sorted(ags.scopes)),
        )
    return described


def _stands_for(activity: Activity) -> tuple[str | None, str | None, str | None]:
    return activity.unit_code, activity.academic_year, activity.component
