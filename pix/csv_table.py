"""From the bytes of a Pix file to a header and numbered lines of cells; no meaning is given to them.

One pass over the decoded text. A broken line costs that line only: reading resumes at the next physical line. What a
spreadsheet does to a file it saves again (cp1252, UTF-16, commas, tabs) is undone here; workbooks are `pix.workbook`'s.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from grading.text import Bilingual
from pix.problem import NotAnExport, Problem, ProblemCode, refusal

MAX_BYTES = 40 * 1024 * 1024
"""Default limit of a file's size, in bytes: a hundred thousand participations are about 25 MB."""
MAX_LINES = 250_000
"""Default limit of the number of physical lines."""
_MARK = "\ufeff"  # may stand within, too, where files were put behind one another
_UNDEFINED = re.compile(
    "([\x81\x8d\x8f\x90\x9d])"
)  # cp1252 gives these bytes no sign: they stay what they are
_MAX_LINES_OF_A_ROW = 50  # a quote never closed must not swallow the file

_AGAIN = (
    "Téléchargez de nouveau le fichier « .csv » depuis Pix Orga et déposez-le sans l’ouvrir.",
    "Download the .csv file from Pix Orga again and drop it here without opening it.",
)
_SIGNATURES = (
    (b"%PDF", "un document PDF", "a PDF document"),
    (
        b"PK\x03\x04",
        "un classeur ou une archive (XLSX, ODS, ZIP)",
        "a workbook or an archive (XLSX, ODS, ZIP)",
    ),
    (b"PK\x05\x06", "une archive ZIP vide", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "un ancien classeur Excel (XLS)", "an old Excel workbook (XLS)"),
    (b"\x1f\x8b", "une archive compressée (GZIP)", "a compressed archive (GZIP)"),
    (b"\x89PNG", "une image", "a picture"),
    (b"\xff\xd8\xff", "une image", "a picture"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TableRow:
    """The cells of one line; `line` is the physical line where it starts (the header is line 1)."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A file cut into cells: `broken` are the lines that could not be, one problem each.

    `is_below_others` where lines above `header_line`, which are no data, were left aside. `is_last_part` unless other
    rows of the same file follow in another table.
    """

    header: tuple[str, ...]
    rows: tuple[TableRow, ...]
    broken: tuple[Problem, ...]
    empty_lines: int
    last_line: int
    ends_with_newline: bool
    header_line: int = 1
    is_below_others: bool = False
    is_last_part: bool = True

    def is_last(self, row: TableRow) -> bool:
        """Tell whether a row is the last of the file."""
        return self.is_last_part and row is self.rows[-1]


def decode(data: bytes, *, max_bytes: int = MAX_BYTES) -> str:
    """Return the text of a file, its byte-order mark dropped.

    UTF-8 as Pix writes it; UTF-16 with its mark or cp1252 as a spreadsheet may save it, or UTF-8 that it took for
    cp1252. Accents are one sign with their letter. A file that begins with the
    mark of UTF-8 is never taken for cp1252: names would be garbled. Raises `NotAnExport` for a file that is too large
    (before decoding it), empty, binary, or in no such encoding. A last character cut in the middle is dropped: the
    line it was on is then found too short.
    """
    refuse_too_large(data, max_bytes)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _decode_utf16(data)
    else:
        _refuse_binary(data)
        text = _decode_bytes(data)
    if not text.strip():
        raise empty_file()
    return unicodedata.normalize("NFC", text.replace(_MARK, ""))


def refuse_too_large(data: bytes, max_bytes: int) -> None:
    """Return unless the file is too large; raises `NotAnExport` then."""
    if len(data) <= max_bytes:
        return
    size, most = (f"{count / 1e6:.1f}" for count in (len(data), max_bytes))
    raise refusal(
        ProblemCode.TOO_LARGE,
        f"Le fichier pèse {size.replace('.', ',')} Mo, plus que les {most.replace('.', ',')} Mo acceptés : "
        "vérifiez que c’est bien l’export d’une seule campagne.",
        f"The file weighs {size} MB, more than the {most} MB accepted: "
        "check that it is the export of one campaign.",
    )


def _decode_utf16(data: bytes) -> str:
    try:
        text = data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise _unreadable(1) from error
    if "\0" in text:
        raise _unreadable(text.count("\n", 0, text.index("\0")) + 1)
    return text


def _decode_bytes(data: bytes) -> str:
    marked = data.startswith(codecs.BOM_UTF8)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return _undone(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        if error.end == len(data) and error.reason == "unexpected end of data":
            return data[: error.start].decode("utf-8")
        if marked:
            raise _unreadable(line) from error
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError:
            raise _unreadable(line) from error


def _undone(text: str) -> str:
    """Return a text that was read as cp1252 and saved as UTF-8 (``PrÃ©nom``) as it was before; any other as it is."""
    if "Ã©" not in text:
        return text
    try:
        parts = _UNDEFINED.split(text)
        data = b"".join(part.encode("latin-1" if place % 2 else "cp1252") for place, part in enumerate(parts))
        return data.decode("utf-8")
    except UnicodeError:
        return text


def _unreadable(line: int) -> NotAnExport:
    return refusal(
        ProblemCode.WRONG_ENCODING,
        f"Le fichier n’est pas en UTF-8 (octet illisible ligne {line}) : un tableur l’a sans doute "
        f"réenregistré. {_AGAIN[0]}",
        f"The file is not UTF-8 (unreadable byte on line {line}): a spreadsheet probably saved it "
        f"again. {_AGAIN[1]}",
        line=line,
    )


def delimiter_of(text: str) -> str:
    """Return what separates most cells in the first lines that hold any: `;` as Pix writes, else a comma or a tab."""
    start = text[:200_000]
    return max((";", ",", "\t"), key=lambda delimiter: _width(start, delimiter))


def _width(text: str, delimiter: str) -> int:
    """The most cells of any of the first rows, were this the delimiter."""
    widest = 0
    try:
        for row in islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 20):
            widest = max(widest, len(row))
    except csv.Error:
        pass  # what was found before it tells enough
    return widest


def empty_file() -> NotAnExport:
    """Say that there is nothing in the file."""
    return refusal(ProblemCode.EMPTY, f"Le fichier est vide. {_AGAIN[0]}", f"The file is empty. {_AGAIN[1]}")


def _refuse_binary(data: bytes) -> None:
    for signature, fr, en in _SIGNATURES:
        if data.startswith(signature):
            raise refusal(
                ProblemCode.NOT_TEXT,
                f"Ce fichier est {fr}, pas un CSV. {_AGAIN[0]}",
                f"This file is {en}, not a CSV. {_AGAIN[1]}",
            )
    if (place := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, place) + 1
        raise refusal(
            ProblemCode.NOT_TEXT,
            f"Le fichier contient des octets nuls (ligne {line}) : ce n’est pas du texte. {_AGAIN[0]}",
            f"The file holds null bytes (line {line}): it is not text. {_AGAIN[1]}",
            line=line,
        )
    if (
        data[:200]
        .removeprefix(codecs.BOM_UTF8)
        .lstrip()
        .lower()
        .startswith((b"<!doctype", b"<html", b"<?xml"))
    ):
        raise refusal(
            ProblemCode.NOT_TEXT,
            f"Ce fichier est une page web, pas un CSV (session Pix Orga expirée ?). {_AGAIN[0]}",
            f"This file is a web page, not a CSV (Pix Orga session expired?). {_AGAIN[1]}",
        )


def read_table(text: str, *, delimiter: str = ";", max_lines: int = MAX_LINES) -> Table:
    """Cut a decoded file into its header and lines of cells.

    LF, CRLF and CR end a line; quoted cells may hold the delimiter and line ends. Raises `NotAnExport` where
    there is no readable header, or more than `max_lines` physical lines.
    """
    lines = list(io.StringIO(text, newline=""))
    if len(lines) > max_lines:
        raise refusal(
            ProblemCode.TOO_MANY_LINES,
            f"Le fichier a {len(lines)} lignes, plus que les {max_lines} acceptées : "
            "vérifiez que c’est bien l’export d’une seule campagne.",
            f"The file has {len(lines)} lines, more than the {max_lines} accepted: "
            "check that it is the export of one campaign.",
        )
    rows: list[TableRow] = []
    broken: list[Problem] = []
    empty_lines = 0
    for item in _rows(lines, delimiter):
        if isinstance(item, Problem):
            broken.append(item)
        elif any(cell.strip() for cell in item.cells):
            rows.append(item)
        else:
            empty_lines += 1
    if broken and (not rows or (broken[0].line or 0) < rows[0].line):
        raise NotAnExport(broken[0])
    if not rows:
        raise empty_file()
    return Table(
        header=rows[0].cells,
        header_line=rows[0].line,
        rows=tuple(rows[1:]),
        broken=tuple(broken),
        empty_lines=empty_lines,
        last_line=len(lines),
        ends_with_newline=text.endswith(("\n", "\r")),
    )


def _rows(lines: list[str], delimiter: str) -> Iterator[TableRow | Problem]:
    start = place = 0

    def coming() -> Iterator[str]:
        nonlocal place
        while place < len(lines) and place - start < _MAX_LINES_OF_A_ROW:
            place += 1
            yield lines[place - 1]

    alike: dict[str, str] = {}  # most cells say the same as another: each text is kept once
    while start < len(lines):
        place = start
        try:
            for cells in csv.reader(coming(), delimiter=delimiter, strict=True):
                yield TableRow(line=start + 1, cells=tuple(map(alike.setdefault, cells, cells)))
                start = place
        except csv.Error:
            yield _broken_line(start + 1, last=start + 1 == len(lines))
            start += 1


def _broken_line(line: int, *, last: bool) -> Problem:
    if last:
        return truncated_line(line)
    return Problem(
        line=line,
        column=None,
        code=ProblemCode.BAD_QUOTES,
        message=Bilingual(
            fr=f"Ligne {line} : des guillemets ne se ferment pas ou sont mal placés ; la ligne n’est pas "
            f"lue. {_AGAIN[0]}",
            en=f"Line {line}: quotes do not close or are misplaced; the line is not read. {_AGAIN[1]}",
        ),
    )


def truncated_line(line: int) -> Problem:
    """Say that the last line of a file stops before its end."""
    return Problem(
        line=line,
        column=None,
        code=ProblemCode.TRUNCATED,
        message=Bilingual(
            fr=f"Ligne {line} : le fichier s’arrête au milieu de cette ligne, qui n’est pas lue ; "
            f"il est sans doute incomplet. {_AGAIN[0]}",
            en=f"Line {line}: the file stops in the middle of this line, which is not read; "
            f"it is probably incomplete. {_AGAIN[1]}",
        ),
    )


def without_empty_tail(row: TableRow, width: int) -> TableRow:
    """Drop the empty cells that a spreadsheet leaves after the last column."""
    tail = row.cells[width:]
    if tail and not any(cell.strip() for cell in tail):
        return TableRow(line=row.line, cells=row.cells[:width])
    return row


def cell_count(row: TableRow, expected: int) -> Problem:
    """Say that a line has more or fewer cells than the header."""
    found = len(row.cells)
    return Problem(
        line=row.line,
        column=None,
        code=ProblemCode.CELL_COUNT,
        message=Bilingual(
            fr=f"Ligne {row.line} : {found} cases au lieu de {expected} ; la ligne n’est pas lue. "
            "Déposez l’export d’origine.",
            en=f"Line {row.line}: {found} cells instead of {expected}; the line is not read. "
            "Drop the original export.",
        ),
    )
