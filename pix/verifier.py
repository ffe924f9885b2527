"""Pix's verification as one installation uses it: its address, its connections, and the key of its digests."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from pix.certificate_code import CertificateCode
from pix.exchange import Exchange
from pix.verification import LARGEST_ANSWER

SECONDS = 5.0
"""For one whole exchange with Pix, however slowly it answers."""
AT_ONCE = 4
"""Questions on their way at once, in one process: its other threads go on serving pages."""


@dataclass(frozen=True, kw_only=True)
class PixVerifier:
    """Safe under threads. `key` makes the digests: without it nobody can try codes against what is stored."""

    exchange: Exchange
    address: str
    key: bytes = field(repr=False)
    slots: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(AT_ONCE), repr=False
    )

    def digest_of(self, code: CertificateCode) -> str:
        """Return the keyed digest by which a code is known here."""
        return self._digest(b"code", code.text)

    def digest_of_name(self, words: Iterable[str]) -> str:
        """Return the keyed digest of a folded name."""
        return self._digest(b"name", "\n".join(words))

    def _digest(self, kind: bytes, text: str) -> str:
        return hmac.digest(self.key, kind + b"\0" + text.encode(), "sha256").hex()


def open_verifier(address: str, secret: bytes, *, agent: str) -> PixVerifier | None:
    """Return the verifier of an address; `None` where there is no address."""
    if not address:
        return None
    exchange = Exchange(
        agent=agent, connect_timeout=3.0, read_timeout=SECONDS, deadline=SECONDS, largest=LARGEST_ANSWER
    )
    return PixVerifier(
        exchange=exchange, address=address, key=hmac.digest(secret, b"pix-lti certificate", hashlib.sha256)
    )
