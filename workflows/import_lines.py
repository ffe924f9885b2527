"""Each line of the files: whose it is and why, and what becomes of it. Pure: from what is kept and chosen already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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


def wait_for_certificate(line: PreviewLine, holder: int, name: str) -> None:
    """Let a result wait for the teacher where an accepted certificate gives its exam to somebody else.

    Even a teacher's choice of another waits: the certificate is to be refused first, for one exam serves one person.
    """
    if not line.is_new or line.person_id == holder:
        return
    _wait(
        line,
        (holder,),
        Bilingual(
            f"Un certificat accepté donne cette certification à {name} : choisissez cette personne, ou refusez d’abord "
            "son certificat (page « Certificats donnés par les étudiants »).",
            f"An accepted certificate gives this certification to {name}: choose this person, or refuse their "
            "certificate first (page “Certificates given by students”).",
        ),
    )


def keep_exam_together(line: PreviewLine, others: Sequence[Held], name: str) -> None:
    """Let a result wait where another result of its exam is somebody else's; a teacher's choice takes the exam whole.

    `others` are the results of the exam kept for other people, the first of whom is called `name`.
    """
    if not line.is_new or not others:
        return
    if line.reason is MatchReason.REMEMBERED:
        line.to_withdraw = tuple(dict.fromkeys((*line.to_withdraw, *others)))
        return
    _wait(line, tuple(each.person_id for each in others), _another_result(name))


def settle_exams(lines: Iterable[tuple[str, PreviewLine]], name_of: Callable[[int], str]) -> None:
    """Of the lines of one exam, which come with it, those of one person settle it: chosen by a teacher, else first.

    Of these the last one counts.
    """
    settled: dict[str, list[PreviewLine]] = {}
    for exam, line in lines:
        mine = line.person_id
        if mine is None or line.outcome not in (LineOutcome.NEW, LineOutcome.ALREADY_KNOWN):
            continue
        before = settled.setdefault(exam, [])
        other = before[0].person_id if before else None
        if other is not None and other != mine:
            chosen = line.reason is MatchReason.REMEMBERED
            if not chosen or any(each.reason is MatchReason.REMEMBERED for each in before):
                _wait(line, (other,), _another_result(name_of(other)))
                continue
            for each in before:
                _wait(each, (mine,), _another_result(name_of(mine)))
            before.clear()
        before.append(line)
    for together in settled.values():
        for each in together:
            _leave_to_last_word(each, together[-1])


def _leave_to_last_word(line: PreviewLine, word: PreviewLine) -> None:
    """Leave a line aside where a later one says otherwise of the same exam, whichever of them was kept first."""
    if line.row is None or line.fingerprint == word.fingerprint:
        return
    why = Bilingual(
        f"La ligne {word.line} dit autre chose de la même certification (même numéro) : c’est elle qui compte.",
        f"Line {word.line} says otherwise of the same certification (same number): that one counts.",
    )
    line.row = replace(line.row, aside=why)
    line.outcome, line.person_id, line.explanation = LineOutcome.IGNORED, None, why
    line.to_withdraw, line.to_restore = (), None


def _another_result(name: str) -> Bilingual:
    return Bilingual(
        f"Un autre résultat de cette même certification (même numéro) est à {name}, et une certification n’est qu’à "
        "une personne : choisissez.",
        f"Another result of this same certification (same number) is {name}'s, and a certification is one person's: "
        "choose.",
    )


def _wait(line: PreviewLine, likely: Sequence[int], why: Bilingual) -> None:
    """Leave a line that had its person to the teacher; whom its sending counts for by now, it goes on counting for."""
    mine = (line.person_id,) if line.person_id is not None else ()
    line.suggestions = tuple(dict.fromkeys((*likely, *mine)))
    line.held_by = next((each.person_id for each in line.to_withdraw), None)
    line.outcome, line.person_id, line.to_withdraw, line.to_restore = (
        LineOutcome.NEEDS_DECISION,
        None,
        (),
        None,
    )
    line.explanation = why


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
