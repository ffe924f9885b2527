"""The lines of certifications: one exam is one person's, and of their results in one import the last line counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from grading.text import Bilingual
from pix.certification_exam import exam_of_line
from pix.matching import MatchReason
from storage.certifications import results_by_exam
from workflows.certificate_effects import given_by_certificate
from workflows.cohort import Cohort
from workflows.import_lines import Held, LineOutcome, PreviewLine
from workflows.person_names import person_label


def settle_exams(cohort: Cohort, lines: Iterable[PreviewLine]) -> None:
    """Settle whose each exam is, of all the lines that tell of it, and of what is kept; lines come in their order."""
    by_exam: dict[str, list[PreviewLine]] = defaultdict(list)
    for line in lines:
        if line.row is not None and line.row.certification is not None and line.component is not None:
            by_exam[exam_of_line(line.row.certification)].append(line)
    if not by_exam:
        return

    def name_of(person_id: int) -> str:
        member = cohort.members.get(person_id)
        return "?" if member is None else person_label(member.person)

    kept = results_by_exam(cohort.certifications)
    given = given_by_certificate(each for held in kept.values() for each in held)
    for exam, together in by_exam.items():
        if exam in given:
            for line in together:
                _wait_for_certificate(line, given[exam], name_of(given[exam]))
        held = [Held(each.id, each.person_id, withdrawn=False) for each in kept.get(exam, ())]
        chosen = (
            line.person_id for line in together if line.is_new and line.reason is MatchReason.REMEMBERED
        )
        takes = next(chosen, None)
        for line in together:
            others = [each for each in held if each.person_id != line.person_id]
            if others:
                _keep_together(line, others, name_of(others[0].person_id), takes)
        _settle(together, name_of)


def _wait_for_certificate(line: PreviewLine, holder: int, name: str) -> None:
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


def _keep_together(line: PreviewLine, others: Sequence[Held], name: str, chosen: int | None) -> None:
    """Let a result wait where another result of its exam is somebody else's; a teacher's choice takes the exam whole.

    `others` are the results of the exam kept for other people, the first of whom is called `name`; `chosen` is who
    takes it. Their other lines take it with them, or importing the file again would add what they say.
    """
    if not line.is_new:
        return
    if line.reason is MatchReason.REMEMBERED or line.person_id == chosen:
        line.to_withdraw = tuple(dict.fromkeys((*line.to_withdraw, *others)))
        return
    _wait(line, tuple(each.person_id for each in others), _another_result(name))


def _settle(lines: Sequence[PreviewLine], name_of: Callable[[int], str]) -> None:
    """Of the lines of one exam those of one person settle it: chosen by a teacher, else first. The last counts."""
    before: list[PreviewLine] = []
    for line in lines:
        mine = line.person_id
        if mine is None or line.outcome not in (LineOutcome.NEW, LineOutcome.ALREADY_KNOWN):
            continue
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
    for each in before:
        _leave_to_last_word(each, before[-1])


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
