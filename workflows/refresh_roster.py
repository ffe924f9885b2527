"""Reads the roster of a course in the background, and writes down who is in it now: all of it, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from grading.text import Bilingual
from lti.errors import ServiceError, TooManyRequests
from lti.roster import RosterMember, read_roster
from storage.audit import note
from storage.database import Connection
from storage.desired_scores import set_aside, take_up_again
from storage.jobs import NewJob
from storage.people import PersonDetails, lock_people, members_of
from storage.platforms import find_platform
from storage.rosters import (
    RosterSource,
    describe_people,
    find_source,
    known_people,
    note_applied,
    note_members,
    note_not_applied,
    people_listed,
    untried_courses,
)
from workflows.await_participations import expect_everybodys
from workflows.enter import LONGEST_STUDENT_NUMBER
from workflows.jobs import Job, JobFailed, Periodic, Report, TryAgain
from workflows.kept_rows import take_rows_of
from workflows.nightly import is_due
from workflows.platform_registry import registration_of
from workflows.roster_changes import RosterChanges, roster_changes
from workflows.roster_troubles import helps_to_try_again, sentence_of, trouble_of
from workflows.world import World

log = structlog.stdlib.get_logger(__name__)

KIND = "roster"
LEFT_ALONE = timedelta(days=365)
"""A course where nobody launched for so long is not read by itself any more."""

AT_MOST_EVERY = timedelta(hours=20)


def roster_job(
    course_id: int,
    *,
    agreed: str | None = None,
    by_person: int | None = None,
    activity_id: int | None = None,
) -> NewJob:
    """Read a course's roster; `agreed` names who may be gone, as a teacher saw it."""
    return NewJob(
        kind=KIND,
        key=f"course {course_id}",
        payload={"course": course_id, "agreed": agreed},
        by_person=by_person,
        activity_id=activity_id,
    )


def nightly_rosters() -> Periodic:
    """Ask for every course's roster once a night."""
    return Periodic(every=AT_MOST_EVERY, wanted=due_rosters)


def due_rosters(world: World) -> Iterable[NewJob]:
    """The rosters whose hour of the night has come, of courses that are in use."""
    now = world.now()
    with world.database.read() as connection:
        courses = untried_courses(connection, tried_before=now - AT_MOST_EVERY, seen_after=now - LEFT_ALONE)
    return [roster_job(course_id) for course_id, since in courses if is_due(course_id, since, now)]


def refresh_roster(world: World, job: Job, report: Report) -> Mapping[str, Any]:
    """Do a job of this kind."""
    course_id, began = int(job.payload["course"]), world.now()
    with world.database.read() as connection:
        source = find_source(connection, course_id)
        platform = None if source is None else find_platform(connection, source.platform_id)
    if source is None or platform is None or not platform.enabled:
        return {"listed": 0}  # disabled since it was asked for
    report(0, None, Bilingual("Lecture de la liste du cours…", "Reading the course's roster…"))
    try:
        listed = read_roster(
            world.services,
            registration_of(platform),
            source.memberships_url,
            after_page=lambda people: report(people, None, _so_far(people)),
        )
    except ServiceError as error:
        raise _give_up(world, source, error) from error
    present = [each for each in listed if each.is_active]
    changes = _doubtful(world, source, present, began, agreed=job.payload.get("agreed"))
    if changes is not None and changes.doubt is not None:
        log.warning("roster not applied", course=course_id, doubt=changes.doubt.value, **_counts(changes))
        return {"listed": len(present), "doubt": changes.doubt.value}
    changes = _apply(world, source, present, began, job.by_person)
    _serve(world, source, changes)
    log.info("roster read", course=course_id, listed=len(present), **_counts(changes))
    return {"listed": len(present), **_counts(changes)}


