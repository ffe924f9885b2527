"""Somebody who launches after an import finds their line, by number and never by name alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, event, update

from grading.profile import Profile
from storage.imported_rows import ANYBODY
from storage.schema import row_found_by, submission
from tests.pix.exports import export, sending
from tests.workflows.school import School
from tests.workflows.test_import_campaign import line_of, pix_time
from workflows.import_rows import UNKNOWN, FileRow
from workflows.kept_form import kept_form, kept_text, row_of
from workflows.teacher_page import cohort_page


def test_who_launches_after_the_import_finds_their_line_by_number(school: School) -> None:
    teacher = school.teacher()
    school.imports(teacher, export(line_of(school, "Léa", "Benoît", "99300010")))
    page = cohort_page(school.world, teacher)
    assert [(row.name, row.number, row.person) for row in page.rows] == [("Léa Benoît", "99300010", None)]
    assert page.awaited == 1
    assert page.rows[0].cells[0].mark.mark == Decimal("10.00")

    student = school.enters("Léa Benoît", "99300010")
    assert school.mark(student).mark == Decimal("10.00")
    wanted = school.desired(student)
    assert wanted is not None
    assert wanted[0] == Decimal("10.00")
    page = cohort_page(school.world, teacher)
    assert page.awaited == 0
    assert [row.name for row in page.rows] == ["Léa Benoît"]


def test_a_name_alone_waits_for_a_teacher(school: School) -> None:
    teacher = school.teacher()
    file = export(line_of(school, "Léa", "Benoît", None))
    school.imports(teacher, file)
    student = school.enters("Léa Benoît", "99300010")
    assert school.mark(student).mark is None
    assert school.count(submission) == 0
    assert school.imports(teacher, file).lines[0].reason == "exact_name"
    assert school.mark(student).mark == Decimal("10.00")


def test_a_number_typed_by_somebody_else_is_not_believed(school: School) -> None:
    line = sending(
        first="Hugo", last="Tricheur", number=None, external_id="99300010", at=pix_time(school, hours=1)
    )
    school.imports(school.teacher(), export(line))
    assert school.mark(school.enters("Léa Benoît", "99300010")).mark is None


def test_who_launches_later_finds_a_link_pasted_whole_and_a_code_without_its_number(school: School) -> None:
    codes = school.world.codes
    link = f"https://app.pix.fr/campagnes/KTRBWX482?participantExternalId={codes.external_id('99300010')}"
    lines = [
        sending(first="Qui", last=name, number=None, external_id=typed, at=pix_time(school, hours=1))
        for name, typed in (("Colle", link), ("Oublie", codes.code_of("99300011")))
    ]
    assert school.imports(school.teacher(), export(*lines)).counts == {"needs_decision": 2}
    for name, number in (("Léa Benoît", "99300010"), ("Noé Garçon", "99300011")):
        assert school.mark(school.enters(name, number)).mark == Decimal("10.00")


def test_a_line_moves_to_the_person_whose_number_it_bears(school: School) -> None:
    """A namesake without a number was there first; the roster's number tells who it was."""
    namesake = school.enters("Léa Benoît")
    school.imports(school.teacher(), export(line_of(school, "Léa", "Benoît", "99300010")))
    assert school.mark(namesake).mark == Decimal("10.00")
    owner = school.enters("Léa  Benoît", "99300010")
    assert owner.person_id != namesake.person_id
    assert school.mark(owner).mark == Decimal("10.00")
    assert school.mark(namesake).mark is None
    assert school.desired(namesake) == (None, None)


def test_an_ignored_line_is_not_awaited(school: School) -> None:
    teacher = school.teacher()
    file = export(line_of(school, "Prof", "Essai", None))
    school.decides(teacher, file, 2, "ignore")
    assert cohort_page(school.world, teacher).rows == ()


def test_a_kept_line_of_an_assessment_keeps_its_share() -> None:
    row = FileRow(
        2,
        "ABC234",
        None,
        "Benoît",
        "Léa",
        "99300010",
        None,
        True,
        sent_at=datetime(2026, 10, 15, 12, 0, tzinfo=UTC),
        mastery=Decimal("0.67"),
    )
    kept = kept_form(row, "export.csv")
    assert row_of(json.loads(json.dumps(kept))).profile == Profile(mastery=Decimal("0.67"))
    del kept["mastery"]  # as lines were kept before there was one
    assert row_of(kept).profile == Profile()


