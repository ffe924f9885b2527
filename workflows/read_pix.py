"""Reads the campaigns in use from Pix's API, in the background: one organisation at a time, nothing lost or doubled.

What a page of Pix's answer says is stored at once, each participation once; where a reading starts from moves on only
when the whole of it is stored. Whoever dies in the middle begins again, to no effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from grading.text import Bilingual
from pix.maddo_errors import ApiTrouble, PixApiError
from pix.maddo_values import PROFILES_COLLECTION, Campaign, Organization, Participation, ParticipationPage
from storage.campaigns import campaigns_by_code, note_facts
from storage.jobs import NewJob, ask
from storage.participations import KeptParticipation, keep_participations
from storage.pix_campaigns import (
    PixCampaign,
    forget_campaign_number,
    note_campaigns_found,
    note_campaigns_missing,
    note_reading_begun,
    note_reading_done,
    note_reading_failed,
    used_campaigns,
)
from workflows.jobs import Job, JobFailed, Periodic, Report, TryAgain
from workflows.pix_troubles import NO_ORGANIZATION, UNKNOWN_CODE, sentence_of
from workflows.settle_participations import settle_campaign
from workflows.world import PixApi, World

log = structlog.stdlib.get_logger(__name__)

KIND = "pix_read"
FINDING = "find"
"""The job that looks for the campaigns whose organisation is not known yet."""

OVERLAP = timedelta(hours=1)
"""A reading starts this long before the last one began: clocks differ, and what Pix stores is not seen at once."""

WHOLE_EVERY = timedelta(days=1)
"""Once a day a campaign is read from its beginning: should anything ever have been missed, it is not for long."""

LOOK_EVERY = timedelta(minutes=1)
"""How often the sweep may ask for what is due."""

SOON = timedelta(minutes=10)
"""A participation sent later than this from now was not: a clock is wrong, and it is taken once it has come."""

_PROBLEMS_KEPT = 10


def organization_job(organization_id: int) -> NewJob:
    """Read what is due of an organisation; of each there is one at a time."""
    return NewJob(kind=KIND, key=f"organization {organization_id}", payload={"organization": organization_id})


def finding_job() -> NewJob:
    """Look for the campaigns in use among the organisations that Pix opened to us."""
    return NewJob(kind=KIND, key=FINDING)


def job_for(campaign: PixCampaign) -> NewJob:
    """The job that reads a campaign, or first finds it."""
    return finding_job() if campaign.organization_id is None else organization_job(campaign.organization_id)


def periodic_reading(every: timedelta) -> Periodic:
    """Ask for every campaign in use, again and again."""

    def wanted(world: World) -> Iterable[NewJob]:
        return due_jobs(world, every)

    return Periodic(every=LOOK_EVERY / 2, wanted=wanted)


def due_jobs(world: World, every: timedelta) -> list[NewJob]:
    """The jobs that would find something to do now."""
    now = world.now()
    with world.database.read() as connection:
        used = used_campaigns(connection)
    jobs = [finding_job()] if any(_is_sought(each, now, every) for each in used) else []
    due = [each.organization_id for each in used if _is_due(each, now, every)]
    return jobs + [organization_job(each) for each in sorted({each for each in due if each is not None})]


def read_pix(world: World, job: Job, report: Report) -> Mapping[str, Any]:
    """Do a job of this kind: read an organisation's campaigns that are due, or find those not known yet."""
    api = world.pix_api
    if api is None:
        return {"campaigns": 0}  # the access was taken out of the settings since it was asked for
    organization_id = job.payload.get("organization")
    if organization_id is None:
        return _find(world, api, report)
    return _read_organization(world, api, int(organization_id), report)


def _is_sought(campaign: PixCampaign, now: datetime, every: timedelta) -> bool:
    """Whether to look for a campaign: not found yet, or found so long ago that its state may be another."""
    looked = campaign.looked_for_at
    if looked is None or looked > now:
        return True
    if campaign.number is None:
        asked = campaign.wanted_at is not None and campaign.wanted_at > looked
        return asked or now - looked >= every
    return now - looked >= WHOLE_EVERY


