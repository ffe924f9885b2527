"""What a teacher sees of imports: the list, one import, a draft's preview page by page. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grading.rules import Unit
from grading.text import Bilingual, moment
from storage.activities import Activity
from storage.database import Connection
from storage.import_drafts import Draft, find_draft, page_of, pages_of
from storage.imports import CampaignImport, find_import, imports_of
from storage.jobs import Job, JobState, find_last_job
from storage.people import Member, count_members, members_of, people_of
from workflows.cohort import component_of, rules_of, unit_year
from workflows.import_jobs import APPLY, PREVIEW
from workflows.import_pages import (
    DECISIONS,
    DECISIONS_A_PAGE,
    EFFECTS,
    LINES,
    LINES_A_PAGE,
    REJECTED,
    ShownEffect,
    ShownFile,
    ShownLine,
    shown_effect,
    shown_file,
    shown_line,
)
from workflows.person_names import order_of, person_label, person_name
from workflows.refusal import RefusalCode, Refused
from workflows.visit import Role, Visit, find_place, require
from workflows.world import RulesFile, World


@dataclass(frozen=True, kw_only=True)
class ListedImport:
    """An import in a list: what it was, when, and when and by whom it was undone."""

    done: CampaignImport
    at: Bilingual
    component: Bilingual
    undone_at: Bilingual | None = None
    undone_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class ImportStart:
    """The page where files are dropped: what it is for, and the imports of the unit, newest first."""

    unit: Unit
    component_title: Bilingual
    is_catch_up: bool
    imports: tuple[ListedImport, ...]


def import_start(world: World, visit: Visit) -> ImportStart:
    """What the page that asks for files shows.

    Raises:
        Refused: not a teacher; the activity is not set up.
    """
    activity, rules = import_target(world, visit)
    with world.database.read() as connection:
        listed = list_imports(connection, activity, rules)
    return ImportStart(
        unit=rules.unit,
        component_title=title_of_part(rules.unit, activity.component or ""),
        is_catch_up=component_of(rules, activity) is None,
        imports=listed,
    )


def list_imports(connection: Connection, activity: Activity, rules: RulesFile) -> tuple[ListedImport, ...]:
    """The imports of the activity's unit, newest first, those undone too."""
    done = imports_of(connection, unit_year(activity))
    names = people_of(connection, {each.undone.by_person for each in done if each.undone is not None})
    zone = rules.unit.timezone
    return tuple(
        ListedImport(
            done=each,
            at=moment(each.at, zone),
            component=title_of_part(rules.unit, each.component),
            undone_at=None if each.undone is None else moment(each.undone.at, zone),
            undone_by=None if each.undone is None else person_name(names[each.undone.by_person]),
        )
        for each in done
    )


@dataclass(frozen=True, kw_only=True)
class Learner:
    """Somebody a line may be given to."""

    person_id: int
    label: str


@dataclass(frozen=True, kw_only=True)
class ImportPreview:
    """What a preview shows: the whole in numbers, and one page of its lines and marks.

    `counts` are by outcome (or, of an undoing, what goes back). `changes`: confirming adds or moves something. Of the
    identities that are `waiting`, `questions` may be somebody of the course; the lines of the others are
    `lines_of_strangers`. `changed`: things changed since the preview the teacher confirmed, and nothing was done.
    `undoes` is the import to undo, with its instant. `learners` are there where the page `lists_everybody`; `names` are
    of whom lines suggest.
    """

    draft_id: str
    unit: Unit
    component_title: Bilingual
    titles: Mapping[str, Bilingual]
    files: tuple[ShownFile, ...]
    counts: Mapping[str, int]
    total: int
    marks: int
    late: int
    late_lines: tuple[int, ...]
    waiting: int
    questions: int
    lines_of_strangers: int
    digest: str
    changes: bool
    changed: bool
    undoes: ListedImport | None
    lines: tuple[ShownLine, ...]
    decisions: tuple[ShownLine, ...]
    rejected: tuple[ShownLine, ...]
    effects: tuple[ShownEffect, ...]
    learners: tuple[Learner, ...]
    lists_everybody: bool
    names: Mapping[int, str]

    @property
    def shown_counts(self) -> dict[str, int]:
        """The lines by outcome, those that wait told apart: a `question`, or of a `stranger` to the course."""
        waiting = self.counts.get("needs_decision", 0)
        apart = {"question": waiting - self.lines_of_strangers, "stranger": self.lines_of_strangers}
        return {**self.counts, "needs_decision": 0, **apart}


