"""What is kept of a campaign's trial, and the word on it for the teacher's pages. A file or the API may bring one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grading.rules import Basis, Component, Unit
from grading.text import Bilingual, moment
from pix.campaign_proof import CampaignExpected, Check, Finding, Proof, Standing, prove
from pix.campaign_seen import CampaignKind, CampaignSeen
from pix.external_id import CheckCodes
from storage.audit import note
from storage.campaigns import Campaign, find_campaign, note_facts, note_proof
from storage.database import Connection
from storage.opaque_numbers import opaque_numbers_of
from storage.people import members_of
from storage.scope import UnitYear

LONGEST_LABEL = 255
_NUMBER = re.compile(r"[0-9]{1,20}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class CampaignState:
    """Where a component stands with its campaign: none, given, tried (`proven_on`), whole or with things to mend."""

    campaign: Campaign | None
    findings: tuple[Finding, ...]
    proven_on: Bilingual | None
    is_whole: bool

    @property
    def to_mend(self) -> int:
        """How many checks are wrong."""
        return sum(each.standing is Standing.WRONG for each in self.findings)


def campaign_state(
    connection: Connection, scope: UnitYear, unit: Unit, component: str
) -> CampaignState | None:
    """The state of a component's campaign; None for the catch-up, which has none."""
    if unit.find_component(component) is None:
        return None
    campaign = find_campaign(connection, scope, component)
    proof = _proof_of(campaign)
    return CampaignState(
        campaign=campaign,
        findings=proof.findings,
        proven_on=moment(campaign.proven_at, unit.timezone) if campaign and campaign.proven_at else None,
        is_whole=proof.is_whole,
    )


def is_proven(campaign: Campaign) -> bool:
    """Whether everything needed was right at the last trial."""
    return _proof_of(campaign).is_whole


def plain_label(text: str) -> str | None:
    """The label of an external identifier as it can be kept and shown on one line."""
    visible = "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
    return visible[:LONGEST_LABEL].strip() or None


def kind_for(component: Component) -> CampaignKind:
    """The type of campaign that a component's scale can read: shares of acquired items come from assessments alone."""
    return "assessment" if component.basis is Basis.MASTERY else "profiles_collection"


def record_proof(
    connection: Connection,
    campaign: Campaign,
    unit: Unit,
    seen: CampaignSeen,
    codes: CheckCodes,
    now: datetime,
    *,
    by_person: int | None = None,
) -> Proof:
    """Judge what a file or the API shows of a campaign, and keep it with what was learnt; in the caller's transaction.

    The trial is that of any teacher of the course.
    """
    proof = _judge(connection, campaign, unit, seen, codes, now)
    note_proof(connection, campaign.id, _kept(proof), now)
    if campaign.code in seen.codes:
        note_facts(
            connection,
            campaign.id,
            number=seen.number if seen.number and _NUMBER.fullmatch(seen.number) else None,
            kind=seen.kind,
            external_id_label=plain_label(seen.external_id_label or ""),
        )
    note(
        connection,
        "campaign_tried",
        now,
        by_person=by_person,
        course_id=campaign.scope.course_id,
        details={
            "unit": campaign.scope.unit_code,
            "component": campaign.component,
            "code": campaign.code,
            "is_whole": proof.is_whole,
        },
    )
    return proof


def record_news(
    connection: Connection,
    campaign: Campaign,
    unit: Unit,
    seen: CampaignSeen,
    codes: CheckCodes,
    now: datetime,
) -> None:
    """Keep what the API shows where it is news: it is read every few minutes, and a whole proof stays.

    A campaign that nobody has joined shows nothing yet.
    """
    if is_proven(campaign) or not seen.participations:
        return
    if _kept(_judge(connection, campaign, unit, seen, codes, now)) != campaign.proof:
        record_proof(connection, campaign, unit, seen, codes, now)


def _judge(
    connection: Connection,
    campaign: Campaign,
    unit: Unit,
    seen: CampaignSeen,
    codes: CheckCodes,
    now: datetime,
) -> Proof:
    expected = CampaignExpected(
        code=campaign.code,
        kind=kind_for(unit.get_component(campaign.component)),
        trial_numbers=_numbers_of_teachers(connection, campaign.scope.course_id),
        timezone=unit.timezone,
    )
    return prove(expected, seen, codes, now)


def _numbers_of_teachers(connection: Connection, course_id: int) -> frozenset[str]:
    opaque = opaque_numbers_of(connection, course_id)
    teachers = members_of(connection, course_id, "teacher")
    numbers = [each.person.student_number for each in teachers]
    numbers += [opaque.get(each.person.id) for each in teachers]
    return frozenset(number for number in numbers if number)


def _kept(proof: Proof) -> dict[str, Any]:
    return {
        "findings": [
            [each.check.value, each.standing.value, each.message.fr, each.message.en]
            for each in proof.findings
        ]
    }


def _proof_of(campaign: Campaign | None) -> Proof:
    if campaign is None or campaign.proof is None:
        return Proof(findings=())
    return Proof(
        findings=tuple(
            Finding(check=Check(check), standing=Standing(standing), message=Bilingual(fr, en))
            for check, standing, fr, en in campaign.proof["findings"]
        )
    )
