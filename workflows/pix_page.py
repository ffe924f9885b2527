"""The teacher's page of Pix's API: what was read and when, what is wrong, what waits for a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grading.rules import Component, Unit
from grading.text import Bilingual, moment, percentage
from pix.verdict import MatchReason
from storage.campaigns import Campaign, find_campaign
from storage.database import Connection
from storage.match_choices import MatchChoice, remember_choice
from storage.participations import find_settlement
from storage.people import Member, members_of
from storage.pix_campaigns import PixCampaign, find_pix_campaign
from storage.scope import UnitYear
from workflows.ask_pix import Reading, campaign_read, nothing_to_read, reading_of
from workflows.chosen_rows import take_rows_of_identity
from workflows.cohort import component_of, rules_of, unit_year
from workflows.person_names import order_of, person_label
from workflows.pix_troubles import sentence_of
from workflows.pix_words import what_it_proves, what_will_not_do
from workflows.refusal import RefusalCode, Refused
from workflows.settle_participations import (
    ParticipationOutcome,
    SettledParticipation,
    lock_settling,
    look,
    settle,
)
from workflows.visit import Role, Visit, activity_of, require
from workflows.world import World


@dataclass(frozen=True, kw_only=True)
class Learner:
    """Somebody a participation may be given to."""

    person_id: int
    label: str


@dataclass(frozen=True, kw_only=True)
class TakenIdentity:
    """All participations of one identity: as Pix names it, what it sent last, whose it is and why."""

    key: str
    number: int
    name: str
    external_id: str | None
    sendings: int
    last: Bilingual
    outcome: ParticipationOutcome
    reason: MatchReason
    explanation: Bilingual
    person_id: int | None
    suggestions: tuple[int, ...]

    @property
    def is_chosen(self) -> bool:
        """Whether a teacher decided it."""
        return self.reason in (MatchReason.REMEMBERED, MatchReason.IGNORED, MatchReason.REMEMBERED_GONE)

    @property
    def is_question(self) -> bool:
        """Whether somebody of the course may be meant; otherwise it waits for somebody who is not in it."""
        return bool(self.suggestions) or self.person_id is not None or self.is_chosen


@dataclass(frozen=True, kw_only=True)
class PixStatus:
    """How Pix's API stands for a component's campaign, for the pages that only mention it."""

    reading: Reading
    read: Bilingual | None
    counts: Mapping[str, int]
    trouble: Bilingual | None
    found: Mapping[str, int]

    @property
    def waiting(self) -> int:
        """Participations that wait for a teacher's decision."""
        return self.counts.get(ParticipationOutcome.NEEDS_DECISION.value, 0)


@dataclass(frozen=True, kw_only=True)
class PixPage:
    """Everything the page shows."""

    unit: Unit
    component: Component
    campaign: Campaign
    known: PixCampaign
    status: PixStatus
    proves: Bilingual
    warnings: tuple[Bilingual, ...]
    problems: tuple[Bilingual, ...]
    identities: tuple[TakenIdentity, ...]
    learners: tuple[Learner, ...]
    names: Mapping[int, str]

    @property
    def waiting(self) -> list[TakenIdentity]:
        """What waits for a teacher's word, by name."""
        return [each for each in self.identities if each.outcome is ParticipationOutcome.NEEDS_DECISION]

    @property
    def questions(self) -> list[TakenIdentity]:
        """Those that may be somebody of the course."""
        return [each for each in self.waiting if each.is_question]

    @property
    def strangers(self) -> list[TakenIdentity]:
        """Those of whom nobody in the course is known."""
        return [each for each in self.waiting if not each.is_question]

    def find(self, number: int) -> TakenIdentity | None:
        """The identity one of whose participations has this number at Pix."""
        return next((each for each in self.identities if each.number == number), None)


def pix_status(
    connection: Connection, world: World, scope: UnitYear, component: str, timezone: str
) -> PixStatus | None:
    """How a component's campaign stands; None where Pix's API is not to be mentioned."""
    campaign = find_campaign(connection, scope, component) if world.pix_api is not None else None
    return None if campaign is None else _status(connection, world, campaign, timezone)


def _status(connection: Connection, world: World, campaign: Campaign, timezone: str) -> PixStatus:
    known = find_pix_campaign(connection, campaign.code)
    return PixStatus(
        reading=reading_of(connection, world, campaign),
        read=moment(known.read_at, timezone) if known.read_at else None,
        counts=find_settlement(connection, campaign.id).counts or {},
        trouble=sentence_of(known.trouble) if known.trouble else None,
        found={key: number for key, number in (known.found or {}).items() if key != "problems"},
    )


