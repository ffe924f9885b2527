"""Files taken in: their previews, their lines, whose each line is, and what was undone.

Only drafts are ever changed or removed, and whose a carried line is by then; no birth data reaches any of these tables.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from storage.instants import Instant
from storage.schema.ground import key, metadata, to, unit_year

import_draft = Table(
    "import_draft",
    metadata,
    Column("id", String(40), primary_key=True),
    to("activity_id", "activity"),
    Column("by_person", ForeignKey("person.id"), nullable=False),
    # What is proposed is to undo this import, instead of taking files in.
    Column("undoes", ForeignKey("campaign_import.id"), nullable=True),
    # Raised by each change of what is proposed; a preview is of one revision.
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("shown_revision", Integer),
    Column("summary", JSON(none_as_null=True)),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)


draft_file = Table(
    "draft_file",
    metadata,
    Column("draft_id", ForeignKey("import_draft.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", String(255), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("kind", String(30)),
    Column("language", String(2)),
    Column("generation", String(20)),
    # The table, packed; nothing where the file could not be read: `problems` says why.
    Column("content", LargeBinary),
    Column("problems", JSON, nullable=False),
    # What was left aside of it.
    Column("notes", JSON, nullable=False),
    # The component a teacher chose for lines whose campaign is not known.
    Column("chosen", String(40)),
)


draft_page = Table(
    "draft_page",
    metadata,
    Column("draft_id", ForeignKey("import_draft.id"), primary_key=True),
    Column("section", String(20), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)


campaign_import = Table(
    "campaign_import",
    metadata,
    key(),
    to("course_id", "course"),
    *unit_year(),
    # The component of the activity it was made from.
    Column("component", String(40), nullable=False),
    Column("by_person", ForeignKey("person.id"), nullable=False),
    Column("file_name", String(255), nullable=False),
    Column("file_digest", String(64), nullable=False),
    Column("counts", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    # The draft that was confirmed: it names the choices made in its preview, and is confirmed once.
    Column("draft_id", String(40)),
    Index("uq_campaign_import_draft_id", "draft_id", unique=True),
    Index("ix_campaign_import_course_unit", "course_id", "unit_code", "academic_year"),
)


imported_file = Table(
    "imported_file",
    metadata,
    Column("import_id", ForeignKey("campaign_import.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", String(255), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("kind", String(30)),
    Column("components", JSON, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("problems", JSON, nullable=False),
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


# Every import that has a line, the first of them or not: what none of those that stand has is nobody's any more.
row_carried = Table(
    "row_carried",
    metadata,
    Column("import_id", ForeignKey("campaign_import.id"), primary_key=True),
    Column("row_id", ForeignKey("imported_row.id"), primary_key=True),
    # Whose the line is by that import's word, or by that of who came since; settled and nobody's: it was left aside.
    Column("is_settled", Boolean, nullable=False, server_default=false()),
    Column("person_id", ForeignKey("person.id")),
    Index("ix_row_carried_row_id", "row_id"),
)


# By which texts a line is found again when its person comes later (`pix.found_again`).
row_found_by = Table(
    "row_found_by",
    metadata,
    Column("found_by", String(100), primary_key=True),
    Column("row_id", ForeignKey("imported_row.id"), primary_key=True),
)


import_undoing = Table(
    "import_undoing",
    metadata,
    Column("import_id", ForeignKey("campaign_import.id"), primary_key=True),
    Column("by_person", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("counts", JSON, nullable=False),
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
    # The draft in whose preview it was made.
    Column("draft_id", String(40)),
    Index("ix_match_choice_course_unit", "course_id", "unit_code", "academic_year"),
)
