"""The launches that must be refused (1EdTech's bad payloads, and the security list): one test each."""

import dataclasses
import json
from datetime import timedelta
from typing import Any

import pytest

from lti.errors import LaunchRefused, RefusalReason
from tests.lti.conftest import NOW, TARGET, Tool
from tests.lti.forge import AGS, INSTRUCTOR, NRPS, ForgedPlatform, full_name, read_authorisation, rsa_key
from tests.lti.small_server import SmallServer


def refused(tool: Tool, form: dict[str, str], browser: str | None = "browser-1") -> LaunchRefused:
    """The refusal of a form; it uses nothing up, and its status is the user's fault, never ours."""
    used = dict(tool.nonces.used)
    with pytest.raises(LaunchRefused) as caught:
        tool.read(form, browser)
    assert tool.nonces.used == used
    assert caught.value.status in {400, 401, 403, 413}
    assert "Élodie" not in caught.value.detail
    return caught.value


def reason(tool: Tool, **claims: Any) -> RefusalReason:
    """The reason why a launch with these claims is refused."""
    return refused(tool, tool.platform.launch_form(tool.login(), now=tool.now, **claims)).reason


def signed(tool: Tool, sign: Any, **claims: Any) -> dict[str, str]:
    """A launch whose token is made by `sign` from good claims."""
    asked = read_authorisation(tool.login())
    return {
        "state": asked["state"],
        "id_token": sign(tool.platform.claims(now=tool.now, nonce=asked["nonce"], **claims)),
    }


# --- the key and the signature


def test_no_kid(tool: Tool) -> None:
    form = signed(tool, lambda claims: tool.platform.sign(claims, header={"kid": None}))
    assert refused(tool, form).reason is RefusalReason.KEY_ID_MISSING


def test_unknown_kid_after_one_refetch(tool: Tool, server: SmallServer) -> None:
    tool.launch()
    form = signed(tool, lambda claims: tool.platform.sign(claims, header={"kid": "unknown"}))
    assert refused(tool, form).reason is RefusalReason.UNKNOWN_KEY
    assert server.count("GET", "/mod/lti/certs.php") == 2


def test_algorithm_none(tool: Tool) -> None:
    assert refused(tool, signed(tool, tool.platform.sign_not)).reason is RefusalReason.ALGORITHM


def test_symmetric_with_the_public_key(tool: Tool) -> None:
    assert refused(tool, signed(tool, tool.platform.sign_symmetric)).reason is RefusalReason.ALGORITHM


def test_another_asymmetric_algorithm(tool: Tool) -> None:
    form = signed(tool, lambda claims: tool.platform.sign(claims, header={"alg": "RS512"}))
    assert refused(tool, form).reason is RefusalReason.ALGORITHM


def test_signature_of_another_key(tool: Tool) -> None:
    form = signed(tool, lambda claims: tool.platform.sign(claims, key=rsa_key("stranger")))
    assert refused(tool, form).reason is RefusalReason.BAD_SIGNATURE


def test_a_key_named_by_the_token_is_not_used(tool: Tool) -> None:
    stranger = ForgedPlatform(key_id="stranger").jwks["keys"][0]
    header = {"jwk": stranger, "jku": "https://evil.example/jwks", "kid": "stranger"}
    form = signed(tool, lambda claims: tool.platform.sign(claims, key=rsa_key("stranger"), header=header))
    assert refused(tool, form).reason is RefusalReason.UNKNOWN_KEY


def test_keys_that_cannot_be_had(tool: Tool, server: SmallServer) -> None:
    server.answer("GET", "/mod/lti/certs.php", status=503, body=b"<html>maintenance</html>")
    assert reason(tool) is RefusalReason.KEYS_UNAVAILABLE


