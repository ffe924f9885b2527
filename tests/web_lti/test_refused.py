"""Every launch that must be refused, over HTTP: a page in words, a reference that is in the log, nothing written."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.lti.forge import AGS, INSTRUCTOR, NRPS, ForgedPlatform, read_authorisation, rsa_key
from tests.web_lti.conftest import Stage
from tests.web_lti.visitor import Visitor, language_of, mains, reference_of

Story = Callable[[Stage, Visitor], requests.Response]


def claims(**changed: Any) -> Story:
    """A launch whose token says something else."""

    def play(stage: Stage, visitor: Visitor) -> requests.Response:
        return visitor.post("/lti/launch", stage.form(visitor, **changed))

    return play


def shifted(**seconds: int) -> Story:
    """A launch whose times are this far from now."""

    def play(stage: Stage, visitor: Visitor) -> requests.Response:
        instant = int(stage.now().timestamp())
        return claims(**{name: instant + shift for name, shift in seconds.items()})(stage, visitor)

    return play


def signed(sign: Callable[[ForgedPlatform, dict[str, Any]], str]) -> Story:
    """A launch signed in another way."""

    def play(stage: Stage, visitor: Visitor) -> requests.Response:
        asked = read_authorisation(stage.asked(visitor))
        told = stage.platform.claims(now=stage.now(), nonce=asked["nonce"], target_link_uri=stage.target)
        return visitor.post("/lti/launch", {"state": asked["state"], "id_token": sign(stage.platform, told)})

    return play


def posted(change: Mapping[str, str] | None = None, *, keep: Collection[str] = ()) -> Story:
    """A launch whose form is altered on the way: some fields changed, only some of the others kept."""

    def play(stage: Stage, visitor: Visitor) -> requests.Response:
        form = {name: value for name, value in stage.form(visitor).items() if name in keep}
        return visitor.post("/lti/launch", {**form, **(change or {})})

    return play


def login(method: str = "POST", **fields: str | None) -> Story:
    """A login that is refused."""

    def play(stage: Stage, visitor: Visitor) -> requests.Response:
        told = stage.platform.login(**{"target_link_uri": stage.target, **fields})  # type: ignore[arg-type]
        if method == "POST":
            return visitor.post("/lti/login", told)
        return visitor.get(f"/lti/login?{requests.compat.urlencode(told)}")

    return play


def unsigned_part(platform: ForgedPlatform, told: dict[str, Any]) -> str:
    """A token that holds no LTI claim."""
    return platform.sign({name: value for name, value in told.items() if "purl.imsglobal.org" not in name})


def used(stage: Stage, visitor: Visitor) -> requests.Response:
    """The same launch a second time."""
    form = stage.form(visitor)
    assert visitor.post("/lti/launch", form).status_code == 303
    return visitor.post("/lti/launch", form)


def replayed_with_a_fresh_state(stage: Stage, visitor: Visitor) -> requests.Response:
    """A used token with the state of another login."""
    form = stage.form(visitor)
    assert visitor.post("/lti/launch", form).status_code == 303
    fresh = read_authorisation(stage.asked(visitor))["state"]
    return visitor.post("/lti/launch", {**form, "state": fresh})


def of_another_browser(stage: Stage, visitor: Visitor) -> requests.Response:
    """A launch that another browser began."""
    other = stage.visitor(**visitor.headers)
    stage.asked(other)
    return other.post("/lti/launch", stage.form(visitor))


def of_another_registration(stage: Stage, visitor: Visitor) -> requests.Response:
    """The state of one client with the token of another, both known."""
    second = replace(stage.platform.registration, client_id="second-client")
    stage.register(second)
    return claims(aud="second-client")(stage, visitor)


def without_cookie(stage: Stage, visitor: Visitor) -> requests.Response:
    """The cookie did not come back."""
    form = stage.form(visitor)
    visitor.cookies.clear()
    return visitor.post("/lti/launch", form)


def unreachable_keys(stage: Stage, visitor: Visitor) -> requests.Response:
    """A platform whose key set cannot be had."""
    platform = ForgedPlatform(base_url=stage.server.url, client_id="keyless")
    stage.register(replace(platform.registration, jwks_url=f"{stage.server.url}/nowhere"))
    form = platform.launch_form(
        stage.asked(visitor, platform=platform), now=stage.now(), target_link_uri=stage.target
    )
    return visitor.post("/lti/launch", form)


def disabled_since(stage: Stage, visitor: Visitor) -> requests.Response:
    """A platform disabled between login and launch."""
    from workflows.platforms import disable

    platform = ForgedPlatform(base_url=stage.server.url, client_id="to-be-disabled")
    number = stage.register(platform.registration)
    form = platform.launch_form(
        stage.asked(visitor, platform=platform), now=stage.now(), target_link_uri=stage.target
    )
    disable(stage.tool.world, number)
    return visitor.post("/lti/launch", form)


def disabled_at_login(stage: Stage, visitor: Visitor) -> requests.Response:
    """A login of a disabled platform."""
    from workflows.platforms import disable

    platform = ForgedPlatform(base_url=stage.server.url, client_id="disabled")
    disable(stage.tool.world, stage.register(platform.registration))
    return visitor.post("/lti/login", platform.login(target_link_uri=stage.target))


def several_clients(stage: Stage, visitor: Visitor) -> requests.Response:
    """A login that does not tell which of several clients it is."""
    for name in ("one", "two"):
        stage.register(ForgedPlatform(base_url="https://several.example", client_id=name).registration)
    several = ForgedPlatform(base_url="https://several.example")
    return visitor.post(
        "/lti/login",
        several.login(target_link_uri=stage.target, client_id=None, lti_deployment_id=None),
    )


def error_by_get(stage: Stage, visitor: Visitor) -> requests.Response:
    """A platform that sends its error in the address."""
    return visitor.get("/lti/launch?error=login_required&error_description=Log+in+first")


REFUSED: dict[str, tuple[int, str, Story]] = {
    "no kid": (401, "key_id_missing", signed(lambda p, c: p.sign(c, header={"kid": None}))),
    "unknown kid": (401, "unknown_key", signed(lambda p, c: p.sign(c, header={"kid": "never published"}))),
    "key set not to be had": (401, "keys_unavailable", unreachable_keys),
    "wrong LTI version": (400, "version", claims(version="1.1.0")),
    "missing LTI version": (400, "version", claims(remove=("version",))),
    "a JWT that is not a launch": (400, "not_a_launch", signed(unsigned_part)),
    "not a JWT": (400, "token_malformed", posted({"id_token": "not-a-token"}, keep=["state"])),
    "no token": (400, "token_missing", posted(keep=["state"])),
    "missing target": (400, "target_missing", claims(remove=("target_link_uri",))),
    "expired": (401, "expired", shifted(iat=-120, exp=-60)),
    "iat far ahead": (401, "issued_in_future", shifted(iat=120, exp=180)),
    "iat of a month ago": (401, "issued_too_long_ago", shifted(iat=-30 * 86400)),
    "not yet valid": (401, "not_yet_valid", shifted(nbf=120)),
    "missing exp": (401, "times_missing", claims(remove=("exp",))),
    "missing iat": (401, "times_missing", claims(remove=("iat",))),
    "exp is no number": (400, "invalid_claim", claims(exp="tomorrow")),
    "message_type missing": (400, "message_type_missing", claims(remove=("message_type",))),
    "message_type unknown": (400, "message_type_unknown", claims(message_type="LtiDanceRequest")),
    "deep linking without settings": (
        400,
        "deep_linking_incomplete",
        claims(message_type="LtiDeepLinkingRequest", role=INSTRUCTOR),
    ),
    "roles claim missing": (400, "roles_missing", claims(remove=("roles",))),
    "deployment_id missing": (400, "deployment_missing", claims(remove=("deployment_id",))),
    "deployment_id unknown": (403, "deployment_unknown", claims(deployment_id="99")),
    "resource link missing": (400, "resource_link_missing", claims(remove=("resource_link",))),
    "resource link id missing": (400, "resource_link_missing", claims(resource_link={"title": "Pix"})),
    "sub missing": (403, "person_missing", claims(remove=("sub",))),
    "review without for_user": (
        400,
        "for_user_missing",
        claims(message_type="LtiSubmissionReviewRequest", role=INSTRUCTOR),
    ),
    "alg none": (401, "algorithm", signed(lambda p, c: p.sign_not(c))),
    "HS256 signed with the public key": (401, "algorithm", signed(lambda p, c: p.sign_symmetric(c))),
    "signature of another key": (
        401,
        "bad_signature",
        signed(lambda p, c: p.sign(c, key=rsa_key("stranger"))),
    ),
    "key named by the token itself": (
        401,
        "unknown_key",
        signed(
            lambda p, c: p.sign(
                c,
                key=rsa_key("stranger"),
                header={"kid": "stranger", "jku": "https://evil.example/jwks", "jwk": {"kty": "RSA"}},
            )
        ),
    ),
    "wrong iss": (401, "wrong_issuer", claims(iss="https://evil.example")),
    "wrong aud": (401, "wrong_audience", claims(aud="another client")),
    "empty aud": (401, "wrong_audience", claims(aud=[])),
    "foreign azp": (401, "wrong_authorised_party", claims(azp="another client")),
    "several aud without azp": (
        401,
        "wrong_authorised_party",
        claims(aud=["sl9OsTF0WbtXFXT", "another client"]),
    ),
    "nonce missing": (401, "nonce_missing", claims(remove=("nonce",))),
    "nonce foreign": (401, "nonce_foreign", claims(nonce="of another login")),
    "nonce used": (401, "nonce_used", used),
    "replayed with a fresh state": (401, "nonce_foreign", replayed_with_a_fresh_state),
    "state missing": (400, "state_missing", posted(keep=["id_token"])),
    "state altered": (401, "state_invalid", posted({"state": "not.ours"}, keep=["id_token"])),
    "state of another browser": (401, "state_other_browser", of_another_browser),
    "state of another registration": (401, "state_other_registration", of_another_registration),
    "state without its cookie": (401, "cookie_missing", without_cookie),
    "an empty form": (400, "state_missing", posted()),
    "target of another host": (403, "foreign_target", claims(target_link_uri="https://evil.example/")),
    "service address of another origin": (
        403,
        "foreign_service_address",
        claims(**{AGS: {"scope": [], "lineitem": "http://169.254.169.254/latest"}}),
    ),
    "roster of another origin": (
        403,
        "foreign_service_address",
        claims(**{NRPS: {"context_memberships_url": "https://evil.example/members"}}),
    ),
    "service address too long to keep": (
        400,
        "invalid_claim",
        claims(**{AGS: {"scope": [], "lineitem": "https://moodle.example/" + "x" * 1500}}),
    ),
    "claims of another type": (400, "invalid_claim", claims(custom=["unit"])),
    "an LMS error": (
        400,
        "lms_error",
        posted({"error": "access_denied", "error_description": "Non"}, keep=["state"]),
    ),
    "an LMS error by GET": (400, "lms_error", error_by_get),
    "an LMS error without state": (400, "lms_error", posted({"error": "access_denied"})),
    "disabled between login and launch": (403, "registration_disabled", disabled_since),
    "an oversized token": (413, "oversized", posted({"id_token": "x" * 300_000}, keep=["state"])),
    "an oversized state": (413, "oversized", posted({"state": "x" * 10_000}, keep=["id_token"])),
    "login: unknown issuer": (403, "unknown_issuer", login(iss="https://unknown.example")),
    "login by GET: unknown issuer": (403, "unknown_issuer", login("GET", iss="https://unknown.example")),
    "login: unknown client": (403, "unknown_client", login(client_id="unknown")),
    "login: several clients": (400, "several_clients", several_clients),
    "login: disabled": (403, "registration_disabled", disabled_at_login),
    "login: no issuer": (400, "login_incomplete", login(iss=None)),
    "login: no hint": (400, "login_incomplete", login(login_hint=None)),
    "login: no target": (400, "login_incomplete", login(target_link_uri="")),
    "login: control characters": (400, "login_incomplete", login(iss="https://x.example\x00")),
    "login: target of another host": (403, "foreign_target", login(target_link_uri="https://evil.example/")),
    "login: oversized field": (413, "oversized", login(lti_message_hint="x" * 9000)),
    "login: oversized body": (413, "oversized", login(lti_message_hint="x" * 300_000)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(stage: Stage, told: pytest.LogCaptureFixture, name: str) -> None:
    status, reason, play = REFUSED[name]
    before = stage.counts()
    answer = play(stage, stage.visitor())
    assert (answer.status_code, mains(answer), language_of(answer)) == (status, 1, "fr")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Traceback" not in answer.text
    [line] = [each for each in told.messages if reference_of(answer) in each]
    assert f"{reason}'" in line
    for personal in ("Lefèvre", "etu01", "20261001"):
        assert personal not in told.text
    if name not in {"nonce used", "replayed with a fresh state"}:  # whose first launch was accepted
        assert stage.counts() == before


def test_in_english_for_who_asks(stage: Stage) -> None:
    visitor = stage.visitor(**{"Accept-Language": "en-GB,en;q=0.9"})
    answer = claims(remove=("roles",))(stage, visitor)
    assert language_of(answer) == "en"
    assert "This launch is incomplete" in answer.text
    assert "Ce lancement est incomplet" not in answer.text


def test_french_for_everybody_else(stage: Stage) -> None:
    visitor = stage.visitor(**{"Accept-Language": "de-DE,de;q=0.9"})
    answer = claims(remove=("roles",))(stage, visitor)
    assert language_of(answer) == "fr"
    assert "Ce lancement est incomplet" in answer.text


def test_two_refusals_have_two_references(stage: Stage) -> None:
    first, second = (stage.visitor().post("/lti/launch", {}) for _ in range(2))
    assert reference_of(first) != reference_of(second)


def test_a_refused_launch_can_be_tried_again(stage: Stage) -> None:
    visitor = stage.visitor()
    form = stage.form(visitor, roles=["Learner"])
    bad = {**form, "id_token": form["id_token"] + "x"}
    assert visitor.post("/lti/launch", bad).status_code in (400, 401)
    assert visitor.post("/lti/launch", form).status_code == 303


@pytest.mark.parametrize("path", ["/lti/login", "/lti/launch"])
def test_a_body_of_unknown_length_is_read_no_further_than_the_limit(stage: Stage, path: str) -> None:
    def endless() -> Any:
        yield b"state="
        for _ in range(400):
            yield b"x" * 1024

    answer = requests.post(
        f"{stage.tool.base}{path}",
        data=endless(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        timeout=30,
    )
    assert (answer.status_code, mains(answer)) == (413, 1)


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", "multipart/form-data", ""]
)
def test_a_body_that_is_no_form(stage: Stage, kind: str) -> None:
    body = json.dumps({"id_token": "x"}).encode()
    answer = requests.post(
        f"{stage.tool.base}/lti/launch", data=body, headers={"Content-Type": kind}, timeout=30
    )
    assert (answer.status_code, mains(answer)) == (400, 1)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/lti/login", "/lti/launch", "/lti/jwks", "/nowhere"])
def test_other_methods_and_addresses_have_their_page(stage: Stage, method: str, path: str) -> None:
    answer = stage.visitor().send(method, path)
    assert (answer.status_code, mains(answer)) == (404 if path == "/nowhere" else 405, 1)
    assert reference_of(answer)


def test_a_state_too_old(own_stage: Stage) -> None:
    visitor = own_stage.visitor()
    form = own_stage.form(visitor)
    later = own_stage.now() + timedelta(minutes=15)
    own_stage.tool.set_clock(lambda: later)
    answer = visitor.post("/lti/launch", form)
    assert answer.status_code == 401
    assert "Ouvrez de nouveau l’activité" in answer.text


def test_an_address_cannot_forge_a_log_line(stage: Stage, told: pytest.LogCaptureFixture) -> None:
    answer = stage.visitor().get("/x%0AERROR%20forged")
    assert answer.status_code == 404
    assert not any("\n" in each for each in told.messages)
