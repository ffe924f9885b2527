"""An import by the operator: what a teacher's page does, in one go; what is not certain is left for that page.

On record it is the teacher's who set the activity up, since it is theirs to look after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grading.text import Bilingual
from pix.matching import MatchReason
from pix.problem import NotAnExport
from storage.activities import find_activity
from storage.activity_list import ListedActivity
from storage.database import Connection
from storage.import_drafts import drop_draft, find_draft, pages_of
from storage.people import members_of
from workflows.described_files import describe_files
from workflows.import_campaign import keep_draft
from workflows.import_jobs import apply_now, preview_now
from workflows.import_lines import LineOutcome
from workflows.import_pages import LINES, ShownLine, shown_line
from workflows.jobs import JobFailed, TryAgain
from workflows.refusal import Refused
from workflows.world import World


class CannotImport(Exception):
    """Nothing was imported; the text says why."""


@dataclass(frozen=True, kw_only=True)
class CommandImport:
    """What became of files: each described line by line, how many marks change, and the import's number (if any)."""

    files: Sequence[dict[str, Any]]
    marks_changed: int
    import_id: int | None


def import_from_command(
    world: World, listed: ListedActivity, files: Sequence[tuple[str, bytes]], *, dry_run: bool
) -> CommandImport:
    """Read files for an activity and (unless `dry_run`) take in what is certain; the rest waits for the teacher.

    Raises:
        CannotImport: the activity is not set up or has no teacher, or things keep changing.
    """
    described = list(describe_files(files))
    with world.database.read() as connection:
        activity = find_activity(connection, listed.id)
        teacher = _teacher(connection, listed)
    if activity is None or not activity.is_set_up:
        raise CannotImport(
            f"activity {listed.id} is not set up yet: its teacher has to say what it stands for"
        )
    if teacher is None:
        raise CannotImport(
            f"activity {listed.id} has no teacher yet: one has to open it once, since imports are theirs"
        )
    try:
        draft_id = keep_draft(world, activity, teacher, files)
    except NotAnExport:
        return CommandImport(files=described, marks_changed=0, import_id=None)
    try:
        return _taken(world, draft_id, described, dry_run=dry_run)
    except Refused as refused:
        raise CannotImport(refused.message.en) from refused
    except (JobFailed, TryAgain) as failed:
        raise CannotImport(failed.why.en) from failed
    finally:
        with world.database.write() as connection:
            drop_draft(connection, draft_id)


def _taken(
    world: World, draft_id: str, described: Sequence[dict[str, Any]], *, dry_run: bool
) -> CommandImport:
    import_id = None
    for _ in range(3):
        preview_now(world, draft_id, _silent)
        with world.database.read() as connection:
            draft = find_draft(connection, draft_id, world.now())
            lines = [shown_line(each) for page in pages_of(connection, draft_id, LINES) for each in page]
        if draft is None or draft.summary is None:
            raise JobFailed(Bilingual("L’aperçu a été oublié.", "The preview was forgotten."))
        marks = int(draft.summary["marks"])
        if dry_run:
            break
        import_id = apply_now(world, draft_id, draft.summary["digest"], _silent).get("import")
        if import_id is not None:
            break
    else:
        raise CannotImport("things keep changing (hand-ins, decisions): nothing was imported, try again")
    files = [_settled(file, number, lines) for number, file in enumerate(described, start=1)]
    return CommandImport(files=files, marks_changed=marks, import_id=import_id)


def _silent(done: int, total: int | None = None, message: Bilingual | None = None) -> None:
    """Nobody watches a command that runs at night."""


def _teacher(connection: Connection, listed: ListedActivity) -> int | None:
    ids = [each.person.id for each in members_of(connection, listed.course_id, "teacher")]
    return listed.chosen_by if listed.chosen_by in ids else next(iter(ids), None)


def _settled(file: dict[str, Any], number: int, lines: Sequence[ShownLine]) -> dict[str, Any]:
    by_line = {line.line: line for line in lines if line.file == number}
    return {**file, "rows": [_row(row, by_line.get(row["line"])) for row in file["rows"]]}


def _row(row: dict[str, Any], line: ShownLine | None) -> dict[str, Any]:
    if line is None:
        return row
    outcome, reason = _outcome(line)
    settled = {
        **row,
        "outcome": outcome,
        "reason": reason if row["outcome"] != "rejected" else row["reason"],
        "component": line.component,
        "person_id": line.person_id,
        "is_new": line.outcome is LineOutcome.NEW,
    }
    if line.outcome in (LineOutcome.NOT_TAKEN, LineOutcome.REJECTED) and row["outcome"] != "rejected":
        message = {"fr": line.explanation.fr, "en": line.explanation.en}
        problem = {"line": line.line, "column": None, "code": reason, "message": message}
        settled["problems"] = [problem]
    return settled


def _outcome(line: ShownLine) -> tuple[str, str]:
    """The word of the command's closed set for what became of a line, and why."""
    reason = line.reason or line.outcome.value
    match line.outcome:
        case LineOutcome.NEW | LineOutcome.ALREADY_KNOWN:
            return "matched", reason
        case LineOutcome.NOT_SENT:
            return "not_sent", "not_sent"
        case LineOutcome.NEEDS_DECISION:
            unknown = line.reason == MatchReason.NOBODY
            return ("unknown_person" if unknown else "needs_decision"), reason
        case LineOutcome.IGNORED:
            return "rejected", reason if line.reason in ("ignored", "trial") else "other_type"
        case LineOutcome.NOT_TAKEN:
            return "rejected", "no_component"
        case _:
            return "rejected", "no_score"