@dataclass(frozen=True, kw_only=True)
class DraftState:
    """Where a draft stands: `job` works on it or failed; `import_id` is what it became; else its preview is ready."""

    job: Job | None
    import_id: int | None
    undone: bool = False

    @property
    def is_ready(self) -> bool:
        """Whether there is a preview to show."""
        return self.job is None and self.import_id is None


def draft_state(world: World, visit: Visit, draft_id: str) -> DraftState:
    """Where a draft of this teacher stands.

    Raises:
        Refused: it was dropped or forgotten since, or is another teacher's.
    """
    activity, _rules = import_target(world, visit)
    with world.database.read() as connection:
        applied = find_last_job(connection, APPLY, draft_id)
        mine = applied is not None and (applied.by_person, applied.activity_id) == (
            visit.person_id,
            activity.id,
        )
        if applied is not None and mine and applied.result and "import" in applied.result:
            return DraftState(
                job=None, import_id=applied.result["import"], undone=bool(applied.result.get("undone"))
            )
        if applied is not None and mine and not applied.state.is_over:
            # Asked before the draft, which is gone a moment before its job is over.
            return DraftState(job=applied, import_id=None)
        draft = draft_of(connection, world, visit, draft_id)
        if applied is not None and (applied.state, applied.payload["revision"]) == (
            JobState.FAILED,
            draft.revision,
        ):
            return DraftState(job=applied, import_id=None)
        if draft.is_shown:
            return DraftState(job=None, import_id=None)
        previewed = find_last_job(connection, PREVIEW, f"{draft_id}:{draft.revision}")
    return DraftState(job=previewed, import_id=None)


_MOST_OPTIONS = 15_000
"""Where every line to decide lists every learner, a page holds no more of them together."""


def preview(
    world: World,
    visit: Visit,
    draft_id: str,
    *,
    lines_page: int = 0,
    effects_page: int = 0,
    decisions_page: int = 0,
    everybody: bool = False,
) -> ImportPreview:
    """What a draft would change, as the worker last found it; the learners with it, where the page lists `everybody`.

    Raises:
        Refused: the draft was confirmed, dropped or forgotten since, or has no preview yet.
    """
    activity, rules = import_target(world, visit)
    with world.database.read() as connection:
        draft = draft_of(connection, world, visit, draft_id)
        if draft.summary is None or not draft.is_shown:
            raise _not_yet()
        summary = draft.summary
        applied = find_last_job(connection, APPLY, draft_id)
        lines = page_of(connection, draft_id, LINES, lines_page)
        decisions = page_of(connection, draft_id, DECISIONS, decisions_page)
        rejected = page_of(connection, draft_id, REJECTED, 0)
        effects = page_of(connection, draft_id, EFFECTS, effects_page)
        suggested = {each for line in (*lines, *decisions) for each in line["suggestions"]}
        names = people_of(connection, suggested)
        options = len(decisions) * count_members(connection, activity.course_id, "learner")
        lists_everybody = everybody or 0 < options <= _MOST_OPTIONS
        learners = members_of(connection, activity.course_id, "learner") if lists_everybody else []
        listed = list_imports(connection, activity, rules) if draft.undoes is not None else ()
    changed = applied is not None and (applied.result or {}).get("revision") == draft.revision
    titles = {each.key: each.title for each in rules.unit.components}
    return ImportPreview(
        draft_id=draft_id,
        unit=rules.unit,
        component_title=title_of_part(rules.unit, activity.component or ""),
        titles={**titles, rules.unit.catch_up.key: rules.unit.catch_up.title},
        files=tuple(shown_file(each) for each in summary.get("files", ())),
        counts=summary["counts"],
        total=summary.get("lines", 0),
        marks=summary["marks"],
        late=summary.get("late", 0),
        late_lines=tuple(summary.get("late_lines", ())),
        waiting=summary.get("waiting", summary["counts"].get("needs_decision", 0)),
        questions=summary.get("questions", summary["counts"].get("needs_decision", 0)),
        lines_of_strangers=summary.get("lines_of_strangers", 0),
        digest=summary["digest"],
        changes=summary.get("changes", True),
        changed=changed,
        undoes=next((each for each in listed if each.done.id == draft.undoes), None),
        lines=tuple(map(shown_line, lines)),
        decisions=tuple(map(shown_line, decisions)),
        rejected=tuple(map(shown_line, rejected)),
        effects=tuple(map(shown_effect, effects)),
        learners=_learners(learners),
        lists_everybody=lists_everybody,
        names={person_id: person_label(each) for person_id, each in names.items()},
    )


