"""What is done every minute: forget what has expired, ask for periodic jobs.

Scores and jobs need no sweeping up: the worker reads them anyway.
"""

from __future__ import annotations

from datetime import timedelta

from storage.heartbeats import forget_silent
from storage.import_drafts import forget_expired_drafts
from storage.launch_state import forget_expired_nonces
from storage.rate_limits import forget_unused
from workflows.jobs import JobBook, sweep_jobs
from workflows.world import World


def sweep(world: World, jobs: JobBook) -> None:
    """Forget used nonces and import drafts past their time, limits not in use, workers silent for a day and old jobs.

    Ask for periodic jobs.
    """
    now = world.now()
    with world.database.write() as connection:
        forget_expired_nonces(connection, now)
        forget_expired_drafts(connection, now)
        forget_unused(connection, now)
        forget_silent(connection, before=now - timedelta(days=1))
    sweep_jobs(world, jobs)
