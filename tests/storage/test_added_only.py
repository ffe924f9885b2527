"""Submissions, grades, closings and events are only ever added to, and what is current is a fold over them."""

import ast
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from grading.profile import Evidence, Profile
from storage.audit import events_of, note
from storage.gradebook import (
    Closing,
    Grade,
    add_closing,
    add_grade,
    current_closings,
    find_rules,
    grade_history,
    keep_rules,
    latest_grades,
)
from storage.instants import Instant
from storage.schema import metadata
from storage.submissions import (
    NewSubmission,
    add_submission,
    has_submissions,
    kept_by_fingerprint,
    submissions_of,
    withdraw,
)
from tests.storage.conftest import NOON, Ground

ADDED_ONLY = {
    "submission",
    "withdrawal",
    "certification",
    "certification_withdrawal",
    "certificate_word",
    "grade",
    "closing",
    "course_date",
    "chosen_component",
    "served_year",
    "score_sent",
    "audit",
    "campaign_import",
}


def test_no_code_changes_or_removes_what_is_added_only() -> None:
    """Every `update(…)` and `delete(…)` of the storage folder is of another table."""
    found: set[str] = set()
    for file in (Path(__file__).parent.parent.parent / "storage").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("update", "delete")
                and isinstance(node.args[0], ast.Name)
            ):
                found.add(node.args[0].id)
    assert found
    assert set(metadata.tables) >= ADDED_ONLY
    assert not found & ADDED_ONLY


def _new(ground: Ground, fingerprint: str, minutes: int = 0, **levels: int) -> NewSubmission:
    at = NOON + timedelta(minutes=minutes)
    return NewSubmission(
        person_id=ground.alice,
        component="cc1",
        evidence=Evidence.DECLARED,
        sent_at=at,
        received_at=at,
        profile=Profile(levels={"1.3": 4}),
        source={"kind": "form"},
        fingerprint=fingerprint,
    )


def test_a_sending_is_kept_once_and_in_order(ground: Ground) -> None:
    with ground.database.write() as connection:
        assert not has_submissions(connection, ground.scope, "cc1")
        assert add_submission(connection, ground.scope, _new(ground, "b", minutes=5))
        assert add_submission(connection, ground.scope, _new(ground, "a"))
        assert not add_submission(connection, ground.scope, _new(ground, "a"))
        assert has_submissions(connection, ground.scope, "cc1")
        kept = submissions_of(connection, ground.scope)[ground.alice]
    assert [each.fingerprint for each in kept] == ["a", "b"]
    assert kept[0].sent_at == NOON
    assert kept[0].sending.profile == Profile(levels={"1.3": 4})


def test_what_is_withdrawn_stays_on_record_and_counts_no_more(ground: Ground) -> None:
    with ground.database.write() as connection:
        add_submission(connection, ground.scope, _new(ground, "a"))
        (kept,) = submissions_of(connection, ground.scope)[ground.alice]
        for withdrawn in (True, False, True):
            withdraw(connection, kept.id, withdrawn=withdrawn, by_person=ground.bruno, now=NOON)
            left = submissions_of(connection, ground.scope).get(ground.alice, [])
            assert len(left) == (0 if withdrawn else 1)
        (known,) = kept_by_fingerprint(connection, ground.scope, "cc1", ["a", "z"])["a"]
    assert (known.submission_id, known.person_id, known.withdrawn) == (kept.id, ground.alice, True)


def _grade(ground: Ground, mark: str | None) -> Grade:
    return Grade(
        person_id=ground.alice,
        component="cc1",
        mark=None if mark is None else Decimal(mark),
        status="provisional",
        explanation=[{"fr": "moyenne", "en": "mean"}],
        rules_digest="d" * 64,
        submission_id=None,
        cause="declaration",
        created_at=NOON,
    )


def test_the_last_grade_is_current_and_every_one_is_kept(ground: Ground) -> None:
    with ground.database.write() as connection:
        keep_rules(connection, "d" * 64, "HA1G10H 2026-2027", 'code = "é"\n', NOON)
        keep_rules(connection, "d" * 64, "HA1G10H 2026-2027", 'code = "é"\n', NOON)
        for mark in ("10.00", None, "13.33"):
            add_grade(connection, ground.scope, _grade(ground, mark))
        assert latest_grades(connection, ground.scope)[ground.alice, "cc1"].mark == Decimal("13.33")
        assert latest_grades(connection, ground.scope, [ground.bruno]) == {}
        history = grade_history(connection, ground.scope, ground.alice)
        assert [each.mark for each in history] == [Decimal(10), None, Decimal("13.33")]
        assert find_rules(connection, "d" * 64) == ("HA1G10H 2026-2027", 'code = "é"\n')
        assert find_rules(connection, "e" * 64) is None


def test_the_last_word_on_a_closing_is_current(ground: Ground) -> None:
    with ground.database.write() as connection:
        for closed in (True, False, True):
            new = Closing(component="cc1", closed=closed, at=NOON, by_person=ground.bruno)
            add_closing(connection, ground.scope, new)
            assert current_closings(connection, ground.scope)["cc1"].closed is closed


def test_events_are_told_newest_first(ground: Ground) -> None:
    with ground.database.write() as connection:
        for number in range(3):
            details: dict[str, Any] = {"number": number}
            note(connection, "tried", NOON, by_person=ground.bruno, course_id=ground.course, details=details)
        found = events_of(connection, ground.course, limit=2)
    assert [each["details"]["number"] for each in found] == [2, 1]


def test_an_instant_without_a_zone_is_refused(ground: Ground) -> None:
    column = Instant()
    with pytest.raises(ValueError, match="time zone"):
        column.process_bind_param(
            NOON.replace(tzinfo=None), insert(metadata.tables["audit"]).compile().dialect
        )
