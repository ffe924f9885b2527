"""Certificates that students gave by their code, and what Pix last said of a code.

No code is ever kept: a keyed digest of it is. Birth data never comes so far.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from storage.instants import Instant
from storage.schema.ground import key, metadata, to, unit_year

certificate = Table(
    "certificate",
    metadata,
    key(),
    to("course_id", "course"),
    to("person_id", "person"),
    *unit_year(),
    Column("code_digest", String(64), nullable=False, index=True),
    # Which text the person agreed to, when they gave it.
    Column("consent", String(20), nullable=False),
    Column("given_at", Instant, nullable=False),
    # What Pix said: nothing where it was not asked.
    Column("type", String(255)),
    Column("status", String(20)),
    Column("score", Integer),
    Column("global_level", String(100)),
    Column("levels", JSON, nullable=False),
    Column("date", Date),
    Column("centre", String(255)),
    Column("exam", String(100)),
    # Why it waits for a teacher (a closed set of words); none: it was taken at once.
    Column("doubts", JSON, nullable=False),
    Index("ix_certificate_course_unit", "course_id", "unit_code", "academic_year", "person_id"),
)


certificate_name = Table(
    "certificate_name",
    metadata,
    # The name on a certificate that waits because of it: forgotten as soon as somebody decides.
    Column("certificate_id", ForeignKey("certificate.id"), primary_key=True),
    Column("first", String(255), nullable=False),
    Column("last", String(255), nullable=False),
    Column("since", Instant, nullable=False),
)


certificate_word = Table(
    "certificate_word",
    metadata,
    key(),
    to("certificate_id", "certificate"),
    Column("verdict", String(20), nullable=False),
    Column("session", String(255)),
    Column("reason", Text),
    # Nobody: the tool itself, by the rules.
    Column("by_person", ForeignKey("person.id")),
    Column("at", Instant, nullable=False),
    Index("ix_certificate_word_certificate_id", "certificate_id"),
)


certificate_holder = Table(
    "certificate_holder",
    metadata,
    # One certificate serves one person, in the whole installation.
    Column("code_digest", String(64), primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("since", Instant, nullable=False),
)


certificate_answer = Table(
    "certificate_answer",
    metadata,
    Column("code_digest", String(64), primary_key=True),
    # What Pix said without the name, which is a keyed digest here; NULL: it knows no such code.
    Column("answer", JSON(none_as_null=True)),
    Column("name_digest", String(64)),
    Column("expires_at", Instant, nullable=False, index=True),
)


pix_pause = Table(
    "pix_pause",
    metadata,
    # An address of Pix that failed, or asked us to wait: nobody asks it before that instant.
    Column("address", String(1000), primary_key=True),
    Column("until", Instant, nullable=False),
)
