"""What is done every minute: forget what has expired, ask for periodic jobs.

Scores and jobs need no sweeping up: the worker reads them anyway.
"""

from __future__ import annotations

from datetime import timedelta

from storage.certificates import forget_old_names, forget_refused_results
from storage.deep_linking import forget_expired_requests
from storage.heartbeats import forget_silent
from storage.import_drafts import forget_expired_drafts
from storage.launch_state import forget_expired_nonces
from storage.pix_answers import forget_answers
from storage.rate_limits import forget_unused
from workflows.jobs import JobBook, sweep_jobs
from workflows.world import World

KEPT_FOR = timedelta(days=90)
"""How long what may be somebody else's certificate is kept."""


def sweep(world: World, jobs: JobBook) -> None:
    """Forget used nonces and import drafts past their time, limits not in use, workers silent for a day and old jobs.

    Forget what Pix said of certificates a while ago; after 90 days, the names on those nobody decided about and the
    results of those that were refused.
    Ask for periodic jobs.
    """
    now = world.now()
    with world.database.write() as connection:
        forget_expired_nonces(connection, now)
        forget_expired_drafts(connection, now)
        forget_expired_requests(connection, now)
        forget_unused(connection, now)
        forget_silent(connection, before=now - timedelta(days=1))
        forget_answers(connection, now)
        forget_old_names(connection, before=now - KEPT_FOR)
        forget_refused_results(connection, before=now - KEPT_FOR)
    sweep_jobs(world, jobs)
