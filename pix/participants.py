"""Decides whose each participation of Pix's API is: as the lines of files, and knowing which are of one Pix account.

Pure. The API has no roster's number, but tells which participations are of the same person: where that person is
known from one of them, the others follow; where two people are, a teacher decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grading.text import Bilingual
from pix.external_id import CheckCodes
from pix.identity import Candidate
from pix.matching import MatchDecision, match_rows
from pix.verdict import MATCHED, SENTENCES, MatchReason

_FOLLOW = frozenset(
    {
        MatchReason.NEAR_NAME,
        MatchReason.NOBODY,
        MatchReason.SEVERAL_PEOPLE,
        MatchReason.SEVERAL_IDENTITIES,
    }
)
"""What follows another participation of the same account: a name alone said too little, and nothing contradicts.

A name that is near those of others only contradicts: a second student sends from the computer of a first one.
"""

_TWO_PEOPLE = Bilingual(
    "Un même compte Pix a envoyé pour deux personnes de ce cours (lien emprunté, ordinateur partagé ?) : choisissez.",
    "One Pix account sent for two people of this course (a borrowed link, a shared computer?): choose.",
)


@dataclass(frozen=True, kw_only=True)
class ParticipationLine:
    """A participation that was sent, as matching reads it; `account` is the same for all of one person at Pix."""

    line: int
    campaign_code: str
    account: str | None
    first_name: str
    last_name: str
    external_id: str | None
    campaign_id: str | None = None
    student_number: str | None = None
    sent: bool = True


def match_participations(
    lines: Sequence[ParticipationLine],
    people: Sequence[Candidate],
    remembered: Mapping[str, int | None],
    codes: CheckCodes,
) -> tuple[MatchDecision, ...]:
    """Decide whose each participation is, one decision each, in their order."""
    decisions = list(match_rows(lines, people, remembered, codes))
    accounts: dict[str, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        if line.account is not None:
            accounts[line.account].append(place)
    for places in accounts.values():
        _settle_account(decisions, places)
    return tuple(decisions)


def _settle_account(decisions: list[MatchDecision], places: Sequence[int]) -> None:
    """Let the participations of one account go to one person, or all that nobody chose for wait for a teacher."""
    known = [decisions[place] for place in places if decisions[place].reason in MATCHED]
    people = tuple(dict.fromkeys(each.person_id for each in known if each.person_id is not None))
    for place in places:
        one = decisions[place]
        if len(people) > 1 and one.reason in MATCHED and one.reason is not MatchReason.REMEMBERED:
            decisions[place] = replace(
                one,
                person_id=None,
                reason=MatchReason.CONFLICTING,
                candidates=people,
                explanation=_TWO_PEOPLE,
            )
        elif (
            len(people) == 1 and one.reason in _FOLLOW and (not one.candidates or people[0] in one.candidates)
        ):
            decisions[place] = replace(
                one,
                person_id=people[0],
                reason=MatchReason.SAME_ACCOUNT,
                candidates=(),
                explanation=SENTENCES[MatchReason.SAME_ACCOUNT],
            )
