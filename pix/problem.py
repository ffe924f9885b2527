"""What can be wrong in a file from Pix: a closed set of codes, said with the place and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from grading.text import Bilingual


class ProblemCode(StrEnum):
    """Every kind of problem a reader may report. The first group refuses a file, the second a line."""

    # the whole file
    TOO_LARGE = "too_large"
    TOO_MANY_LINES = "too_many_lines"
    EMPTY = "empty"
    NOT_TEXT = "not_text"
    COMPANION = "companion"  # a file without data that comes along with others: nothing is missing
    WRONG_ENCODING = "wrong_encoding"
    NOT_RECOGNISED = "not_recognised"
    OTHER_KIND = "other_kind"  # a Pix file, but not a profiles collection
    MISSING_COLUMN = "missing_column"
    DUPLICATE_COLUMN = "duplicate_column"
    UNKNOWN_COMPETENCE = "unknown_competence"
    HEADER_ONLY = "header_only"
    # one line, rejected
    TRUNCATED = "truncated"
    BAD_QUOTES = "bad_quotes"
    REPEATED_HEADER = "repeated_header"  # files put behind one another
    CELL_COUNT = "cell_count"
    TOO_LONG = "too_long"
    NOT_YES_NO = "not_yes_no"
    NOT_AVAILABLE = "not_available"  # NA, or nothing, in a line that was sent
    NOT_A_NUMBER = "not_a_number"
    NEGATIVE = "negative"
    ABOVE_CEILING = "above_ceiling"
    BAD_DATE = "bad_date"
    NONEXISTENT_TIME = "nonexistent_time"
    # warnings: nothing is rejected
    AMBIGUOUS_TIME = "ambiguous_time"
    LEVEL_AND_PIX_DIFFER = "level_and_pix_differ"
    TOTAL_DIFFERS = "total_differs"
    CERTIFIABLE_DIFFERS = "certifiable_differs"
    UNSENT_WITH_VALUES = "unsent_with_values"
    NO_FINAL_NEWLINE = "no_final_newline"
    EMPTY_LINES = "empty_lines"
    COLUMNS_IGNORED = "columns_ignored"
    LINES_ABOVE = "lines_above"
    SHEET_IGNORED = "sheet_ignored"
    SEVERAL_CAMPAIGNS = "several_campaigns"


@dataclass(frozen=True, kw_only=True)
class Author:
    """Who sent a line that is rejected, as far as it can be read."""

    last_name: str | None
    first_name: str | None
    student_number: str | None
    external_id: str | None


class Signed(Protocol):
    """A line of any file as it was read, whole or in part."""

    @property
    def last_name(self) -> str: ...
    @property
    def first_name(self) -> str: ...
    @property
    def student_number(self) -> str | None: ...
    @property
    def external_id(self) -> str | None: ...


def author_of(row: Signed) -> Author:
    """Return whose a line is, however little of the rest was read."""
    return Author(
        last_name=row.last_name or None,
        first_name=row.first_name or None,
        student_number=row.student_number,
        external_id=row.external_id,
    )


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One problem: where (physical line, first is 1; header of the column), what, and how to mend it.

    `also` holds the further problems of the same rejected line, so that one rejected line is one problem; `author` is
    whose that line is, where it has its cells.
    """

    line: int | None
    column: str | None
    code: ProblemCode
    message: Bilingual
    also: tuple[Problem, ...] = ()
    author: Author | None = field(default=None, repr=False)  # never in a log


class NotAnExport(Exception):
    """Nothing of the file can be read; `problems` says why, one or more."""

    def __init__(self, *problems: Problem) -> None:
        """Keep every problem found, in file order."""
        super().__init__("; ".join(problem.message.en for problem in problems))
        self.problems = problems


def refusal(
    code: ProblemCode, fr: str, en: str, *, line: int | None = None, column: str | None = None
) -> NotAnExport:
    """Build the refusal of a whole file for one reason."""
    return NotAnExport(Problem(line=line, column=column, code=code, message=Bilingual(fr=fr, en=en)))