def pix_page(world: World, visit: Visit) -> PixPage:
    """The page of the visit's activity.

    Raises:
        Refused: not a teacher; no access to Pix's API, or no campaign.
    """
    require(visit, Role.TEACHER)
    with world.database.read() as connection:
        activity = activity_of(connection, visit)
        rules = rules_of(world, activity)
        campaign = campaign_read(connection, world, visit)
        component = component_of(rules, activity)
        if campaign is None or component is None:
            raise nothing_to_read()
        known = find_pix_campaign(connection, campaign.code)
        status = _status(connection, world, campaign, rules.unit.timezone)
        settled = look(connection, world, campaign, known.number) if known.number is not None else []
        members = members_of(connection, unit_year(activity).course_id)
    learners = sorted((each.person for each in members if each.role == "learner"), key=order_of)
    problems = (known.found or {}).get("problems", ())
    return PixPage(
        unit=rules.unit,
        component=component,
        campaign=campaign,
        known=known,
        status=status,
        proves=what_it_proves(component),
        warnings=tuple(what_will_not_do(known, component)),
        problems=tuple(Bilingual(each["fr"], each["en"]) for each in problems),
        identities=tuple(_identities(settled, rules.unit.timezone)),
        learners=tuple(Learner(person_id=each.id, label=person_label(each)) for each in learners),
        names=_names(members),
    )


def decide(world: World, visit: Visit, number: int, choice: str) -> None:
    """Say whose the participations of an identity are: a person's id, `ignore`, or `undone` to decide again.

    The choice holds for files as well, those taken in already and those to come, and is settled at once.

    Raises:
        Refused: no such participation, or no such learner in the course.
    """
    shown = pix_page(world, visit)
    identity = shown.find(number)
    person_id = int(choice) if choice.isdecimal() and len(choice) < 18 else None
    is_learner = person_id in {each.person_id for each in shown.learners}
    if identity is None or shown.known.number is None or not (choice in ("ignore", "undone") or is_learner):
        raise Refused(
            RefusalCode.BAD_CHOICE,
            Bilingual(
                "Choisissez une personne de la liste, ou « ignorer ».",
                "Choose somebody from the list, or “ignore”.",
            ),
        )
    campaign, by_person = shown.campaign, visit.person_id
    chosen = MatchChoice(
        identity_key=identity.key,
        choice="person" if person_id is not None else choice,
        person_id=person_id,
    )
    with world.database.write() as connection:
        lock_settling(connection, campaign)
        now = world.now()
        remember_choice(connection, campaign.scope, chosen, by_person=by_person, now=now)
        touched = take_rows_of_identity(
            connection, world.codes, campaign.scope, identity.key, by_person=by_person, now=now
        )
        settle(connection, world, campaign, shown.known.number, by_person=by_person, touched=touched)
    world.wake()


def _identities(settled: Sequence[SettledParticipation], timezone: str) -> list[TakenIdentity]:
    """One an identity, those of one account and name together; the last sending speaks for all."""
    together: dict[str, list[SettledParticipation]] = {}
    for each in settled:
        together.setdefault(each.identity_key, []).append(each)
    return sorted(
        (_identity(key, each, timezone) for key, each in together.items()),
        key=lambda identity: (identity.name.casefold(), identity.number),
    )


def _identity(key: str, settled: Sequence[SettledParticipation], timezone: str) -> TakenIdentity:
    waiting = [each for each in settled if each.outcome is ParticipationOutcome.NEEDS_DECISION]
    one = (waiting or settled)[-1]
    told = one.participation
    names = [part for part in (told.last_name, told.first_name) if part]
    return TakenIdentity(
        key=key,
        number=told.number,
        name=" ".join(names),
        external_id=told.external_id,
        sendings=len(settled),
        last=_last(one, timezone),
        outcome=one.outcome,
        reason=one.reason,
        explanation=one.explanation,
        person_id=one.person_id,
        suggestions=one.suggestions,
    )


def _last(one: SettledParticipation, timezone: str) -> Bilingual:
    when, told = moment(one.participation.shared_at, timezone), one.participation
    if told.total is not None:
        return Bilingual(f"{when.fr}, {told.total} pix", f"{when.en}, {told.total} pix")
    if told.mastery is not None:
        share = percentage(told.mastery)
        return Bilingual(f"{when.fr}, {share.fr} des acquis", f"{when.en}, {share.en} of the items")
    return when


def _names(members: Sequence[Member]) -> dict[int, str]:
    return {each.person.id: person_label(each.person) for each in members}
