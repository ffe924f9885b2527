"""Keys: the LMS's own signing keys with rotation, and the tool's key set fetched from its address."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt import PyJWK, PyJWTError
from jwt import encode as jwt_encode
from jwt.algorithms import RSAAlgorithm
from lti1p3platform.ltiplatform import JWKS
from lti1p3platform.registration import Registration

_FETCH_SECONDS = 5.0


class KeySetUnreachable(Exception):
    """The tool's key set cannot be read: Moodle then answers 404 with an HTML page."""


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A loaded RSA key with its `kid` (a ready key signs in a millisecond, a PEM text takes fifty)."""

    kid: str
    private: RSAPrivateKey

    def public_jwk(self) -> dict[str, Any]:
        """The public half as it stands in the key set."""
        jwk = json.loads(RSAAlgorithm.to_jwk(self.private.public_key()))
        return {
            "kty": jwk["kty"],
            "n": jwk["n"],
            "e": jwk["e"],
            "kid": self.kid,
            "alg": "RS256",
            "use": "sig",
        }


def new_signing_key(kid: str) -> SigningKey:
    """A fresh 2048-bit key."""
    return SigningKey(kid=kid, private=generate_private_key(public_exponent=65537, key_size=2048))


class LmsKeys:
    """The LMS's keys: the newest signs, the published ones are in the key set."""

    def __init__(self, first: SigningKey | None = None) -> None:
        self._lock = threading.Lock()
        self._count = 1
        self._keys = [first or new_signing_key("lms-1")]

    @property
    def current(self) -> SigningKey:
        """The key that signs now."""
        with self._lock:
            return self._keys[-1]

    def rotate(self, *, keep_old: bool = False) -> SigningKey:
        """A new key from now on; the old ones leave the key set unless kept."""
        with self._lock:
            self._count += 1
            key = new_signing_key(f"lms-{self._count}")
            self._keys = [*self._keys, key] if keep_old else [key]
            return key

    def key_set(self) -> dict[str, list[dict[str, Any]]]:
        """The published key set."""
        with self._lock:
            return {"keys": [key.public_jwk() for key in self._keys]}


class LmsRegistration(Registration):
    """The library's registration, signing with a key that is already loaded.

    `edit` may change the whole payload before it is signed: a test spoils messages with it.
    """

    def __init__(
        self, key: SigningKey, edit: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    ) -> None:
        self._key = key
        self._edit = edit

    def platform_encode_and_sign(self, payload: dict[str, Any], expiration: int | None = None) -> str:
        """Sign as the platform: RS256, `kid` in the header, `exp` = `iat` + `expiration` seconds."""
        now = int(time.time())
        times = {} if expiration is None else {"iat": now, "exp": now + expiration}
        message = {**payload, **times}
        if self._edit is not None:
            message = self._edit(message)
        return jwt_encode(message, self._key.private, algorithm="RS256", headers={"kid": self._key.kid})


class ToolKeySet:
    """The tool's key set, cached; the caller asks for a fresh one when a signature does not verify."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cached: dict[str, JWKS] = {}

    def get(self, jwks_url: str, *, fresh: bool = False) -> JWKS:
        """The key set behind that address; KeySetUnreachable if it cannot be read."""
        with self._lock:
            cached = self._cached.get(jwks_url)
        if cached is not None and not fresh:
            return cached
        key_set = _fetch(jwks_url)
        with self._lock:
            self._cached[jwks_url] = key_set
        return key_set


def _fetch(jwks_url: str) -> JWKS:
    try:
        response = requests.get(jwks_url, timeout=_FETCH_SECONDS, headers={"User-Agent": "MoodleBot/5.1"})
        response.raise_for_status()
        key_set = response.json()
    except (requests.RequestException, ValueError) as problem:
        raise KeySetUnreachable(f"{jwks_url}: {problem}") from problem
    if not isinstance(key_set, dict) or not isinstance(key_set.get("keys"), list):
        raise KeySetUnreachable(f"{jwks_url}: not a key set")
    return {"keys": [key for key in key_set["keys"] if _usable(key)]}


def _usable(key: Any) -> bool:
    """Whether an entry of a key set is an RSA key that can be read; the others are passed over."""
    try:
        return isinstance(key, dict) and key.get("kty") == "RSA" and bool(PyJWK(key, algorithm="RS256"))
    except PyJWTError:
        return False
