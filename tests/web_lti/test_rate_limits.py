"""What one person may do only so often: refused in words, with when to come back, for that person alone."""

from __future__ import annotations

import pytest
import requests

from tests.lti.forge import INSTRUCTOR
from tests.web_lti.conftest import Stage
from tests.web_lti.visitor import Visitor, form_token_of, mains
from workflows.rate_limits import COHORT_CHANGES, HAND_INS, UPLOADS, RateLimit, TooOften, spend

LEVELS = {"level_1_3": "4", "level_2_3": "4", "level_3_1": "4", "total": "300", "form_id": "once"}


def exhaust(stage: Stage, limit: RateLimit, visitor: Visitor) -> None:
    """Use a limit up for whoever this visitor is."""
    person = stage.person_of(visitor)
    for _ in range(limit.limit):
        spend(stage.tool.world, limit, person)
    with pytest.raises(TooOften):
        spend(stage.tool.world, limit, person)


def assert_told(answer: requests.Response, *, word: str) -> None:
    """It is a readable page that says when."""
    assert (answer.status_code, mains(answer)) == (429, 1), answer.text
    assert 1 <= int(answer.headers["Retry-After"]) <= 600
    assert word in answer.text


def test_handing_in(stage: Stage) -> None:
    student = stage.launched(sub="hurried", launch_presentation={"locale": "fr"})
    fields = {**LEVELS, "form_token": form_token_of(student.page)}
    exhaust(stage, HAND_INS, student)
    before = stage.counts()
    assert_told(student.post(f"{student.visit}/profile/", fields), word="Réessayez dans")
    assert stage.counts() == before
    assert student.get(f"{student.visit}/profile/").status_code == 200
    other = stage.launched(sub="patient")
    fields = {**LEVELS, "form_token": form_token_of(other.page)}
    assert other.post(f"{other.visit}/profile/", fields).status_code == 303


def test_it_follows_the_person_into_another_visit(stage: Stage) -> None:
    first = stage.launched(sub="twice here")
    exhaust(stage, HAND_INS, first)
    second = stage.launched(sub="twice here", launch_presentation={"locale": "en"})
    fields = {**LEVELS, "form_token": form_token_of(second.page)}
    assert_told(second.post(f"{second.visit}/profile/", fields), word="Try again in")


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("imports/", UPLOADS),
        ("teacher/resend", COHORT_CHANGES),
        ("teacher/components/cc1/close", COHORT_CHANGES),
    ],
)
def test_what_a_teacher_does(stage: Stage, path: str, limit: RateLimit) -> None:
    teacher = stage.launched(sub=f"teacher of {path}", role=INSTRUCTOR)
    token = form_token_of(teacher.get(f"{teacher.visit}/teacher/set-up"))
    exhaust(stage, limit, teacher)
    assert_told(teacher.post(f"{teacher.visit}/{path}", {"form_token": token}), word="rien n’a été fait")


def test_a_foreign_form_uses_nothing_up(stage: Stage) -> None:
    student = stage.launched(sub="attacked")
    for _ in range(HAND_INS.limit + 1):
        assert student.post(f"{student.visit}/profile/", LEVELS).status_code == 400
    fields = {**LEVELS, "form_token": form_token_of(student.page)}
    assert student.post(f"{student.visit}/profile/", fields).status_code == 303


def test_a_campus_that_comes_from_one_address_is_never_refused(stage: Stage) -> None:
    for number in range(max(HAND_INS.limit, UPLOADS.limit, COHORT_CHANGES.limit) + 5):
        assert stage.launched(sub=f"of the campus {number}").page.status_code == 200
