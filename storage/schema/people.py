"""People, courses, activities, and who is in which course, by launches and by rosters."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from storage.instants import Instant
from storage.schema.ground import key, metadata, to

person = Table(
    "person",
    metadata,
    key(),
    to("deployment_id", "deployment"),
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
    key(),
    to("deployment_id", "deployment"),
    Column("context_id", String(255), nullable=False),
    Column("label", String(500)),
    Column("title", String(1000)),
    # Where the platform lists its people, as launches tell, and when somebody last launched here.
    Column("memberships_url", String(1000)),
    Column("seen_at", Instant),
    UniqueConstraint("deployment_id", "context_id"),
)


activity = Table(
    "activity",
    metadata,
    key(),
    to("course_id", "course"),
    to("deployment_id", "deployment"),
    Column("resource_link_id", String(255), nullable=False),
    Column("title", String(1400)),
    Column("unit_code", String(40)),
    Column("academic_year", String(20)),
    Column("component", String(40)),
    Column("chosen_by", ForeignKey("person.id"), nullable=True),
    # What the LMS's own parameters say it stands for, as they were last looked at.
    Column("told", JSON),
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
    # Known here since: by a launch or by the roster, whichever was first.
    Column("since", Instant, nullable=False),
    # The first launch (NULL: never came), and the last roster that listed them.
    Column("launched_at", Instant),
    Column("listed_at", Instant),
    # The last absence: a roster did not list them any more, until a roster or a launch did again.
    Column("left_at", Instant),
    Column("returned_at", Instant),
)


roster_reading = Table(
    "roster_reading",
    metadata,
    Column("course_id", ForeignKey("course.id"), primary_key=True),
    Column("tried_at", Instant, nullable=False),
    # The last roster that was applied, and how many people it listed.
    Column("read_at", Instant),
    Column("listed", Integer),
    # Why the last one was not: what went wrong, or what a teacher must look at first.
    Column("trouble", String(40)),
    Column("doubt", JSON),
)
