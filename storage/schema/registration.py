"""How platforms come to be known: invitations to register, and deployments that wait for approval."""

from __future__ import annotations

from sqlalchemy import JSON, Column, String, Table, UniqueConstraint

from storage.instants import Instant
from storage.schema.ground import key, metadata, to

invitation = Table(
    "invitation",
    metadata,
    key(),
    # Of the code only a digest is kept: who reads the database cannot register anything.
    Column("digest", String(64), nullable=False, unique=True),
    Column("name", String(200)),
    Column("service_origins", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    # While a registration is under way nobody else may begin one: whoever holds `claim` until `claimed_until`.
    Column("claim", String(32)),
    Column("claimed_until", Instant),
    Column("used_at", Instant),
    Column("used_for", String(64)),
    to("platform_id", "platform", nullable=True),
)


held_deployment = Table(
    "held_deployment",
    metadata,
    key(),
    to("platform_id", "platform"),
    Column("deployment_id", String(255), nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    UniqueConstraint("platform_id", "deployment_id"),
)
