"""The answer to a deep linking request: activities for a course, as one signed message. What it holds is exact.

Platforms differ in what they read and some break on what they do not expect, so nothing is sent that is not meant:
only activities of this tool, texts of one line, whole numbers, dates in UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from lti.claims import LTI
from lti.keys import ToolKey

DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
ANSWER_LIFETIME = timedelta(minutes=5)
"""Between the page that sends the answer and the platform that reads it: a person may have to press a button."""
ISSUED_BEFORE = timedelta(seconds=5)
"""Moodle allows no difference of clocks: an answer issued now, by a clock a second ahead of it, is refused."""
_LONGEST_TITLE = 255


@dataclass(frozen=True, kw_only=True)
class ColumnOffer:
    """The gradebook column that comes with an activity. Moodle takes only whole maxima."""

    label: str
    resource_id: str
    tag: str
    maximum: int = 20


@dataclass(frozen=True, kw_only=True)
class ActivityOffer:
    """One activity to add: where it launches, what it is called, its column, its dates, what each launch brings back.

    `opens_at` and `closes_at` are aware; the activity itself stays visible after `closes_at`, with its mark.
    """

    url: str
    title: str
    text: str
    icon_url: str
    custom: Mapping[str, str]
    column: ColumnOffer | None
    opens_at: datetime | None = None
    closes_at: datetime | None = None

    def as_content_item(self) -> dict[str, Any]:
        """The `ltiResourceLink` of the specification; what is not known is left out, not null."""
        item: dict[str, Any] = {
            "type": "ltiResourceLink",
            "url": self.url,
            "title": _one_line(self.title)[:_LONGEST_TITLE],
            "text": _one_line(self.text),
            "icon": {"url": self.icon_url},
            "custom": {name: _one_line(value) for name, value in self.custom.items()},
        }
        if self.column is not None:
            item["lineItem"] = {
                "scoreMaximum": self.column.maximum,
                "label": _one_line(self.column.label)[:_LONGEST_TITLE],
                "resourceId": self.column.resource_id,
                "tag": self.column.tag,
            }
        available = _period(self.opens_at, None)
        submission = _period(self.opens_at, self.closes_at)
        if available:
            item["available"] = available
        if submission:
            item["submission"] = submission
        return item


@dataclass(frozen=True, kw_only=True)
class DeepLinkingAnswer:
    """What goes back to the platform that asked. `data` is what it gave, to the letter; None: it gave nothing.

    `nonce` is the answer's own: sent twice, a platform can know it again.
    """

    issuer: str
    client_id: str
    deployment_id: str
    nonce: str
    content_items: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    data: object | None = None
    message: str | None = None

    def claims(self, now: datetime) -> dict[str, Any]:
        """The claims of the message: we are its issuer under the name that the platform gave us."""
        claims: dict[str, Any] = {
            "iss": self.client_id,
            "aud": self.issuer,
            "iat": int((now - ISSUED_BEFORE).timestamp()),
            "exp": int((now + ANSWER_LIFETIME).timestamp()),
            "nonce": self.nonce,
            f"{LTI}deployment_id": self.deployment_id,
            f"{LTI}message_type": "LtiDeepLinkingResponse",
            f"{LTI}version": "1.3.0",
            f"{DEEP_LINKING}content_items": [dict(item) for item in self.content_items],
        }
        if self.data is not None:
            claims[f"{DEEP_LINKING}data"] = self.data
        if self.message is not None:
            claims[f"{DEEP_LINKING}msg"] = _one_line(self.message)
        return claims

    def signed(self, key: ToolKey, now: datetime) -> str:
        """The message, signed: the value of the form field `JWT`."""
        return jwt.encode(self.claims(now), key.private_key, algorithm="RS256", headers={"kid": key.kid})


def _one_line(text: str) -> str:
    """A text without line breaks (one cuts a custom value in Moodle) and without what cannot be printed."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


def _period(start: datetime | None, end: datetime | None) -> dict[str, str]:
    found = {}
    if start is not None:
        found["startDateTime"] = _in_utc(start)
    if end is not None:
        found["endDateTime"] = _in_utc(end)
    return found


def _in_utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
