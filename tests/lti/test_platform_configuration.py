"""What platforms say of themselves: what is understood, and everything that is wrong at once."""

import json
from typing import Any

import pytest

from lti.platform_configuration import ConfigurationProblems, PlatformConfiguration, read_configuration

SITE = "https://moodle.example"
ADDRESS = f"{SITE}/mod/lti/openid-configuration.php"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"


def moodle(site: str = SITE, /, **changes: Any) -> dict[str, Any]:
    """What Moodle says (None leaves a field out)."""
    told = {
        "issuer": site,
        "token_endpoint": f"{site}/mod/lti/token.php",
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": f"{site}/mod/lti/certs.php",
        "authorization_endpoint": f"{site}/mod/lti/auth.php",
        "registration_endpoint": f"{site}/mod/lti/openid-registration.php",
        "scopes_supported": ["https://purl.imsglobal.org/spec/lti-ags/scope/score", "openid"],
        "response_types_supported": ["id_token"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "name"],
        PLATFORM: {
            "product_family_code": "moodle",
            "version": "5.1+ (Build: 20251017)",
            "messages_supported": [{"type": "LtiResourceLinkRequest"}, {"type": "LtiDeepLinkingRequest"}],
        },
        **changes,
    }
    return {name: value for name, value in told.items() if value is not None}


def read(document: object, address: str = ADDRESS, **more: Any) -> PlatformConfiguration:
    return read_configuration(json.dumps(document), address=address, **more)


def problems(document: object, address: str = ADDRESS, **more: Any) -> tuple[str, ...]:
    with pytest.raises(ConfigurationProblems) as caught:
        read(document, address, **more)
    return caught.value.problems


def test_moodle() -> None:
    found = read(moodle())
    assert (found.issuer, found.product, found.version) == (SITE, "moodle", "5.1+ (Build: 20251017)")
    assert found.auth_login_url == f"{SITE}/mod/lti/auth.php"
    assert found.auth_token_url == f"{SITE}/mod/lti/token.php"
    assert found.jwks_url == f"{SITE}/mod/lti/certs.php"
    assert found.registration_endpoint == f"{SITE}/mod/lti/openid-registration.php"
    assert found.scopes == {"https://purl.imsglobal.org/spec/lti-ags/scope/score", "openid"}
    assert found.messages == {"LtiResourceLinkRequest", "LtiDeepLinkingRequest"}
    assert (found.is_moodle, found.uses_plain_http) == (True, False)


def test_a_site_below_a_path_and_on_a_port() -> None:
    site = "https://campus.example:8443/moodle"
    assert read(moodle(site), f"{site}/mod/lti/openid-configuration.php").issuer == site
    assert read(moodle(f"{site}/"), f"{site}/mod/lti/openid-configuration.php").issuer == f"{site}/"


def test_the_name_of_the_token_address_is_the_platforms_own() -> None:
    """A platform that could choose any name would get a signed text that is good at another platform."""
    own = f"{SITE}/token-audience"
    assert read(moodle()).token_audience is None
    assert read(moodle(authorization_server=own)).token_audience == own
    for foreign in ("https://other.example/token", "moodle", 5, "", f"{SITE}/{'x' * 2000}"):
        assert read(moodle(authorization_server=foreign)).token_audience is None
    declared = read(
        moodle(authorization_server="https://other.example/token"), declared=["https://other.example"]
    )
    assert declared.token_audience == "https://other.example/token"


def test_what_is_not_said_is_not_held_against_a_platform() -> None:
    bare = {name: value for name, value in moodle().items() if not name.endswith("_supported")}
    del bare[PLATFORM]
    found = read(bare)
    assert (found.product, found.version) == (None, None)
    assert not (found.scopes)
    assert not (found.claims)
    assert not (found.messages)


