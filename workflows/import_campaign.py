"""A teacher imports a Pix Orga export: read whole, previewed, confirmed, taken in by one transaction."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from grading.rules import Unit
from grading.text import Bilingual, moment
from pix.orga_csv import CampaignExport, read_profiles_collection
from pix.problem import NotAnExport, Problem
from storage.activities import Activity
from storage.database import Connection
from storage.imports import (
    CampaignImport,
    Draft,
    MatchChoice,
    add_draft,
    drop_draft,
    find_draft,
    find_import,
    imports_of,
    lock_imports,
    remember_choice,
)
from storage.people import lock_people
from workflows.cohort import load_cohort, rules_of, unit_year
from workflows.import_lines import PreviewLine
from workflows.import_preview import ImportPreview, preview_import
from workflows.refusal import RefusalCode, Refused
from workflows.take_import import take_in
from workflows.visit import Role, Visit, find_place, require
from workflows.world import RulesFile, World

DRAFT_LIFETIME = timedelta(hours=2)


LONGEST_NAME = 200
"""Characters of a file's name that are kept: its end, which has the date and the extension."""


@dataclass(frozen=True, kw_only=True)
class ImportStart:
    """The page where a file is dropped: what it is for, and the files taken in already, with their instants."""

    unit: Unit
    component_title: Bilingual
    imports: tuple[tuple[CampaignImport, Bilingual], ...]


def import_start(world: World, visit: Visit) -> ImportStart:
    """What the page that asks for a file shows.

    Raises:
        Refused: not a teacher; the activity stands for nothing that profiles are sent to.
    """
    activity, rules = _target(world, visit)
    component = activity.component or ""
    with world.database.read() as connection:
        done = imports_of(connection, unit_year(activity), component)
    return ImportStart(
        unit=rules.unit,
        component_title=rules.unit.get_component(component).title,
        imports=tuple((each, moment(each.at, rules.unit.timezone)) for each in done),
    )


def upload(world: World, visit: Visit, *, file_name: str, content: bytes) -> str:
    """Keep a file for the time of its preview; return the draft's id.

    Raises:
        pix.problem.NotAnExport: it cannot be read; nothing is kept.
        Refused: not a teacher; the activity stands for nothing that profiles are sent to.
    """
    activity, _rules = _target(world, visit)
    _read(content)
    now = world.now()
    draft = Draft(
        id=secrets.token_urlsafe(16),
        activity_id=activity.id,
        by_person=visit.person_id,
        file_name=_plain(file_name),
        content=content,
        expires_at=now + DRAFT_LIFETIME,
    )
    with world.database.write() as connection:
        add_draft(connection, draft)
    return draft.id


def preview(world: World, visit: Visit, draft_id: str) -> ImportPreview:
    """What a draft would change.

    Raises:
        Refused: the draft was confirmed, dropped or forgotten since.
    """
    activity, rules = _target(world, visit)
    with world.database.read() as connection:
        draft = _draft(connection, visit, draft_id, world.now())
        return _preview(connection, world, activity, rules, draft)


def choose(world: World, visit: Visit, draft_id: str, identity_key: str, choice: str) -> None:
    """Remember whose an identity of the file is: a person's id, `ignore`, or `undone` to decide again.

    Raises:
        Refused: no such identity in the file, or no such learner in the course.
    """
    activity, rules = _target(world, visit)
    scope = unit_year(activity)
    with world.database.write() as connection:
        shown = _preview(connection, world, activity, rules, _draft(connection, visit, draft_id, world.now()))
        learners = {each.person_id for each in shown.learners}
        known = any(each.identity_key == identity_key for each in shown.lines)
        person_id = int(choice) if choice.isdecimal() and len(choice) < 18 else None
        if not known or not (choice in ("ignore", "undone") or person_id in learners):
            raise Refused(
                RefusalCode.BAD_CHOICE,
                Bilingual(
                    "Choisissez une personne de la liste, ou « ignorer ».",
                    "Choose somebody from the list, or “ignore”.",
                ),
            )
        kind = "person" if person_id is not None else choice
        remember_choice(
            connection,
            scope,
            MatchChoice(identity_key=identity_key, choice=kind, person_id=person_id),
            by_person=visit.person_id,
            now=world.now(),
        )


