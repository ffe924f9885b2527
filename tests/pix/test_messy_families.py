"""A class of families, twins and namesakes: no line goes to a sibling, and the teacher has little to decide."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from pix.matching import identity_key
from tests.pix.families import class_of_families
from tests.pix.test_messy_class import decide, wrong


@pytest.mark.parametrize(("roster", "most"), [(False, 0.36), (True, 0.28)])
@pytest.mark.parametrize("seed", range(20))
def test_no_line_goes_to_a_sibling_and_few_wait(seed: int, roster: bool, most: float) -> None:
    made = class_of_families(seed, roster=roster)
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
        f"\nfamilies {seed}{', roster' if roster else ''}: {len(made.rows)} lines of {made.participants} people: "
        f"0 wrong, {to_decide} decisions, {len(waiting) - to_decide} of nobody here; {dict(reasons.most_common())}"
    )
    assert to_decide < made.participants * most
