"""The Pix campaign of each component of a unit taught in a course, and the numbers of ours that its links carry."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table

from storage.instants import Instant
from storage.schema.ground import key, metadata, to, unit_year

campaign = Table(
    "campaign",
    metadata,
    key(),
    to("course_id", "course"),
    *unit_year(),
    Column("component", String(40), nullable=False),
    Column("code", String(9), nullable=False),
    Column("address", String(200), nullable=False),
    # What files or the API have shown of it; nothing is known before.
    Column("external_id_label", String(255)),
    Column("number", String(20)),
    Column("kind", String(30)),
    Column("set_by", ForeignKey("person.id"), nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("ended_at", Instant),
    # What the last trial has shown, check by check (a closed set of words), and when.
    Column("proof", JSON),
    Column("proven_at", Instant),
    Index("ix_campaign_course_unit", "course_id", "unit_code", "academic_year", "component"),
    Index("ix_campaign_code", "code"),
)


opaque_number = Table(
    "opaque_number",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("made_at", Instant, nullable=False),
)
