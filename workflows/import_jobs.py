"""What the worker does for imports: compute a draft's preview, and do what a confirmed draft shows, once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from grading.text import Bilingual
from storage.activities import Activity, find_activity
from storage.database import Connection
from storage.import_drafts import (
    Draft,
    PackedPage,
    drop_draft,
    files_of,
    find_draft,
    propose_anew,
    show,
)
from storage.imports import CampaignImport, find_import, find_import_of_draft, lock_imports
from storage.jobs import NewJob
from storage.match_choices import choices_of
from storage.people import lock_people
from storage.unit_state import unit_state
from workflows.await_participations import expect_everybodys
from workflows.cohort import Cohort, load_people, rules_of, unit_year
from workflows.import_effects import shown_effects
from workflows.import_pages import effect_pages, pages_of_plan, summary_of
from workflows.import_plan import ImportPlan, Shown, plan_import
from workflows.jobs import Handlers, Job, JobFailed, Report, TryAgain
from workflows.take_import import take_in
from workflows.undo_import import UndoPlan, plan_undoing, undo
from workflows.world import RulesFile, World

PREVIEW, APPLY = "import_preview", "import_apply"

_WRITING = Bilingual("Enregistrement…", "Writing it down…")
_PREPARING = Bilingual("Préparation de l’aperçu…", "Preparing the preview…")
_DONE = Bilingual("Terminé.", "Done.")
_GONE = Bilingual(
    "Cet aperçu n’existe plus : il a été confirmé, annulé, ou il a expiré.",
    "This preview is gone: it was confirmed, cancelled or has expired.",
)
_UNSTEADY = Bilingual(
    "La situation ne cesse de changer (envois, décisions) : rien n’a été importé.",
    "Things keep changing (hand-ins, decisions): nothing was imported.",
)


def import_handlers() -> Handlers:
    """What the worker does for each kind of job."""
    return {PREVIEW: compute_preview, APPLY: apply_draft}


def preview_job(draft_id: str, revision: int, activity_id: int, by_person: int) -> NewJob:
    """The job that computes the preview of what a draft proposes now."""
    return NewJob(
        kind=PREVIEW,
        key=f"{draft_id}:{revision}",
        payload={"draft": draft_id, "revision": revision},
        by_person=by_person,
        activity_id=activity_id,
    )


def apply_job(draft: Draft, seen: str, by_person: int) -> NewJob:
    """The job that does what a draft's preview, of this digest, shows."""
    return NewJob(
        kind=APPLY,
        key=draft.id,
        payload={"draft": draft.id, "revision": draft.revision, "seen": seen},
        by_person=by_person,
        activity_id=draft.activity_id,
    )


def compute_preview(world: World, job: Job, report: Report) -> Mapping[str, Any]:
    """Compute the preview of the revision that was asked for, unless something else is proposed by now."""
    return preview_now(world, str(job.payload["draft"]), report, revision=int(job.payload["revision"]))


def preview_now(
    world: World, draft_id: str, report: Report, *, revision: int | None = None
) -> Mapping[str, Any]:
    """Read the files of a draft (or look at the import it would undo), and keep what would change, page by page.

    Raises:
        JobFailed: the draft is gone, or the import to undo was undone.
    """
    with world.database.read() as connection:
        draft = _draft(connection, world, draft_id)
        if revision not in (None, draft.revision):
            return {"outdated": True}
        place = _Place.of(connection, world, draft)
        found = _look(connection, world, draft, place, report)
    report(1, 1, _PREPARING)
    pages = found.pages(place.cohort)
    with world.database.write() as connection:
        shown = show(connection, draft_id, draft.revision, found.summary(), pages)
    report(1, 1, _DONE)
    return {"shown": shown, "lines": found.lines, "marks": found.marks}


def apply_draft(world: World, job: Job, report: Report) -> Mapping[str, Any]:
    """Do what a teacher confirmed."""
    return apply_now(world, str(job.payload["draft"]), str(job.payload["seen"]), report)


def apply_now(world: World, draft_id: str, seen: str, report: Report) -> Mapping[str, Any]:
    """Do what the preview of this digest showed, if it still would; otherwise show anew, and change nothing.

    Raises:
        JobFailed: the draft is gone, or the import to undo was undone.
        TryAgain: things keep changing.
    """
    for attempt in range(4):
        with world.database.read() as connection:
            became = find_import_of_draft(connection, draft_id)
            if became is not None:
                return {"import": became}
            draft = _draft(connection, world, draft_id)
            place = _Place.of(connection, world, draft)
            found = _look(connection, world, draft, place, report, known=draft.summary)
        if found.digest != seen:
            return _show_anew(world, draft, place, found)
        report(found.lines, found.lines, _WRITING)
        with world.database.write() as connection:
            lock_people(connection, place.cohort.members)
            lock_imports(connection, place.cohort.scope.course_id)
            kept = find_draft(connection, draft_id, world.now(), lock=True)
            if kept is None or kept.revision != draft.revision:
                continue
            if _state(connection, draft, place) != found.state:
                if attempt < 2:
                    continue
                # Somebody is always quicker: everybody else waits this once.
                place = _Place.of(connection, world, draft)
                found = _look(connection, world, draft, place, report)
                if found.digest != seen:
                    continue
            done = _write(connection, world, draft, place, found)
        world.wake()
        report(found.lines, found.lines, _DONE)
        return done
    raise TryAgain(_UNSTEADY)