@pytest.mark.parametrize("use", ["enc", ["sig"]])
def test_keys_for_encryption_are_ignored(tool: Tool, server: SmallServer, use: Any) -> None:
    keys = {"keys": [{**tool.platform.jwks["keys"][0], "use": use}]}
    server.answer("GET", "/mod/lti/certs.php", body=json.dumps(keys).encode())
    assert reason(tool) is RefusalReason.KEYS_UNAVAILABLE


@pytest.mark.parametrize(
    "token", ["x", "a.b.c", "..", "é.é.é", "\ud800.x.y", "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.W10.x"]
)
def test_what_is_not_a_token(tool: Tool, token: str) -> None:
    state = read_authorisation(tool.login())["state"]
    assert refused(tool, {"state": state, "id_token": token}).reason is RefusalReason.TOKEN_MALFORMED


def test_no_token(tool: Tool) -> None:
    state = read_authorisation(tool.login())["state"]
    assert refused(tool, {"state": state}).reason is RefusalReason.TOKEN_MISSING


def test_an_oversized_token(tool: Tool) -> None:
    form = tool.platform.launch_form(tool.login(), now=NOW, name="x" * 1_000_000)
    refusal = refused(tool, form)
    assert (refusal.reason, refusal.status) == (RefusalReason.OVERSIZED, 413)


# --- for whom, by whom, when


def test_wrong_issuer(tool: Tool) -> None:
    assert reason(tool, iss="https://evil.example") is RefusalReason.WRONG_ISSUER


@pytest.mark.parametrize("aud", ["other", ["other"], []])
def test_wrong_audience(tool: Tool, aud: Any) -> None:
    assert reason(tool, aud=aud) is RefusalReason.WRONG_AUDIENCE


def test_missing_audience(tool: Tool) -> None:
    assert reason(tool, remove=("aud",)) is RefusalReason.WRONG_AUDIENCE


def test_foreign_authorised_party(tool: Tool) -> None:
    assert reason(tool, azp="other") is RefusalReason.WRONG_AUTHORISED_PARTY


def test_several_audiences_without_authorised_party(tool: Tool) -> None:
    aud = [tool.platform.registration.client_id, "other"]
    assert reason(tool, aud=aud) is RefusalReason.WRONG_AUTHORISED_PARTY


@pytest.mark.parametrize("missing", ["exp", "iat"])
def test_missing_times(tool: Tool, missing: str) -> None:
    assert reason(tool, remove=(missing,)) is RefusalReason.TIMES_MISSING


def test_expired(tool: Tool) -> None:
    assert reason(tool, exp=int(NOW.timestamp()) - 11) is RefusalReason.EXPIRED


def test_issued_far_ahead(tool: Tool) -> None:
    assert reason(tool, iat=int(NOW.timestamp()) + 60) is RefusalReason.ISSUED_IN_FUTURE


def test_issued_a_month_ago_and_still_valid(tool: Tool) -> None:
    assert reason(tool, iat=int(NOW.timestamp()) - 30 * 86400) is RefusalReason.ISSUED_TOO_LONG_AGO


def test_not_yet_valid(tool: Tool) -> None:
    assert reason(tool, nbf=int(NOW.timestamp()) + 60) is RefusalReason.NOT_YET_VALID


@pytest.mark.parametrize("value", ["1795402999", [], True, float("inf"), float("nan"), -5, 10**40])
@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
def test_times_that_are_no_times(tool: Tool, name: str, value: Any) -> None:
    assert reason(tool, **{name: value}) is RefusalReason.INVALID_CLAIM


# --- nonce and state


def test_nonce_missing(tool: Tool) -> None:
    assert reason(tool, remove=("nonce",)) is RefusalReason.NONCE_MISSING


def test_nonce_foreign(tool: Tool) -> None:
    assert reason(tool, nonce="of-another-login") is RefusalReason.NONCE_FOREIGN


def test_the_same_launch_twice(tool: Tool) -> None:
    form = tool.platform.launch_form(tool.login(), now=NOW)
    tool.read(form)
    assert refused(tool, form).reason is RefusalReason.NONCE_USED


