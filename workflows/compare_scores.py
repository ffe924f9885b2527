"""After a restored backup: read every gradebook column back before anything is sent, so that no older mark replaces
a newer one.

A restored database believes that the LMS holds what it held at the backup. Where that is no longer so, and the value
was not sent by this database, what came after the backup is at stake: the LMS's value stands and the teacher decides.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from lti.errors import ServiceError
from lti.scores import SCOPE_RESULT, Result, read_results
from storage.audit import note
from storage.database import Connection
from storage.desired_scores import ScoreRow, ScoreState, once_sent, resend, scores_of
from storage.platforms import find_platform
from storage.score_comparison import KnownColumn, give_way, known_columns, people_by_sub
from workflows.platform_registry import registration_of
from workflows.push_decision import TOLERANCE, Problem, out_of_twenty
from workflows.world import World

log = logging.getLogger(__name__)


class Finding(StrEnum):
    """What the LMS holds for one person, beside what we believe."""

    AGREES = "agrees"
    WAITS = "waits"
    SENT_AGAIN = "sent_again"
    NOT_OURS = "not_ours"


@dataclass(frozen=True, kw_only=True)
class ColumnFindings:
    """One column read back; `trouble` says in words why it could not be."""

    title: str
    counts: Mapping[Finding, int]
    trouble: str | None = None


def compare_scores(world: World, platform_id: int | None = None) -> list[ColumnFindings]:
    """Read back every column (of one platform) and act on what is found; run it while no worker runs (operator)."""
    with world.database.read() as connection:
        columns = known_columns(connection)
    return [_compare(world, each) for each in columns if platform_id in (None, each.platform_id)]


def judge(row: ScoreRow | None, result: Result | None, sent: Collection[Decimal | None]) -> Finding:
    """What one cell means, from what it holds, since when, and what this database ever sent there."""
    held = out_of_twenty(result)
    if row is None:
        return Finding.AGREES if held is None else Finding.NOT_OURS
    waits = row.state is not ScoreState.IN_STEP
    if row.state in (ScoreState.TYPED_BY_HAND, ScoreState.KEPT_THEIRS) or (
        _equal(held, row.mark) and not waits
    ):
        return Finding.AGREES
    believed = row.mark if not waits else row.acknowledged_mark
    if held is None or _equal(held, believed) or _equal(held, row.mark):
        return Finding.WAITS if waits else Finding.SENT_AGAIN
    ours = any(_equal(held, each) for each in sent) and _stored_at(result) <= row.last_timestamp
    if not ours:
        return Finding.NOT_OURS
    return Finding.WAITS if waits else Finding.SENT_AGAIN


def _compare(world: World, column: KnownColumn) -> ColumnFindings:
    if SCOPE_RESULT not in column.scopes:
        return ColumnFindings(
            title=column.title, counts={}, trouble="the LMS grants no right to read results"
        )
    with world.database.read() as connection:
        platform = find_platform(connection, column.platform_id)
    if platform is None:
        return ColumnFindings(title=column.title, counts={}, trouble="the platform is gone")
    try:
        results = read_results(world.services, registration_of(platform), column.line_item_url)
    except ServiceError as error:
        return ColumnFindings(title=column.title, counts={}, trouble=str(error))
    with world.database.write() as connection:
        counts = _act(world, connection, column, results)
        details = {
            "activity": column.activity_id,
            **{finding.value: number for finding, number in counts.items()},
        }
        note(connection, "scores_compared", world.now(), by_person=None, course_id=None, details=details)
    log.info("scores compared: activity=%s found=%s", column.activity_id, dict(counts))
    return ColumnFindings(title=column.title, counts=counts)


def _act(
    world: World, connection: Connection, column: KnownColumn, results: Mapping[str, Result]
) -> Counter[Finding]:
    now, counts = world.now(), Counter[Finding]()
    held = {sub: result for sub, result in results.items() if result.score is not None}
    people = people_by_sub(connection, column.deployment_id, held, now)
    by_person = {people[sub]: result for sub, result in held.items()}
    rows = {person_id: row for (_, person_id), row in scores_of(connection, [column.activity_id]).items()}
    again = []
    for person_id in sorted({*by_person, *rows}):
        row, result = rows.get(person_id), by_person.get(person_id)
        finding = judge(row, result, once_sent(connection, column.activity_id, person_id))
        counts[finding] += 1
        if finding is Finding.SENT_AGAIN:
            again.append(person_id)
        elif finding is Finding.NOT_OURS:
            mark = out_of_twenty(result)
            give_way(
                connection,
                column,
                person_id,
                held=f"{mark:.2f}",
                problem=Problem.TYPED_BY_HAND,
                detail="found when the gradebook was compared: not sent by this database, or after it was saved",
                now=now,
            )
    if again:
        resend(connection, now, activity_ids=[column.activity_id], person_ids=again)
    return counts


def _stored_at(result: Result | None) -> int:
    return int(result.timestamp.timestamp()) if result is not None and result.timestamp else 0


def _equal(one: Decimal | None, other: Decimal | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE
