"""The signed state that travels through the platform: nothing is stored between login and launch.

It binds the nonce to the registration and to the browser. One use is enforced by the nonce, at the launch.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

from lti.errors import LaunchRefused, RefusalReason

STATE_LIFETIME = timedelta(minutes=10)
# A server's clock may step back between login and launch, and several servers' clocks differ.
CLOCK_LEEWAY = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class LoginState:
    """What a login remembers for its launch; `login`: its parameters (of long ones only a few)."""

    nonce: str
    registration_id: int | str
    target_link_uri: str
    issued_at: datetime
    login: Mapping[str, str] = field(default_factory=dict)

    @property
    def nonce_expires_at(self) -> datetime:
        """Return until when the used nonce must be remembered: well beyond the life of the state."""
        return self.issued_at + STATE_LIFETIME + timedelta(hours=1)


def seal_state(state: LoginState, *, browser: str, secret: bytes) -> str:
    """Return the signed text of a state."""
    parts: list[object] = [
        state.nonce,
        state.registration_id,
        _browser_mark(browser, state.nonce),
        int(state.issued_at.timestamp()),
        state.target_link_uri,
    ]
    sealed = _serializer(secret).dumps([*parts, dict(state.login)])
    return sealed if isinstance(sealed, str) else sealed.decode("ascii")


def open_state(
    text: str, *, browser: str | None, secret: bytes, now: datetime
) -> tuple[LoginState, bool | None]:
    """Verify a state's signature and age; return it with whether it is of this browser (None: no cookie).

    Raises LaunchRefused: STATE_INVALID, STATE_EXPIRED.
    """
    try:
        nonce, registration_id, mark, issued, target, login = _serializer(secret).loads(text)
        issued_at = datetime.fromtimestamp(issued, UTC)
    except (BadData, ValueError, TypeError, OverflowError) as error:
        raise LaunchRefused(RefusalReason.STATE_INVALID, "state: not one we signed") from error
    state = LoginState(
        nonce=nonce,
        registration_id=registration_id,
        target_link_uri=target,
        issued_at=issued_at,
        login=login,
    )
    if not -CLOCK_LEEWAY <= now - issued_at <= STATE_LIFETIME + CLOCK_LEEWAY:
        raise LaunchRefused(RefusalReason.STATE_EXPIRED, f"state: issued at {issued_at:%Y-%m-%dT%H:%M:%SZ}")
    if not browser:
        return state, None
    return state, hmac.compare_digest(str(mark), _browser_mark(browser, nonce))


def _browser_mark(browser: str, nonce: str) -> str:
    """Return what the state keeps of the browser's token: enough to recognise it, not to guess it."""
    digest = hashlib.sha256(f"{nonce}\n{browser}".encode("utf-8", "backslashreplace"))
    return digest.hexdigest()[:32]


def _serializer(secret: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(
        secret,
        salt="pix-lti login state 1",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
