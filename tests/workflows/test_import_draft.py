"""A draft waits for its teacher's word: seen, of one component, for a time; taken in whole, once, or not at all."""

from __future__ import annotations

from decimal import Decimal
from threading import Thread

import pytest
from sqlalchemy import text

from storage.jobs import JobState, claim_job
from storage.schema import campaign_import, draft_file, draft_page, import_draft, metadata, submission
from tests.pix.exports import export
from tests.workflows.imports import Importing
from tests.workflows.school import School, add_activity
from tests.workflows.test_import_campaign import line_of
from workflows.import_campaign import cancel, confirm
from workflows.import_jobs import APPLY, apply_draft
from workflows.import_views import draft_state, import_done, preview
from workflows.jobs import JobBook
from workflows.refusal import RefusalCode, Refused
from workflows.set_up_activity import set_up_activity
from workflows.sweep import sweep
from workflows.visit import Role


@pytest.mark.parametrize("table", ["grade", "audit", "submission"])
def test_a_failure_in_the_middle_leaves_nothing(school: School, table: str) -> None:
    """A real refusal of the database while the import writes: everything before it is undone, the draft remains."""
    student = school.enters("Léa Benoît", "99300010")
    importing = school.importing(school.teacher())
    shown = importing.sees(
        export(line_of(school, "Léa", "Benoît", "99300010"), line_of(school, "Ida", "Nobody", "99399999"))
    )
    everything = [each for each in metadata.sorted_tables if each.name != "job"]
    before = school.contents(everything)
    _refuse_rows(school, table)
    confirm(school.world, importing.teacher, shown.draft_id, seen=shown.digest)
    importing.work()
    assert school.contents(everything) == before
    assert school.desired(student) is None
    state = draft_state(school.world, importing.teacher, shown.draft_id)
    assert state.job is not None
    assert state.job.state is JobState.WAITING  # it is tried again by itself
    _take_rows(school, table)
    school.later(seconds=10)
    importing.work()
    assert school.mark(student).mark == Decimal("10.00")
    assert school.count(campaign_import) == 1


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
    """The same file by two teachers, done by two workers at once: one takes it in, the other is asked to look again."""
    students = [school.enters(f"Élève{n} Nom{n}", f"9930{n:04}") for n in range(12)]
    file = export(*(line_of(school, f"Élève{n}", f"Nom{n}", f"9930{n:04}") for n in range(12)))
    two = [school.importing(school.teacher(name)) for name in ("Hélène Marchand", "Karim Saïdi")]
    seen = [each.sees(file) for each in two]
    assert seen[0].digest == seen[1].digest
    for each, shown in zip(two, seen, strict=True):
        confirm(school.world, each.teacher, shown.draft_id, seen=shown.digest)
    _work_at_once(two)
    states = [
        draft_state(school.world, each.teacher, shown.draft_id) for each, shown in zip(two, seen, strict=True)
    ]
    assert sorted(each.import_id is None for each in states) == [False, True]
    loser, shown = next(
        (each, old) for each, old, state in zip(two, seen, states, strict=True) if state.import_id is None
    )
    again = loser.looks(shown.draft_id)
    assert again.page.changed
    assert again.counts == {"already_known": 12}
    assert school.count(submission) == 12
    assert school.count(campaign_import) == 1
    assert {school.mark(each).mark for each in students} == {Decimal("10.00")}


def test_a_double_click_on_confirm_imports_once(school: School) -> None:
    school.enters("Léa Benoît", "99300010")
    importing = school.importing(school.teacher())
    shown = importing.sees(export(line_of(school, "Léa", "Benoît", "99300010")))
    for _ in range(2):
        confirm(school.world, importing.teacher, shown.draft_id, seen=shown.digest)
    _work_at_once([importing, importing])
    assert school.count(submission) == 1
    assert school.count(campaign_import) == 1
    with pytest.raises(Refused) as refused:
        confirm(school.world, importing.teacher, shown.draft_id, seen=shown.digest)
    assert refused.value.code is RefusalCode.NOT_FOUND


