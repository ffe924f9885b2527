"""How much of each rate limit is used up."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, String, Table

from storage.schema.ground import metadata

rate_limit = Table(
    "rate_limit",
    metadata,
    # A digest: who or what was limited cannot be read from it.
    Column("key", String(64), primary_key=True),
    # Microseconds since 1970: both databases reckon with numbers alike, not with instants.
    Column("used_until", BigInteger, nullable=False),
)
