"""What an activity stands for, whose page a review opens, in which language, behind which proxy."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from demo.units import ALL_OPEN, write_units
from tests.lti.forge import INSTRUCTOR
from tests.running_tool import PARIS
from tests.web_lti.conftest import Stage, staged
from tests.web_lti.visitor import form_token_of, language_of, mains, reference_of

REVIEW = "LtiSubmissionReviewRequest"


# --- submission review


def test_a_teacher_reviews_a_student(stage: Stage) -> None:
    stage.launched(sub="reviewed", name="Inès Zerrouki")
    visitor = stage.launched(
        sub="reviewer", role=INSTRUCTOR, message_type=REVIEW, for_user={"user_id": "reviewed"}
    )
    assert visitor.page.status_code == 200
    assert "/teacher/people/" in visitor.page.url
    assert "Inès Zerrouki" in visitor.page.text


def test_a_teacher_reviews_somebody_who_never_came(stage: Stage) -> None:
    visitor = stage.launched(
        sub="reviewer", role=INSTRUCTOR, message_type=REVIEW, for_user={"user_id": "nobody"}
    )
    assert (visitor.page.status_code, mains(visitor.page)) == (200, 1)


@pytest.mark.parametrize("roles", [["Learner"], []])
def test_for_user_gives_a_learner_no_right(stage: Stage, roles: list[str]) -> None:
    stage.launched(sub="somebody else", name="Théo L'Hermitte")
    visitor = stage.launched(
        sub="curious", roles=roles, message_type=REVIEW, for_user={"user_id": "somebody else"}
    )
    assert visitor.page.status_code == 200
    assert visitor.page.url.startswith(f"{stage.tool.base}{visitor.visit}/profile/")
    assert "Hermitte" not in visitor.page.text
    for number in range(1, 6):
        assert visitor.get(f"{visitor.visit}/teacher/people/{number}").status_code == 403


def test_a_person_of_another_course_is_not_shown(stage: Stage) -> None:
    stage.launched(sub="elsewhere", context={"id": "another course"}, resource_link={"id": "another"})
    teacher = stage.launched(sub="reviewer", role=INSTRUCTOR)
    with stage.tool.world.database.read() as connection:
        from sqlalchemy import text

        number = connection.scalar(text("SELECT id FROM person WHERE sub = 'elsewhere'"))
    answer = teacher.get(f"{teacher.visit}/teacher/people/{number}")
    assert (answer.status_code, mains(answer)) == (404, 1)


# --- language


@pytest.mark.parametrize(
    ("locale", "asked", "found"),
    [
        ("fr", "en", "fr"),
        ("en", "fr", "en"),
        ("en_us", "fr", "en"),
        ("fr_ca", "en", "fr"),
        ("de", "en", "en"),
        (None, "de", "fr"),
    ],
)
def test_the_language_of_the_lms_comes_first(
    stage: Stage, locale: str | None, asked: str, found: str
) -> None:
    presentation = {"document_target": "iframe"} if locale is None else {"locale": locale}
    visitor = stage.launched(
        stage.visitor(**{"Accept-Language": asked}), sub="speaks", launch_presentation=presentation
    )
    assert language_of(visitor.page) == found
    assert language_of(visitor.get(f"{visitor.visit}/nowhere")) in ("fr", "en")
    assert language_of(visitor.get(f"{visitor.visit}/teacher/")) == found


# --- what an activity stands for


def test_not_set_up_yet(stage: Stage) -> None:
    link: dict[str, Any] = {
        "resource_link": {"id": "bare", "title": "Sans paramètre"},
        "remove": ["custom"],
    }
    student = stage.launched(sub="early", **link)
    assert (student.page.status_code, mains(student.page)) == (409, 1)
    assert "pas encore" in student.page.text
    assert reference_of(student.page)
    teacher = stage.launched(sub="sets up", role=INSTRUCTOR, **link)
    assert (teacher.page.status_code, teacher.page.url.endswith("/teacher/set-up")) == (200, True)
    fields = {"form_token": form_token_of(teacher.page), "choice": "HA1G10H|2026-2027|cc2"}
    teacher.open(teacher.post(f"{teacher.visit}/teacher/set-up", fields))
    assert teacher.page.status_code == 200
    # Remembered, for the student's next launch and for a reload of the page.
    assert stage.launched(sub="early", **link).page.status_code == 200
    assert student.get(f"{student.visit}/profile/").status_code == 200


@pytest.mark.parametrize("custom", [{"unit": "HA1G10H"}, {"component": "cc1"}, {"unit": "", "component": ""}])
def test_half_a_parameter_is_none(stage: Stage, custom: dict[str, str]) -> None:
    link = {"id": f"half {sorted(custom)} {len(custom)}"}
    assert stage.launched(sub="half", resource_link=link, custom=custom).page.status_code == 409


@pytest.mark.parametrize(
    "custom",
    [
        {"unit": "HXXX", "component": "cc1"},
        {"unit": "HA1G10H", "component": "cc9"},
        {"unit": "HA1G10H", "component": "cc1", "academic_year": "1999-2000"},
        {"unit": "x" * 5000, "component": "y" * 5000},
    ],
)
@pytest.mark.parametrize("role", ["Learner", "Instructor"])
def test_parameters_that_name_nothing_here(stage: Stage, custom: dict[str, str], role: str) -> None:
    link = {"id": f"names nothing {sorted(custom.values())}"[:200]}
    page = stage.launched(sub=f"lost {role}", roles=[role], resource_link=link, custom=custom).page
    assert (page.status_code, mains(page)) == (409, 1), page.text
    assert reference_of(page)


@pytest.mark.slow
def test_a_unit_that_vanishes_and_comes_back(tmp_path: Path, original: Path) -> None:
    from datetime import datetime

    shutil.copy(original, tmp_path)
    units, kept = tmp_path / "some-units", tmp_path / "kept"
    write_units(units, datetime.now(PARIS).date(), ALL_OPEN)
    kept.mkdir()
    database = f"sqlite:///{tmp_path / 'tool.sqlite'}"
    for stage in staged(database, tmp_path, units_dir=units):
        visitor = stage.launched()
        fields = {"level_1_3": "4", "level_2_3": "4", "level_3_1": "4", "total": "300", "form_id": "f"}
        answer = visitor.post(
            f"{visitor.visit}/profile/", {**fields, "form_token": form_token_of(visitor.page)}
        )
        assert answer.status_code == 303
        port = stage.server.url
    (units / "HA1G10H.toml").rename(kept / "HA1G10H.toml")
    for stage in staged(database, tmp_path, units_dir=units):
        for role in ("Learner", "Instructor"):
            page = stage.launched(roles=[role]).page
            assert (page.status_code, mains(page)) == (409, 1), page.text
            assert "HA1G10H" in page.text
        assert stage.count("submission") == 1
        assert stage.server.url != port
    (kept / "HA1G10H.toml").rename(units / "HA1G10H.toml")
    for stage in staged(database, tmp_path, units_dir=units):
        assert stage.count("submission") == 1
        assert stage.launched().page.status_code == 200
