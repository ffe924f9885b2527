"""Whatever a platform with a good key signs: a launch or a refusal, never another error."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lti.errors import LaunchRefused
from lti.platform_keys import PlatformKeys
from lti.transport import Transport
from tests.lti.conftest import NOW, TARGET, KnownRegistrations, Tool
from tests.lti.forge import ForgedPlatform, read_authorisation
from tests.lti.small_server import SmallServer

PLATFORM_CLAIMS = ForgedPlatform().claims(now=NOW)
SIMPLE = some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=20)
ODD = some.sampled_from(
    ["", "$X", "\x00", "\ud800", "x" * 300, "https://evil.example", 10**30, -1, [], {}, [None], [[]]]
)
JSON_VALUES = some.recursive(
    SIMPLE | ODD,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@some.composite
def mangled_claims(draw: some.DrawFn) -> dict[str, Any]:
    """Good claims with some replaced or removed, at the top or one level down."""
    claims: dict[str, Any] = {
        name: dict(value) if isinstance(value, dict) else value for name, value in PLATFORM_CLAIMS.items()
    }
    for name in draw(some.lists(some.sampled_from(sorted(claims)), min_size=1, max_size=3, unique=True)):
        inner = claims[name]
        if isinstance(inner, dict) and inner and draw(some.booleans()):
            inner[draw(some.sampled_from(sorted(inner)))] = draw(JSON_VALUES)
        elif draw(some.booleans()):
            claims[name] = draw(JSON_VALUES)
        else:
            del claims[name]
    return claims


@pytest.fixture(scope="module")
def world() -> Iterator[Tool]:
    """One server and one tool for all the examples."""
    with SmallServer() as server:
        platform = ForgedPlatform(base_url=server.url, issuer="https://moodle.example")
        platform.publish(server)
        transport = Transport(environment_proxies=False)
        known = KnownRegistrations(platform.registration)
        yield Tool(platform=platform, keys=PlatformKeys(transport), registrations=known)
        transport.close()


def tries(tool: Tool, claims: dict[str, Any]) -> bool:
    """Launch with these claims; tells whether they were accepted."""
    asked = read_authorisation(tool.login())
    if claims.get("nonce") == "a-nonce":
        claims["nonce"] = asked["nonce"]
    try:
        launch = tool.read({"state": asked["state"], "id_token": tool.platform.sign(claims)})
    except LaunchRefused:
        return False
    assert launch.subject
    launch.subject.encode()
    "".join(map(str, (launch.name, launch.resource_link, launch.custom, launch.return_url))).encode()
    return True


@settings(max_examples=100, deadline=None)
@given(claims=mangled_claims())
def test_mangled_claims_are_accepted_or_refused(world: Tool, claims: dict[str, Any]) -> None:
    tries(world, claims)


@settings(max_examples=40, deadline=None)
@given(
    payload=JSON_VALUES,
    header=some.dictionaries(some.sampled_from(["kid", "typ", "crit", "b64", "x"]), JSON_VALUES),
)
def test_unsigned_nonsense_is_refused(world: Tool, payload: Any, header: dict[str, Any]) -> None:
    import base64
    import json

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    state = read_authorisation(world.login())["state"]
    token = f"{part({'alg': 'RS256', 'kid': world.platform.key_id, **header})}.{part(payload)}.AAAA"
    with pytest.raises(LaunchRefused):
        world.read({"state": state, "id_token": token})


def test_deep_nesting_is_refused(world: Tool) -> None:
    import base64

    deep = base64.urlsafe_b64encode(b"[" * 60_000).rstrip(b"=").decode()
    state = read_authorisation(world.login())["state"]
    for token in (f"{deep}.e30.AAAA", f"eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.{deep}.AAAA"):
        with pytest.raises(LaunchRefused):
            world.read({"state": state, "id_token": token})


@settings(max_examples=40, deadline=None)
@given(
    form=some.dictionaries(
        some.sampled_from(["state", "id_token", "error", "error_description"]), some.text()
    )
)
def test_nonsense_forms_are_refused(world: Tool, form: dict[str, str]) -> None:
    with pytest.raises(LaunchRefused):
        world.read(form)


@settings(max_examples=40, deadline=None)
@given(
    fields=some.dictionaries(
        some.sampled_from(["iss", "login_hint", "target_link_uri", "client_id"]), some.text()
    )
)
def test_nonsense_logins_are_refused_or_begun(world: Tool, fields: dict[str, str]) -> None:
    try:
        address = world.login(**{"target_link_uri": TARGET, **fields})
    except LaunchRefused:
        return
    assert address.startswith(world.platform.registration.auth_login_url)
