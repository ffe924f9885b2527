"""Reads the campaigns in use from Pix's API, in the background: one organisation at a time, nothing lost or doubled.

What a page of Pix's answer says is stored at once, each participation once; where a reading starts from moves on only
when the whole of it is stored. Whoever dies in the middle begins again, to no effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from grading.text import Bilingual
from pix.campaign_seen import Participation as Begun
from pix.maddo_errors import ApiTrouble, PixApiError
from pix.maddo_values import Participation, ParticipationPage
from storage.participations import KeptParticipation, keep_participations
from storage.pix_campaigns import (
    PixCampaign,
    forget_campaign_number,
    note_reading_begun,
    note_reading_done,
    note_reading_failed,
    used_campaigns,
)
from workflows.find_pix_campaigns import find_campaigns
from workflows.jobs import Job, Report
from workflows.pix_jobs import WHOLE_EVERY, give_up, is_due
from workflows.prove_by_api import prove_by_api
from workflows.settle_participations import settle_campaign
from workflows.world import PixApi, World

log = structlog.stdlib.get_logger(__name__)

OVERLAP = timedelta(hours=1)
"""A reading starts this long before the last one began: clocks differ, and what Pix stores is not seen at once."""

SOON = timedelta(minutes=10)
"""A participation sent later than this from now was not: a clock is wrong, and it is taken once it has come."""

_PROBLEMS_KEPT = 10
_BEGUN_KEPT = 200
"""Participations not sent yet: nothing is stored of them, they only help to prove a campaign."""


def read_pix(world: World, job: Job, report: Report) -> Mapping[str, Any]:
    """Do a job of this kind: read an organisation's campaigns that are due, or find those not known yet."""
    api = world.pix_api
    if api is None:
        return {"campaigns": 0}  # the access was taken out of the settings since it was asked for
    organization_id = job.payload.get("organization")
    if organization_id is None:
        return find_campaigns(world, api, report)
    return _read_organization(world, api, int(organization_id), report)


@dataclass
class _Progress:
    """How far a job has come, in pages of Pix's answers."""

    report: Report
    done: int = 0

    def page(self, code: str, page: ParticipationPage) -> None:
        self.done += 1
        text = Bilingual(
            f"Lecture de Pix : campagne {code}, page {page.number} sur {max(page.count, 1)}",
            f"Reading Pix: campaign {code}, page {page.number} of {max(page.count, 1)}",
        )
        self.report(self.done, self.done + max(0, page.count - page.number), text)


def _read_organization(world: World, api: PixApi, organization_id: int, report: Report) -> Mapping[str, Any]:
    progress = _Progress(report)
    read: set[str] = set()
    new = 0
    while due := _due_of(world, api, organization_id):
        for campaign in due:
            new += _read_campaign(world, api, campaign, progress)
            read.add(campaign.code)
    return {"campaigns": len(read), "new": new}


def _due_of(world: World, api: PixApi, organization_id: int) -> Sequence[PixCampaign]:
    """The organisation's campaigns to read, those that somebody waits for first."""
    now = world.now()
    with world.database.read() as connection:
        of_it = [each for each in used_campaigns(connection) if each.organization_id == organization_id]
    due = [each for each in of_it if is_due(each, now, api.every, again=True)]
    return sorted(due, key=lambda each: each.wanted_at is None or each.wanted_at <= (each.begun_at or now))


@dataclass
class _Found:
    """What one reading of a campaign showed so far; `unreadable` and `problems` since everything was read last."""

    read: int = 0
    sent: int = 0
    new: int = 0
    unreadable: int = 0
    problems: list[Bilingual] = field(default_factory=list)
    begun: list[Begun] = field(default_factory=list)

    @classmethod
    def after(cls, found: Mapping[str, Any]) -> _Found:
        """What could not be believed before stands until everything is read again: it is not told a second time."""
        problems = [Bilingual(each["fr"], each["en"]) for each in found.get("problems", ())]
        return cls(unreadable=int(found.get("unreadable", 0)), problems=problems)

    def cannot_take(self, problems: Sequence[Bilingual]) -> None:
        """Note what cannot be believed, once."""
        fresh = [each for each in problems if each not in self.problems]
        self.unreadable += len(fresh)
        self.problems += fresh

    def told(self) -> Mapping[str, Any]:
        """As it is kept."""
        return {
            "read": self.read,
            "sent": self.sent,
            "new": self.new,
            "unreadable": self.unreadable,
            "problems": [{"fr": each.fr, "en": each.en} for each in self.problems[:_PROBLEMS_KEPT]],
        }


