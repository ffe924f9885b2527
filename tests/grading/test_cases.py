"""The rulebook as situations: each case of `cases/*.toml` is one test."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pytest

from grading.mark import ComponentMark, lms_comment, published_mark
from grading.outcome import Outcome, assess
from grading.rules import CatchUp, Component, Unit
from tests.grading.situations import Case, cases

CASES = list(cases())


def written(mark: Decimal | None) -> str:
    return "none" if mark is None else str(mark)


def component_of(unit: Unit, key: str) -> Component | CatchUp:
    return unit.catch_up if key == unit.catch_up.key else unit.get_component(key)


def seen(unit: Unit, outcome: Outcome, what: str, key: str, expected: Any) -> Any:
    mark: ComponentMark = outcome.get_component(key)
    if what == "marks":
        return written(mark.mark)
    if what == "status":
        return mark.status.value
    if what == "published":
        return written(published_mark(component_of(unit, key), mark))
    if what == "fates":
        return [verdict.fate.value for verdict in mark.verdicts]
    if what == "reasons":
        return [verdict.reason.fr for verdict in mark.verdicts]
    if what == "confirmed":
        return mark.confirmation.agreement.value if mark.confirmation else "none"
    if what == "says":
        return next((line.fr for line in mark.explanation if line.fr == expected), mark.explanation)
    if what == "line":
        return mark.explanation[0].fr
    assert what == "comment"
    return lms_comment(unit, mark)


def session(part: Any) -> dict[str, str]:
    shown = {"mark": written(part.mark), "result": part.result.value}
    if hasattr(part, "reason"):
        shown["reason"] = part.reason.value if part.reason else "none"
    return shown


def missing(outcome: Outcome) -> list[dict[str, Any]]:
    return [
        {key: "none" if value is None else value for key, value in asdict(one).items()}
        for one in outcome.eligibility.missing
    ]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_situation(case: Case) -> None:
    outcome = assess(case.unit, case.situation)
    whole = {
        "eligible": outcome.eligibility.met,
        "by": list(outcome.eligibility.by),
        "missing": missing(outcome),
        "first": session(outcome.first_session),
        "first_line": outcome.first_session.explanation[0].fr,
        "second": session(outcome.second_session),
        "acquired": outcome.acquired,
        "certified": [each.reason.fr for each in outcome.certifications],
    }
    for what, expected in case.expect.items():
        if what == "eligibility_says":
            assert expected in [line.fr for line in outcome.eligibility.explanation]
        elif what in whole:
            assert whole[what] == expected, what
        else:
            found = {key: seen(case.unit, outcome, what, key, line) for key, line in expected.items()}
            assert found == expected, what


def test_there_are_enough_cases_and_every_rule_has_some() -> None:
    assert len(CASES) >= 60
    assert {rule.strip() for case in CASES for rule in case.rule.split(",")} == {str(n) for n in range(1, 16)}


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_part_explains_itself_in_both_languages(case: Case) -> None:
    outcome = assess(case.unit, case.situation)
    explanations = [
        *(mark.explanation for mark in outcome.components),
        outcome.eligibility.explanation,
        outcome.first_session.explanation,
        outcome.second_session.explanation,
    ]
    assert all(explanations)
    assert all(line.fr.strip() and line.en.strip() for lines in explanations for line in lines)
