"""How the scores stand with each LMS, and sending them again: for the operator's commands and the teacher's page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from storage.activities import activities_of
from storage.audit import note
from storage.desired_scores import ScoreState, make_due, resend, status_by_platform
from storage.gradebook import lock_course
from storage.platform_holds import release_platform
from storage.platforms import Platform, all_platforms
from storage.score_columns import forget_gone_columns
from workflows.compare_columns import SOON, ask_to_compare
from workflows.visit import Role, Visit, find_place, require
from workflows.world import World

_SETTLED = (ScoreState.REFUSED, ScoreState.COLUMN_GONE, ScoreState.NO_COLUMN, ScoreState.NOT_SHOWN)


@dataclass(frozen=True, kw_only=True)
class PlatformScores:
    """How one platform stands; `oldest` is since when (UTC) the oldest waiting score has been desired."""

    platform: Platform
    in_step: int
    waiting: int
    refused: int
    typed_by_hand: int
    oldest: datetime | None
    paused: bool


def score_status(world: World) -> list[PlatformScores]:
    """The standing of every platform, those without scores too."""
    now = world.now()
    with world.database.read() as connection:
        found = status_by_platform(connection)
        platforms = all_platforms(connection)
    standing = []
    for platform in platforms:
        status = found.get(platform.id)
        counts = status.counts if status else {}
        standing.append(
            PlatformScores(
                platform=platform,
                in_step=counts.get(ScoreState.IN_STEP, 0),
                waiting=counts.get(ScoreState.WAITING, 0),
                refused=sum(counts.get(state, 0) for state in _SETTLED),
                typed_by_hand=counts.get(ScoreState.TYPED_BY_HAND, 0),
                oldest=status.oldest_waiting if status else None,
                paused=platform.hold_until is not None and platform.hold_until > now,
            )
        )
    return standing


def push_now(world: World, platform_id: int | None = None, *, again: Collection[ScoreState] = ()) -> int:
    """Lift holds and pauses so that every waiting score is due now; return how many are waiting (operator).

    Those of a disabled platform stay where they are.
    `again` names further states (refused, say) whose scores are to be sent once more.
    """
    with world.database.write() as connection:
        chosen = [
            each.id for each in all_platforms(connection) if platform_id in (None, each.id) and each.enabled
        ]
        for each in chosen:
            release_platform(connection, each)
        due = make_due(connection, chosen, {ScoreState.WAITING, *again})
    world.wake()
    return due


def resend_in_course(
    world: World, visit: Visit, *, person_ids: Collection[int] | None = None, component: str | None = None
) -> int:
    """Send the scores of one, some or all people of this course's unit again, from the beginning; return how many.

    A grade typed by hand in the LMS is overwritten only because the teacher asks here.
    """
    require(visit, Role.TEACHER)
    activity = find_place(world, visit).activity
    now = world.now()
    with world.database.write() as connection:
        lock_course(connection, activity.course_id, alone=True)
        columns = [
            each.id
            for each in activities_of(connection, activity.course_id)
            if (each.unit_code, each.academic_year) == (activity.unit_code, activity.academic_year)
            and component in (None, each.component)
        ]
        forget_gone_columns(connection, columns)
        sent = resend(connection, now, activity_ids=columns, person_ids=person_ids)
        note(
            connection,
            "scores_resent",
            now,
            by_person=visit.person_id,
            course_id=activity.course_id,
            details={"scores": sent, "component": component},
        )
        ask_to_compare(connection, activity.course_id, now, after=SOON)
    world.wake()
    return sent


def refused_states() -> tuple[ScoreState, ...]:
    """The states a score is settled in when the LMS would not take it."""
    return _SETTLED
