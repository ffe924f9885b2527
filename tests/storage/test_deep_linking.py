"""Requests for content: kept to the letter until they are answered, found by their own person, then forgotten."""

from datetime import timedelta
from typing import Any

import pytest

from storage.deep_linking import (
    add_request,
    answer_request,
    chosen_for,
    find_request,
    forget_expired_requests,
    note_chosen,
)
from tests.storage.conftest import NOON, Ground

LATER = NOON + timedelta(hours=1)


def keep(ground: Ground, connection: Any, **changes: Any) -> None:
    """Keep a request of Alice's."""
    fields = {
        "visit_id": "visit",
        "deployment_id": 1,
        "person_id": ground.alice,
        "course_id": ground.course,
        "settings": {"return_url": "https://lms.example/back?a=1&b=2", "accept_multiple": True},
        "nonce": "nonce",
        "expires_at": LATER,
        **changes,
    }
    add_request(connection, **fields)


def test_a_request_is_found_by_its_person_until_it_expires(ground: Ground) -> None:
    with ground.database.write() as connection:
        keep(ground, connection)
        found = find_request(connection, "visit", ground.alice, NOON, lock=True)
        assert found is not None
        assert (found.platform_id, found.lti_deployment_id, found.course_id) == (
            ground.platform,
            "1",
            ground.course,
        )
        assert found.settings == {"return_url": "https://lms.example/back?a=1&b=2", "accept_multiple": True}
        assert found.content_items is None
        assert find_request(connection, "visit", ground.bruno, NOON) is None
        assert find_request(connection, "another", ground.alice, NOON) is None
        assert find_request(connection, "visit", ground.alice, LATER) is None


def test_an_answer_is_kept_even_an_empty_one(ground: Ground) -> None:
    with ground.database.write() as connection:
        keep(ground, connection, course_id=None)
        answer_request(connection, "visit", [], NOON)
        found = find_request(connection, "visit", ground.alice, NOON)
        assert found is not None
        assert found.content_items == []
        answer_request(connection, "visit", [{"type": "ltiResourceLink", "title": "é"}], NOON)
        found = find_request(connection, "visit", ground.alice, NOON)
        assert found is not None
        assert found.content_items == [{"type": "ltiResourceLink", "title": "é"}]


@pytest.mark.parametrize("data", ["", "a\n\u2028\x00é", "\ud800", {"op": [1, 2.5, None, True]}])
def test_what_the_platform_gave_comes_back_to_the_letter(ground: Ground, data: object) -> None:
    with ground.database.write() as connection:
        keep(ground, connection, settings={"data": data})
    with ground.database.read() as connection:
        found = find_request(connection, "visit", ground.alice, NOON)
    assert found is not None
    assert found.settings["data"] == data


def test_expired_requests_are_forgotten_and_what_was_chosen_is_not(ground: Ground) -> None:
    with ground.database.write() as connection:
        keep(ground, connection)
        keep(ground, connection, visit_id="newer", expires_at=LATER + timedelta(seconds=1))
        note_chosen(connection, ground.scope, ["cc1", "exam"], by_person=ground.alice, now=NOON)
        assert forget_expired_requests(connection, LATER) == 1
        assert find_request(connection, "newer", ground.alice, NOON) is not None
        assert chosen_for(connection, ground.course) == {
            ("HA1G10H", "2026-2027", "cc1"),
            ("HA1G10H", "2026-2027", "exam"),
        }
        assert chosen_for(connection, ground.course + 1) == frozenset()
