"""What each LMS should hold, and what it was sent."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from storage.instants import Instant
from storage.schema.ground import key, metadata, to

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


column_reading = Table(
    "column_reading",
    metadata,
    Column("activity_id", ForeignKey("activity.id"), primary_key=True),
    Column("tried_at", Instant, nullable=False),
    # When the column was last read whole, and what it was then.
    Column("read_at", Instant),
    Column("label", String(1400)),
    Column("maximum", String(40)),
    Column("shows", String(20)),
    # Why the last reading failed.
    Column("trouble", String(40)),
)


score_sent = Table(
    "score_sent",
    metadata,
    key(),
    to("activity_id", "activity"),
    to("person_id", "person"),
    Column("mark", String(10)),
    Column("at", Instant, nullable=False),
    Index("ix_score_sent_activity_person", "activity_id", "person_id"),
)
