"""What Pix's API says, kept once whatever is read twice; how far each campaign was read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import func, select

from storage.campaigns import end_campaign, set_campaign
from storage.participations import (
    NEVER,
    KeptParticipation,
    Settlement,
    ask_for_settlement,
    bears_any,
    find_settlement,
    keep_participations,
    note_settlement,
    participations_of,
)
from storage.pix_campaigns import (
    PixCampaign,
    find_pix_campaign,
    forget_campaign_number,
    note_campaigns_found,
    note_campaigns_missing,
    note_reading_begun,
    note_reading_done,
    note_reading_failed,
    used_campaigns,
    want_campaigns,
)
from storage.schema import participation
from tests.storage.conftest import NOON, Ground

CODE = "KTRBWX482"
FOUND = PixCampaign(
    code=CODE,
    number=512345,
    organization_id=9001,
    organization_name="Université de Valbrume",
    name="PIX-L1-CC1-2026",
    kind="PROFILES_COLLECTION",
    is_archived=False,
)
LATER = NOON + timedelta(minutes=10)


def use(ground: Ground, code: str = CODE, component: str = "cc1") -> int:
    """Give a component its campaign; return the campaign's id."""
    with ground.database.write() as connection:
        made = set_campaign(
            connection,
            ground.scope,
            component,
            code=code,
            address=f"https://app.pix.fr/campagnes/{code}",
            by_person=ground.bruno,
            now=NOON,
        )
    return made.id


