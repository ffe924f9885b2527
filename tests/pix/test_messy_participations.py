"""A class as messy as real ones, come by Pix's API: no roster's number, but Pix's own word on who is one account."""

from __future__ import annotations

import random
from dataclasses import replace

from pix.matching import Candidate
from pix.participants import ParticipationLine, match_participations
from pix.verdict import MatchReason
from tests.pix.rows import CODES
from tests.pix.test_messy_class import people, retyped

LINES = 203


def messy_class(seed: int) -> tuple[list[ParticipationLine], list[Candidate], list[int | None]]:
    """Return the participations, the people of the course, and whose each truly is (`None`: not in the course)."""
    chance = random.Random(seed)
    everybody = people(chance, 100)
    candidates = [
        Candidate(person_id=place, student_number=number, given_name=given, family_name=family)
        for place, (given, family, number) in enumerate(everybody[:80])
    ]
    lines: list[ParticipationLine] = []
    truth: list[int | None] = []
    while len(lines) < LINES:
        who = chance.randrange(len(everybody))
        given, family, number = everybody[who]
        for _ in range(chance.choice([1, 1, 2, 3])):
            first, last = retyped(chance, given), retyped(chance, family)
            # somebody from elsewhere is told from a namesake by a number only: he always gives one
            kind = chance.choice(["typed", "check", "nothing", "copied", "mail"] if who < 80 else ["typed"])
            external = {
                "typed": f" {number} ",
                "check": CODES.external_id(number),
                "copied": chance.choice(everybody[:80])[2],
                "mail": "moi@exemple.fr",
            }
            lines.append(
                ParticipationLine(
                    line=len(lines),
                    campaign_code="KTRBWX482",
                    account=f"account of {who}",
                    first_name=first,
                    last_name=last,
                    external_id=external.get(kind),
                )
            )
            truth.append(who if who < 80 else None)
    return lines[:LINES], candidates, truth[:LINES]


def test_no_wrong_match_and_fewer_decisions_than_without_accounts() -> None:
    told = []
    for seed in range(12):
        lines, candidates, truth = messy_class(seed)
        decisions = match_participations(lines, candidates, {}, CODES)
        assert len(decisions) == LINES
        wrong = [
            (line, decision.reason)
            for line, decision, who in zip(lines, decisions, truth, strict=True)
            if decision.person_id is not None and decision.person_id != who
        ]
        assert wrong == []
        alone = match_participations([replace(each, account=None) for each in lines], candidates, {}, CODES)
        waiting = sum(each.waits_for_teacher for each in decisions)
        told.append((waiting, sum(each.waits_for_teacher for each in alone)))
        assert any(each.reason is MatchReason.SAME_ACCOUNT for each in decisions)
    assert all(with_accounts < without for with_accounts, without in told), told
    assert max(with_accounts for with_accounts, _ in told) < LINES / 2, told


def test_a_borrowed_computer_is_never_taken_for_its_owner() -> None:
    """Two students send from one Pix account, each through their own link: both wait."""
    lines, candidates, _ = messy_class(203)
    one, other = candidates[0], candidates[1]
    codes = [CODES.external_id(each.student_number or "") for each in (one, other)]
    pair = [replace(lines[0], account="shared", external_id=code) for code in codes]
    for decision in match_participations(pair, candidates, {}, CODES):
        assert decision.waits_for_teacher
        assert set(decision.candidates) == {one.person_id, other.person_id}