def test_a_token_replayed_with_a_fresh_state(tool: Tool) -> None:
    form = tool.platform.launch_form(tool.login(), now=NOW)
    tool.read(form)
    fresh = read_authorisation(tool.login())["state"]
    assert refused(tool, {**form, "state": fresh}).reason is RefusalReason.NONCE_FOREIGN


def test_state_missing(tool: Tool) -> None:
    form = tool.platform.launch_form(tool.login(), now=NOW)
    assert refused(tool, {"id_token": form["id_token"]}).reason is RefusalReason.STATE_MISSING


@pytest.mark.parametrize("forged", ["é", "a.b", "W10.AAAA", "x" * 2000])
def test_a_state_we_did_not_sign(tool: Tool, forged: str) -> None:
    form = tool.platform.launch_form(tool.login(), now=NOW)
    for state in (forged, form["state"] + "x", "x" + form["state"]):
        assert refused(tool, {**form, "state": state}).reason is RefusalReason.STATE_INVALID


def test_an_old_state(tool: Tool) -> None:
    form = tool.platform.launch_form(tool.login(), now=NOW)
    tool.now += timedelta(minutes=15)
    assert refused(tool, form).reason is RefusalReason.STATE_EXPIRED


def test_a_state_of_another_browser(tool: Tool) -> None:
    form = tool.platform.launch_form(tool.login(browser="browser-1"), now=NOW)
    assert refused(tool, form, "browser-2").reason is RefusalReason.STATE_OTHER_BROWSER


@pytest.mark.parametrize("cookie", [None, ""])
def test_no_cookie_carries_the_login_to_try_again(tool: Tool, cookie: str | None) -> None:
    form = tool.platform.launch_form(tool.login(), now=NOW)
    refusal = refused(tool, form, cookie)
    assert refusal.reason is RefusalReason.COOKIE_MISSING
    assert refusal.retry_login is not None
    assert refusal.retry_login.as_parameters() == tool.platform.login(target_link_uri=TARGET)
    assert refusal.platform_issuer == tool.platform.registration.issuer


def test_a_state_of_another_registration(tool: Tool) -> None:
    second = dataclasses.replace(tool.platform.registration, id=2, client_id="second")
    tool.registrations.all.append(second)
    assert reason(tool, aud="second") is RefusalReason.STATE_OTHER_REGISTRATION


def test_a_registration_disabled_or_gone_between_login_and_launch(tool: Tool) -> None:
    form = tool.platform.launch_form(tool.login(), now=NOW)
    tool.registrations.all[0] = dataclasses.replace(tool.platform.registration, enabled=False)
    assert refused(tool, form).reason is RefusalReason.REGISTRATION_DISABLED
    tool.registrations.all.clear()
    assert refused(tool, form).reason is RefusalReason.UNKNOWN_CLIENT


# --- the message


def test_a_token_that_is_no_launch(tool: Tool) -> None:
    asked = read_authorisation(tool.login())
    claims = {
        name: value
        for name, value in tool.platform.claims(now=NOW, nonce=asked["nonce"]).items()
        if "purl.imsglobal.org" not in name
    }
    form = {"state": asked["state"], "id_token": tool.platform.sign(claims)}
    assert refused(tool, form).reason is RefusalReason.NOT_A_LAUNCH


@pytest.mark.parametrize("version", ["1.1", "2.0.0", "", None, 1.3, ["1.3.0"]])
def test_wrong_version(tool: Tool, version: Any) -> None:
    assert reason(tool, version=version) is RefusalReason.VERSION


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("version", RefusalReason.VERSION),
        ("message_type", RefusalReason.MESSAGE_TYPE_MISSING),
        ("roles", RefusalReason.ROLES_MISSING),
        ("deployment_id", RefusalReason.DEPLOYMENT_MISSING),
        ("resource_link", RefusalReason.RESOURCE_LINK_MISSING),
        ("target_link_uri", RefusalReason.TARGET_MISSING),
        ("sub", RefusalReason.PERSON_MISSING),
    ],
)
def test_missing_claims(tool: Tool, claim: str, expected: RefusalReason) -> None:
    assert reason(tool, remove=(claim,)) is expected


