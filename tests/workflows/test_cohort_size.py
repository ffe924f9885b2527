"""A large class costs no more questions to the database than a small one, and an export of 5,000 lines is quick."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, insert

from storage.schema import member, person
from tests.pix.exports import export
from tests.workflows.school import School
from tests.workflows.test_import_campaign import line_of
from workflows.import_views import preview_line
from workflows.teacher_page import cohort_page

SECONDS = 20
"""Patience with a busy machine: alone, the whole takes a few seconds."""


@contextmanager
def counted(school: School) -> Iterator[list[str]]:
    """The SQL statements executed meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(school.world.database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(school.world.database.engine, "before_cursor_execute", note)


def enrol(school: School, first: int, last: int) -> None:
    """Many learners at once."""
    with school.world.database.write() as connection:
        people = [
            {
                "deployment_id": school.deployment_id,
                "sub": f"many {n}",
                "name": f"Prénom{n} Famille{n % 700}",
                "given_name": f"Prénom{n}",
                "family_name": f"Famille{n % 700}",
                "email": None,
                "student_number": f"98{n:06}",
                "seen_at": school.clock,
            }
            for n in range(first, last)
        ]
        ids = connection.execute(insert(person).returning(person.c.id), people).scalars().all()
        connection.execute(
            insert(member),
            [
                {"course_id": school.course_id, "person_id": each, "role": "learner", "since": school.clock}
                for each in ids
            ],
        )


@pytest.mark.slow
def test_the_cohort_page_asks_as_much_of_a_class_of_three_as_of_three_hundred(school: School) -> None:
    teacher = school.teacher()
    enrol(school, 0, 3)
    school.imports(
        teacher, export(*(line_of(school, f"Prénom{n}", f"Famille{n}", f"98{n:06}") for n in range(3)))
    )
    with counted(school) as few:
        cohort_page(school.world, teacher)
    enrol(school, 3, 300)
    lines = (line_of(school, f"Prénom{n}", f"Famille{n}", f"98{n:06}") for n in range(3, 310))
    school.imports(teacher, export(*lines))
    with counted(school) as many:
        began = time.monotonic()
        page = cohort_page(school.world, teacher)
        spent = time.monotonic() - began
    assert len(page.rows) == 310
    assert page.awaited == 10
    assert len(many) == len(few) < 25
    assert spent < SECONDS / 4


def test_a_page_with_many_lines_to_decide_does_not_list_a_large_class_for_each(school: School) -> None:
    """Suggestions have their names there; the page of one line lists everybody."""
    teacher = school.teacher()
    enrol(school, 0, 151)
    importing = school.importing(teacher)
    few = importing.sees(export(line_of(school, "Prénom1", "Famile1", None))).page
    assert few.lists_everybody
    assert len(few.learners) == 151
    lines = [line_of(school, f"Prénom{n}", f"Famile{n}", None) for n in range(100)]
    many = importing.sees(export(*lines)).page
    assert not many.lists_everybody
    assert many.learners == ()
    first = many.decisions[0]
    assert [many.names[each] for each in first.suggestions[:1]] == ["Prénom0 Famille0 (98000000)"]
    shown, line = preview_line(school.world, teacher, many.draft_id, first.number)
    assert len(shown.learners) == 151
    assert line.number == first.number


@pytest.mark.slow
def test_five_thousand_lines_are_previewed_and_confirmed_in_seconds(school: School) -> None:
    """2,000 learners; every other line is somebody the course does not know."""
    teacher = school.teacher()
    enrol(school, 0, 2000)
    lines = [line_of(school, f"Prénom{n}", f"Famille{n % 700}", f"98{n:06}") for n in range(2000)]
    lines += [line_of(school, f"Inconnu{n}", f"Famillle{n % 900}", f"97{n:06}") for n in range(3000)]
    began = time.monotonic()
    importing = school.importing(teacher)
    shown = importing.sees(export(*lines))
    assert shown.counts == {"new": 2000, "needs_decision": 3000}
    assert importing.confirms(shown) is not None
    assert time.monotonic() - began < 3 * SECONDS
