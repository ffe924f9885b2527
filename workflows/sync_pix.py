"""Every campaign in use read from Pix's API at once, for the operator: asked for, waited for, told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from grading.text import Bilingual
from pix.maddo_errors import ApiTrouble
from storage.campaigns import campaigns_by_code
from storage.database import Connection
from storage.jobs import JobState, ask, find_last_job
from storage.participations import find_settlement
from storage.pix_campaigns import PixCampaign, used_campaigns, want_campaigns
from workflows.pix_jobs import FINDING, KIND, finding_job, is_due, is_sought, organization_job
from workflows.pix_troubles import UNKNOWN_CODE, sentence_of
from workflows.settle_participations import ParticipationOutcome
from workflows.world import World


class NoAccess(Exception):
    """The settings give no access to Pix's API; the text says which are needed."""


@dataclass(frozen=True, kw_only=True)
class CampaignStanding:
    """How a campaign in use stands. `counts` are of the last whole reading, and of how it was settled.

    `was_read`: since everything was asked for.
    """

    code: str
    number: int | None
    organization_id: int | None
    name: str | None
    kind: str | None
    is_archived: bool | None
    read_at: datetime | None
    was_read: bool
    counts: Mapping[str, int]
    trouble: str | None
    message: Bilingual | None

    @property
    def is_its_own_trouble(self) -> bool:
        """Whether only this campaign is closed to us: Pix's API itself answers."""
        return self.trouble in (UNKNOWN_CODE, ApiTrouble.OUTSIDE, ApiTrouble.GONE)


def sync_due(world: World) -> datetime:
    """Ask for everything to be looked for and read now; return the instant of asking.

    Raises:
        NoAccess: there is no access to Pix's API.
    """
    if world.pix_api is None:
        raise NoAccess(
            "there is no access to Pix's API: set PIXLTI_PIX_API_URL, PIXLTI_PIX_API_CLIENT_ID and "
            "PIXLTI_PIX_API_CLIENT_SECRET, which Pix gives"
        )
    now = world.now()
    with world.database.write() as connection:
        used = used_campaigns(connection)
        want_campaigns(connection, [each.code for each in used], now)
        if used:
            ask(connection, finding_job(), now)
    world.wake()
    return now


def sync_over(world: World) -> bool:
    """Whether nothing more comes of it: all was read, or Pix gives nothing for now."""
    if world.pix_api is None:
        return True
    now, every = world.now(), world.pix_api.every
    with world.database.read() as connection:
        used = used_campaigns(connection)
        keys = [FINDING] + [
            organization_job(each.organization_id).key for each in used if each.organization_id is not None
        ]
        if any(_is_at_work(connection, key) for key in set(keys)):
            return False
        if any(_is_put_off(connection, key) for key in set(keys)):
            return True
    return not any(is_sought(each, now, every) or is_due(each, now, every) for each in used)


def _is_at_work(connection: Connection, key: str) -> bool:
    """Whether a job is running, or waits for its first attempt."""
    job = find_last_job(connection, KIND, key)
    return job is not None and (
        job.state is JobState.RUNNING or (job.state is JobState.WAITING and job.problem is None)
    )


def _is_put_off(connection: Connection, key: str) -> bool:
    """Whether the last attempt gave nothing, and another comes later or never."""
    job = find_last_job(connection, KIND, key)
    return job is not None and job.problem is not None and job.state in (JobState.WAITING, JobState.FAILED)


def standing_of_all(world: World, asked_at: datetime) -> list[CampaignStanding]:
    """How every campaign in use stands, by code, since everything was asked for."""
    with world.database.read() as connection:
        return [_standing(connection, each, asked_at) for each in used_campaigns(connection)]


def _standing(connection: Connection, known: PixCampaign, asked_at: datetime) -> CampaignStanding:
    found = known.found or {}
    counts = {name: int(found.get(name, 0)) for name in ("read", "sent", "new", "unreadable")}
    settled = [
        find_settlement(connection, each.id).counts or {}
        for each in campaigns_by_code(connection, known.code)
    ]
    for outcome in ParticipationOutcome:
        counts[outcome.value] = sum(each.get(outcome.value, 0) for each in settled)
    return CampaignStanding(
        code=known.code,
        number=known.number,
        organization_id=known.organization_id,
        name=known.name,
        kind=known.kind,
        is_archived=known.is_archived,
        read_at=known.read_at,
        was_read=known.read_at is not None and known.read_at >= asked_at,
        counts=counts,
        trouble=known.trouble,
        message=sentence_of(known.trouble) if known.trouble else None,
    )
