"""A teacher gives a component its Pix campaign, and tries it before the class starts."""

from __future__ import annotations

from dataclasses import dataclass

from grading.rules import Component, Unit
from grading.text import Bilingual, moment
from pix.campaign_address import AddressRefused, CampaignAddress, read_campaign
from pix.campaign_seen import seen_in_export
from pix.orga_assessment import AssessmentExport
from pix.orga_csv import CampaignExport
from pix.problem import NotAnExport, Problem, ProblemCode, refusal
from pix.read_files import FileRead, read_files
from storage.activities import Activity
from storage.campaigns import (
    Campaign,
    campaigns_by_code,
    end_campaign,
    find_campaign,
    lock_campaigns,
    set_campaign,
)
from storage.database import Connection
from storage.submissions import count_sent_on_pix
from workflows.ask_pix import Reading, reading_of
from workflows.campaign_links import PersonalLink, known_number, personal_link
from workflows.campaign_proofs import CampaignState, campaign_state, kind_for, plain_label, record_proof
from workflows.cohort import rules_of, unit_year
from workflows.refusal import RefusalCode, Refused
from workflows.visit import Role, Visit, find_place, require
from workflows.world import RulesFile, World

SUGGESTED_LABEL = "Code de suivi Moodle"


@dataclass(frozen=True, kw_only=True)
class CampaignPage:
    """Everything the campaign's page prints. `trial` is the visiting teacher's own link, once there is a campaign.

    `received` counts what came from Pix already; `names` are those to copy into Pix Orga. `reading` is that of Pix's
    API, where the tool has access to it: it proves as a file does.
    """

    unit: Unit
    component: Component
    state: CampaignState
    set_on: Bilingual | None
    trial: PersonalLink | None
    received: int
    is_assessment: bool
    suggested_name: str
    reading: Reading | None
    suggested_label: str = SUGGESTED_LABEL


class ReplacementToConfirm(Exception):
    """Another campaign has received sendings already: the teacher has to say that it is to be replaced."""

    def __init__(self, campaign: Campaign, given: CampaignAddress, received: int) -> None:
        super().__init__(f"{campaign.code} has received {received}")
        self.campaign = campaign
        self.given = given
        self.received = received


def campaign_page(world: World, visit: Visit) -> CampaignPage:
    """What the page shows.

    Raises:
        Refused: not a teacher; the activity stands for nothing that profiles are sent to.
    """
    activity, rules, component = _target(world, visit)
    person = find_place(world, visit).person
    scope = unit_year(activity)
    with world.database.read() as connection:
        state = campaign_state(connection, scope, rules.unit, component.key)
        received = count_sent_on_pix(connection, scope, component.key)
        number = known_number(connection, person)
        campaign = state.campaign if state else None
        reading = reading_of(connection, world, campaign) if campaign and world.pix_api else None
    if state is None:
        raise LookupError(component.key)
    return CampaignPage(
        unit=rules.unit,
        component=component,
        state=state,
        set_on=moment(campaign.set_at, rules.unit.timezone) if campaign else None,
        trial=personal_link(world, campaign, person, number) if campaign else None,
        received=received,
        is_assessment=kind_for(component) == "assessment",
        suggested_name=f"{rules.unit.code}-{component.title.fr}-{rules.unit.academic_year}",
        reading=reading,
    )


def give_campaign(world: World, visit: Visit, text: str, label: str, *, replaces: str | None = None) -> None:
    """Make what a teacher pasted the component's campaign. `replaces` is the code they agreed to give up.

    Raises:
        pix.campaign_address.AddressRefused: it names no campaign; every reason is told.
        ReplacementToConfirm: another campaign has received sendings, and was not agreed to be replaced.
        Refused: not a teacher; no such component; the code is another component's of this course.
    """
    activity, _rules, component = _target(world, visit)
    given = read_campaign(text)
    scope, now = unit_year(activity), world.now()
    with world.database.write() as connection:
        lock_campaigns(connection, scope.course_id)
        _refuse_shared(connection, world, activity, component, given)
        before = find_campaign(connection, scope, component.key)
        if before is not None and given.code != before.code != replaces:
            received = count_sent_on_pix(connection, scope, component.key)
            if received:
                raise ReplacementToConfirm(before, given, received)
        set_campaign(
            connection,
            scope,
            component.key,
            code=given.code,
            address=given.address,
            external_id_label=plain_label(label),
            by_person=visit.person_id,
            now=now,
        )


