"""A forged platform: registrations, signed messages shaped like Moodle's, every field to override or remove.

Whole-application tests use it so:

    platform = ForgedPlatform(base_url=server.url)       # or without server: https://moodle.example
    platform.publish(server)                             # its key set and token addresses answer
    …register platform.registration in the application…
    response = client.post("/lti/login", data=platform.login(target_link_uri=…))
    form = platform.launch_form(response.headers["Location"], now=…, role=LEARNER, sub="5")
    client.post("/lti/launch", data=form)

`launch_form(..., remove=("exp",), **{"iss": "…"})` makes bad launches; `sign` takes any key, algorithm, header.
"""

import base64
import functools
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from lti.keys import public_jwk
from lti.registration import Registration
from tests.lti.small_server import SmallServer

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
AGS_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
ROLE = "http://purl.imsglobal.org/vocab/lis/v2/"
LEARNER = f"{ROLE}membership#Learner"
INSTRUCTOR = f"{ROLE}membership#Instructor"


@functools.cache
def rsa_key(name: str) -> RSAPrivateKey:
    """One key for each name and test session (making one takes a while)."""
    return generate_private_key(public_exponent=65537, key_size=2048)


class ForgedPlatform:
    """A platform that signs whatever it is asked to."""

    def __init__(
        self,
        *,
        base_url: str = "https://moodle.example",
        issuer: str | None = None,
        client_id: str = "sl9OsTF0WbtXFXT",
        deployment_ids: Iterable[str] = ("1",),
        registration_id: int | str = 1,
        key_id: str = "moodle-key-1",
        enabled: bool = True,
    ) -> None:
        self.base_url = base_url
        self.key_id = key_id
        self.key = rsa_key(key_id)
        self.registration = Registration(
            id=registration_id,
            name="Moodle d’essai",
            issuer=issuer or base_url,
            client_id=client_id,
            auth_login_url=f"{base_url}/mod/lti/auth.php",
            auth_token_url=f"{base_url}/mod/lti/token.php",
            jwks_url=f"{base_url}/mod/lti/certs.php",
            deployment_ids=frozenset(deployment_ids),
            enabled=enabled,
        )

    @property
    def jwks(self) -> dict[str, Any]:
        """The key set the platform publishes (without `alg`, as the specification allows)."""
        key = public_jwk(self.key_id, self.key.public_key())
        del key["alg"]
        return {"keys": [key]}

    def publish(self, server: SmallServer) -> None:
        """Let a server (of this `base_url`) answer as the key set and token addresses, Moodle's way."""
        server.answer("GET", "/mod/lti/certs.php", body=json.dumps(self.jwks).encode())
        token = {"access_token": "moodle-token", "token_type": "Bearer", "expires_in": 3600}
        server.answer("POST", "/mod/lti/token.php", body=json.dumps(token).encode(), Content_Type="text/html")

    def login(self, *, target_link_uri: str, **overrides: str | None) -> dict[str, str]:
        """The parameters of an initiated login, as Moodle posts them; None removes one."""
        fields: dict[str, str | None] = {
            "iss": self.registration.issuer,
            "target_link_uri": target_link_uri,
            "login_hint": "5",
            "lti_message_hint": '{"cmid":3,"launchid":"ltilaunch1_821841778"}',
            "client_id": self.registration.client_id,
            "lti_deployment_id": "1",
            **overrides,
        }
        return {name: value for name, value in fields.items() if value is not None}

    def claims(
        self,
        *,
        now: datetime,
        nonce: str = "a-nonce",
        target_link_uri: str = "https://tool.example/lti/launch",
        role: str = LEARNER,
        remove: Iterable[str] = (),
        **overrides: Any,
    ) -> dict[str, Any]:
        """The claims of a student's launch of a graded activity (Moodle 5.1, names shared).

        `remove` and `overrides` name a claim as it is (`sub`) or without the usual prefix (`resource_link`).
        """
        issued = int(now.timestamp())
        services = f"{self.base_url}/mod/lti/services.php"
        found: dict[str, Any] = {
            "nonce": nonce,
            "iat": issued,
            "exp": issued + 60,
            "iss": self.registration.issuer,
            "aud": self.registration.client_id,
            "sub": "5",
            "given_name": "Élodie",
            "family_name": "Lefèvre",
            "name": "Élodie Lefèvre",
            "email": "etu01@univ.example",
            f"{CLAIM}deployment_id": "1",
            f"{CLAIM}target_link_uri": target_link_uri,
            f"{CLAIM}message_type": "LtiResourceLinkRequest",
            f"{CLAIM}version": "1.3.0",
            f"{CLAIM}roles": [role],
            f"{CLAIM}context": {
                "id": "2",
                "label": "INFO101",
                "title": "Informatique",
                "type": ["CourseSection"],
            },
            f"{CLAIM}resource_link": {"id": "1", "title": "Pix CC1", "description": "Énoncé"},
            f"{CLAIM}lis": {"person_sourcedid": "20261001", "course_section_sourcedid": "UE-2026-INFO101"},
            f"{CLAIM}ext": {"user_username": "etu01", "lms": "moodle-2"},
            f"{CLAIM}launch_presentation": {
                "locale": "fr",
                "document_target": "iframe",
                "return_url": f"{self.base_url}/mod/lti/return.php?course=2&sesskey=abc",
            },
            f"{CLAIM}tool_platform": {"product_family_code": "moodle", "guid": "37038897ec04", "name": "UDT"},
            f"{CLAIM}custom": {"unit": "HA1G10H", "component": "cc1"},
            AGS: {
                "scope": [
                    f"{AGS_SCOPE}{name}"
                    for name in ("lineitem", "lineitem.readonly", "result.readonly", "score")
                ],
                "lineitems": f"{services}/2/lineitems?type_id=1",
                "lineitem": f"{services}/2/lineitems/2/lineitem?type_id=1",
            },
            NRPS: {
                "context_memberships_url": f"{services}/CourseSection/2/bindings/1/memberships",
                "service_versions": ["1.0", "2.0"],
            },
        }
        for name, value in overrides.items():
            found[full_name(name, found)] = value
        for name in remove:
            found.pop(full_name(name, found), None)
        return found

    def sign(
        self,
        claims: Mapping[str, Any],
        *,
        key: RSAPrivateKey | None = None,
        header: Mapping[str, Any] | None = None,
    ) -> str:
        """Sign claims by RS256, with this platform's key or another; a None in `header` removes the field."""
        fields = {"kid": self.key_id, **(header or {})}
        return jwt.PyJWS().encode(  # not jwt.encode, which refuses some bad claims
            json.dumps(claims).encode(),
            key or self.key,
            algorithm="RS256",
            headers={name: value for name, value in fields.items() if value is not None},
        )

    def sign_symmetric(self, claims: Mapping[str, Any]) -> str:
        """Sign by HS256 with the text of the public key as the secret: the classic confusion."""
        public = self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        signed = ".".join([_part({"alg": "HS256", "typ": "JWT", "kid": self.key_id}), _part(claims)])
        return f"{signed}.{_base64(hmac.digest(public, signed.encode(), hashlib.sha256))}"

    def sign_not(self, claims: Mapping[str, Any]) -> str:
        """Make a token of algorithm none."""
        return ".".join([_part({"alg": "none", "kid": self.key_id}), _part(claims), ""])

    def launch_form(self, authorisation_url: str, *, now: datetime, **claims: Any) -> dict[str, str]:
        """What the platform posts to the tool after a login redirected the browser to `authorisation_url`."""
        asked = read_authorisation(authorisation_url)
        token = self.sign(self.claims(now=now, **{"nonce": asked["nonce"], **claims}))
        return {"state": asked["state"], "id_token": token}


def read_authorisation(url: str) -> dict[str, str]:
    """The parameters of an authorisation request."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query, strict_parsing=True).items()}


def full_name(name: str, claims: Mapping[str, Any]) -> str:
    """A claim's whole name from its short one."""
    if name in {"ags", "nrps"}:
        return {"ags": AGS, "nrps": NRPS}[name]
    prefixed = f"{CLAIM}{name}"
    known = {"roles", "for_user", "custom", "version", "message_type", "deployment_id"}
    return prefixed if prefixed in claims or name in known else name


def _part(value: Mapping[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
