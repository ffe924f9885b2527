"""What an export would change, line by line and mark by mark, before anything is changed."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from grading.mark import ComponentMark, Fate, MarkStatus
from grading.outcome import Outcome
from grading.profile import Evidence
from grading.rules import Unit
from grading.text import Bilingual, out_of_twenty
from pix.external_id import CheckCodes
from pix.matching import match_rows
from pix.orga_csv import CampaignExport
from pix.problem import Problem
from storage.database import Connection
from storage.imports import Draft, undone_choices
from storage.opaque_numbers import opaque_numbers_of
from storage.people import Person
from storage.submissions import Submission, kept_by_fingerprint
from workflows.cohort import Cohort
from workflows.import_lines import LineOutcome, PreviewLine, preview_lines
from workflows.kept_rows import candidates, remembered_people
from workflows.person_names import order_of, person_label


@dataclass(frozen=True, kw_only=True)
class MarkEffect:
    """A person whose component mark (out of 20), its standing or eligibility the import changes."""

    person: Person
    name: str
    before: ComponentMark
    after: ComponentMark
    eligible_before: bool
    eligible_after: bool
    note: Bilingual | None


@dataclass(frozen=True, kw_only=True)
class Learner:
    """Somebody a line may be given to."""

    person_id: int
    label: str


@dataclass(frozen=True, kw_only=True)
class ImportPreview:
    """Everything the preview page shows. `digest` changes when anything it shows of consequence does."""

    draft_id: str
    unit: Unit
    component_title: Bilingual
    file_name: str
    campaigns: tuple[str, ...]
    lines: tuple[PreviewLine, ...]
    effects: tuple[MarkEffect, ...]
    learners: tuple[Learner, ...]
    names: Mapping[int, str]
    warnings: tuple[Problem, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    digest: str = ""

    def of(self, outcome: str) -> list[PreviewLine]:
        """The lines with one outcome (a `LineOutcome` or its value), in the file's order."""
        return [line for line in self.lines if line.outcome == outcome]

    @property
    def late(self) -> list[PreviewLine]:
        """The new sendings that come too late to count."""
        return [line for line in self.lines if line.is_late]

    @property
    def changes_something(self) -> bool:
        """Whether confirming would change anything but the memory of this file."""
        return any(line.is_new or line.to_withdraw for line in self.lines)


def preview_import(
    connection: Connection,
    cohort: Cohort,
    export: CampaignExport,
    *,
    component: str,
    draft: Draft,
    codes: CheckCodes,
) -> ImportPreview:
    """Decide every line and compute the marks as they would be; nothing is written."""
    people = candidates(cohort.members.values(), opaque_numbers_of(connection, cohort.scope.course_id))
    decisions = match_rows(export.rows, people, remembered_people(connection, cohort.scope), codes)
    prints = [row.fingerprint() for row in export.rows if row.sent]
    kept = kept_by_fingerprint(connection, cohort.scope, component, prints)
    lines = preview_lines(export, decisions, kept, undone_choices(connection, cohort.scope))
    lines, effects = _with_effects(cohort, lines, component)
    counts = Counter(line.outcome.value for line in lines)
    learners = sorted((each.person for each in cohort.learners), key=order_of)
    part = cohort.unit.get_component(component)
    return ImportPreview(
        draft_id=draft.id,
        unit=cohort.unit,
        component_title=part.title,
        file_name=draft.file_name,
        campaigns=tuple(
            " ".join(text for text in (each.code, each.name) if text) for each in export.campaigns
        ),
        lines=tuple(lines),
        effects=tuple(effects),
        learners=tuple(Learner(person_id=each.id, label=person_label(each)) for each in learners),
        names={each.person.id: person_label(each.person) for each in cohort.members.values()},
        warnings=export.warnings,
        counts={each.value: counts.get(each.value, 0) for each in LineOutcome},
        digest=_digest(cohort, component, lines, effects),
    )


