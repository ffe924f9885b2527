"""Access tokens: the client assertion is checked to the letter of the specification, tokens are opaque.

Moodle leaves `iss`, `aud` and `jti` unchecked; here they are refused, so that a test sees the mistake.
"""

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from lti1p3platform.exceptions import LtiException
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.registration import Registration

from demo.lms.keys import ToolKeySet

_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LINE_ITEM = _AGS + "lineitem"
LINE_ITEM_READONLY = _AGS + "lineitem.readonly"
RESULT_READONLY = _AGS + "result.readonly"
SCORE = _AGS + "score"
MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"

AGS_SCOPES = (LINE_ITEM, LINE_ITEM_READONLY, RESULT_READONLY, SCORE)
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_SECONDS = 3600
_REQUIRED_CLAIMS = ("iss", "sub", "aud", "exp", "iat", "jti")


class TokenRefused(Exception):
    """400 with `error`; `violation` is a short word where the tool made a mistake."""

    def __init__(self, error: str, *, violation: str = "token_request") -> None:
        super().__init__(error)
        self.error = error
        self.violation = violation


@dataclass(frozen=True, kw_only=True)
class AccessToken:
    """An opaque token with what it allows, until when."""

    text: str
    scopes: frozenset[str]
    expires_at: datetime


class TokenDesk:
    """Checks token requests and remembers the tokens it gave; safe to use from several threads."""

    def __init__(
        self,
        *,
        client_id: str,
        token_url: str,
        clock: Callable[[], datetime],
        permitted: frozenset[str] = frozenset((*AGS_SCOPES, MEMBERS)),
    ) -> None:
        self._client_id = client_id
        self._token_url = token_url
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: dict[str, AccessToken] = {}
        self._seen: set[str] = set()
        self.key_set = ToolKeySet()
        self.permitted = permitted

    def grant(self, form: Mapping[str, str], *, jwks_url: str) -> AccessToken:
        """A token for a good request; TokenRefused for another, KeySetUnreachable without the tool's keys."""
        if form.get("grant_type") != "client_credentials":
            raise TokenRefused("unsupported_grant_type")
        if form.get("client_assertion_type") != JWT_BEARER or not form.get("client_assertion"):
            raise TokenRefused("invalid_request")
        claims = self._verified(form["client_assertion"], jwks_url)
        self._check(claims)
        scopes = frozenset(form.get("scope", "").split()) & self.permitted
        if not scopes:
            raise TokenRefused("invalid_scope")
        token = AccessToken(
            text=secrets.token_hex(16),
            scopes=scopes,
            expires_at=self._clock() + timedelta(seconds=TOKEN_SECONDS),
        )
        with self._lock:
            self._tokens[token.text] = token
        return token

    def find(self, text: str) -> AccessToken | None:
        """The token of that text if it still holds, or None."""
        with self._lock:
            token = self._tokens.get(text)
        return token if token is not None and token.expires_at > self._clock() else None

    def revoke_all(self) -> None:
        """Every token given so far is worth nothing from now on (401)."""
        with self._lock:
            self._tokens.clear()

    def _verified(self, assertion: str, jwks_url: str) -> dict[str, Any]:
        """The claims once the signature holds; the key set is fetched again after a first failure."""
        try:
            return _decode(assertion, self.key_set, jwks_url, fresh=False)
        except (LtiException, jwt.PyJWTError):
            pass
        try:
            return _decode(assertion, self.key_set, jwks_url, fresh=True)
        except jwt.ExpiredSignatureError as problem:
            raise TokenRefused("Expired token", violation="assertion_expired") from problem
        except jwt.ImmatureSignatureError as problem:
            raise TokenRefused(
                "Cannot handle token with iat prior to now", violation="assertion_iat"
            ) from problem
        except (LtiException, jwt.PyJWTError) as problem:
            raise TokenRefused(str(problem), violation="assertion_signature") from problem

    def _check(self, claims: Mapping[str, Any]) -> None:
        missing = [name for name in _REQUIRED_CLAIMS if not claims.get(name)]
        if missing:
            raise TokenRefused("invalid_request", violation=f"assertion_without_{missing[0]}")
        if claims["sub"] != self._client_id:
            raise TokenRefused("invalid_client", violation="assertion_sub")
        if claims["iss"] != self._client_id:
            raise TokenRefused("invalid_client", violation="assertion_iss")
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if self._token_url not in audience:
            raise TokenRefused("invalid_client", violation="assertion_aud")
        with self._lock:
            if claims["jti"] in self._seen:
                raise TokenRefused("invalid_client", violation="jti_replayed")
            self._seen.add(claims["jti"])


class _Assertions(LTI1P3PlatformConfAbstract):
    """The library's verifier over a key set of ours; one per request, as it keeps per-request state."""

    def init_platform_config(self, **kwargs: Any) -> None:
        self._registration = kwargs["registration"]

    def get_registration_by_params(self, **kwargs: Any) -> Registration:
        registration: Registration = kwargs["registration"]
        return registration


def _decode(assertion: str, keys: ToolKeySet, jwks_url: str, *, fresh: bool) -> dict[str, Any]:
    registration = Registration().set_tool_key_set(keys.get(jwks_url, fresh=fresh))
    claims: dict[str, Any] = _Assertions(registration=registration).tool_validate_and_decode(assertion)
    return claims