def all_lines(world: World, visit: Visit, draft_id: str) -> tuple[ShownLine, ...]:
    """Every line of a draft's preview, whatever the number of pages.

    Raises:
        Refused: as `preview`.
    """
    with world.database.read() as connection:
        draft_of(connection, world, visit, draft_id)
        pages = list(pages_of(connection, draft_id, LINES))
    return tuple(shown_line(each) for page in pages for each in page)


def preview_line(world: World, visit: Visit, draft_id: str, number: int) -> tuple[ImportPreview, ShownLine]:
    """One line of a draft that may be given to somebody, with the preview it is part of.

    Raises:
        Refused: the draft is gone, or it has no such line.
    """
    shown = preview(world, visit, draft_id, lines_page=number // LINES_A_PAGE, everybody=True)
    line = next((each for each in shown.lines if each.number == number and each.identity_key), None)
    if line is None:
        raise Refused(
            RefusalCode.NOT_FOUND,
            Bilingual(
                "Cette ligne du fichier n’est celle de personne.", "This line of the file is nobody's."
            ),
        )
    return shown, line


def import_done(world: World, visit: Visit, import_id: int) -> ListedImport:
    """An import, with its counts and files.

    Raises:
        Refused: not a teacher, or no such import in this course's unit.
    """
    activity, rules = import_target(world, visit)
    found = import_of(world, activity, import_id)
    with world.database.read() as connection:
        listed = list_imports(connection, activity, rules)
    one = next(each for each in listed if each.done.id == import_id)
    return ListedImport(
        done=found, at=one.at, component=one.component, undone_at=one.undone_at, undone_by=one.undone_by
    )


def _learners(members: Iterable[Member]) -> tuple[Learner, ...]:
    people = sorted((each.person for each in members), key=order_of)
    return tuple(Learner(person_id=each.id, label=person_label(each)) for each in people)


def import_of(world: World, activity: Activity, import_id: int) -> CampaignImport:
    """An import of the activity's unit, with its files; raises `Refused` where there was none of this number."""
    with world.database.read() as connection:
        found = find_import(connection, unit_year(activity), import_id)
    if found is None:
        raise Refused(
            RefusalCode.NOT_FOUND,
            Bilingual(
                "Il n’y a pas eu d’import de ce numéro ici.", "There was no import of this number here."
            ),
        )
    return found


def draft_of(connection: Connection, world: World, visit: Visit, draft_id: str) -> Draft:
    """A draft of this teacher in this activity; raises `Refused` where there is none (any more)."""
    draft = find_draft(connection, draft_id, world.now())
    if draft is None or (draft.activity_id, draft.by_person) != (visit.activity_id, visit.person_id):
        raise _gone()
    return draft


def _gone() -> Refused:
    return Refused(
        RefusalCode.NOT_FOUND,
        Bilingual(
            "Cet aperçu n’existe plus : il a été confirmé, annulé, ou il a expiré. S’il a été confirmé, l’import est "
            "dans la liste ci-dessous ; sinon, déposez de nouveau le fichier.",
            "This preview is gone: it was confirmed, cancelled or has expired. If it was confirmed, the import is in "
            "the list below; otherwise upload the file again.",
        ),
    )


def _not_yet() -> Refused:
    return Refused(
        RefusalCode.CHANGED_MEANWHILE,
        Bilingual("L’aperçu n’est pas encore prêt.", "The preview is not ready yet."),
    )


def title_of_part(unit: Unit, key: str) -> Bilingual:
    """What a component, or the catch-up, is called."""
    found = unit.find_component(key)
    return unit.catch_up.title if found is None else found.title


def import_target(world: World, visit: Visit) -> tuple[Activity, RulesFile]:
    """The activity that files come to, and its rules; raises `Refused` for who is no teacher."""
    require(visit, Role.TEACHER)
    activity = find_place(world, visit).activity
    return activity, rules_of(world, activity)


__all__ = [
    "DECISIONS_A_PAGE",
    "LINES_A_PAGE",
    "DraftState",
    "ImportPreview",
    "ImportStart",
    "ListedImport",
    "all_lines",
    "draft_of",
    "draft_state",
    "import_done",
    "import_of",
    "import_start",
    "import_target",
    "list_imports",
    "preview",
    "preview_line",
    "title_of_part",
]
