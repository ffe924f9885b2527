"""What a teacher sees: the cohort with evidence, marks, eligibility and gradebook state; one person in detail."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from grading.mark import ComponentMark
from grading.outcome import Outcome, Situation, assess
from grading.rules import Unit
from grading.text import Bilingual, moment
from storage.activities import Activity
from storage.deep_linking import chosen_for
from storage.desired_scores import ScoreRow, scores_of
from storage.gradebook import Grade, find_rules, grade_history
from storage.people import Person
from workflows.awaited import Awaited, awaited_people
from workflows.campaign_proofs import CampaignState, campaign_state
from workflows.certificate_queue import count_waiting
from workflows.certification_view import CertificationView, certification_view
from workflows.close_component import newcomers
from workflows.cohort import Cohort, load_cohort, rules_of, unit_year
from workflows.copy_note import CopyNote, copy_note
from workflows.course_rules import file_of
from workflows.import_views import ListedImport, list_imports
from workflows.lms_state import Arrival, LmsState, lms_state
from workflows.person_names import order_of, person_name, reading_order
from workflows.pix_page import PixStatus, pix_status
from workflows.refusal import RefusalCode, Refused
from workflows.student_page import SentProfile, sent_profiles
from workflows.visit import Role, Visit, find_place, require
from workflows.world import World

_DIGEST = re.compile(r"[0-9a-f]{1,64}")

__all__ = ["CohortPage", "PersonPage", "cohort_page", "person_name", "person_page", "rules_text"]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One component of one person: the mark, and where it stands with the LMS (None: no activity carries it)."""

    mark: ComponentMark
    lms: LmsState | None


@dataclass(frozen=True, kw_only=True)
class CohortRow:
    """Somebody of the cohort: a person who launched, or (`person` is None) whom only imported lines tell of.

    The marks of the latter are what they would be: nothing is sent before they launch or a teacher says who they are.
    """

    person: Person | None
    name: str
    number: str | None
    order: tuple[str, str, str, int]
    cells: tuple[Cell, ...]
    outcome: Outcome


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


@dataclass(frozen=True, kw_only=True)
class CohortPage:
    """The teacher's page; `certificates`: how many of those given by code wait (None: none was given)."""

    unit: Unit
    activity: Activity
    heads: tuple[ComponentHead, ...]
    rows: tuple[CohortRow, ...]
    imports: tuple[ListedImport, ...]
    awaited: int
    copies: CopyNote
    certificates: int | None
    problems: int
    on_their_way: int
    campaign: CampaignState | None
    pix: PixStatus | None


@dataclass(frozen=True, kw_only=True)
class PersonPage:
    """One person in detail: every sending and every grade, with the rules that made it."""

    unit: Unit
    person: Person
    name: str
    outcome: Outcome
    parts: tuple[tuple[Bilingual, Cell, tuple[SentProfile, ...]], ...]
    history: tuple[tuple[Grade, Bilingual, Bilingual], ...]
    certification: CertificationView


def cohort_page(world: World, visit: Visit) -> CohortPage:
    """The cohort of the visit's unit.

    Raises:
        Refused: not a teacher; not set up; no rules.
    """
    require(visit, Role.TEACHER)
    activity = find_place(world, visit).activity
    rules = rules_of(world, activity)
    scope = unit_year(activity)
    with world.database.read() as connection:
        cohort = load_cohort(connection, rules, scope)
        scores = scores_of(connection, [each.id for each in cohort.activities])
        imports = list_imports(connection, activity, rules)
        awaited = awaited_people(connection, scope)
        copies = copy_note(connection, cohort)
        chosen = chosen_for(connection, scope.course_id)
        certificates = count_waiting(connection, scope)
        campaign = campaign_state(connection, scope, rules.unit, activity.component or "")
        pix = pix_status(connection, world, scope, activity.component or "", rules.unit.timezone)
    rows = [_row(cohort, person_id, scores) for person_id in (each.person.id for each in cohort.learners)]
    rows += [_awaited_row(cohort.unit, each) for each in awaited]
    rows.sort(key=lambda row: row.order)
    arrivals = [cell.lms.arrival for row in rows for cell in row.cells if cell.lms is not None]
    return CohortPage(
        unit=cohort.unit,
        activity=activity,
        heads=tuple(_heads(cohort, rows, chosen)),
        rows=tuple(rows),
        imports=imports,
        awaited=len(awaited),
        copies=copies,
        certificates=certificates,
        problems=sum(
            each in (Arrival.REFUSED, Arrival.TYPED_BY_HAND, Arrival.IN_TROUBLE) for each in arrivals
        ),
        on_their_way=sum(each is Arrival.ON_ITS_WAY for each in arrivals),
        campaign=campaign,
        pix=pix,
    )


