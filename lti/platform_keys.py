"""The platforms' public keys: cached, refetched once for what they do not verify, kept through an outage.

A key set only replaces the one we have when it can be read and holds a usable key: an error page never does.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from jwt.utils import base64url_decode

from lti.errors import LaunchRefused, RefusalReason, ServiceError
from lti.registration import Registration
from lti.transport import Transport

UNKNOWN_KEY_PAUSE = 5.0
"""Seconds between two fetches for what a platform's keys do not verify: a flood of forgeries costs it nothing."""
REFRESH_AFTER = 24 * 3600.0
"""Seconds after which a set is fetched again even if it has the key: a withdrawn key does not live for ever."""
RETRY_REFRESH_AFTER = 300.0
"""Seconds between two tries of that refresh while the platform does not answer."""
_LONGEST_SET = 100


class KeyStore(Protocol):
    """Where the last good key set of each address survives a restart."""

    def load(self, jwks_url: str) -> str | None:
        """Return the last text saved for this address, or None."""

    def save(self, jwks_url: str, text: str) -> None:
        """Keep the text of a good key set."""


@dataclass(kw_only=True)
class _KeySet:
    """What is known of one address; `keys` is replaced whole, so it may be read without the lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    keys: Mapping[str, RSAPublicKey] = field(default_factory=dict)
    text: str = ""
    loaded: bool = False
    refresh_at: float = 0.0
    unknown_fetched_at: float | None = None
    failure: ServiceError | None = None


class PlatformKeys:
    """Finds the public key of a platform by its id; safe under threads, one fetch at a time for each address."""

    def __init__(
        self,
        transport: Transport,
        store: KeyStore | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._store = store
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._sets: dict[str, _KeySet] = {}

    def find(self, registration: Registration, key_id: str) -> RSAPublicKey:
        """Return the key that the registration's key set address publishes under this id.

        Raises LaunchRefused: UNKNOWN_KEY, or KEYS_UNAVAILABLE when the address does not answer with a key set
        and none is known from before.
        """
        with self._lock:
            known = self._sets.setdefault(registration.jwks_url, _KeySet())
        key = known.keys.get(key_id)
        if key is not None and self._monotonic() < known.refresh_at:
            return key
        with known.lock:
            return self._find_locked(known, registration, key_id)

    def find_changed(
        self, registration: Registration, key_id: str, found_wrong: RSAPublicKey
    ) -> RSAPublicKey | None:
        """Return another key that the platform publishes under this id now; None when it is still the same one.

        For a signature that `found_wrong` does not verify: some platforms change a key and keep its id.
        """
        with self._lock:
            known = self._sets.setdefault(registration.jwks_url, _KeySet())
        with known.lock:
            if _same(known.keys.get(key_id), found_wrong):
                self._fetch_in_doubt(known, registration)
            key = known.keys.get(key_id)
        return None if key is None or _same(key, found_wrong) else key

    def _find_locked(self, known: _KeySet, registration: Registration, key_id: str) -> RSAPublicKey:
        """Do what `find` says, one thread at a time: load, refresh when old, fetch once when unknown."""
        self._load(known, registration)
        now = self._monotonic()
        if key_id in known.keys:
            if now >= known.refresh_at:
                known.refresh_at = now + RETRY_REFRESH_AFTER
                self._fetch(known, registration)
        else:
            self._fetch_in_doubt(known, registration)
            if key_id not in known.keys and known.failure is not None:
                self._load(known, registration, again=True)  # another process may have reached it
        key = known.keys.get(key_id)
        if key is not None:
            return key
        if known.failure is not None:
            raise LaunchRefused(
                RefusalReason.KEYS_UNAVAILABLE, f"no key set from {registration.jwks_url}: {known.failure}"
            )
        raise LaunchRefused(RefusalReason.UNKNOWN_KEY, "the platform publishes no key of this id")

    def _fetch_in_doubt(self, known: _KeySet, registration: Registration) -> None:
        """Fetch the set because it does not verify something, unless that was done a moment ago."""
        asked = known.unknown_fetched_at
        if asked is not None and self._monotonic() - asked < UNKNOWN_KEY_PAUSE:
            return
        had_keys = bool(known.keys)
        self._fetch(known, registration)
        if had_keys or known.failure:  # the very first fetch leaves the next unknown key its own
            known.unknown_fetched_at = self._monotonic()

    def _load(self, known: _KeySet, registration: Registration, *, again: bool = False) -> None:
        """Take the copy kept from before a restart; it is good for a while, then fetched again."""
        if (known.loaded and not again) or self._store is None:
            return
        known.loaded = True
        kept = self._store.load(registration.jwks_url)
        if kept is not None and (keys := read_key_set(kept)):
            known.keys, known.text = keys, kept
            known.refresh_at = self._monotonic() + RETRY_REFRESH_AFTER

    def _fetch(self, known: _KeySet, registration: Registration) -> None:
        """Fetch the set and take it if it is one; else keep the old keys, and what went wrong."""
        try:
            answer = self._transport.send(
                "GET",
                registration.jwks_url,
                registration=registration,
                headers={"Accept": "application/json"},
            )
        except ServiceError as error:
            known.failure = error
            return
        keys = read_key_set(answer.text) if answer.status == 200 else {}
        if not keys:
            known.failure = ServiceError(f"status {answer.status}, and no usable key in it")
            return
        if answer.text != known.text and self._store is not None:
            self._store.save(registration.jwks_url, answer.text)
        known.keys, known.text, known.failure = keys, answer.text, None
        known.refresh_at = self._monotonic() + REFRESH_AFTER


def read_key_set(text: str) -> dict[str, RSAPublicKey]:
    """Read a JSON Web Key Set: RSA keys of 2048 bits or more for signatures, by id; others are left out.

    Accepted: keys without `alg` or `use`. Left out: without `kid`, `use` other than `sig`, another algorithm
    than RS256, malformed ones. Anything that is not a key set gives nothing.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        return {}
    found: dict[str, RSAPublicKey] = {}
    for entry in listed[:_LONGEST_SET]:
        key = _read_key(entry) if isinstance(entry, dict) else None
        if key is not None:
            found.setdefault(entry["kid"], key)
    return found


def _same(one: RSAPublicKey | None, other: RSAPublicKey) -> bool:
    return one is not None and one.public_numbers() == other.public_numbers()


def _read_key(entry: Mapping[str, Any]) -> RSAPublicKey | None:
    key_id = entry.get("kid")
    if entry.get("kty") != "RSA" or not isinstance(key_id, str) or not key_id:
        return None
    if entry.get("use") not in (None, "sig") or entry.get("alg") not in (None, "RS256"):
        return None
    try:
        modulus, exponent = (int.from_bytes(base64url_decode(entry[name])) for name in ("n", "e"))
        key = RSAPublicNumbers(exponent, modulus).public_key()
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    return key if 2048 <= key.key_size <= 16384 else None
