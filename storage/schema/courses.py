"""What a course has of its own: dates, what was chosen for it, the years its copied activities serve."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table

from storage.instants import Instant
from storage.schema.ground import key, metadata, to, unit_year

course_date = Table(
    "course_date",
    metadata,
    key(),
    to("course_id", "course"),
    *unit_year(),
    Column("component", String(40), nullable=False),
    # Without closes_at: the dates of the unit's file again.
    Column("opens_at", Instant),
    Column("closes_at", Instant),
    Column("by_person", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_course_date_course_unit", "course_id", "unit_code", "academic_year"),
)


chosen_component = Table(
    "chosen_component",
    metadata,
    key(),
    to("course_id", "course"),
    *unit_year(),
    Column("component", String(40), nullable=False),
    Column("by_person", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_chosen_component_course_id", "course_id"),
)


served_year = Table(
    "served_year",
    metadata,
    key(),
    to("course_id", "course"),
    Column("unit_code", String(40), nullable=False),
    # The academic year that the activities' own parameters name ("" where they name none), and the one they serve here.
    Column("told_year", String(20), nullable=False),
    Column("academic_year", String(20), nullable=False),
    Column("by_person", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_served_year_course_id", "course_id"),
)


deep_linking_request = Table(
    "deep_linking_request",
    metadata,
    Column("visit_id", String(120), primary_key=True),
    to("deployment_id", "deployment"),
    to("person_id", "person"),
    to("course_id", "course", nullable=True),
    # What the platform takes back, and where.
    Column("settings", JSON, nullable=False),
    Column("nonce", String(40), nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    # What was chosen, as it goes back; NULL until then.
    Column("content_items", JSON),
    Column("answered_at", Instant),
)
