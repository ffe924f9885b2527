"""A kept line is found by every number it bears and by its identity, whatever stands in it: none is overlooked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pix.external_id import bare_number, read_external_id
from pix.folding import student_number
from pix.found_again import LONGEST, found_by, texts_of
from pix.matching import identity_key
from pix.profile_row import ProfileRow
from tests.pix.rows import CODES, row
from tests.pix.test_matching_properties import lines


@given(lines)
def test_a_line_is_found_by_every_number_it_bears(line: ProfileRow) -> None:
    told = [student_number(each) for each in (line.student_number, line.external_id)]
    claimed = [each.number for each in read_external_id(line.external_id)]
    for number in (*filter(None, told), *claimed):
        if bare_number(number):
            assert texts_of([number], []) <= {*found_by(line)}


@given(st.lists(lines, min_size=2))
def test_lines_of_one_identity_are_found_by_it(some: list[ProfileRow]) -> None:
    for line in some:
        alike = [each for each in some if identity_key(each) == identity_key(line)]
        assert all(texts_of([], [identity_key(line)]) <= {*found_by(each)} for each in alike)


def test_a_line_without_a_number_is_found_by_its_name_and_a_number_written_otherwise_is_the_same() -> None:
    assert found_by(row("Léa/Martin")) == ("=lea martin",)
    assert texts_of(["9200025"], []) <= {*found_by(row("Léa/Martin", "09200025"))}
    link = CODES.external_id("99200017").lower().replace("-", " – ")
    assert texts_of(["99200017"], []) <= {*found_by(row("Léa/Martin", None, link))}
    assert texts_of(["", "000"], []) == frozenset()


def test_a_long_text_is_cut_alike_on_both_sides() -> None:
    number = "9" * 3 * LONGEST
    assert texts_of([number], []) == {number[:LONGEST]} == {*found_by(row("Léa/Martin", number))}
