"""Each line of the files: whose it is and why, and what becomes of it. Pure: from what is kept and chosen already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from grading.text import Bilingual
from pix.matching import MatchDecision, MatchReason
from pix.problem import Problem
from workflows.import_rows import FileRow


class LineOutcome(StrEnum):
    """What becomes of a line (closed set): every line of data has exactly one.

    `not_taken`: no component receives the lines of its campaign, or nobody has chosen which.
    """

    NEW = "new"
    ALREADY_KNOWN = "already_known"
    NEEDS_DECISION = "needs_decision"
    NOT_SENT = "not_sent"
    IGNORED = "ignored"
    NOT_TAKEN = "not_taken"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Held:
    """A sending, or a certification's result, kept already: its id, whose, and whether it was withdrawn from them."""

    id: int
    person_id: int
    withdrawn: bool


@dataclass(slots=True)
class PreviewLine:
    """One line: what it says, whose it is and why, what becomes of it.

    `to_withdraw` are sendings kept until now for somebody else, `to_restore` one that was withdrawn from this very
    person. `held_by` is whom an undecided line goes on counting for. `worth` says why a new sending will not be
    the one that counts.
    """

    file: int
    line: int
    outcome: LineOutcome
    explanation: Bilingual
    row: FileRow | None = None
    component: str | None = None
    identity_key: str = ""
    reason: MatchReason | None = None
    person_id: int | None = None
    suggestions: tuple[int, ...] = ()
    problems: tuple[Problem, ...] = ()
    to_withdraw: tuple[Held, ...] = ()
    to_restore: int | None = None
    held_by: int | None = None
    worth: Bilingual | None = None
    is_late: bool = False

    @property
    def is_new(self) -> bool:
        """Whether confirming adds a sending, or restores one."""
        return self.outcome is LineOutcome.NEW

    @property
    def is_aside(self) -> bool:
        """Whether the line is no result by itself, whoever it is of."""
        return self.row is not None and self.row.aside is not None

    @property
    def fingerprint(self) -> str:
        """What makes keeping the line twice impossible; empty where nothing was sent."""
        return "" if self.row is None else self.row.fingerprint


def decide_line(
    file: int,
    row: FileRow,
    component: str,
    decision: MatchDecision,
    kept: Sequence[Held],
    undone: Mapping[str, int],
) -> PreviewLine:
    """Decide a line that a component receives.

    `kept` is what is stored already of this very sending; `undone` whom an identity was given to by a choice that the
    teacher has since undone.
    """
    key = decision.identity_key
    standing = [each for each in kept if not each.withdrawn]
    mine = next((each for each in kept if each.person_id == decision.person_id), None)
    outcome = _outcome(row, decision, mine)
    if outcome is LineOutcome.NEEDS_DECISION:
        # Nobody has decided anything else: only what rested on a choice now undone is taken back.
        wrong = [each for each in standing if each.person_id == undone.get(key)]
    elif row.aside is not None:
        wrong = []
    else:
        wrong = [each for each in standing if each.person_id != decision.person_id]
    holders = [each.person_id for each in standing if each not in wrong]
    return PreviewLine(
        file=file,
        line=row.line,
        outcome=outcome,
        explanation=row.aside or decision.explanation,
        row=row,
        component=component,
        identity_key=key if row.sent and row.aside is None else "",
        reason=decision.reason,
        person_id=decision.person_id if row.aside is None else None,
        suggestions=decision.candidates,
        problems=row.problems,
        to_withdraw=tuple(wrong),
        to_restore=mine.id if mine is not None and mine.withdrawn and row.aside is None else None,
        held_by=holders[0] if holders and outcome is LineOutcome.NEEDS_DECISION else None,
    )


def _outcome(row: FileRow, decision: MatchDecision, mine: Held | None) -> LineOutcome:
    if not row.sent:
        return LineOutcome.NOT_SENT
    if row.aside is not None or decision.reason in (MatchReason.IGNORED, MatchReason.TRIAL):
        return LineOutcome.IGNORED
    if decision.person_id is None:
        return LineOutcome.NEEDS_DECISION
    return LineOutcome.ALREADY_KNOWN if mine is not None and not mine.withdrawn else LineOutcome.NEW


def not_taken(file: int, row: FileRow, why: Bilingual) -> PreviewLine:
    """A line that no component receives."""
    return PreviewLine(
        file=file,
        line=row.line,
        outcome=LineOutcome.NOT_TAKEN,
        explanation=why,
        row=row,
        problems=row.problems,
    )


def rejected(file: int, problem: Problem) -> PreviewLine:
    """A line that cannot be read."""
    return PreviewLine(
        file=file,
        line=problem.line or 0,
        outcome=LineOutcome.REJECTED,
        explanation=problem.message,
        problems=problem.also,
    )


def settle_twins(lines: Iterable[PreviewLine], names: Mapping[int, str]) -> None:
    """Of one sending said several times, in one file or in several, only the first line is new.

    What a line gives to its person, another that says the same of somebody left aside does not take away.
    """
    sent = [line for line in lines if line.fingerprint and line.component is not None and not line.is_aside]
    settled = (LineOutcome.NEW, LineOutcome.ALREADY_KNOWN)
    holders = {(each.component, each.fingerprint): each.person_id for each in sent if each.outcome in settled}
    first: dict[tuple[str | None, str], PreviewLine] = {}
    for line in sent:
        holder = holders.get((line.component, line.fingerprint))
        if line.to_withdraw and line.outcome not in settled and holder is not None:
            line.to_withdraw = tuple(each for each in line.to_withdraw if each.person_id != holder)
        told = first.setdefault((line.component, line.fingerprint), line)
        if told is line or not line.is_new:
            continue
        where = Bilingual(f"à la ligne {told.line}", f"on line {told.line}")
        if told.file != line.file:
            name = names[told.file]
            where = Bilingual(f"{where.fr} de « {name} »", f"{where.en} of “{name}”")
        line.outcome = LineOutcome.ALREADY_KNOWN
        line.explanation = Bilingual(
            f"Le même envoi est déjà {where.fr}.", f"The same sending is {where.en} already."
        )
        line.to_withdraw, line.to_restore = (), None
