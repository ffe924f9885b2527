"""The platform's id_token: its signature, for whom and when it was made. What it says is read elsewhere.

The algorithm is RS256 whatever the token says, and the key comes from the registration's own key set.
"""

import hmac
import json
import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.types import Options
from jwt.utils import base64url_decode

from lti.errors import LaunchRefused, RefusalReason
from lti.platform_keys import PlatformKeys
from lti.registration import Registration, Registrations

LONGEST_TOKEN = 256 * 1024
CLOCK_SKEW = timedelta(seconds=10)
OLDEST_ISSUE = timedelta(minutes=10)
_TOKEN = re.compile(r"([\w-]+={0,2})\.([\w-]+={0,2})\.([\w-]*={0,2})", re.ASCII)
# What PyJWT is not to check: we do, against our clock and with our leeway.
_OURS = Options(
    verify_exp=False,
    verify_nbf=False,
    verify_iat=False,
    verify_aud=False,
    verify_iss=False,
    verify_sub=False,
    verify_jti=False,
)


def verify_id_token(
    token: str,
    *,
    registration: Registration,
    registrations: Registrations,
    platform_keys: PlatformKeys,
    nonce: str,
    now: datetime,
    leeway: timedelta = CLOCK_SKEW,
) -> dict[str, Any]:
    """Return the claims of a token that this registration's platform made for us, now, for this login.

    Raises LaunchRefused with the most telling reason: the shape first, then for whom, then the signature, then
    the times and the nonce.
    """
    header, unverified = _read_unverified(token)
    key_id = _check_header(header)
    _check_audience(unverified, registration, registrations)
    claims = _verified(token, registration, key_id, platform_keys)
    _check_times(claims, now, leeway)
    found = claims.get("nonce")
    if not isinstance(found, str) or not found:
        raise LaunchRefused(RefusalReason.NONCE_MISSING, "token without nonce")
    if not hmac.compare_digest(found.encode("utf-8", "replace"), nonce.encode()):
        raise LaunchRefused(RefusalReason.NONCE_FOREIGN, "the token's nonce is not the one of this login")
    return claims


