"""What was done by whom, and signs of life."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, String, Table

from storage.instants import Instant
from storage.schema.ground import key, metadata

audit = Table(
    "audit",
    metadata,
    key(),
    Column("at", Instant, nullable=False),
    Column("action", String(40), nullable=False),
    Column("by_person", ForeignKey("person.id"), nullable=True),
    Column("course_id", ForeignKey("course.id"), nullable=True, index=True),
    Column("details", JSON, nullable=False),
)


heartbeat = Table(
    "heartbeat",
    metadata,
    Column("process", String(100), primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
)
