"""Somebody asks for their component's campaign to be read from Pix now, and follows how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from grading.text import Bilingual
from storage.campaigns import Campaign, find_campaign
from storage.database import Connection
from storage.jobs import Job, JobState, ask, find_last_job
from storage.pix_campaigns import PixCampaign, find_pix_campaign, want_campaigns
from workflows.cohort import unit_year
from workflows.jobs import describe_job
from workflows.pix_jobs import finding_job, job_for
from workflows.pix_troubles import sentence_of
from workflows.rate_limits import RateLimit, spend
from workflows.refusal import RefusalCode, Refused
from workflows.visit import Role, Visit, activity_of, require
from workflows.world import World

READINGS = RateLimit(name="pix_reading", limit=2, period=timedelta(minutes=2))
"""Two at once, then one a minute: each asks Pix for what came since, for a whole organisation."""

STALE = timedelta(minutes=10)
"""A page does not wait for a reading longer than this: the background does it when it can."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the reading of a campaign stands: `is_pending` while somebody who asked has no answer yet.

    `done` of `total` pages of Pix's answers are read, of all that the background reads in one go.
    """

    is_pending: bool
    state: JobState
    text: Bilingual
    done: int = 0
    total: int | None = None


def ask_for_reading(world: World, visit: Visit) -> None:
    """Let the campaign of the visit's activity be read now; asked for while it is under way, it is not asked twice.

    Raises:
        Refused: nothing to read: no access to Pix's API, or no campaign.
        workflows.rate_limits.TooOften: by the same person, more than once a minute.
    """
    require(visit, Role.LEARNER, Role.TEACHER)
    with world.database.read() as connection:
        campaign = _campaign(connection, world, visit)
        pending = reading_of(connection, world, campaign).is_pending
    if pending:
        return
    spend(world, READINGS, visit.person_id)
    with world.database.write() as connection:
        now = world.now()
        want_campaigns(connection, [campaign.code], now)
        known = find_pix_campaign(connection, campaign.code)
        # A teacher may have changed the campaign in Pix Orga a moment ago: it is looked for first, then read.
        ask(connection, finding_job() if visit.role is Role.TEACHER else job_for(known), now)
    world.wake()


def show_reading(world: World, visit: Visit) -> Reading:
    """How the reading of the campaign of the visit's activity stands.

    Raises:
        Refused: nothing to read: no access to Pix's API, or no campaign.
    """
    with world.database.read() as connection:
        return reading_of(connection, world, _campaign(connection, world, visit))


def reading_of(connection: Connection, world: World, campaign: Campaign) -> Reading:
    """How the reading of a campaign stands."""
    known = find_pix_campaign(connection, campaign.code)
    wanted = known.wanted_at
    now = world.now()
    put_off = known.wait_until is not None and known.wait_until > now
    if wanted is None or _is_answered(known) or put_off or now - wanted > STALE:
        if known.trouble is not None:
            return Reading(is_pending=False, state=JobState.FAILED, text=sentence_of(known.trouble))
        return Reading(is_pending=False, state=JobState.DONE, text=_READ if known.read_at else _NEVER)
    wanted_job = job_for(known)
    job = find_last_job(connection, wanted_job.kind, wanted_job.key)
    if job is None or job.state is not JobState.RUNNING:
        return Reading(is_pending=True, state=JobState.WAITING, text=_WAITS)
    return _running(job)


def _running(job: Job) -> Reading:
    return Reading(
        is_pending=True, state=JobState.RUNNING, text=describe_job(job), done=job.done, total=job.total
    )


_READ = Bilingual("Pix a été lu.", "Pix was read.")
_NEVER = Bilingual("Pix n’a pas encore été lu.", "Pix has not been read yet.")
_WAITS = Bilingual("Lecture de Pix demandée : elle commence dans un instant.", "Pix is read in a moment.")


def _is_answered(known: PixCampaign) -> bool:
    """Whether the last reading that was asked for has ended, well or badly."""
    wanted = known.wanted_at
    if wanted is None:
        return True
    if known.trouble_at is not None and known.trouble_at >= wanted:
        return True
    begun, read = known.begun_at, known.read_at
    return begun is not None and read is not None and begun >= wanted and read >= begun


def campaign_read(connection: Connection, world: World, visit: Visit) -> Campaign | None:
    """The campaign of the visit's activity, where Pix's API can be asked about it."""
    if world.pix_api is None:
        return None
    activity = activity_of(connection, visit)
    return find_campaign(connection, unit_year(activity), activity.component or "")


def _campaign(connection: Connection, world: World, visit: Visit) -> Campaign:
    campaign = campaign_read(connection, world, visit)
    if campaign is None:
        raise nothing_to_read()
    return campaign


def nothing_to_read() -> Refused:
    """There is no access to Pix's API, or the activity has no campaign."""
    return Refused(
        RefusalCode.NOT_FOUND,
        Bilingual(
            "Il n’y a rien à lire sur Pix pour cette activité : elle n’a pas de campagne.",
            "There is nothing to read on Pix for this activity: it has no campaign.",
        ),
    )
