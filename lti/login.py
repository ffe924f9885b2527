"""Third-party initiated login: read the request, choose the registration, send the browser on."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from lti.errors import LaunchRefused, RefusalReason
from lti.origins import same_host, with_query
from lti.registration import Registration, Registrations
from lti.state import LoginState, seal_state

# Longest value of each parameter, in characters; a message hint may be a signed token of the platform's.
_LIMITS = {
    "iss": 1000,
    "login_hint": 2000,
    "target_link_uri": 4000,
    "lti_message_hint": 8000,
    "client_id": 255,
    "lti_deployment_id": 255,
    "lti_storage_target": 255,
}
LONGEST_AUTHORISATION = 4000
"""Characters of the address sent to a platform for which every server's request line has room."""
_REQUIRED = ("iss", "login_hint", "target_link_uri")


@dataclass(frozen=True, kw_only=True)
class LoginRequest:
    """What a platform asks when somebody clicks on an activity (the hints go back byte for byte)."""

    iss: str
    login_hint: str
    target_link_uri: str
    client_id: str | None = None
    lti_message_hint: str | None = None
    deployment_id: str | None = None
    storage_target: str | None = None

    def as_parameters(self) -> dict[str, str]:
        """Return the request as the parameters that make the same login again (for a link or a form)."""
        found = {
            "iss": self.iss,
            "login_hint": self.login_hint,
            "target_link_uri": self.target_link_uri,
            "client_id": self.client_id,
            "lti_message_hint": self.lti_message_hint,
            "lti_deployment_id": self.deployment_id,
            "lti_storage_target": self.storage_target,
        }
        return {name: value for name, value in found.items() if value is not None}


def read_login(params: Mapping[str, str]) -> LoginRequest:
    """Read the parameters of a login, sent by GET or POST.

    Raises LaunchRefused: LOGIN_INCOMPLETE when one is missing or holds control characters, OVERSIZED.
    """
    found: dict[str, str | None] = {}
    for name, limit in _LIMITS.items():
        value = params.get(name) or None
        if value is None and name in _REQUIRED:
            raise LaunchRefused(RefusalReason.LOGIN_INCOMPLETE, f"login without {name}")
        if value is not None and len(value) > limit:
            raise LaunchRefused(RefusalReason.OVERSIZED, f"login: {name} longer than {limit} characters")
        if value is not None and not value.isprintable():
            raise LaunchRefused(RefusalReason.LOGIN_INCOMPLETE, f"login: {name} holds control characters")
        found[name] = value
    return LoginRequest(
        iss=found["iss"] or "",
        login_hint=found["login_hint"] or "",
        target_link_uri=found["target_link_uri"] or "",
        client_id=found["client_id"],
        lti_message_hint=found["lti_message_hint"],
        deployment_id=found["lti_deployment_id"],
        storage_target=found["lti_storage_target"],
    )


def choose_registration(request: LoginRequest, registrations: Registrations) -> Registration:
    """Find whose login this is.

    Without a client id, the only enabled registration of the issuer is taken; of several, the only one that
    knows the deployment the login names. Raises LaunchRefused: UNKNOWN_ISSUER, UNKNOWN_CLIENT,
    REGISTRATION_DISABLED, SEVERAL_CLIENTS.
    """
    found = registrations.find(request.iss, request.client_id)
    if not found:
        known = request.client_id is not None and registrations.find(request.iss, None)
        reason = RefusalReason.UNKNOWN_CLIENT if known else RefusalReason.UNKNOWN_ISSUER
        raise LaunchRefused(reason, "no registration for this issuer and client", platform_issuer=request.iss)
    enabled = [registration for registration in found if registration.enabled]
    if not enabled:
        raise LaunchRefused(
            RefusalReason.REGISTRATION_DISABLED, "registration disabled", platform_issuer=request.iss
        )
    if len(enabled) > 1:
        enabled = [item for item in enabled if request.deployment_id in item.deployment_ids]
    if len(enabled) != 1:
        raise LaunchRefused(
            RefusalReason.SEVERAL_CLIENTS,
            "several clients of this issuer, and the login tells neither client_id nor a known deployment",
            platform_issuer=request.iss,
        )
    return enabled[0]


def begin_login(
    request: LoginRequest,
    registration: Registration,
    *,
    redirect_uri: str,
    public_url: str,
    browser: str,
    secret: bytes,
    now: datetime,
) -> str:
    """Return the address of the platform's authorisation endpoint to send the browser to.

    `redirect_uri` comes from our configuration, to the letter as registered; `browser` is the random token
    kept in the browser's cookie, or for it by the platform. Nothing is stored: the state is signed and carries
    what the launch compares.
    Raises LaunchRefused (FOREIGN_TARGET) when `target_link_uri` is of another host than `public_url`.
    """
    if not same_host(request.target_link_uri, public_url):
        raise LaunchRefused(
            RefusalReason.FOREIGN_TARGET,
            "login: target_link_uri is not an address of this tool",
            platform_issuer=registration.issuer,
        )
    state = LoginState(
        nonce=secrets.token_urlsafe(18),
        registration_id=registration.id,
        target_link_uri=request.target_link_uri,
        issued_at=now,
        login=request.as_parameters(),
    )
    parameters = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": registration.client_id,
        "redirect_uri": redirect_uri,
        "login_hint": request.login_hint,
        "nonce": state.nonce,
    }
    if request.lti_message_hint is not None:
        parameters["lti_message_hint"] = request.lti_message_hint
    sealed = seal_state(state, browser=browser, secret=secret)
    address = with_query(registration.auth_login_url, **parameters, state=sealed)
    if len(address) > LONGEST_AUTHORISATION:
        # Hints so long would travel twice: better no link to a new window than a request no server reads.
        kept = {"iss": request.iss, "lti_storage_target": request.storage_target}
        state = replace(state, login={name: value for name, value in kept.items() if value is not None})
        sealed = seal_state(state, browser=browser, secret=secret)
        address = with_query(registration.auth_login_url, **parameters, state=sealed)
    return address
