"""A class of two hundred with the mess of real ones: no line goes to the wrong person, and few wait for the teacher."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from pix.matching import MatchDecision, identity_key, match_rows
from tests.pix.messy import MessyClass, messy_class
from tests.pix.rows import CODES

SEEDS = range(20)


def decide(made: MessyClass, remembered: dict[str, int | None] | None = None) -> tuple[MatchDecision, ...]:
    """The decisions, every line accounted for."""
    decisions = match_rows(made.rows, made.people, remembered or {}, CODES)
    assert [each.row_line for each in decisions] == [each.line for each in made.rows]
    for each, line in zip(decisions, made.rows, strict=True):
        assert (each.person_id is None) or not each.waits_for_teacher
        assert (each.reason == "not_sent") == (not line.sent)
    return decisions


def wrong(made: MessyClass, decisions: tuple[MatchDecision, ...]) -> list[object]:
    """Every line that went to somebody who did not send it."""
    return [
        (
            line.first_name,
            line.last_name,
            line.student_number,
            line.external_id,
            each.reason,
            made.people[each.person_id],
        )
        for line, each, who in zip(made.rows, decisions, made.truth, strict=True)
        if each.person_id is not None and each.person_id != who
    ]


KINDS: dict[str, tuple[dict[str, bool], float]] = {
    "a quarter without the link": ({}, 0.33),
    "the same with a roster": ({"roster": True}, 0.25),
    "by link": ({"by_link": True}, 0.15),
}
"""Kinds of classes, and the most decisions a participant each may need: none costs a second look at a right match."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_wrong_match_and_few_decisions(seed: int, kind: str) -> None:
    how, most = KINDS[kind]
    made = messy_class(seed, **how)
    decisions = decide(made)
    assert wrong(made, decisions) == []
    waiting = {
        identity_key(line): bool(each.candidates)
        for line, each in zip(made.rows, decisions, strict=True)
        if each.waits_for_teacher
    }
    to_decide = sum(waiting.values())
    reasons = Counter(each.reason.value for each in decisions)
    sys.stdout.write(
        f"\nseed {seed}, {kind}: {len(made.rows)} lines of {made.participants} people: 0 wrong, "
        f"{to_decide} decisions, {len(waiting) - to_decide} of nobody here; {dict(reasons.most_common())}"
    )
    assert to_decide < made.participants * most


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_every_decision_made_once_settles_the_class(seed: int) -> None:
    made = messy_class(seed)
    chosen: dict[str, int | None] = {}
    for line, each, who in zip(made.rows, decide(made), made.truth, strict=True):
        if each.waits_for_teacher:
            chosen[identity_key(line)] = who
    again = decide(made, chosen)
    assert [each for each in again if each.waits_for_teacher] == []


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_the_order_of_lines_and_people_changes_no_decision(seed: int) -> None:
    made = messy_class(seed)
    turned = MessyClass(
        rows=made.rows[::-1], people=made.people[::-1], truth=made.truth[::-1], participants=0
    )
    forward = {(each.row_line, each.reason, each.person_id) for each in decide(made)}
    assert {(each.row_line, each.reason, each.person_id) for each in decide(turned)} == forward