def _read_campaign(world: World, api: PixApi, campaign: PixCampaign, progress: _Progress) -> int:
    """Read one campaign to its end; return how many sendings were new."""
    number = campaign.number
    if number is None:
        raise ValueError("only a campaign that was found is read")
    began = world.now()
    whole = campaign.since is None or campaign.whole_at is None or began - campaign.whole_at >= WHOLE_EVERY
    with world.database.write() as connection:
        note_reading_begun(connection, campaign.code, began)
    found = _Found() if whole else _Found.after(campaign.found or {})
    try:
        for page in api.maddo.participations(number, since=None if whole else campaign.since):
            _take(world, page, found)
            progress.page(campaign.code, page)
    except PixApiError as error:
        if found.new:  # what has come is not kept waiting for what has not
            settle_campaign(world, campaign.code, number)
        _failed(world, campaign, error)
        return found.new
    settle_campaign(world, campaign.code, number)
    prove_by_api(world, campaign, found.begun)
    with world.database.write() as connection:
        note_reading_done(
            connection,
            campaign.code,
            since=began - OVERLAP,
            whole=whole,
            found=found.told(),
            now=world.now(),
        )
    log.info("pix campaign read", campaign=campaign.code, whole=whole, **_counts(found))
    return found.new


def _take(world: World, page: ParticipationPage, found: _Found) -> None:
    """Store a page."""
    now = world.now()
    sent = [each for each in page.participations if each.shared_at is not None]
    begun = [each for each in page.participations if each.shared_at is None]
    found.begun += [_begun(each) for each in begun[: _BEGUN_KEPT - len(found.begun)]]
    early = [each for each in sent if each.shared_at is not None and each.shared_at > now + SOON]
    found.read += len(page.participations) + len(page.unreadable)
    found.cannot_take([*(each.problem for each in page.unreadable), *map(_not_yet, early)])
    kept = [_kept(each, each.shared_at) for each in sent if each.shared_at and each not in early]
    found.sent += len(kept)
    with world.database.write() as connection:
        found.new += keep_participations(connection, kept)


def _kept(each: Participation, shared_at: datetime) -> KeptParticipation:
    return KeptParticipation(
        campaign_number=each.campaign_id,
        number=each.id,
        participant=each.participant_id,
        first_name=each.first_name,
        last_name=each.last_name,
        external_id=each.external_id,
        shared_at=shared_at,
        total=each.total,
        mastery=each.mastery,
        topics={topic.competence: (topic.topics, topic.lowest, topic.highest) for topic in each.topics},
    )


def _begun(each: Participation) -> Begun:
    return Begun(external_id=each.external_id, sent=False, sent_at=None, account=each.participant_id)


def _not_yet(each: Participation) -> Bilingual:
    return Bilingual(
        f"Participation n° {each.id} : Pix la dit envoyée dans l’avenir. Elle sera prise quand son heure sera venue ; "
        "si cela dure, l’horloge du serveur est à régler.",
        f"Participation {each.id}: Pix says it was sent in the future. It is taken when its hour has come; if this "
        "lasts, the server's clock is to be set.",
    )


def _counts(found: _Found) -> dict[str, int]:
    return {"read": found.read, "sent": found.sent, "new": found.new, "unreadable": found.unreadable}


def _failed(world: World, campaign: PixCampaign, error: PixApiError) -> None:
    """Keep why, and go on with the other campaigns where only this one is closed to us."""
    now = world.now()
    wait_until = None if error.retry_after is None else now + timedelta(seconds=error.retry_after)
    with world.database.write() as connection:
        note_reading_failed(connection, campaign.code, error.trouble.value, now, wait_until=wait_until)
        if error.trouble in (ApiTrouble.OUTSIDE, ApiTrouble.GONE):
            forget_campaign_number(connection, campaign.code)
    if error.trouble in (ApiTrouble.OUTSIDE, ApiTrouble.GONE):
        log.warning("pix campaign closed to us", campaign=campaign.code, trouble=error.trouble.value)
        return
    give_up(error, error.trouble.value)