def _write(
    connection: Connection, world: World, draft: Draft, place: _Place, found: _Found
) -> Mapping[str, Any]:
    scope, now = place.cohort.scope, world.now()
    drop_draft(connection, draft.id)
    if found.undoing is not None:
        done, plan = found.undoing
        undo(connection, place.rules, scope, done, plan, by_person=draft.by_person, now=now)
        if plan.choices:
            expect_everybodys(connection, world, scope.course_id)
        return {"import": done.id, "undone": True}
    if found.plan is None:
        raise ValueError("a draft proposes to take files in or to undo an import")
    import_id = take_in(
        connection,
        place.rules,
        scope,
        found.plan,
        name=_name(found.plan),
        draft_id=draft.id,
        component=place.activity.component or "",
        by_person=draft.by_person,
        now=now,
    )
    if any(each.draft_id == draft.id for each in choices_of(connection, scope)):
        expect_everybodys(connection, world, scope.course_id)
    return {"import": import_id}


def _name(plan: ImportPlan) -> str:
    names = [each.file.name for each in plan.files]
    return names[0] if len(names) == 1 else f"{names[0]} (+ {len(names) - 1})"


def _show_anew(world: World, draft: Draft, place: _Place, found: _Found) -> Mapping[str, Any]:
    pages = found.pages(place.cohort)
    with world.database.write() as connection:
        revision = propose_anew(connection, draft.id)
        show(connection, draft.id, revision, found.summary(), pages)
    return {"changed": True, "revision": revision}


class _Place:
    """Where a draft is of: its activity, the rules, and everybody."""

    def __init__(self, activity: Activity, rules: RulesFile, cohort: Cohort) -> None:
        self.activity = activity
        self.rules = rules
        self.cohort = cohort

    @classmethod
    def of(cls, connection: Connection, world: World, draft: Draft) -> _Place:
        """Read it."""
        activity = find_activity(connection, draft.activity_id)
        if activity is None:
            raise JobFailed(_GONE)
        rules = rules_of(world, activity)
        return cls(activity, rules, load_people(connection, rules, unit_year(activity)))


class _Found:
    """What taking files in, or undoing an import, would do, and the unit's state when that was found."""

    def __init__(
        self,
        state: str,
        *,
        plan: ImportPlan | None = None,
        undoing: tuple[CampaignImport, UndoPlan] | None = None,
    ) -> None:
        self.state = state
        self.plan = plan
        self.undoing = undoing

    @property
    def lines(self) -> int:
        """How many lines it is about."""
        return 0 if self.plan is None else len(self.plan.lines)

    @property
    def marks(self) -> int:
        """How many marks would change."""
        return (
            self.plan.marks if self.plan is not None else len(self.undoing[1].effects) if self.undoing else 0
        )

    @property
    def digest(self) -> str:
        """What changes when anything of consequence does."""
        if self.plan is not None:
            return self.plan.digest
        return "" if self.undoing is None else _undo_digest(*self.undoing)

    def pages(self, cohort: Cohort) -> list[PackedPage]:
        """The pages of its preview."""
        if self.plan is not None:
            return pages_of_plan(cohort, self.plan)
        return effect_pages(self.undoing[1].effects if self.undoing else ())

    def summary(self) -> dict[str, Any]:
        """What its preview says beside the pages."""
        if self.plan is not None:
            return summary_of(self.plan, self.state)
        counts = self.undoing[1].counts if self.undoing else {}
        return {"counts": counts, "digest": self.digest, "state": self.state, "marks": self.marks}


def _look(
    connection: Connection,
    world: World,
    draft: Draft,
    place: _Place,
    report: Report,
    known: Mapping[str, Any] | None = None,
) -> _Found:
    scope = place.cohort.scope
    state = _state(connection, draft, place)
    if draft.undoes is not None:
        done = find_import(connection, scope, draft.undoes)
        if done is None or done.undone is not None:
            raise JobFailed(
                Bilingual(
                    "Cet import est déjà annulé : il n’y a rien de plus à défaire.",
                    "This import is undone already: there is nothing more to undo.",
                )
            )
        report(0, None, Bilingual("Lecture de l’import à annuler…", "Reading the import to undo…"))
        return _Found(state, undoing=(done, plan_undoing(connection, place.cohort, done)))
    shown = None
    if known is not None and known.get("state") == state and draft.is_shown:
        shown = Shown(marks=known["marks"], digest=known["digest"])
    plan = plan_import(
        connection,
        place.cohort,
        draft.id,
        files_of(connection, draft.id),
        here=place.activity.component or "",
        codes=world.codes,
        report=report,
        shown=shown,
    )
    return _Found(state, plan=plan)


def _state(connection: Connection, draft: Draft, place: _Place) -> str:
    """What a preview rests on beside its files: the unit, the rules, and what the activity stands for by now."""
    activity = find_activity(connection, draft.activity_id)
    stands_for = (
        None if activity is None else (activity.unit_code, activity.academic_year, activity.component)
    )
    what = [unit_state(connection, place.cohort.scope), place.cohort.rules.digest, stands_for]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


def _undo_digest(done: CampaignImport, plan: UndoPlan) -> str:
    what = [
        done.id,
        [[each.id for each in reversal.withdraw] for reversal in (plan.sendings, plan.results)],
        [[each.id for each in reversal.restore] for reversal in (plan.sendings, plan.results)],
        [[each.identity_key, each.choice, each.person_id] for each in plan.choices],
        shown_effects(plan.effects),
    ]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


def _draft(connection: Connection, world: World, draft_id: str) -> Draft:
    draft = find_draft(connection, draft_id, world.now())
    if draft is None:
        raise JobFailed(_GONE)
    return draft
