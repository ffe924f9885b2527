"""Whose the participations of a campaign are, and the confirmed sendings that follow.

Everything that Pix ever told of a campaign is decided anew each time, from the people, numbers and choices of the
moment: doing it twice changes nothing, and what one reading left undone the next one does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from grading.profile import Evidence, Profile
from grading.text import Bilingual
from pix.matching import MatchDecision
from pix.participants import ParticipationLine, match_participations
from pix.verdict import MatchReason
from storage.campaigns import Campaign, campaigns_by_code
from storage.database import Connection
from storage.imports import lock_imports
from storage.match_choices import undone_choices
from storage.opaque_numbers import opaque_numbers_of
from storage.participations import KeptParticipation, find_settlement, note_settlement, participations_of
from storage.people import lock_people, members_of
from storage.submissions import Kept, NewSubmission, add_submission, kept_by_fingerprint, withdraw
from workflows.kept_rows import candidates, remembered_people
from workflows.regrade import regrade
from workflows.world import World

MOVES = frozenset({MatchReason.REMEMBERED, MatchReason.CHECK_CODE, MatchReason.STUDENT_NUMBER})
"""What takes a sending from somebody it counts for already: a teacher's choice or a right code, nothing typed."""


class ParticipationOutcome(StrEnum):
    """What became of a participation that was sent (closed set): each has exactly one."""

    MATCHED = "matched"
    NEEDS_DECISION = "needs_decision"
    IGNORED = "ignored"


@dataclass(frozen=True, kw_only=True)
class SettledParticipation:
    """A participation, whose it is and why.

    `person_id` is who it counts for now: where it waits for a teacher, whom it was given to before, if anybody.
    `to_withdraw` and `to_restore` are what has to change of what is kept.
    """

    participation: KeptParticipation
    outcome: ParticipationOutcome
    identity_key: str
    reason: MatchReason
    explanation: Bilingual
    person_id: int | None
    suggestions: tuple[int, ...]
    to_withdraw: tuple[Kept, ...] = ()
    to_restore: int | None = None
    is_new: bool = False

    @property
    def fingerprint(self) -> str:
        """What makes keeping it twice impossible."""
        return fingerprint_of(self.participation)

    @property
    def changes_something(self) -> bool:
        """Whether settling it writes anything."""
        return self.is_new or bool(self.to_withdraw) or self.to_restore is not None


def fingerprint_of(participation: KeptParticipation) -> str:
    """The name of a sending that Pix's API told, whatever is said of it later."""
    return f"maddo-{participation.campaign_number}-{participation.number}"


def settle_campaign(world: World, code: str, number: int) -> None:
    """Give the participations of a campaign to their people, in every course that uses its code."""
    with world.database.read() as connection:
        local = campaigns_by_code(connection, code)
    for campaign in local:
        settle_component(world, campaign, number)


def settle_component(world: World, campaign: Campaign, number: int) -> Mapping[str, int]:
    """Give the participations of one component's campaign to their people; return how many of each outcome.

    Looked at first without making anybody wait: most of the time nothing has to change.
    """
    with world.database.read() as connection:
        asked = find_settlement(connection, campaign.id).asked
        settled = look(connection, world, campaign, number)
    changes = any(each.changes_something for each in settled)
    with world.database.write() as connection:
        if changes:
            lock_settling(connection, campaign)
            counts = settle(connection, world, campaign, number, by_person=campaign.set_by)
        else:
            counts = _note(connection, campaign, settled, asked, world.now())
    if changes:
        world.wake()
    return counts


def lock_settling(connection: Connection, campaign: Campaign) -> None:
    """Let nothing else give the sendings of a course to its people until the transaction ends."""
    learners = members_of(connection, campaign.scope.course_id, "learner")
    lock_people(connection, [each.person.id for each in learners])
    lock_imports(connection, campaign.scope.course_id)


def settle(
    connection: Connection,
    world: World,
    campaign: Campaign,
    number: int,
    *,
    by_person: int,
    touched: Iterable[int] = (),
) -> Mapping[str, int]:
    """Do the same in the caller's transaction, which holds the lock; `touched` are people to mark anew besides."""
    now = world.now()
    asked = find_settlement(connection, campaign.id).asked
    settled = look(connection, world, campaign, number)
    changed = {*touched, *_apply(connection, campaign, settled, by_person, now)}
    rules = world.rules.find(campaign.scope.unit_code, campaign.scope.academic_year)
    if changed and rules is not None:
        regrade(connection, rules, campaign.scope, changed, cause="maddo", now=now)
    return _note(connection, campaign, settled, asked, now)


def _note(
    connection: Connection,
    campaign: Campaign,
    settled: Sequence[SettledParticipation],
    asked: int,
    now: datetime,
) -> Mapping[str, int]:
    counted = Counter(each.outcome.value for each in settled)
    counts = {outcome.value: counted[outcome.value] for outcome in ParticipationOutcome}
    note_settlement(connection, campaign.id, counts, now, answered=asked)
    return counts


