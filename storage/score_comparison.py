"""After a restore: which columns to read back, and giving way to what an LMS holds that this database never sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from storage.desired_scores import AT_ONCE, ScoreState
from storage.schema import activity, deployment, desired_score, person, platform
from storage.upsert import insert_if_new


@dataclass(frozen=True, kw_only=True)
class KnownColumn:
    """A column of a gradebook that we know, and whose activity it is."""

    activity_id: int
    deployment_id: int
    platform_id: int
    title: str
    line_item_url: str
    scopes: tuple[str, ...]


def known_columns(connection: Connection) -> list[KnownColumn]:
    """The columns of every enabled platform."""
    query = (
        select(activity, platform.c.id.label("platform_id"))
        .join(deployment, deployment.c.id == activity.c.deployment_id)
        .join(platform, platform.c.id == deployment.c.platform_id)
        .where(platform.c.enabled, activity.c.line_item_url.is_not(None), activity.c.component.is_not(None))
        .order_by(activity.c.id)
    )
    return [
        KnownColumn(
            activity_id=row.id,
            deployment_id=row.deployment_id,
            platform_id=row.platform_id,
            title=row.title or "",
            line_item_url=row.line_item_url,
            scopes=tuple(row.scopes),
        )
        for row in connection.execute(query)
    ]


def people_by_sub(
    connection: Connection, deployment_id: int, subs: Collection[str], now: datetime
) -> dict[str, int]:
    """Our number of each of these people; those whom only the LMS knows are added, without a name as yet."""
    query = select(person.c.sub, person.c.id).where(person.c.deployment_id == deployment_id)
    known = {row.sub: row.id for row in connection.execute(query)}
    new = [{"deployment_id": deployment_id, "sub": sub, "seen_at": now} for sub in subs if sub not in known]
    if new:
        insert_if_new(connection, person, new)
        known = {row.sub: row.id for row in connection.execute(query)}
    return {sub: known[sub] for sub in subs}


def give_way(
    connection: Connection,
    column: KnownColumn,
    person_id: int,
    *,
    held: str,
    problem: str,
    detail: str,
    now: datetime,
) -> None:
    """The LMS's value stands, as if typed there by hand, until a teacher asks to send ours."""
    stands = {
        "state": ScoreState.TYPED_BY_HAND,
        "lms_mark": held,
        "problem": problem,
        "problem_detail": detail,
        "failing_since": now,
        "lease_until": None,
        "lease_token": None,
    }
    first = {
        "activity_id": column.activity_id,
        "person_id": person_id,
        "platform_id": column.platform_id,
        "version": 1,
        "desired_at": now,
        "next_attempt_at": AT_ONCE,
        **stands,
    }
    if insert_if_new(connection, desired_score, first) == 0:
        this = (desired_score.c.activity_id == column.activity_id) & (desired_score.c.person_id == person_id)
        connection.execute(update(desired_score).where(this).values(**stands))
