"""The tables of a file: its cells under the header of Pix, wherever that stands; what is left aside is told."""

from __future__ import annotations

from dataclasses import replace

from grading.text import Bilingual
from pix.csv_table import MAX_BYTES, MAX_LINES, Table, decode, delimiter_of, read_table, refuse_too_large
from pix.orga_columns import kind_of
from pix.problem import Problem, ProblemCode
from pix.workbook import is_archive, is_workbook, read_sheets

_HEADER_WITHIN = 20
"""A header is looked for in so many lines: titles and remarks may have been written above it."""


def open_table(data: bytes, *, max_bytes: int = MAX_BYTES, max_lines: int = MAX_LINES) -> Table:
    """Cut a file into cells: a CSV in any encoding and with any separator that spreadsheets use, or a workbook.

    Of a workbook, the first sheet that is a file of Pix. Raises `NotAnExport` where it is neither.
    """
    tables, _ = open_tables(data, max_bytes=max_bytes, max_lines=max_lines)
    return tables[0][1]


def open_tables(
    data: bytes, *, max_bytes: int = MAX_BYTES, max_lines: int = MAX_LINES
) -> tuple[list[tuple[str, Table]], tuple[Problem, ...]]:
    """Cut a file into tables, each under its sheet's name, and say what was left aside.

    A workbook gives every sheet that is a file of Pix; where none is, its first sheet. Raises `NotAnExport` where
    nothing can be opened.
    """
    refuse_too_large(data, max_bytes)
    if not (is_archive(data) and is_workbook(data)):
        text = decode(data, max_bytes=max_bytes)
        table = under_header(read_table(text, delimiter=delimiter_of(text), max_lines=max_lines))
        return [("", without_headers(table))], _above(table)
    sheets = [
        (name, without_headers(_fitted(under_header(table))))
        for name, table in read_sheets(data, max_lines=max_lines)
    ]
    of_pix = [(name, table) for name, table in sheets if kind_of(table.header) is not None] or sheets[:1]
    taken = {name for name, _ in of_pix}
    others = tuple(_sheet_aside(name) for name, _ in sheets if name not in taken)
    return of_pix, others + tuple(note for _, table in of_pix for note in _above(table))


def under_header(table: Table) -> Table:
    """Return the table whose header is the first line that is one of Pix; the same table where none is near."""
    if kind_of(table.header) is not None:
        return table
    for place, row in enumerate(table.rows[:_HEADER_WITHIN]):
        if kind_of(row.cells) is not None:
            return replace(
                table,
                header=row.cells,
                header_line=row.line,
                is_below_others=True,
                rows=table.rows[place + 1 :],
                broken=tuple(each for each in table.broken if (each.line or 0) > row.line),
            )
    return table


def without_headers(table: Table) -> Table:
    """Take the lines that say the header again out of the data: somebody put files behind one another."""
    again = [row for row in table.rows if row.cells == table.header]
    if not again:
        return table
    return replace(
        table,
        rows=tuple(row for row in table.rows if row.cells != table.header),
        broken=(*table.broken, *(_repeated_header(row.line) for row in again)),
    )


def _fitted(table: Table) -> Table:
    """Drop what a sheet, as wide as its widest line, has beyond the header, where that is nothing."""
    width = max(place for place, cell in enumerate(table.header, start=1) if cell.strip())
    rows = tuple(
        row if any(cell.strip() for cell in row.cells[width:]) else replace(row, cells=row.cells[:width])
        for row in table.rows
    )
    return replace(table, header=table.header[:width], rows=rows)


def _above(table: Table) -> tuple[Problem, ...]:
    if not table.is_below_others:
        return ()
    last = table.header_line - 1
    return (
        _note(
            ProblemCode.LINES_ABOVE,
            f"L’en-tête est à la ligne {table.header_line} ; ce qui est au-dessus (jusqu’à la ligne {last}) est laissé "
            "de côté.",
            f"The header is on line {table.header_line}; what is above it (up to line {last}) is left aside.",
        ),
    )


def _repeated_header(line: int) -> Problem:
    return replace(
        _note(
            ProblemCode.REPEATED_HEADER,
            f"Ligne {line} : l’en-tête y est répété (fichiers mis bout à bout ?) ; elle ne dit rien de personne.",
            f"Line {line}: it repeats the header (files put behind one another?) and says nothing of anybody.",
        ),
        line=line,
    )


def _sheet_aside(name: str) -> Problem:
    return _note(
        ProblemCode.SHEET_IGNORED,
        f"La feuille « {name} » n’est pas un fichier de Pix : laissée de côté.",
        f"The sheet “{name}” is not a file of Pix: left aside.",
    )


def _note(code: ProblemCode, fr: str, en: str) -> Problem:
    return Problem(line=None, column=None, code=code, message=Bilingual(fr=fr, en=en))
