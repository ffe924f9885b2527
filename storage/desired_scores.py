"""What each LMS should hold for each (activity, person), against what it acknowledged."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, or_, select, update

from storage.schema import activity, desired_score, score_sent
from storage.upsert import insert_if_new

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""When a score desired afresh is due: long ago, so that a clock that goes back delays none."""


class ScoreState(StrEnum):
    """Where one score stands with its LMS.

    `KEPT_THEIRS`: typed by hand there, and a teacher keeps that. `NOT_SHOWN`: taken, but the gradebook shows nothing.
    `LEFT`: the person has left the course; it is sent when they are back.
    """

    WAITING = "waiting"
    IN_STEP = "in_step"
    REFUSED = "refused"
    COLUMN_GONE = "column_gone"
    NO_COLUMN = "no_column"
    TYPED_BY_HAND = "typed_by_hand"
    KEPT_THEIRS = "kept_theirs"
    NOT_SHOWN = "not_shown"
    LEFT = "left_course"


@dataclass(frozen=True, kw_only=True)
class ScoreRow:
    """One desired score; marks out of 20, instants in UTC."""

    activity_id: int
    person_id: int
    platform_id: int
    mark: Decimal | None
    comment: str | None
    version: int
    desired_at: datetime
    acknowledged_version: int
    acknowledged_mark: Decimal | None
    acknowledged_at: datetime | None
    state: ScoreState
    attempts: int
    next_attempt_at: datetime
    failing_since: datetime | None
    problem: str | None
    problem_detail: str | None
    lms_mark: str | None
    column_sought: bool
    last_timestamp: int


def desire(
    connection: Connection,
    *,
    activity_id: int,
    person_id: int,
    platform_id: int,
    mark: Decimal | None,
    comment: str | None,
    now: datetime,
    locked: Mapping[tuple[int, int], ScoreRow] | None = None,
    has_left: bool = False,
) -> bool:
    """Write down what the LMS should hold; True where that is new.

    `locked` are the rows of `lock_scores`, where the caller has read everybody's at once: without it, this one is read.
    A score that the LMS's teacher typed by hand keeps that state: what we desire is updated, not sent. A score that
    was never sent and is desired to be nothing needs no sending. Nothing is sent to who `has_left` the course.
    """
    if locked is None:
        row = find_score(connection, activity_id, person_id, lock=True)
    else:
        row = locked.get((activity_id, person_id))
    kept = None if mark is None else str(mark)
    if row is None:
        if mark is None:
            return False
        first = {
            "activity_id": activity_id,
            "person_id": person_id,
            "platform_id": platform_id,
            "mark": kept,
            "comment": comment,
            "version": 1,
            "desired_at": now,
            "state": ScoreState.LEFT if has_left else ScoreState.WAITING,
            "next_attempt_at": AT_ONCE,
        }
        if insert_if_new(connection, desired_score, first) == 1:
            return True
        row = get_score(connection, activity_id, person_id)  # written by another transaction a moment ago
    if (row.mark, row.comment) == (mark, comment):
        return False
    values: dict[str, Any] = {"mark": kept, "comment": comment, "version": row.version + 1, "desired_at": now}
    if row.state in (ScoreState.TYPED_BY_HAND, ScoreState.KEPT_THEIRS):
        values["state"] = (
            ScoreState.TYPED_BY_HAND
        )  # what the teacher chose to keep was chosen against another mark
    else:
        values |= afresh()
        if has_left:
            values["state"] = ScoreState.LEFT
        elif mark is None and row.last_timestamp == 0:
            values |= {"state": ScoreState.IN_STEP, "acknowledged_version": row.version + 1}
    one = {"of_activity": activity_id, "of_person": person_id}
    connection.execute(_CHANGE, one | values)
    return True


_ONE = and_(
    desired_score.c.activity_id == bindparam("of_activity"),
    desired_score.c.person_id == bindparam("of_person"),
)
_FIND = select(desired_score).where(_ONE)
_FIND_LOCKED = _FIND.with_for_update()
_CHANGE = update(desired_score).where(_ONE)


def find_score(
    connection: Connection, activity_id: int, person_id: int, *, lock: bool = False
) -> ScoreRow | None:
    """The desired score of a person in an activity's column."""
    query = _FIND_LOCKED if lock else _FIND
    row = connection.execute(query, {"of_activity": activity_id, "of_person": person_id}).one_or_none()
    return _score(row) if row else None