def _doubtful(
    world: World,
    source: RosterSource,
    present: Sequence[RosterMember],
    began: datetime,
    *,
    agreed: str | None,
) -> RosterChanges | None:
    """What the roster would change, where a teacher must look at it first: then nothing else is written down."""
    with world.database.read() as connection:
        known = known_people(connection, source.deployment_id, [each.sub for each in present])
        roles = {known[each.sub]: each.role for each in present if each.sub in known}
        members = members_of(connection, source.course_id)
    changes = roster_changes(members, roles, listed=len(present), began=began)
    if changes.doubt is None or changes.digest == agreed:
        return None
    doubt = {
        "why": changes.doubt.value,
        "listed": len(present),
        "gone": len(changes.gone),
        "known": changes.known,
        "digest": changes.digest,
    }
    with world.database.write() as connection:
        note_not_applied(connection, source.course_id, world.now(), doubt=doubt)
    return changes


def _apply(
    world: World,
    source: RosterSource,
    present: Sequence[RosterMember],
    began: datetime,
    by_person: int | None,
) -> RosterChanges:
    """Write down what the roster says, in one transaction (people new to us before: alone they change nothing)."""
    now = world.now()
    with world.database.write() as connection:
        people = people_listed(connection, source.deployment_id, map(_details, present), now)
    roles = {people[each.sub].id: each.role for each in present}
    with world.database.write() as connection:
        lock_people(
            connection, {*roles, *(each.person.id for each in members_of(connection, source.course_id))}
        )
        members = members_of(connection, source.course_id)
        changes = roster_changes(members, roles, listed=len(present), began=began)
        said = {people[each.sub].id: _details(each) for each in present}
        renumbered = describe_people(connection, said)
        note_members(connection, source.course_id, roles=roles, back=changes.back, gone=changes.gone, now=now)
        set_aside(connection, source.course_id, changes.gone)
        take_up_again(connection, source.course_id, changes.back, now)
        note_applied(connection, source.course_id, len(roles), now)
        _put_on_record(connection, source.course_id, changes, now, by_person)
    return replace(changes, renumbered=frozenset(renumbered))


def _put_on_record(
    connection: Connection, course_id: int, changes: RosterChanges, now: datetime, by_person: int | None
) -> None:
    if changes.new or changes.back or changes.gone:
        note(
            connection,
            "roster_read",
            now,
            by_person=by_person,
            course_id=course_id,
            details={**_counts(changes), "left": sorted(changes.gone), "returned": sorted(changes.back)},
        )


def _serve(world: World, source: RosterSource, changes: RosterChanges) -> None:
    """Give the people who never came what was waiting for them: lines of files, participations from Pix's API.

    Also those known since an earlier roster: should a worker have died here the last time, it is made good.
    """
    with world.database.write() as connection:
        members = members_of(connection, source.course_id, "learner")
        lock_people(connection, [each.person.id for each in members])
        never_came = [each.person for each in members if each.never_came and not each.has_left]
        take_rows_of(connection, world, source.course_id, never_came, world.now())
        if changes.new or changes.renumbered:
            expect_everybodys(connection, world, source.course_id)
    world.wake()


def _give_up(world: World, source: RosterSource, error: ServiceError) -> TryAgain | JobFailed:
    """Keep why the roster could not be read; the job ends, or is tried again."""
    trouble = trouble_of(error)
    with world.database.write() as connection:
        note_not_applied(connection, source.course_id, world.now(), trouble=trouble.value)
    log.warning(
        "roster not read", course=source.course_id, platform=source.platform_id, trouble=trouble.value
    )
    said = sentence_of(trouble)
    if not helps_to_try_again(trouble):
        return JobFailed(said)
    after = error.retry_after if isinstance(error, TooManyRequests) else None
    return TryAgain(said, after=None if after is None else timedelta(seconds=after))


def _details(member: RosterMember) -> PersonDetails:
    # No longer than the database keeps them, as at a launch.
    number = member.student_number
    return PersonDetails(
        sub=member.sub,
        name=member.name and member.name[:500],
        given_name=member.given_name and member.given_name[:255],
        family_name=member.family_name and member.family_name[:255],
        email=member.email and member.email[:320],
        student_number=number if number is None or len(number) <= LONGEST_STUDENT_NUMBER else None,
    )


def _so_far(people: int) -> Bilingual:
    return Bilingual(
        f"Lecture de la liste du cours : {people} personnes…",
        f"Reading the course's roster: {people} people…",
    )


def _counts(changes: RosterChanges) -> dict[str, int]:
    return {"new": len(changes.new), "back": len(changes.back), "gone": len(changes.gone)}
