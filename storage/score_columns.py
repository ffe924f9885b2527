"""What is true of a whole column: who may look for it, where it is, and what its being closed to us means."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, tuple_, update

from storage.desired_scores import AT_ONCE, ScoreState, afresh
from storage.schema import activity, desired_score
from storage.score_claims import LEASE, Claim, unleased


def settle_column(
    connection: Connection, claim: Claim, state: ScoreState, *, problem: str, detail: str, now: datetime
) -> int:
    """Settle every score that waits in the claim's column and that nobody is sending now; return how many."""
    where = and_(
        desired_score.c.activity_id == claim.activity_id,
        desired_score.c.state == ScoreState.WAITING,
        unleased(now),
    )
    values = {"state": state, "problem": problem, "problem_detail": detail[:500], "failing_since": now}
    return _update_free(connection, where, values)


def columns_closed_to_us(connection: Connection, claim: Claim, problem: str) -> set[int]:
    """The other columns of the claim's platform that fell to this problem since the platform last took a score."""
    same_platform = desired_score.c.platform_id == claim.platform_id
    last_taken = connection.scalar(select(func.max(desired_score.c.acknowledged_at)).where(same_platform))
    where = and_(
        same_platform, desired_score.c.problem == problem, desired_score.c.activity_id != claim.activity_id
    )
    if last_taken is not None:
        where = and_(where, desired_score.c.failing_since > last_taken)
    return set(connection.scalars(select(desired_score.c.activity_id).where(where).distinct()))


def reopen_columns(connection: Connection, platform_id: int, problem: str) -> int:
    """Let settled scores with this problem wait again: the fault was the platform's; return how many."""
    settled = and_(
        desired_score.c.platform_id == platform_id,
        desired_score.c.problem == problem,
        desired_score.c.state == ScoreState.REFUSED,
    )
    return _update_free(connection, settled, {"state": ScoreState.WAITING, "next_attempt_at": AT_ONCE})


def wake_waiting(connection: Connection, platform_id: int, problems: list[str], now: datetime) -> int:
    """The platform is well again: what waited because of it is due now; return how many."""
    where = and_(
        desired_score.c.platform_id == platform_id,
        desired_score.c.state == ScoreState.WAITING,
        desired_score.c.next_attempt_at > now,
        desired_score.c.problem.in_(problems),
        desired_score.c.lease_token.is_(None),
    )
    return _update_free(connection, where, {"next_attempt_at": now})


def others_pass(connection: Connection, claim: Claim) -> bool:
    """Whether the LMS took another person's score in the same column since this one began to fail."""
    if claim.failing_since is None:
        return False
    query = select(desired_score.c.person_id).where(
        desired_score.c.activity_id == claim.activity_id,
        desired_score.c.person_id != claim.person_id,
        desired_score.c.acknowledged_at > claim.failing_since,
    )
    return connection.scalar(query.limit(1)) is not None


def lease_column(connection: Connection, claim: Claim, now: datetime) -> bool:
    """Take the right to look for (or make) the claim's column; False while another worker has it.

    The right is renewed with the claim's lease, and runs out with it.
    """
    free = or_(
        activity.c.column_lease_until.is_(None),
        activity.c.column_lease_until < now,
        activity.c.column_lease_until > now + 2 * LEASE,
    )
    taken = (
        update(activity)
        .where(activity.c.id == claim.activity_id, free)
        .values(column_lease_until=now + LEASE, column_lease_token=claim.token)
    )
    return connection.execute(taken).rowcount == 1


def keep_column(connection: Connection, claim: Claim, line_item_url: str) -> bool:
    """Write down the column that was found and give the right back; False where the right was lost meanwhile."""
    held = (activity.c.id == claim.activity_id) & (activity.c.column_lease_token == claim.token)
    values = {"line_item_url": line_item_url, "column_lease_until": None, "column_lease_token": None}
    return connection.execute(update(activity).where(held).values(**values)).rowcount == 1


def fill_column(connection: Connection, claim: Claim, now: datetime) -> int:
    """Another column than before was found: what the old one held, and who had none, belongs in it; return how many.

    The claim's own score is on its way there already.
    """
    elsewhere = [
        ScoreState.IN_STEP,
        ScoreState.TYPED_BY_HAND,
        ScoreState.KEPT_THEIRS,
        ScoreState.NOT_SHOWN,
        ScoreState.COLUMN_GONE,
        ScoreState.NO_COLUMN,
    ]
    where = and_(
        desired_score.c.activity_id == claim.activity_id,
        desired_score.c.person_id != claim.person_id,
        desired_score.c.mark.is_not(None),
        desired_score.c.state.in_(elsewhere),
    )
    return _update_free(connection, where, afresh() | {"desired_at": now})


def forget_gone_columns(connection: Connection, activity_ids: Collection[int]) -> None:
    """Somebody asks to send again into columns that are gone: look for them anew, where the course's can be looked at.

    Without it, a platform whose launches never name the column (they only give the course's columns) would be asked
    for the dead address for ever.
    """
    gone = select(desired_score.c.activity_id).where(
        desired_score.c.activity_id.in_(list(activity_ids)),
        desired_score.c.state == ScoreState.COLUMN_GONE,
    )
    connection.execute(
        update(activity)
        .where(activity.c.id.in_(gone), activity.c.line_items_url.is_not(None))
        .values(line_item_url=None)
    )


def release_column(connection: Connection, claim: Claim) -> None:
    """Give the right back without an answer."""
    held = (activity.c.id == claim.activity_id) & (activity.c.column_lease_token == claim.token)
    connection.execute(update(activity).where(held).values(column_lease_until=None, column_lease_token=None))


def _update_free(connection: Connection, where: ColumnElement[bool], values: dict[str, object]) -> int:
    """Update the rows that no other transaction holds (PostgreSQL): who holds one writes its state itself."""
    key = tuple_(desired_score.c.activity_id, desired_score.c.person_id)
    found = connection.execute(
        select(desired_score.c.activity_id, desired_score.c.person_id)
        .where(where)
        .order_by(desired_score.c.person_id, desired_score.c.activity_id)
        .with_for_update(skip_locked=True)
    ).all()
    for start in range(0, len(found), 200):
        some = [(row.activity_id, row.person_id) for row in found[start : start + 200]]
        connection.execute(update(desired_score).where(key.in_(some)).values(**values))
    return len(found)