@pytest.mark.parametrize("kind", ["LtiStartProctoring", "lti", 5, ["LtiResourceLinkRequest"]])
def test_unknown_message_type(tool: Tool, kind: Any) -> None:
    assert reason(tool, message_type=kind) is RefusalReason.MESSAGE_TYPE_UNKNOWN


def test_unknown_deployment(tool: Tool) -> None:
    refusal = refused(tool, tool.platform.launch_form(tool.login(), now=NOW, deployment_id="2"))
    assert (refusal.reason, refusal.status) == (RefusalReason.DEPLOYMENT_UNKNOWN, 403)


@pytest.mark.parametrize("link", [{}, {"title": "without id"}, {"id": ""}, {"id": None}])
def test_resource_link_without_id(tool: Tool, link: Any) -> None:
    assert reason(tool, resource_link=link) is RefusalReason.RESOURCE_LINK_MISSING


def test_target_of_another_host(tool: Tool) -> None:
    assert reason(tool, target_link_uri="https://evil.example/launch") is RefusalReason.FOREIGN_TARGET


def test_a_review_without_the_reviewed_person(tool: Tool) -> None:
    found = reason(tool, message_type="LtiSubmissionReviewRequest", role=INSTRUCTOR)
    assert found is RefusalReason.FOR_USER_MISSING


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        (AGS, {"scope": [], "lineitems": "https://evil.example/lineitems"}),
        (AGS, {"scope": [], "lineitem": "http://169.254.169.254/latest/meta-data"}),
        (AGS, {"scope": [], "lineitem": "file:///etc/passwd"}),
        (NRPS, {"context_memberships_url": "https://evil.example/members"}),
    ],
)
def test_service_addresses_of_another_origin(tool: Tool, claim: str, value: Any) -> None:
    assert reason(tool, **{claim: value}) is RefusalReason.FOREIGN_SERVICE_ADDRESS


@pytest.mark.parametrize("claim", ["sub", "deployment_id"])
@pytest.mark.parametrize("value", [5, {"a": 1}, "x" * 256, "a\x00b", "a\ud800"])
def test_identifiers_no_database_could_keep(tool: Tool, claim: str, value: Any) -> None:
    assert reason(tool, **{claim: value}) is RefusalReason.INVALID_CLAIM


@pytest.mark.parametrize(
    "claim", ["context", "resource_link", "custom", "lis", "launch_presentation", "tool_platform"]
)
@pytest.mark.parametrize("value", [[], "text", 5, True])
def test_objects_of_another_type(tool: Tool, claim: str, value: Any) -> None:
    assert reason(tool, **{claim: value}) is RefusalReason.INVALID_CLAIM


@pytest.mark.parametrize("value", ["Learner", {"a": 1}, [5], [None], 3])
def test_roles_of_another_type(tool: Tool, value: Any) -> None:
    assert reason(tool, roles=value) is RefusalReason.INVALID_CLAIM


# --- the platform says no


def test_an_error_of_the_platform(tool: Tool) -> None:
    state = read_authorisation(tool.login())["state"]
    form = {"error": "access_denied", "error_description": "Wrong\nhint\x00", "state": state}
    refusal = refused(tool, form, None)
    assert refusal.reason is RefusalReason.LMS_ERROR
    assert refusal.detail == "access_denied: Wronghint"
    assert refusal.platform_issuer == tool.platform.registration.issuer


def test_an_empty_form(tool: Tool) -> None:
    assert refused(tool, {}, None).reason is RefusalReason.STATE_MISSING


def test_every_reason_has_a_status_of_the_users_side() -> None:
    assert {item.status for item in RefusalReason} == {400, 401, 403, 413}
    assert full_name("sub", {}) == "sub"