def sending(number: int, **changes: object) -> KeptParticipation:
    """A participation that was sent."""
    made = KeptParticipation(
        campaign_number=512345,
        number=number,
        participant="4f62",
        first_name="Chloé",
        last_name="Bélanger-Noël",
        external_id="99200017-CK7QXYZ",
        shared_at=NOON + timedelta(seconds=number % 60, milliseconds=730),
        total=357,
        mastery=None,
        topics={"1.1": (2, 3, 5)},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_campaigns_in_use_are_known_before_pix_says_anything(ground: Ground) -> None:
    with ground.database.read() as connection:
        assert used_campaigns(connection) == []
    use(ground)
    use(ground, component="cc2")
    use(ground, "PVDGHN735", "exam")
    with ground.database.read() as connection:
        assert used_campaigns(connection) == [PixCampaign(code=CODE), PixCampaign(code="PVDGHN735")]
        assert find_pix_campaign(connection, CODE) == PixCampaign(code=CODE)
    with ground.database.write() as connection:
        end_campaign(connection, ground.scope, "exam", by_person=ground.bruno, now=NOON)
        assert [each.code for each in used_campaigns(connection)] == [CODE]


def test_a_campaign_is_found_wanted_and_read(ground: Ground) -> None:
    use(ground)
    with ground.database.write() as connection:
        note_campaigns_found(connection, [FOUND], NOON)
        want_campaigns(connection, [CODE], LATER)
        note_reading_begun(connection, CODE, LATER)
        note_reading_failed(connection, CODE, "server", LATER, wait_until=LATER)
        failed = find_pix_campaign(connection, CODE)
        assert failed == replace(
            FOUND,
            looked_for_at=NOON,
            wanted_at=LATER,
            begun_at=LATER,
            trouble="server",
            trouble_at=LATER,
            wait_until=LATER,
        )
        note_reading_done(connection, CODE, since=NOON, whole=True, found={"read": 5}, now=LATER)
        read = find_pix_campaign(connection, CODE)
        assert (read.since, read.whole_at, read.read_at) == (NOON, LATER, LATER)
        assert (read.trouble, read.trouble_at, read.wait_until, read.found) == (None, None, None, {"read": 5})
        note_reading_done(
            connection, CODE, since=LATER, whole=False, found={"read": 0}, now=LATER + LATER.resolution
        )
        assert find_pix_campaign(connection, CODE).whole_at == LATER
        assert used_campaigns(connection) == [find_pix_campaign(connection, CODE)]


def test_a_code_given_anew_is_read_from_its_beginning(ground: Ground) -> None:
    use(ground)
    with ground.database.write() as connection:
        note_campaigns_found(connection, [FOUND], NOON)
        note_reading_done(connection, CODE, since=NOON, whole=True, found={}, now=NOON)
        note_campaigns_found(connection, [replace(FOUND, is_archived=True)], LATER)
        assert find_pix_campaign(connection, CODE).since == NOON
        note_campaigns_found(connection, [replace(FOUND, number=512399)], LATER)
        anew = find_pix_campaign(connection, CODE)
    assert (anew.number, anew.since, anew.read_at, anew.whole_at) == (512399, None, None, None)


def test_a_code_that_pix_does_not_show(ground: Ground) -> None:
    use(ground)
    with ground.database.write() as connection:
        note_campaigns_missing(connection, [CODE], "unknown_code", NOON)
        missing = find_pix_campaign(connection, CODE)
        assert (missing.trouble, missing.looked_for_at, missing.number) == ("unknown_code", NOON, None)
        note_campaigns_found(connection, [FOUND], LATER)
        assert find_pix_campaign(connection, CODE).trouble is None
        note_campaigns_missing(connection, [CODE], "unknown_code", LATER)
        assert find_pix_campaign(connection, CODE).trouble is None
        forget_campaign_number(connection, CODE)
        assert find_pix_campaign(connection, CODE).number is None


def test_a_participation_is_kept_once_and_as_pix_says_it_last(ground: Ground) -> None:
    with ground.database.write() as connection:
        assert keep_participations(connection, []) == 0
        assert keep_participations(connection, [sending(1), sending(2), sending(2, total=400)]) == 2
        assert keep_participations(connection, [sending(2, last_name="Noël"), sending(3)]) == 1
        assert keep_participations(connection, [sending(1, campaign_number=7)]) == 1
        kept = participations_of(connection, 512345)
        assert connection.scalar(select(func.count()).select_from(participation)) == 4
    assert kept == [sending(1), sending(2, last_name="Noël"), sending(3)]


def test_a_share_is_kept_to_the_digit(ground: Ground) -> None:
    share = sending(9, total=None, mastery=Decimal("0.8235294117647058"), topics={}, participant=None)
    with ground.database.write() as connection:
        keep_participations(connection, [share])
        assert participations_of(connection, 512345) == [share]


def test_many_at_once(ground: Ground) -> None:
    with ground.database.write() as connection:
        assert keep_participations(connection, [sending(each) for each in range(1, 1502)]) == 1501
        assert keep_participations(connection, [sending(each) for each in range(1, 1503)]) == 1


def test_how_a_campaign_was_settled_last(ground: Ground) -> None:
    campaign_id = use(ground)
    with ground.database.write() as connection:
        assert find_settlement(connection, campaign_id) == NEVER
        note_settlement(connection, campaign_id, {"matched": 3}, NOON, answered=0)
        ask_for_settlement(connection, campaign_id)
        ask_for_settlement(connection, campaign_id)
        asked = find_settlement(connection, campaign_id)
        assert asked == Settlement(asked=2, answered=0, counts={"matched": 3}, at=NOON)
        note_settlement(connection, campaign_id, {"matched": 4}, LATER, answered=2)
        settled = find_settlement(connection, campaign_id)
        assert settled == Settlement(asked=2, answered=2, counts={"matched": 4}, at=LATER)


def test_a_number_is_found_within_an_identifier(ground: Ground) -> None:
    with ground.database.write() as connection:
        keep_participations(connection, [sending(1), sending(2, external_id=None)])
        assert bears_any(connection, 512345, ["1", "99200017"])
        assert not bears_any(connection, 512345, ["99200018", "%", "_"])
        assert not bears_any(connection, 512345, [])
        assert not bears_any(connection, 7, ["99200017"])
