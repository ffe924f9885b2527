"""A draft waits for its teacher's word: seen, of one component, for a time; taken in whole, once, or not at all."""

from __future__ import annotations

from decimal import Decimal
from threading import Barrier, Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.schema import campaign_import, import_draft, metadata, submission
from tests.pix.exports import export
from tests.workflows.school import School, add_activity
from tests.workflows.test_import_campaign import line_of
from workflows.import_campaign import cancel, confirm, import_done, preview, upload
from workflows.jobs import JobBook
from workflows.refusal import RefusalCode, Refused
from workflows.set_up_activity import set_up_activity
from workflows.sweep import sweep
from workflows.visit import Role, Visit


@pytest.mark.parametrize("table", ["grade", "audit", "submission"])
def test_a_failure_in_the_middle_leaves_nothing(school: School, table: str) -> None:
    """A real refusal of the database while the import writes: everything before it is undone, the draft remains."""
    student = school.enters("Léa Benoît", "99300010")
    teacher = school.teacher()
    file = export(line_of(school, "Léa", "Benoît", "99300010"), line_of(school, "Ida", "Nobody", "99399999"))
    draft = upload(school.world, teacher, file_name="x.csv", content=file)
    shown = preview(school.world, teacher, draft)
    everything = [each for each in metadata.sorted_tables if each.name != "grade" or table != "grade"]
    before = school.contents(everything)
    _refuse_rows(school, table)
    with pytest.raises(DBAPIError):
        confirm(school.world, teacher, draft, seen=shown.digest)
    assert school.contents(everything) == before
    assert school.desired(student) is None
    _take_rows(school, table)
    confirm(school.world, teacher, draft, seen=shown.digest)
    assert school.mark(student).mark == Decimal("10.00")


def _refuse_rows(school: School, table: str) -> None:
    with school.world.database.write() as connection:
        if school.world.database.is_sqlite:
            connection.execute(
                text(
                    f"CREATE TRIGGER no_rows BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'full'); END"
                )
            )
        else:
            connection.execute(text(f"ALTER TABLE {table} ADD CONSTRAINT no_rows CHECK (id < 0) NOT VALID"))


def _take_rows(school: School, table: str) -> None:
    with school.world.database.write() as connection:
        if school.world.database.is_sqlite:
            connection.execute(text("DROP TRIGGER no_rows"))
        else:
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT no_rows"))


def test_two_teachers_confirm_at_once(school: School) -> None:
    """The same file by two teachers at the same instant: one takes it in, the other is asked to look again."""
    students = [school.enters(f"Élève{n} Nom{n}", f"9930{n:04}") for n in range(12)]
    file = export(*(line_of(school, f"Élève{n}", f"Nom{n}", f"9930{n:04}") for n in range(12)))
    teachers = [school.teacher("Hélène Marchand"), school.teacher("Karim Saïdi")]
    drafts = [upload(school.world, each, file_name="x.csv", content=file) for each in teachers]
    seen = [preview(school.world, each, draft).digest for each, draft in zip(teachers, drafts, strict=True)]
    assert seen[0] == seen[1]
    outcomes = _at_once(school, teachers, drafts, seen)
    assert sorted(outcomes) == ["changed_meanwhile", "done"]
    assert school.count(submission) == 12
    assert school.count(campaign_import) == 1
    assert {school.mark(each).mark for each in students} == {Decimal("10.00")}


def test_a_double_click_on_confirm_imports_once(school: School) -> None:
    school.enters("Léa Benoît", "99300010")
    teacher = school.teacher()
    file = export(line_of(school, "Léa", "Benoît", "99300010"))
    draft = upload(school.world, teacher, file_name="x.csv", content=file)
    seen = preview(school.world, teacher, draft).digest
    outcomes = _at_once(school, [teacher, teacher], [draft, draft], [seen, seen])
    assert "done" in outcomes
    assert len(set(outcomes)) == 2
    assert school.count(submission) == 1
    assert school.count(campaign_import) == 1


