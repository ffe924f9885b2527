"""Participations that Pix's API told of before their person came: who launches later finds them.

A launch only notes that somebody is awaited; the background settles, with everything that is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pix.external_id import bare_number
from storage.campaigns import Campaign, all_campaigns, campaigns_of
from storage.database import Connection
from storage.jobs import NewJob, ask
from storage.opaque_numbers import find_opaque_number
from storage.participations import ask_for_settlement, bears_any, find_settlement
from storage.people import Person
from storage.pix_campaigns import find_pix_campaign
from workflows.jobs import Job, Report
from workflows.settle_participations import settle_component
from workflows.world import World

KIND = "pix_settle"


def expect_participations(connection: Connection, world: World, course_id: int, person: Person) -> bool:
    """Ask for the participations of a course to be settled anew where one bears a number of this person's."""
    asked = False
    for campaign in campaigns_of(connection, course_id):
        number = find_pix_campaign(connection, campaign.code).number
        if number is not None and bears_any(connection, number, _numbers(connection, person)):
            ask_again(connection, world, campaign)
            asked = True
    return asked


def expect_everybodys(connection: Connection, world: World, course_id: int) -> None:
    """Ask for all participations of a course to be settled anew: its roster brought people or their numbers, or
    an import with a teacher's choices was confirmed or undone.
    """
    for campaign in campaigns_of(connection, course_id):
        if find_pix_campaign(connection, campaign.code).number is not None:
            ask_again(connection, world, campaign)


def ask_again(connection: Connection, world: World, campaign: Campaign) -> None:
    """Let a component's participations be settled in the background; what was asked for amid it is not lost."""
    ask_for_settlement(connection, campaign.id)
    ask(connection, NewJob(kind=KIND, key=str(campaign.id), payload={"campaign": campaign.id}), world.now())


def settle_again(world: World, job: Job, _report: Report) -> Mapping[str, Any]:
    """Do a job of this kind: settle until nothing was asked for since."""
    campaign_id = int(job.payload["campaign"])
    settled = 0
    while True:
        with world.database.read() as connection:
            campaign = next((each for each in all_campaigns(connection) if each.id == campaign_id), None)
            standing = find_settlement(connection, campaign_id)
            number = None if campaign is None else find_pix_campaign(connection, campaign.code).number
        if campaign is None or number is None or standing.answered >= standing.asked:
            return {"settled": settled}
        settle_component(world, campaign, number)
        settled += 1


def _numbers(connection: Connection, person: Person) -> list[str]:
    """What an identifier would hold: the student number, without what a spreadsheet takes away, and the one of ours."""
    known = [person.student_number, find_opaque_number(connection, person.id)]
    return [bare_number(each) for each in known if each and bare_number(each)]