def _read_unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims as they stand, unverified: only ever used to refuse, or to choose the key.

    Read here once rather than by the library, which reads everything anew for each question.
    """
    if len(token) > LONGEST_TOKEN:
        raise LaunchRefused(RefusalReason.OVERSIZED, f"id_token longer than {LONGEST_TOKEN} characters")
    parts = _TOKEN.fullmatch(token)
    try:
        if parts is None:
            raise ValueError("not three parts of base64url")
        header, claims = json.loads(base64url_decode(parts[1])), json.loads(base64url_decode(parts[2]))
    except (ValueError, RecursionError) as error:
        raise LaunchRefused(RefusalReason.TOKEN_MALFORMED, "id_token: not a JSON Web Token") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise LaunchRefused(RefusalReason.TOKEN_MALFORMED, "id_token: not a JSON Web Token")
    return header, claims


def _check_header(header: Mapping[str, Any]) -> str:
    """Return the key id, after checking that the header asks for nothing but RS256."""
    if header.get("alg") != "RS256":
        raise LaunchRefused(RefusalReason.ALGORITHM, "id_token: the algorithm must be RS256")
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not key_id:
        raise LaunchRefused(RefusalReason.KEY_ID_MISSING, "id_token: no kid in the header")
    return key_id


def _verified(
    token: str, registration: Registration, key_id: str, platform_keys: PlatformKeys
) -> dict[str, Any]:
    """Return the claims; a signature that fails is tried once more where the key has changed under its id."""
    key = platform_keys.find(registration, key_id)
    try:
        return _decode(token, key)
    except LaunchRefused as refused:
        if refused.reason is not RefusalReason.BAD_SIGNATURE:
            raise
        changed = platform_keys.find_changed(registration, key_id, key)
        if changed is None:
            raise
        return _decode(token, changed)


def _decode(token: str, key: RSAPublicKey) -> dict[str, Any]:
    """Return the claims of a token whose signature is of this key."""
    try:
        return jwt.decode(token, key=key, algorithms=["RS256"], options=_OURS)
    except jwt.InvalidSignatureError as error:
        raise LaunchRefused(RefusalReason.BAD_SIGNATURE, "id_token: signature of another key") from error
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise LaunchRefused(RefusalReason.TOKEN_MALFORMED, "id_token: not a JSON Web Token") from error


def _check_audience(claims: Mapping[str, Any], registration: Registration, known: Registrations) -> None:
    """Refuse a token of another issuer or for another client, telling a known other registration apart."""
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or not all(isinstance(item, str) for item in audiences):
        raise LaunchRefused(RefusalReason.WRONG_AUDIENCE, "aud must be a string or a list of strings")
    issuer = claims.get("iss")
    if issuer != registration.issuer or registration.client_id not in audiences:
        if _is_known(issuer, audiences, known):
            raise LaunchRefused(
                RefusalReason.STATE_OTHER_REGISTRATION,
                "the state belongs to another registration than the token",
            )
        if issuer != registration.issuer:
            raise LaunchRefused(RefusalReason.WRONG_ISSUER, "iss is not the issuer of this registration")
        raise LaunchRefused(RefusalReason.WRONG_AUDIENCE, "aud does not hold our client id")
    party = claims.get("azp")
    if party is None and len(audiences) > 1:
        raise LaunchRefused(RefusalReason.WRONG_AUTHORISED_PARTY, "several audiences, and no azp")
    if party is not None and party != registration.client_id:
        raise LaunchRefused(RefusalReason.WRONG_AUTHORISED_PARTY, "azp is not our client id")


def _is_known(issuer: object, audiences: list[str], known: Registrations) -> bool:
    """Tell whether another registration of ours is meant; nothing odd is looked up, it is not verified yet."""
    if not isinstance(issuer, str) or not issuer.isprintable() or len(issuer) > 1000:
        return False
    return any(known.find(issuer, item) for item in audiences[:10] if item.isprintable() and len(item) <= 255)


def _check_times(claims: Mapping[str, Any], now: datetime, leeway: timedelta) -> None:
    """Refuse a token without exp or iat, too old, not yet valid, or made in the future, beyond the leeway."""
    instant, skew = now.timestamp(), leeway.total_seconds()
    expires, issued = _seconds(claims, "exp"), _seconds(claims, "iat")
    if expires is None or issued is None:
        raise LaunchRefused(RefusalReason.TIMES_MISSING, "exp and iat are required")
    if expires + skew <= instant:
        raise LaunchRefused(RefusalReason.EXPIRED, f"exp is {instant - expires:.0f} s ago")
    if issued - skew > instant:
        raise LaunchRefused(RefusalReason.ISSUED_IN_FUTURE, f"iat is {issued - instant:.0f} s ahead")
    if issued + OLDEST_ISSUE.total_seconds() + skew < instant:
        raise LaunchRefused(RefusalReason.ISSUED_TOO_LONG_AGO, f"iat is {instant - issued:.0f} s ago")
    not_before = _seconds(claims, "nbf")
    if not_before is not None and not_before - skew > instant:
        raise LaunchRefused(RefusalReason.NOT_YET_VALID, f"nbf is {not_before - instant:.0f} s ahead")


def _seconds(claims: Mapping[str, Any], name: str) -> float | None:
    """Read a NumericDate; None when missing. Raises LaunchRefused (INVALID_CLAIM) when it is not a number."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise LaunchRefused(RefusalReason.INVALID_CLAIM, f"{name} must be a number of seconds")
    if not 0 <= value < 1e11:
        raise LaunchRefused(RefusalReason.INVALID_CLAIM, f"{name} is not an instant of our times")
    return float(value)
