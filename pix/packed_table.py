"""A table as bytes, and back: what is kept of a file between its upload and its import."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from grading.text import Bilingual
from pix.csv_table import Table, TableRow
from pix.problem import Problem, ProblemCode


def pack_table(table: Table) -> bytes:
    """Write a table down: one line of JSON for all but its rows, then the rows as CSV behind their line numbers."""
    about = {
        "header": table.header,
        "broken": [packed_problem(each) for each in table.broken],
        "empty_lines": table.empty_lines,
        "last_line": table.last_line,
        "ends_with_newline": table.ends_with_newline,
        "header_line": table.header_line,
        "is_below_others": table.is_below_others,
    }
    written = io.StringIO(newline="")
    written.write(json.dumps(about, ensure_ascii=True) + "\n")
    # Both signs end a line, so that a cell that holds either is quoted.
    csv.writer(written, lineterminator="\r\n").writerows((row.line, *row.cells) for row in table.rows)
    return written.getvalue().encode("utf-8", "surrogatepass")


def unpack_table(packed: bytes) -> Table:
    """Read a table written by `pack_table`."""
    (table,) = unpack_in_parts(packed, rows=None)
    return table


def unpack_in_parts(packed: bytes, *, rows: int | None) -> Iterator[Table]:
    """Read a table written by `pack_table` so many rows at a time: a large one whole would take much memory.

    The broken lines are in the first part; there is always one.
    """
    start = packed.index(b"\n") + 1
    about = json.loads(packed[:start])
    coming = _rows(packed, start)
    broken = tuple(map(unpacked_problem, about["broken"]))
    part = tuple(islice(coming, rows))
    while True:
        following = () if rows is None else tuple(islice(coming, rows))
        yield _table(about, part, broken, is_last_part=not following)
        if not following:
            return
        part, broken = following, ()


def _table(
    about: Mapping[str, Any], rows: tuple[TableRow, ...], broken: tuple[Problem, ...], *, is_last_part: bool
) -> Table:
    return Table(
        header=tuple(about["header"]),
        rows=rows,
        broken=broken,
        empty_lines=about["empty_lines"],
        last_line=about["last_line"],
        ends_with_newline=about["ends_with_newline"],
        header_line=about["header_line"],
        is_below_others=about["is_below_others"],
        is_last_part=is_last_part,
    )


def _rows(packed: bytes, start: int) -> Iterator[TableRow]:
    opened = io.BytesIO(packed)  # shares the bytes
    opened.seek(start)
    text = io.TextIOWrapper(opened, encoding="utf-8", errors="surrogatepass", newline="")
    alike: dict[str, str] = {}
    for cells in csv.reader(text):
        yield TableRow(line=int(cells[0]), cells=tuple(map(alike.setdefault, cells[1:], cells[1:])))


def packed_problem(problem: Problem) -> dict[str, Any]:
    """A problem as plain values."""
    return {
        "line": problem.line,
        "column": problem.column,
        "code": problem.code,
        "fr": problem.message.fr,
        "en": problem.message.en,
        "also": [packed_problem(each) for each in problem.also],
    }


def unpacked_problem(packed: dict[str, Any]) -> Problem:
    """A problem from its plain values."""
    return Problem(
        line=packed["line"],
        column=packed["column"],
        code=ProblemCode(packed["code"]),
        message=Bilingual(packed["fr"], packed["en"]),
        also=tuple(unpacked_problem(each) for each in packed["also"]),
    )
