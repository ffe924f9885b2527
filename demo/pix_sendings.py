"""What the demo's Pix holds: the campaigns of `demo.cohort`, and what people sent in that of CC2, as its API tells."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from demo.cohort import CAMPAIGNS, CC2, cc2_export
from demo.pix_api import Client, PixData
from grading.competences import COMPETENCES, PIX_PER_LEVEL
from pix.external_id import CheckCodes

CLIENT = Client(id="demo", secret="the demo's own secret", organization_ids=frozenset({9001}))
_PARIS = ZoneInfo("Europe/Paris")


def pix_of_the_demo(secret: bytes, today: date) -> PixData:
    """A Pix whose participants used the links that the tool with this secret would give them."""
    data = PixData()
    data.add_client(CLIENT)
    data.add_organization(
        {"id": 9001, "name": "Université de Valbrume", "externalId": "0990001X"},
        [
            {
                "id": each.number,
                "name": each.name,
                "type": "PROFILES_COLLECTION",
                "targetProfileName": None,
                "code": each.code,
                "createdAt": "2026-09-28T08:12:44.120Z",
                "archivedAt": None,
            }
            for each in CAMPAIGNS.values()
        ],
    )
    codes = CheckCodes.derived_from(secret)
    campaign = CAMPAIGNS[CC2].number
    for line in cc2_export(today, codes):
        if line.at is not None:
            data.share(
                campaign,
                first_name=line.given,
                last_name=line.family,
                external_id=line.external_id or None,
                at=line.at.replace(tzinfo=_PARIS),
                pixScore=sum(line.pix.values()),
                tubes=[
                    {
                        "competenceId": each.id,
                        "areaName": each.area_code,
                        "id": f"recTubeFictif{each.code}",
                        "maxLevel": 7,
                        "reachedLevel": line.pix[each.code] // PIX_PER_LEVEL,
                        "practicalDescription": "",
                        "practicalTitle": "",
                    }
                    for each in COMPETENCES.values()
                ],
            )
    return data
