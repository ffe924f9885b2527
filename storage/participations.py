"""Participations that Pix's API told of, each once: what was sent, by whom as Pix knows them; how they were settled."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Executable, Row, false, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.schema import participation, settlement
from storage.upsert import insert_if_new

_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class KeptParticipation:
    """A participation that was sent. `topics`: by competence, how many topics, the lowest and the highest level."""

    campaign_number: int
    number: int
    participant: str | None
    first_name: str
    last_name: str
    external_id: str | None
    shared_at: datetime
    total: int | None
    mastery: Decimal | None
    topics: Mapping[str, tuple[int, int, int]]


def keep_participations(connection: Connection, kept: Iterable[KeptParticipation]) -> int:
    """Keep these, in the place of what Pix said of them before; return how many were new."""
    rows = {(each.campaign_number, each.number): each for each in kept}
    if not rows:
        return 0
    known: set[int] = set()
    for campaign_number in {key[0] for key in rows}:
        numbers = [number for other, number in rows if other == campaign_number]
        for start in range(0, len(numbers), _AT_ONCE):
            query = select(participation.c.number).where(
                participation.c.campaign_number == campaign_number,
                participation.c.number.in_(numbers[start : start + _AT_ONCE]),
            )
            known |= set(connection.scalars(query))
    connection.execute(_upsert(connection.dialect.name), [_values(each) for each in rows.values()])
    return sum(number not in known for _, number in rows)


def participations_of(connection: Connection, campaign_number: int) -> list[KeptParticipation]:
    """Everything that was sent in a campaign, oldest first."""
    query = select(participation).where(participation.c.campaign_number == campaign_number)
    ordered = query.order_by(participation.c.shared_at, participation.c.number)
    return [_participation(row) for row in connection.execute(ordered)]


def bears_any(connection: Connection, campaign_number: int, numbers: Collection[str]) -> bool:
    """Whether the identifier of a participation holds one of these numbers, whatever stands around it."""
    holds = [participation.c.external_id.icontains(number, autoescape=True) for number in numbers]
    query = select(participation.c.id).where(
        participation.c.campaign_number == campaign_number, or_(false(), *holds)
    )
    return connection.scalar(query.limit(1)) is not None


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """Whose the participations of a component's campaign turned out to be: how many of each outcome, and when."""

    asked: int
    answered: int
    counts: Mapping[str, int] | None
    at: datetime | None


NEVER = Settlement(asked=0, answered=0, counts=None, at=None)


def find_settlement(connection: Connection, campaign_id: int) -> Settlement:
    """How a campaign's participations were settled last."""
    row = connection.execute(select(settlement).where(settlement.c.campaign_id == campaign_id)).one_or_none()
    if row is None:
        return NEVER
    return Settlement(asked=row.asked, answered=row.answered, counts=row.counts, at=row.at)


def ask_for_settlement(connection: Connection, campaign_id: int) -> None:
    """Note that something has changed since: somebody came, or got a number."""
    insert_if_new(connection, settlement, {"campaign_id": campaign_id})
    this = settlement.c.campaign_id == campaign_id
    connection.execute(update(settlement).where(this).values(asked=settlement.c.asked + 1))


def note_settlement(
    connection: Connection, campaign_id: int, counts: Mapping[str, int], now: datetime, *, answered: int
) -> None:
    """Keep how a campaign's participations were settled, and what was `asked` when they were looked at."""
    insert_if_new(connection, settlement, {"campaign_id": campaign_id})
    values = {"counts": dict(counts), "at": now, "answered": answered}
    connection.execute(update(settlement).where(settlement.c.campaign_id == campaign_id).values(**values))


def _upsert(dialect: str) -> Executable:
    make = postgres_insert if dialect == "postgresql" else sqlite_insert
    made = make(participation)
    kept = {"id", "campaign_number", "number"}
    newer = {each.name: made.excluded[each.name] for each in participation.c if each.name not in kept}
    return made.on_conflict_do_update(index_elements=["campaign_number", "number"], set_=newer)


def _values(each: KeptParticipation) -> dict[str, Any]:
    return {
        "campaign_number": each.campaign_number,
        "number": each.number,
        "participant": each.participant,
        "first_name": each.first_name,
        "last_name": each.last_name,
        "external_id": each.external_id,
        "shared_at": each.shared_at,
        "total": each.total,
        "mastery": None if each.mastery is None else str(each.mastery),
        "topics": {code: list(levels) for code, levels in each.topics.items()},
    }


def _participation(row: Row[Any]) -> KeptParticipation:
    return KeptParticipation(
        campaign_number=row.campaign_number,
        number=row.number,
        participant=row.participant,
        first_name=row.first_name,
        last_name=row.last_name,
        external_id=row.external_id,
        shared_at=row.shared_at,
        total=row.total,
        mastery=None if row.mastery is None else Decimal(row.mastery),
        topics={code: (each[0], each[1], each[2]) for code, each in row.topics.items()},
    )
