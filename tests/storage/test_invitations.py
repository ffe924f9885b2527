"""Invitations: open, expired, withdrawn, claimed by one at a time, used once; deployments that wait."""

from __future__ import annotations

import threading
from datetime import timedelta

from storage.held_deployments import all_held_deployments, approve_deployment, hold_deployment
from storage.invitations import (
    add_invitation,
    all_invitations,
    claim_invitation,
    find_invitation,
    release_invitation,
    use_invitation,
    withdraw_invitation,
)
from storage.platforms import find_platform, launched_platforms
from tests.storage.conftest import NOON, Ground

WEEK = NOON + timedelta(days=7)
SOON = NOON + timedelta(minutes=1)


def invited(ground: Ground, digest: str = "d" * 64) -> int:
    with ground.database.write() as connection:
        return add_invitation(
            connection,
            digest=digest,
            name="Moodle",
            service_origins=["https://services.example"],
            expires_at=WEEK,
            now=NOON,
        )


def test_an_invitation_is_found_by_its_digest_only(ground: Ground) -> None:
    number = invited(ground)
    with ground.database.read() as connection:
        found = find_invitation(connection, "d" * 64)
        assert find_invitation(connection, "e" * 64) is None
        assert all_invitations(connection) == [found]
    assert found is not None
    assert (found.id, found.name, found.service_origins) == (number, "Moodle", ("https://services.example",))
    assert (found.is_open(NOON), found.is_open(WEEK - timedelta(seconds=1)), found.is_open(WEEK)) == (
        True,
        True,
        False,
    )


def test_it_is_claimed_by_one_at_a_time_and_used_once(ground: Ground) -> None:
    number = invited(ground)
    with ground.database.write() as connection:
        assert claim_invitation(connection, number, claim="a", until=SOON, now=NOON)
        assert not claim_invitation(connection, number, claim="b", until=SOON, now=NOON)
        release_invitation(connection, number, "b")  # not theirs to give back
        assert not claim_invitation(connection, number, claim="b", until=SOON, now=NOON)
        release_invitation(connection, number, "a")
        assert claim_invitation(connection, number, claim="b", until=SOON, now=NOON)
        # Who was killed amid a registration keeps nobody out for long.
        assert claim_invitation(connection, number, claim="c", until=SOON + timedelta(minutes=1), now=SOON)
        used = {"platform_id": ground.platform, "used_for": "f" * 64, "now": SOON}
        assert not use_invitation(connection, number, claim="b", **used)  # type: ignore[arg-type]
        assert use_invitation(connection, number, claim="c", **used)  # type: ignore[arg-type]
        assert not use_invitation(connection, number, claim="c", **used)  # type: ignore[arg-type]
        assert not claim_invitation(connection, number, claim="d", until=WEEK, now=SOON)
        assert not withdraw_invitation(connection, number, SOON)
        [found] = all_invitations(connection)
    assert (found.used_at, found.platform_id, found.used_for) == (SOON, ground.platform, "f" * 64)
    assert not found.is_open(SOON)


def test_nobody_uses_what_is_withdrawn_or_expired(ground: Ground) -> None:
    number = invited(ground)
    with ground.database.write() as connection:
        assert not claim_invitation(connection, number, claim="late", until=WEEK, now=WEEK)
        assert claim_invitation(connection, number, claim="a", until=SOON, now=NOON)
        assert withdraw_invitation(connection, number, NOON)
        assert not withdraw_invitation(connection, number, NOON)
        assert not withdraw_invitation(connection, 999, NOON)
        assert not use_invitation(
            connection, number, claim="a", platform_id=ground.platform, used_for="f", now=NOON
        )
        assert not claim_invitation(connection, number, claim="b", until=SOON, now=NOON)
        [found] = all_invitations(connection)
    assert not found.is_open(NOON)


def test_of_eight_who_claim_at_once_one_gets_it(ground: Ground) -> None:
    number = invited(ground)
    got: list[bool] = []
    begin = threading.Barrier(8)

    def claim(name: str) -> None:
        begin.wait()
        with ground.database.write() as connection:
            got.append(claim_invitation(connection, number, claim=name, until=SOON, now=NOON))

    threads = [threading.Thread(target=claim, args=[str(each)]) for each in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(got) == [False] * 7 + [True]


def test_a_held_deployment_is_kept_once_and_approved_once(ground: Ground) -> None:
    with ground.database.write() as connection:
        hold_deployment(connection, ground.platform, "77", NOON)
        hold_deployment(connection, ground.platform, "77", SOON)
        hold_deployment(connection, ground.platform, "78", SOON)
        first, second = all_held_deployments(connection)
        assert (first.deployment_id, first.first_at, first.last_at) == ("77", NOON, SOON)
        assert approve_deployment(connection, 999) is None
        assert approve_deployment(connection, first.id) == first
        assert approve_deployment(connection, first.id) is None
        assert all_held_deployments(connection) == [second]
        platform = find_platform(connection, ground.platform)
    assert platform is not None
    assert "77" in platform.deployment_ids
    assert "78" not in platform.deployment_ids


def test_which_platforms_have_launched(ground: Ground) -> None:
    with ground.database.read() as connection:
        assert launched_platforms(connection) == {ground.platform}
