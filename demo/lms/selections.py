"""Content selections (LTI deep linking): what is asked of the tool, and Moodle's reading of its answer. No HTTP.

Moodle checks signature, issuer and times, and nothing else; what the specification wants besides is written down as a
violation, and so is what Moodle would silently spoil.
"""

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

MOST_POINTS = 100
"""The site's highest maximum of a column: Moodle's default."""
_LTI = "https://purl.imsglobal.org/spec/lti/claim/"
_DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


@dataclass(frozen=True, kw_only=True)
class Selection:
    """A selection under way; `key` is Moodle's session key in the return address. Moodle gives no `data`."""

    key: str
    course_id: str
    person_id: str
    accept_multiple: bool = True
    accept_types: tuple[str, ...] = ("ltiResourceLink",)
    data: str | None = None

    def settings(self, return_url: str) -> dict[str, Any]:
        """The claim of the request."""
        settings: dict[str, Any] = {
            "accept_types": list(self.accept_types),
            "accept_presentation_document_targets": ["frame", "iframe", "window"],
            "accept_copy_advice": False,
            "accept_multiple": self.accept_multiple,
            "auto_create": False,
            "can_confirm": False,
            "deep_link_return_url": return_url,
            "title": "Pix",
            "text": "",
        }
        return settings if self.data is None else {**settings, "data": self.data}


@dataclass(frozen=True, kw_only=True)
class ChosenActivity:
    """What Moodle keeps of a content item. `maximum` is None without a column; `text_only`: one that shows nothing."""

    title: str
    description: str
    url: str
    icon: str
    custom: Mapping[str, str]
    maximum: Decimal | None
    text_only: bool
    resource_id: str
    tag: str


class Selections:
    """The selections begun and what came back; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: dict[str, Selection] = {}
        self._nonces: set[str] = set()
        self._answers: list[dict[str, Any]] = []

    def begin(self, **fields: Any) -> Selection:
        """A new selection with an unguessable key."""
        selection = Selection(key=secrets.token_hex(8), **fields)
        with self._lock:
            self._pending[selection.key] = selection
        return selection

    def find(self, key: str) -> Selection | None:
        """The selection of that key; it lives as long as the teacher's session."""
        with self._lock:
            return self._pending.get(key)

    def keep(self, claims: dict[str, Any]) -> bool:
        """Keep an answer's claims; False where its nonce came before."""
        with self._lock:
            self._answers.append(claims)
            nonce = str(claims.get("nonce"))
            known = nonce in self._nonces
            self._nonces.add(nonce)
            return not known

    @property
    def answers(self) -> tuple[dict[str, Any], ...]:
        """The claims of every answer, oldest first."""
        with self._lock:
            return tuple(self._answers)


def faults_of(
    claims: Mapping[str, Any], selection: Selection, *, issuer: str, client_id: str, deployment_id: str
) -> list[str]:
    """What the specification asks of an answer and Moodle does not look at."""
    expected = {
        "aud": issuer,
        _LTI + "deployment_id": deployment_id,
        _LTI + "message_type": "LtiDeepLinkingResponse",
        _LTI + "version": "1.3.0",
        _DL + "data": selection.data,
    }
    found = [
        f"{name} is {claims.get(name)!r}" for name, value in expected.items() if claims.get(name) != value
    ]
    if selection.data is None and _DL + "data" in claims:
        found.append("data is there, and none was given")
    if not claims.get("nonce"):
        found.append("no nonce")
    if claims.get("iss") != client_id:
        found.append("iss is not the client id")
    return found


def items_of(claims: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The content items; without any, an empty list."""
    items = claims.get(_DL + "content_items") or []
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def chosen_activity(item: Mapping[str, Any]) -> tuple[ChosenActivity, list[str]]:
    """What Moodle makes of an item, with what it spoils on the way (label, dates, sizes and targets it ignores)."""
    spoilt = []
    if item.get("type") != "ltiResourceLink":
        spoilt.append(f"type {item.get('type')!r} becomes an activity all the same")
    custom = {}
    for name, value in (item.get("custom") or {}).items():
        text = {True: "1", False: ""}.get(value, str(value)) if isinstance(value, bool) else str(value)
        first, *cut = text.splitlines() or [""]
        if cut or not isinstance(value, str):
            spoilt.append(f"custom value {name} is cut or changed")
        custom[name] = first
    line_item = item.get("lineItem")
    maximum, text_only = None, False
    if isinstance(line_item, dict):
        given = line_item.get("scoreMaximum", 100)
        whole = isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= MOST_POINTS
        text_only = not whole
        maximum = Decimal(given) if whole else Decimal(MOST_POINTS)
        if text_only:
            spoilt.append(f"scoreMaximum {given!r} makes a column that shows nothing")
    icon = item.get("icon")
    activity = ChosenActivity(
        title=str(item.get("title") or "Pix"),
        description=str(item.get("text") or ""),
        url=str(item.get("url") or ""),
        icon=str(icon.get("url") or "") if isinstance(icon, dict) else "",
        custom=custom,
        maximum=maximum,
        text_only=text_only,
        resource_id=str((line_item or {}).get("resourceId") or ""),
        tag=str((line_item or {}).get("tag") or ""),
    )
    return activity, spoilt
