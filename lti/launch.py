"""The launch: from the form a platform posts to a verified `Launch` (or `DeepLinking`), or `LaunchRefused`."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from lti.errors import LaunchRefused, RefusalReason
from lti.id_token import CLOCK_SKEW, LONGEST_TOKEN, verify_id_token
from lti.login import LoginRequest, read_login
from lti.message import Ags, Context, DeepLinking, DeepLinkingSettings, Launch, MessageType, ResourceLink
from lti.message_claims import message_from_claims
from lti.platform_keys import PlatformKeys
from lti.registration import Registration, Registrations
from lti.state import LoginState, open_state

__all__ = [
    "Ags",
    "Context",
    "DeepLinking",
    "DeepLinkingSettings",
    "Launch",
    "MessageType",
    "NonceLedger",
    "ResourceLink",
    "read_launch",
    "refuse_platform_error",
]

_LONGEST_STATE_TAKEN = 8000


class NonceLedger(Protocol):
    """Where used nonces are remembered, for all processes."""

    def consume(self, nonce: str, expires_at: datetime) -> bool:
        """Remember a nonce until `expires_at`; False when it is there already. Atomic."""


def read_launch(
    form: Mapping[str, str],
    *,
    browser: str | None,
    registrations: Registrations,
    platform_keys: PlatformKeys,
    nonces: NonceLedger,
    secret: bytes,
    public_url: str,
    now: datetime,
    leeway: timedelta = CLOCK_SKEW,
) -> Launch | DeepLinking:
    """Verify a launch, or a request for content, and return what it says.

    `browser` is the token of the browser's cookie, or the one the platform kept for it; None when neither came
    back. The nonce is consumed last, after every other check, so a refused launch uses nothing up. Raises
    LaunchRefused, and nothing else of ours; errors of `registrations`, `nonces` and the key store pass through.
    """
    state: LoginState | None = None
    registration: Registration | None = None
    try:
        refuse_platform_error(form)
        state, ours = _read_state(form, browser, secret, now)
        registration = registrations.get(state.registration_id)
        _check_browser(state, ours)
        claims = verify_id_token(
            _token(form),
            registration=_usable(registration),
            registrations=registrations,
            platform_keys=platform_keys,
            nonce=state.nonce,
            now=now,
            leeway=leeway,
        )
        launch = message_from_claims(claims, _usable(registration), public_url=public_url)
        if not nonces.consume(state.nonce, state.nonce_expires_at):
            raise LaunchRefused(RefusalReason.NONCE_USED, "this launch was already used")
    except LaunchRefused as refusal:
        if refusal.platform_issuer is None:
            refusal.platform_issuer = registration.issuer if registration else _issuer_of(form, secret, now)
        raise
    return launch


def refuse_platform_error(form: Mapping[str, str]) -> None:
    """Refuse an error the platform sends to the launch address (OAuth's `error`, `error_description`)."""
    if error := form.get("error"):
        description = form.get("error_description") or ""
        told = "".join(sign for sign in f"{error[:100]}: {description[:300]}" if sign.isprintable())
        raise LaunchRefused(RefusalReason.LMS_ERROR, told.rstrip(": "))


def _read_state(
    form: Mapping[str, str], browser: str | None, secret: bytes, now: datetime
) -> tuple[LoginState, bool | None]:
    text = form.get("state")
    if not text:
        raise LaunchRefused(RefusalReason.STATE_MISSING, "no state in the form")
    if len(text) > _LONGEST_STATE_TAKEN:
        raise LaunchRefused(RefusalReason.OVERSIZED, "state too long")
    return open_state(text, browser=browser, secret=secret, now=now)


def _check_browser(state: LoginState, ours: bool | None) -> None:
    """Refuse a launch that another browser began, or one whose cookie did not come back (to try again)."""
    if ours is None:
        raise LaunchRefused(
            RefusalReason.COOKIE_MISSING,
            "the browser did not send our cookie back",
            retry_login=_login_of(state),
        )
    if not ours:
        raise LaunchRefused(RefusalReason.STATE_OTHER_BROWSER, "the state belongs to another browser")


def _login_of(state: LoginState) -> LoginRequest | None:
    return read_login(state.login) if "login_hint" in state.login else None


def _token(form: Mapping[str, str]) -> str:
    token = form.get("id_token")
    if not token:
        raise LaunchRefused(RefusalReason.TOKEN_MISSING, "no id_token in the form")
    if len(token) > LONGEST_TOKEN:
        raise LaunchRefused(RefusalReason.OVERSIZED, f"id_token longer than {LONGEST_TOKEN} characters")
    return token


def _usable(registration: Registration | None) -> Registration:
    if registration is None:
        raise LaunchRefused(RefusalReason.UNKNOWN_CLIENT, "the registration of this login is gone")
    if not registration.enabled:
        raise LaunchRefused(RefusalReason.REGISTRATION_DISABLED, "registration disabled")
    return registration


def _issuer_of(form: Mapping[str, str], secret: bytes, now: datetime) -> str | None:
    """Return the issuer a refused form's own state names, if it is a state of ours (for the page and the log)."""
    text = form.get("state") or ""
    if not text or len(text) > _LONGEST_STATE_TAKEN:
        return None
    try:
        state, _ = open_state(text, browser=None, secret=secret, now=now)
    except LaunchRefused:
        return None
    return state.login.get("iss")
