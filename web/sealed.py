"""Texts that travel through a browser unread and unchanged, for a while: sealed with the application secret."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def seal(secret: bytes, purpose: str, content: Mapping[str, str], now: datetime) -> str:
    """Seal some texts; what is sealed for one purpose opens for no other."""
    plain = json.dumps(dict(content)).encode()
    return _cipher(secret, purpose).encrypt_at_time(plain, int(now.timestamp())).decode("ascii")


def unseal(
    secret: bytes, purpose: str, text: str, now: datetime, *, lifetime: timedelta
) -> dict[str, str] | None:
    """Open what `seal` made; None where it is not ours, of another purpose, changed or too old."""
    try:
        plain = _cipher(secret, purpose).decrypt_at_time(
            text.encode("ascii"), int(lifetime.total_seconds()), int(now.timestamp())
        )
    except (InvalidToken, UnicodeEncodeError):
        return None
    return {str(name): str(value) for name, value in json.loads(plain).items()}


def _cipher(secret: bytes, purpose: str) -> Fernet:
    info = f"pix-lti sealed: {purpose}".encode()
    return Fernet(
        urlsafe_b64encode(HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(secret))
    )
