"""A table is the same after it was kept, whatever its cells hold."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pix.csv_table import Table, TableRow, truncated_line
from pix.packed_table import pack_table, unpack_table

CELL = st.text(max_size=12) | st.sampled_from(
    ["", "\r", "\n", "\r\n", '"', ";", ",", "\x0c", "\u2028", "\x00"]
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(CELL, min_size=1, max_size=5).flatmap(
        lambda header: st.tuples(st.just(header), st.lists(st.lists(CELL, max_size=6), max_size=6))
    )
)
def test_a_table_comes_back_as_it_was(given_table: tuple[list[str], list[list[str]]]) -> None:
    header, rows = given_table
    table = Table(
        header=tuple(header),
        rows=tuple(TableRow(line=line, cells=tuple(cells)) for line, cells in enumerate(rows, start=7)),
        broken=(truncated_line(99),),
        empty_lines=3,
        last_line=120,
        ends_with_newline=False,
        header_line=5,
        is_below_others=True,
    )
    assert unpack_table(pack_table(table)) == table
