"""The tools an LMS knows (Moodle's tool types): registered by themselves, pending, activated, shown in the chooser.

Moodle's rules: what is required and refused in which words, what is fixed whatever the tool asks, one use of a token.
"""

import json
import secrets
import string
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

import jwt

from demo.lms.course import ToolAddresses
from demo.lms.keys import LmsKeys
from demo.lms.tokens import AGS_SCOPES, LINE_ITEM, LINE_ITEM_READONLY, MEMBERS, RESULT_READONLY, SCORE

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
TOKEN_LIFETIME = timedelta(hours=1)
_REQUIRED = (
    "client_name",
    "initiate_login_uri",
    "redirect_uris",
    "jwks_uri",
    "response_types",
    "token_endpoint_auth_method",
    TOOL,
)
_NAMES = {"name", "given_name", "family_name"}
_CLIENT_ID_SIGNS = string.ascii_letters + string.digits


class RegistrationRefused(Exception):
    """A registration request the LMS does not take; answered as plain text, as Moodle does."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(kw_only=True)
class ToolType:
    """A tool as the LMS keeps it. `id` is the deployment id; `scopes` are what its tokens may ever allow."""

    id: str
    client_id: str
    name: str
    addresses: ToolAddresses
    domain: str
    state: Literal["pending", "active"] = "pending"
    in_chooser: bool = False
    description: str = ""
    icon: str = ""
    selection_url: str | None = None
    custom: Mapping[str, str] = field(default_factory=dict)
    shares_names: bool = True
    shares_email: bool = True
    scopes: frozenset[str] = frozenset((*AGS_SCOPES, MEMBERS))
    registration: Mapping[str, Any] = field(default_factory=dict)


class ToolTypes:
    """The tool types of a site, and the tokens by which tools register; safe to use from several threads."""

    def __init__(self, keys: LmsKeys, clock: Callable[[], datetime]) -> None:
        self._keys = keys
        self._clock = clock
        self._lock = threading.Lock()
        self._types: dict[str, ToolType] = {}
        self._used: set[str] = set()
        self._count = 0

    def all(self) -> tuple[ToolType, ...]:
        """Every tool type, in the order they came."""
        with self._lock:
            return tuple(self._types.values())

    def get(self, type_id: str) -> ToolType:
        """The tool type of that id; LookupError if there is none."""
        with self._lock:
            if type_id not in self._types:
                raise LookupError(f"no tool type {type_id}")
            return self._types[type_id]

    def in_chooser(self) -> bool:
        """Whether teachers find a tool where they add activities."""
        return any(each.state == "active" and each.in_chooser for each in self.all())

    def add(self, made: ToolType) -> ToolType:
        """Keep a tool type made by hand."""
        with self._lock:
            self._count += 1
            self._types[made.id] = made
        return made

    def delete(self, type_id: str) -> None:
        """Forget a tool type."""
        with self._lock:
            self._types.pop(type_id, None)

    def of_domain(self, url: str) -> tuple[ToolType, ...]:
        """The tool types of the same host and port as an address: the administrator is asked which to update."""
        domain = urlsplit(url).netloc
        return tuple(each for each in self.all() if each.domain == domain)

    def new_token(self, *, update: str | None = None) -> str:
        """A registration token: for a new tool, or to update the tool type of that id."""
        now = int(self._clock().timestamp())
        claims = {
            "sub": update or _new_client_id(),
            "scope": "reg-update" if update else "reg",
            "iat": now,
            "exp": now + int(TOKEN_LIFETIME.total_seconds()),
        }
        key = self._keys.current
        return jwt.encode(claims, key.private, algorithm="RS256", headers={"kid": key.kid})

    def current_registration(self, token: str) -> dict[str, Any]:
        """What is registered now, for a token of scope `reg-update`; RegistrationRefused otherwise."""
        claims = self._claims(token)
        if claims["scope"] != "reg-update":
            raise RegistrationRefused(404, "<html><body>Erreur</body></html>")
        return _answer(self._to_update(claims))

    def register(self, token: str, body: bytes) -> tuple[ToolType, dict[str, Any]]:
        """Take a registration or an update in; the tool type and the answer to give. RegistrationRefused otherwise."""
        claims = self._claims(token)
        payload = _payload(body)
        if claims["scope"] == "reg-update":
            kept = self._to_update(claims)
            _overwrite(kept, payload)
            kept.in_chooser = False
            return kept, _answer(kept)
        with self._lock:
            if claims["sub"] in self._used:
                raise RegistrationRefused(401, "token_already_used")
            self._count += 1
            made = _made(str(self._count), claims["sub"], payload)
            self._used.add(claims["sub"])
            self._types[made.id] = made
        return made, _answer(made)

    def _claims(self, token: str) -> dict[str, str]:
        key = self._keys.current
        try:
            claims: dict[str, Any] = jwt.decode(
                token, key.private.public_key(), algorithms=["RS256"], options={"verify_exp": False}
            )
        except jwt.PyJWTError as problem:
            raise RegistrationRefused(401, "invalid_token") from problem
        if claims["exp"] <= self._clock().timestamp():
            raise RegistrationRefused(401, "Expired token")
        return {"sub": str(claims["sub"]), "scope": str(claims["scope"])}

    def _to_update(self, claims: Mapping[str, str]) -> ToolType:
        try:
            return self.get(claims["sub"])
        except LookupError as problem:
            raise RegistrationRefused(404, "No tool found") from problem


def _payload(body: bytes) -> dict[str, Any]:
    """The request once it holds what Moodle requires, in Moodle's words where it does not."""
    try:
        payload = json.loads(body)
    except ValueError as problem:
        raise RegistrationRefused(400, "invalid_json") from problem
    for name in _REQUIRED:
        if not isinstance(payload, dict) or not payload.get(name):
            raise RegistrationRefused(400, f"missing required attribute {name}")
    if payload.get("application_type", "web") != "web":
        raise RegistrationRefused(400, "invalid application_type")
    if "id_token" not in payload["response_types"]:
        raise RegistrationRefused(400, "invalid response_types")
    if payload["token_endpoint_auth_method"] != "private_key_jwt":
        raise RegistrationRefused(400, "invalid token_endpoint_auth_method")
    domain = payload[TOOL].get("domain")
    if not domain:
        raise RegistrationRefused(400, "missing domain")
    target = payload[TOOL].get("target_link_uri") or f"https://{domain}"
    if _bare(urlsplit(target).netloc) != _bare(domain):
        raise RegistrationRefused(400, "domain_targetlinkuri_mismatch")
    return dict(payload)


