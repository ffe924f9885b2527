"""What people sent, the grades that follow, and the rules that made them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.instants import Instant
from storage.schema.ground import key, metadata, to, unit_year

rules_text = Table(
    "rules_text",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("first_used_at", Instant, nullable=False),
)


submission = Table(
    "submission",
    metadata,
    key(),
    to("course_id", "course"),
    to("person_id", "person"),
    *unit_year(),
    Column("component", String(40), nullable=False),
    Column("evidence", String(20), nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("levels", JSON, nullable=False),
    Column("pix", JSON, nullable=False),
    Column("total", Integer),
    Column("mastery", Text),
    Column("source", JSON, nullable=False),
    Column("fingerprint", String(100), nullable=False),
    Column("import_id", ForeignKey("campaign_import.id"), nullable=True),
    UniqueConstraint("course_id", "person_id", "unit_code", "academic_year", "component", "fingerprint"),
    Index("ix_submission_course_unit", "course_id", "unit_code", "academic_year", "person_id"),
)


withdrawal = Table(
    "withdrawal",
    metadata,
    key(),
    to("submission_id", "submission"),
    Column("withdrawn", Boolean, nullable=False),
    Column("by_person", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    # The import that said so, where one did.
    Column("import_id", ForeignKey("campaign_import.id"), nullable=True),
    Index("ix_withdrawal_submission_id", "submission_id"),
)


grade = Table(
    "grade",
    metadata,
    key(),
    to("course_id", "course"),
    to("person_id", "person"),
    *unit_year(),
    Column("component", String(40), nullable=False),
    Column("mark", String(10)),
    Column("status", String(30), nullable=False),
    Column("explanation", JSON, nullable=False),
    Column("rules_digest", ForeignKey("rules_text.digest"), nullable=False),
    Column("submission_id", ForeignKey("submission.id"), nullable=True),
    Column("cause", String(40), nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_grade_course_unit", "course_id", "unit_code", "academic_year", "person_id", "component"),
)


closing = Table(
    "closing",
    metadata,
    key(),
    to("course_id", "course"),
    *unit_year(),
    Column("component", String(40), nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by_person", ForeignKey("person.id"), nullable=False),
    Index("ix_closing_course_unit", "course_id", "unit_code", "academic_year"),
)
