"""Campaigns as Pix's API shows them, by code: whose they are, how far each was read, and with what result."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from storage.schema import campaign, pix_campaign
from storage.upsert import insert_if_new


@dataclass(frozen=True, kw_only=True)
class PixCampaign:
    """A campaign some component uses now. `number` and `organization_id` are Pix's own, `None` until it was found.

    `found` holds the counts of the last whole reading (`read_at`), and what could not be believed in it. `trouble`
    is why the last attempt (`trouble_at`) gave nothing; nothing is asked before `wait_until`.
    """

    code: str
    number: int | None = None
    organization_id: int | None = None
    organization_name: str | None = None
    name: str | None = None
    kind: str | None = None
    is_archived: bool | None = None
    looked_for_at: datetime | None = None
    wanted_at: datetime | None = None
    begun_at: datetime | None = None
    read_at: datetime | None = None
    since: datetime | None = None
    whole_at: datetime | None = None
    trouble: str | None = None
    trouble_at: datetime | None = None
    wait_until: datetime | None = None
    found: Mapping[str, Any] | None = None


def used_campaigns(connection: Connection) -> list[PixCampaign]:
    """Every campaign that a component of some course uses now, by code; those never looked for yet, too."""
    used = select(campaign.c.code).where(campaign.c.ended_at.is_(None)).distinct().subquery()
    query = select(used.c.code.label("used_code"), pix_campaign).outerjoin(
        pix_campaign, pix_campaign.c.code == used.c.code
    )
    rows = connection.execute(query.order_by(used.c.code))
    return [PixCampaign(code=row.used_code) if row.code is None else _campaign(row) for row in rows]


def find_pix_campaign(connection: Connection, code: str) -> PixCampaign:
    """A campaign by its code, with nothing known where it was never looked for."""
    row = connection.execute(select(pix_campaign).where(pix_campaign.c.code == code)).one_or_none()
    return PixCampaign(code=code) if row is None else _campaign(row)


def want_campaigns(connection: Connection, codes: Collection[str], now: datetime) -> None:
    """Note that these are to be read now, whenever they were read last."""
    _add(connection, codes)
    connection.execute(update(pix_campaign).where(pix_campaign.c.code.in_(codes)).values(wanted_at=now))


def note_campaigns_found(connection: Connection, found: Collection[PixCampaign], now: datetime) -> None:
    """Keep whose these are at Pix; one that has another number now is read from its beginning."""
    _add(connection, [each.code for each in found])
    for each in found:
        before = find_pix_campaign(connection, each.code)
        values: dict[str, Any] = {
            "number": each.number,
            "organization_id": each.organization_id,
            "organization_name": each.organization_name,
            "name": each.name,
            "kind": each.kind,
            "is_archived": each.is_archived,
            "looked_for_at": now,
        }
        if before.number != each.number:
            values |= {"since": None, "whole_at": None, "begun_at": None, "read_at": None, "found": None}
            values |= {"trouble": None, "trouble_at": None}
        connection.execute(update(pix_campaign).where(pix_campaign.c.code == each.code).values(**values))


def note_campaigns_missing(
    connection: Connection, codes: Collection[str], trouble: str, now: datetime
) -> None:
    """Keep that Pix shows us no campaign with these codes."""
    _add(connection, codes)
    values = {"trouble": trouble, "trouble_at": now, "looked_for_at": now}
    connection.execute(
        update(pix_campaign)
        .where(pix_campaign.c.code.in_(codes), pix_campaign.c.number.is_(None))
        .values(**values)
    )


def forget_campaign_number(connection: Connection, code: str) -> None:
    """Look for it again: what Pix said of it holds no more."""
    values = {"number": None, "organization_id": None, "looked_for_at": None}
    connection.execute(update(pix_campaign).where(pix_campaign.c.code == code).values(**values))


def note_reading_begun(connection: Connection, code: str, now: datetime) -> None:
    """Keep that a reading begins."""
    connection.execute(update(pix_campaign).where(pix_campaign.c.code == code).values(begun_at=now))


def note_reading_failed(
    connection: Connection, code: str, trouble: str, now: datetime, *, wait_until: datetime | None = None
) -> None:
    """Keep why a reading gave nothing; the next begins where the last whole one did, not before `wait_until`."""
    values = {"trouble": trouble, "trouble_at": now, "wait_until": wait_until}
    connection.execute(update(pix_campaign).where(pix_campaign.c.code == code).values(**values))


def note_reading_done(
    connection: Connection,
    code: str,
    *,
    since: datetime,
    whole: bool,
    found: Mapping[str, Any],
    now: datetime,
) -> None:
    """Keep that everything up to `since` is stored, and what was found; `whole`: it was read from the beginning."""
    values: dict[str, Any] = {
        "read_at": now,
        "since": since,
        "found": dict(found),
        "trouble": None,
        "trouble_at": None,
        "wait_until": None,
    }
    if whole:
        values["whole_at"] = now
    connection.execute(update(pix_campaign).where(pix_campaign.c.code == code).values(**values))


def _add(connection: Connection, codes: Collection[str]) -> None:
    for code in sorted(set(codes)):
        insert_if_new(connection, pix_campaign, {"code": code})


def _campaign(row: Row[Any]) -> PixCampaign:
    names = PixCampaign.__dataclass_fields__
    return PixCampaign(**{name: value for name, value in row._mapping.items() if name in names})
