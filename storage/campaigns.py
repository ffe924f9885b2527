"""The Pix campaign of each component: one at a time, given by a teacher; those of before stay on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, select, update

from storage.audit import note
from storage.schema import campaign, course
from storage.scope import UnitYear, in_unit


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """The campaign that receives a component's sendings, current until `ended_at`.

    `number` (Pix's own), `kind` (`profiles_collection` or `assessment`) and `external_id_label` are known once a file
    or the API has shown them. `proof` is what the last trial showed, as `workflows.campaign_page` keeps it.
    """

    id: int
    scope: UnitYear
    component: str
    code: str
    address: str
    external_id_label: str | None
    number: str | None
    kind: str | None
    set_by: int
    set_at: datetime
    ended_at: datetime | None
    proof: Mapping[str, Any] | None
    proven_at: datetime | None


def find_campaign(connection: Connection, scope: UnitYear, component: str) -> Campaign | None:
    """The current campaign of a component."""
    query = select(campaign).where(in_unit(campaign, scope), campaign.c.component == component, _CURRENT)
    row = connection.execute(query.order_by(campaign.c.id.desc()).limit(1)).one_or_none()
    return _campaign(row) if row else None


def campaigns_of(connection: Connection, course_id: int) -> list[Campaign]:
    """The current campaigns of a course, of all its units, oldest first."""
    query = select(campaign).where(campaign.c.course_id == course_id, _CURRENT).order_by(campaign.c.id)
    return [_campaign(row) for row in connection.execute(query)]


def all_campaigns(connection: Connection) -> list[Campaign]:
    """The current campaigns of every course, oldest first."""
    query = select(campaign).where(_CURRENT).order_by(campaign.c.id)
    return [_campaign(row) for row in connection.execute(query)]


def campaigns_by_code(connection: Connection, code: str, course_id: int | None = None) -> list[Campaign]:
    """The current campaigns with this code, of a course or of all, oldest first."""
    query = select(campaign).where(campaign.c.code == code, _CURRENT).order_by(campaign.c.id)
    if course_id is not None:
        query = query.where(campaign.c.course_id == course_id)
    return [_campaign(row) for row in connection.execute(query)]


def lock_campaigns(connection: Connection, course_id: int) -> None:
    """Make another transaction that changes campaigns of this course wait (SQLite's writes already do)."""
    connection.execute(
        select(course.c.id).where(course.c.id == course_id).with_for_update(key_share=True)
    ).all()


def set_campaign(
    connection: Connection,
    scope: UnitYear,
    component: str,
    *,
    code: str,
    address: str,
    external_id_label: str | None = None,
    by_person: int,
    now: datetime,
) -> Campaign:
    """Make a campaign the current one of a component; the one of before ends. Audited.

    The same code again keeps what is known of the campaign, and only notes the address.
    """
    before = find_campaign(connection, scope, component)
    if before is not None and before.code == code:
        values = {"address": address, "external_id_label": external_id_label or before.external_id_label}
        connection.execute(update(campaign).where(campaign.c.id == before.id).values(**values))
        return _campaign(connection.execute(select(campaign).where(campaign.c.id == before.id)).one())
    _end(connection, scope, component, now)
    made = insert(campaign).values(
        course_id=scope.course_id,
        unit_code=scope.unit_code,
        academic_year=scope.academic_year,
        component=component,
        code=code,
        address=address,
        external_id_label=external_id_label,
        set_by=by_person,
        set_at=now,
    )
    row = connection.execute(made.returning(campaign)).one()
    _note(connection, scope, component, now, by_person, before=before, after=code)
    return _campaign(row)


def end_campaign(
    connection: Connection, scope: UnitYear, component: str, *, by_person: int, now: datetime
) -> None:
    """Let a component have no campaign any more. Audited; nothing happens where it has none."""
    before = find_campaign(connection, scope, component)
    if before is not None:
        _end(connection, scope, component, now)
        _note(connection, scope, component, now, by_person, before=before, after=None)


def note_facts(
    connection: Connection,
    campaign_id: int,
    *,
    number: str | None = None,
    kind: str | None = None,
    external_id_label: str | None = None,
) -> None:
    """Keep what a file or the API shows of a campaign; what is `None` stays as it was."""
    given = {"number": number, "kind": kind, "external_id_label": external_id_label}
    values = {name: value for name, value in given.items() if value is not None}
    if values:
        connection.execute(update(campaign).where(campaign.c.id == campaign_id).values(**values))


def note_proof(connection: Connection, campaign_id: int, proof: Mapping[str, Any], now: datetime) -> None:
    """Keep what a trial of the campaign has shown, instead of the trial before."""
    values = {"proof": dict(proof), "proven_at": now}
    connection.execute(update(campaign).where(campaign.c.id == campaign_id).values(**values))


_CURRENT = campaign.c.ended_at.is_(None)


def _end(connection: Connection, scope: UnitYear, component: str, now: datetime) -> None:
    current = and_(in_unit(campaign, scope), campaign.c.component == component, _CURRENT)
    connection.execute(update(campaign).where(current).values(ended_at=now))


def _note(
    connection: Connection,
    scope: UnitYear,
    component: str,
    now: datetime,
    by_person: int,
    *,
    before: Campaign | None,
    after: str | None,
) -> None:
    details = {
        "unit": scope.unit_code,
        "component": component,
        "before": before.code if before else None,
        "after": after,
    }
    note(connection, "campaign_set", now, by_person=by_person, course_id=scope.course_id, details=details)


def _campaign(row: Row[Any]) -> Campaign:
    return Campaign(
        id=row.id,
        scope=UnitYear(course_id=row.course_id, unit_code=row.unit_code, academic_year=row.academic_year),
        component=row.component,
        code=row.code,
        address=row.address,
        external_id_label=row.external_id_label,
        number=row.number,
        kind=row.kind,
        set_by=row.set_by,
        set_at=row.set_at,
        ended_at=row.ended_at,
        proof=row.proof,
        proven_at=row.proven_at,
    )