def _at_once(school: School, teachers: list[Visit], drafts: list[str], seen: list[str]) -> list[str]:
    barrier = Barrier(len(drafts))
    outcomes: list[str] = []

    def run(teacher: Visit, draft: str, digest: str) -> None:
        barrier.wait()
        try:
            confirm(school.world, teacher, draft, seen=digest)
            outcomes.append("done")
        except Refused as refused:
            outcomes.append(refused.code.value)

    threads = [Thread(target=run, args=args) for args in zip(teachers, drafts, seen, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def test_what_changed_since_the_preview_is_asked_again(school: School) -> None:
    student = school.enters("Léa Benoît", "99300010")
    teacher = school.teacher()
    file = export(line_of(school, "Léa", "Benoît", "99300010"))
    draft = upload(school.world, teacher, file_name="x.csv", content=file)
    shown = preview(school.world, teacher, draft)
    school.declares(student, 5, 5, 5)
    with pytest.raises(Refused) as refused:
        confirm(school.world, teacher, draft, seen=shown.digest)
    assert refused.value.code is RefusalCode.CHANGED_MEANWHILE
    assert school.count(campaign_import) == 0
    done = confirm(school.world, teacher, draft, seen=preview(school.world, teacher, draft).digest)
    assert import_done(school.world, teacher, done).counts["marks_changed"] == 1


def test_a_draft_is_its_teachers_and_its_activitys_only(school: School) -> None:
    teacher, colleague = school.teacher("Hélène Marchand"), school.teacher("Karim Saïdi")
    student = school.enters("Léa Benoît", "99300010")
    add_activity(school, "cc1 elsewhere", "cc1", course="course 2")
    file = export(line_of(school, "Léa", "Benoît", "99300010"))
    draft = upload(school.world, teacher, file_name="x.csv", content=file)
    other_activity = school.visit(teacher.person_id, Role.TEACHER, "cc2")
    other_course = school.visit(teacher.person_id, Role.TEACHER, "cc1 elsewhere")
    for stranger in (colleague, other_activity, other_course):
        with pytest.raises(Refused) as refused:
            preview(school.world, stranger, draft)
        assert refused.value.code is RefusalCode.NOT_FOUND
        with pytest.raises(Refused):
            confirm(school.world, stranger, draft, seen="x")
        cancel(school.world, stranger, draft)
    for nobody in (student, school.visit(teacher.person_id, Role.READER, "cc1")):
        with pytest.raises(Refused) as refused:
            preview(school.world, nobody, draft)
        assert refused.value.code is RefusalCode.NOT_ALLOWED
    assert preview(school.world, teacher, draft).counts["new"] == 1


def test_a_preview_of_one_component_is_never_confirmed_for_another(school: School) -> None:
    """The same marks would come of it: only the component tells the two previews apart."""
    school.enters("Léa Benoît", "99300010")
    teacher = school.teacher(activity="cc1")
    file = export(line_of(school, "Léa", "Benoît", "99300010"))
    draft = upload(school.world, teacher, file_name="x.csv", content=file)
    seen = preview(school.world, teacher, draft).digest
    set_up_activity(school.world, teacher, "HA1G10H|2026-2027|cc2")
    with pytest.raises(Refused) as refused:
        confirm(school.world, teacher, draft, seen=seen)
    assert refused.value.code is RefusalCode.CHANGED_MEANWHILE
    assert school.count(submission) == 0


def test_a_draft_expires_and_is_swept(school: School) -> None:
    teacher = school.teacher()
    file = export(line_of(school, "Léa", "Benoît", "99300010"))
    draft = upload(school.world, teacher, file_name="x.csv", content=file)
    school.later(hours=2, seconds=1)
    with pytest.raises(Refused) as refused:
        preview(school.world, teacher, draft)
    assert refused.value.code is RefusalCode.NOT_FOUND
    assert school.count(import_draft) == 1
    sweep(school.world, JobBook(handlers={}))
    assert school.count(import_draft) == 0


@pytest.mark.parametrize("draft", ["nothing", "a\0b", "é" * 300])
def test_a_draft_that_never_was_is_not_found(school: School, draft: str) -> None:
    with pytest.raises(Refused) as refused:
        preview(school.world, school.teacher(), draft)
    assert refused.value.code is RefusalCode.NOT_FOUND


def test_profiles_are_not_imported_for_the_catch_up(school: School) -> None:
    with pytest.raises(Refused) as refused:
        upload(school.world, school.teacher(activity="catchup"), file_name="x.csv", content=b"")
    assert refused.value.code is RefusalCode.BAD_CHOICE


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\Users\\h\\export.csv", "export.csv"),
        ("../../etc/passwd", "passwd"),
        ("", "export.csv"),
        ("\x00\n\u202e", "export.csv"),
        ("a\0b.csv", "ab.csv"),
        ("x" * 500 + ".csv", "x" * 196 + ".csv"),
        ("<script>.csv", "<script>.csv"),
    ],
)
def test_a_files_name_is_kept_plain(school: School, given: str, kept: str) -> None:
    teacher = school.teacher()
    file = export(line_of(school, "Léa", "Benoît", "99300010"))
    draft = upload(school.world, teacher, file_name=given, content=file)
    assert preview(school.world, teacher, draft).file_name == kept