def drop_campaign(world: World, visit: Visit, *, seen: str) -> None:
    """Let the component have no campaign any more; what was received stays. `seen` is the code on the page.

    Raises:
        Refused: not a teacher; another campaign was given meanwhile.
    """
    activity, _rules, component = _target(world, visit)
    scope = unit_year(activity)
    with world.database.write() as connection:
        lock_campaigns(connection, scope.course_id)
        current = find_campaign(connection, scope, component.key)
        if current is not None and current.code != seen:
            raise _changed_meanwhile()
        end_campaign(connection, scope, component.key, by_person=visit.person_id, now=world.now())


def try_campaign(world: World, visit: Visit, *, file_name: str, content: bytes) -> None:
    """Judge the campaign by an export of it, and keep what it shows. Nothing is imported.

    Raises:
        NotAnExport: no export of a campaign is in the file; every reason is told.
        Refused: not a teacher; no campaign was given yet.
    """
    activity, rules, component = _target(world, visit)
    scope, now = unit_year(activity), world.now()
    read = _campaign_file(list(read_files([(file_name, content)])))
    export = read.export
    if not isinstance(export, CampaignExport | AssessmentExport):
        raise TypeError(type(export))
    with world.database.write() as connection:
        campaign = find_campaign(connection, scope, component.key)
        if campaign is None:
            raise _changed_meanwhile()
        seen = seen_in_export(export, campaign.code, days_alone=read.generation == "older")
        record_proof(connection, campaign, rules.unit, seen, world.codes, now, by_person=visit.person_id)


def _campaign_file(files: list[FileRead]) -> FileRead:
    """The export of a campaign among the files dropped (a ZIP may hold companions of it)."""
    for each in files:
        if isinstance(each.export, CampaignExport | AssessmentExport):
            return each
    problems = [problem for each in files for problem in each.problems]
    if problems:
        raise NotAnExport(*problems)
    raise refusal(
        ProblemCode.OTHER_KIND,
        "C’est un fichier de certification, pas l’export d’une campagne : dans Pix Orga, ouvrez la campagne et "
        "exportez ses résultats.",
        "This is a file of certifications, not the export of a campaign: in Pix Orga, open the campaign and export "
        "its results.",
    )


def _refuse_shared(
    connection: Connection, world: World, activity: Activity, component: Component, given: CampaignAddress
) -> None:
    """One campaign serves one component of a course: a sending counts only where it was received (rule 6)."""
    scope = unit_year(activity)
    for each in campaigns_by_code(connection, given.code, scope.course_id):
        if (each.scope, each.component) == (scope, component.key):
            continue
        rules = world.rules.find(each.scope.unit_code, each.scope.academic_year)
        found = rules.unit.find_component(each.component) if rules else None
        title = found.title if found else Bilingual(each.component, each.component)
        raise Refused(
            RefusalCode.BAD_CHOICE,
            Bilingual(
                f"La campagne {given.code} est déjà celle de « {title.fr} » ({each.scope.unit_code}) dans ce cours : "
                "un envoi compte pour une seule épreuve. Créez une campagne par épreuve.",
                f"The campaign {given.code} is already that of “{title.en}” ({each.scope.unit_code}) in this course: "
                "a sending counts for one component only. Create one campaign for each component.",
            ),
        )


def _target(world: World, visit: Visit) -> tuple[Activity, RulesFile, Component]:
    require(visit, Role.TEACHER)
    activity = find_place(world, visit).activity
    rules = rules_of(world, activity)
    component = rules.unit.find_component(activity.component or "")
    if component is None:
        raise Refused(
            RefusalCode.NOTHING_TO_SEND,
            Bilingual(
                "Le rattrapage est la certification elle-même : il n’a pas de campagne.",
                "The catch-up is the certification itself: it has no campaign.",
            ),
        )
    return activity, rules, component


def _changed_meanwhile() -> Refused:
    return Refused(
        RefusalCode.CHANGED_MEANWHILE,
        Bilingual(
            "La campagne de cette épreuve a changé entre-temps : relisez la page.",
            "The campaign of this component changed meanwhile: read the page again.",
        ),
    )


__all__ = [
    "AddressRefused",
    "CampaignPage",
    "NotAnExport",
    "Problem",
    "ReplacementToConfirm",
    "campaign_page",
    "drop_campaign",
    "give_campaign",
    "try_campaign",
]
