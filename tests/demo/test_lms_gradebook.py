"""The gradebook model by itself: clearing, scaling, times, hands of teachers."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.lms.gradebook import ClockMode, Gradebook, Refused, Score

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def book_with_column(*, mode: ClockMode = "5.1", coupled: bool = True) -> tuple[Gradebook, str]:
    book = Gradebook(clock_mode=mode)
    column = book.add_column(course_id="2", label="CC1", maximum=Decimal(20), link_id="1", coupled=coupled)
    return book, column.id


def score(
    value: str | None = "10",
    *,
    at: datetime = NOON,
    maximum: str = "20",
    fully: bool = True,
    comment: str | None = None,
) -> Score:
    return Score(
        person_id="101",
        at=at,
        fully_graded=fully,
        given=None if value is None else Decimal(value),
        maximum=Decimal(maximum),
        comment=comment,
    )


def after(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_score_is_scaled_to_the_column_and_kept_with_five_decimals() -> None:
    book, column = book_with_column()
    book.record(column, score("1", maximum="3"), now=NOON)
    assert book.mark(column, "101") == Decimal("6.66667")


def test_a_zero_maximum_is_not_scaled() -> None:
    book, column = book_with_column()
    book.record(column, score("7", maximum="0"), now=NOON)
    assert book.mark(column, "101") == 7


@pytest.mark.parametrize(("value", "shown"), [("25", "20"), ("-3", "0")])
def test_what_is_shown_stays_within_the_column(value: str, shown: str) -> None:
    book, column = book_with_column()
    book.record(column, score(value), now=NOON)
    assert book.mark(column, "101") == Decimal(shown)


@pytest.mark.parametrize("clearing", [score(None, at=after(1)), score("15", at=after(1), fully=False)])
def test_no_value_or_not_fully_graded_clears_grade_and_feedback(clearing: Score) -> None:
    book, column = book_with_column()
    book.record(column, score("12", comment="Bien"), now=NOON)
    book.record(column, clearing, now=NOON)
    assert book.mark(column, "101") is None
    assert book.grade(column, "101").final_feedback is None


def test_a_score_without_comment_erases_the_feedback() -> None:
    book, column = book_with_column()
    book.record(column, score(comment="Bien"), now=NOON)
    book.record(column, score(at=after(1)), now=NOON)
    assert book.grade(column, "101").final_feedback is None


@pytest.mark.parametrize("seconds", [0, -1])
def test_an_equal_or_older_second_is_409(seconds: int) -> None:
    book, column = book_with_column()
    book.record(column, score(), now=NOON)
    with pytest.raises(Refused) as refused:
        book.record(column, score("15", at=after(seconds)), now=NOON)
    assert refused.value.status == 409
    assert book.mark(column, "101") == 10


def test_5_1_compares_with_the_tools_time_and_4_5_with_the_arrival() -> None:
    for mode, refused in (("5.1", False), ("4.5", True)):
        book, column = book_with_column(mode="5.1" if mode == "5.1" else "4.5")
        book.record(column, score(), now=after(60))
        if refused:
            with pytest.raises(Refused, match="earlier timestamp"):
                book.record(column, score("15", at=after(30)), now=after(61))
        else:
            book.record(column, score("15", at=after(30)), now=after(61))
            assert book.mark(column, "101") == 15


def test_4_5_uses_the_tools_time_on_a_column_the_tool_made() -> None:
    book, column = book_with_column(mode="4.5", coupled=False)
    book.record(column, score(), now=after(60))
    book.record(column, score("15", at=after(1)), now=after(61))
    assert book.mark(column, "101") == 15


def test_a_future_time_blocks_until_then() -> None:
    book, column = book_with_column()
    book.record(column, score(at=after(3600)), now=NOON)
    with pytest.raises(Refused):
        book.record(column, score("15", at=after(1)), now=after(1))


def test_after_a_clear_without_comment_older_times_are_accepted_again() -> None:
    book, column = book_with_column()
    book.record(column, score(at=after(10)), now=NOON)
    book.record(column, score(None, at=after(11)), now=NOON)
    book.record(column, score("9", at=NOON), now=NOON)
    assert book.mark(column, "101") == 9


def test_after_a_clear_with_comment_they_are_not() -> None:
    book, column = book_with_column()
    book.record(column, score(None, at=after(11), comment="Retirée"), now=NOON)
    with pytest.raises(Refused):
        book.record(column, score("9", at=NOON), now=NOON)
    assert book.grade(column, "101").final_feedback == "Retirée"


def test_a_typed_grade_stays_and_the_tools_value_is_kept_underneath() -> None:
    book, column = book_with_column()
    book.record(column, score("10"), now=NOON)
    book.type_by_hand(column, "101", Decimal(14), feedback="Vu en séance", now=after(60))
    book.record(column, score("11", at=after(61), comment="11"), now=after(61))
    assert (str(book.mark(column, "101")), book.grade(column, "101").final_feedback) == ("14", "Vu en séance")
    book.release(column, "101")
    assert book.mark(column, "101") == 11
    assert book.grade(column, "101").final_feedback == "11"


def test_a_score_older_than_the_typed_grade_is_409() -> None:
    book, column = book_with_column()
    book.type_by_hand(column, "101", Decimal(14), now=after(60))
    with pytest.raises(Refused) as refused:
        book.record(column, score("11", at=after(59)), now=after(61))
    assert refused.value.status == 409


def test_locked_column_and_locked_grade_are_500_hidden_is_accepted() -> None:
    book, column = book_with_column()
    book.set_column_state(column, locked=True)
    with pytest.raises(Refused) as locked_column:
        book.record(column, score(), now=NOON)
    book.set_column_state(column, locked=False, hidden=True)
    book.lock_grade(column, "101")
    with pytest.raises(Refused) as locked_grade:
        book.record(column, score(), now=NOON)
    assert (locked_column.value.status, locked_grade.value.status) == (500, 500)
    book.lock_grade(column, "101", locked=False)
    book.record(column, score(), now=NOON)
    assert book.mark(column, "101") == 10


def test_a_deleted_column_is_404_and_its_number_never_comes_back() -> None:
    book, column = book_with_column()
    book.record(column, score(), now=NOON)
    book.delete_column(column)
    with pytest.raises(Refused) as refused:
        book.record(column, score(at=after(1)), now=NOON)
    assert refused.value.status == 404
    assert book.add_column(course_id="2", label="CC1", maximum=Decimal(20)).id != column
    assert book.grades(column) == {}


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 20), st.booleans(), st.booleans()),
        min_size=1,
        max_size=12,
    )
)
def test_what_is_stored_is_always_the_last_score_not_refused(sent: list[tuple[int, int, bool, bool]]) -> None:
    book, column = book_with_column()
    expected: Decimal | None = None
    for seconds, value, fully, empty in sent:
        given_value = None if empty else str(value)
        try:
            book.record(column, score(given_value, at=after(seconds), fully=fully), now=NOON)
        except Refused:
            pass
        else:
            expected = Decimal(value) if fully and not empty else None
        assert book.mark(column, "101") == expected
