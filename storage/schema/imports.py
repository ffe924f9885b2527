"""Files taken in: their previews, their lines, and whose each line is."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, LargeBinary, String, Table, Text, UniqueConstraint

from storage.instants import Instant
from storage.schema.ground import key, metadata, to, unit_year

import_draft = Table(
    "import_draft",
    metadata,
    Column("id", String(40), primary_key=True),
    to("activity_id", "activity"),
    Column("by_person", ForeignKey("person.id"), nullable=False),
    Column("file_name", String(255), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)


campaign_import = Table(
    "campaign_import",
    metadata,
    key(),
    to("course_id", "course"),
    *unit_year(),
    Column("component", String(40), nullable=False),
    Column("by_person", ForeignKey("person.id"), nullable=False),
    Column("file_name", String(255), nullable=False),
    Column("file_digest", String(64), nullable=False),
    Column("counts", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_campaign_import_course_unit", "course_id", "unit_code", "academic_year"),
)


imported_row = Table(
    "imported_row",
    metadata,
    key(),
    Column("import_id", ForeignKey("campaign_import.id"), nullable=False),
    to("course_id", "course"),
    *unit_year(),
    Column("component", String(40), nullable=False),
    Column("fingerprint", String(100), nullable=False),
    Column("row", JSON, nullable=False),
    UniqueConstraint("course_id", "unit_code", "academic_year", "component", "fingerprint"),
)


match_choice = Table(
    "match_choice",
    metadata,
    key(),
    to("course_id", "course"),
    *unit_year(),
    Column("identity_key", Text, nullable=False),
    Column("choice", String(10), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=True),
    Column("by_person", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_match_choice_course_unit", "course_id", "unit_code", "academic_year"),
)
