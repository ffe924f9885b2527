"""Takes birth data out of a table before anything of it is kept; only namesakes of one file stay told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pix.csv_table import Table, TableRow, cell_count, truncated_line, without_empty_tail
from pix.folding import fold, name_words
from pix.problem import Problem

PERSON = "pix-lti: person"
"""The title of the column that numbers the people of a file, in place of what told them apart."""

_SIGNS_OF_BIRTH = ("naissance", "birth", "ne le", "nee le", "ne(e) le", "born", "insee")
_FIRST_NAMES = frozenset({"prenom", "first name"})
_LAST_NAMES = frozenset({"nom", "last name"})


def is_birth_data(title: str) -> bool:
    """Tell whether a column's title announces when or where somebody was born."""
    key = fold(title)
    return any(f" {sign}" in f" {key}" or key.endswith(sign) for sign in _SIGNS_OF_BIRTH)


def without_birth_data(table: Table, *, numbered: bool) -> Table:
    """Return the table without its columns of birth data; `numbered` puts a number of each person in their place.

    Two lines of one name (folded, in any order) and of different birth data get different numbers. A line that has
    more or fewer cells than the header is dropped here, its problem kept: nobody knows which of its cells say what.
    """
    places = [place for place, title in enumerate(table.header) if is_birth_data(title)]
    if not places and not numbered:
        return table
    kept = [place for place in range(len(table.header)) if place not in places]
    names = _name_places(table.header)
    people: dict[tuple[object, ...], int] = {}
    rows: list[TableRow] = []
    broken = list(table.broken)
    for row in table.rows:
        fitted = without_empty_tail(row, len(table.header))
        cells = fitted.cells
        if len(cells) != len(table.header):
            broken.append(_unfit(row, table))
            continue
        who = (name_words(*(cells[place] for place in names)), *(fold(cells[place]) for place in places))
        number = (str(people.setdefault(who, len(people) + 1)),) if numbered else ()
        rows.append(TableRow(line=row.line, cells=tuple(cells[place] for place in kept) + number))
    return replace(
        table,
        header=tuple(table.header[place] for place in kept) + ((PERSON,) if numbered else ()),
        rows=tuple(rows),
        broken=tuple(sorted(broken, key=lambda problem: problem.line or 0)),
    )


def _name_places(header: Sequence[str]) -> list[int]:
    found = [fold(title) for title in header]
    return [place for place, key in enumerate(found) if key in _FIRST_NAMES | _LAST_NAMES]


def _unfit(row: TableRow, table: Table) -> Problem:
    cut = table.is_last(row) and len(row.cells) < len(table.header)
    return truncated_line(row.line) if cut else cell_count(row, len(table.header))
