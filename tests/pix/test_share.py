"""The student's form: its fields, what is taken, and every reason to refuse."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.ceiling import Ceiling
from grading.competences import COMPETENCES
from grading.profile import Profile
from pix.share import FieldProblem, ShareProblem, ShareRefused, read_share, share_fields

SEVEN = Ceiling(since=date(2023, 11, 1), level=7, profile_pix=896, certification_score=895)
CC1 = ["1.3", "2.3", "3.1"]
LEVELS = {"level_1_3": "4", "level_2_3": "5", "level_3_1": "3"}
PIX = {"pix_1_3": "35", "pix_2_3": "40", "pix_3_1": "0"}


def share(values: dict[str, str], basis: str = "level_mean", *, total_required: bool = False) -> Profile:
    return read_share(values, competences=CC1, basis=basis, ceiling=SEVEN, total_required=total_required)


def refused(
    values: dict[str, str], basis: str = "level_mean", *, total_required: bool = False
) -> tuple[FieldProblem, ...]:
    with pytest.raises(ShareRefused) as caught:
        share(values, basis, total_required=total_required)
    assert str(caught.value)
    return caught.value.problems


def codes(problems: tuple[FieldProblem, ...]) -> dict[str, str]:
    return {problem.field: problem.code.value for problem in problems}


def test_fields_by_basis_in_the_order_of_pix() -> None:
    assert [field.name for field in share_fields(CC1[::-1], "level_mean")] == [*LEVELS, "total"]
    assert [field.name for field in share_fields(CC1, "pix_mean")] == [*PIX, "total"]
    assert [field.name for field in share_fields(CC1, "pix_total")] == ["total"]
    assert len(share_fields(list(COMPETENCES), "level_mean")) == 17
    level, *_, total = share_fields(CC1, "level_mean")
    (pix, *_) = share_fields(CC1, "pix_mean")
    assert (level.highest(SEVEN), pix.highest(SEVEN), total.highest(SEVEN)) == (7, 56, 896)
    assert level.label.fr == "1.3 Traiter des données : niveau"
    assert (level.competence, total.competence) == ("1.3", None)


def test_fields_of_what_cannot_be_declared() -> None:
    with pytest.raises(ValueError, match="certification_score"):
        share_fields(CC1, "certification_score")
    with pytest.raises(KeyError):
        share_fields(["9.9"], "level_mean")


def test_what_is_taken() -> None:
    assert share(LEVELS) == Profile(levels={"1.3": 4, "2.3": 5, "3.1": 3}, pix={}, total=None)
    assert share({**LEVELS, "total": ""}).total is None
    assert share({**LEVELS, "total": " 441 "}, total_required=True).total == 441
    assert share(PIX, "pix_mean") == Profile(levels={}, pix={"1.3": 35, "2.3": 40, "3.1": 0}, total=None)
    assert share({"total": "896"}, "pix_total") == Profile(levels={}, pix={}, total=896)
    assert share({**LEVELS, "level_1_3": "07", "csrf_token": "x", "submit": "1"}).levels["1.3"] == 7


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", ShareProblem.BLANK),
        (" \u00a0", ShareProblem.BLANK),
        ("8", ShareProblem.ABOVE_CEILING),
        ("999999", ShareProblem.ABOVE_CEILING),
        ("-1", ShareProblem.NEGATIVE),
        ("−1,5", ShareProblem.NEGATIVE),
        ("3,5", ShareProblem.DECIMAL),
        ("3.0", ShareProblem.DECIMAL),
        ("quatre", ShareProblem.NOT_A_NUMBER),
        ("４", ShareProblem.NOT_A_NUMBER),
        ("٤", ShareProblem.NOT_A_NUMBER),
        ("+4", ShareProblem.NOT_A_NUMBER),
        ("4 5", ShareProblem.NOT_A_NUMBER),
        ("1e1", ShareProblem.NOT_A_NUMBER),
        ("<script>alert(1)</script>", ShareProblem.NOT_A_NUMBER),
        ("9" * 5000, ShareProblem.NOT_A_NUMBER),
    ],
)
def test_a_level_refused_beside_its_field(typed: str, code: ShareProblem) -> None:
    (problem,) = refused({**LEVELS, "level_2_3": typed})
    assert (problem.field, problem.code) == ("level_2_3", code)
    assert "2.3 Collaborer" in problem.message.fr
    assert "0 à 7" in problem.message.fr
    assert "0 to 7" in problem.message.en
    assert len(problem.message.fr) < 200


def test_every_problem_at_once_in_the_page_s_order() -> None:
    problems = refused(
        {"level_1_3": "9", "level_3_1": "x", "total": "897", "level_1_1": "7"}, total_required=True
    )
    assert list(codes(problems).items()) == [
        ("level_1_3", "above_ceiling"),
        ("level_2_3", "blank"),
        ("level_3_1", "not_a_number"),
        ("total", "above_ceiling"),
        ("level_1_1", "altered"),
    ]


@pytest.mark.parametrize("name", ["level_1_1", "pix_1_3", "level_9_9", "level_", "total_2", "level_1_1\n"])
def test_a_field_that_was_not_asked_for(name: str) -> None:
    (problem,) = refused({**LEVELS, name: "4"})
    assert problem.code is ShareProblem.ALTERED
    assert "modifié" in problem.message.fr


def test_the_total() -> None:
    assert codes(refused(LEVELS, total_required=True)) == {"total": "blank"}
    assert codes(refused({}, "pix_total")) == {"total": "blank"}
    assert codes(refused({**LEVELS, "total": "897"})) == {"total": "above_ceiling"}
    assert codes(refused({**LEVELS, "total": "-1"})) == {"total": "negative"}


def test_an_impossible_total() -> None:
    assert share({**LEVELS, "total": "96"}).total == 96
    (problem,) = refused({**LEVELS, "total": "95"})
    assert (problem.field, problem.code) == ("total", ShareProblem.TOTAL_TOO_SMALL)
    assert "au moins 96" in problem.message.fr
    assert share({**PIX, "total": "75"}, "pix_mean").total == 75
    assert codes(refused({**PIX, "total": "74"}, "pix_mean")) == {"total": "total_too_small"}


def test_the_ceiling_is_the_one_handed_in() -> None:
    six = Ceiling(since=date(2020, 1, 1), level=6, profile_pix=768, certification_score=768)
    with pytest.raises(ShareRefused) as caught:
        read_share(
            {**LEVELS, "level_1_3": "7", "total": "769"},
            competences=CC1,
            basis="level_mean",
            ceiling=six,
            total_required=False,
        )
    assert codes(caught.value.problems) == {"level_1_3": "above_ceiling", "total": "above_ceiling"}


NAMES = st.sampled_from([*LEVELS, *PIX, "total", "level_1_1", "other"])


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(NAMES, st.one_of(st.text(max_size=6), st.integers(-2, 60).map(str)), max_size=6),
    st.sampled_from(["level_mean", "pix_mean", "pix_total"]),
)
def test_anything_typed_is_taken_whole_or_refused_with_reasons(values: dict[str, str], basis: str) -> None:
    try:
        profile = share(values, basis)
    except ShareRefused as caught:
        reasons = caught.problems
    else:
        reasons = ()
        assert set(profile.levels) == (set(CC1) if basis == "level_mean" else set())
        assert set(profile.pix) == (set(CC1) if basis == "pix_mean" else set())
    assert all(problem.message.fr and problem.message.en for problem in reasons)
