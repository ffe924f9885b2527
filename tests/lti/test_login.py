"""The login: what is read, which registration it is for, where the browser is sent."""

import dataclasses
import hashlib
from datetime import timedelta

import pytest

from lti.errors import LaunchRefused, RefusalReason
from lti.login import LONGEST_AUTHORISATION, begin_login, choose_registration, read_login
from lti.registration import Registration
from lti.state import open_state
from tests.lti.conftest import NOW, PUBLIC_URL, SECRET, TARGET, KnownRegistrations, Tool
from tests.lti.forge import ForgedPlatform, read_authorisation

HINT = '{"cmid":3,"launchid":"ltilaunch1_821841778"}'


def refusal_of(params: dict[str, str]) -> RefusalReason:
    with pytest.raises(LaunchRefused) as caught:
        read_login(params)
    return caught.value.reason


def choose(params: dict[str, str], *known: Registration) -> Registration:
    return choose_registration(read_login(params), KnownRegistrations(*known))


def refused_choice(params: dict[str, str], *known: Registration) -> RefusalReason:
    with pytest.raises(LaunchRefused) as caught:
        choose(params, *known)
    return caught.value.reason


PLATFORM = ForgedPlatform()
PARAMS = PLATFORM.login(target_link_uri=TARGET)
OTHER = dataclasses.replace(PLATFORM.registration, id=2, client_id="other", deployment_ids=frozenset({"7"}))


def test_the_browser_is_sent_to_the_platform_with_what_moodle_asks_for(tool: Tool) -> None:
    address = tool.login()
    asked = read_authorisation(address)
    assert address.startswith(f"{tool.platform.registration.auth_login_url}?")
    assert len(asked.pop("nonce")) >= 20
    assert len(asked.pop("state")) <= 1000
    assert asked == {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": "sl9OsTF0WbtXFXT",
        "redirect_uri": TARGET,
        "login_hint": "5",
        "lti_message_hint": HINT,
    }


@pytest.mark.parametrize("hint", [HINT, "a b+c%2Bé&=#\"'", "x" * 3000])
def test_hints_go_back_byte_for_byte(tool: Tool, hint: str) -> None:
    assert read_authorisation(tool.login(lti_message_hint=hint))["lti_message_hint"] == hint


def test_without_a_message_hint_none_is_invented(tool: Tool) -> None:
    assert "lti_message_hint" not in read_authorisation(tool.login(lti_message_hint=None))


def test_an_authorisation_address_with_a_query_keeps_it() -> None:
    registration = dataclasses.replace(
        PLATFORM.registration, auth_login_url="https://moodle.example/auth?site=2"
    )
    address = begin_login(
        read_login(PARAMS),
        registration,
        redirect_uri=TARGET,
        public_url=PUBLIC_URL,
        browser="b",
        secret=SECRET,
        now=NOW,
    )
    assert address.startswith("https://moodle.example/auth?site=2&scope=openid&")


def test_the_state_carries_the_login_when_it_is_short_and_not_when_it_is_long(tool: Tool) -> None:
    def carried(hint: str) -> dict[str, str]:
        address = tool.login(lti_message_hint=hint)
        assert len(address) <= max(LONGEST_AUTHORISATION, len(hint) + 1500)
        state = read_authorisation(address)["state"]
        return dict(open_state(state, browser=None, secret=SECRET, now=tool.now)[0].login)

    assert carried("short") == tool.platform.login(target_link_uri=TARGET, lti_message_hint="short")
    noise = "".join(hashlib.sha256(bytes([i])).hexdigest() for i in range(60))
    assert carried(noise[:1000]) == tool.platform.login(target_link_uri=TARGET, lti_message_hint=noise[:1000])
    assert carried(noise) == {"iss": tool.platform.registration.issuer}


def test_two_logins_never_share_a_nonce_or_a_state(tool: Tool) -> None:
    first, second = read_authorisation(tool.login()), read_authorisation(tool.login())
    assert first["nonce"] != second["nonce"]
    assert first["state"] != second["state"]