def _is_due(campaign: PixCampaign, now: datetime, every: timedelta, *, again: bool = False) -> bool:
    """Whether a campaign that was found is to be read now: asked for since the last time, or not for long.

    `again`: also where the last reading failed (the job knows how long to wait before another; the sweep does not).
    """
    if campaign.number is None or (campaign.wait_until is not None and campaign.wait_until > now):
        return False
    begun = campaign.begun_at
    if begun is None or begun > now:
        return True
    if again and campaign.trouble_at is not None and campaign.trouble_at >= begun:
        return True
    return (campaign.wanted_at is not None and campaign.wanted_at > begun) or now - begun >= every


def _find(world: World, api: PixApi, report: Report) -> Mapping[str, Any]:
    with world.database.read() as connection:
        used = used_campaigns(connection)
    found: list[PixCampaign] = []
    try:
        organizations = api.maddo.organizations()
        for place, organization in enumerate(organizations):
            report(place, len(organizations), _looking(organization.name))
            shown = {each.code: each for each in _campaigns(api, organization)}
            found += [
                replace(
                    each,
                    number=shown[each.code].id,
                    organization_id=organization.id,
                    organization_name=organization.name,
                    name=shown[each.code].name,
                    kind=shown[each.code].kind,
                    is_archived=shown[each.code].is_archived,
                )
                for each in used
                if each.code in shown
            ]
    except PixApiError as error:
        trouble = NO_ORGANIZATION if error.trouble is ApiTrouble.OUTSIDE else error.trouble.value
        with world.database.write() as connection:
            note_campaigns_missing(connection, [each.code for each in used], trouble, world.now())
        _give_up(error, trouble)
    missing = {each.code for each in used} - {each.code for each in found}
    now = world.now()
    with world.database.write() as connection:
        note_campaigns_found(connection, found, now)
        for code in missing:
            forget_campaign_number(connection, code)
        note_campaigns_missing(connection, missing, UNKNOWN_CODE, now)
        for each in found:
            for local in campaigns_by_code(connection, each.code):
                kind = "profiles_collection" if each.kind == PROFILES_COLLECTION else "assessment"
                note_facts(connection, local.id, number=str(each.number), kind=kind)
        for organization_id in sorted({each.organization_id for each in found if each.organization_id}):
            ask(connection, organization_job(organization_id), now)
    world.wake()
    return {"found": len(found), "missing": len(missing)}


def _campaigns(api: PixApi, organization: Organization) -> Sequence[Campaign]:
    try:
        return api.maddo.campaigns(organization.id)
    except PixApiError as error:
        if error.trouble is not ApiTrouble.OUTSIDE:
            raise
        return ()  # this one was closed to us a moment ago; the others may be open


def _looking(name: str) -> Bilingual:
    return Bilingual(f"Recherche des campagnes : {name}", f"Looking for the campaigns: {name}")


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
    due = [each for each in of_it if _is_due(each, now, api.every, again=True)]
    return sorted(due, key=lambda each: each.wanted_at is None or each.wanted_at <= (each.begun_at or now))


@dataclass
class _Found:
    """What one reading of a campaign showed so far."""

    read: int = 0
    sent: int = 0
    new: int = 0
    unreadable: int = 0
    problems: list[Bilingual] = field(default_factory=list)

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
    found = _Found()
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
    early = [each for each in sent if each.shared_at is not None and each.shared_at > now + SOON]
    found.read += len(page.participations) + len(page.unreadable)
    found.unreadable += len(page.unreadable) + len(early)
    found.problems += [each.problem for each in page.unreadable]
    found.problems += [_not_yet(each) for each in early]
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
    _give_up(error, error.trouble.value)


def _give_up(error: PixApiError, trouble: str) -> None:
    """End the job, to be tried again or not; what only an operator can mend is an alarm in the log."""
    said = sentence_of(trouble)
    if error.try_again:
        log.warning("pix api does not answer", trouble=trouble, detail=error.detail)
        after = None if error.retry_after is None else timedelta(seconds=error.retry_after)
        raise TryAgain(said, after=after) from error
    log.error("pix api refuses us: somebody must act", trouble=trouble, detail=error.detail)
    raise JobFailed(said) from error
