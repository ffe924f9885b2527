"""A teacher imports files of Pix: uploads them, decides whose lines are, confirms, and undoes an import if need be."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from grading.text import Bilingual, moment
from pix.csv_table import MAX_BYTES
from pix.opened_files import OpenedFile, open_files
from pix.packed_table import pack_table, packed_problem
from pix.problem import NotAnExport, Problem
from storage.activities import Activity
from storage.database import Connection
from storage.import_drafts import (
    Draft,
    DraftFile,
    add_draft,
    choose_component,
    drop_draft,
    find_draft,
    page_of,
    propose_anew,
)
from storage.jobs import ask, find_last_job
from storage.match_choices import UNDONE, MatchChoice, remember_choice
from storage.people import members_of
from workflows.cohort import unit_year
from workflows.import_jobs import APPLY, apply_job, preview_job
from workflows.import_pages import LINES, LINES_A_PAGE
from workflows.import_rows import file_rows
from workflows.import_views import draft_of, import_of, import_target, preview
from workflows.refusal import RefusalCode, Refused
from workflows.visit import Role, Visit, require
from workflows.world import World

DRAFT_LIFETIME = timedelta(hours=2)

LONGEST_NAME = 200
"""Characters of a file's name that are kept: its end, which has the date and the extension."""


def upload(
    world: World, visit: Visit, files: Iterable[tuple[str, bytes]], *, most_bytes: int = MAX_BYTES
) -> str:
    """Keep files (name, bytes) for the time of their preview, without birth data; return the draft's id.

    The worker reads them at once. A file that cannot be read is told beside the others.

    Raises:
        pix.problem.NotAnExport: none of them can be read; nothing is kept.
        Refused: not a teacher; the activity is not set up.
    """
    activity, _rules = import_target(world, visit)
    draft_id = keep_draft(world, activity, visit.person_id, files, most_bytes=most_bytes)
    with world.database.write() as connection:
        ask(connection, preview_job(draft_id, 1, activity.id, visit.person_id), world.now())
    world.wake()
    return draft_id


def keep_draft(
    world: World,
    activity: Activity,
    by_person: int,
    files: Iterable[tuple[str, bytes]],
    *,
    most_bytes: int = MAX_BYTES,
) -> str:
    """Open files and keep them as a draft that nobody has read yet; return its id.

    Raises:
        pix.problem.NotAnExport: none of them can be read; nothing is kept.
    """
    named = ((_without_folder(name), data) for name, data in files)
    kept = [
        _kept(number, opened)
        for number, opened in enumerate(open_files(named, max_bytes=most_bytes), start=1)
    ]
    if all(file.content is None for file, _ in kept):
        told = [_named(problem, file.name, len(kept)) for file, problems in kept for problem in problems]
        raise NotAnExport(*told)
    return _keep(world, activity, by_person, [file for file, _ in kept])


def _named(problem: Problem, file_name: str, files: int) -> Problem:
    """A problem that says which of several files it is of."""
    if files == 1:
        return problem
    message = Bilingual(f"{file_name} : {problem.message.fr}", f"{file_name}: {problem.message.en}")
    return replace(problem, message=message)


def _kept(number: int, opened: OpenedFile) -> tuple[DraftFile, tuple[Problem, ...]]:
    table, problems = opened.table, opened.problems
    if table is not None and opened.kind is not None:
        try:
            next(file_rows(opened.kind, table), None)
        except NotAnExport as refused:
            table, problems = None, refused.problems
    file = DraftFile(
        number=number,
        name=_plain(opened.name),
        digest=opened.digest,
        kind=opened.kind,
        language=opened.language,
        generation=opened.generation,
        content=None if table is None else pack_table(table),
        problems=[packed_problem(each) for each in problems],
        notes=[packed_problem(each) for each in opened.notes],
    )
    return file, problems


def propose_undoing(world: World, visit: Visit, import_id: int) -> str:
    """Propose to undo an import; return the id of the draft whose preview says what would go back.

    Raises:
        Refused: not a teacher; no such import here; it is undone already.
    """
    activity, rules = import_target(world, visit)
    done = import_of(world, activity, import_id)
    if done.undone is not None:
        on = moment(done.undone.at, rules.unit.timezone)
        raise Refused(
            RefusalCode.CHANGED_MEANWHILE,
            Bilingual(
                f"Cet import est déjà annulé depuis le {on.fr}.", f"This import was undone on {on.en}."
            ),
        )
    draft_id = _keep(world, activity, visit.person_id, [], undoes=import_id)
    with world.database.write() as connection:
        ask(connection, preview_job(draft_id, 1, activity.id, visit.person_id), world.now())
    world.wake()
    return draft_id


def _keep(
    world: World, activity: Activity, by_person: int, files: Sequence[DraftFile], *, undoes: int | None = None
) -> str:
    now = world.now()
    draft = Draft(
        id=secrets.token_urlsafe(16),
        activity_id=activity.id,
        by_person=by_person,
        undoes=undoes,
        revision=1,
        shown_revision=None,
        summary=None,
        created_at=now,
        expires_at=now + DRAFT_LIFETIME,
    )
    with world.database.write() as connection:
        add_draft(connection, draft, files)
    return draft.id


