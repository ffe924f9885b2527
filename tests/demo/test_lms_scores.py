"""Scores over HTTP, trap by trap: what is refused, what answers 200 and loses the grade."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from demo.lms import LmsState, Role
from tests.demo.tiny_tool import ServiceClient


@pytest.fixture
def column(lms: LmsState) -> str:
    return lms.column_of("1").id


def test_success_is_200_with_an_empty_body(client: ServiceClient, lms: LmsState, column: str) -> None:
    answer = client.score(column, "101", 13.33, comment="Provisoire")
    assert (answer.status_code, answer.text) == (200, "")
    assert lms.gradebook.mark(column, "101") == Decimal("13.33")
    assert lms.gradebook.grade(column, "101").final_feedback == "Provisoire"
    assert client.kinds() == []
    arrival = lms.history.all()[0]
    assert (arrival.person_id, arrival.status, arrival.taken) == ("101", 200, True)
    assert "13.33" in arrival.body


@pytest.mark.parametrize("progress", ["Pending", "PendingManual", "Failed", "NotReady", "fullygraded"])
@pytest.mark.parametrize("given", [12, None])
def test_anything_but_fully_graded_erases_and_is_noted(
    client: ServiceClient, lms: LmsState, column: str, progress: str, given: int | None
) -> None:
    client.score(column, "101", timestamp="2026-01-01T00:00:00Z")
    answer = client.score(column, "101", given, gradingProgress=progress)
    assert (answer.status_code, answer.text) == (200, "")
    assert lms.gradebook.mark(column, "101") is None
    assert client.kinds() == ["not_fully_graded"]


def test_withdrawing_is_fully_graded_without_a_value(
    client: ServiceClient, lms: LmsState, column: str
) -> None:
    client.score(column, "101", timestamp="2026-01-01T00:00:00Z")
    client.score(column, "101", None, scoreMaximum=None)
    assert lms.gradebook.mark(column, "101") is None
    assert client.kinds() == []


@pytest.mark.parametrize(
    "name", ["userId", "timestamp", "activityProgress", "gradingProgress", "scoreMaximum"]
)
def test_a_missing_field_is_400_with_an_empty_list(client: ServiceClient, column: str, name: str) -> None:
    answer = client.score(column, "101", **{name: None})
    assert (answer.status_code, answer.text) == (400, "[]")
    assert answer.reason.startswith("Incorrect score received{")
    assert client.kinds() == ["incorrect_score"]


@pytest.mark.parametrize(
    "change",
    [
        {"scoreGiven": "12,5"},
        {"scoreGiven": True},
        {"scoreMaximum": "vingt"},
        {"timestamp": "02/11/2026"},
        {"timestamp": "2026-13-45T00:00:00Z"},
        {"raw": "not json"},
        {"raw": "[]"},
        {"raw": '{"userId": "101", "scoreGiven": NaN}'},
    ],
)
def test_an_unreadable_score_is_400(client: ServiceClient, column: str, change: dict[str, Any]) -> None:
    assert client.score(column, "101", **change).status_code == 400
    assert client.kinds() == ["incorrect_score"]


def test_a_refused_body_with_line_breaks_answers_200_and_a_list(client: ServiceClient, column: str) -> None:
    answer = client.score(column, "101", raw='{\n "userId": "101"\n}')
    assert (answer.status_code, answer.text) == (200, "[]")


def test_a_body_with_line_breaks_is_noted_even_when_accepted(client: ServiceClient, column: str) -> None:
    body = (
        '{"userId": "101",\n"timestamp": "2026-11-02T12:00:00Z", "activityProgress": "Completed", '
        '"gradingProgress": "FullyGraded", "scoreGiven": 1, "scoreMaximum": 20}'
    )
    assert client.score(column, "101", raw=body).text == ""
    assert client.kinds() == ["pretty_printed"]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"timestamp": "2026-11-02T12:00:00"}, "no_zone"),
        ({"scoreMaximum": 0}, "bad_maximum"),
        ({"scoreGiven": -1}, "negative"),
        ({"scoreGiven": 21}, "above_maximum"),
        ({"scoreGiven": "12.5"}, "number_as_text"),
        ({"activityProgress": "Done"}, "unknown_progress"),
    ],
)
def test_what_moodle_swallows_is_accepted_and_noted(
    client: ServiceClient, column: str, change: dict[str, Any], kind: str
) -> None:
    assert client.score(column, "101", **change).status_code == 200
    assert client.kinds() == [kind]


def test_a_time_without_zone_is_read_in_the_sites_zone(
    client: ServiceClient, lms: LmsState, column: str
) -> None:
    client.score(column, "101", timestamp="2026-11-02T12:00:00")
    assert lms.gradebook.grade(column, "101").stored_at == datetime(2026, 11, 2, 11, tzinfo=UTC)


@pytest.mark.parametrize("content_type", ["application/json", None, "text/plain"])
def test_the_media_type_is_exact(client: ServiceClient, column: str, content_type: str | None) -> None:
    answer = client.score(column, "101", content_type=content_type)
    assert (answer.status_code, answer.text) == (400, "[]")
    assert client.kinds() == ["content_type"]


def test_a_charset_is_tolerated(client: ServiceClient, column: str) -> None:
    content_type = "application/vnd.ims.lis.v1.score+json; charset=utf-8"
    assert client.score(column, "101", content_type=content_type).status_code == 200


@pytest.mark.parametrize("person", ["2", "3", "9999"])
def test_only_students_have_a_grade(client: ServiceClient, column: str, person: str) -> None:
    assert client.score(column, person).status_code == 400
    assert client.kinds() == ["not_gradable"]


def test_unenrolled_is_400_suspended_still_counts(client: ServiceClient, lms: LmsState, column: str) -> None:
    lms.roster.unenrol("2", "101")
    lms.roster.suspend("2", "102")
    lms.roster.change_role("2", "103", Role.NON_EDITING_TEACHER)
    statuses = [client.score(column, person).status_code for person in ("101", "102", "103")]
    assert statuses == [400, 200, 400]


def test_a_number_as_user_id_is_accepted(client: ServiceClient, lms: LmsState, column: str) -> None:
    assert client.score(column, "101", userId=101).status_code == 200
    assert lms.gradebook.mark(column, "101") == 12


@pytest.mark.parametrize(
    "later", ["2026-11-02T12:00:00.900Z", "2026-11-02T13:00:00+01:00", "2026-11-02T11:59:59Z"]
)
def test_the_same_second_is_409_whatever_its_spelling(client: ServiceClient, column: str, later: str) -> None:
    client.score(column, "101", timestamp="2026-11-02T12:00:00Z")
    assert client.score(column, "101", 15, timestamp=later).status_code == 409
    assert client.kinds() == []


def test_locked_is_500_deleted_is_404(client: ServiceClient, lms: LmsState, column: str) -> None:
    lms.gradebook.set_column_state(column, locked=True)
    assert client.score(column, "101").status_code == 500
    lms.gradebook.delete_column(column)
    assert client.score(column, "101").status_code == 404
    assert client.kinds() == []


def test_a_typed_grade_stays_under_a_later_score(client: ServiceClient, lms: LmsState, column: str) -> None:
    lms.gradebook.type_by_hand(column, "101", Decimal(17), now=lms.clock() - timedelta(seconds=10))
    assert client.score(column, "101", 3).status_code == 200
    assert lms.gradebook.mark(column, "101") == 17


def test_no_token_a_foreign_type_id_and_an_unknown_address(
    client: ServiceClient, lms: LmsState, column: str
) -> None:
    assert client.score(column, "101", token="invented").status_code == 401
    wrong = client.send(
        "POST",
        client.score_url(column, type_id="9"),
        body="{}",
        content_type="application/vnd.ims.lis.v1.score+json",
    )
    assert wrong.status_code == 401
    behind_the_query = lms.addresses.line_item("2", column).replace("/lineitem?", "/lineitem/score?")
    assert client.send("POST", behind_the_query, body="{}").status_code == 400
    assert client.kinds() == ["type_id", "address"]


def test_the_score_address_built_wrongly_hits_the_line_item(
    client: ServiceClient, lms: LmsState, column: str
) -> None:
    """`lineitem + "/scores"` puts /scores into the query: Moodle sees a POST on the line item."""
    answer = client.send("POST", lms.addresses.line_item("2", column) + "/scores", body="{}")
    assert answer.status_code == 400
    assert lms.gradebook.mark(column, "101") is None