def person_page(world: World, visit: Visit, person_id: int) -> PersonPage:
    """One person of the cohort in detail.

    Raises:
        Refused: not a teacher; the person never launched in this course.
    """
    require(visit, Role.TEACHER)
    activity = find_place(world, visit).activity
    rules = rules_of(world, activity)
    scope = unit_year(activity)
    with world.database.read() as connection:
        cohort = load_cohort(connection, rules, scope, [person_id])
        member = cohort.members.get(person_id)
        if member is None:
            raise Refused(
                RefusalCode.NOT_FOUND,
                Bilingual(
                    "Cette personne n’a jamais ouvert l’outil dans ce cours.",
                    "This person has never opened the tool in this course.",
                ),
            )
        scores = scores_of(connection, [each.id for each in cohort.activities], person_id)
        history = grade_history(connection, scope, person_id)
    row = _row(cohort, person_id, scores)
    titles = {part.key: part.title for part in rules.unit.components} | {
        rules.unit.catch_up.key: rules.unit.catch_up.title
    }
    return PersonPage(
        unit=cohort.unit,
        person=member.person,
        name=row.name,
        outcome=row.outcome,
        parts=tuple(
            (titles[cell.mark.key], cell, sent_profiles(cohort, person_id, cell.mark)) for cell in row.cells
        ),
        certification=certification_view(cohort, person_id, row.outcome),
        history=tuple(
            (
                grade,
                moment(grade.created_at, rules.unit.timezone),
                titles.get(grade.component, Bilingual("?", "?")),
            )
            for grade in reversed(history)
        ),
    )


def rules_text(world: World, visit: Visit, digest: str) -> str:
    """The text of the rules that produced a grade, as they were.

    Raises:
        Refused: not a teacher, or no grade was ever computed by such rules.
    """
    require(visit, Role.TEACHER)
    find_place(world, visit)
    with world.database.read() as connection:
        found = find_rules(connection, digest) if _DIGEST.fullmatch(digest) else None
    if found is None:
        raise Refused(
            RefusalCode.NOT_FOUND,
            Bilingual("Aucune règle de cette empreinte.", "No rules with this digest."),
        )
    return found[1]


def _row(cohort: Cohort, person_id: int, scores: dict[tuple[int, int], ScoreRow]) -> CohortRow:
    person = cohort.members[person_id].person
    outcome = cohort.outcome(cohort.members[person_id])
    return CohortRow(
        person=person,
        name=person_name(person),
        number=person.student_number,
        order=order_of(person),
        cells=tuple(_cell(cohort, person_id, mark, scores) for mark in outcome.components),
        outcome=outcome,
    )


def _awaited_row(unit: Unit, awaited: Awaited) -> CohortRow:
    outcome = assess(unit, Situation(sendings=awaited.sendings, certifications=awaited.certifications))
    return CohortRow(
        person=None,
        name=awaited.name,
        number=awaited.number,
        order=(*reading_order(awaited.last_name, awaited.first_name, awaited.name), 0),
        cells=tuple(Cell(mark=mark, lms=None) for mark in outcome.components),
        outcome=outcome,
    )


def _cell(
    cohort: Cohort, person_id: int, mark: ComponentMark, scores: dict[tuple[int, int], ScoreRow]
) -> Cell:
    columns = cohort.columns(mark.key)
    states = [lms_state(scores.get((each.id, person_id)), cohort.unit.timezone) for each in columns]
    # Of several columns, show the one that asks for attention.
    worst = sorted(states, key=lambda state: list(Arrival).index(state.arrival))
    return Cell(mark=mark, lms=worst[-1] if worst else None)


def _heads(
    cohort: Cohort, rows: Sequence[CohortRow], chosen: Collection[tuple[str, str, str]]
) -> list[ComponentHead]:
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
                sent=sum(bool(row.outcome.get_component(part.key).verdicts) for row in rows),
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
