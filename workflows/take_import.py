"""Writes down what a confirmed export says: its lines, whose they are, and the marks that follow."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from pix.matching import MatchReason
from storage.audit import note
from storage.database import Connection
from storage.imports import CampaignImport, Draft, ImportedRow, add_import, keep_rows
from storage.submissions import UnitYear, add_submission, withdraw
from workflows.import_lines import PreviewLine
from workflows.import_preview import ImportPreview
from workflows.kept_rows import kept_form, submission_of
from workflows.regrade import regrade
from workflows.world import RulesFile


def take_in(
    connection: Connection,
    rules: RulesFile,
    scope: UnitYear,
    draft: Draft,
    shown: ImportPreview,
    *,
    component: str,
    by_person: int,
    now: datetime,
) -> int:
    """Do what a preview shows, in the caller's transaction; return the import's id."""
    counts = {**shown.counts, "marks_changed": len(shown.effects)}
    import_id = add_import(
        connection,
        scope,
        CampaignImport(
            id=0, component=component, by_person=by_person, file_name=draft.file_name, counts=counts, at=now
        ),
        file_digest=hashlib.sha256(draft.content).hexdigest(),
    )
    kept = {
        line.fingerprint: ImportedRow(
            import_id=import_id,
            component=component,
            fingerprint=line.fingerprint,
            row=kept_form(line.row, draft.file_name),
        )
        for line in shown.lines
        if line.row is not None and line.row.sent and line.reason is not MatchReason.TRIAL
    }
    keep_rows(connection, scope, kept.values())
    touched: set[int] = set()
    for line in shown.lines:
        touched |= _take_line(connection, scope, line, kept, by_person, now)
    if touched:
        regrade(connection, rules, scope, touched, cause="import", now=now)
    details = {"component": component, "import": import_id, **counts}
    note(connection, "export_imported", now, by_person=by_person, course_id=scope.course_id, details=details)
    return import_id


def _take_line(
    connection: Connection,
    scope: UnitYear,
    line: PreviewLine,
    kept: Mapping[str, ImportedRow],
    by_person: int,
    now: datetime,
) -> set[int]:
    """Take one line in; return whom it touches."""
    touched = set()
    for wrong in line.to_withdraw:
        withdraw(connection, wrong.submission_id, withdrawn=True, by_person=by_person, now=now)
        touched.add(wrong.person_id)
    if line.person_id is None or not line.is_new:
        return touched
    if line.to_restore is not None:
        withdraw(connection, line.to_restore, withdrawn=False, by_person=by_person, now=now)
        touched.add(line.person_id)
    elif add_submission(connection, scope, submission_of(kept[line.fingerprint], line.person_id, now)):
        touched.add(line.person_id)
    return touched
