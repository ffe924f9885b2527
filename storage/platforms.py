"""Platforms (LMS registrations), their deployments, and whether scores to them are on hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from storage.schema import deployment, person, platform
from storage.upsert import insert_if_new


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One client of one issuer, as the operator registered it; `hold_until` and `alarm_since` are UTC."""

    id: int
    name: str
    issuer: str
    client_id: str
    auth_login_url: str
    auth_token_url: str
    jwks_url: str
    service_origins: tuple[str, ...]
    enabled: bool
    deployment_ids: frozenset[str]
    hold_until: datetime | None
    hold_reason: str | None
    alarm_since: datetime | None
    failures_in_a_row: int
    token_audience: str | None


@dataclass(frozen=True, kw_only=True)
class PlatformAddresses:
    """What an operator types to register a platform."""

    name: str
    issuer: str
    client_id: str
    auth_login_url: str
    auth_token_url: str
    jwks_url: str
    service_origins: tuple[str, ...]
    token_audience: str | None = None


def save_platform(
    connection: Connection, addresses: PlatformAddresses, deployment_ids: Iterable[str], now: datetime
) -> tuple[int, bool]:
    """Add a platform, or bring the one of this issuer and client up to date; return its id and whether it is new."""
    values = {
        "name": addresses.name,
        "auth_login_url": addresses.auth_login_url,
        "auth_token_url": addresses.auth_token_url,
        "jwks_url": addresses.jwks_url,
        "service_origins": list(addresses.service_origins),
        "token_audience": addresses.token_audience,
        "enabled": True,
        "changed_at": now,
        "hold_until": None,
        "hold_reason": None,
        "alarm_since": None,
        "failures_in_a_row": 0,
    }
    same = (platform.c.issuer == addresses.issuer) & (platform.c.client_id == addresses.client_id)
    known = connection.scalar(select(platform.c.id).where(same).with_for_update())
    if known is None:
        values |= {"issuer": addresses.issuer, "client_id": addresses.client_id, "created_at": now}
        platform_id = int(
            connection.execute(insert(platform).values(values).returning(platform.c.id)).scalar_one()
        )
    else:
        platform_id = int(known)
        connection.execute(update(platform).where(platform.c.id == platform_id).values(values))
    for each in deployment_ids:
        deployment_key(connection, platform_id, each)
    return platform_id, known is None


_DEPLOYMENT = select(deployment.c.id).where(
    deployment.c.platform_id == bindparam("of_platform"), deployment.c.deployment_id == bindparam("named")
)


def deployment_key(connection: Connection, platform_id: int, deployment_id: str) -> int:
    """The row of a deployment, added where it is new (two launches at once end with one row)."""
    of = {"of_platform": platform_id, "named": deployment_id}
    key = connection.scalar(_DEPLOYMENT, of)
    if key is None:
        insert_if_new(connection, deployment, {"platform_id": platform_id, "deployment_id": deployment_id})
        key = connection.scalar(_DEPLOYMENT, of)
    if key is None:
        raise LookupError(f"no platform {platform_id}")
    return int(key)


def adopt_deployment(connection: Connection, platform_id: int, deployment_id: str) -> int | None:
    """The row of the first deployment that launches; None where another one was first.

    Locks the platform, so that of two deployments launching at once one is adopted.
    """
    connection.execute(select(platform.c.id).where(platform.c.id == platform_id).with_for_update()).all()
    known = connection.scalars(
        select(deployment.c.deployment_id).where(deployment.c.platform_id == platform_id)
    ).all()
    if known and deployment_id not in known:
        return None
    return deployment_key(connection, platform_id, deployment_id)


_PLATFORMS = (
    select(platform, deployment.c.deployment_id)
    .outerjoin(deployment, deployment.c.platform_id == platform.c.id)
    .order_by(platform.c.id)
)
_OF_ISSUER = _PLATFORMS.where(platform.c.issuer == bindparam("issuer"))
_OF_CLIENT = _OF_ISSUER.where(platform.c.client_id == bindparam("client_id"))
_OF_ID = _PLATFORMS.where(platform.c.id == bindparam("platform_id"))


def find_platforms(connection: Connection, issuer: str, client_id: str | None = None) -> list[Platform]:
    """The platforms of an issuer, enabled or not, narrowed to one client where it is given."""
    if client_id is None:
        return _platforms(connection.execute(_OF_ISSUER, {"issuer": issuer}))
    return _platforms(connection.execute(_OF_CLIENT, {"issuer": issuer, "client_id": client_id}))


def find_platform(connection: Connection, platform_id: int) -> Platform | None:
    """One platform, enabled or not."""
    return next(iter(_platforms(connection.execute(_OF_ID, {"platform_id": platform_id}))), None)


def all_platforms(connection: Connection) -> list[Platform]:
    """Every platform, the disabled ones too, in the order they were added."""
    return _platforms(connection.execute(_PLATFORMS))


def launched_platforms(connection: Connection) -> frozenset[int]:
    """The platforms from which somebody has launched at least once."""
    query = (
        select(deployment.c.platform_id).join(person, person.c.deployment_id == deployment.c.id).distinct()
    )
    return frozenset(connection.scalars(query))


def disable_platform(connection: Connection, platform_id: int, now: datetime) -> None:
    """Refuse this platform's launches and send it nothing more; its history stays."""
    connection.execute(
        update(platform).where(platform.c.id == platform_id).values(enabled=False, changed_at=now)
    )


def _platforms(rows: Iterable[Row[tuple[object, ...]]]) -> list[Platform]:
    """One platform for each group of rows: a row for each of its deployments, or one without any."""
    grouped: dict[int, tuple[Row[tuple[object, ...]], set[str]]] = {}
    for row in rows:
        _, deployments = grouped.setdefault(row.id, (row, set()))
        if row.deployment_id is not None:
            deployments.add(row.deployment_id)
    return [
        Platform(
            id=row.id,
            name=row.name,
            issuer=row.issuer,
            client_id=row.client_id,
            auth_login_url=row.auth_login_url,
            auth_token_url=row.auth_token_url,
            jwks_url=row.jwks_url,
            service_origins=tuple(row.service_origins),
            enabled=row.enabled,
            deployment_ids=frozenset(deployments),
            hold_until=row.hold_until,
            hold_reason=row.hold_reason,
            alarm_since=row.alarm_since,
            failures_in_a_row=row.failures_in_a_row,
            token_audience=row.token_audience,
        )
        for row, deployments in grouped.values()
    ]
