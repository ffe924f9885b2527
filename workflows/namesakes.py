"""Lines of certifications whose authors are namesakes in one file: told apart, and left to a teacher."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from grading.text import Bilingual
from pix.matching import MatchDecision, MatchReason
from workflows.import_rows import FileRow

Taken = Sequence[tuple[int, FileRow, str]]
"""Lines that components receive: the file's number, the line, the component."""


def apart(taken: Taken) -> Taken:
    """Set the people of one name in one file apart, where their birth tells that they are several."""
    people: dict[tuple[Any, ...], set[int]] = defaultdict(set)
    for number, row, _ in taken:
        if row.certification is not None:
            people[number, row.author].add(row.namesake)
    several = {author for (_, author), numbers in people.items() if len(numbers) > 1}
    if not several:
        return taken
    return [(number, row.apart() if row.author in several else row, to) for number, row, to in taken]


_NAMESAKES = Bilingual(
    "Deux personnes de ce nom dans ce fichier, que leur naissance distingue (elle n’est pas conservée) : choisissez la "
    "personne de chaque ligne.",
    "Two people of this name in this file, told apart by their birth (which is not kept): choose the person of each "
    "line.",
)
_OF_A_TEACHER = frozenset(
    {MatchReason.NOT_SENT, MatchReason.REMEMBERED, MatchReason.REMEMBERED_GONE, MatchReason.IGNORED}
)


def doubted(decision: MatchDecision) -> MatchDecision:
    """Let nobody but a teacher decide between people of one name."""
    if decision.reason in _OF_A_TEACHER:
        return decision
    likely = (decision.person_id,) if decision.person_id is not None else ()
    return MatchDecision(
        row_line=decision.row_line,
        person_id=None,
        reason=MatchReason.SEVERAL_PEOPLE,
        candidates=decision.candidates or likely,
        explanation=_NAMESAKES,
        identity_key=decision.identity_key,
    )
