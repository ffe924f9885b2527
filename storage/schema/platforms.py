"""Platforms, their deployments and keys, and the nonces they used."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Integer, String, Table, Text, UniqueConstraint

from storage.instants import Instant
from storage.schema.ground import key, metadata, to

platform = Table(
    "platform",
    metadata,
    key(),
    Column("name", String(200), nullable=False),
    Column("issuer", String(500), nullable=False),
    Column("client_id", String(255), nullable=False),
    Column("auth_login_url", String(1000), nullable=False),
    Column("auth_token_url", String(1000), nullable=False),
    Column("jwks_url", String(1000), nullable=False),
    # What its token address wants to be called; null where it is its own address (mostly).
    Column("token_audience", String(1000)),
    Column("service_origins", JSON, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    # A platform in trouble gets nothing until `hold_until`; `alarm_since` is set when somebody must act.
    Column("hold_until", Instant),
    Column("hold_reason", Text),
    Column("alarm_since", Instant),
    Column("failures_in_a_row", Integer, nullable=False, server_default="0"),
    UniqueConstraint("issuer", "client_id"),
)


deployment = Table(
    "deployment",
    metadata,
    key(),
    to("platform_id", "platform"),
    Column("deployment_id", String(255), nullable=False),
    UniqueConstraint("platform_id", "deployment_id"),
)


tool_key = Table(
    "tool_key",
    metadata,
    Column("kid", String(64), primary_key=True),
    Column("encrypted_private_key", Text, nullable=False),
    Column("public_jwk", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)


platform_jwks = Table(
    "platform_jwks",
    metadata,
    Column("jwks_url", String(1000), primary_key=True),
    Column("body", Text, nullable=False),
)


used_nonce = Table(
    "used_nonce",
    metadata,
    Column("nonce", String(255), primary_key=True),
    Column("expires_at", Instant, nullable=False, index=True),
)
