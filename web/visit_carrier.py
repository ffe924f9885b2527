"""How a visit travels from page to page. One carrier today: a cookie for the pages of one visit only.

The page's address names the visit; the cookie, which only those pages receive, proves it. Two tabs, or two people at
one computer, have two visits and never each other's.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from flask import Request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response

from workflows.visit import Role, Visit

LIFETIME = timedelta(hours=8)
"""A working day: long enough to take a Pix test in another tab and come back."""
CLOCK_LEEWAY = timedelta(minutes=5)


class VisitCarrier(Protocol):
    """A way for a visit to come back with each page."""

    def give(self, response: Response, visit: Visit) -> None:
        """Let the browser bring this visit back."""

    def find(self, request: Request, visit_id: str, now: datetime) -> Visit | None:
        """The visit this request proves, or None."""


@dataclass(frozen=True, kw_only=True)
class CookieCarrier:
    """Carries the visit, signed, in a cookie that a frame of another site gets back (CHIPS)."""

    secret: bytes

    def give(self, response: Response, visit: Visit) -> None:
        """Set the cookie of this visit, for its pages only."""
        response.set_cookie(
            _name(visit.id),
            str(self._serializer.dumps(_packed(visit))),
            max_age=int(LIFETIME.total_seconds()),
            path=f"/visits/{visit.id}",
            secure=True,
            httponly=True,
            samesite="None",
            partitioned=True,
        )

    def find(self, request: Request, visit_id: str, now: datetime) -> Visit | None:
        """The visit of the cookie, where it is this one and not too old."""
        try:
            visit = _unpacked(self._serializer.loads(request.cookies.get(_name(visit_id), "")))
        except (BadData, KeyError, ValueError, TypeError):
            return None
        if visit.id != visit_id or not -CLOCK_LEEWAY <= now - visit.began_at <= LIFETIME:
            return None
        return visit

    @property
    def _serializer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.secret, salt="pix-lti visit")


def form_token(secret: bytes, visit: Visit) -> str:
    """What a form of this visit must bring back: a page of another site, or of another visit, cannot know it."""
    return hmac.new(secret, f"form of visit {visit.id}".encode(), hashlib.sha256).hexdigest()


def is_form_token(secret: bytes, visit: Visit, token: str) -> bool:
    """Whether a form is of this visit (compared in constant time)."""
    return hmac.compare_digest(form_token(secret, visit).encode(), token.encode())


def _name(visit_id: str) -> str:
    return f"pixlti_visit_{visit_id}"


def _packed(visit: Visit) -> dict[str, object]:
    return {
        "i": visit.id,
        "p": visit.person_id,
        "a": visit.activity_id,
        "r": visit.role.value,
        "l": visit.language,
        "t": int(visit.began_at.timestamp()),
        "f": list(visit.frame_origins),
        "b": visit.return_url,
    }


def _unpacked(packed: dict[str, object]) -> Visit:
    frames, back = packed["f"], packed["b"]
    if not isinstance(frames, list):
        raise ValueError("frame origins are a list")
    return Visit(
        id=str(packed["i"]),
        person_id=int(str(packed["p"])),
        activity_id=int(str(packed["a"])),
        role=Role(str(packed["r"])),
        language=str(packed["l"]),
        began_at=datetime.fromtimestamp(int(str(packed["t"])), UTC),
        frame_origins=tuple(str(each) for each in frames),
        return_url=None if back is None else str(back),
    )