def _with_effects(
    cohort: Cohort, lines: Sequence[PreviewLine], component: str
) -> tuple[list[PreviewLine], list[MarkEffect]]:
    """Say of each new line what it is worth, and of each person what changes."""
    added: dict[int, list[Submission]] = {}
    removed: dict[int, set[int]] = {}
    for line in lines:
        if line.is_new and line.person_id is not None:
            added.setdefault(line.person_id, []).append(_as_submission(line, component))
        for wrong in line.to_withdraw:
            removed.setdefault(wrong.person_id, set()).add(wrong.submission_id)
    effects: list[MarkEffect] = []
    worths: dict[str, tuple[Bilingual, bool]] = {}
    for person_id in {*added, *removed}:
        member = cohort.members.get(person_id)
        if member is None:
            continue
        before = cohort.outcome(member)
        after_import = cohort.without(person_id, removed.get(person_id, set()))
        after = after_import.outcome(member, also=added.get(person_id, ()))
        for verdict in after.get_component(component).verdicts:
            if verdict.sending.id is not None and verdict.fate is not Fate.COUNTS:
                worths[verdict.sending.id] = verdict.reason, verdict.fate is Fate.LATE
        effects += _effect(member.person, before, after, component)
    told = [_told(line, worths) for line in lines]
    return told, sorted(effects, key=lambda effect: order_of(effect.person))


def _told(line: PreviewLine, worths: Mapping[str, tuple[Bilingual, bool]]) -> PreviewLine:
    if not line.is_new or str(-line.line) not in worths:
        return line
    worth, late = worths[str(-line.line)]
    return replace(line, worth=worth, is_late=late)


def _effect(person: Person, outcome: Outcome, then: Outcome, component: str) -> list[MarkEffect]:
    before, after = outcome.get_component(component), then.get_component(component)
    eligible = outcome.eligibility.met, then.eligibility.met
    if (before.mark, before.status) == (after.mark, after.status) and eligible[0] == eligible[1]:
        return []
    return [
        MarkEffect(
            person=person,
            name=person_label(person),
            before=before,
            after=after,
            eligible_before=eligible[0],
            eligible_after=eligible[1],
            note=_note(before, after),
        )
    ]


def _note(before: ComponentMark, after: ComponentMark) -> Bilingual | None:
    """Say when what Pix proves is not what was declared (rule 8)."""
    was_declared = before.status is MarkStatus.DECLARED
    proven = after.status is MarkStatus.VERIFIED
    if not (was_declared and proven) or before.mark is None or after.mark is None:
        return None
    if before.mark == after.mark:
        return None
    declared, verified = out_of_twenty(before.mark), out_of_twenty(after.mark)
    return Bilingual(
        f"La déclaration donnait {declared.fr}, l’export Pix donne {verified.fr}.",
        f"The declaration gave {declared.en}, the Pix export gives {verified.en}.",
    )


def _as_submission(line: PreviewLine, component: str) -> Submission:
    row = line.row
    if row is None or row.sent_at is None or row.profile is None or line.person_id is None:
        raise ValueError("only a sent line that has its person becomes a sending")
    return Submission(
        id=-line.line,
        person_id=line.person_id,
        component=component,
        evidence=Evidence.VERIFIED,
        sent_at=row.sent_at,
        received_at=row.sent_at,
        profile=row.profile,
        source={},
        fingerprint=line.fingerprint,
    )


def _digest(
    cohort: Cohort, component: str, lines: Sequence[PreviewLine], effects: Sequence[MarkEffect]
) -> str:
    def shown(mark: Decimal | None) -> str | None:
        return None if mark is None else str(mark)

    what = [
        # A preview of one component is never confirmed for another, nor under other rules.
        [cohort.scope.unit_code, cohort.scope.academic_year, component, cohort.rules.digest],
        [
            [line.line, line.outcome, line.person_id, line.fingerprint, line.to_restore, line.is_late]
            + [each.submission_id for each in line.to_withdraw]
            for line in lines
        ],
        [
            [
                each.person.id,
                each.before.status,
                shown(each.before.mark),
                each.after.status,
                shown(each.after.mark),
                each.eligible_after,
            ]
            for each in effects
        ],
    ]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()