def test_a_whole_profile_is_kept_alike_one_by_one_and_written_at_once() -> None:
    row = FileRow(
        7,
        "ABC234",
        "512345",
        'O"Benoît\\',
        "Léa",
        "09300010",
        None,
        True,
        sent_at=datetime(2026, 10, 15, 12, 0, tzinfo=UTC),
        values=bytes([*range(16), *range(100, 116)]),
        total=357,
    )
    assert json.loads(str(kept_text(row, "a « b ».csv"))) == kept_form(row, "a « b ».csv")
    assert row_of(json.loads(str(kept_text(row, "x.csv")))) == row


def test_a_kept_line_that_lacks_values_keeps_the_others() -> None:
    values = bytes([*range(15), UNKNOWN, *range(100, 115), UNKNOWN])
    at = datetime(2026, 10, 15, 12, 0, tzinfo=UTC)
    row = FileRow(7, "ABC234", None, "Benoît", "Léa", None, None, True, sent_at=at, values=values)
    kept = json.loads(json.dumps(kept_text(row, "x.csv")))
    assert row_of(kept) == row
    assert row.profile.level_of("5.2") is None
    assert row.profile.level_of("5.1") == 14


def test_a_value_that_the_file_lacks_stays_unknown_and_gives_no_mark(school: School) -> None:
    """`NA` in a line that was sent is not 0, nor a mean over fewer; kept for who comes later, it is still unknown."""
    lacking = {
        f"{what} pour la compétence Collaborer": "NA" for what in ("Niveau", "Nombre de pix")
    }  # 2.3, of CC1
    teacher, here = school.teacher(), school.enters("Léa Benoît", "99300010")
    lines = [
        sending(first=first, last=last, number=number, at=pix_time(school, hours=1), changed=lacking)
        for first, last, number in (("Léa", "Benoît", "99300010"), ("Hugo", "Tard", "99300011"))
    ]
    assert school.imports(teacher, export(*lines)).counts == {"new": 1, "needs_decision": 1}
    for student in (here, school.enters("Hugo Tard", "99300011")):
        assert school.mark(student).mark is None
    assert school.count(submission) == 2


def test_who_launches_reads_their_own_lines_and_not_those_of_everybody_else(school: School) -> None:
    """A course may keep a hundred thousand lines: a launch looks its own up, by an index."""
    teacher = school.teacher()
    lines = [line_of(school, f"Prénom{n}", "Inconnu", f"98{n:06}") for n in range(30)]
    school.imports(teacher, export(*lines, line_of(school, "Léa", "Benoît", "99300010")))
    with read_rows(school) as read:
        student = school.enters("Léa Benoît", "99300010")
    assert school.mark(student).mark == Decimal("10.00")
    assert read == [1]
    with read_rows(school) as read:
        school.enters("Hugo Petit", "99300011")
    assert read == [0]


def test_a_choice_made_before_somebody_came_back_under_a_number_finds_their_line(school: School) -> None:
    """A line without any number is found by the identity that a teacher gave to its person."""
    teacher = school.teacher()
    student = school.enters("Léa Benoît")
    file = export(line_of(school, "Lea", "Benoit-Roy", None))
    school.imports(teacher, file)
    importing = school.importing(teacher)
    importing.chooses(importing.uploads(file), 2, student.person_id)
    assert school.mark(student).mark is None
    student = school.enters("Léa Benoît", "99300010")
    assert school.mark(student).mark == Decimal("10.00")


def test_lines_kept_before_they_could_be_looked_up_are_found_all_the_same(school: School) -> None:
    school.imports(school.teacher(), export(line_of(school, "Léa", "Benoît", "99300010")))
    with school.world.database.write() as connection:
        connection.execute(update(row_found_by).values(found_by=ANYBODY))
    assert school.mark(school.enters("Léa Benoît", "99300010")).mark == Decimal("10.00")


@contextmanager
def read_rows(school: School) -> Iterator[list[int]]:
    """How many kept lines each reading of them gives meanwhile; on SQLite, that none walks through the table."""
    seen: list[int] = []
    engine = school.world.database.engine

    def note(
        connection: Connection, _cursor: object, statement: str, parameters: Any, *_rest: object
    ) -> None:
        if not statement.startswith("SELECT imported_row."):
            return
        seen.append(len(connection.exec_driver_sql(statement, parameters).all()))
        if connection.dialect.name == "sqlite":
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            assert not any("SCAN" in step[-1] for step in plan), plan

    listening = [False]

    def once(*told: Any) -> None:
        if not listening[0]:  # what `note` asks is not told again
            listening[0] = True
            note(*told)
            listening[0] = False

    event.listen(engine, "before_cursor_execute", once)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", once)
