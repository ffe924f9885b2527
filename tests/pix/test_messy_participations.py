"""The messy class come by Pix's API: no roster's number, but Pix's own word on who is one account."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from pix.identity import claim_of
from pix.participants import ParticipationLine, match_participations
from pix.verdict import MatchReason
from tests.pix.messy import MessyClass, messy_class
from tests.pix.rows import CODES

SEEDS = range(20)


def participations(made: MessyClass) -> tuple[list[ParticipationLine], list[int | None]]:
    """The sendings of a class as the API tells them, and whose each truly is; each person has one account."""
    lines: list[ParticipationLine] = []
    truth: list[int | None] = []
    for row, who in zip(made.rows, made.truth, strict=True):
        if row.sent:
            account = f"account of {who}" if who is not None else f"account of a stranger {claim_of(row).who}"
            lines.append(
                ParticipationLine(
                    line=len(lines),
                    campaign_code="KTRBWX482",
                    account=account,
                    first_name=row.first_name,
                    last_name=row.last_name,
                    external_id=row.external_id,
                )
            )
            truth.append(who)
    return lines, truth


@pytest.mark.parametrize("by_link", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_no_wrong_match_and_no_more_decisions_than_without_accounts(seed: int, by_link: bool) -> None:
    made = messy_class(seed, by_link=by_link)
    lines, truth = participations(made)
    decisions = match_participations(lines, made.people, {}, CODES)
    wrong = [
        (line, decision.reason)
        for line, decision, who in zip(lines, decisions, truth, strict=True)
        if decision.person_id is not None and decision.person_id != who
    ]
    assert wrong == []
    alone = match_participations([replace(each, account=None) for each in lines], made.people, {}, CODES)
    waiting = sum(each.waits_for_teacher for each in decisions)
    sys.stdout.write(
        f"\nseed {seed}: {len(lines)} sendings: 0 wrong, {waiting} wait, "
        f"{sum(each.waits_for_teacher for each in alone)} would without accounts; "
        f"{sum(each.reason is MatchReason.SAME_ACCOUNT for each in decisions)} by account"
    )
    assert waiting <= sum(each.waits_for_teacher for each in alone)


def test_a_borrowed_computer_is_never_taken_for_its_owner() -> None:
    """Two students send from one Pix account, each through their own link: both wait."""
    made = messy_class(203)
    lines, _ = participations(made)
    one, other = [each for each in made.people if each.student_number][:2]
    codes = [CODES.external_id(each.student_number or "") for each in (one, other)]
    pair = [replace(lines[0], account="shared", external_id=code) for code in codes]
    for decision in match_participations(pair, made.people, {}, CODES):
        assert decision.waits_for_teacher
        assert set(decision.candidates) == {one.person_id, other.person_id}