def get_score(connection: Connection, activity_id: int, person_id: int) -> ScoreRow:
    """The same, locked; LookupError where there is none."""
    row = find_score(connection, activity_id, person_id, lock=True)
    if row is None:
        raise LookupError(f"no desired score of person {person_id} in activity {activity_id}")
    return row


_OF_ACTIVITIES = select(desired_score).where(
    desired_score.c.activity_id.in_(bindparam("activity_ids", expanding=True))
)
_OF_PERSON = _OF_ACTIVITIES.where(desired_score.c.person_id == bindparam("person_id"))


_LOCKED = (
    _OF_ACTIVITIES.where(desired_score.c.person_id.in_(bindparam("person_ids", expanding=True)))
    .order_by(desired_score.c.person_id, desired_score.c.activity_id)
    .with_for_update()
)
_AT_ONCE_AT_MOST = 500
"""People of one statement: databases bound the number of its parameters."""


def lock_scores(
    connection: Connection, activity_ids: Collection[int], person_ids: Collection[int]
) -> dict[tuple[int, int], ScoreRow]:
    """The desired scores of these people in these activities, locked (PostgreSQL), in one order for everybody."""
    people = sorted(person_ids)
    found: dict[tuple[int, int], ScoreRow] = {}
    for start in range(0, len(people), _AT_ONCE_AT_MOST):
        some = {"activity_ids": list(activity_ids), "person_ids": people[start : start + _AT_ONCE_AT_MOST]}
        for row in connection.execute(_LOCKED, some):
            found[row.activity_id, row.person_id] = _score(row)
    return found


def scores_of(
    connection: Connection, activity_ids: Collection[int], person_id: int | None = None
) -> dict[tuple[int, int], ScoreRow]:
    """The desired scores of these activities, by (activity, person)."""
    wanted: dict[str, Any] = {"activity_ids": list(activity_ids)}
    if person_id is None:
        rows = connection.execute(_OF_ACTIVITIES, wanted)
    else:
        rows = connection.execute(_OF_PERSON, wanted | {"person_id": person_id})
    return {(row.activity_id, row.person_id): _score(row) for row in rows}


def resend(
    connection: Connection,
    now: datetime,
    *,
    activity_ids: Collection[int] | None = None,
    person_ids: Collection[int] | None = None,
    platform_ids: Collection[int] | None = None,
) -> int:
    """Send these scores again from the beginning, whatever the LMS said of them; return how many.

    Those of people who have left go on waiting for them to come back.
    """
    where: list[ColumnElement[bool]] = [desired_score.c.state != ScoreState.LEFT]
    for column, wanted in (
        (desired_score.c.activity_id, activity_ids),
        (desired_score.c.person_id, person_ids),
        (desired_score.c.platform_id, platform_ids),
    ):
        if wanted is not None:
            where.append(column.in_(list(wanted)))
    # A score that was never sent and should be nothing has nothing to say to the LMS.
    where.append(or_(desired_score.c.mark.is_not(None), desired_score.c.last_timestamp > 0))
    values = afresh() | {"version": desired_score.c.version + 1, "desired_at": now}
    return connection.execute(update(desired_score).where(*where).values(**values)).rowcount


def make_due(connection: Connection, platform_ids: Collection[int], states: Collection[ScoreState]) -> int:
    """Let the scores of these platforms in these states be sent now; return how many."""
    chosen = and_(
        desired_score.c.platform_id.in_(list(platform_ids)), desired_score.c.state.in_(list(states))
    )
    values = {"state": ScoreState.WAITING, "next_attempt_at": AT_ONCE, "column_sought": False}
    return connection.execute(update(desired_score).where(chosen).values(**values)).rowcount


def afresh() -> dict[str, Any]:
    """The values of a score that is to be sent from the beginning."""
    return {
        "state": ScoreState.WAITING,
        "attempts": 0,
        "next_attempt_at": AT_ONCE,
        "failing_since": None,
        "problem": None,
        "problem_detail": None,
        "lms_mark": None,
        "column_sought": False,
    }


_COLUMN_FOUND = (
    update(desired_score)
    .where(
        desired_score.c.activity_id == bindparam("of_activity"),
        desired_score.c.state.in_([ScoreState.NO_COLUMN, ScoreState.COLUMN_GONE]),
    )
    .values(**afresh(), desired_at=bindparam("now"))
)


