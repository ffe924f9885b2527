"""The tool's own signing keys: made, encrypted at rest, published, rotated. Pure but for the random numbers.

A key is *next* (published, not used yet), then *active* (signs), then *retired* (still published for a while):
a platform that caches our key set never meets an unknown key.
"""

import base64
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidKey, UnsupportedAlgorithm
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PUBLISHED_BEFORE_USE = timedelta(hours=1)
"""How long a key is published before it signs: longer than platforms usually cache a key set."""
PUBLISHED_AFTER_USE = timedelta(days=7)
"""How long a retired key stays published: far longer than any signature of ours lives (one minute)."""


class KeyState(StrEnum):
    """Where a key stands in its life."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"


class KeyUnreadable(Exception):
    """A stored key cannot be decrypted: the application secret is not the one it was encrypted with."""


@dataclass(frozen=True, kw_only=True)
class StoredKey:
    """A key as a database keeps it: texts and instants only; `changed_at` is when it entered its state."""

    kid: str
    encrypted_private_key: str
    public_jwk_json: str
    state: KeyState
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class ToolKey:
    """A key ready to sign: decrypting and loading is done once, signing then takes a millisecond."""

    kid: str
    private_key: RSAPrivateKey
    state: KeyState


@dataclass(frozen=True, kw_only=True)
class Keyring:
    """The key that signs and the public keys that are published (JWK objects)."""

    active: ToolKey
    published: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class RotationPlan:
    """What a rotation does. `wait_until`: the next key is too fresh to sign, nothing is promoted before."""

    promote: str | None = None
    retire: str | None = None
    create: tuple[KeyState, ...] = ()
    remove: tuple[str, ...] = ()
    wait_until: datetime | None = None


def generate_key(secret: bytes, *, state: KeyState, now: datetime) -> StoredKey:
    """Make a new RSA key of 2048 bits, encrypted with the application secret, ready to be stored."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    kid = secrets.token_hex(8)
    return StoredKey(
        kid=kid,
        encrypted_private_key=encrypt_private_key(key, secret),
        public_jwk_json=json.dumps(public_jwk(kid, key.public_key())),
        state=state,
        created_at=now,
        changed_at=now,
    )


def encrypt_private_key(key: RSAPrivateKey, secret: bytes) -> str:
    """Encrypt a private key with a key derived from the application secret (Fernet: AES-128-CBC and HMAC)."""
    plain = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return _cipher(secret).encrypt(plain).decode("ascii")


def decrypt_private_key(encrypted: str, secret: bytes) -> RSAPrivateKey:
    """Decrypt and load a private key. Raises KeyUnreadable."""
    try:
        plain = _cipher(secret).decrypt(encrypted.encode("ascii", "replace"))
        # What decrypts is what was encrypted (Fernet signs it): to check its numbers would take 30 ms at each start.
        key = serialization.load_der_private_key(plain, password=None, unsafe_skip_rsa_key_validation=True)
    except (InvalidToken, InvalidKey, UnsupportedAlgorithm, ValueError) as error:
        raise KeyUnreadable(
            "a signing key cannot be decrypted: the application secret is not the one it was encrypted with. "
            "Restore that secret, or make new keys with `flask --app app keys rotate --now`"
        ) from error
    if not isinstance(key, RSAPrivateKey):
        raise KeyUnreadable("a stored signing key is not an RSA key")
    return key


def public_jwk(kid: str, key: RSAPublicKey) -> dict[str, str]:
    """Return a public key as a JSON Web Key."""
    numbers = key.public_numbers()
    return {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": kid,
        "n": _base64url(numbers.n),
        "e": _base64url(numbers.e),
    }


def public_jwks(keyring: Keyring) -> dict[str, Any]:
    """Return the key set to publish at the tool's key set address."""
    return {"keys": [dict(key) for key in keyring.published]}


