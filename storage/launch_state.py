"""Nonces that have served: each serves once, whichever process sees it first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete

from storage.schema import used_nonce
from storage.upsert import insert_if_new


def use_nonce(connection: Connection, nonce: str, expires_at: datetime) -> bool:
    """Use a nonce up; False if it was used before. Atomic: the primary key decides."""
    return insert_if_new(connection, used_nonce, {"nonce": nonce, "expires_at": expires_at}) == 1


def forget_expired_nonces(connection: Connection, now: datetime) -> int:
    """Forget nonces whose login is too old to be accepted anyway; return how many."""
    return connection.execute(delete(used_nonce).where(used_nonce.c.expires_at < now)).rowcount