def column_found(connection: Connection, activity_id: int, now: datetime) -> int:
    """A column of this activity is known again: scores that had none wait to be sent; return how many."""
    return connection.execute(_COLUMN_FOUND, {"of_activity": activity_id, "now": now}).rowcount


def set_aside(connection: Connection, course_id: int, person_ids: Collection[int]) -> int:
    """These people have left a course: nothing more is sent to them there; return how many scores that concerns.

    A grade typed by hand stays what it is. Whatever is on its way loses its lease, and what becomes of it is not noted.
    """
    by_hand = (ScoreState.TYPED_BY_HAND, ScoreState.KEPT_THEIRS)
    values = afresh() | {"state": ScoreState.LEFT, "lease_until": None, "lease_token": None}
    return _of_people(connection, course_id, person_ids, desired_score.c.state.not_in(by_hand), values)


def take_up_again(connection: Connection, course_id: int, person_ids: Collection[int], now: datetime) -> int:
    """These people are back in a course: what is desired is sent again; return how many scores that concerns."""
    aside = desired_score.c.state == ScoreState.LEFT
    says_something = or_(desired_score.c.mark.is_not(None), desired_score.c.last_timestamp > 0)
    again = afresh() | {"version": desired_score.c.version + 1, "desired_at": now}
    sent = _of_people(connection, course_id, person_ids, and_(aside, says_something), again)
    nothing = {"state": ScoreState.IN_STEP, "acknowledged_version": desired_score.c.version}
    _of_people(connection, course_id, person_ids, aside, nothing)
    return sent


def _of_people(
    connection: Connection,
    course_id: int,
    person_ids: Collection[int],
    where: ColumnElement[bool],
    values: Mapping[str, Any],
) -> int:
    of_course = desired_score.c.activity_id.in_(
        select(activity.c.id).where(activity.c.course_id == course_id)
    )
    people = sorted(person_ids)
    changed = 0
    for start in range(0, len(people), _AT_ONCE_AT_MOST):
        some = desired_score.c.person_id.in_(people[start : start + _AT_ONCE_AT_MOST])
        changed += connection.execute(
            update(desired_score).where(of_course, some, where).values(**values)
        ).rowcount
    return changed


@dataclass(frozen=True, kw_only=True)
class PlatformStatus:
    """How one platform stands: counts of scores by state, and since when the oldest has been waiting (UTC)."""

    platform_id: int
    counts: dict[ScoreState, int]
    oldest_waiting: datetime | None


def status_by_platform(connection: Connection) -> dict[int, PlatformStatus]:
    """Counts by state and the oldest waiting score, for each platform that has scores."""
    query = select(
        desired_score.c.platform_id,
        desired_score.c.state,
        func.count().label("number"),
        func.min(desired_score.c.desired_at).label("oldest"),
    ).group_by(desired_score.c.platform_id, desired_score.c.state)
    found: dict[int, PlatformStatus] = {}
    for row in connection.execute(query):
        before = found.get(row.platform_id)
        state = ScoreState(row.state)
        found[row.platform_id] = PlatformStatus(
            platform_id=row.platform_id,
            counts={**(before.counts if before else {}), state: row.number},
            oldest_waiting=row.oldest
            if state is ScoreState.WAITING
            else (before.oldest_waiting if before else None),
        )
    return found


def once_sent(connection: Connection, activity_id: int, person_id: int) -> set[Decimal | None]:
    """Every mark we ever tried to send here (None: we withdrew it)."""
    query = select(score_sent.c.mark).where(
        score_sent.c.activity_id == activity_id, score_sent.c.person_id == person_id
    )
    return {None if mark is None else Decimal(mark) for mark in connection.scalars(query)}


def _score(row: Row[Any]) -> ScoreRow:
    return ScoreRow(
        activity_id=row.activity_id,
        person_id=row.person_id,
        platform_id=row.platform_id,
        mark=None if row.mark is None else Decimal(row.mark),
        comment=row.comment,
        version=row.version,
        desired_at=row.desired_at,
        acknowledged_version=row.acknowledged_version,
        acknowledged_mark=None if row.acknowledged_mark is None else Decimal(row.acknowledged_mark),
        acknowledged_at=row.acknowledged_at,
        state=ScoreState(row.state),
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        failing_since=row.failing_since,
        problem=row.problem,
        problem_detail=row.problem_detail,
        lms_mark=row.lms_mark,
        column_sought=row.column_sought,
        last_timestamp=row.last_timestamp,
    )
