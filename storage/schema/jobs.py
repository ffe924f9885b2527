"""Work to be done in the background, and what became of it."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, text

from storage.instants import Instant
from storage.schema.ground import key, metadata

_ACTIVE = text("state IN ('waiting', 'running')")

job = Table(
    "job",
    metadata,
    key(),
    Column("kind", String(40), nullable=False),
    Column("key", String(200), nullable=False),
    # Ids, counts and dates: never names, numbers or codes of people.
    Column("payload", JSON, nullable=False),
    Column("state", String(10), nullable=False),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("total", Integer),
    Column("message", JSON(none_as_null=True)),
    Column("result", JSON(none_as_null=True)),
    Column("problem", JSON(none_as_null=True)),
    Column("by_person", ForeignKey("person.id")),
    Column("activity_id", ForeignKey("activity.id")),
    Column("created_at", Instant, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("lease_until", Instant),
    Column("lease_token", String(40)),
    Column("finished_at", Instant),
    # One at a time of a kind and key.
    Index("uq_job_active", "kind", "key", unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
    Index("ix_job_state_not_before", "state", "not_before"),
    Index("ix_job_kind_key_created_at", "kind", "key", "created_at"),
    Index("ix_job_finished_at", "finished_at"),
)
