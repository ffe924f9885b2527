"""Writes down what confirmed files say: their lines, whose they are, and the marks that follow. In one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from pix.found_again import found_by as found_again_by
from pix.matching import MatchReason
from pix.packed_table import packed_problem
from storage.audit import note
from storage.campaigns import campaigns_of, note_facts
from storage.certifications import add_certification
from storage.database import Connection
from storage.import_words import say_results, say_sendings
from storage.imported_rows import ImportedRow, NewRow, carry_rows, keep_rows
from storage.imports import CampaignImport, ImportedFile, add_import
from storage.scope import UnitYear
from storage.submissions import NewSubmission, add_submissions
from workflows.import_lines import LineOutcome, PreviewLine
from workflows.import_plan import ImportPlan, PlannedFile
from workflows.kept_form import certification_of, kept_form, kept_text, sending_of
from workflows.regrade import regrade
from workflows.world import RulesFile

_AT_ONCE = 2000
"""Lines written by one statement."""


def take_in(
    connection: Connection,
    rules: RulesFile,
    scope: UnitYear,
    plan: ImportPlan,
    *,
    name: str,
    draft_id: str,
    component: str,
    by_person: int,
    now: datetime,
) -> int:
    """Do what a plan shows, in the caller's transaction; return the import's id."""
    counts = {**plan.counts, "marks_changed": plan.marks}
    new = CampaignImport(
        id=0,
        component=component,
        by_person=by_person,
        file_name=name,
        counts=counts,
        at=now,
        draft_id=draft_id,
        files=[_file(each) for each in plan.files],
    )
    import_id = add_import(connection, scope, new)
    names = {each.file.number: each.file.name for each in plan.files}
    _keep(connection, scope, plan.lines, names, import_id)
    certified = rules.unit.catch_up.key
    touched = _withdraw(connection, plan.lines, certified, by_person=by_person, at=now, import_id=import_id)
    touched |= _add(connection, scope, plan.lines, certified, names, import_id, now)
    _note_campaigns(connection, scope, plan.files)
    if touched:
        regrade(connection, rules, scope, touched, cause="import", now=now)
    details = {"component": component, "import": import_id, "files": len(plan.files), **counts}
    note(connection, "export_imported", now, by_person=by_person, course_id=scope.course_id, details=details)
    return import_id


def _file(planned: PlannedFile) -> ImportedFile:
    problems = [*planned.file.problems, *(packed_problem(each) for each in planned.problems)]
    return ImportedFile(
        name=planned.file.name,
        digest=planned.file.digest,
        kind=planned.file.kind,
        components=planned.components,
        counts=planned.counts,
        problems=problems,
    )


def _is_kept(line: PreviewLine) -> bool:
    """Whether the line may be a student's, now or later."""
    row = line.row
    sent = row is not None and row.sent and row.aside is None
    return sent and line.component is not None and line.reason is not MatchReason.TRIAL


def _keep(
    connection: Connection,
    scope: UnitYear,
    lines: Sequence[PreviewLine],
    names: dict[int, str],
    import_id: int,
) -> None:
    found_by: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    whose: dict[str, dict[str, int | None]] = defaultdict(dict)
    texts: dict[tuple[str | None, ...], tuple[str, ...]] = {}
    batch: dict[tuple[str, str], NewRow] = {}
    for line in lines:
        if not _is_kept(line) or line.row is None or line.component is None:
            continue
        author = line.row.author
        if author not in texts:
            texts[author] = found_again_by(line.row)
        found_by[line.component][line.fingerprint] = texts[author]
        if line.outcome in (LineOutcome.NEW, LineOutcome.ALREADY_KNOWN):
            whose[line.component][line.fingerprint] = line.person_id
        elif line.outcome is LineOutcome.IGNORED or line.to_withdraw:
            whose[line.component].setdefault(line.fingerprint, None)
        batch[line.component, line.fingerprint] = NewRow(
            import_id=import_id,
            component=line.component,
            fingerprint=line.fingerprint,
            row=kept_text(line.row, names[line.file]),
        )
        if len(batch) >= _AT_ONCE:
            keep_rows(connection, scope, batch.values())
            batch.clear()
    keep_rows(connection, scope, batch.values())
    for component, kept in found_by.items():
        carry_rows(connection, scope, import_id, component, kept, whose[component])


def _withdraw(
    connection: Connection,
    lines: Sequence[PreviewLine],
    certified: str,
    *,
    by_person: int,
    at: datetime,
    import_id: int,
) -> set[int]:
    """Withdraw what turns out to be somebody else's, restore what is somebody's after all; return whom it touches."""
    touched: set[int] = set()
    for say, ours in (
        (say_results, [line for line in lines if line.component == certified]),
        (say_sendings, [line for line in lines if line.component != certified]),
    ):
        wrong = [each for line in ours for each in line.to_withdraw]
        restored = [line for line in ours if line.is_new and line.to_restore is not None]
        by = {"by_person": by_person, "at": at, "import_id": import_id}
        say(connection, [each.id for each in wrong], withdrawn=True, **by)
        say(connection, [line.to_restore for line in restored if line.to_restore], withdrawn=False, **by)
        touched |= {each.person_id for each in wrong}
        touched |= {line.person_id for line in restored if line.person_id is not None}
    return touched


def _add(
    connection: Connection,
    scope: UnitYear,
    lines: Sequence[PreviewLine],
    certified: str,
    names: dict[int, str],
    import_id: int,
    now: datetime,
) -> set[int]:
    touched: set[int] = set()
    batch: list[NewSubmission] = []
    for line in lines:
        row, person_id, component = line.row, line.person_id, line.component
        if (
            not line.is_new
            or line.to_restore is not None
            or row is None
            or person_id is None
            or component is None
        ):
            continue
        touched.add(person_id)
        if component == certified:
            kept = ImportedRow(
                import_id=import_id,
                component=component,
                fingerprint=line.fingerprint,
                row=kept_form(row, names[line.file]),
            )
            add_certification(connection, scope, certification_of(kept, person_id, now))
            continue
        batch.append(
            sending_of(row, component, names[line.file], line.fingerprint, person_id, import_id, now)
        )
        if len(batch) >= _AT_ONCE:
            add_submissions(connection, scope, batch)
            batch.clear()
    add_submissions(connection, scope, batch)
    return touched


def _note_campaigns(connection: Connection, scope: UnitYear, files: Sequence[PlannedFile]) -> None:
    """Keep what the files show of the campaigns that the course knows."""
    known = {each.code: each for each in campaigns_of(connection, scope.course_id) if each.scope == scope}
    for file in files:
        for each in file.facts.campaigns:
            if each.code in known and file.file.kind is not None:
                note_facts(
                    connection,
                    known[each.code].id,
                    number=each.id,
                    kind=file.file.kind,
                    external_id_label=file.facts.external_id_label,
                )
