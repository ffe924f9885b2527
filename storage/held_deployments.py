"""Deployments that launched without being known, kept until somebody approves them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from storage.platforms import deployment_key
from storage.schema import held_deployment, platform
from storage.upsert import insert_if_new


@dataclass(frozen=True, kw_only=True)
class HeldDeployment:
    """A deployment that waits: whose it is, and when it tried first and last."""

    id: int
    platform_id: int
    platform_name: str
    deployment_id: str
    first_at: datetime
    last_at: datetime


_HELD = (
    select(
        held_deployment.c.id,
        held_deployment.c.platform_id,
        platform.c.name.label("platform_name"),
        held_deployment.c.deployment_id,
        held_deployment.c.first_at,
        held_deployment.c.last_at,
    )
    .join(platform, platform.c.id == held_deployment.c.platform_id)
    .order_by(held_deployment.c.id)
)


def hold_deployment(connection: Connection, platform_id: int, deployment_id: str, now: datetime) -> None:
    """Note that a deployment tried to launch; trying again only moves the last time."""
    values = {"platform_id": platform_id, "deployment_id": deployment_id, "first_at": now, "last_at": now}
    if not insert_if_new(connection, held_deployment, values):
        same = (held_deployment.c.platform_id == platform_id) & (
            held_deployment.c.deployment_id == deployment_id
        )
        connection.execute(update(held_deployment).where(same).values(last_at=now))


def all_held_deployments(connection: Connection) -> list[HeldDeployment]:
    """Every deployment that waits, in the order they came."""
    return [HeldDeployment(**row._mapping) for row in connection.execute(_HELD)]


def approve_deployment(connection: Connection, held_id: int) -> HeldDeployment | None:
    """Make a deployment that waits a known one; None where there is none of this number."""
    row = connection.execute(_HELD.where(held_deployment.c.id == held_id)).one_or_none()
    if row is None:
        return None
    held = HeldDeployment(**row._mapping)
    deployment_key(connection, held.platform_id, held.deployment_id)
    connection.execute(delete(held_deployment).where(held_deployment.c.id == held_id))
    return held
