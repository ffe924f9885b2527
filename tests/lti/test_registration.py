"""Registrations and addresses: what belongs to a platform, and what only looks like it."""

import dataclasses
from typing import Any

import pytest

from lti.origins import origin_of, same_host, with_path, with_query
from tests.lti.forge import ForgedPlatform

REGISTRATION = dataclasses.replace(
    ForgedPlatform().registration,
    auth_token_url="https://services.moodle.example:8443/token",
    service_origins=frozenset({"https://ags.example"}),
)


def test_origins() -> None:
    assert REGISTRATION.allowed_origins == {
        "https://moodle.example",
        "https://services.moodle.example:8443",
        "https://ags.example",
    }
    assert not REGISTRATION.uses_plain_http
    assert ForgedPlatform(base_url="http://moodle.example").registration.uses_plain_http


@pytest.mark.parametrize(
    "url",
    [
        "https://moodle.example/x?y=1",
        "https://MOODLE.example:443/",
        "https://ags.example/a b".replace(" ", "%20"),
    ],
)
def test_own_addresses(url: str) -> None:
    assert REGISTRATION.allows(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://moodle.example/",
        "https://moodle.example:8443/",
        "https://moodle.example.evil.example/",
        "https://evil.example/https://moodle.example",
        "https://moodle.example@evil.example/",
        "https://a@moodle.example/",
        "https://evil.example\\@moodle.example/",
        "https://moodle.example\t.evil.example/",
        "https://moodle.example:99999/",
        "https://moodle.example:x/",
        "https://[::1/",
        "https:///x",
        "ftp://moodle.example/",
        "moodle.example",
        "https://moodlé.example/",
        "",
        "https://moodle.example/" + "x" * 5000,
    ],
)
def test_foreign_addresses(url: str) -> None:
    assert not REGISTRATION.allows(url)


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": ""},
        {"client_id": ""},
        {"jwks_url": "moodle.example/certs"},
        {"auth_login_url": "javascript:alert(1)"},
        {"auth_token_url": "https://a b"},
        {"service_origins": frozenset({"*"})},
    ],
)
def test_impossible_registrations_cannot_be_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        dataclasses.replace(REGISTRATION, **wrong)


def test_an_issuer_need_not_be_an_address() -> None:
    named = dataclasses.replace(ForgedPlatform().registration, issuer="canvas")
    assert named.allowed_origins == {"https://moodle.example"}


def test_the_issuer_and_the_login_address_may_frame_us() -> None:
    split = dataclasses.replace(ForgedPlatform().registration, auth_login_url="https://sso.example/auth")
    assert split.frame_origins == ("https://moodle.example", "https://sso.example")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("HTTP://A.example:80/x", "http://a.example"),
        ("https://a.example:8443", "https://a.example:8443"),
        ("http://[::1]:5000/", "http://[::1]:5000"),
    ],
)
def test_an_origin_has_one_form(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_the_same_host() -> None:
    assert same_host("http://tool.example/a", "https://tool.example")
    assert not same_host("http://127.0.0.1:5001/", "http://127.0.0.1:5002/")
    assert not same_host("x", "x")


def test_paths_and_queries_are_added_where_they_belong() -> None:
    assert with_path("https://a/li?type_id=1", "/scores") == "https://a/li/scores?type_id=1"
    assert with_path("https://a/li/", "/scores") == "https://a/li/scores"
    assert with_query("https://a/li?type_id=1", user_id="é&") == "https://a/li?type_id=1&user_id=%C3%A9%26"
    assert with_query("https://a/li", a="1") == "https://a/li?a=1"
    assert with_query("https://a/li?", a="1") == "https://a/li?a=1"
    assert with_query("https://a/li#x", a="1") == "https://a/li?a=1#x"
    assert with_query("https://a/li") == "https://a/li"