def look(connection: Connection, world: World, campaign: Campaign, number: int) -> list[SettledParticipation]:
    """Every participation of a component's campaign, oldest first: whose it is, and what has to change."""
    kept = participations_of(connection, number)
    scope = campaign.scope
    people = candidates(
        members_of(connection, scope.course_id), opaque_numbers_of(connection, scope.course_id)
    )
    lines = [
        ParticipationLine(
            line=place,
            campaign_code=campaign.code,
            account=each.participant,
            first_name=each.first_name,
            last_name=each.last_name,
            external_id=each.external_id,
        )
        for place, each in enumerate(kept)
    ]
    decisions = match_participations(lines, people, remembered_people(connection, scope), world.codes)
    prints = [fingerprint_of(each) for each in kept]
    standing = kept_by_fingerprint(connection, scope, campaign.component, prints)
    undone = undone_choices(connection, scope)
    return [
        _settled(each, decision, standing.get(fingerprint_of(each), ()), undone)
        for each, decision in zip(kept, decisions, strict=True)
    ]


def _settled(
    participation: KeptParticipation,
    decision: MatchDecision,
    kept: Sequence[Kept],
    undone: Mapping[str, int],
) -> SettledParticipation:
    standing = [each for each in kept if not each.withdrawn]
    mine = next((each for each in kept if each.person_id == decision.person_id), None)
    others = [each for each in standing if each.person_id != decision.person_id]
    rested = [each for each in others if each.person_id == undone.get(decision.identity_key)]
    outcome, explanation, suggestions = _outcome(decision), decision.explanation, decision.candidates
    if outcome is ParticipationOutcome.MATCHED and others != rested and decision.reason not in MOVES:
        outcome, explanation = ParticipationOutcome.NEEDS_DECISION, _MOVED
        suggestions = (decision.person_id or 0, *(each.person_id for each in others if each not in rested))
    matched = outcome is ParticipationOutcome.MATCHED
    # Where it waits nobody has decided anything else: only what rested on a choice now undone is taken back.
    wrong = rested if outcome is ParticipationOutcome.NEEDS_DECISION else others
    holders = [each.person_id for each in standing if each not in wrong]
    return SettledParticipation(
        participation=participation,
        outcome=outcome,
        identity_key=decision.identity_key,
        reason=decision.reason,
        explanation=explanation,
        person_id=decision.person_id if matched else next(iter(holders), None),
        suggestions=suggestions,
        to_withdraw=tuple(wrong),
        to_restore=mine.submission_id if matched and mine is not None and mine.withdrawn else None,
        is_new=matched and mine is None,
    )


_MOVED = Bilingual(
    "L’envoi compte pour une personne, mais désigne maintenant quelqu’un d’autre : choisissez.",
    "The sending counts for one person, but now points to somebody else: choose.",
)


def _outcome(decision: MatchDecision) -> ParticipationOutcome:
    if decision.reason in (MatchReason.IGNORED, MatchReason.TRIAL):
        return ParticipationOutcome.IGNORED
    return ParticipationOutcome.NEEDS_DECISION if decision.waits_for_teacher else ParticipationOutcome.MATCHED


def _apply(
    connection: Connection,
    campaign: Campaign,
    settled: Sequence[SettledParticipation],
    by_person: int,
    now: datetime,
) -> set[int]:
    """Write what has to change; return whose sendings changed."""
    touched: set[int] = set()
    for each in settled:
        for wrong in each.to_withdraw:
            withdraw(connection, wrong.submission_id, withdrawn=True, by_person=by_person, now=now)
            touched.add(wrong.person_id)
        if each.to_restore is not None and each.person_id is not None:
            withdraw(connection, each.to_restore, withdrawn=False, by_person=by_person, now=now)
            touched.add(each.person_id)
        elif each.is_new and each.person_id is not None:
            new = _submission(campaign, each, each.person_id, now)
            if add_submission(connection, campaign.scope, new):
                touched.add(each.person_id)
    return touched


def _submission(
    campaign: Campaign, settled: SettledParticipation, person_id: int, now: datetime
) -> NewSubmission:
    """A participation as a confirmed sending: when, and its total or share; never a level."""
    told = settled.participation
    return NewSubmission(
        person_id=person_id,
        component=campaign.component,
        evidence=Evidence.CONFIRMED,
        sent_at=told.shared_at,
        received_at=now,
        profile=Profile(total=told.total, mastery=told.mastery),
        source={
            "kind": "maddo",
            "campaign": campaign.code,
            "participation": told.number,
            "topics": {code: list(levels) for code, levels in told.topics.items()},
        },
        fingerprint=settled.fingerprint,
    )
