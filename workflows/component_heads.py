"""The columns of a cohort: each component's dates, closing, activity, and how many have sent something."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from grading.text import Bilingual, moment
from workflows.close_component import newcomers
from workflows.cohort import Cohort
from workflows.cohort_rows import CohortRow
from workflows.course_rules import file_of
from workflows.presence import Presence


@dataclass(frozen=True, kw_only=True)
class ComponentHead:
    """One column of the cohort: its dates, whether it is closed, who it concerns, and its activity if there is one.

    `has_own_dates`: they are this course's, not those of the unit's file. `is_chosen`: it was chosen for the course,
    and nobody has opened its activity yet.
    """

    key: str
    title: Bilingual
    opens: Bilingual | None
    closes: Bilingual | None
    closed_on: Bilingual | None
    can_close: bool
    newcomers: int
    has_activity: bool
    sent: int
    has_own_dates: bool = False
    is_chosen: bool = False


def heads_of(
    cohort: Cohort, rows: Sequence[CohortRow], chosen: Collection[tuple[str, str, str]]
) -> list[ComponentHead]:
    """The columns of a cohort; `chosen` components have an activity in the course that nobody has opened yet.

    Who has left is not counted.
    """
    there = [row for row in rows if row.presence is not Presence.LEFT]
    zone = cohort.unit.timezone
    here = (cohort.scope.unit_code, cohort.scope.academic_year)
    heads = []
    for part in cohort.unit.components:
        closing = cohort.closings.get(part.key)
        closed = closing if closing is not None and closing.closed else None
        heads.append(
            ComponentHead(
                key=part.key,
                title=part.title,
                opens=moment(part.opens_at, zone) if part.opens_at else None,
                closes=moment(part.closes_at, zone),
                closed_on=moment(closed.at, zone) if closed else None,
                can_close=True,
                newcomers=len(newcomers(cohort, part.key)),
                has_activity=bool(cohort.columns(part.key)),
                sent=sum(bool(row.outcome.get_component(part.key).verdicts) for row in there),
                has_own_dates=part != file_of(cohort.rules).unit.find_component(part.key),
                is_chosen=(*here, part.key) in chosen and not cohort.columns(part.key),
            )
        )
    catch_up = cohort.unit.catch_up
    heads.append(
        ComponentHead(
            key=catch_up.key,
            title=catch_up.title,
            opens=None,
            closes=None,
            closed_on=None,
            can_close=False,
            newcomers=0,
            has_activity=bool(cohort.columns(catch_up.key)),
            is_chosen=(*here, catch_up.key) in chosen and not cohort.columns(catch_up.key),
            sent=0,
        )
    )
    return heads
