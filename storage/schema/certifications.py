"""Results of Pix certifications, never with birth data, and what was taken back of them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from storage.instants import Instant
from storage.schema.ground import key, metadata, to, unit_year

certification = Table(
    "certification",
    metadata,
    key(),
    to("course_id", "course"),
    to("person_id", "person"),
    *unit_year(),
    Column("type", String(255), nullable=False),
    Column("status", String(20), nullable=False),
    Column("score", Integer),
    Column("global_level", String(100)),
    Column("levels", JSON, nullable=False),
    Column("date", Date),
    Column("session", String(255)),
    Column("centre", String(255)),
    Column("evidence", String(20), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("source", JSON, nullable=False),
    # Which exam: a digest of the certification's number or of the certificate's code, neither of which is kept.
    Column("exam", String(100), nullable=False),
    Column("fingerprint", String(100), nullable=False),
    Column("import_id", ForeignKey("campaign_import.id"), nullable=True),
    UniqueConstraint("course_id", "person_id", "unit_code", "academic_year", "fingerprint"),
    Index("ix_certification_course_unit", "course_id", "unit_code", "academic_year", "person_id"),
)


certification_withdrawal = Table(
    "certification_withdrawal",
    metadata,
    key(),
    to("certification_id", "certification"),
    Column("withdrawn", Boolean, nullable=False),
    Column("by_person", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    # The import that said so, where one did.
    Column("import_id", ForeignKey("campaign_import.id"), nullable=True),
    Index("ix_certification_withdrawal_certification_id", "certification_id"),
)
