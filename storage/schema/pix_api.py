"""What Pix's API says of the campaigns in use, and how far each has been read."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, UniqueConstraint

from storage.instants import Instant
from storage.schema.ground import key, metadata

pix_campaign = Table(
    "pix_campaign",
    metadata,
    Column("code", String(9), primary_key=True),
    # Who it is for Pix; nothing is known until the API has shown it.
    Column("number", BigInteger),
    Column("organization_id", BigInteger),
    Column("organization_name", String(255)),
    Column("name", String(255)),
    Column("kind", String(30)),
    Column("is_archived", Boolean),
    Column("looked_for_at", Instant),
    # Somebody wants it read now; when the last reading began, and when the last whole one ended.
    Column("wanted_at", Instant),
    Column("begun_at", Instant),
    Column("read_at", Instant),
    # Read what was created or shared after this; NULL: from the beginning.
    Column("since", Instant),
    Column("whole_at", Instant),
    # What became of the last reading: a trouble of a closed set and when, and what was found.
    Column("trouble", String(30)),
    Column("trouble_at", Instant),
    # Pix asked us not to come back before.
    Column("wait_until", Instant),
    Column("found", JSON),
)


participation = Table(
    "participation",
    metadata,
    key(),
    Column("campaign_number", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    # The same for all participations of one person.
    Column("participant", String(255)),
    Column("first_name", String(255), nullable=False),
    Column("last_name", String(255), nullable=False),
    Column("external_id", String(255)),
    Column("shared_at", Instant, nullable=False),
    Column("total", Integer),
    Column("mastery", String(40)),
    Column("topics", JSON, nullable=False),
    UniqueConstraint("campaign_number", "number"),
)


settlement = Table(
    "settlement",
    metadata,
    Column("campaign_id", ForeignKey("campaign.id"), primary_key=True),
    # How often it was asked for, and which of these askings the last one answered.
    Column("asked", Integer, nullable=False, server_default="0"),
    Column("answered", Integer, nullable=False, server_default="0"),
    Column("counts", JSON),
    Column("at", Instant),
)
