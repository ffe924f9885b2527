"""Dynamic registration: what is asked of a platform, the request that asks it, and the answer to it."""

import binascii
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lti.platform_configuration import PlatformConfiguration
from lti.tool_configuration import (
    CLAIMS,
    CUSTOM_PARAMETERS,
    DEEP_LINKING,
    LINE_ITEM,
    MEMBERS,
    RESOURCE_LINK,
    RESULT,
    SCORE,
    ToolConfiguration,
)

_TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
_LONGEST_IDENTIFIER = 255


class AnswerUnreadable(ValueError):
    """The platform's answer does not say who we are there."""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What is asked: of what the tool can use, what the platform says it supports (what it does not say is asked)."""

    scopes: tuple[str, ...]
    claims: tuple[str, ...]
    messages: tuple[str, ...]

    @property
    def can_score(self) -> bool:
        """Tell whether marks can be sent: without that, little is left of the tool."""
        return SCORE in self.scopes

    @property
    def can_manage_columns(self) -> bool:
        """Tell whether gradebook columns may be made and read."""
        return LINE_ITEM in self.scopes

    @property
    def can_read_results(self) -> bool:
        """Tell whether marks may be read back."""
        return RESULT in self.scopes

    @property
    def can_list_members(self) -> bool:
        """Tell whether the course's members may be listed."""
        return MEMBERS in self.scopes

    @property
    def can_be_chosen(self) -> bool:
        """Tell whether teachers may choose content in the tool."""
        return DEEP_LINKING in self.messages

    @property
    def learns_names(self) -> bool:
        """Tell whether names are asked."""
        return "name" in self.claims or {"given_name", "family_name"} <= set(self.claims)


@dataclass(frozen=True, kw_only=True)
class RegisteredAs:
    """Who the tool is at a platform. `deployment_id`: None where the platform makes deployments later."""

    client_id: str
    deployment_id: str | None


def wishes_of(configuration: PlatformConfiguration, tool: ToolConfiguration) -> Wishes:
    """Decide what to ask of a platform."""
    return Wishes(
        scopes=_supported(tool.scopes, configuration.scopes),
        claims=_supported(
            CLAIMS, configuration.claims | {"iss", "sub"} if configuration.claims else frozenset()
        ),
        messages=_supported((RESOURCE_LINK, DEEP_LINKING), configuration.messages),
    )


def registration_request(tool: ToolConfiguration, wishes: Wishes) -> dict[str, Any]:
    """Return the body of the request (OpenID Connect client metadata, with LTI's tool configuration in it)."""
    configuration: dict[str, Any] = {
        "domain": tool.domain,
        "description": tool.description,
        **{f"description#{language}": text for language, text in tool.descriptions.items()},
        "target_link_uri": tool.launch_url,
        "custom_parameters": dict(CUSTOM_PARAMETERS),
        "claims": list(wishes.claims),
        "messages": [_message(each, tool) for each in wishes.messages],
    }
    request: dict[str, Any] = {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": tool.login_url,
        "redirect_uris": [tool.launch_url],
        "client_name": tool.name,
        **{f"client_name#{language}": text for language, text in tool.names.items()},
        "client_uri": tool.launch_url,
        "jwks_uri": tool.jwks_url,
        "logo_uri": tool.icon_url,
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(wishes.scopes),
        _TOOL: configuration,
    }
    if tool.contacts:
        request["contacts"] = list(tool.contacts)
    if tool.policy_url:
        request["policy_uri"] = tool.policy_url
    return request


def read_registration_answer(text: str) -> RegisteredAs:
    """Read who the tool is now (from an answer with status 200 or 201, or from a current registration).

    Moodle's deployment is its tool type's number; a number is taken as the text it is in launches.
    Raises AnswerUnreadable.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise AnswerUnreadable("not a JSON object")
    client_id = _identifier(document.get("client_id"))
    if client_id is None:
        raise AnswerUnreadable("no client_id")
    tool = document.get(_TOOL)
    deployment_id = _identifier(tool.get("deployment_id")) if isinstance(tool, dict) else None
    return RegisteredAs(client_id=client_id, deployment_id=deployment_id)


def updates_a_registration(token: str) -> bool:
    """Tell whether a registration token says it is for an update (Moodle's does; to others it is opaque).

    Only what the page says hangs on it; the platform decides what the token may do.
    """
    body = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        claims = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, RecursionError, binascii.Error):
        return False
    return isinstance(claims, dict) and claims.get("scope") == "reg-update"


def _message(kind: str, tool: ToolConfiguration) -> Mapping[str, Any]:
    message: dict[str, Any] = {
        "type": kind,
        "target_link_uri": tool.launch_url,
        "label": tool.name,
        **{f"label#{language}": text for language, text in tool.names.items()},
        "icon_uri": tool.icon_url,
    }
    if kind == DEEP_LINKING:
        message |= {"placements": ["ContentArea"], "supported_types": ["ltiResourceLink"]}
    return message


def _supported(wanted: tuple[str, ...], supported: frozenset[str]) -> tuple[str, ...]:
    return tuple(each for each in wanted if not supported or each in supported)


def _identifier(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_IDENTIFIER or not value.isprintable():
        return None
    return value
