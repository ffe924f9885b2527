"""Whatever the bytes or the cells: only a refusal may be raised, and every line is accounted for."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pix.orga_csv import CampaignExport, NotAnExport, read_profiles_collection
from tests.pix.exports import HEADER, export, sending

TEXTS = st.text(st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"]), max_size=12)
CELLS = st.one_of(
    TEXTS,
    st.sampled_from(["deux\nlignes", "\r", "a\r\n"]),
    st.integers(-10, 1000),
    st.sampled_from(
        ["NA", "", "Oui", "Non", "-", '"', "3,5", "25/10/2026 02:30", "99999999999999999999", "\u2028"]
    ),
)


def read(data: bytes) -> CampaignExport | None:
    try:
        return read_profiles_collection(data, ceiling_level=7)
    except NotAnExport:
        return None


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes(data: bytes) -> None:
    assert read(data) is None


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 10_000))
def test_a_good_file_damaged_somewhere(noise: bytes, place: int) -> None:
    good = export(sending(), sending(sent=False), sending(last="Quéré"))
    place %= len(good)
    found = read(good[:place] + noise + good[place:])
    if found is not None:
        assert found.data_lines == len(found.rows) + len(found.problems)
        places = [row.line for row in found.rows] + [problem.line for problem in found.problems]
        assert len(set(places)) == len(places)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(HEADER), CELLS, max_size=5), min_size=1, max_size=4))
def test_random_cells(changes: list[dict[str, object]]) -> None:
    found = read(export(*[sending(changed=changed) for changed in changes]))
    if found is not None:
        assert found.data_lines == len(changes)
        for row in found.rows:
            assert (row.profile is not None) == row.sent == (row.sent_at is not None)
            assert len(row.fingerprint()) == 64


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=60), min_size=1, max_size=4))
def test_lines_of_any_length(lines: list[list[object]]) -> None:
    found = read(export(*lines, sending()))
    assert found is not None
    assert len(found.rows) >= 1
    empty = sum(not any(str(value).strip() for value in line) for line in lines)
    assert found.data_lines == len(lines) + 1 - empty
