"""Looks for the campaigns in use, by their codes, among the organisations that Pix opened to us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from grading.text import Bilingual
from pix.maddo_errors import ApiTrouble, PixApiError
from pix.maddo_values import PROFILES_COLLECTION, Campaign, Organization
from storage.campaigns import campaigns_by_code, note_facts
from storage.jobs import ask
from storage.pix_campaigns import (
    PixCampaign,
    forget_campaign_number,
    note_campaigns_found,
    note_campaigns_missing,
    used_campaigns,
)
from workflows.jobs import Report
from workflows.pix_jobs import give_up, organization_job
from workflows.pix_troubles import NO_ORGANIZATION, UNKNOWN_CODE
from workflows.world import PixApi, World


def find_campaigns(world: World, api: PixApi, report: Report) -> Mapping[str, Any]:
    """Do the job: say of every campaign in use whose it is at Pix, then ask for it to be read.

    Raises:
        TryAgain, JobFailed: Pix's API gave nothing.
    """
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
        give_up(error, trouble)
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
