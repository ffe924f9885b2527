"""How a visit travels from page to page: by a cookie of its own, or by what the platform keeps for it.

The page's address names the visit; the carrier proves it. Two tabs, or two people at one computer, have two visits and
never each other's.
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

from web.browser_token import BrowserCookie, mark_of
from workflows.visit import Role, Visit, read_visit_id

LIFETIME = timedelta(hours=8)
"""A working day: long enough to take a Pix test in another tab and come back."""
CLOCK_LEEWAY = timedelta(minutes=5)
_LONGEST = 3800
"""Characters that surely fit: browsers drop a cookie of more than 4,096 in silence, name and attributes included."""
HEADER = "X-Pixlti-Visit"
"""Brings what the platform kept. Only scripts of our own origin can send it: no other is let through (CORS)."""


class VisitCarrier(Protocol):
    """A way for a visit to come back with each page."""

    def find(self, request: Request, visit_id: str, now: datetime) -> Visit | None:
        """The visit this request proves, or None."""

    def in_forms(self, visit: Visit) -> str:
        """What forms and scripts of the visit's pages bring back beside their own token; mostly nothing."""


@dataclass(frozen=True, kw_only=True)
class CookieCarrier:
    """Carries the visit, signed, in a cookie that a frame of another site gets back (CHIPS).

    It is bound to the browser's own cookie: planted in another browser, or by another host of the domain, it is worth
    nothing.
    """

    secret: bytes
    browser: BrowserCookie

    def give(self, response: Response, visit: Visit, browser: str) -> None:
        """Set the cookie of this visit, for its pages only."""
        packed = {**_packed(visit), "m": mark_of(browser)}
        text = _sealed(packed, self._serializer)
        if len(text) > _LONGEST:
            text = _sealed({**packed, "b": None}, self._serializer)
        response.set_cookie(
            _name(visit.id),
            text,
            max_age=int(LIFETIME.total_seconds()),
            path=f"/visits/{visit.id}",
            secure=True,
            httponly=True,
            samesite="None",
            partitioned=True,
        )

    def find(self, request: Request, visit_id: str, now: datetime) -> Visit | None:
        """The visit of the cookie, where it is this one, of this browser, and not too old."""
        packed = _opened(request.cookies.get(_name(visit_id), ""), self._serializer)
        browser = self.browser.find(request)
        if browser is None or not hmac.compare_digest(str(packed.get("m")), mark_of(browser)):
            return None
        return _unpacked(packed, visit_id, now)

    def in_forms(self, visit: Visit) -> str:  # noqa: ARG002
        """Nothing: the cookie comes by itself."""
        return ""

    @property
    def _serializer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.secret, salt="pix-lti visit")


@dataclass(frozen=True, kw_only=True)
class StorageCarrier:
    """Carries the visit in the platform's storage: pages fetch it from there, and bring it in a header or a form."""

    secret: bytes

    def proof(self, visit: Visit) -> str:
        """What the platform is to keep."""
        return _sealed(_packed(visit), self._serializer)

    def find(self, request: Request, visit_id: str, now: datetime) -> Visit | None:
        """The visit that the header or the form proves."""
        proof = request.headers.get(HEADER, "")
        if request.method == "POST" and not proof:
            proof = request.form.get("form_token", "").partition(".")[2]
        return _unpacked(_opened(proof, self._serializer), visit_id, now)

    def in_forms(self, visit: Visit) -> str:
        """The proof itself: in the body of a form, never in an address."""
        return self.proof(visit)

    @property
    def _serializer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.secret, salt="pix-lti visit kept by a platform")


@dataclass(frozen=True, kw_only=True)
class VisitCarriers:
    """Both ways; the address tells which one a visit takes, so that neither stands in for the other."""

    cookies: CookieCarrier
    storage: StorageCarrier

    def find(self, request: Request, visit_id: str, now: datetime) -> Visit | None:
        """The visit this request proves, or None."""
        return self._of(visit_id).find(request, visit_id, now)

    def in_forms(self, visit: Visit) -> str:
        """What forms and scripts bring back beside their own token."""
        return self._of(visit.id).in_forms(visit)

    def _of(self, visit_id: str) -> VisitCarrier:
        return self.cookies if read_visit_id(visit_id).storage_target is None else self.storage


def form_token(secret: bytes, visit: Visit) -> str:
    """What a form of this visit must bring back: a page of another site, or of another visit, cannot know it."""
    return hmac.new(secret, f"form of visit {visit.id}".encode(), hashlib.sha256).hexdigest()


def is_form_token(secret: bytes, visit: Visit, token: str) -> bool:
    """Whether a form is of this visit (compared in constant time; what follows a dot is the carrier's)."""
    return hmac.compare_digest(form_token(secret, visit).encode(), token.partition(".")[0].encode())


def _name(visit_id: str) -> str:
    return f"pixlti_visit_{visit_id}"


def _sealed(packed: dict[str, object], serializer: URLSafeSerializer) -> str:
    return str(serializer.dumps(packed))


def _opened(text: str, serializer: URLSafeSerializer) -> dict[str, object]:
    """What was sealed; nothing where it was not."""
    try:
        found = serializer.loads(text)
    except BadData:
        return {}
    return found if isinstance(found, dict) else {}


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


def _unpacked(packed: dict[str, object], visit_id: str, now: datetime) -> Visit | None:
    """The visit, where it is the one the address names and not too old."""
    try:
        frames, back = packed["f"], packed["b"]
        if not isinstance(frames, list):
            return None
        visit = Visit(
            id=str(packed["i"]),
            person_id=int(str(packed["p"])),
            activity_id=int(str(packed["a"])),
            role=Role(str(packed["r"])),
            language=str(packed["l"]),
            began_at=datetime.fromtimestamp(int(str(packed["t"])), UTC),
            frame_origins=tuple(str(each) for each in frames),
            return_url=None if back is None else str(back),
        )
    except (KeyError, ValueError, TypeError):
        return None
    if visit.id != visit_id or not -CLOCK_LEEWAY <= now - visit.began_at <= LIFETIME:
        return None
    return visit
