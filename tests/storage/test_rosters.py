"""Who is in a course by launches and by rosters, what is set aside for who left, and which rosters are due."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from storage.activities import find_or_add_course, get_course, note_course_seen
from storage.desired_scores import ScoreState, desire, find_score, resend, set_aside, take_up_again
from storage.people import Member, PersonDetails, enter_course, find_member
from storage.platforms import disable_platform
from storage.rosters import (
    describe_people,
    find_source,
    find_standing,
    note_applied,
    note_members,
    note_not_applied,
    people_listed,
    untried_courses,
)
from storage.score_claims import acknowledge, claim_due
from tests.storage.conftest import NOON, Ground

LATER = NOON + timedelta(days=2)
URL = "https://lms.example/members"


def _details(sub: str, name: str | None = None, number: str | None = None) -> PersonDetails:
    return PersonDetails(
        sub=sub, name=name, given_name=None, family_name=None, email=None, student_number=number
    )


def _member(ground: Ground, person_id: int) -> Member:
    with ground.database.read() as connection:
        found = find_member(connection, ground.course, person_id)
    assert found is not None
    return found


def _listed(ground: Ground, *subs: str) -> dict[str, int]:
    """A roster lists these, as learners; who of them is new is added."""
    with ground.database.write() as connection:
        course = get_course(connection, ground.course)
        people = people_listed(
            connection, course.deployment_id, [_details(sub, f"Name {sub}") for sub in subs], LATER
        )
        ids = {sub: each.id for sub, each in people.items()}
        roles = dict.fromkeys(ids.values(), "learner")
        note_members(connection, ground.course, roles=roles, back=[], gone=[], now=LATER)
    return ids


def test_a_roster_adds_people_and_leaves_who_launched_as_they_are(ground: Ground) -> None:
    ids = _listed(ground, "101", "200")
    assert ids["101"] == ground.alice
    known, new = _member(ground, ground.alice), _member(ground, ids["200"])
    assert (known.since, known.launched_at, known.listed_at) == (NOON, NOON, LATER)
    assert (new.since, new.launched_at, new.listed_at, new.role) == (LATER, None, LATER, "learner")
    assert new.person.name == "Name 200"
    assert _listed(ground, "101", "200") == ids


def test_a_launchs_role_wins_over_the_rosters(ground: Ground) -> None:
    ids = _listed(ground, "200")
    with ground.database.write() as connection:
        first = enter_course(connection, ground.course, ids["200"], "teacher", LATER)
        again = enter_course(connection, ground.course, ids["200"], "teacher", LATER)
    assert (first.is_new, again.is_new) == (True, False)
    _listed(ground, "200")
    member = _member(ground, ids["200"])
    assert (member.role, member.launched_at) == ("teacher", LATER)


def test_gone_and_back_by_the_roster_or_by_a_launch(ground: Ground) -> None:
    with ground.database.write() as connection:
        note_members(connection, ground.course, roles={}, back=[], gone=[ground.alice], now=LATER)
    assert _member(ground, ground.alice).has_left
    with ground.database.write() as connection:
        entrance = enter_course(connection, ground.course, ground.alice, "learner", LATER)
    assert (entrance.is_new, entrance.is_back) == (False, True)
    assert _member(ground, ground.alice).returned_at == LATER
    with ground.database.write() as connection:
        note_members(connection, ground.course, roles={}, back=[], gone=[ground.alice], now=LATER)
    assert _member(ground, ground.alice).returned_at is None
    with ground.database.write() as connection:
        note_members(connection, ground.course, roles={}, back=[ground.alice], gone=[], now=LATER)
    assert not _member(ground, ground.alice).has_left


def test_what_is_withheld_erases_nothing(ground: Ground) -> None:
    with ground.database.write() as connection:
        assert describe_people(connection, {ground.alice: _details("101", None, "2026")}) == {ground.alice}
        assert describe_people(connection, {ground.alice: _details("101")}) == set()
    person = _member(ground, ground.alice).person
    assert (person.name, person.student_number) == ("101", "2026")


def _want(ground: Ground, mark: str | None, *, has_left: bool = False) -> None:
    with ground.database.write() as connection:
        desire(
            connection,
            activity_id=ground.activity,
            person_id=ground.alice,
            platform_id=ground.platform,
            mark=None if mark is None else Decimal(mark),
            comment=None,
            now=NOON,
            has_left=has_left,
        )


def _state(ground: Ground) -> tuple[ScoreState, Decimal | None]:
    with ground.database.read() as connection:
        row = find_score(connection, ground.activity, ground.alice)
    assert row is not None
    return row.state, row.mark


def test_scores_of_who_left_are_set_aside_and_taken_up_again(ground: Ground) -> None:
    _want(ground, "12")
    with ground.database.write() as connection:
        (claim,) = claim_due(connection, ground.platform, 5, LATER)
        assert set_aside(connection, ground.course, [ground.alice]) == 1
        assert not acknowledge(connection, claim, LATER)  # what was on its way is no longer noted
    _want(ground, "14", has_left=True)
    assert _state(ground) == (ScoreState.LEFT, Decimal(14))
    with ground.database.write() as connection:
        assert resend(connection, LATER, person_ids=[ground.alice]) == 0
        assert claim_due(connection, ground.platform, 5, LATER) == []
        assert set_aside(connection, ground.course, []) == 0
        assert take_up_again(connection, ground.course, [ground.alice], LATER) == 1
        (again,) = claim_due(connection, ground.platform, 5, LATER)
    assert again.mark == 14


def test_what_was_never_sent_and_is_nothing_needs_no_sending_on_return(ground: Ground) -> None:
    _want(ground, "12", has_left=True)
    _want(ground, None, has_left=True)
    assert _state(ground) == (ScoreState.LEFT, None)
    with ground.database.write() as connection:
        assert take_up_again(connection, ground.course, [ground.alice], LATER) == 0
    assert _state(ground) == (ScoreState.IN_STEP, None)


def _due(ground: Ground) -> list[int]:
    with ground.database.read() as connection:
        found = untried_courses(
            connection, tried_before=LATER - timedelta(hours=20), seen_after=LATER - timedelta(days=365)
        )
    return [course_id for course_id, _ in found]


def test_which_rosters_are_due(ground: Ground) -> None:
    assert _due(ground) == []  # no launch told where the roster is
    with ground.database.write() as connection:
        course = get_course(connection, ground.course)
        note_course_seen(connection, course, URL, NOON)
    assert _due(ground) == [ground.course]
    with ground.database.write() as connection:
        note_not_applied(connection, ground.course, LATER, trouble="unreachable")
    assert _due(ground) == []
    with ground.database.write() as connection:
        note_applied(connection, ground.course, 5, NOON)
        is_offered, reading = find_standing(connection, ground.course)
    assert is_offered
    assert reading is not None
    assert (reading.trouble, reading.listed) == (None, 5)
    assert _due(ground) == [ground.course]
    with ground.database.write() as connection:
        disable_platform(connection, ground.platform, LATER)
        source = find_source(connection, ground.course)
    assert source is not None
    assert not source.is_enabled
    assert _due(ground) == []


def test_a_course_nobody_opened_for_a_year_is_left_alone(ground: Ground) -> None:
    with ground.database.write() as connection:
        course = get_course(connection, ground.course)
        note_course_seen(connection, course, URL, LATER - timedelta(days=366))
    assert _due(ground) == []


def test_a_launch_that_says_nothing_new_writes_nothing(ground: Ground) -> None:
    with ground.database.write() as connection:
        course = get_course(connection, ground.course)
        note_course_seen(connection, course, URL, NOON)
        seen = get_course(connection, ground.course)
        note_course_seen(connection, seen, None, NOON + timedelta(hours=3))
        assert get_course(connection, ground.course) == replace(course, memberships_url=URL, seen_at=NOON)
        note_course_seen(connection, seen, "https://lms.example/other", NOON + timedelta(hours=3))
        assert get_course(connection, ground.course).memberships_url == "https://lms.example/other"
        assert find_or_add_course(connection, course.deployment_id, "2", None, None).id == course.id
