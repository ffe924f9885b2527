"""The link into a component's Pix campaign that carries its person: student number, or one of ours, and check code."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from grading.mark import ComponentMark
from pix.external_id import OPAQUE_LENGTH, bare_number, campaign_link, opaque_number
from storage.campaigns import Campaign
from storage.database import Connection
from storage.opaque_numbers import find_opaque_number, keep_opaque_number
from storage.people import Person
from workflows.refusal import RefusalCode, Refused
from workflows.world import World

_PROPOSALS = 20


@dataclass(frozen=True, kw_only=True)
class PersonalLink:
    """A person's own way into a campaign. Nobody else's page shows it, and no log."""

    campaign: Campaign
    external_id: str
    address: str


def known_number(connection: Connection, person: Person) -> str | None:
    """The number a person's links carry: the LMS's, else the one made for them; None where it is still to be made."""
    if person.student_number and bare_number(person.student_number):
        return person.student_number
    return find_opaque_number(connection, person.id)


def personal_link(world: World, campaign: Campaign, person: Person, number: str | None) -> PersonalLink:
    """The link of a person whose `known_number` was read; where they have none, one is made and kept."""
    if number is None:
        with world.database.write() as connection:
            number = keep_opaque_number(connection, person.id, _proposals(), world.now())
    external_id = world.codes.external_id(number)
    return PersonalLink(
        campaign=campaign, external_id=external_id, address=campaign_link(campaign.address, external_id)
    )


def may_send(refusal: Refused | None, mark: ComponentMark) -> bool:
    """Whether sending on Pix now can still count.

    Where the first sending is final and was declared, sending on Pix is what verifies it.
    """
    if refusal is None:
        return True
    verified = mark.counting is not None and mark.counting.evidence.is_verified
    return refusal.code is RefusalCode.ALREADY_FINAL and not verified


def _proposals() -> Iterator[str]:
    for _ in range(_PROPOSALS):
        yield opaque_number(secrets.token_bytes(OPAQUE_LENGTH * 2))
