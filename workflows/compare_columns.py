"""Reads the gradebook columns of a course back in the background: a 200 alone does not say what a gradebook shows.

What a teacher typed there since is noticed though we have nothing to send; ours yields, and the teacher decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from grading.text import Bilingual
from lti.errors import LineItemGone, ServiceError
from lti.line_items import SCOPE_MANAGE, SCOPE_READ, LineItem, get_line_item
from lti.registration import Registration
from lti.scores import SCOPE_RESULT, Result, read_results
from storage.activities import Activity, activities_of
from storage.audit import note
from storage.column_readings import courses_to_compare, note_column, note_seen, send_column_again
from storage.database import Connection
from storage.desired_scores import ScoreState, scores_of
from storage.jobs import NewJob, ask
from storage.people import members_of
from storage.platforms import find_platform
from workflows.jobs import Job, Periodic, Report
from workflows.judge_column import ColumnJudgement, Seen, judge_column, written
from workflows.nightly import is_due
from workflows.platform_registry import registration_of
from workflows.push_decision import Problem, decide
from workflows.world import World

log = structlog.stdlib.get_logger(__name__)

KIND = "compare"
AT_MOST_EVERY = timedelta(hours=20)
LEFT_ALONE = timedelta(days=365)
SOON = timedelta(minutes=2)
"""After a teacher had marks sent again: whether the gradebook shows them is looked at this much later."""

_STATES = {
    Seen.CHANGED: ScoreState.TYPED_BY_HAND,
    Seen.NOT_SHOWN: ScoreState.NOT_SHOWN,
    Seen.AGREES_AFTER_ALL: ScoreState.IN_STEP,
}


def compare_job(course_id: int, **more: Any) -> NewJob:
    """Read the columns of a course back."""
    return NewJob(kind=KIND, key=f"course {course_id}", payload={"course": course_id}, **more)


def ask_to_compare(
    connection: Connection, course_id: int, now: datetime, *, after: timedelta = timedelta(0), **more: Any
) -> int:
    """Let the columns of a course be read back, now or in a while; return the job."""
    return ask(connection, compare_job(course_id, not_before=now + after, **more), now)


def nightly_comparisons() -> Periodic:
    """Ask for every course's columns once a night."""
    return Periodic(every=AT_MOST_EVERY, wanted=due_comparisons)


def due_comparisons(world: World) -> Iterable[NewJob]:
    """The courses whose hour of the night has come, of those in use."""
    now = world.now()
    with world.database.read() as connection:
        courses = courses_to_compare(
            connection, tried_before=now - AT_MOST_EVERY, seen_after=now - LEFT_ALONE
        )
    return [compare_job(course_id) for course_id, since in courses if is_due(course_id, since, now)]


def compare_columns(world: World, job: Job, report: Report) -> Mapping[str, Any]:
    """Do a job of this kind; a column that cannot be read does not keep the others from being read."""
    course_id = int(job.payload["course"])
    with world.database.read() as connection:
        columns = [
            each for each in activities_of(connection, course_id) if each.line_item_url and each.is_set_up
        ]
        platform = find_platform(connection, columns[0].platform_id) if columns else None
    if platform is None or not platform.enabled:
        return {"columns": 0}
    counted: Counter[str] = Counter()
    for place, column in enumerate(columns):
        report(place, len(columns), Bilingual("Lecture du carnet de notes…", "Reading the gradebook…"))
        counted.update(_compare(world, registration_of(platform), column))
    if counted["sent_again"]:
        world.wake()
    return {"columns": len(columns), **counted}


def _compare(world: World, registration: Registration, column: Activity) -> Counter[str]:
    """Read one column and write down what it shows; return how many of each finding."""
    began, url = world.now(), column.line_item_url or ""
    if SCOPE_RESULT not in column.scopes:
        return _in_trouble(world, column, Problem.NO_SCOPE)
    try:
        item = _read_item(world, registration, column)
        results = read_results(world.services, registration, url)
    except LineItemGone:
        return _gone(world, column)
    except ServiceError as error:
        return _in_trouble(world, column, decide(error).problem)
    with world.database.write() as connection:
        by_sub = {each.person.sub: each.person.id for each in members_of(connection, column.course_id)}
        held = {by_sub[sub]: result for sub, result in results.items() if sub in by_sub}
        rows = {person_id: row for (_, person_id), row in scores_of(connection, [column.id]).items()}
        judgement = judge_column(rows, held, began=began)
        changed = []
        for cell in judgement.cells:
            row, state = rows[cell.person_id], _STATES[cell.seen]
            lms_mark = None if state is ScoreState.IN_STEP else written(cell.held)
            if note_seen(
                connection, column.id, cell.person_id, row.version, state=state, lms_mark=lms_mark, now=began
            ):
                ours = None if row.mark is None else str(row.mark)
                changed.append(
                    {"person": cell.person_id, "seen": cell.seen.value, "ours": ours, "lms": lms_mark}
                )
        if changed:
            details = {"activity": column.id, "scores": changed}
            note(connection, "gradebook_differs", began, course_id=column.course_id, details=details)
        _note_column(connection, column, item, results, judgement, began)
    counted = Counter(cell.seen.value for cell in judgement.cells)
    log.info("column compared", activity=column.id, **counted)
    return counted


def _read_item(world: World, registration: Registration, column: Activity) -> LineItem | None:
    """The column itself, where we may read it: its name and maximum as they are now."""
    scope = next((each for each in (SCOPE_MANAGE, SCOPE_READ) if each in column.scopes), None)
    if scope is None:
        return None
    return get_line_item(world.services, registration, column.line_item_url or "", scope=scope)


def _note_column(
    connection: Connection,
    column: Activity,
    item: LineItem | None,
    results: Mapping[str, Result],
    judgement: ColumnJudgement,
    now: datetime,
) -> None:
    maximum = item.maximum if item is not None else None
    if maximum is None:
        maximum = next((each.maximum for each in results.values() if each.maximum is not None), None)
    note_column(
        connection,
        column.id,
        now,
        read_at=now,
        label=item.label[:1400] if item is not None else None,
        maximum=None if maximum is None else f"{maximum.normalize():f}"[:40],
        shows=judgement.shows,
    )


def _gone(world: World, column: Activity) -> Counter[str]:
    """The column is not there any more: sending finds another one, or settles that there is none."""
    now = world.now()
    with world.database.write() as connection:
        again = send_column_again(connection, column.id, now)
        note_column(connection, column.id, now, trouble=Problem.COLUMN_GONE.value)
    log.warning("column gone", activity=column.id)
    return Counter({"gone": 1, "sent_again": again})


def _in_trouble(world: World, column: Activity, problem: Problem) -> Counter[str]:
    with world.database.write() as connection:
        note_column(connection, column.id, world.now(), trouble=problem.value)
    log.warning("column not read", activity=column.id, reason=problem)
    return Counter({"not_read": 1})
