"""The roster and the gradebook: who left is sent nothing, who is back is sent what is desired; nobody is deleted."""

from __future__ import annotations

from decimal import Decimal

import pytest

from demo.lms import Fault, Role
from demo.lms.course import Person as LmsPerson
from storage.desired_scores import ScoreState, desire
from storage.jobs import JobState, find_last_job
from storage.people import Member, members_of
from storage.rosters import find_standing
from tests.push.bench import PushBench
from tests.push.test_teachers_actions import _close, _teacher
from workflows.job_worker import JobWorker
from workflows.jobs import JobBook
from workflows.lms_state import Arrival
from workflows.refresh_roster import KIND, due_rosters, refresh_roster, roster_job
from workflows.roster_page import ask_for_roster, roster_page
from workflows.scores import resend_in_course
from workflows.visit import Visit

ALICE, BRUNO, CHLOE, ASSISTANT, NAMELESS = "101", "102", "103", "3", "130"
COURSE = "2"


def reads(bench: PushBench, teacher: Visit, *, agreed: str | None = None) -> None:
    """A teacher asks for the roster, and the background reads it."""
    ask_for_roster(bench.world, teacher, agreed=agreed)
    JobWorker(world=bench.world, book=JobBook(handlers={KIND: refresh_roster})).drain(seconds=10)
    bench.clock.turn(1)


def members(bench: PushBench) -> dict[str, Member]:
    with bench.world.database.read() as connection:
        return {each.person.sub: each for each in members_of(connection, 1)}


def test_people_who_never_came_are_known_by_the_roster(bench: PushBench) -> None:
    bench.lms.members_at_once = 7
    bench.enter(ALICE)
    teacher = _teacher(bench)
    reads(bench, teacher)
    known = members(bench)
    assert len(known) == 32
    assert known[ALICE].launched_at is not None
    assert known[ALICE].listed_at is not None
    assert known[BRUNO].never_came
    assert known[BRUNO].person.name == bench.lms.get_person(BRUNO).name
    assert known[BRUNO].person.student_number == "99300002"
    assert known[NAMELESS].person.student_number is None
    page = roster_page(bench.world, teacher)
    assert len(page.never_came) == 30  # the non-editing teacher is a learner in Moodle's roster
    assert (page.learners, page.left, page.status.listed) == (31, (), 32)
    assert bench.lms.get_person(ASSISTANT).name in [each.name for each in page.never_came]
    bench.enter(ASSISTANT)
    assert members(bench)[ASSISTANT].role == "teacher"  # a launch's role wins, now and at the next reading
    reads(bench, teacher)
    assert members(bench)[ASSISTANT].role == "teacher"
    assert not list(bench.lms.violations)


def test_reading_twice_changes_nothing(bench: PushBench) -> None:
    bench.enter(ALICE)
    teacher = _teacher(bench)
    reads(bench, teacher)
    before = members(bench)
    reads(bench, teacher)
    after = members(bench)
    assert {sub: (each.since, each.role, each.person) for sub, each in before.items()} == {
        sub: (each.since, each.role, each.person) for sub, each in after.items()
    }


def test_who_left_is_sent_nothing_until_the_roster_names_them_again(bench: PushBench) -> None:
    bench.enter(ALICE, BRUNO)
    teacher = _teacher(bench)
    reads(bench, teacher)
    for each in (ALICE, BRUNO):
        bench.want(each, "12")
    bench.push()
    alice = bench.lms.roster.find(COURSE, ALICE)
    assert alice is not None
    bench.lms.roster.unenrol(COURSE, ALICE)
    bench.clock.turn(5)
    reads(bench, teacher)
    assert members(bench)[ALICE].has_left
    assert bench.row(ALICE).state is ScoreState.LEFT
    assert bench.standing(ALICE).arrival is Arrival.SET_ASIDE
    assert "a quitté le cours" in bench.standing(ALICE).text.fr
    tries = len(bench.sent(ALICE))
    _wants_as_regrading_does(bench, "15")
    assert resend_in_course(bench.world, teacher) == 1  # only Bruno's
    bench.push(after=5)
    assert len(bench.sent(ALICE)) == tries
    assert bench.row(ALICE).state is ScoreState.LEFT
    assert bench.row(ALICE).attempts == 0

    bench.lms.roster.enrol(COURSE, alice)
    reads(bench, teacher)
    bench.push(after=5)
    assert not members(bench)[ALICE].has_left
    assert (bench.row(ALICE).state, bench.held(ALICE)) == (ScoreState.IN_STEP, Decimal(15))


