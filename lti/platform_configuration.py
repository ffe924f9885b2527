"""What a platform says of itself at registration (its `openid_configuration`): read whole, every problem named."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lti.origins import origin_of

_PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
_LONGEST_ISSUER = 500
_LONGEST_ADDRESS = 1000
_LONGEST_TEXT = 100
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")


class ConfigurationProblems(ValueError):
    """It cannot be a platform's configuration; `problems` names each field and what is wrong with it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, kw_only=True)
class PlatformConfiguration:
    """A platform that asks for this tool. Texts are clean; None and empty sets: it did not say.

    `scopes`, `claims` and `messages` are what it supports. Every address is of the issuer's origin, or a declared one.
    """

    issuer: str
    auth_login_url: str
    auth_token_url: str
    jwks_url: str
    registration_endpoint: str
    token_audience: str | None = None
    product: str | None = None
    version: str | None = None
    scopes: frozenset[str] = frozenset()
    claims: frozenset[str] = frozenset()
    messages: frozenset[str] = frozenset()

    @property
    def is_moodle(self) -> bool:
        """Tell whether it is a Moodle, whose habits are known."""
        return (self.product or "").lower() == "moodle"

    @property
    def uses_plain_http(self) -> bool:
        """Tell whether tokens and marks would travel readable."""
        return self.issuer.startswith("http://")


def read_configuration(text: str, *, address: str, declared: Collection[str] = ()) -> PlatformConfiguration:
    """Read the configuration fetched from `address`.

    The issuer must be the site that answered: `address` is below it, so nobody speaks for another. `declared`:
    further origins (`https://host[:port]`) the operator knows to be this platform's.
    Raises ConfigurationProblems.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise ConfigurationProblems(["the answer is not a JSON object"])
    problems: list[str] = []
    issuer = _issuer(document, address, declared, problems)
    origins = {origin_of(each) for each in (issuer, address, *declared)} - {None}
    endpoints = {name: _endpoint(document, name, address, origins, problems) for name in _ENDPOINTS}
    _check_abilities(document, problems)
    if problems:
        raise ConfigurationProblems(problems)
    platform = document.get(_PLATFORM)
    platform = platform if isinstance(platform, dict) else {}
    return PlatformConfiguration(
        issuer=issuer,
        auth_login_url=endpoints["authorization_endpoint"],
        auth_token_url=endpoints["token_endpoint"],
        jwks_url=endpoints["jwks_uri"],
        registration_endpoint=endpoints["registration_endpoint"],
        token_audience=_audience(document, origins),
        product=_clean(platform.get("product_family_code")),
        version=_clean(platform.get("version")),
        scopes=_texts(document.get("scopes_supported")),
        claims=_texts(document.get("claims_supported")),
        messages=_messages(platform.get("messages_supported")),
    )


def _issuer(document: Mapping[str, Any], address: str, declared: Collection[str], problems: list[str]) -> str:
    """Return the issuer, to the letter: it is what launches will name."""
    issuer = document.get("issuer")
    if not isinstance(issuer, str) or not issuer:
        problems.append("issuer: missing")
        return ""
    origin, parts = origin_of(issuer), urlsplit(issuer) if origin_of(issuer) else None
    if origin is None or parts is None or parts.query or parts.fragment or len(issuer) > _LONGEST_ISSUER:
        problems.append("issuer: not an address of a site")
    elif origin == origin_of(address):
        if not urlsplit(address).path.startswith(f"{parts.path.rstrip('/')}/"):
            problems.append("issuer: the configuration's address is not below it")
    elif origin_of(address) not in {origin_of(each) for each in declared}:
        problems.append("issuer: another site than the one that answered")
    return issuer


def _endpoint(
    document: Mapping[str, Any],
    name: str,
    address: str,
    origins: Collection[str | None],
    problems: list[str],
) -> str:
    """Return an address of the platform; https, but where the configuration itself came over an allowed http."""
    value = document.get(name)
    if not isinstance(value, str) or not value:
        problems.append(f"{name}: missing")
        return ""
    if origin_of(value) is None or len(value) > _LONGEST_ADDRESS:
        problems.append(f"{name}: not an http or https address")
    elif origin_of(value) not in origins:
        problems.append(f"{name}: of another origin than the issuer")
    elif value.lower().startswith("http:") and not address.lower().startswith("http:"):
        problems.append(f"{name}: not https")
    return value


def _audience(document: Mapping[str, Any], origins: Collection[str | None]) -> str | None:
    """Return what the token endpoint wants to be called, if that is a name of the platform's own origin.

    Any other would let one platform ask us for a signed text that is good at another one.
    """
    value = document.get("authorization_server")
    if not isinstance(value, str) or len(value) > _LONGEST_ADDRESS:
        return None
    return value if origin_of(value) is not None and origin_of(value) in origins else None


def _check_abilities(document: Mapping[str, Any], problems: list[str]) -> None:
    """Note what the platform says it cannot do and LTI 1.3 needs; what it does not say is not held against it."""
    needed = {
        "token_endpoint_auth_methods_supported": "private_key_jwt",
        "token_endpoint_auth_signing_alg_values_supported": "RS256",
        "id_token_signing_alg_values_supported": "RS256",
        "response_types_supported": "id_token",
    }
    for name, value in needed.items():
        told = _texts(document.get(name))
        if told and value not in told:
            problems.append(f"{name}: without {value}")


def _texts(value: object) -> frozenset[str]:
    return (
        frozenset(each for each in value if isinstance(each, str)) if isinstance(value, list) else frozenset()
    )


def _messages(value: object) -> frozenset[str]:
    entries = value if isinstance(value, list) else []
    return _texts([entry.get("type") for entry in entries if isinstance(entry, dict)])


def _clean(value: object) -> str | None:
    """Return a text fit for a page and a log: printable, short, or None."""
    if not isinstance(value, str):
        return None
    return "".join(sign for sign in value if sign.isprintable()).strip()[:_LONGEST_TEXT] or None