def load_keyring(stored: Iterable[StoredKey], secret: bytes) -> Keyring | None:
    """Return the keyring of the stored keys; None when there is no active key. Raises KeyUnreadable."""
    keys = sorted(stored, key=lambda key: (list(KeyState).index(key.state), key.created_at))
    active = next((key for key in keys if key.state is KeyState.ACTIVE), None)
    if active is None:
        return None
    private_key = decrypt_private_key(active.encrypted_private_key, secret)
    return Keyring(
        active=ToolKey(kid=active.kid, private_key=private_key, state=KeyState.ACTIVE),
        published=tuple(json.loads(key.public_jwk_json) for key in keys),
    )


def plan_rotation(
    stored: Sequence[StoredKey], now: datetime, *, immediately: bool = False, leaked: bool = False
) -> RotationPlan:
    """Decide what a rotation does at this instant.

    `leaked`: nothing of what there is may be believed any more, not for a minute; all is made anew.

    Without any active key: one is made, and the next one. Otherwise the next key becomes active, the active one
    retires, a new next one is made, and retired keys past their time are removed. A next key published for less
    than an hour waits, unless `immediately`, or unless it was published as long as the active one:
    whoever has read the key set knows it then.
    """
    if leaked:
        return RotationPlan(create=(KeyState.ACTIVE, KeyState.NEXT), remove=tuple(key.kid for key in stored))
    active = _newest(stored, KeyState.ACTIVE)
    upcoming = _newest(stored, KeyState.NEXT)
    old = tuple(
        key.kid
        for key in stored
        if key.state is KeyState.RETIRED and now - key.changed_at >= PUBLISHED_AFTER_USE
    )
    if active is None:
        missing = (KeyState.ACTIVE,) if upcoming else (KeyState.ACTIVE, KeyState.NEXT)
        return RotationPlan(create=missing, remove=old)
    if upcoming is None:
        return RotationPlan(create=(KeyState.NEXT,), remove=old, wait_until=now + PUBLISHED_BEFORE_USE)
    usable_from = upcoming.created_at + PUBLISHED_BEFORE_USE
    known_to_all = upcoming.created_at <= active.created_at
    if now < usable_from and not immediately and not known_to_all:
        return RotationPlan(remove=old, wait_until=usable_from)
    return RotationPlan(promote=upcoming.kid, retire=active.kid, create=(KeyState.NEXT,), remove=old)


def give_up_unreadable(stored: Sequence[StoredKey], secret: bytes, now: datetime) -> tuple[StoredKey, ...]:
    """Return the keys with those retired that this application secret cannot decrypt: they will never sign again."""
    return tuple(
        replace(key, state=KeyState.RETIRED, changed_at=now)
        if key.state is not KeyState.RETIRED and not _is_readable(key, secret)
        else key
        for key in stored
    )


def _is_readable(key: StoredKey, secret: bytes) -> bool:
    try:
        decrypt_private_key(key.encrypted_private_key, secret)
    except KeyUnreadable:
        return False
    return True


def apply_rotation(
    stored: Sequence[StoredKey], plan: RotationPlan, *, secret: bytes, now: datetime
) -> tuple[StoredKey, ...]:
    """Return the keys as the plan leaves them, new ones made."""
    kept: list[StoredKey] = []
    for key in stored:
        if key.kid in plan.remove:
            continue
        if key.kid == plan.promote:
            kept.append(replace(key, state=KeyState.ACTIVE, changed_at=now))
        elif key.kid == plan.retire:
            kept.append(replace(key, state=KeyState.RETIRED, changed_at=now))
        else:
            kept.append(key)
    return (*kept, *(generate_key(secret, state=state, now=now) for state in plan.create))


def _newest(stored: Iterable[StoredKey], state: KeyState) -> StoredKey | None:
    return max((key for key in stored if key.state is state), key=lambda key: key.created_at, default=None)


def _cipher(secret: bytes) -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"pix-lti signing keys 1").derive(
        secret
    )
    return Fernet(base64.urlsafe_b64encode(derived))


def _base64url(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
