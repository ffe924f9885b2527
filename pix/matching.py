"""Decides whose each line of a Pix file is: pure, from a snapshot of the people and of the teacher's choices.

In order: the choice remembered, a right check code, the roster's student number, an external id equal to a student
number, the exact name. Whatever is shared, contradictory or merely near waits for the teacher: a wrong match is a
wrong mark.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grading.text import Bilingual
from pix.course import Course
from pix.external_id import CheckCodes
from pix.identity import (
    Candidate,
    Claim,
    SentLine,
    claim_of,
    identity_key,
    is_another_number,
    key_of_claim,
)
from pix.remembered import Remembered
from pix.verdict import SENTENCES, SETTLED, MatchReason, Verdict

__all__ = [
    "Candidate",
    "MatchDecision",
    "MatchReason",
    "RememberedChoice",
    "identity_key",
    "match_rows",
]


_SURE = frozenset({MatchReason.CHECK_CODE, MatchReason.STUDENT_NUMBER})


@dataclass(frozen=True, kw_only=True)
class MatchDecision:
    """Whose a line is. `candidates` are the people suggested to the teacher, best first, where it waits.

    `identity_key` is the line's own, empty where it was not sent.
    """

    row_line: int
    person_id: int | None
    reason: MatchReason
    candidates: tuple[int, ...]
    explanation: Bilingual
    identity_key: str = ""

    @property
    def waits_for_teacher(self) -> bool:
        """Whether somebody has to choose before this line counts."""
        return self.reason not in SETTLED


@dataclass(frozen=True, kw_only=True)
class RememberedChoice:
    """A teacher's choice for an identity; no person means "ignore whoever this is"."""

    identity_key: str
    person_id: int | None


def match_rows(
    rows: Iterable[SentLine],
    people: Sequence[Candidate],
    remembered: Mapping[str, int | None],
    codes: CheckCodes,
) -> tuple[MatchDecision, ...]:
    """Decide whose each row is, one decision a row, in the rows' order.

    `remembered` maps an `identity_key` to a person, or to `None` for "ignore". Several sendings of one identity go
    to the same person. A row that was not sent needs nobody.
    """
    listed = list(rows)
    of_rows = [claim_of(row) if row.sent else None for row in listed]
    keys = [
        "" if claim is None else key_of_claim(row, claim) for row, claim in zip(listed, of_rows, strict=True)
    ]
    claims: dict[str, Claim] = {}
    for key, claim in zip(keys, of_rows, strict=True):
        if claim is not None and (key not in claims or _says_more(claim, claims[key])):
            claims[key] = claim
    course = Course(people, codes)
    verdicts = {key: course.decide(claim) for key, claim in claims.items()}
    _settle_rivals(verdicts, claims)
    _recall(verdicts, claims, course, Remembered(remembered))
    return tuple(_decision(row, key, verdicts) for row, key in zip(listed, keys, strict=True))


def _says_more(claim: Claim, other: Claim) -> bool:
    """Tell which of two spellings of one identity is decided on: the one that kept its zeros, whatever the order."""
    mine, theirs = ([each.number or "", each.external_id or ""] for each in (claim, other))
    return [[len(text) for text in mine], mine] > [[len(text) for text in theirs], theirs]


def _decision(row: SentLine, key: str, verdicts: Mapping[str, Verdict]) -> MatchDecision:
    verdict = verdicts[key] if row.sent else Verdict(reason=MatchReason.NOT_SENT)
    return MatchDecision(
        row_line=row.line,
        person_id=verdict.person_id,
        reason=verdict.reason,
        candidates=verdict.candidates,
        explanation=verdict.explanation or SENTENCES[verdict.reason],
        identity_key=key,
    )


def _recall(
    verdicts: dict[str, Verdict], claims: Mapping[str, Claim], course: Course, remembered: Remembered
) -> None:
    """Let a teacher's choice decide; one made for the same identity come otherwise beats no sure ground.

    Nor does that one hold where the roster now says another number, and what was typed tells nobody apart (a group, a
    word): it may be a namesake's.
    """
    for key, verdict in list(verdicts.items()):
        if remembered.is_chosen(key):
            verdicts[key] = course.recall(remembered.chosen(key))
        elif verdict.reason not in _SURE and len(chosen := remembered.chosen_elsewhere(key)) == 1:
            (person_id,) = chosen
            person = course.by_id.get(person_id) if person_id is not None else None
            claim = claims[key]
            if person is None or claim.tells_apart or not is_another_number(claim.number, person.number):
                verdicts[key] = course.recall(person_id)


def _settle_rivals(verdicts: dict[str, Verdict], claims: Mapping[str, Claim]) -> None:
    """Send to the teacher the weaker of two different identities that claim the same person.

    A check code and a roster's number are sure, and beat an external id, which beats a name. Two sure identities of
    one person are both theirs; external ids need the same name as well; two identities with nothing but a name both
    wait. Choices remembered come after: settling one line never changes another.
    """
    by_person: dict[int, list[str]] = defaultdict(list)
    for key, verdict in verdicts.items():
        if verdict.person_id is not None:
            by_person[verdict.person_id].append(key)
    for person, keys in by_person.items():
        grounds = {key: verdicts[key].reason for key in keys}
        for key in keys:
            if any(_yields(key, other, grounds, claims) for other in keys):
                verdicts[key] = Verdict(reason=MatchReason.SEVERAL_IDENTITIES, candidates=(person,))


def _yields(key: str, other: str, grounds: Mapping[str, MatchReason], claims: Mapping[str, Claim]) -> bool:
    mine, theirs = grounds[key], grounds[other]
    same_name = claims[key].name == claims[other].name
    if claims[key].who == claims[other].who or mine not in {MatchReason.EXTERNAL_ID, MatchReason.EXACT_NAME}:
        return False
    if mine is MatchReason.EXTERNAL_ID:
        return theirs in _SURE or (theirs is mine and not same_name)
    return True
