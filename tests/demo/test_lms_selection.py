"""Content selection as Moodle does it: what it asks, what it checks of the answer, what it makes of the items."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import jwt
import pytest
import requests

from demo.lms import LmsBrowser, LmsState
from demo.lms.selection_pages import save_items
from demo.lms.selections import chosen_activity
from tests.demo.tiny_tool import ServiceClient, TinyTool

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
TEACHER = "2"


def item(**changes: Any) -> dict[str, Any]:
    """A good content item."""
    return {
        "type": "ltiResourceLink",
        "title": "CC1",
        "text": "Votre profil",
        "custom": {"component": "cc1"},
        "lineItem": {"scoreMaximum": 20, "label": "ignored", "resourceId": "r", "tag": "cc1"},
        "available": {"startDateTime": "2026-09-14T06:00:00Z"},
        **changes,
    }


def answer(tool: TinyTool, lms: LmsState, *items: dict[str, Any], **changes: Any) -> str:
    """The tool's answer, good but for the changes (None takes a claim away)."""
    now = datetime.now(UTC)
    claims = {
        "iss": lms.client_id,
        "aud": lms.issuer,
        "iat": int((now - timedelta(seconds=5)).timestamp()),
        "exp": int((now + timedelta(seconds=60)).timestamp()),
        "nonce": "n-1",
        LTI + "deployment_id": lms.deployment_id,
        LTI + "message_type": "LtiDeepLinkingResponse",
        LTI + "version": "1.3.0",
        DL + "content_items": list(items),
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, tool.key, algorithm="RS256", headers={"kid": tool.kid})


def post(lms: LmsState, token: str, **asked: Any) -> requests.Response:
    """Post an answer to a selection that was just begun."""
    pending = lms.begin_selection(TEACHER, "2", **asked)
    assert pending.selection is not None
    address = lms.addresses.selection_return("2", pending.selection.key)
    return requests.post(address, data={"JWT": token}, timeout=10)


def test_the_request_is_moodles(tool: TinyTool, lms: LmsState) -> None:
    with LmsBrowser(lms, TEACHER) as browser:
        browser.select_content("2")
    claims = tool.claims()
    settings = claims[DL + "deep_linking_settings"]
    assert settings["accept_types"] == ["ltiResourceLink"]
    assert settings["accept_multiple"] is True
    assert "data" not in settings
    assert "sesskey=" in settings["deep_link_return_url"]
    assert claims[LTI + "message_type"] == "LtiDeepLinkingRequest"
    assert claims[LTI + "launch_presentation"] == {"locale": "fr"}
    assert LTI + "resource_link" not in claims


def test_several_items_become_activities_with_their_columns(tool: TinyTool, lms: LmsState) -> None:
    returned = post(lms, answer(tool, lms, item(), item(title="CC2", lineItem=None)))
    assert returned.status_code == 200
    assert "Les éléments suivants seront ajoutés" in returned.text
    assert list(lms.violations) == []
    before = len(lms.gradebook.columns("2"))
    first, second = save_items(lms, "2", lms.selections.answers[-1][DL + "content_items"])
    made = lms.get_activity(first)
    assert (made.title, made.description, made.custom) == ("CC1", "Votre profil", {"component": "cc1"})
    column = lms.column_of(first)
    assert (column.label, column.maximum, column.resource_id, column.tag) == ("CC1", Decimal(20), "r", "cc1")
    assert not lms.get_activity(second).graded
    assert len(lms.gradebook.columns("2")) == before + 1
    assert lms.begin_launch(TEACHER, first).activity.id == first


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"iss": "another"}, "Clé de consommateur incorrecte"),
        ({"exp": 1_700_000_000}, "expired"),
        ({"iat": 4_000_000_000}, "not yet valid"),
        ({"exp": None}, "exp"),
    ],
)
def test_what_moodle_refuses_is_shown_in_the_modal(
    tool: TinyTool, lms: LmsState, changes: dict[str, Any], told: str
) -> None:
    refused = post(lms, answer(tool, lms, item(), **changes))
    assert refused.status_code == 400
    assert told in refused.text
    assert lms.selections.answers == ()


