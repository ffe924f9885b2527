"""A campaign proven by what Pix's API shows of it, without any file: whenever it is read, until the proof is whole."""

from __future__ import annotations

from collections.abc import Sequence

from pix.campaign_seen import CampaignSeen, Participation
from pix.maddo_values import PROFILES_COLLECTION
from storage.campaigns import campaigns_by_code
from storage.participations import participations_of
from storage.pix_campaigns import PixCampaign
from workflows.campaign_proofs import is_proven, record_news
from workflows.world import World


def prove_by_api(world: World, known: PixCampaign, begun: Sequence[Participation]) -> None:
    """Keep what is proven of a campaign in every course that uses it; `begun` are the participations not sent yet."""
    if known.number is None:
        return
    with world.database.read() as connection:
        local = [each for each in campaigns_by_code(connection, known.code) if not is_proven(each)]
        kept = participations_of(connection, known.number) if local else []
    sent = [
        Participation(
            external_id=each.external_id, sent=True, sent_at=each.shared_at, account=each.participant
        )
        for each in kept
    ]
    seen = CampaignSeen(
        codes=(known.code,),
        number=str(known.number),
        kind="profiles_collection" if known.kind == PROFILES_COLLECTION else "assessment",
        external_id_label=None,
        label_is_told=False,
        has_roster=None,
        days_alone=False,
        dates_unread=0,
        participations=(*sent, *begun),
    )
    for campaign in local:
        rules = world.rules.find(campaign.scope.unit_code, campaign.scope.academic_year)
        if rules is not None and rules.unit.find_component(campaign.component) is not None:
            with world.database.write() as connection:
                record_news(connection, campaign, rules.unit, seen, world.codes, world.now())