def test_a_launch_brings_somebody_back_at_once(bench: PushBench) -> None:
    bench.enter(ALICE)
    teacher = _teacher(bench)
    bench.want(ALICE, "12")
    bench.lms.roster.suspend(COURSE, ALICE)  # left out of the roster, as in Moodle
    bench.clock.turn(5)
    reads(bench, teacher)
    bench.push()
    assert bench.sent(ALICE) == []
    bench.enter(ALICE)
    bench.push(after=1)
    assert bench.held(ALICE) == 12
    assert not members(bench)[ALICE].has_left


def test_a_score_on_its_way_when_its_person_leaves_is_not_taken_for_waiting(bench: PushBench) -> None:
    bench.enter(ALICE)
    teacher = _teacher(bench)
    bench.lms.faults.add(Fault(answer="500", times=None))
    bench.want(ALICE, "12")
    bench.push()
    assert bench.row(ALICE).state is ScoreState.WAITING
    bench.lms.roster.unenrol(COURSE, ALICE)
    bench.clock.turn(5)
    reads(bench, teacher)
    tries = len(bench.sent())
    bench.push(after=3600)
    assert len(bench.sent()) == tries
    assert bench.row(ALICE).problem is None


def test_a_grade_typed_by_hand_stays_so_for_who_leaves_and_returns(bench: PushBench) -> None:
    bench.enter(ALICE)
    teacher = _teacher(bench)
    bench.want(ALICE, "12")
    bench.push()
    column = bench.lms.column_of("1").id
    bench.clock.turn(-30)
    bench.lms.gradebook.type_by_hand(column, ALICE, Decimal(17), now=bench.clock())
    bench.lms.faults.add(Fault(answer="409"))
    bench.want(ALICE, "13")
    bench.push()
    bench.clock.turn(60)
    assert bench.row(ALICE).state is ScoreState.TYPED_BY_HAND
    alice = bench.lms.roster.find(COURSE, ALICE)
    assert alice is not None
    bench.lms.roster.unenrol(COURSE, ALICE)
    reads(bench, teacher)
    bench.lms.roster.enrol(COURSE, alice)
    reads(bench, teacher)
    bench.push(after=5)
    assert bench.row(ALICE).state is ScoreState.TYPED_BY_HAND
    assert bench.held(ALICE) == 17


def test_closing_concerns_who_never_came_and_a_wrong_learner_settles(bench: PushBench) -> None:
    bench.enter(ALICE)
    teacher = _teacher(bench)
    reads(bench, teacher)
    _close(bench, teacher, closes=True)
    assert [bench.held(each) for each in (ALICE, BRUNO)] == [0, 0]
    row = bench.row(ASSISTANT)  # a learner in the roster only: Moodle takes no grade for a teacher
    assert (row.state, row.problem) == (ScoreState.REFUSED, "not_gradable")
    tries = len(bench.sent(ASSISTANT))
    bench.push(after=86400)
    assert len(bench.sent(ASSISTANT)) == tries


def test_who_was_away_at_the_closing_gets_no_silent_zero(bench: PushBench) -> None:
    bench.enter(ALICE)
    teacher = _teacher(bench)
    reads(bench, teacher)
    bruno = bench.lms.roster.find(COURSE, BRUNO)
    assert bruno is not None
    bench.lms.roster.unenrol(COURSE, BRUNO)
    reads(bench, teacher)
    _close(bench, teacher, closes=True)
    assert bench.held(ALICE) == 0
    late = LmsPerson(
        id="199", given="Ève", family="Tardive", username="et", email="e@x.example", idnumber="99310000"
    )
    bench.lms.roster.enrol(COURSE, bruno)
    bench.lms.roster.enrol(COURSE, late)
    reads(bench, teacher)
    bench.push(after=5)
    assert bench.held(BRUNO) is None
    assert bench.held("199") is None
    _close(bench, teacher, closes=True)  # closing once more, with its preview, is what concerns them
    assert [bench.held(each) for each in (BRUNO, "199")] == [0, 0]


def test_half_a_roster_changes_nothing(bench: PushBench) -> None:
    bench.enter(ALICE)
    teacher = _teacher(bench)
    bench.lms.members_at_once = 10
    bench.lms.faults.add(Fault(endpoint="members", answer="none"))
    bench.lms.faults.add(Fault(endpoint="members", answer="500", times=None))
    reads(bench, teacher)
    assert set(members(bench)) == {ALICE, "2"}
    status = roster_page(bench.world, teacher).status
    assert status.read is None
    assert status.trouble is not None
    assert "Rien n’a été changé" in status.trouble.fr