def choose(world: World, visit: Visit, draft_id: str, choices: Mapping[int, str]) -> None:
    """Remember whose lines are (by their number): a person's id, `ignore`, or `undone` to decide again.

    The preview is computed anew.

    Raises:
        Refused: no such line in the draft, or no such learner in the course; nothing is remembered then.
    """
    activity, _rules = import_target(world, visit)
    now = world.now()
    with world.database.write() as connection:
        draft = draft_of(connection, world, visit, draft_id)
        learners = {each.person.id for each in members_of(connection, activity.course_id, "learner")}
        made: dict[str, MatchChoice] = {}
        for number, choice in choices.items():
            page = page_of(connection, draft_id, LINES, max(number, 0) // LINES_A_PAGE)
            key = next((each["identity_key"] for each in page if each["number"] == number), "")
            person_id = int(choice) if choice.isascii() and choice.isdecimal() and len(choice) < 10 else None
            if not key or not (choice in ("ignore", UNDONE) or person_id in learners):
                raise _bad_choice()
            kind = "person" if person_id is not None else choice
            made[key] = MatchChoice(identity_key=key, choice=kind, person_id=person_id, draft_id=draft_id)
        for each in made.values():
            remember_choice(connection, unit_year(activity), each, by_person=visit.person_id, now=now)
        if made:
            _look_again(world, connection, draft, visit)
    world.wake()


def choose_target(world: World, visit: Visit, draft_id: str, file: int, component: str) -> None:
    """Say which component received the lines of a file whose campaign is not known; then the preview is computed anew.

    Raises:
        Refused: no such file, or nothing of that kind to choose.
    """
    shown = preview(world, visit, draft_id)
    found = next((each for each in shown.files if each.number == file), None)
    if found is None or component not in found.choices:
        raise _bad_choice()
    with world.database.write() as connection:
        draft = draft_of(connection, world, visit, draft_id)
        choose_component(connection, draft_id, file, component)
        _look_again(world, connection, draft, visit)
    world.wake()


def look_again(world: World, visit: Visit, draft_id: str) -> None:
    """Compute the preview anew: the worker failed, or things have changed.

    Raises:
        Refused: the draft is gone.
    """
    import_target(world, visit)
    with world.database.write() as connection:
        _look_again(world, connection, draft_of(connection, world, visit, draft_id), visit)
    world.wake()


def _look_again(world: World, connection: Connection, draft: Draft, visit: Visit) -> None:
    revision = propose_anew(connection, draft.id)
    ask(connection, preview_job(draft.id, revision, draft.activity_id, visit.person_id), world.now())


def confirm(world: World, visit: Visit, draft_id: str, *, seen: str) -> None:
    """Let the worker do what a preview shows; `seen` is the digest of the preview the teacher saw.

    What comes of it `draft_state` tells: where the import would no longer do what was shown, nothing is changed, and
    the preview is shown anew.

    Raises:
        Refused: the preview is not the one that was seen, or the draft is gone.
    """
    import_target(world, visit)
    with world.database.write() as connection:
        draft = draft_of(connection, world, visit, draft_id)
        applied = find_last_job(connection, APPLY, draft_id)
        under_way = applied is not None and not applied.state.is_over
        if not under_way and (not draft.is_shown or draft.summary is None or draft.summary["digest"] != seen):
            raise Refused(
                RefusalCode.CHANGED_MEANWHILE,
                Bilingual(
                    "La situation a changé depuis l’aperçu (un envoi, un choix ou un autre import). Rien n’a été "
                    "importé : relisez l’aperçu à jour, puis confirmez.",
                    "Things changed since the preview (a hand-in, a choice or another import). Nothing was imported: "
                    "read the updated preview, then confirm.",
                ),
            )
        ask(connection, apply_job(draft, seen, visit.person_id), world.now())
    world.wake()


def cancel(world: World, visit: Visit, draft_id: str) -> bool:
    """Forget a draft; nothing else changes. False where it is being confirmed, or gone."""
    require(visit, Role.TEACHER)
    with world.database.write() as connection:
        applied = find_last_job(connection, APPLY, draft_id)
        if applied is not None and not applied.state.is_over:
            return False
        draft = find_draft(connection, draft_id, world.now())
        if draft is None or (draft.activity_id, draft.by_person) != (visit.activity_id, visit.person_id):
            return False
        return drop_draft(connection, draft_id)


def _bad_choice() -> Refused:
    return Refused(
        RefusalCode.BAD_CHOICE,
        Bilingual(
            "Choisissez une personne de la liste, ou « ignorer ».",
            "Choose somebody from the list, or “ignore”.",
        ),
    )


def _without_folder(file_name: str) -> str:
    """The name of a file, as some browsers give it behind its folders."""
    return file_name.replace("\\", "/").rpartition("/")[2]


def _plain(file_name: str) -> str:
    """A file's name as it can be kept and shown: nothing invisible, not longer than it helps."""
    visible = "".join(sign for sign in file_name if unicodedata.category(sign)[0] != "C").strip()
    return visible[-LONGEST_NAME:] or "export.csv"


__all__ = [
    "NotAnExport",
    "Problem",
    "cancel",
    "choose",
    "choose_target",
    "confirm",
    "look_again",
    "propose_undoing",
    "upload",
]