@pytest.mark.parametrize("missing", ["iss", "login_hint", "target_link_uri"])
def test_an_incomplete_login_is_refused(missing: str) -> None:
    assert refusal_of({**PARAMS, missing: ""}) is RefusalReason.LOGIN_INCOMPLETE
    assert refusal_of({k: v for k, v in PARAMS.items() if k != missing}) is RefusalReason.LOGIN_INCOMPLETE


@pytest.mark.parametrize("field", ["iss", "login_hint", "target_link_uri", "lti_message_hint", "client_id"])
def test_control_characters_and_endless_values_are_refused(field: str) -> None:
    assert refusal_of({**PARAMS, field: "a\x00b"}) is RefusalReason.LOGIN_INCOMPLETE
    assert refusal_of({**PARAMS, field: "a\r\nSet-Cookie: x"}) is RefusalReason.LOGIN_INCOMPLETE
    assert refusal_of({**PARAMS, field: "a" * 100_000}) is RefusalReason.OVERSIZED


def test_unknown_issuers_and_clients_are_refused() -> None:
    assert refused_choice({**PARAMS, "iss": "https://else.example"}, OTHER) is RefusalReason.UNKNOWN_ISSUER
    assert refused_choice({**PARAMS, "client_id": "nobody"}, OTHER) is RefusalReason.UNKNOWN_CLIENT
    assert refused_choice(PARAMS) is RefusalReason.UNKNOWN_ISSUER


def test_a_disabled_registration_is_refused() -> None:
    disabled = dataclasses.replace(PLATFORM.registration, enabled=False)
    assert refused_choice(PARAMS, disabled, OTHER) is RefusalReason.REGISTRATION_DISABLED


def test_without_a_client_id_the_only_enabled_one_is_taken() -> None:
    params = PLATFORM.login(target_link_uri=TARGET, client_id=None)
    disabled = dataclasses.replace(OTHER, enabled=False)
    assert choose(params, disabled, PLATFORM.registration) is PLATFORM.registration


def test_of_several_clients_the_deployment_tells() -> None:
    both = (PLATFORM.registration, OTHER)
    params = PLATFORM.login(target_link_uri=TARGET, client_id=None, lti_deployment_id="7")
    assert choose(params, *both) is OTHER
    del params["lti_deployment_id"]
    assert refused_choice(params, *both) is RefusalReason.SEVERAL_CLIENTS


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/lti/launch",
        "https://tool.example:8443/lti/launch",
        "https://tool.example@evil.example/",
        "https://tool.example\\@evil.example/",
        "//tool.example/lti/launch",
        "javascript:alert(1)",
    ],
)
def test_a_target_of_another_host_is_refused(tool: Tool, target: str) -> None:
    with pytest.raises(LaunchRefused) as caught:
        tool.login(target_link_uri=target)
    assert caught.value.reason is RefusalReason.FOREIGN_TARGET
    assert caught.value.status == 403


@pytest.mark.parametrize(
    "target", [f"{TARGET}?ex=1", "http://tool.example/lti/launch", "HTTPS://Tool.Example:443/"]
)
def test_a_target_of_this_host_is_taken(tool: Tool, target: str) -> None:
    assert tool.login(target_link_uri=target)


def test_a_state_lives_ten_minutes_and_bears_a_clock_stepping_back() -> None:
    tool_state = read_authorisation(
        begin_login(
            read_login(PARAMS),
            PLATFORM.registration,
            redirect_uri=TARGET,
            public_url=PUBLIC_URL,
            browser="b",
            secret=SECRET,
            now=NOW,
        )
    )["state"]
    for seconds in (-60, 0, 600):
        assert open_state(tool_state, browser="b", secret=SECRET, now=NOW + timedelta(seconds=seconds))[1]
    for seconds in (-600, 1000):
        with pytest.raises(LaunchRefused) as caught:
            open_state(tool_state, browser="b", secret=SECRET, now=NOW + timedelta(seconds=seconds))
        assert caught.value.reason is RefusalReason.STATE_EXPIRED