def _bare(domain: str) -> str:
    return domain.rpartition("//")[2].removeprefix("www.")


def _made(type_id: str, client_id: str, payload: Mapping[str, Any]) -> ToolType:
    made = ToolType(
        id=type_id,
        client_id=client_id,
        name="",
        addresses=ToolAddresses(login_url="", launch_url="", jwks_url=""),
        domain="",
    )
    _overwrite(made, payload)
    return made


def _overwrite(kept: ToolType, payload: Mapping[str, Any]) -> None:
    """Everything comes from the payload, whatever an administrator had changed by hand; ids and state stay."""
    tool = payload[TOOL]
    claims = set(tool.get("claims", []))
    selection = next(
        (each for each in tool.get("messages", []) if each.get("type") == "LtiDeepLinkingRequest"), None
    )
    kept.name = payload["client_name"]
    kept.addresses = ToolAddresses(
        login_url=payload["initiate_login_uri"],
        launch_url=payload["redirect_uris"][0],
        jwks_url=payload["jwks_uri"],
    )
    kept.domain = tool["domain"]
    kept.description = tool.get("description", "")
    kept.icon = payload.get("logo_uri", "")
    kept.selection_url = (
        None if selection is None else selection.get("target_link_uri", kept.addresses.launch_url)
    )
    # Moodle keeps `key=value` lines: a line break would cut a value.
    kept.custom = {
        key: str(value).splitlines()[0] for key, value in tool.get("custom_parameters", {}).items()
    }
    kept.shares_names = bool(claims & _NAMES)
    kept.shares_email = "email" in claims
    kept.scopes = _permitted(payload.get("scope", "").split())
    kept.registration = payload


def _permitted(asked: list[str]) -> frozenset[str]:
    members = frozenset({MEMBERS}) & frozenset(asked)
    if LINE_ITEM in asked:
        return frozenset(AGS_SCOPES) | members
    if {SCORE, RESULT_READONLY, LINE_ITEM_READONLY} & set(asked):
        return frozenset({SCORE, RESULT_READONLY, LINE_ITEM_READONLY}) | members
    return members


def _answer(kept: ToolType) -> dict[str, Any]:
    """The registration echoed, with who the tool is."""
    payload = kept.registration
    return {
        **{
            name: payload[name] for name in ("application_type", "client_name", "logo_uri") if name in payload
        },
        "client_id": kept.client_id,
        "response_types": ["id_token"],
        "jwks_uri": kept.addresses.jwks_url,
        "initiate_login_uri": kept.addresses.login_url,
        "redirect_uris": [kept.addresses.launch_url],
        "grant_types": ["client_credentials", "implicit"],
        "token_endpoint_auth_method": "private_key_jwt",
        # Not to be relied on: every scope stands here as soon as one is granted.
        "scope": " ".join((*AGS_SCOPES, MEMBERS) if kept.scopes else ()),
        TOOL: {
            "version": "1.3.0",
            "deployment_id": kept.id,
            "target_link_uri": kept.addresses.launch_url,
            "domain": kept.domain,
            "description": kept.description,
            "messages": []
            if kept.selection_url is None
            else [{"type": "LtiDeepLinkingRequest", "target_link_uri": kept.selection_url}],
            "custom_parameters": dict(kept.custom),
            "claims": payload.get(TOOL, {}).get("claims", []),
        },
    }


def _new_client_id() -> str:
    return "".join(secrets.choice(_CLIENT_ID_SIGNS) for _ in range(15))