def test_a_roster_that_misses_most_people_waits_for_a_teacher(bench: PushBench) -> None:
    people = [str(number) for number in range(101, 113)]
    bench.enter(*people)
    teacher = _teacher(bench)
    for each in people[:7]:
        bench.lms.roster.unenrol(COURSE, each)
    bench.clock.turn(5)
    reads(bench, teacher)
    page = roster_page(bench.world, teacher)
    assert page.left == ()
    assert page.never_came == ()  # a doubtful roster brings nobody either
    assert page.doubt is not None
    assert page.doubt.gone == 7
    assert "7 étudiants sur 12" in page.doubt.text.fr
    bench.lms.roster.unenrol(COURSE, people[7])
    reads(bench, teacher, agreed=page.doubt.digest)  # others would be gone than were shown: not agreed to
    again = roster_page(bench.world, teacher)
    assert again.left == ()
    assert again.doubt is not None
    reads(bench, teacher, agreed=again.doubt.digest)
    page = roster_page(bench.world, teacher)
    assert len(page.left) == 8
    assert page.doubt is None


def test_an_empty_roster_waits_for_a_teacher(bench: PushBench) -> None:
    bench.enter(ALICE)
    teacher = _teacher(bench)
    for each in bench.lms.roster.people(COURSE):
        bench.lms.roster.suspend(COURSE, each.id)
    bench.clock.turn(5)
    reads(bench, teacher)
    page = roster_page(bench.world, teacher)
    assert page.left == ()
    assert page.doubt is not None
    assert "vide" in page.doubt.text.fr


@pytest.mark.parametrize(
    ("endpoint", "answer", "words", "waits"),
    [
        ("members", "403", "n’autorise pas", False),
        ("members", "401", "n’autorise pas", False),
        ("members", "404", "ne trouve plus ce cours", False),
        ("members", "400", "a refusé de donner", False),
        ("members", "429", "demande d’attendre", True),
        ("members", "500", "pas une liste de cours complète", True),
        ("members", "html_200", "pas une liste de cours complète", True),
        ("members", "list_200", "pas une liste de cours complète", True),
        ("members", "reset", "ne répond pas", True),
        ("token", "400", "refuse à l’outil le droit", False),
    ],
)
def test_refusals_are_told_in_words(
    bench: PushBench, endpoint: str, answer: str, words: str, waits: bool
) -> None:
    bench.enter(ALICE)
    teacher = _teacher(bench)
    bench.lms.faults.add(Fault(endpoint=endpoint, answer=answer, times=None))  # type: ignore[arg-type]
    reads(bench, teacher)
    page = roster_page(bench.world, teacher)
    assert page.status.trouble is not None
    assert words in page.status.trouble.fr
    assert page.job is not None
    assert page.job.state is (JobState.WAITING if waits else JobState.FAILED)
    assert set(members(bench)) == {ALICE, "2"}


def test_every_night_at_the_courses_own_minute_and_not_where_nobody_comes_any_more(bench: PushBench) -> None:
    bench.enter(ALICE)
    assert list(due_rosters(bench.world)) == []  # not before its first night
    bench.clock.turn(25 * 3600)
    assert [each.key for each in due_rosters(bench.world)] == ["course 1"]
    teacher = _teacher(bench)
    reads(bench, teacher)
    assert list(due_rosters(bench.world)) == []
    bench.clock.turn(25 * 3600)
    assert [each.key for each in due_rosters(bench.world)] == ["course 1"]
    bench.clock.turn(366 * 86400)
    assert list(due_rosters(bench.world)) == []
    with bench.world.database.read() as connection:
        assert find_standing(connection, 1)[0]
        assert find_last_job(connection, KIND, roster_job(1).key) is not None


def test_the_role_of_the_roster_follows_it_until_somebody_launches(bench: PushBench) -> None:
    bench.enter(ALICE)
    teacher = _teacher(bench)
    reads(bench, teacher)
    assert members(bench)[BRUNO].role == "learner"
    bench.lms.roster.change_role(COURSE, BRUNO, Role.TEACHER)
    reads(bench, teacher)
    assert members(bench)[BRUNO].role == "teacher"


def test_names_withheld_erase_nothing_and_stop_nobody(bench: PushBench) -> None:
    bench.enter(ALICE)
    teacher = _teacher(bench)
    bench.lms.shares_names = bench.lms.shares_email = False
    reads(bench, teacher)
    known = members(bench)
    assert known[ALICE].person.name == bench.lms.get_person(ALICE).name
    assert known[BRUNO].person.name is None
    names = [each.name for each in roster_page(bench.world, teacher).never_came]
    assert "99300002" in names  # called by the student number
    assert f"n° {NAMELESS}" in names  # and without one, by the LMS's own


def _wants_as_regrading_does(bench: PushBench, mark: str) -> None:
    """A new mark for Alice, computed while she is away."""
    with bench.world.database.write() as connection:
        desire(
            connection,
            activity_id=bench.activity_id("1"),
            person_id=bench.person_id(ALICE),
            platform_id=bench.platform().id,
            mark=Decimal(mark),
            comment="CC1 : essai",
            now=bench.clock(),
            has_left=True,
        )
