"""What is asked of a platform at registration, what of its answer is understood, and Canvas's form of the same."""

import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from lti.dynamic_registration import (
    AnswerUnreadable,
    RegisteredAs,
    read_registration_answer,
    registration_request,
    updates_a_registration,
    wishes_of,
)
from lti.platform_configuration import PlatformConfiguration
from lti.tool_configuration import (
    DEEP_LINKING,
    LINE_ITEM,
    MEMBERS,
    RESULT,
    SCORE,
    ToolConfiguration,
    canvas_configuration,
)

TOOL_CLAIM = "https://purl.imsglobal.org/spec/lti-tool-configuration"
TOOL = ToolConfiguration(
    public_url="https://tool.example",
    name="Pix",
    names={"fr": "Pix : compétences", "en": "Pix: skills"},
    descriptions={"fr": "En français", "en": "In English"},
)
PLATFORM = PlatformConfiguration(
    issuer="https://moodle.example",
    auth_login_url="https://moodle.example/auth",
    auth_token_url="https://moodle.example/token",
    jwks_url="https://moodle.example/jwks",
    registration_endpoint="https://moodle.example/register",
)


def test_everything_is_asked_of_a_platform_that_says_nothing() -> None:
    request = registration_request(TOOL, wishes_of(PLATFORM, TOOL))
    assert request["initiate_login_uri"] == "https://tool.example/lti/login"
    assert request["redirect_uris"] == ["https://tool.example/lti/launch"]
    assert request["jwks_uri"] == "https://tool.example/lti/jwks"
    assert request["logo_uri"] == "https://tool.example/static/icon.svg"
    assert (request["response_types"], request["token_endpoint_auth_method"]) == (
        ["id_token"],
        "private_key_jwt",
    )
    assert request["application_type"] == "web"
    assert (request["client_name"], request["client_name#fr"]) == ("Pix", "Pix : compétences")
    assert set(request["scope"].split()) == {LINE_ITEM, RESULT, SCORE, MEMBERS}
    tool = request[TOOL_CLAIM]
    assert tool["domain"] == urlsplit(tool["target_link_uri"]).netloc == "tool.example"
    assert (tool["description"], tool["description#en"]) == ("En français", "In English")
    assert {"name", "given_name", "family_name"} <= set(tool["claims"])
    assert "email" not in tool["claims"]
    assert tool["custom_parameters"]["student_number"] == "$Person.sourcedId"
    assert tool["custom_parameters"]["context_history"] == "$Context.id.history"
    assert all("\n" not in value for value in tool["custom_parameters"].values())
    messages = {each["type"]: each for each in tool["messages"]}
    assert set(messages) == {"LtiResourceLinkRequest", DEEP_LINKING}
    assert {each["target_link_uri"] for each in messages.values()} == {"https://tool.example/lti/launch"}
    assert "contacts" not in request
    assert "policy_uri" not in request
    assert "jwks" not in request


def test_a_port_that_is_not_the_default_one_belongs_in_the_domain() -> None:
    tool = replace(TOOL, public_url="https://tool.example:8443")
    inner = registration_request(tool, wishes_of(PLATFORM, tool))[TOOL_CLAIM]
    assert inner["domain"] == "tool.example:8443" == urlsplit(inner["target_link_uri"]).netloc


def test_contacts_and_policy_where_the_settings_have_them() -> None:
    tool = replace(TOOL, contacts=("pix@univ.example",), policy_url="https://univ.example/privacy")
    request = registration_request(tool, wishes_of(PLATFORM, tool))
    assert (request["contacts"], request["policy_uri"]) == (
        ["pix@univ.example"],
        "https://univ.example/privacy",
    )


def test_only_what_a_platform_supports_is_asked() -> None:
    some = replace(
        PLATFORM,
        scopes=frozenset({SCORE, "openid"}),
        claims=frozenset({"sub", "email"}),
        messages=frozenset({"LtiResourceLinkRequest"}),
    )
    wishes = wishes_of(some, TOOL)
    assert (wishes.can_score, wishes.can_manage_columns, wishes.can_read_results) == (True, False, False)
    assert (wishes.can_list_members, wishes.can_be_chosen, wishes.learns_names) == (False, False, False)
    request = registration_request(TOOL, wishes)
    assert request["scope"] == SCORE
    assert request[TOOL_CLAIM]["claims"] == ["iss", "sub"]
    assert [each["type"] for each in request[TOOL_CLAIM]["messages"]] == ["LtiResourceLinkRequest"]


@pytest.mark.parametrize(
    ("answer", "understood"),
    [
        (
            {"client_id": "abc", TOOL_CLAIM: {"deployment_id": "5"}},
            RegisteredAs(client_id="abc", deployment_id="5"),
        ),
        (
            {"client_id": "abc", TOOL_CLAIM: {"deployment_id": 5}},
            RegisteredAs(client_id="abc", deployment_id="5"),
        ),
        ({"client_id": 1000, TOOL_CLAIM: {}}, RegisteredAs(client_id="1000", deployment_id=None)),
        ({"client_id": "abc"}, RegisteredAs(client_id="abc", deployment_id=None)),
        ({"client_id": "abc", TOOL_CLAIM: None}, RegisteredAs(client_id="abc", deployment_id=None)),
        (
            {"client_id": "abc", TOOL_CLAIM: {"deployment_id": True}},
            RegisteredAs(client_id="abc", deployment_id=None),
        ),
    ],
)
def test_who_the_tool_is_there(answer: dict[str, object], understood: RegisteredAs) -> None:
    assert read_registration_answer(json.dumps(answer)) == understood


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>",
        "[]",
        "{}",
        '{"client_id": ""}',
        '{"client_id": null}',
        "[" * 100000,
        json.dumps({"client_id": "x" * 256}),
        json.dumps({"client_id": "a\nb"}),
    ],
)
def test_answers_that_do_not_tell(text: str) -> None:
    with pytest.raises(AnswerUnreadable):
        read_registration_answer(text)


def token(**claims: object) -> str:
    return f"x.{urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.y"


def test_which_tokens_say_that_they_update() -> None:
    assert updates_a_registration(token(scope="reg-update", sub="3"))
    for other in (token(scope="reg"), token(), "", "opaque", "a.b.c", "a.é.c", "a.W10.c", "a.b", "." * 2):
        assert not updates_a_registration(other)


@pytest.mark.parametrize(
    ("public_url", "hard"),
    [
        ("https://pix.univ.example", False),
        ("https://pix.univ.example:443", False),
        ("https://193.51.224.1", False),
        ("https://pix.univ.example:8443", True),
        ("https://10.20.0.1", True),
        ("http://127.0.0.1", True),
        ("http://localhost", True),
        ("http://[::1]", True),
    ],
)
def test_addresses_a_careful_platform_does_not_call(public_url: str, hard: bool) -> None:
    assert replace(TOOL, public_url=public_url).is_hard_to_reach is hard


def test_canvas() -> None:
    told = canvas_configuration(TOOL)
    assert told["oidc_initiation_url"] == "https://tool.example/lti/login"
    assert told["target_link_uri"] == "https://tool.example/lti/launch"
    assert told["public_jwk_url"] == "https://tool.example/lti/jwks"
    assert set(told["scopes"]) == {LINE_ITEM, RESULT, SCORE, MEMBERS}
    assert told["custom_fields"]["student_number"] == "$Person.sourcedId"
    [extension] = told["extensions"]
    assert (extension["platform"], extension["privacy_level"]) == ("canvas.instructure.com", "name_only")
    assert {each["message_type"] for each in extension["settings"]["placements"]} == {DEEP_LINKING}