def _work_at_once(workers: list[Importing]) -> None:
    threads = [Thread(target=each.work) for each in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    workers[0].work()  # what one passed over while the other held it


def test_a_worker_that_died_while_importing_is_replaced_and_nothing_is_done_twice(school: School) -> None:
    """Killed after everything was written and before anybody was told: the next worker finds it done."""
    school.enters("Léa Benoît", "99300010")
    importing = school.importing(school.teacher())
    shown = importing.sees(export(line_of(school, "Léa", "Benoît", "99300010")))
    confirm(school.world, importing.teacher, shown.draft_id, seen=shown.digest)
    with school.world.database.write() as connection:
        claim = claim_job(connection, [APPLY], school.clock)
    assert claim is not None
    done = apply_draft(school.world, claim.job, lambda done, total=None, message=None: None)  # noqa: ARG005
    between = draft_state(school.world, importing.teacher, shown.draft_id)
    assert between.job is not None, "written, and nobody knows yet: the page goes on waiting"
    school.later(minutes=1)
    importing.work()
    state = draft_state(school.world, importing.teacher, shown.draft_id)
    assert state.import_id == done["import"]
    assert school.count(campaign_import) == school.count(submission) == 1


def test_what_changed_since_the_preview_is_asked_again(school: School) -> None:
    student = school.enters("Léa Benoît", "99300010")
    importing = school.importing(school.teacher())
    shown = importing.sees(export(line_of(school, "Léa", "Benoît", "99300010")))
    school.declares(student, 5, 5, 5)
    assert importing.confirms(shown) is None
    assert school.count(campaign_import) == 0
    again = importing.looks(shown.draft_id)
    assert again.page.changed
    assert [each.before.mark for each in again.effects] == [Decimal("16.67")]
    done = importing.confirms(again)
    assert done is not None
    assert import_done(school.world, importing.teacher, done).done.counts["marks_changed"] == 1


def test_what_changes_elsewhere_does_not_keep_an_import_from_being_confirmed(school: School) -> None:
    school.enters("Léa Benoît", "99300010")
    importing = school.importing(school.teacher())
    shown = importing.sees(export(line_of(school, "Léa", "Benoît", "99300010")))
    school.declares(school.enters("Noé Garçon", "99300011"), 5, 5, 5)
    assert importing.confirms(shown) is not None


def test_the_digest_of_another_preview_confirms_nothing(school: School) -> None:
    importing = school.importing(school.teacher())
    shown = importing.sees(export(line_of(school, "Léa", "Benoît", "99300010")))
    with pytest.raises(Refused) as refused:
        confirm(school.world, importing.teacher, shown.draft_id, seen="0" * 64)
    assert refused.value.code is RefusalCode.CHANGED_MEANWHILE


def test_a_draft_is_its_teachers_and_its_activitys_only(school: School) -> None:
    teacher, colleague = school.teacher("Hélène Marchand"), school.teacher("Karim Saïdi")
    student = school.enters("Léa Benoît", "99300010")
    add_activity(school, "cc1 elsewhere", "cc1", course="course 2")
    draft = school.importing(teacher).uploads(export(line_of(school, "Léa", "Benoît", "99300010")))
    other_activity = school.visit(teacher.person_id, Role.TEACHER, "cc2")
    other_course = school.visit(teacher.person_id, Role.TEACHER, "cc1 elsewhere")
    for stranger in (colleague, other_activity, other_course):
        for look in (preview, draft_state):
            with pytest.raises(Refused) as refused:
                look(school.world, stranger, draft)
            assert refused.value.code is RefusalCode.NOT_FOUND
        with pytest.raises(Refused):
            confirm(school.world, stranger, draft, seen="x")
        assert not cancel(school.world, stranger, draft)
    for nobody in (student, school.visit(teacher.person_id, Role.READER, "cc1")):
        with pytest.raises(Refused) as refused:
            preview(school.world, nobody, draft)
        assert refused.value.code is RefusalCode.NOT_ALLOWED
    assert preview(school.world, teacher, draft).counts["new"] == 1
    assert cancel(school.world, teacher, draft)
    assert school.count(import_draft) == school.count(draft_file) == school.count(draft_page) == 0


def test_a_preview_of_one_component_is_never_confirmed_for_another(school: School) -> None:
    """The same marks would come of it: only the component tells the two previews apart."""
    school.enters("Léa Benoît", "99300010")
    teacher = school.teacher(activity="cc1")
    importing = school.importing(teacher)
    shown = importing.sees(export(line_of(school, "Léa", "Benoît", "99300010")))
    set_up_activity(school.world, teacher, "HA1G10H|2026-2027|cc2")
    assert importing.confirms(shown) is None
    assert school.count(submission) == 0


def test_a_draft_expires_and_is_swept(school: School) -> None:
    teacher = school.teacher()
    draft = school.importing(teacher).uploads(export(line_of(school, "Léa", "Benoît", "99300010")))
    school.later(hours=2, seconds=1)
    with pytest.raises(Refused) as refused:
        preview(school.world, teacher, draft)
    assert refused.value.code is RefusalCode.NOT_FOUND
    assert school.count(import_draft) == 1
    sweep(school.world, JobBook(handlers={}))
    assert school.count(import_draft) == school.count(draft_file) == school.count(draft_page) == 0


@pytest.mark.parametrize("draft", ["nothing", "a\0b", "é" * 300])
def test_a_draft_that_never_was_is_not_found(school: School, draft: str) -> None:
    with pytest.raises(Refused) as refused:
        preview(school.world, school.teacher(), draft)
    assert refused.value.code is RefusalCode.NOT_FOUND


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
    shown = school.importing(school.teacher()).sees(
        export(line_of(school, "Léa", "Benoît", "99300010")), names=[given]
    )
    assert [each.name for each in shown.page.files] == [kept]