def preview_line(world: World, visit: Visit, draft_id: str, number: int) -> tuple[ImportPreview, PreviewLine]:
    """One line of a draft that may be given to somebody, with the preview it is part of.

    Raises:
        Refused: the draft is gone, or it has no such line.
    """
    shown = preview(world, visit, draft_id)
    line = next((each for each in shown.lines if each.line == number and each.identity_key), None)
    if line is None:
        raise Refused(
            RefusalCode.NOT_FOUND,
            Bilingual(
                f"La ligne {number} de ce fichier n’est celle de personne.",
                f"Line {number} of this file is nobody's.",
            ),
        )
    return shown, line


def confirm(world: World, visit: Visit, draft_id: str, *, seen: str) -> int:
    """Take a draft in; return the import's id. `seen` is the digest of the preview the teacher saw.

    Raises:
        Refused: what the import would do is no longer what was shown (somebody sent, decided or imported meanwhile),
            or the draft is gone. Nothing was changed; the teacher looks again.
    """
    activity, rules = _target(world, visit)
    scope = unit_year(activity)
    with world.database.write() as connection:
        draft = _draft(connection, visit, draft_id, world.now())
        lock_people(connection, load_cohort(connection, rules, scope).members)
        lock_imports(connection, scope.course_id)
        shown = _preview(connection, world, activity, rules, draft)
        if shown.digest != seen:
            raise Refused(
                RefusalCode.CHANGED_MEANWHILE,
                Bilingual(
                    "La situation a changé depuis l’aperçu (un envoi, un choix ou un autre import). Rien n’a été "
                    "importé : relisez l’aperçu à jour, puis confirmez.",
                    "Things changed since the preview (a hand-in, a choice or another import). Nothing was imported: "
                    "read the updated preview, then confirm.",
                ),
            )
        if not drop_draft(connection, draft.id):
            raise _gone()
        import_id = take_in(
            connection,
            rules,
            scope,
            draft,
            shown,
            component=activity.component or "",
            by_person=visit.person_id,
            now=world.now(),
        )
    world.wake()
    return import_id


def import_done(world: World, visit: Visit, import_id: int) -> CampaignImport:
    """A file that was taken in, with its counts.

    Raises:
        Refused: not a teacher, or no such import in this course's unit.
    """
    activity, _rules = _target(world, visit)
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


def cancel(world: World, visit: Visit, draft_id: str) -> None:
    """Forget a draft; nothing else changes."""
    require(visit, Role.TEACHER)
    with world.database.write() as connection:
        if find_draft(connection, draft_id, visit.activity_id, visit.person_id, world.now()) is not None:
            drop_draft(connection, draft_id)


def _preview(
    connection: Connection, world: World, activity: Activity, rules: RulesFile, draft: Draft
) -> ImportPreview:
    cohort = load_cohort(connection, rules, unit_year(activity))
    export = _read(draft.content)
    return preview_import(
        connection, cohort, export, component=activity.component or "", draft=draft, codes=world.codes
    )


def _read(content: bytes) -> CampaignExport:
    # A level that Pix opened before our file of ceilings was told is a fact, not a fault: only 8 is the end.
    return read_profiles_collection(content)


def _draft(connection: Connection, visit: Visit, draft_id: str, now: datetime) -> Draft:
    draft = find_draft(connection, draft_id, visit.activity_id, visit.person_id, now)
    if draft is None:
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


def _plain(file_name: str) -> str:
    """A file's name as it can be kept and shown: no folder, nothing invisible, not longer than it helps."""
    name = file_name.replace("\\", "/").rpartition("/")[2]
    visible = "".join(sign for sign in name if unicodedata.category(sign)[0] != "C").strip()
    return visible[-LONGEST_NAME:] or "export.csv"


def _target(world: World, visit: Visit) -> tuple[Activity, RulesFile]:
    require(visit, Role.TEACHER)
    activity = find_place(world, visit).activity
    rules = rules_of(world, activity)
    if rules.unit.find_component(activity.component or "") is None:
        raise Refused(
            RefusalCode.BAD_CHOICE,
            Bilingual(
                "Cette activité est celle du rattrapage : les collectes de profils s’importent depuis l’activité de "
                "l’épreuve (CC1, CC2, examen) qui les a reçues.",
                "This is the catch-up's activity: profiles collections are imported from the activity of the "
                "component (CC1, CC2, exam) that received them.",
            ),
        )
    return activity, rules


__all__ = [
    "ImportStart",
    "NotAnExport",
    "Problem",
    "cancel",
    "choose",
    "confirm",
    "import_done",
    "import_start",
    "preview",
    "preview_line",
    "upload",
]
