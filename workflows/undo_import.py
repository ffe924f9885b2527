"""Undoing an import: as if it had never been, whatever was imported after it. Decided purely, then written down.

What is kept is never removed: sendings are withdrawn, what the import withdrew is restored, choices made in its
preview give way to those of before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pix.matching import identity_key
from storage.audit import note
from storage.certifications import Certification, results_by_exam, these_certifications
from storage.database import Connection
from storage.import_words import (
    KeptLine,
    Line,
    LineWord,
    results_beside,
    results_for,
    say_results,
    say_sendings,
    sendings_for,
    words_of_others,
)
from storage.imported_rows import ImportedRow, rows_of_import, rows_with_their_last
from storage.imports import CampaignImport, Undoing, add_undoing, imports_of
from storage.match_choices import MatchChoice, choices_of, choices_to_say_again, remember_choice
from storage.scope import UnitYear
from storage.submissions import these_submissions
from workflows.cohort import Cohort
from workflows.import_effects import Change, MarkEffect, effects_of_changes
from workflows.kept_form import row_of
from workflows.regrade import regrade
from workflows.world import RulesFile


@dataclass(frozen=True, kw_only=True)
class Reversal:
    """What goes back of the sendings (or results) of an import, by id; `pinned`: lines that a later import has too."""

    withdraw: tuple[KeptLine, ...] = ()
    restore: tuple[KeptLine, ...] = ()
    pinned: int = 0


@dataclass(frozen=True, kw_only=True)
class UndoPlan:
    """What undoing an import would do."""

    sendings: Reversal
    results: Reversal
    choices: tuple[MatchChoice, ...]
    effects: tuple[MarkEffect, ...]

    @property
    def counts(self) -> dict[str, int]:
        """What goes back, in numbers."""
        both = (self.sendings, self.results)
        return {
            "withdrawn": sum(len(each.withdraw) for each in both),
            "restored": sum(len(each.restore) for each in both),
            "stay": sum(each.pinned for each in both),
            "choices": len(self.choices),
            "marks_changed": len(self.effects),
        }

    @property
    def people(self) -> set[int]:
        """Whom it touches."""
        both = (self.sendings, self.results)
        return {line.person_id for each in both for line in (*each.withdraw, *each.restore)}


def reverse(import_id: int, kept: Sequence[KeptLine], words: Mapping[Line, Sequence[LineWord]]) -> Reversal:
    """Decide what goes back; pure. `words`: what the other imports that stand, and have the line, say of it.

    A line is whose the last of them that settled it says; where they all left it as it was, or it was left aside, it is
    nobody's, and so is one that no other import has.
    """
    withdraw: list[KeptLine] = []
    restore: list[KeptLine] = []
    for each in kept:
        is_theirs = owner_of(words.get(each.line, ())) == each.person_id
        if is_theirs and each.withdrawn:
            restore.append(each)
        elif not is_theirs and not each.withdrawn and each.import_id is not None:
            withdraw.append(each)
    moved = {each.line for each in (*withdraw, *restore)}
    later = {
        each.line for each in kept if any(word.import_id > import_id for word in words.get(each.line, ()))
    }
    return Reversal(withdraw=tuple(withdraw), restore=tuple(restore), pinned=len(later - moved))


def owner_of(words: Sequence[LineWord]) -> int | None:
    """Whose a line is by these words, the last one last."""
    return next((each.person_id for each in reversed(words) if each.is_settled), None)


def _last_settled(words: Sequence[LineWord]) -> int:
    return max(each.import_id for each in words if each.is_settled)


def plan_undoing(connection: Connection, cohort: Cohort, done: CampaignImport) -> UndoPlan:
    """What undoing an import would change. Reads, writes nothing."""
    rows = rows_of_import(connection, done.id)
    beside = results_beside(connection, cohort.scope, done.id, _exams(rows))
    words = words_of_others(connection, cohort.scope, done.id, beside)
    sendings = reverse(done.id, sendings_for(connection, cohort.scope, done.id), words)
    results = reverse(done.id, results_for(connection, cohort.scope, done.id), words)
    # What the import took from somebody for a result of the same exam is theirs by the word of the others.
    back = [
        each for each in beside if each.withdrawn and owner_of(words.get(each.line, ())) == each.person_id
    ]
    back = sorted([*results.restore, *back], key=lambda each: -_last_settled(words[each.line]))
    known = {each.id: each for each in these_certifications(connection, [line.id for line in back])}
    results = replace(results, restore=_of_one_holder(cohort, results.withdraw, back, known))
    changes: dict[int, Change] = defaultdict(Change)
    for line in sendings.withdraw:
        changes[line.person_id].removed.add(line.id)
    for line in results.withdraw:
        changes[line.person_id].results_removed.add(line.id)
    restored: dict[int, list[int]] = defaultdict(list)
    for line in sendings.restore:
        restored[line.person_id].append(line.id)
    for line in results.restore:
        changes[line.person_id].results_added.append(known[line.id])

    def change_of(person_id: int) -> Change:
        change = changes[person_id]
        change.added = these_submissions(connection, restored.get(person_id, ()))
        return change

    components = [*(each.key for each in cohort.unit.components), cohort.unit.catch_up.key]
    touched = {row.component for row in rows}
    effects, _ = effects_of_changes(
        connection,
        cohort,
        {*changes, *restored},
        change_of,
        [each for each in components if each in touched],
    )
    return UndoPlan(
        sendings=sendings,
        results=results,
        choices=_choices(connection, cohort.scope, done),
        effects=tuple(effects),
    )


def _of_one_holder(
    cohort: Cohort,
    withdrawn: Sequence[KeptLine],
    restored: Sequence[KeptLine],
    known: Mapping[int, Certification],
) -> tuple[KeptLine, ...]:
    """Of the results to give back, those whose exam is nobody else's by then: one exam serves one person.

    What a certificate, or another file, gives to somebody else by now waits for the teacher at the next import.
    """
    gone = {line.id for line in withdrawn}
    holders: dict[str, int] = {}
    for exam, results in results_by_exam(cohort.certifications).items():
        for each in results:
            if each.id not in gone:
                holders[exam] = each.person_id
    return tuple(
        line for line in restored if holders.setdefault(known[line.id].exam, line.person_id) == line.person_id
    )


def _exams(rows: Iterable[ImportedRow]) -> set[str]:
    return {row.row["certification"]["exam"] for row in rows if "certification" in row.row}


def _choices(connection: Connection, scope: UnitYear, done: CampaignImport) -> tuple[MatchChoice, ...]:
    """The choices to put back: those made in the previews of this import and of those undone before it.

    Not those that a later import rests on.
    """
    gone = {
        each.draft_id: each.id
        for each in imports_of(connection, scope)
        if each.draft_id is not None and (each.undone is not None or each.id == done.id)
    }
    chosen = choices_of(connection, scope)
    made_in = [gone[each.draft_id] for each in chosen if each.draft_id in gone]
    if not made_in:
        return ()
    relied: dict[str, int] = {}
    for row, last in rows_with_their_last(connection, scope, after=min(made_in), but=done.id):
        key = identity_key(row_of(row.row))
        relied[key] = max(last, relied.get(key, 0))
    return tuple(choices_to_say_again(chosen, gone, relied))


def undo(
    connection: Connection,
    rules: RulesFile,
    scope: UnitYear,
    done: CampaignImport,
    plan: UndoPlan,
    *,
    by_person: int,
    now: datetime,
) -> bool:
    """Do what a plan shows, in the caller's transaction; False where the import was undone meanwhile."""
    if not add_undoing(connection, done.id, Undoing(by_person=by_person, at=now, counts=plan.counts)):
        return False
    for say, reversal in ((say_sendings, plan.sendings), (say_results, plan.results)):
        by = {"by_person": by_person, "at": now, "import_id": None}
        say(connection, [each.id for each in reversal.withdraw], withdrawn=True, **by)
        say(connection, [each.id for each in reversal.restore], withdrawn=False, **by)
    for choice in plan.choices:
        remember_choice(connection, scope, choice, by_person=by_person, now=now)
    if plan.people:
        regrade(connection, rules, scope, plan.people, cause="undo", now=now)
    details = {"import": done.id, **plan.counts}
    note(connection, "import_undone", now, by_person=by_person, course_id=scope.course_id, details=details)
    return True
