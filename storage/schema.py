"""The tables.

`submission`, `withdrawal`, `grade`, `closing`, `imported_row`, `match_choice`, `score_sent` and `audit` are only ever
added to.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.instants import Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def _to(name: str, target: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, ForeignKey(f"{target}.id"), nullable=nullable)


def _unit_year() -> list[Column[str]]:
    return [
        Column("unit_code", String(40), nullable=False),
        Column("academic_year", String(20), nullable=False),
    ]


platform = Table(
    "platform",
    metadata,
    _key(),
    Column("name", String(200), nullable=False),
    Column("issuer", String(500), nullable=False),
    Column("client_id", String(255), nullable=False),
    Column("auth_login_url", String(1000), nullable=False),
    Column("auth_token_url", String(1000), nullable=False),
    Column("jwks_url", String(1000), nullable=False),
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
    _key(),
    _to("platform_id", "platform"),
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

person = Table(
    "person",
    metadata,
    _key(),
    _to("deployment_id", "deployment"),
    Column("sub", String(255), nullable=False),
    Column("name", String(500)),
    Column("given_name", String(255)),
    Column("family_name", String(255)),
    Column("email", String(320)),
    Column("student_number", String(100)),
    Column("seen_at", Instant, nullable=False),
    UniqueConstraint("deployment_id", "sub"),
)

course = Table(
    "course",
    metadata,
    _key(),
    _to("deployment_id", "deployment"),
    Column("context_id", String(255), nullable=False),
    Column("label", String(500)),
    Column("title", String(1000)),
    UniqueConstraint("deployment_id", "context_id"),
)

activity = Table(
    "activity",
    metadata,
    _key(),
    _to("course_id", "course"),
    _to("deployment_id", "deployment"),
    Column("resource_link_id", String(255), nullable=False),
    Column("title", String(1400)),
    Column("unit_code", String(40)),
    Column("academic_year", String(20)),
    Column("component", String(40)),
    Column("chosen_by", ForeignKey("person.id"), nullable=True),
    Column("line_item_url", String(1000)),
    Column("line_items_url", String(1000)),
    Column("scopes", JSON, nullable=False),
    # Who may look for the column now (the token of a claim), and until when.
    Column("column_lease_until", Instant),
    Column("column_lease_token", String(40)),
    UniqueConstraint("deployment_id", "resource_link_id"),
    Index("ix_activity_course_id", "course_id"),
)

member = Table(
    "member",
    metadata,
    Column("course_id", ForeignKey("course.id"), primary_key=True),
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("role", String(10), nullable=False),
    Column("since", Instant, nullable=False),
)

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
    _key(),
    _to("course_id", "course"),
    _to("person_id", "person"),
    *_unit_year(),
    Column("component", String(40), nullable=False),
    Column("evidence", String(20), nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("levels", JSON, nullable=False),
    Column("pix", JSON, nullable=False),
    Column("total", Integer),
    Column("source", JSON, nullable=False),
    Column("fingerprint", String(100), nullable=False),
    Column("import_id", ForeignKey("campaign_import.id"), nullable=True),
    UniqueConstraint("course_id", "person_id", "unit_code", "academic_year", "component", "fingerprint"),
    Index("ix_submission_course_unit", "course_id", "unit_code", "academic_year", "person_id"),
)

withdrawal = Table(
    "withdrawal",
    metadata,
    _key(),
    _to("submission_id", "submission"),
    Column("withdrawn", Boolean, nullable=False),
    Column("by_person", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_withdrawal_submission_id", "submission_id"),
)

grade = Table(
    "grade",
    metadata,
    _key(),
    _to("course_id", "course"),
    _to("person_id", "person"),
    *_unit_year(),
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
    _key(),
    _to("course_id", "course"),
    *_unit_year(),
    Column("component", String(40), nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by_person", ForeignKey("person.id"), nullable=False),
    Index("ix_closing_course_unit", "course_id", "unit_code", "academic_year"),
)

import_draft = Table(
    "import_draft",
    metadata,
    Column("id", String(40), primary_key=True),
    _to("activity_id", "activity"),
    Column("by_person", ForeignKey("person.id"), nullable=False),
    Column("file_name", String(255), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

campaign_import = Table(
    "campaign_import",
    metadata,
    _key(),
    _to("course_id", "course"),
    *_unit_year(),
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
    _key(),
    Column("import_id", ForeignKey("campaign_import.id"), nullable=False),
    _to("course_id", "course"),
    *_unit_year(),
    Column("component", String(40), nullable=False),
    Column("fingerprint", String(100), nullable=False),
    Column("row", JSON, nullable=False),
    UniqueConstraint("course_id", "unit_code", "academic_year", "component", "fingerprint"),
)

match_choice = Table(
    "match_choice",
    metadata,
    _key(),
    _to("course_id", "course"),
    *_unit_year(),
    Column("identity_key", Text, nullable=False),
    Column("choice", String(10), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=True),
    Column("by_person", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_match_choice_course_unit", "course_id", "unit_code", "academic_year"),
)

desired_score = Table(
    "desired_score",
    metadata,
    Column("activity_id", ForeignKey("activity.id"), primary_key=True),
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("platform_id", ForeignKey("platform.id"), nullable=False),
    # What the LMS should hold: a mark out of 20 with its comment, or nothing (NULL).
    Column("mark", String(10)),
    Column("comment", Text),
    Column("version", Integer, nullable=False),
    Column("desired_at", Instant, nullable=False),
    # What the LMS acknowledged.
    Column("acknowledged_version", Integer, nullable=False, server_default="0"),
    Column("acknowledged_mark", String(10)),
    Column("acknowledged_at", Instant),
    # Where the conversation stands.
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_attempt_at", Instant, nullable=False),
    Column("failing_since", Instant),
    Column("problem", String(40)),
    Column("problem_detail", Text),
    Column("lms_mark", String(40)),
    Column("column_sought", Boolean, nullable=False, server_default="0"),
    Column("last_timestamp", BigInteger, nullable=False, server_default="0"),
    Column("lease_until", Instant),
    Column("lease_token", String(40)),
    Index("ix_desired_score_due", "state", "platform_id", "next_attempt_at", "desired_at"),
    Index("ix_desired_score_activity_state", "activity_id", "state"),
)

score_sent = Table(
    "score_sent",
    metadata,
    _key(),
    _to("activity_id", "activity"),
    _to("person_id", "person"),
    Column("mark", String(10)),
    Column("at", Instant, nullable=False),
    Index("ix_score_sent_activity_person", "activity_id", "person_id"),
)

audit = Table(
    "audit",
    metadata,
    _key(),
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
