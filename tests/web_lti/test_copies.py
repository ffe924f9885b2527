"""Launches of copies, on both databases: what is asked about, what is not, and how few questions a known one costs."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, select

from storage.activities import find_activity
from storage.schema import activity, served_year
from tests.lti.forge import INSTRUCTOR
from tests.web_lti.conftest import Stage
from tests.web_lti.visitor import Visitor, form_token_of

UNIT = {"unit": "HA1G10H", "component": "cc1"}
DATED = {**UNIT, "academic_year": "2026-2027"}


def launch(stage: Stage, course: str, link: str, custom: dict[str, Any], *, teacher: bool = False) -> Visitor:
    """Somebody opens an activity of a course for which the platform sends these parameters."""
    who: dict[str, Any] = {"sub": "teacher", "role": INSTRUCTOR} if teacher else {"sub": "student"}
    return stage.launched(
        context={"id": course, "title": f"Course {course}"},
        resource_link={"id": link, "title": f"Link {link}"},
        custom=custom,
        ags=None,
        **who,
    )


def stands_for(stage: Stage, link: str) -> tuple[str | None, str | None, str | None]:
    """The unit, year and component of an activity."""
    with stage.tool.world.database.read() as connection:
        row = connection.execute(select(activity.c.id).where(activity.c.resource_link_id == link)).one()
        found = find_activity(connection, row.id)
    assert found is not None
    return found.unit_code, found.academic_year, found.component


def settle(stage: Stage, visitor: Visitor, **years: str) -> int:
    """The teacher says which years are served."""
    form = {
        "form_token": form_token_of(visitor.page),
        **{f"year:{unit}": year for unit, year in years.items()},
    }
    return visitor.post(f"{visitor.visit}/copies/", form).status_code


@pytest.mark.parametrize(
    ("custom", "second", "asked"),
    [
        pytest.param(DATED, {**DATED, "context_history": "A"}, True, id="history names a known course"),
        pytest.param(UNIT, {**UNIT, "context_history": "A"}, True, id="history, and no year"),
        pytest.param(DATED, {**DATED, "context_history": "gone,A"}, True, id="a grandparent is known"),
        pytest.param(DATED, {**DATED, "resource_link_history": "1"}, True, id="history of the link"),
        pytest.param(DATED, DATED, True, id="the same year served in an older course"),
        pytest.param(DATED, {**DATED, "context_history": ""}, True, id="the same, with an empty history"),
        pytest.param(UNIT, UNIT, False, id="neither history nor year"),
        pytest.param(UNIT, {**UNIT, "context_history": "unknown"}, False, id="history of strangers"),
        pytest.param(
            DATED, {"unit": "HA2G12H", "component": "cc1", "context_history": "A"}, False, id="another unit"
        ),
        pytest.param({}, DATED, False, id="the older course serves nothing"),
        pytest.param(
            DATED, {"unit": "NOPE", "component": "cc1", "context_history": "A"}, False, id="no such unit"
        ),
    ],
)
def test_which_activities_of_a_second_course_are_asked_about(
    both_stages: Stage, custom: dict[str, str], second: dict[str, str], asked: bool
) -> None:
    launch(both_stages, "A", "1", custom, teacher=True)
    visitor = launch(both_stages, "B", "2", second)
    assert (stands_for(both_stages, "2") == (None, None, None)) is asked
    assert ("pas encore configurée" in visitor.page.text) is asked


def test_another_platforms_course_of_the_same_id_is_no_source(both_stages: Stage) -> None:
    launch(both_stages, "A", "1", DATED, teacher=True)
    both_stages.register(
        both_stages.platform.registration, client_id="another", deployment_ids=frozenset({"9"})
    )
    visitor = both_stages.visitor()
    asked = both_stages.asked(visitor, client_id="another", lti_deployment_id="9")
    form = both_stages.platform.launch_form(
        asked,
        now=both_stages.now(),
        target_link_uri=both_stages.target,
        aud="another",
        deployment_id="9",
        context={"id": "B"},
        resource_link={"id": "2"},
        custom={**DATED, "context_history": "A"},
        ags=None,
    )
    visitor.open(visitor.post("/lti/launch", form))
    assert stands_for(both_stages, "2") == ("HA1G10H", "2026-2027", "cc1")


def test_an_answer_holds_for_copies_opened_before_and_after_it(both_stages: Stage) -> None:
    copy = {**DATED, "context_history": "A"}
    launch(both_stages, "A", "1", DATED, teacher=True)
    launch(both_stages, "B", "2", {**copy, "component": "cc2"})
    teacher = launch(both_stages, "B", "3", copy, teacher=True)
    assert teacher.page.url.endswith("/copies/")
    assert settle(both_stages, teacher, **{"HA1G10H|2026-2027": "2026-2027"}) == 303
    assert stands_for(both_stages, "2") == ("HA1G10H", "2026-2027", "cc2")
    assert stands_for(both_stages, "3") == ("HA1G10H", "2026-2027", "cc1")
    launch(both_stages, "B", "4", {**copy, "component": "exam"})
    assert stands_for(both_stages, "4") == ("HA1G10H", "2026-2027", "exam")
    launch(both_stages, "B", "2", {**copy, "component": "cc2"})
    assert stands_for(both_stages, "2") == ("HA1G10H", "2026-2027", "cc2")
    assert settle(both_stages, teacher, **{"HA1G10H|2026-2027": "2026-2027"}) == 303, (
        "said again, nothing changes"
    )
    with both_stages.tool.world.database.read() as connection:
        rows = connection.execute(select(served_year.c.unit_code, served_year.c.told_year)).all()
    assert [tuple(row) for row in rows] == [("HA1G10H", "2026-2027")]


def test_what_was_set_up_before_this_was_known_stays(both_stages: Stage) -> None:
    """An activity in use, from before parameters were remembered, is not asked about."""
    launch(both_stages, "A", "1", DATED, teacher=True)
    launch(both_stages, "B", "2", UNIT)
    with both_stages.tool.world.database.write() as connection:
        connection.execute(activity.update().values(told=None))
    launch(both_stages, "B", "2", {**DATED, "context_history": "A"})
    assert stands_for(both_stages, "2") == ("HA1G10H", "2026-2027", "cc1")


def test_a_year_changed_in_the_lms_is_followed(both_stages: Stage) -> None:
    launch(both_stages, "A", "1", DATED)
    launch(both_stages, "A", "1", {**UNIT, "academic_year": "2027-2028"})
    assert stands_for(both_stages, "1") == ("HA1G10H", "2027-2028", "cc1")


def test_a_launch_of_a_known_activity_asks_nothing_about_copies(own_stage: Stage) -> None:
    launch(own_stage, "A", "1", DATED, teacher=True)
    teacher = launch(own_stage, "B", "2", {**DATED, "context_history": "A"}, teacher=True)
    settle(own_stage, teacher, **{"HA1G10H|2026-2027": "2026-2027"})
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    def counted(custom: dict[str, str], link: str, course: str) -> list[str]:
        visitor = own_stage.visitor()
        form = own_stage.form(
            visitor,
            sub="student",
            context={"id": course, "title": f"Course {course}"},
            resource_link={"id": link, "title": f"Link {link}"},
            custom=custom,
            ags=None,
        )
        seen.clear()
        event.listen(own_stage.tool.world.database.engine, "before_cursor_execute", note)
        try:
            assert visitor.post("/lti/launch", form).status_code == 303
        finally:
            event.remove(own_stage.tool.world.database.engine, "before_cursor_execute", note)
        return list(seen)

    counted(DATED, "1", "A")
    counted({**DATED, "context_history": "A"}, "2", "B")
    original, copy = counted(DATED, "1", "A"), counted({**DATED, "context_history": "A"}, "2", "B")
    assert len(original) == len(copy)
    assert not [each for each in (*original, *copy) if "served_year" in each or "chosen_component" in each]