@pytest.mark.parametrize(
    ("site", "address"),
    [
        ("https://other.example", ADDRESS),
        ("https://moodle.example.evil.example", ADDRESS),
        ("http://moodle.example", ADDRESS),
        (SITE, "https://evil.example/openid-configuration"),
        (SITE, "https://evil.example/?https://moodle.example/mod/lti/openid-configuration.php"),
        (f"{SITE}/one", f"{SITE}/two/mod/lti/openid-configuration.php"),
        (f"{SITE}/one", f"{SITE}/one-more/openid-configuration.php"),
    ],
)
def test_nobody_speaks_for_another_site(site: str, address: str) -> None:
    assert any(each.startswith("issuer: ") for each in problems(moodle(site), address))


def test_an_lms_of_several_origins_is_declared_by_the_operator() -> None:
    """As Canvas and Brightspace answer: the issuer, the configuration and the token address on different hosts."""
    told = moodle("https://canvas.example", token_endpoint="https://sso.example/token")
    address = "https://sso.example/api/lti/security/openid-configuration"
    assert problems(told, address)
    assert read(told, address, declared=["https://sso.example"]).issuer == "https://canvas.example"
    assert problems(told, address, declared=["https://elsewhere.example"])
    auth = moodle(token_endpoint="https://auth.example/token")
    assert problems(auth) == ("token_endpoint: of another origin than the issuer",)
    assert read(auth, declared=["https://auth.example"]).auth_token_url == "https://auth.example/token"


@pytest.mark.parametrize(
    "issuer", [None, "", 5, "moodle", "https://", f"{SITE}?a=1", f"{SITE}#a", f"{SITE}/{'x' * 500}"]
)
def test_issuers_that_are_none(issuer: object) -> None:
    assert any(each.startswith("issuer: ") for each in problems(moodle(issuer=issuer)))


@pytest.mark.parametrize(
    "name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"]
)
@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        ["x"],
        "/mod/lti",
        "javascript:alert(1)",
        "https://moodle.example@evil.example/",
        "https://10.0.0.1/",
        "http://moodle.example/mod/lti",
        f"{SITE}/{'x' * 1000}",
    ],
)
def test_addresses_that_are_none_of_the_platforms(name: str, value: object) -> None:
    [problem] = problems(moodle(**{name: value}))
    assert problem.startswith(f"{name}: ")


def test_plain_http_where_the_configuration_came_so() -> None:
    site = "http://127.0.0.1:8000"
    assert read(moodle(site), f"{site}/x").uses_plain_http


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("token_endpoint_auth_methods_supported", ["client_secret_basic"]),
        ("token_endpoint_auth_signing_alg_values_supported", ["ES256"]),
        ("id_token_signing_alg_values_supported", ["HS256"]),
        ("response_types_supported", ["code"]),
    ],
)
def test_a_platform_that_cannot_do_what_lti_needs(name: str, value: list[str]) -> None:
    [problem] = problems(moodle(**{name: value}))
    assert problem.startswith(f"{name}: without ")


def test_every_problem_at_once() -> None:
    told = moodle(issuer="nobody", jwks_uri=None, token_endpoint="x", response_types_supported=["code"])
    named = [each.partition(":")[0] for each in problems(told)]
    assert named == ["issuer", "token_endpoint", "jwks_uri", "response_types_supported"]


@pytest.mark.parametrize("text", ["", "[]", "null", "<html>", "{", "[" * 100_000, '"x"'])
def test_what_is_no_configuration(text: str) -> None:
    with pytest.raises(ConfigurationProblems):
        read_configuration(text, address=ADDRESS)


def test_product_and_version_are_shown_safely() -> None:
    odd = {
        "product_family_code": "moo\u202edle\n<b>" + "x" * 300,
        "version": 5,
        "messages_supported": [7, {}],
    }
    found = read(moodle(**{PLATFORM: odd}))
    assert found.product is not None
    assert found.product.startswith("moodle<b>xxx")
    assert len(found.product) == 100
    assert found.version is None
    assert read(moodle(**{PLATFORM: "odd"})).product is None
