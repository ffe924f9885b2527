"""What a course has of its own: the dates of its components."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table

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
