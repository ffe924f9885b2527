"""The tool's own keys (private halves encrypted) and the last good copy of each platform's public keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from storage.schema import platform_jwks, tool_key
from storage.upsert import insert_if_new


@dataclass(frozen=True, kw_only=True)
class ToolKeyRow:
    """A key as it is kept: `state` is next, active or retired."""

    kid: str
    encrypted_private_key: str
    public_jwk: str
    state: str
    created_at: datetime
    changed_at: datetime


def all_tool_keys(connection: Connection) -> list[ToolKeyRow]:
    """Every key, oldest first."""
    rows = connection.execute(select(tool_key).order_by(tool_key.c.created_at, tool_key.c.kid))
    return [ToolKeyRow(**row._mapping) for row in rows]


def lock_tool_keys(connection: Connection) -> None:
    """Let one process at a time change the keys (PostgreSQL; SQLite's write transactions already do)."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE tool_key IN EXCLUSIVE MODE")


def replace_tool_keys(connection: Connection, rows: Iterable[ToolKeyRow]) -> None:
    """Keep exactly these keys."""
    connection.execute(delete(tool_key))
    for row in rows:
        connection.execute(insert(tool_key).values(**vars(row)))


def find_platform_jwks(connection: Connection, jwks_url: str) -> str | None:
    """The last good key set read from this address."""
    return connection.scalar(select(platform_jwks.c.body).where(platform_jwks.c.jwks_url == jwks_url))


def keep_platform_jwks(connection: Connection, jwks_url: str, body: str) -> None:
    """Keep a good key set, for the day its address does not answer."""
    if not insert_if_new(connection, platform_jwks, {"jwks_url": jwks_url, "body": body}):
        connection.execute(
            update(platform_jwks).where(platform_jwks.c.jwks_url == jwks_url).values(body=body)
        )
