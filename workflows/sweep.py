"""What is done every minute: forget what has expired. Scores need no sweeping up: the worker reads them anyway."""

from __future__ import annotations

from datetime import timedelta

from storage.heartbeats import forget_silent
from storage.imports import forget_expired_drafts
from storage.launch_state import forget_expired_nonces
from storage.rate_limits import forget_unused
from workflows.world import World


def sweep(world: World) -> None:
    """Forget used nonces and import drafts past their time, limits not in use, and workers silent for a day."""
    now = world.now()
    with world.database.write() as connection:
        forget_expired_nonces(connection, now)
        forget_expired_drafts(connection, now)
        forget_unused(connection, now)
        forget_silent(connection, before=now - timedelta(days=1))
