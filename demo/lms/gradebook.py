"""The gradebook as Moodle keeps it: columns, grades, scores that arrive, teachers who type by hand. No HTTP.

Rules after the measurements of Moodle 4.5 and 5.1; the difference between them is `ClockMode`.
"""

import itertools
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, get_args

ClockMode = Literal["5.1", "4.5"]
"""Which time a coupled column stores with a grade: the tool's timestamp (5.1) or the LMS's clock (4.5)."""

FIVE_DECIMALS = Decimal("0.00001")


class Refused(Exception):
    """The LMS refuses: `status` is the HTTP status, the text is the reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Column:
    """A grade column (AGS line item). `coupled` ones were made with their activity, the others by the tool.

    A `text_only` one (no grade, or a text) takes scores and shows nothing; a `scale` rounds to its levels, from 1.
    """

    id: str
    course_id: str
    label: str
    maximum: Decimal
    link_id: str = ""
    coupled: bool = False
    resource_id: str = ""
    tag: str = ""
    hidden: bool = False
    locked: bool = False
    text_only: bool = False
    scale: bool = False


@dataclass(frozen=True, kw_only=True)
class Score:
    """A score as received: `given` None means "no grade"; `at` has lost its fractions of a second."""

    person_id: str
    at: datetime
    fully_graded: bool
    given: Decimal | None
    maximum: Decimal
    comment: str | None


@dataclass(frozen=True, kw_only=True)
class Grade:
    """One cell. `raw` is the tool's value in the column's points, `typed` what a teacher typed over it.

    `stored_at` is what the next score's time is compared with (whole seconds); None: nothing to compare with.
    """

    raw: Decimal | None = None
    feedback: str | None = None
    stored_at: datetime | None = None
    overridden: bool = False
    typed: Decimal | None = None
    typed_feedback: str | None = None
    locked: bool = False

    def final(self, maximum: Decimal) -> Decimal | None:
        """What people see: the teacher's value if typed, else the tool's, limited to 0…maximum."""
        value = self.typed if self.overridden else self.raw
        return None if value is None else min(max(value, Decimal(0)), maximum)

    @property
    def final_feedback(self) -> str | None:
        """The feedback people see."""
        return self.typed_feedback if self.overridden else self.feedback


class Gradebook:
    """All columns and grades of a site; every method takes the lock, so several threads may use it."""

    def __init__(self, *, clock_mode: ClockMode = "5.1") -> None:
        if clock_mode not in get_args(ClockMode):
            raise ValueError(f"clock_mode is one of {get_args(ClockMode)}, not {clock_mode!r}")
        self.clock_mode = clock_mode
        self._lock = threading.RLock()
        self._columns: dict[str, Column] = {}
        self._grades: dict[tuple[str, str], Grade] = {}
        self._numbers = itertools.count(1)

    def add_column(
        self,
        *,
        course_id: str,
        label: str,
        maximum: Decimal,
        link_id: str = "",
        coupled: bool = False,
        resource_id: str = "",
        tag: str = "",
        text_only: bool = False,
    ) -> Column:
        """Make a column under a number never used before."""
        with self._lock:
            column = Column(
                id=str(next(self._numbers)),
                course_id=course_id,
                label=label,
                maximum=maximum,
                link_id=link_id,
                coupled=coupled,
                resource_id=resource_id,
                tag=tag,
                text_only=text_only,
            )
            self._columns[column.id] = column
            return column

    def columns(self, course_id: str | None = None, *, link_id: str | None = None) -> tuple[Column, ...]:
        """The columns, of one course or one link if named, oldest first."""
        with self._lock:
            return tuple(
                column
                for column in self._columns.values()
                if course_id in (None, column.course_id) and link_id in (None, column.link_id)
            )

    def get_column(self, column_id: str) -> Column:
        """The column; Refused(404) if it is gone or never was."""
        with self._lock:
            try:
                return self._columns[column_id]
            except KeyError:
                raise Refused(404, f"no line item {column_id}") from None

    def replace_column(self, column: Column) -> Column:
        """Store a changed column; another maximum rescales the tool's grades in proportion."""
        with self._lock:
            old = self.get_column(column.id)
            self._columns[column.id] = column
            if old.maximum not in (column.maximum, 0):
                ratio = column.maximum / old.maximum
                for key, grade in self._grades.items():
                    if key[0] == column.id and grade.raw is not None:
                        self._grades[key] = replace(grade, raw=(grade.raw * ratio).quantize(FIVE_DECIMALS))
            return column

    def delete_column(self, column_id: str) -> None:
        """Remove a column and its grades; scores for it are 404 from now on."""
        with self._lock:
            self.get_column(column_id)
            del self._columns[column_id]
            self._grades = {key: grade for key, grade in self._grades.items() if key[0] != column_id}

    def set_column_state(
        self, column_id: str, *, locked: bool | None = None, hidden: bool | None = None
    ) -> Column:
        """Lock, unlock, hide or show a column."""
        with self._lock:
            column = self.get_column(column_id)
            changed = replace(
                column,
                locked=column.locked if locked is None else locked,
                hidden=column.hidden if hidden is None else hidden,
            )
            self._columns[column_id] = changed
            return changed

    def grade(self, column_id: str, person_id: str) -> Grade:
        """The cell; an empty one if nothing ever arrived."""
        with self._lock:
            return self._grades.get((column_id, person_id), Grade())

    def grades(self, column_id: str) -> dict[str, Grade]:
        """The cells of a column that ever held something, by person id."""
        with self._lock:
            return {person: grade for (column, person), grade in self._grades.items() if column == column_id}

    def mark(self, column_id: str, person_id: str) -> Decimal | None:
        """What people see in that cell, in the column's points (None: empty)."""
        with self._lock:
            return self.grade(column_id, person_id).final(self.get_column(column_id).maximum)

    def record(self, column_id: str, score: Score, *, now: datetime) -> None:
        """Take a score in as Moodle does; Refused(404 gone, 409 not newer, 500 locked) leaves all as it was.

        Anything but FullyGraded, or no value, *clears* the cell. A grade typed by hand stays visible, the new
        value is kept underneath.
        """
        with self._lock:
            column = self.get_column(column_id)
            grade = self.grade(column_id, score.person_id)
            if grade.stored_at is not None and grade.stored_at >= score.at:
                raise Refused(409, "Refusing score with an earlier timestamp for item")
            if column.locked or grade.locked:
                raise Refused(500, "the grade item is locked")
            value = None if column.text_only else _scaled(score, column.maximum)
            if column.scale and value is not None:
                value = max(value.quantize(Decimal(1), rounding=ROUND_HALF_UP), Decimal(1))
            at = score.at
            if column.coupled and self.clock_mode == "4.5":
                at = now.replace(microsecond=0)
            kept = grade.overridden or not column.coupled or value is not None or bool(score.comment)
            self._grades[column_id, score.person_id] = replace(
                grade, raw=value, feedback=score.comment or None, stored_at=at if kept else None
            )

    def type_by_hand(
        self,
        column_id: str,
        person_id: str,
        value: Decimal | None,
        *,
        feedback: str | None = None,
        now: datetime,
    ) -> None:
        """A teacher types a grade: it overrides the tool's, and its instant counts as the stored time."""
        with self._lock:
            self.get_column(column_id)
            self._grades[column_id, person_id] = replace(
                self.grade(column_id, person_id),
                overridden=True,
                typed=value,
                typed_feedback=feedback,
                stored_at=now.replace(microsecond=0),
            )

    def release(self, column_id: str, person_id: str) -> None:
        """The teacher unticks "overridden": the tool's last value shows again."""
        with self._lock:
            self._grades[column_id, person_id] = replace(
                self.grade(column_id, person_id), overridden=False, typed=None, typed_feedback=None
            )

    def lock_grade(self, column_id: str, person_id: str, *, locked: bool = True) -> None:
        """Lock or unlock one cell."""
        with self._lock:
            self.get_column(column_id)
            self._grades[column_id, person_id] = replace(self.grade(column_id, person_id), locked=locked)


def _scaled(score: Score, column_maximum: Decimal) -> Decimal | None:
    if score.given is None or not score.fully_graded:
        return None
    if score.maximum == 0:
        return score.given
    return (score.given * column_maximum / score.maximum).quantize(FIVE_DECIMALS)
