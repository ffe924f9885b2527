"""Dynamic registration at the LMS, as Moodle does it: what is required, fixed, overwritten, refused."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from demo.lms import LmsBrowser, LmsState, RunningLms
from demo.lms.tokens import AGS_SCOPES, LINE_ITEM, LINE_ITEM_READONLY, MEMBERS, RESULT_READONLY, SCORE
from demo.lms.tool_types import TOOL
from tests.demo.tiny_tool import TinyTool


@pytest.fixture
def empty(running_tool: TinyTool) -> Iterator[RunningLms]:
    """An LMS that knows no tool yet."""
    with RunningLms(tool=None) as running:
        running_tool.state = running.state
        yield running
        running_tool.received.clear()


def payload(tool: TinyTool, **changes: Any) -> dict[str, Any]:
    """A good registration of the tiny tool; `tool_…` changes its LTI part, None leaves a field out."""
    addresses = tool.addresses
    inner: dict[str, Any] = {
        "domain": urlsplit(addresses.launch_url).netloc,
        "target_link_uri": addresses.launch_url,
        "description": "A tool",
        "custom_parameters": {"number": "$Person.sourcedId", "unit": "of the tool"},
        "claims": ["name"],
        "messages": [{"type": "LtiDeepLinkingRequest", "target_link_uri": addresses.launch_url}],
    }
    inner |= {
        name.removeprefix("tool_"): value for name, value in changes.items() if name.startswith("tool_")
    }
    outer: dict[str, Any] = {
        "application_type": "web",
        "client_name": "Tiny",
        "initiate_login_uri": addresses.login_url,
        "redirect_uris": [addresses.launch_url],
        "jwks_uri": addresses.jwks_url,
        "response_types": ["id_token"],
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join((LINE_ITEM, RESULT_READONLY, SCORE, MEMBERS)),
        TOOL: {name: value for name, value in inner.items() if value is not None},
    }
    outer |= {name: value for name, value in changes.items() if not name.startswith("tool_")}
    return {name: value for name, value in outer.items() if value is not None}


def register(state: LmsState, token: str, body: dict[str, Any]) -> requests.Response:
    url = f"{state.issuer}/mod/lti/openid-registration.php"
    return requests.post(url, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=10)


def test_what_the_lms_says_of_itself(empty: RunningLms) -> None:
    told = requests.get(f"{empty.address}/mod/lti/openid-configuration.php", timeout=10).json()
    assert told["issuer"] == empty.address
    assert told["registration_endpoint"] == f"{empty.address}/mod/lti/openid-registration.php"
    assert SCORE in told["scopes_supported"]
    assert (
        told["https://purl.imsglobal.org/spec/lti-platform-configuration"]["product_family_code"] == "moodle"
    )


def test_the_frame_opens_the_tool_with_two_more_parameters(empty: RunningLms) -> None:
    start = f"{empty.address}/mod/lti/startltiadvregistration.php"
    answer = requests.get(
        start, params={"url": "https://t.example/r/x?kept=1"}, allow_redirects=False, timeout=10
    )
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["kept"] == ["1"]
    assert query["openid_configuration"] == [f"{empty.address}/mod/lti/openid-configuration.php"]
    claims = jwt.decode(query["registration_token"][0], options={"verify_signature": False})
    assert set(claims) == {"sub", "scope", "iat", "exp"}
    assert (claims["scope"], claims["exp"] - claims["iat"]) == ("reg", 3600)


def test_from_pending_to_a_launch(empty: RunningLms, running_tool: TinyTool) -> None:
    state = empty.state
    answer = register(state, state.types.new_token(), payload(running_tool))
    assert answer.status_code == 200
    told = answer.json()
    [made] = state.types.all()
    assert told["client_id"] == made.client_id
    assert len(made.client_id) == 15
    assert told[TOOL]["deployment_id"] == made.id == "1"
    assert (made.state, made.in_chooser, state.client_id) == ("pending", False, "")
    requests.post(f"{empty.address}/admin/tools/1/activate", timeout=10)
    assert (made.state, made.in_chooser, state.client_id) == ("active", False, made.client_id)
    with LmsBrowser(state, "101") as browser:
        assert browser.launch("1").status == 200
    claims = running_tool.claims()
    assert claims["aud"] == made.client_id
    assert "given_name" in claims
    assert "email" not in claims
    custom = claims["https://purl.imsglobal.org/spec/lti/claim/custom"]
    assert custom["number"] == state.get_person("101").idnumber
    assert custom["unit"] == "of the tool"  # the registration's values win over the activity's
    assert list(state.violations) == []


def test_without_names(empty: RunningLms, running_tool: TinyTool) -> None:
    state = empty.state
    register(state, state.types.new_token(), payload(running_tool, tool_claims=["sub", "email"]))
    state.activate(state.types.get("1"))
    with LmsBrowser(state, "101") as browser:
        browser.launch("1")
    claims = running_tool.claims()
    assert {"name", "given_name", "family_name"}.isdisjoint(claims)
    assert "email" in claims
    assert "user_username" not in claims["https://purl.imsglobal.org/spec/lti/claim/ext"]


@pytest.mark.parametrize(
    "name",
    [
        *("client_name", "initiate_login_uri", "redirect_uris", "jwks_uri", "response_types"),
        *("token_endpoint_auth_method", TOOL),
    ],
)
def test_what_is_required(empty: RunningLms, running_tool: TinyTool, name: str) -> None:
    token = empty.state.types.new_token()
    answer = register(empty.state, token, payload(running_tool, **{name: None}))
    assert (answer.status_code, answer.text) == (400, f"missing required attribute {name}")
    assert empty.state.types.all() == ()
    assert register(empty.state, token, payload(running_tool)).status_code == 200  # the token was not used


@pytest.mark.parametrize(
    "changes",
    [
        {"response_types": ["code"]},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"application_type": "native"},
        {"tool_domain": None},
        {"tool_domain": "127.0.0.1"},  # the port is missing
        {"tool_target_link_uri": "https://elsewhere.example/launch"},
    ],
)
def test_what_is_refused(empty: RunningLms, running_tool: TinyTool, changes: dict[str, Any]) -> None:
    answer = register(empty.state, empty.state.types.new_token(), payload(running_tool, **changes))
    assert answer.status_code == 400
    assert empty.state.types.all() == ()
    assert [each.kind for each in empty.state.violations] == ["registration"]


def test_a_token_serves_once_and_for_an_hour(empty: RunningLms, running_tool: TinyTool) -> None:
    state = empty.state
    token = state.types.new_token()
    assert register(state, token, payload(running_tool)).status_code == 200
    again = register(state, token, payload(running_tool))
    assert (again.status_code, again.text) == (401, "token_already_used")
    assert register(state, "nonsense", payload(running_tool)).status_code == 401
    old = state.types.new_token()
    state.types._clock = lambda: datetime.now(UTC) + timedelta(hours=2)
    assert register(state, old, payload(running_tool)).status_code == 401
    assert len(state.types.all()) == 1


@pytest.mark.parametrize(
    ("asked", "permitted"),
    [
        ([LINE_ITEM], set(AGS_SCOPES)),
        ([SCORE], {SCORE, RESULT_READONLY, LINE_ITEM_READONLY}),
        ([SCORE, MEMBERS], {SCORE, RESULT_READONLY, LINE_ITEM_READONLY, MEMBERS}),
        (["openid"], set()),
    ],
)
def test_scopes(empty: RunningLms, running_tool: TinyTool, asked: list[str], permitted: set[str]) -> None:
    state = empty.state
    register(state, state.types.new_token(), payload(running_tool, scope=" ".join(asked)))
    assert state.types.get("1").scopes == permitted


def test_an_update_overwrites_everything_but_who_the_tool_is(
    empty: RunningLms, running_tool: TinyTool
) -> None:
    state = empty.state
    register(state, state.types.new_token(), payload(running_tool))
    kept = state.types.get("1")
    state.activate(kept)
    kept.in_chooser, client_id = True, kept.client_id
    token = state.types.new_token(update="1")
    url = f"{state.issuer}/mod/lti/openid-registration.php"
    current = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10).json()
    assert current["client_id"] == client_id
    changed = payload(running_tool, client_name="Tiny 2", tool_custom_parameters={"new": "1"})
    for _ in range(2):  # an update's token is not used up
        answer = register(state, token, changed)
        assert (answer.status_code, answer.json()["client_id"]) == (200, client_id)
    assert (kept.name, kept.state, kept.in_chooser) == ("Tiny 2", "active", False)
    assert (state.custom, state.client_id) == ({"new": "1"}, client_id)
    new = state.types.new_token()
    assert requests.get(url, headers={"Authorization": f"Bearer {new}"}, timeout=10).status_code == 404


def test_the_page_asks_which_tool_where_the_domain_is_known(
    empty: RunningLms, running_tool: TinyTool
) -> None:
    state, add = empty.state, f"{empty.address}/admin/tools/add"
    url = f"{running_tool.addresses.login_url}?x=1"
    first = requests.post(add, {"url": url}, timeout=10)
    assert "<iframe" in first.text
    register(state, state.types.new_token(), payload(running_tool))
    assert "Enregistrer comme nouvel outil externe" in requests.post(add, {"url": url}, timeout=10).text
    assert "type=1" in requests.post(add, {"url": url, "choice": "1"}, timeout=10).text
    assert "type=" not in requests.post(add, {"url": url, "choice": "new"}, timeout=10).text
    assert "En attente" in requests.get(f"{empty.address}/admin/tools/", timeout=10).text
    requests.post(f"{empty.address}/admin/tools/1/show", timeout=10)
    assert state.types.get("1").in_chooser
    requests.post(f"{empty.address}/admin/tools/1/delete", timeout=10)
    assert state.types.all() == ()
    assert requests.post(f"{empty.address}/admin/tools/1/activate", timeout=10).status_code == 404
    assert requests.post(add, {"url": "not an address"}, timeout=10).status_code == 400


def test_a_body_that_is_no_json(empty: RunningLms) -> None:
    url = f"{empty.address}/mod/lti/openid-registration.php"
    for body in (b"{", json.dumps([1]).encode()):
        headers = {"Authorization": f"Bearer {empty.state.types.new_token()}"}
        assert requests.post(url, body, headers=headers, timeout=10).status_code == 400
