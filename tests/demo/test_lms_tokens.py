"""The token endpoint: every mistake in the client assertion is refused, and noted."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.lms import LmsState, RunningLms
from tests.demo.tiny_tool import AGS, ALL_SCOPES, ServiceClient, TinyTool, new_key


def test_a_good_request_gives_an_opaque_token_typed_text_html(client: ServiceClient) -> None:
    answer = client.ask_token()
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.json()["expires_in"] == 3600
    assert set(answer.json()["scope"].split()) == set(ALL_SCOPES.split())
    assert "." not in answer.json()["access_token"]
    assert client.kinds() == []


def test_unknown_scopes_are_dropped_and_none_left_is_refused(client: ServiceClient) -> None:
    assert client.ask_token(f"{AGS}score {AGS}unheard").json()["scope"] == f"{AGS}score"
    refused = client.ask_token(f"{AGS}unheard")
    assert (refused.status_code, refused.json()) == (400, {"error": "invalid_scope"})


NOW = int(time.time())


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"iss": "other"}, "assertion_iss"),
        ({"sub": "other"}, "assertion_sub"),
        ({"aud": "https://elsewhere.example/token"}, "assertion_aud"),
        ({"exp": NOW - 3600, "iat": NOW - 3700}, "assertion_expired"),
        ({"iat": NOW + 3600, "exp": NOW + 3700}, "assertion_iat"),
        ({"exp": None}, "assertion_without_exp"),
        ({"iat": None}, "assertion_without_iat"),
        ({"jti": None}, "assertion_without_jti"),
        ({"kid": None}, "assertion_signature"),
        ({"kid": "unheard"}, "assertion_signature"),
        ({"key": new_key()}, "assertion_signature"),
    ],
)
def test_a_bad_assertion_is_400_and_noted(client: ServiceClient, change: dict[str, Any], kind: str) -> None:
    answer = client.ask_token(assertion=client.assertion(**change))
    assert answer.status_code == 400
    assert '"error"' in answer.text
    assert client.kinds() == [kind]


def test_the_token_address_may_be_in_a_list_of_audiences(client: ServiceClient) -> None:
    audience = [client.state.addresses.token, "other"]
    assert client.ask_token(assertion=client.assertion(aud=audience)).status_code == 200


def test_a_jti_serves_once(client: ServiceClient) -> None:
    assertion = client.assertion()
    assert client.ask_token(assertion=assertion).status_code == 200
    assert client.ask_token(assertion=assertion).status_code == 400
    assert client.kinds() == ["jti_replayed"]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": "jwt"}, "invalid_request"),
        ({"client_assertion": ""}, "invalid_request"),
    ],
)
def test_a_bad_form_is_400(client: ServiceClient, form: dict[str, str], error: str) -> None:
    answer = client.ask_token(**form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_unreadable_tool_keys_are_404_with_a_page(client: ServiceClient) -> None:
    client.tool.jwks_status = 500
    answer = client.ask_token()
    assert answer.status_code == 404
    assert "<html" in answer.text


def test_a_rotated_tool_key_works_at_once_and_known_keys_survive_an_outage(client: ServiceClient) -> None:
    assert client.ask_token().status_code == 200
    client.tool.jwks_status = 500
    assert client.ask_token().status_code == 200
    client.tool.jwks_status = 200
    old_key, old_kid = client.tool.key, client.tool.kid
    try:
        client.tool.key, client.tool.kid = new_key(), "tool-2"
        assert client.ask_token().status_code == 200
    finally:
        client.tool.key, client.tool.kid = old_key, old_kid
    assert client.kinds() == []


def test_a_token_dies_after_an_hour_and_when_revoked(tool: TinyTool) -> None:
    now = [datetime.now(UTC)]
    with RunningLms(tool=tool.addresses, clock=lambda: now[0]) as running:
        client = ServiceClient(tool, running.state)
        column = running.state.column_of("1").id
        assert client.score(column, "101").status_code == 200
        now[0] += timedelta(seconds=3601)
        assert client.score(column, "101", 13).status_code == 401
        fresh = client.ask_token().json()["access_token"]
        running.state.tokens.revoke_all()
        assert client.score(column, "101", 14, token=fresh).status_code == 401
        client.session.close()
        assert list(running.state.violations) == []


def test_one_scope_at_a_time_opens_one_service(client: ServiceClient, lms: LmsState) -> None:
    column = lms.column_of("1").id
    readonly = client.token(AGS + "result.readonly")
    refused = client.score(column, "101", token=readonly)
    assert refused.status_code == 401
    assert "WWW-Authenticate" not in refused.headers
    assert client.kinds() == ["scope"]
    assert client.score(column, "101", token=client.token(AGS + "score")).status_code == 200
