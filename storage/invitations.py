"""Invitations to register a platform: found by the digest of their code, claimed by one at a time, used once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select, update

from storage.schema import invitation


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """An invitation as it stands; `platform_id` is the platform it was used for.

    `used_for` is a digest of what it was used with: who sends the same again is told the same again.
    """

    id: int
    name: str | None
    service_origins: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None
    used_at: datetime | None
    used_for: str | None
    platform_id: int | None

    def is_open(self, now: datetime) -> bool:
        """Whether it may still be used."""
        return self.used_at is None and self.withdrawn_at is None and now < self.expires_at


_COLUMNS = (
    invitation.c.id,
    invitation.c.name,
    invitation.c.service_origins,
    invitation.c.created_at,
    invitation.c.expires_at,
    invitation.c.withdrawn_at,
    invitation.c.used_at,
    invitation.c.used_for,
    invitation.c.platform_id,
)


def add_invitation(
    connection: Connection,
    *,
    digest: str,
    name: str | None,
    service_origins: Collection[str],
    expires_at: datetime,
    now: datetime,
) -> int:
    """Add an invitation; its number."""
    values = {
        "digest": digest,
        "name": name,
        "service_origins": list(service_origins),
        "created_at": now,
        "expires_at": expires_at,
    }
    return int(connection.execute(insert(invitation).values(values).returning(invitation.c.id)).scalar_one())


def find_invitation(connection: Connection, digest: str) -> Invitation | None:
    """The invitation of a code, whatever has become of it."""
    row = connection.execute(select(*_COLUMNS).where(invitation.c.digest == digest)).one_or_none()
    return None if row is None else _invitation(row._mapping)


def all_invitations(connection: Connection) -> list[Invitation]:
    """Every invitation, oldest first."""
    rows = connection.execute(select(*_COLUMNS).order_by(invitation.c.id))
    return [_invitation(row._mapping) for row in rows]


def withdraw_invitation(connection: Connection, invitation_id: int, now: datetime) -> bool:
    """Let nobody use an invitation any more, a registration under way included; False where it is used or gone."""
    changed = connection.execute(
        update(invitation)
        .where(
            invitation.c.id == invitation_id,
            invitation.c.used_at.is_(None),
            invitation.c.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now, claim=None, claimed_until=None)
        .returning(invitation.c.id)
    )
    return len(changed.all()) == 1


def claim_invitation(
    connection: Connection, invitation_id: int, *, claim: str, until: datetime, now: datetime
) -> bool:
    """Take an open invitation for oneself for a while; of several who try at once, one gets it."""
    changed = connection.execute(
        update(invitation)
        .where(
            invitation.c.id == invitation_id,
            invitation.c.used_at.is_(None),
            invitation.c.withdrawn_at.is_(None),
            invitation.c.expires_at > now,
            or_(invitation.c.claim.is_(None), invitation.c.claimed_until <= now),
        )
        .values(claim=claim, claimed_until=until)
        .returning(invitation.c.id)
    )
    return len(changed.all()) == 1


def release_invitation(connection: Connection, invitation_id: int, claim: str) -> None:
    """Give a claim back: the registration failed, and may be tried again."""
    connection.execute(
        update(invitation)
        .where(invitation.c.id == invitation_id, invitation.c.claim == claim)
        .values(claim=None, claimed_until=None)
    )


def use_invitation(
    connection: Connection,
    invitation_id: int,
    *,
    claim: str,
    platform_id: int,
    used_for: str,
    now: datetime,
) -> bool:
    """Use an invitation up; False where the claim was lost meanwhile."""
    changed = connection.execute(
        update(invitation)
        .where(invitation.c.id == invitation_id, invitation.c.claim == claim, invitation.c.used_at.is_(None))
        .values(used_at=now, used_for=used_for, platform_id=platform_id, claim=None, claimed_until=None)
        .returning(invitation.c.id)
    )
    return len(changed.all()) == 1


def _invitation(row: object) -> Invitation:
    values = dict(row)  # type: ignore[call-overload]  # a row's mapping, whose type SQLAlchemy keeps to itself
    return Invitation(**{**values, "service_origins": tuple(values["service_origins"])})
