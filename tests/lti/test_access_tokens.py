"""Access tokens: what we sign, what we take, how long we keep it."""

import dataclasses
import json
import threading
from datetime import datetime, timedelta

import jwt
import pytest

from lti.access_tokens import AccessTokens
from lti.errors import NotAuthorised, ServerTrouble, ServiceError, TokenRefused, TooManyRequests, Unreachable
from lti.keys import Keyring
from lti.retry_after import read_retry_after
from lti.transport import Transport
from tests.lti.conftest import NOW
from tests.lti.forge import ForgedPlatform
from tests.lti.small_server import Received, Reply, SmallServer

PATH = "/mod/lti/token.php"
SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"


class Clock:
    """The time, moved by the test."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(transport: Transport, keyring: Keyring, clock: Clock) -> AccessTokens:
    return AccessTokens(transport, lambda: keyring, clock)


def numbered(server: SmallServer, **fields: object) -> None:
    """Let the token address give a new token at each call."""

    def answer(received: Received) -> Reply:
        token = {"access_token": f"t{server.count('POST', PATH)}", "expires_in": 3600, **fields}
        return Reply(body=json.dumps(token).encode(), headers={"Content-Type": "text/html"}, wait=0.05)

    server.ask("POST", PATH, answer)


def test_a_platform_that_wants_another_name_for_its_token_address(
    server: SmallServer, platform: ForgedPlatform, tokens: AccessTokens
) -> None:
    """Brightspace: one name for all its token addresses. A token asked for by another name is another token."""
    numbered(server)
    named = dataclasses.replace(
        platform.registration, token_audience="https://api.brightspace.com/auth/token"
    )
    first, second = tokens.get(platform.registration, [SCOPE]), tokens.get(named, [SCOPE])
    assert first != second
    assertion = server.last("POST", PATH).form["client_assertion"]
    assert jwt.decode(assertion, options={"verify_signature": False})["aud"] == named.token_audience


def test_the_assertion_is_what_moodle_demands(
    server: SmallServer, platform: ForgedPlatform, tokens: AccessTokens, keyring: Keyring
) -> None:
    assert tokens.get(platform.registration, [SCOPE]) == "moodle-token"
    sent = server.last("POST", PATH)
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
    form = sent.form
    assert (form["grant_type"], form["scope"]) == ("client_credentials", SCOPE)
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assertion = form["client_assertion"]
    assert jwt.get_unverified_header(assertion) == {"alg": "RS256", "kid": keyring.active.kid, "typ": "JWT"}
    claims = jwt.decode(
        assertion,
        keyring.active.private_key.public_key(),
        algorithms=["RS256"],
        options={"verify_exp": False, "verify_iat": False, "verify_aud": False},
    )
    assert len(claims.pop("jti")) >= 20
    client, instant = platform.registration.client_id, int(NOW.timestamp())
    assert claims == {
        "iss": client,
        "sub": client,
        "aud": platform.registration.auth_token_url,
        "iat": instant - 10,
        "exp": instant + 60,
    }


def test_a_token_is_kept_and_renewed_a_minute_before_it_ends(
    server: SmallServer, platform: ForgedPlatform, tokens: AccessTokens, clock: Clock
) -> None:
    numbered(server)
    assert [tokens.get(platform.registration, [SCOPE]) for _ in range(3)] == ["t1"] * 3
    clock.now = NOW + timedelta(seconds=3539)
    assert tokens.get(platform.registration, [SCOPE]) == "t1"
    clock.now = NOW + timedelta(seconds=3540)
    assert tokens.get(platform.registration, [SCOPE]) == "t2"


@pytest.mark.parametrize(
    ("expires_in", "good_for"),
    [
        (None, 240),
        ("soon", 240),
        (0, 240),
        (-5, 240),
        ("3600", 3540),
        (90.5, 45),
        (1e300, 86340),
        ("inf", 240),
    ],
)
def test_the_life_of_a_token(
    server: SmallServer,
    platform: ForgedPlatform,
    tokens: AccessTokens,
    clock: Clock,
    expires_in: object,
    good_for: int,
) -> None:
    numbered(server, expires_in=expires_in)
    tokens.get(platform.registration, [SCOPE])
    clock.now = NOW + timedelta(seconds=good_for - 1)
    assert tokens.get(platform.registration, [SCOPE]) == "t1"
    clock.now = NOW + timedelta(seconds=good_for + 1)
    assert tokens.get(platform.registration, [SCOPE]) == "t2"


def test_each_registration_and_scope_has_its_own(
    server: SmallServer, platform: ForgedPlatform, tokens: AccessTokens
) -> None:
    numbered(server)
    second = ForgedPlatform(base_url=server.url, client_id="second", registration_id=2)
    found = [
        tokens.get(platform.registration, [SCOPE]),
        tokens.get(platform.registration, ["other"]),
        tokens.get(second.registration, [SCOPE]),
    ]
    assert found == ["t1", "t2", "t3"]


def test_a_refused_token_is_forgotten_once(
    server: SmallServer, platform: ForgedPlatform, tokens: AccessTokens
) -> None:
    numbered(server)
    first = tokens.get(platform.registration, [SCOPE])
    tokens.forget(platform.registration, [SCOPE], first)
    assert tokens.get(platform.registration, [SCOPE]) == "t2"
    tokens.forget(platform.registration, [SCOPE], first)  # another thread, later, still about the first
    assert tokens.get(platform.registration, [SCOPE]) == "t2"


def test_many_threads_ask_once(server: SmallServer, platform: ForgedPlatform, tokens: AccessTokens) -> None:
    numbered(server)
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(tokens.get(platform.registration, [SCOPE])))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["t1"] * 16


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(status=400, body=b'{"error": "invalid_scope"}'), NotAuthorised),
        (Reply(status=400, body=b'{"error": "wrong "kid" here"}'), TokenRefused),
        (Reply(status=401), TokenRefused),
        (Reply(status=404, body=b"<!DOCTYPE html><html>not found</html>"), TokenRefused),
        (Reply(status=200, body=b"<html>login</html>"), TokenRefused),
        (Reply(status=200, body=b"[]"), TokenRefused),
        (Reply(status=200, body=b'{"access_token": 5}'), TokenRefused),
        (Reply(status=200, body=b'{"access_token": "a\\r\\nb"}'), TokenRefused),
        (Reply(status=200, body=b'{"access_token": "a", "scope": "something-else"}'), NotAuthorised),
        (Reply(status=302, headers={"Location": "/login"}), TokenRefused),
        (Reply(status=429, headers={"Retry-After": "7"}), TooManyRequests),
        (Reply(status=500), ServerTrouble),
        (Reply(status=503, body=b"<html></html>"), ServerTrouble),
        (Reply(reset=True), Unreachable),
        (Reply(wait=2), Unreachable),
    ],
)
def test_refusals(
    server: SmallServer,
    platform: ForgedPlatform,
    tokens: AccessTokens,
    reply: Reply,
    kind: type[ServiceError],
) -> None:
    server.reply("POST", PATH, reply)
    with pytest.raises(kind) as caught:
        tokens.get(platform.registration, [SCOPE])
    assert caught.value.try_again is (kind not in (TokenRefused, NotAuthorised))
    numbered(server)
    assert tokens.get(platform.registration, [SCOPE])  # a failure is not kept


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("0", 0),
        ("999999", 86400),
        ("Mon, 23 Nov 2026 08:01:00 GMT", 60),
        ("Mon, 23 Nov 2026 07:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(text: str | None, seconds: float | None) -> None:
    assert read_retry_after(text, NOW) == seconds
