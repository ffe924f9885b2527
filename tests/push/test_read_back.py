"""Columns read back: what the gradebook shows, whatever it answered; renamed, re-scaled, typed, locked, gone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from demo.lms import Fault
from demo.lms.gradebook import Column
from storage.audit import events_of
from storage.desired_scores import ScoreState
from tests.push.bench import PushBench
from tests.push.test_teachers_actions import _teacher
from workflows.compare_columns import KIND, compare_columns, due_comparisons
from workflows.gradebook_page import GradebookPage, ask_for_comparison, gradebook_page
from workflows.job_worker import JobWorker
from workflows.jobs import JobBook
from workflows.lms_state import Arrival
from workflows.settle_differences import Choice, Settled, read_differences, settle_differences
from workflows.visit import Visit

ALICE, BRUNO, CHLOE = "101", "102", "103"
both_clocks = pytest.mark.parametrize("clock_mode", ["5.1", "4.5"])


@pytest.fixture
def teacher(bench: PushBench) -> Visit:
    bench.enter(ALICE, BRUNO, CHLOE)
    return _teacher(bench)


def column(bench: PushBench) -> Column:
    return bench.lms.column_of("1")


def sends(bench: PushBench, **marks: str) -> None:
    """These marks are sent and acknowledged."""
    for who, mark in {"ALICE": "12", "BRUNO": "13.33", "CHLOE": "20", **marks}.items():
        bench.want({"ALICE": ALICE, "BRUNO": BRUNO, "CHLOE": CHLOE}[who], mark)
    bench.push()


def types(bench: PushBench, who: str, value: str | None) -> None:
    """A teacher types a grade into Moodle's gradebook, in the column's own points."""
    typed = None if value is None else Decimal(value)
    bench.lms.gradebook.type_by_hand(column(bench).id, who, typed, now=bench.clock())


def reads(bench: PushBench, teacher: Visit) -> GradebookPage:
    """The columns are read back, as every night."""
    bench.clock.turn(5)
    ask_for_comparison(bench.world, teacher)
    JobWorker(world=bench.world, book=JobBook(handlers={KIND: compare_columns})).drain(seconds=10)
    return gradebook_page(bench.world, teacher)


def chooses(bench: PushBench, teacher: Visit, choice: Choice, *keys: str) -> Settled:
    return settle_differences(bench.world, teacher, choice, read_differences(keys))


def keys(page: GradebookPage) -> list[str]:
    return [each.lms.difference.key for each in page.differences if each.lms.difference]


@both_clocks
def test_a_gradebook_that_shows_what_was_sent(bench: PushBench, teacher: Visit) -> None:
    sends(bench)
    page = reads(bench, teacher)
    assert page.differences == ()
    assert {bench.row(each).state for each in (ALICE, BRUNO, CHLOE)} == {ScoreState.IN_STEP}
    shown = page.columns[0]
    assert (shown.label, shown.trouble, shown.notes) == ("CC1", None, ())
    assert not list(bench.lms.violations)


@both_clocks
def test_a_grade_typed_after_ours_is_noticed_though_nothing_is_sent(bench: PushBench, teacher: Visit) -> None:
    sends(bench)
    types(bench, ALICE, "14")
    tries = len(bench.sent())
    page = reads(bench, teacher)
    assert bench.row(ALICE).state is ScoreState.TYPED_BY_HAND
    assert bench.standing(ALICE).arrival is Arrival.TYPED_BY_HAND
    assert "modifiée dans la plateforme : 12,00 → 14,00" in bench.standing(ALICE).text.fr
    assert [each.name for each in page.differences] == [bench.lms.get_person(ALICE).name]
    bench.push(after=7200)
    assert len(bench.sent()) == tries  # ours yields
    assert bench.row(BRUNO).state is ScoreState.IN_STEP


def test_a_200_alone_is_not_shown_as_arrived_for_ever(bench: PushBench, teacher: Visit) -> None:
    sends(bench)
    types(bench, ALICE, "14")
    bench.clock.turn(10)
    bench.want(ALICE, "15")  # later than what was typed: Moodle answers 200 and keeps the teacher's
    bench.push()
    assert bench.standing(ALICE).arrival is Arrival.ARRIVED
    reads(bench, teacher)
    assert "15,00 → 14,00" in bench.standing(ALICE).text.fr


def test_keeping_theirs_is_on_record_and_no_problem_any_more(bench: PushBench, teacher: Visit) -> None:
    sends(bench)
    types(bench, ALICE, "14")
    page = reads(bench, teacher)
    assert chooses(bench, teacher, Choice.THEIRS, *keys(page)) == Settled(done=1, skipped=0)
    assert bench.row(ALICE).state is ScoreState.KEPT_THEIRS
    assert "gardée : 14,00 (la nôtre : 12,00)" in bench.standing(ALICE).text.fr
    page = reads(bench, teacher)
    assert (len(page.differences), len(page.kept)) == (0, 1)
    with bench.world.database.read() as connection:
        noted = events_of(connection, 1)
    event = next(each for each in noted if each["action"] == "lms_grades_kept")
    assert event["by_person"] == teacher.person_id
    assert [(each["ours"], each["lms"]) for each in event["details"]["scores"]] == [("12", "14.00")]

    types(bench, ALICE, "15")  # another value than the one that was kept: asked again
    assert "12,00 → 15,00" in reads(bench, teacher).differences[0].lms.text.fr


def test_a_new_mark_of_ours_asks_again_whether_theirs_is_kept(bench: PushBench, teacher: Visit) -> None:
    sends(bench)
    types(bench, ALICE, "14")
    chooses(bench, teacher, Choice.THEIRS, *keys(reads(bench, teacher)))
    bench.want(ALICE, "18")
    bench.push()
    assert bench.row(ALICE).state is ScoreState.TYPED_BY_HAND
    assert "18,00 → 14,00" in bench.standing(ALICE).text.fr
    assert bench.held(ALICE) == 14


def test_sending_ours_again_for_several(bench: PushBench, teacher: Visit) -> None:
    sends(bench)
    for who in (ALICE, BRUNO):
        types(bench, who, "5")
    page = reads(bench, teacher)
    for who in (ALICE, BRUNO):  # the box “overridden” is unticked in Moodle
        bench.lms.gradebook.release(column(bench).id, who)
    assert chooses(bench, teacher, Choice.OURS, *keys(page)) == Settled(done=2, skipped=0)
    bench.push(after=5)
    assert [bench.held(each) for each in (ALICE, BRUNO)] == [12, Decimal("13.33")]
    assert reads(bench, teacher).differences == ()
    with bench.world.database.read() as connection:
        assert "our_marks_sent" in [each["action"] for each in events_of(connection, 1)]


def test_ours_sent_again_over_a_grade_that_stays_overridden_is_shown_again(
    bench: PushBench, teacher: Visit
) -> None:
    sends(bench)
    types(bench, ALICE, "14")
    page = reads(bench, teacher)
    bench.clock.turn(60)
    chooses(bench, teacher, Choice.OURS, *keys(page))
    bench.push(after=5)
    assert bench.row(ALICE).state is ScoreState.IN_STEP
    bench.clock.turn(180)
    JobWorker(world=bench.world, book=JobBook(handlers={KIND: compare_columns})).drain(seconds=10)
    assert (
        bench.row(ALICE).state is ScoreState.TYPED_BY_HAND
    )  # asked for with the sending, some minutes later


def test_what_changed_since_it_was_shown_is_left(bench: PushBench, teacher: Visit) -> None:
    sends(bench)
    types(bench, ALICE, "14")
    shown = keys(reads(bench, teacher))
    types(bench, ALICE, "16")
    reads(bench, teacher)
    for choice in Choice:
        assert chooses(bench, teacher, choice, *shown) == Settled(done=0, skipped=1)
    assert bench.row(ALICE).state is ScoreState.TYPED_BY_HAND
    assert chooses(bench, teacher, Choice.OURS, "999:1:", "1:999:12", "nonsense") == Settled(
        done=0, skipped=2
    )


def test_a_teacher_who_types_our_very_mark_agrees(bench: PushBench, teacher: Visit) -> None:
    sends(bench)
    types(bench, ALICE, "14")
    reads(bench, teacher)
    types(bench, ALICE, "12")
    assert reads(bench, teacher).differences == ()
    assert bench.row(ALICE).state is ScoreState.IN_STEP


def test_a_grade_emptied_by_hand(bench: PushBench, teacher: Visit) -> None:
    sends(bench)
    types(bench, ALICE, None)
    page = reads(bench, teacher)
    assert "12,00 → vide" in page.differences[0].lms.text.fr
    assert chooses(bench, teacher, Choice.THEIRS, *keys(page)).done == 1


def test_a_grade_typed_where_ours_was_withdrawn(bench: PushBench, teacher: Visit) -> None:
    sends(bench)
    bench.want(ALICE, None)
    bench.push(after=5)
    types(bench, ALICE, "9")
    assert "aucune → 9,00" in reads(bench, teacher).differences[0].lms.text.fr


def test_a_grade_where_nothing_of_ours_ever_was_is_none_of_our_business(
    bench: PushBench, teacher: Visit
) -> None:
    types(bench, ALICE, "9")
    assert reads(bench, teacher).differences == ()


@pytest.mark.parametrize("maximum", ["10", "100", "7.5"])
def test_another_maximum_is_shown_and_everything_compared_out_of_twenty(
    bench: PushBench, teacher: Visit, maximum: str
) -> None:
    bench.lms.gradebook.replace_column(replace(column(bench), maximum=Decimal(maximum)))
    sends(bench)
    page = reads(bench, teacher)
    assert page.differences == ()
    assert f"notée sur {maximum.replace('.', ',')} :" in page.columns[0].notes[0].fr
    assert bench.held(ALICE) == Decimal(12) * Decimal(maximum) / 20
    types(bench, ALICE, str(Decimal(maximum) / 4))
    assert "12,00 → 5,00" in reads(bench, teacher).differences[0].lms.text.fr


def test_a_column_rescaled_and_renamed_afterwards(bench: PushBench, teacher: Visit) -> None:
    sends(bench)
    bench.lms.gradebook.replace_column(replace(column(bench), label="Contrôle Pix n° 1", maximum=Decimal(40)))
    page = reads(bench, teacher)
    assert page.differences == ()
    assert page.columns[0].label == "Contrôle Pix n° 1"
    assert "notée sur 40" in page.columns[0].notes[0].fr
    bench.want(ALICE, "15")
    bench.push(after=5)
    assert bench.held(ALICE) == 30
    assert reads(bench, teacher).differences == ()


def test_a_scale_rounds_and_is_told(bench: PushBench, teacher: Visit) -> None:
    bench.lms.gradebook.replace_column(replace(column(bench), maximum=Decimal(4), scale=True))
    sends(bench, ALICE="0", BRUNO="13.33", CHLOE="20")
    assert [bench.held(each) for each in (ALICE, BRUNO, CHLOE)] == [1, 3, 4]
    page = reads(bench, teacher)
    assert page.differences == ()
    assert any("échelle" in note.fr for note in page.columns[0].notes)
    types(bench, CHLOE, "2")  # another level is a change
    assert "20,00 → 10,00" in reads(bench, teacher).differences[0].lms.text.fr


def test_a_grade_type_that_shows_nothing(bench: PushBench, teacher: Visit) -> None:
    bench.lms.gradebook.replace_column(replace(column(bench), text_only=True))
    sends(bench)
    assert bench.standing(ALICE).arrival is Arrival.ARRIVED  # as far as a 200 tells
    page = reads(bench, teacher)
    assert {bench.row(each).state for each in (ALICE, BRUNO, CHLOE)} == {ScoreState.NOT_SHOWN}
    assert "ne montre rien" in bench.standing(ALICE).text.fr
    assert any("n’en montre aucune" in note.fr for note in page.columns[0].notes)
    bench.lms.gradebook.replace_column(replace(column(bench), text_only=False))
    chooses(bench, teacher, Choice.OURS, *keys(page))
    bench.push(after=5)
    assert reads(bench, teacher).differences == ()
    assert bench.held(ALICE) == 12


def test_a_hidden_column_is_filled_all_the_same(bench: PushBench, teacher: Visit) -> None:
    bench.lms.gradebook.set_column_state(column(bench).id, hidden=True)
    sends(bench)
    assert reads(bench, teacher).differences == ()
    assert bench.held(ALICE) == 12


def test_a_locked_column_is_called_locked_and_filled_once_unlocked(bench: PushBench, teacher: Visit) -> None:
    sends(bench)
    bench.lms.gradebook.set_column_state(column(bench).id, locked=True)
    bench.want(ALICE, "15")
    bench.push(after=5)
    assert bench.standing(ALICE).arrival is Arrival.IN_TROUBLE
    reads(bench, teacher)
    assert bench.row(ALICE).state is ScoreState.WAITING  # a reading leaves alone what is on its way
    bench.lms.gradebook.set_column_state(column(bench).id, locked=False)
    bench.push(after=4000)
    assert bench.held(ALICE) == 15


def test_a_column_deleted_is_noticed_though_nothing_is_sent(bench: PushBench, teacher: Visit) -> None:
    """So is an activity that was set not to accept grades: Moodle removes its column."""
    sends(bench)
    bench.lms.gradebook.delete_column(column(bench).id)
    page = reads(bench, teacher)
    assert "a disparu" in (page.columns[0].trouble.fr if page.columns[0].trouble else "")
    bench.push(after=5)
    bench.push(after=5)
    for who in (ALICE, BRUNO, CHLOE):
        assert bench.row(who).state is ScoreState.COLUMN_GONE
        assert "a disparu" in bench.standing(who).text.fr


def test_a_column_deleted_and_made_anew_is_filled(bench: PushBench, teacher: Visit) -> None:
    sends(bench)
    bench.lms.gradebook.delete_column(column(bench).id)
    bench.lms.gradebook.add_column(course_id="2", label="CC1", maximum=Decimal(20), link_id="1", coupled=True)
    reads(bench, teacher)
    bench.push(after=5)
    bench.push(after=5)
    assert [bench.held(each) for each in (ALICE, BRUNO, CHLOE)] == [12, Decimal("13.33"), 20]
    assert reads(bench, teacher).columns[0].trouble is None


def test_a_second_column_takes_the_launchs_claim_away_and_changes_nothing(
    bench: PushBench, teacher: Visit
) -> None:
    ours = column(bench)
    bench.lms.gradebook.add_column(course_id="2", label="autre", maximum=Decimal(20), link_id="1")
    bench.enter(ALICE)  # this launch names no column
    sends(bench)
    assert bench.lms.gradebook.mark(ours.id, ALICE) == 12
    page = reads(bench, teacher)
    assert (page.columns[0].label, page.differences) == ("CC1", ())


def test_what_cannot_be_read_is_told_and_changes_nothing(bench: PushBench, teacher: Visit) -> None:
    sends(bench)
    types(bench, ALICE, "14")
    for answer, words in (("403", "n’autorise pas"), ("500", "en panne"), ("reset", "ne répond pas")):
        bench.lms.faults.add(Fault(endpoint="results", answer=answer, times=None))  # type: ignore[arg-type]
        page = reads(bench, teacher)
        trouble = page.columns[0].trouble
        assert trouble is not None
        assert words in trouble.fr, answer
        assert bench.row(ALICE).state is ScoreState.IN_STEP
        bench.lms.faults.clear()
    assert len(reads(bench, teacher).differences) == 1


def test_every_night_and_not_where_nobody_comes_any_more(bench: PushBench, teacher: Visit) -> None:
    sends(bench)
    assert list(due_comparisons(bench.world)) == []  # not before its first night
    bench.clock.turn(25 * 3600)
    assert [each.key for each in due_comparisons(bench.world)] == ["course 1"]
    reads(bench, teacher)
    assert list(due_comparisons(bench.world)) == []
    bench.clock.turn(25 * 3600)
    assert [each.key for each in due_comparisons(bench.world)] == ["course 1"]
    bench.clock.turn(366 * 86400)
    assert list(due_comparisons(bench.world)) == []
