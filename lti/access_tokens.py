"""Access tokens of the platforms: asked for once, shared by all threads, renewed before they run out."""

import json
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt

from lti.errors import NotAuthorised, ServerTrouble, TokenRefused, TooManyRequests
from lti.keys import Keyring
from lti.registration import Registration
from lti.retry_after import read_retry_after
from lti.transport import Answer, Transport

RENEW_BEFORE = timedelta(seconds=60)
DEFAULT_LIFETIME = timedelta(minutes=5)
"""Life of a token whose `expires_in` is missing or unreadable."""
LONGEST_LIFETIME = timedelta(hours=24)
_ISSUED_BEFORE = timedelta(seconds=10)
"""`iat` lies this far in the past: Moodle checks it against its own clock, with no leeway."""
_ASSERTION_LIFETIME = timedelta(seconds=60)
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(kw_only=True)
class _Slot:
    """The token of one registration and scope set; the lock makes one fetch at a time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    token: str | None = None
    renew_at: datetime | None = None


class AccessTokens:
    """Gets tokens by client credentials, with a signed assertion; `keyring` gives the current signing key."""

    def __init__(
        self,
        transport: Transport,
        keyring: Callable[[], Keyring],
        clock: Callable[[], datetime],
    ) -> None:
        self._transport = transport
        self._keyring = keyring
        self._clock = clock
        self._lock = threading.Lock()
        self._slots: dict[tuple[int | str, str, str, str | None, frozenset[str]], _Slot] = {}

    def get(self, registration: Registration, scopes: Iterable[str]) -> str:
        """Return a token for these scopes, from memory while it is good for another minute.

        Raises NotAuthorised when only these scopes are refused; TokenRefused, TooManyRequests,
        ServerTrouble, Unreachable, ForbiddenAddress.
        """
        wanted = frozenset(scopes)
        slot = self._slot(registration, wanted)
        with slot.lock:
            now = self._clock()
            if slot.token is not None and slot.renew_at is not None and now < slot.renew_at:
                return slot.token
            slot.token, lifetime = self._fetch(registration, wanted, now)
            slot.renew_at = now + lifetime - min(RENEW_BEFORE, lifetime / 2)
            return slot.token

    def forget(self, registration: Registration, scopes: Iterable[str], token: str) -> None:
        """Drop a token the platform refused, unless another thread has renewed it already."""
        slot = self._slot(registration, frozenset(scopes))
        with slot.lock:
            if slot.token == token:
                slot.token = None

    def _slot(self, registration: Registration, scopes: frozenset[str]) -> _Slot:
        key = (
            registration.id,
            registration.client_id,
            registration.auth_token_url,
            registration.token_audience,
            scopes,
        )
        with self._lock:
            return self._slots.setdefault(key, _Slot())

    def _fetch(
        self, registration: Registration, scopes: frozenset[str], now: datetime
    ) -> tuple[str, timedelta]:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": self._assertion(registration, now),
            "scope": " ".join(sorted(scopes)),
        }
        answer = self._transport.send(
            "POST",
            registration.auth_token_url,
            registration=registration,
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            body=urlencode(form).encode("ascii"),
        )
        return _read_token(answer, registration, scopes, now)

    def _assertion(self, registration: Registration, now: datetime) -> str:
        """Sign who we are: iss = sub = client id, aud = the token address (or its own name), one minute of life."""
        key = self._keyring().active
        claims = {
            "iss": registration.client_id,
            "sub": registration.client_id,
            "aud": registration.token_audience or registration.auth_token_url,
            "iat": int((now - _ISSUED_BEFORE).timestamp()),
            "exp": int((now + _ASSERTION_LIFETIME).timestamp()),
            "jti": secrets.token_urlsafe(18),
        }
        return jwt.encode(claims, key.private_key, algorithm="RS256", headers={"kid": key.kid})


def _read_token(
    answer: Answer, registration: Registration, scopes: frozenset[str], now: datetime
) -> tuple[str, timedelta]:
    """Read the answer of a token endpoint, labelled JSON or not; return the token and its life."""
    who = f"token endpoint of {registration.name}"
    if answer.status == 429:
        wait = read_retry_after(answer.headers.get("Retry-After"), now)
        raise TooManyRequests(f"{who}: too many requests", retry_after=wait)
    if answer.status >= 500 or answer.status == 408:
        raise ServerTrouble(f"{who}: status {answer.status}", status=answer.status)
    document = _read_object(answer.text)
    token = document.get("access_token")
    if document.get("error") == "invalid_scope":
        raise NotAuthorised(f"{who} does not grant these scopes", status=answer.status)
    if answer.status not in {200, 201} or not isinstance(token, str) or not _is_header_safe(token):
        hint = "; can the platform read our key set?" if answer.status == 404 else ""
        raise TokenRefused(
            f"{who} refuses: status {answer.status}, {answer.excerpt(120)!r}{hint}",
            status=answer.status,
            text=answer.excerpt(),
        )
    granted = document.get("scope")
    if isinstance(granted, str) and granted.strip() and not scopes & set(granted.split()):
        raise NotAuthorised(f"{who} grants none of the scopes asked for", status=answer.status)
    return token, _lifetime(document.get("expires_in"))


def _read_object(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _is_header_safe(token: str) -> bool:
    return bool(token) and token.isascii() and token.isprintable() and " " not in token


def _lifetime(expires_in: object) -> timedelta:
    """Read `expires_in` (seconds, a number or its text)."""
    try:
        seconds = float(expires_in) if isinstance(expires_in, int | float | str) else 0.0
    except (ValueError, OverflowError):
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        return DEFAULT_LIFETIME
    return min(timedelta(seconds=min(seconds, 1e8)), LONGEST_LIFETIME)
