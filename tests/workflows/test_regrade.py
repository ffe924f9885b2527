"""Marks computed again: only what differs is kept, and every column of a component learns of it."""

from __future__ import annotations

import threading
from dataclasses import replace
from decimal import Decimal

from storage.activities import lock_activity, update_activity
from storage.schema import desired_score, grade, rules_text, submission
from tests.workflows.school import LEVELS_OF_CC1, UNIT, YEAR, School, add_activity
from workflows.cohort import unit_year
from workflows.regrade import desire_column, regrade
from workflows.submit_profile import submit_profile
from workflows.visit import Visit, find_place


def _regrade(school: School, visit: Visit, people: list[int] | None) -> list[tuple[int, str]]:
    activity = find_place(school.world, visit).activity
    rules = school.world.rules.find(UNIT, YEAR)
    assert rules is not None
    with school.world.database.write() as connection:
        changes = regrade(connection, rules, unit_year(activity), people, cause="test", now=school.clock)
    return [(each.person_id, each.component) for each in changes]


def test_computing_again_changes_nothing(school: School) -> None:
    alice, bruno = school.enters("Alice Un"), school.enters("Bruno Deux")
    school.declares(alice, 4, 5, 3)
    before = school.contents([grade, desired_score, rules_text, submission])
    assert _regrade(school, alice, None) == []
    assert _regrade(school, bruno, [bruno.person_id]) == []
    assert school.contents([grade, desired_score, rules_text, submission]) == before


def test_a_better_sending_is_a_second_grade_and_a_newer_desire(school: School) -> None:
    alice = school.enters("Alice Un")
    school.declares(alice, 1, 1, 1)
    school.later(minutes=1)
    school.declares(alice, 6, 6, 6)
    school.later(minutes=1)
    school.declares(alice, 2, 2, 2)
    desired = school.desired(alice)
    assert desired is not None
    assert desired[0] == Decimal(20)
    assert school.count(submission) == 3


def test_two_activities_of_one_component_hold_the_same(school: School) -> None:
    add_activity(school, "copy", "cc1")
    alice = school.enters("Alice Un")
    school.declares(alice, 3, 3, 3)
    copy = replace(alice, activity_id=school.activities["copy"])
    assert school.desired(copy) == school.desired(alice) is not None


def test_an_activity_set_up_while_people_hand_in_misses_nobody(school: School) -> None:
    add_activity(school, "late", None)
    students = [school.enters(f"Student {number}") for number in range(8)]
    go = threading.Barrier(3)

    def hand_in(some: list[Visit], form: str) -> None:
        go.wait()
        for each in some:
            values = dict.fromkeys(LEVELS_OF_CC1, "3")
            submit_profile(school.world, each, values, form_token=f"{form} {each.person_id}")

    def set_up() -> None:
        rules = school.world.rules.find(UNIT, YEAR)
        assert rules is not None
        go.wait()
        with school.world.database.write() as connection:
            before = lock_activity(connection, school.activities["late"])
            after = replace(before, unit_code=UNIT, academic_year=YEAR, component="cc1")
            update_activity(connection, before, after)
            desire_column(connection, rules, unit_year(after), after, school.clock)

    threads = [
        threading.Thread(target=hand_in, args=(students[:4], "one")),
        threading.Thread(target=hand_in, args=(students[4:], "two")),
        threading.Thread(target=set_up),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in students:
        late = replace(each, activity_id=school.activities["late"])
        assert school.desired(late) == school.desired(each) is not None
