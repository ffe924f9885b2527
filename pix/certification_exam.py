"""Which exam a certification is of: files of a session give its number, certificates as well; neither is kept."""

from __future__ import annotations

from hashlib import sha256


def exam_of(number: str) -> str:
    """Return the digest by which an exam is known here, the same from a session's file and from a certificate."""
    return sha256(f"certification\n{number.strip()}".encode("utf-8", "surrogatepass")).hexdigest()
