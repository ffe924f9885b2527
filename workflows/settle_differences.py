"""Where the gradebook shows another value than ours, a teacher takes either: theirs is kept, or ours is sent again."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from storage.activities import Activity, activities_of
from storage.audit import note
from storage.column_readings import keep_theirs
from storage.desired_scores import ScoreRow, ScoreState, lock_scores, resend
from workflows.compare_columns import SOON, ask_to_compare
from workflows.visit import Role, Visit, find_place, require
from workflows.world import World


class Choice(StrEnum):
    """Whose value stands."""

    THEIRS = "theirs"
    OURS = "ours"


@dataclass(frozen=True, kw_only=True)
class SeenCell:
    """One cell as a teacher saw it: whose it is, and what the LMS held (None: nothing)."""

    activity_id: int
    person_id: int
    lms_mark: str | None


@dataclass(frozen=True, kw_only=True)
class Settled:
    """How many were settled, and how many were left because they are no longer as they were shown."""

    done: int
    skipped: int


_WRITTEN = re.compile(r"([0-9]{1,9}):([0-9]{1,9}):([0-9.]{0,20})", re.ASCII)


def read_differences(texts: Iterable[str]) -> list[SeenCell]:
    """Read what forms carry (`lms_state.write_difference`), each once; what is none is left out."""
    found = {text: match for text in texts if (match := _WRITTEN.fullmatch(text))}
    return [
        SeenCell(activity_id=int(each[1]), person_id=int(each[2]), lms_mark=each[3] or None)
        for each in found.values()
    ]


def settle_differences(
    world: World, visit: Visit, choice: Choice, differences: Collection[SeenCell]
) -> Settled:
    """Do what a teacher chose, for one or many; on record with both values, each out of 20.

    Raises:
        Refused: not a teacher.
    """
    require(visit, Role.TEACHER)
    place = find_place(world, visit).activity
    now = world.now()
    by_activity: dict[int, list[int]] = defaultdict(list)
    with world.database.write() as connection:
        columns = {each.id for each in activities_of(connection, place.course_id) if _same_unit(each, place)}
        here = [each for each in differences if each.activity_id in columns]
        rows = lock_scores(connection, {each.activity_id for each in here}, {each.person_id for each in here})
        chosen = [
            row
            for each in here
            if (row := rows.get((each.activity_id, each.person_id))) is not None
            and row.state in SETTLES[choice]
            and row.lms_mark == each.lms_mark
        ]
        for row in chosen:
            by_activity[row.activity_id].append(row.person_id)
        for activity_id, people in by_activity.items():
            if choice is Choice.THEIRS:
                keep_theirs(connection, activity_id, people)
            else:
                resend(connection, now, activity_ids=[activity_id], person_ids=people)
        if chosen:
            action = "lms_grades_kept" if choice is Choice.THEIRS else "our_marks_sent"
            details = {"scores": [_on_record(row) for row in chosen]}
            note(
                connection, action, now, by_person=visit.person_id, course_id=place.course_id, details=details
            )
            if choice is Choice.OURS:
                ask_to_compare(connection, place.course_id, now, after=SOON)
    world.wake()
    return Settled(done=len(chosen), skipped=len(differences) - len(chosen))


SETTLES = {
    Choice.THEIRS: (ScoreState.TYPED_BY_HAND, ScoreState.NOT_SHOWN),
    Choice.OURS: (ScoreState.TYPED_BY_HAND, ScoreState.NOT_SHOWN, ScoreState.KEPT_THEIRS),
}


def _same_unit(each: Activity, place: Activity) -> bool:
    return (each.unit_code, each.academic_year) == (place.unit_code, place.academic_year)


def _on_record(row: ScoreRow) -> dict[str, object]:
    ours = None if row.mark is None else str(row.mark)
    return {"activity": row.activity_id, "person": row.person_id, "ours": ours, "lms": row.lms_mark}
