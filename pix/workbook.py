"""A Pix file that a spreadsheet saved again as a workbook (XLSX, ODS): its cells as the CSV would have them."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from pix.csv_table import MAX_LINES, Table, TableRow, empty_file
from pix.problem import NotAnExport, ProblemCode, refusal

MAX_UNPACKED = 300 * 1024 * 1024
"""Most bytes that the parts of a workbook may come to once unpacked: beyond, it is not opened."""

_PARTS_OF_A_WORKBOOK = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
_MAX_COLUMNS = 1_000
_HEADER_WITHIN = 20
_TIMED = "(europe/paris)"
"""Ends the title of every column of instants, in French."""


def is_archive(data: bytes) -> bool:
    """Tell whether these are the bytes of a ZIP archive, which workbooks are, too."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def is_workbook(data: bytes) -> bool:
    """Tell whether an archive is a workbook: it has the part that every workbook of its kind has."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(part in archive.namelist() for part in _PARTS_OF_A_WORKBOOK)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def read_sheets(data: bytes, *, max_lines: int = MAX_LINES) -> list[tuple[str, Table]]:
    """Return the cells of each sheet that holds any, under its name; `line` is the sheet's own row number.

    Raises `NotAnExport` where the workbook cannot be opened, is empty, or is larger than is sane.
    """
    _refuse_bomb(data)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            tables = [(name, _table(book.get_sheet_by_name(name), max_lines)) for name in book.sheet_names]
    except (CalamineError, OSError, ValueError) as error:
        raise _unreadable() from error
    found = [(name, table) for name, table in tables if table is not None]
    if not found:
        raise empty_file()
    return found


def _refuse_bomb(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _unreadable() from error
    if unpacked > MAX_UNPACKED:
        raise refusal(
            ProblemCode.TOO_LARGE,
            "Le classeur est trop gros une fois décompressé : déposez le fichier « .csv » de Pix.",
            "The workbook is too large once unpacked: drop Pix's .csv file.",
        )


def _unreadable() -> NotAnExport:
    return refusal(
        ProblemCode.NOT_TEXT,
        "Ce classeur (XLSX, ODS) ne s’ouvre pas : il est incomplet, protégé ou abîmé. Déposez le fichier « .csv » "
        "tel que Pix le donne.",
        "This workbook (XLSX, ODS) cannot be opened: it is incomplete, protected or damaged. Drop the .csv file "
        "as Pix gives it.",
    )


def _table(sheet: CalamineSheet, max_lines: int) -> Table | None:
    if sheet.total_height > max_lines or sheet.total_width > _MAX_COLUMNS:
        raise refusal(
            ProblemCode.TOO_MANY_LINES,
            f"Le classeur a {sheet.total_height} lignes et {sheet.total_width} colonnes, plus que les {max_lines} "
            f"et {_MAX_COLUMNS} acceptées : vérifiez que c’est bien l’export d’une seule campagne.",
            f"The workbook has {sheet.total_height} lines and {sheet.total_width} columns, more than the {max_lines} "
            f"and {_MAX_COLUMNS} accepted: check that it is the export of one campaign.",
        )
    rows: list[TableRow] = []
    empty = 0
    for number, cells in enumerate(_cells(sheet), start=1):
        if any(cell.strip() for cell in cells):
            rows.append(TableRow(line=number, cells=cells))
        elif rows:
            empty += 1
    if not rows:
        return None
    return Table(
        header=rows[0].cells,
        header_line=rows[0].line,
        rows=tuple(rows[1:]),
        broken=(),
        empty_lines=empty,
        last_line=rows[-1].line,
        ends_with_newline=True,
    )


def _cells(sheet: CalamineSheet) -> Iterator[tuple[str, ...]]:
    rows = sheet.to_python(skip_empty_area=False)
    timed = _timed(rows)
    for row in rows:
        cells = tuple(_text(value) for value in row)
        for place in timed:
            if isinstance(row[place], date) and not isinstance(row[place], datetime):
                cells = (*cells[:place], f"{row[place]:%d/%m/%Y} 00:00", *cells[place + 1 :])
        yield cells


def _timed(rows: Sequence[Sequence[object]]) -> frozenset[int]:
    """The columns of instants: a whole day there is midnight, which a workbook keeps as a day.

    Their title says so, in French; so does any cell that has its hour, since Pix writes either days or minutes. Days
    alone, under a title that does not tell, are days: Pix's own before December 2024.
    """
    titled = {
        place
        for row in rows[:_HEADER_WITHIN]
        for place, title in enumerate(row)
        if isinstance(title, str) and _TIMED in title.casefold()
    }
    told = {
        place
        for row in rows
        for place, value in enumerate(row)
        if isinstance(value, datetime) and value.time() != time.min
    }
    return frozenset(titled | told)


def _text(value: object) -> str:
    """Write a typed cell as the CSV would: whole numbers without a point, instants as Pix writes them."""
    match value:
        case bool():
            return "Oui" if value else "Non"
        case float() if value.is_integer():
            return str(int(value))
        case float():
            return repr(value).replace(".", ",")
        case datetime():
            return f"{value:%d/%m/%Y %H:%M}"
        case date():
            return f"{value:%Y-%m-%d}"
        case time() | timedelta():
            return str(value)
        case _:
            return unicodedata.normalize("NFC", str(value))
