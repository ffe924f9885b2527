"""Background jobs as the stories see them: what a kind of job does, what is wanted again and again, how one stands.

A job is asked for with `storage.jobs.ask`, in the transaction that makes it necessary, and `world.wake()` after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from grading.text import Bilingual
from storage.jobs import Job, JobState, NewJob, ask_again_after, find_job, forget_finished_jobs
from workflows.refusal import RefusalCode, Refused
from workflows.visit import Role, Visit, find_place
from workflows.world import World

KEPT = timedelta(days=30)
"""How long a job that is over can still be looked at; periodic work may not be rarer."""


class Report(Protocol):
    """How a handler tells how far it has come; cheap, and of no effect on the database of whoever calls it."""

    def __call__(self, done: int, total: int | None = None, message: Bilingual | None = None) -> None:
        """So much of so much is done (`total` None: nobody knows), and what is being done now.

        Raises:
            workflows.job_worker.Interrupted: the worker is told to stop, or has lost the job; let it through.
        """


Handler = Callable[[World, Job, Report], Mapping[str, Any] | None]
"""Does a job, from its payload; returns what became of it, as ids and counts. May be called again for the same job
(a worker died in the middle), so doing it twice must do it once."""

Handlers = Mapping[str, Handler]
"""What each kind of job does."""


class TryAgain(Exception):
    """A handler could not do its job now: it is tried again after a pause (the usual one, where `after` is None)."""

    def __init__(self, why: Bilingual, *, after: timedelta | None = None) -> None:
        super().__init__(why.en)
        self.why = why
        self.after = after


class JobFailed(Exception):
    """A handler cannot do its job, and trying again would not help; `why` is shown to who asked."""

    def __init__(self, why: Bilingual) -> None:
        super().__init__(why.en)
        self.why = why


@dataclass(frozen=True, kw_only=True)
class Periodic:
    """Work of one kind that is wanted by itself: whatever `wanted` names now and was not asked for within `every`."""

    every: timedelta
    wanted: Callable[[World], Iterable[NewJob]]

    def __post_init__(self) -> None:
        if not timedelta(0) < self.every < KEPT:
            raise ValueError("periodic work comes again before its last job is forgotten")


@dataclass(frozen=True, kw_only=True)
class JobBook:
    """Everything a worker may be asked to do, and what it asks of itself."""

    handlers: Handlers
    periodic: tuple[Periodic, ...] = ()


def sweep_jobs(world: World, book: JobBook) -> None:
    """Ask for the periodic work that is due, and forget what has been over for long."""
    now = world.now()
    asked = 0
    for each in book.periodic:
        wanted = list(each.wanted(world))
        if wanted:
            with world.database.write() as connection:
                made = [ask_again_after(connection, new, each.every, now) for new in wanted]
                asked += sum(job_id is not None for job_id in made)
    with world.database.write() as connection:
        forget_finished_jobs(connection, before=now - KEPT)
    if asked:
        world.wake()


def show_job(world: World, visit: Visit, job_id: int) -> Job:
    """A job of this course, for its teachers and for who asked for it.

    Raises:
        Refused: no such job, or another course's.
    """
    place = find_place(world, visit)
    with world.database.read() as connection:
        found = find_job(connection, job_id)
    here = found is not None and found.course_id == place.activity.course_id
    if found is None or not here or not (visit.role is Role.TEACHER or found.by_person == visit.person_id):
        raise Refused(
            RefusalCode.NOT_FOUND,
            Bilingual(
                "Il n’y a pas de tâche de ce numéro ici : elle est terminée depuis longtemps, ou d’un autre cours.",
                "There is no task of this number here: it ended long ago, or is another course's.",
            ),
        )
    return found


def describe_job(job: Job) -> Bilingual:
    """How a job stands, in a sentence."""
    if job.state is JobState.DONE:
        return job.message or Bilingual("Terminé.", "Done.")
    if job.state is JobState.FAILED:
        return job.problem or Bilingual("La tâche a échoué.", "The task failed.")
    if job.state is JobState.RUNNING:
        return job.message or Bilingual("En cours…", "Under way…")
    if job.problem is not None:
        return Bilingual(
            f"{job.problem.fr} L’outil réessaie de lui-même.",
            f"{job.problem.en} The tool tries again by itself.",
        )
    return Bilingual(
        "En attente : la tâche commence dans un instant.", "Waiting: the task begins in a moment."
    )


__all__ = [
    "Handler",
    "Handlers",
    "Job",
    "JobBook",
    "JobFailed",
    "Periodic",
    "Report",
    "TryAgain",
    "describe_job",
    "show_job",
    "sweep_jobs",
]
