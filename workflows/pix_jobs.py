"""The background jobs that read Pix's API: which there are, when each has something to do, how one ends badly."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NoReturn

import structlog

from pix.maddo_errors import PixApiError
from storage.jobs import NewJob
from storage.pix_campaigns import PixCampaign, used_campaigns
from workflows.jobs import JobFailed, Periodic, TryAgain
from workflows.pix_troubles import sentence_of
from workflows.world import World

log = structlog.stdlib.get_logger(__name__)

KIND = "pix_read"
FINDING = "find"
"""The job that looks for the campaigns whose organisation is not known yet."""

WHOLE_EVERY = timedelta(days=1)
"""Once a day a campaign is read from its beginning: should anything ever have been missed, it is not for long."""

LOOK_AGAIN = timedelta(hours=1)
"""A campaign that was found is looked at again after this long: it may have been archived, or its code given anew."""

SWEEP_EVERY = timedelta(seconds=30)
"""How often the sweep may ask for what is due: at each of its rounds."""


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

    return Periodic(every=SWEEP_EVERY, wanted=wanted)


def due_jobs(world: World, every: timedelta) -> list[NewJob]:
    """The jobs that would find something to do now."""
    now = world.now()
    with world.database.read() as connection:
        used = used_campaigns(connection)
    jobs = [finding_job()] if any(is_sought(each, now, every) for each in used) else []
    due = [each.organization_id for each in used if is_due(each, now, every)]
    return jobs + [organization_job(each) for each in sorted({each for each in due if each is not None})]


def is_sought(campaign: PixCampaign, now: datetime, every: timedelta) -> bool:
    """Whether to look for a campaign: not found yet, or found so long ago that its state may be another."""
    looked = campaign.looked_for_at
    if looked is None or looked > now:
        return True
    if campaign.number is None:
        asked = campaign.wanted_at is not None and campaign.wanted_at > looked
        return asked or now - looked >= every
    return now - looked >= LOOK_AGAIN


def is_due(campaign: PixCampaign, now: datetime, every: timedelta, *, again: bool = False) -> bool:
    """Whether a campaign that was found is to be read now: asked for since the last time, or not for long.

    `again`: also where the last reading failed or broke off (the job knows how long to wait before another; the sweep
    does not).
    """
    if campaign.number is None or (campaign.wait_until is not None and campaign.wait_until > now):
        return False
    begun = campaign.begun_at
    if begun is None or begun > now:
        return True
    if again and (campaign.read_at is None or campaign.read_at < begun):
        return True
    return (campaign.wanted_at is not None and campaign.wanted_at > begun) or now - begun >= every


def give_up(error: PixApiError, trouble: str) -> NoReturn:
    """End the job, to be tried again or not; what only an operator can mend is an alarm in the log."""
    said = sentence_of(trouble)
    if error.try_again:
        log.warning("pix api does not answer", trouble=trouble, detail=error.detail)
        after = None if error.retry_after is None else timedelta(seconds=error.retry_after)
        raise TryAgain(said, after=after) from error
    log.error("pix api refuses us: somebody must act", trouble=trouble, detail=error.detail)
    raise JobFailed(said) from error
