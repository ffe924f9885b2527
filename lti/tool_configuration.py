"""What this tool says of itself to a platform: its addresses, its wishes, its names; and Canvas's form of the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from lti.reachable import may_call

RESOURCE_LINK = "LtiResourceLinkRequest"
DEEP_LINKING = "LtiDeepLinkingRequest"
_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCORE = f"{_AGS}score"
LINE_ITEM = f"{_AGS}lineitem"
RESULT = f"{_AGS}result.readonly"
MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCOPES = (LINE_ITEM, RESULT, SCORE, MEMBERS)
CLAIMS = ("iss", "sub", "name", "given_name", "family_name")
"""What is asked of a person: names, so that teachers recognise their students. Never the e-mail."""
CUSTOM_PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "student_number": "$Person.sourcedId",
        "context_history": "$Context.id.history",
        "resource_link_history": "$ResourceLink.id.history",
    }
)
"""Asked at every launch: the student number, and what a copied course or activity was copied from.

A platform that does not know a variable sends its name, which is dropped when a launch is read.
"""


@dataclass(frozen=True, kw_only=True)
class ToolConfiguration:
    """This tool, to a platform. `public_url` has no final slash.

    `names` and `descriptions` are by language; `language` is that of the fields that name none.
    """

    public_url: str
    name: str
    names: Mapping[str, str]
    descriptions: Mapping[str, str]
    language: str = "fr"
    contacts: tuple[str, ...] = ()
    policy_url: str | None = None
    scopes: tuple[str, ...] = field(default=SCOPES)

    @property
    def login_url(self) -> str:
        """Return where platforms begin a login."""
        return f"{self.public_url}/lti/login"

    @property
    def launch_url(self) -> str:
        """Return the one redirection URI, and the target of every message."""
        return f"{self.public_url}/lti/launch"

    @property
    def jwks_url(self) -> str:
        """Return where the public keys are."""
        return f"{self.public_url}/lti/jwks"

    @property
    def icon_url(self) -> str:
        """Return the icon's address."""
        return f"{self.public_url}/static/icon.svg"

    @property
    def domain(self) -> str:
        """Return host and, where it is not the default one, port."""
        return urlsplit(self.public_url).netloc

    @property
    def is_hard_to_reach(self) -> bool:
        """Tell whether a platform as careful as Moodle refuses to call this address: unusual port, no public number."""
        parts = urlsplit(self.public_url)
        host = parts.hostname or ""
        try:
            private = not may_call(ip_address(host))
        except ValueError:
            private = host == "localhost" or host.endswith(".localhost")
        return private or parts.port not in (None, 80, 443)

    @property
    def description(self) -> str:
        """Return the description of plain fields."""
        return self.descriptions[self.language]


def canvas_configuration(tool: ToolConfiguration) -> dict[str, Any]:
    """Return the JSON that Canvas reads from an address when a developer key is made (“Enter URL”)."""
    placements = [
        {
            "placement": placement,
            "message_type": DEEP_LINKING,
            "target_link_uri": tool.launch_url,
            "text": tool.name,
            "icon_url": tool.icon_url,
        }
        for placement in ("assignment_selection", "link_selection")
    ]
    return {
        "title": tool.name,
        "description": tool.description,
        "target_link_uri": tool.launch_url,
        "oidc_initiation_url": tool.login_url,
        "public_jwk_url": tool.jwks_url,
        "redirect_uris": [tool.launch_url],
        "scopes": list(tool.scopes),
        "custom_fields": dict(CUSTOM_PARAMETERS),
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "domain": tool.domain,
                "tool_id": "pix-lti",
                "privacy_level": "name_only",
                "settings": {
                    "platform": "canvas.instructure.com",
                    "text": tool.name,
                    "labels": dict(tool.names),
                    "icon_url": tool.icon_url,
                    "placements": placements,
                },
            }
        ],
    }
