"""Deployments that launched without being known: held where the setting says so, until the operator approves them."""

from __future__ import annotations

from storage.audit import note
from storage.held_deployments import (
    HeldDeployment,
    all_held_deployments,
    approve_deployment,
    hold_deployment,
)
from workflows.world import World


def hold(world: World, platform_id: int, deployment_id: str) -> None:
    """Note a deployment whose launch was authentic, and refused because nobody knows the deployment."""
    with world.database.write() as connection:
        hold_deployment(connection, platform_id, deployment_id, world.now())


def list_held(world: World) -> list[HeldDeployment]:
    """The deployments that wait."""
    with world.database.read() as connection:
        return all_held_deployments(connection)


def approve(world: World, held_id: int) -> HeldDeployment:
    """Let a deployment launch from now on.

    Raises:
        LookupError: none of this number waits.
    """
    now = world.now()
    with world.database.write() as connection:
        approved = approve_deployment(connection, held_id)
        if approved is None:
            raise LookupError(f"no deployment {held_id} waits: see `platform deployments`")
        note(connection, "deployment_approved", now, details={"platform": approved.platform_id})
    return approved
