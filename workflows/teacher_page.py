"""What a teacher sees first: the cohort with evidence, marks, eligibility and gradebook state."""

from __future__ import annotations

import re
from dataclasses import dataclass

from grading.rules import Unit
from grading.text import Bilingual
from storage.activities import Activity
from storage.deep_linking import chosen_for
from storage.desired_scores import scores_of
from storage.gradebook import find_rules
from workflows.awaited import awaited_people
from workflows.campaign_proofs import CampaignState, campaign_state
from workflows.certificate_queue import count_waiting
from workflows.cohort import load_cohort, rules_of, unit_year
from workflows.cohort_list import IN_TROUBLE
from workflows.cohort_rows import CohortRow, awaited_row, row_of
from workflows.component_heads import ComponentHead, heads_of
from workflows.copy_note import CopyNote, copy_note
from workflows.import_views import ListedImport, list_imports
from workflows.lms_state import Arrival
from workflows.pix_page import PixStatus, pix_status
from workflows.presence import Presence
from workflows.refusal import RefusalCode, Refused
from workflows.roster_status import RosterStatus, roster_status
from workflows.visit import Role, Visit, find_place, require
from workflows.world import World

_DIGEST = re.compile(r"[0-9a-f]{1,64}")


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
    changed_there: int
    campaign: CampaignState | None
    pix: PixStatus | None
    roster: RosterStatus
    never_came: int
    left: int


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
        roster = roster_status(connection, scope.course_id, rules.unit.timezone)
    rows = [row_of(cohort, person_id, scores) for person_id in (each.person.id for each in cohort.learners)]
    rows += [awaited_row(cohort.unit, each) for each in awaited]
    rows.sort(key=lambda row: row.order)
    arrivals = [cell.lms.arrival for row in rows for cell in row.cells if cell.lms is not None]
    return CohortPage(
        unit=cohort.unit,
        activity=activity,
        heads=tuple(heads_of(cohort, rows, chosen)),
        rows=tuple(rows),
        imports=imports,
        awaited=len(awaited),
        copies=copies,
        certificates=certificates,
        problems=sum(each in IN_TROUBLE for each in arrivals),
        changed_there=sum(each is Arrival.TYPED_BY_HAND for each in arrivals),
        on_their_way=sum(each is Arrival.ON_ITS_WAY for each in arrivals),
        campaign=campaign,
        pix=pix,
        roster=roster,
        never_came=sum(row.presence is Presence.NEVER_CAME for row in rows),
        left=sum(row.presence is Presence.LEFT for row in rows),
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
