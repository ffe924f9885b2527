"""Each line of an export: whose it is and why, and what becomes of it. Pure: from what is kept and chosen already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from grading.text import Bilingual
from pix.matching import MatchDecision, MatchReason
from pix.orga_csv import CampaignExport
from pix.orga_row import ProfileRow
from pix.problem import Problem
from storage.submissions import Kept


class LineOutcome(StrEnum):
    """What becomes of a line (closed set): every line of data has exactly one."""

    NEW = "new"
    ALREADY_KNOWN = "already_known"
    NEEDS_DECISION = "needs_decision"
    NOT_SENT = "not_sent"
    IGNORED = "ignored"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True)
class PreviewLine:
    """One line of the file: what it says, whose it is and why, what becomes of it.

    `to_withdraw` are sendings kept until now for somebody else, `to_restore` one that was withdrawn from this very
    person. `held_by` is whom an undecided line goes on counting for. `worth` says why a new sending will not be
    the one that counts.
    """

    line: int
    outcome: LineOutcome
    row: ProfileRow | None
    identity_key: str
    fingerprint: str
    reason: MatchReason | None
    explanation: Bilingual
    person_id: int | None
    suggestions: tuple[int, ...] = ()
    problems: tuple[Problem, ...] = ()
    to_withdraw: tuple[Kept, ...] = ()
    to_restore: int | None = None
    held_by: int | None = None
    worth: Bilingual | None = None
    is_late: bool = False

    @property
    def is_new(self) -> bool:
        """Whether confirming adds a sending."""
        return self.outcome is LineOutcome.NEW


def preview_lines(
    export: CampaignExport,
    decisions: Sequence[MatchDecision],
    kept: Mapping[str, Sequence[Kept]],
    undone: Mapping[str, int],
) -> list[PreviewLine]:
    """Every line of data once, in the file's order.

    `kept` are the sendings stored already, by fingerprint; `undone` whom an identity was given to by a choice that
    the teacher has since undone.
    """
    first_lines: dict[str, int] = {}
    lines = []
    for row, decision in zip(export.rows, decisions, strict=True):
        fingerprint = row.fingerprint() if row.sent else ""
        line = _line(row, decision, kept.get(fingerprint, ()), fingerprint, undone)
        if line.is_new and fingerprint in first_lines:
            line = _said_twice(line, first_lines[fingerprint])
        first_lines.setdefault(fingerprint, row.line)
        lines.append(line)
    lines += [_rejected(problem) for problem in export.problems]
    return sorted(lines, key=lambda line: line.line)


def _line(
    row: ProfileRow,
    decision: MatchDecision,
    kept: Sequence[Kept],
    fingerprint: str,
    undone: Mapping[str, int],
) -> PreviewLine:
    key = decision.identity_key
    standing = [each for each in kept if not each.withdrawn]
    mine = next((each for each in kept if each.person_id == decision.person_id), None)
    outcome = _outcome(decision, mine)
    if outcome is LineOutcome.NEEDS_DECISION:
        # Nobody has decided anything else: only what rested on a choice now undone is taken back.
        wrong = [each for each in standing if each.person_id == undone.get(key)]
    else:
        wrong = [each for each in standing if each.person_id != decision.person_id]
    holders = [each.person_id for each in standing if each not in wrong]
    return PreviewLine(
        line=row.line,
        outcome=outcome,
        row=row,
        identity_key=key,
        fingerprint=fingerprint,
        reason=decision.reason,
        explanation=decision.explanation,
        person_id=decision.person_id,
        suggestions=decision.candidates,
        problems=row.warnings,
        to_withdraw=tuple(wrong),
        to_restore=mine.submission_id if mine is not None and mine.withdrawn else None,
        held_by=holders[0] if holders and outcome is LineOutcome.NEEDS_DECISION else None,
    )


def _outcome(decision: MatchDecision, mine: Kept | None) -> LineOutcome:
    if decision.reason is MatchReason.NOT_SENT:
        return LineOutcome.NOT_SENT
    if decision.reason in (MatchReason.IGNORED, MatchReason.TRIAL):
        return LineOutcome.IGNORED
    if decision.person_id is None:
        return LineOutcome.NEEDS_DECISION
    return LineOutcome.ALREADY_KNOWN if mine is not None and not mine.withdrawn else LineOutcome.NEW


def _said_twice(line: PreviewLine, first: int) -> PreviewLine:
    return replace(
        line,
        outcome=LineOutcome.ALREADY_KNOWN,
        explanation=Bilingual(
            f"Le même envoi est déjà à la ligne {first}.", f"The same sending is on line {first} already."
        ),
        to_withdraw=(),
        to_restore=None,
    )


def _rejected(problem: Problem) -> PreviewLine:
    return PreviewLine(
        line=problem.line or 0,
        outcome=LineOutcome.REJECTED,
        row=None,
        identity_key="",
        fingerprint="",
        reason=None,
        explanation=problem.message,
        person_id=None,
        problems=problem.also,
    )