def test_a_token_of_another_key_is_refused(tool: TinyTool, lms: LmsState) -> None:
    claims = jwt.decode(answer(tool, lms, item()), options={"verify_signature": False})
    unsigned = jwt.encode(
        claims, "a secret of some length, to be sure of it", algorithm="HS256", headers={"kid": "x"}
    )
    assert post(lms, unsigned).status_code == 400


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"aud": ["a list"]}, "aud is"),
        ({"nonce": None}, "no nonce"),
        ({LTI + "deployment_id": "99"}, "deployment_id is '99'"),
        ({LTI + "message_type": "LtiResourceLinkRequest"}, "message_type is"),
        ({LTI + "version": None}, "version is None"),
        ({DL + "data": "unasked"}, "data is"),
    ],
)
def test_what_moodle_does_not_look_at_is_written_down(
    tool: TinyTool, lms: LmsState, changes: dict[str, Any], told: str
) -> None:
    assert post(lms, answer(tool, lms, item(), **changes)).status_code == 200
    assert any(told in each.detail for each in lms.violations)


def test_data_must_come_back_and_one_item_where_one_is_taken(tool: TinyTool, lms: LmsState) -> None:
    post(lms, answer(tool, lms, item(), item()), accept_multiple=False, data="opaque")
    told = [each.detail for each in lms.violations]
    assert f"{DL}data is None" in told
    assert "several items, and one is accepted" in told


def test_an_empty_answer_just_closes(tool: TinyTool, lms: LmsState) -> None:
    returned = post(lms, answer(tool, lms))
    assert "Rien n'a été choisi" in returned.text
    assert list(lms.violations) == []


@pytest.mark.parametrize(
    ("changes", "spoilt"),
    [
        ({"custom": {"a": "one\ntwo"}}, "custom value a is cut"),
        ({"custom": {"a": True}}, "custom value a is cut or changed"),
        ({"type": "link"}, "becomes an activity all the same"),
        ({"lineItem": {"scoreMaximum": 20.0}}, "makes a column that shows nothing"),
        ({"lineItem": {"scoreMaximum": 0}}, "makes a column that shows nothing"),
        ({"lineItem": {"scoreMaximum": 101}}, "makes a column that shows nothing"),
        ({"lineItem": {"scoreMaximum": "20"}}, "makes a column that shows nothing"),
    ],
)
def test_what_moodle_spoils(changes: dict[str, Any], spoilt: str) -> None:
    _, told = chosen_activity(item(**changes))
    assert any(spoilt in each for each in told)


def test_a_text_only_column_takes_scores_and_shows_nothing(
    tool: TinyTool, lms: LmsState, client: ServiceClient
) -> None:
    (made,) = save_items(lms, "2", [item(lineItem={"scoreMaximum": 20.5})])
    column = lms.column_of(made)
    assert client.score(column.id, "101", 10).status_code == 200
    assert lms.gradebook.mark(column.id, "101") is None


def test_each_save_opens_the_launch_address_as_nobody(tool: TinyTool, lms: LmsState) -> None:
    save_items(lms, "2", [item(url=tool.addresses.launch_url.replace("/launch", "/no-such-page"))])
    assert any(each.kind == "launch_url" for each in lms.violations)


def test_the_form_is_for_who_teaches_and_saves_from_the_page(tool: TinyTool, lms: LmsState) -> None:
    with requests.Session() as session:
        session.post(f"{lms.issuer}/login", data={"person": "101", "course": "2"}, timeout=10)
        assert session.get(f"{lms.issuer}/course/2/add", timeout=10).status_code == 403
        session.post(f"{lms.issuer}/login", data={"person": TEACHER, "course": "2"}, timeout=10)
        page = session.get(f"{lms.issuer}/course/2/add", timeout=10)
        assert "Sélectionner un contenu" in page.text
        saved = session.post(
            f"{lms.issuer}/course/2/activities",
            data={"items": json.dumps([item(title="Du modal")])},
            timeout=10,
        )
        assert "Du modal" in saved.text
        assert (
            session.post(f"{lms.issuer}/course/2/activities", data={"items": "?"}, timeout=10).status_code
            == 400
        )
