"""What the lines of an import change: each new line as the sending or the result that it would become."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from grading.profile import Evidence
from grading.text import Bilingual
from pix.certification_exam import exam_of_line
from storage.certifications import Certification
from storage.database import Connection
from storage.submissions import Submission
from workflows.cohort import Cohort
from workflows.import_effects import Change, MarkEffect, Worth, effects_of_changes
from workflows.import_lines import (
    PreviewLine,
)
from workflows.jobs import Report

MARKING = Bilingual("Calcul des notes qui changeraient…", "Computing the marks that would change…")


def effects_of_lines(
    connection: Connection, cohort: Cohort, lines: Sequence[PreviewLine], report: Report
) -> list[MarkEffect]:
    """Say of each new line what it is worth, and of each person what changes."""
    catch_up = cohort.unit.catch_up.key
    added: dict[int, list[int]] = defaultdict(list)
    removed: dict[int, list[tuple[bool, int]]] = defaultdict(list)
    for place, line in enumerate(lines):
        if line.is_new and line.person_id is not None:
            added[line.person_id].append(place)
        for wrong in line.to_withdraw:
            removed[wrong.person_id].append((line.component == catch_up, wrong.id))

    def change_of(person_id: int) -> Change:
        change = Change()
        for place in added.get(person_id, ()):
            if lines[place].component == catch_up:
                change.results_added.append(_as_certification(lines[place], place + 1))
            else:
                change.added.append(_as_submission(lines[place], place + 1))
        for certified, gone in removed.get(person_id, ()):
            (change.results_removed if certified else change.removed).add(gone)
        return change

    people = {*added, *removed}
    components = [*(each.key for each in cohort.unit.components), catch_up]
    touched = {line.component for line in lines}
    effects, worths = effects_of_changes(
        connection,
        cohort,
        people,
        change_of,
        [each for each in components if each in touched],
        done=lambda number: report(number, len(people), MARKING),
    )
    _tell_worths(lines, worths)
    return effects


def _tell_worths(lines: Sequence[PreviewLine], worths: Mapping[int, Worth]) -> None:
    for number, line in enumerate(lines, start=1):
        worth = worths.get(-number)
        if line.is_new and worth is not None:
            line.worth, line.is_late = worth.reason, worth.late


def _as_submission(line: PreviewLine, number: int) -> Submission:
    row = line.row
    if row is None or row.sent_at is None or line.person_id is None or line.component is None:
        raise ValueError("only a sent line that has its person becomes a sending")
    return Submission(
        id=-number,
        person_id=line.person_id,
        component=line.component,
        evidence=Evidence.VERIFIED,
        sent_at=row.sent_at,
        received_at=row.sent_at,
        profile=row.profile,
        source={},
        fingerprint=row.fingerprint,
    )


_NEVER = datetime.min.replace(tzinfo=UTC)


def _as_certification(line: PreviewLine, number: int) -> Certification:
    row = line.row
    if row is None or row.certification is None or line.person_id is None:
        raise ValueError("only a certification's line that has its person becomes a result")
    known = {code: level for code, level in row.certification.levels.items() if level is not None}
    return Certification(
        id=-number,
        person_id=line.person_id,
        result=row.result,
        global_level=row.certification.global_level,
        levels=known,
        evidence=Evidence.VERIFIED,
        received_at=_NEVER,
        source={},
        exam=exam_of_line(row.certification),
        fingerprint=row.fingerprint,
    )
