"""What became of the lines of an import: the sendings and results kept for them, and whose imports say they are."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, insert, select, update

from storage.schema import (
    certification,
    certification_withdrawal,
    import_undoing,
    imported_row,
    row_carried,
    submission,
    withdrawal,
)
from storage.scope import UnitYear, in_unit


@dataclass(frozen=True, kw_only=True)
class KeptLine:
    """A sending (or a certification's result) kept for a line of an import.

    `import_id` is the import that brought it, None where no file did.
    """

    id: int
    person_id: int
    component: str
    fingerprint: str
    import_id: int | None
    withdrawn: bool

    @property
    def line(self) -> Line:
        """The line it is kept for."""
        return self.component, self.fingerprint


Line = tuple[str, str]
"""A line as it is kept: its component and fingerprint."""


@dataclass(frozen=True, kw_only=True)
class LineWord:
    """Whose a line is by an import's word: `person_id`, or nobody, where it was left aside.

    Not settled, the import left it as it was: it waited, whomever it counted for.
    """

    import_id: int
    is_settled: bool
    person_id: int | None = None


def sendings_for(connection: Connection, scope: UnitYear, import_id: int) -> list[KeptLine]:
    """The sendings kept for the lines that an import has, whoever brought them, in the order they were kept."""
    same = imported_row.c.component == submission.c.component
    return _kept(connection, scope, submission, withdrawal, "submission_id", same, _carried_by(import_id))


def results_for(connection: Connection, scope: UnitYear, import_id: int) -> list[KeptLine]:
    """The certifications' results kept for the lines that an import has."""
    return _results(connection, scope, _carried_by(import_id))


def results_beside(
    connection: Connection, scope: UnitYear, import_id: int, exams: Collection[str]
) -> list[KeptLine]:
    """The results kept of these exams for lines that an import does not have: what others say of the same."""
    found: list[KeptLine] = []
    wanted = sorted(exams)
    for start in range(0, len(wanted), 500):
        some = certification.c.exam.in_(wanted[start : start + 500])
        found += _results(connection, scope, some, ~_carried_by(import_id))
    return found


def _results(connection: Connection, scope: UnitYear, *which: ColumnElement[bool]) -> list[KeptLine]:
    return _kept(connection, scope, certification, certification_withdrawal, "certification_id", *which)


def words_of_others(
    connection: Connection, scope: UnitYear, import_id: int, beside: Iterable[KeptLine] = ()
) -> dict[Line, list[LineWord]]:
    """What the other imports that stand say of the lines of an import, and of those `beside`; the last word last."""
    found = _words(connection, scope, import_id, _carried_by(import_id))
    prints = sorted({each.fingerprint for each in beside})
    for start in range(0, len(prints), 500):
        some = imported_row.c.fingerprint.in_(prints[start : start + 500])
        found |= _words(connection, scope, import_id, some)
    return found


def _words(
    connection: Connection, scope: UnitYear, but: int, which: ColumnElement[bool]
) -> dict[Line, list[LineWord]]:
    query = (
        select(imported_row.c.component, imported_row.c.fingerprint, row_carried)
        .join(row_carried, row_carried.c.row_id == imported_row.c.id)
        .where(
            in_unit(imported_row, scope),
            row_carried.c.import_id != but,
            row_carried.c.import_id.not_in(select(import_undoing.c.import_id)),
            which,
        )
        .order_by(row_carried.c.import_id)
    )
    found: dict[Line, list[LineWord]] = {}
    for row in connection.execute(query):
        word = LineWord(import_id=row.import_id, is_settled=row.is_settled, person_id=row.person_id)
        found.setdefault((row.component, row.fingerprint), []).append(word)
    return found


def settle_row(connection: Connection, row_id: int, person_id: int | None) -> None:
    """Let a line be a person's (None: nobody's) by the word of every import that has it: they came, or were chosen."""
    connection.execute(
        update(row_carried).where(row_carried.c.row_id == row_id).values(is_settled=True, person_id=person_id)
    )


def _carried_by(import_id: int) -> ColumnElement[bool]:
    # Asked of each line: a database without statistics would else begin with the lines, and look at everybody for each.
    return (
        select(row_carried.c.row_id)
        .where(row_carried.c.row_id == imported_row.c.id, row_carried.c.import_id == import_id)
        .correlate(imported_row)
        .exists()
    )


def _kept(
    connection: Connection,
    scope: UnitYear,
    table: FromClause,
    words: FromClause,
    of: str,
    *which: ColumnElement[bool],
) -> list[KeptLine]:
    newest = select(func.max(words.c.id)).group_by(words.c[of])
    gone = set(connection.scalars(select(words.c[of]).where(words.c.id.in_(newest), words.c.withdrawn)))
    same_line = and_(
        imported_row.c.course_id == table.c.course_id,
        imported_row.c.unit_code == table.c.unit_code,
        imported_row.c.academic_year == table.c.academic_year,
        imported_row.c.fingerprint == table.c.fingerprint,
    )
    query = (
        select(
            table.c.id,
            table.c.person_id,
            table.c.fingerprint,
            table.c.import_id,
            imported_row.c.component,
        )
        .join(imported_row, same_line)
        .where(in_unit(table, scope), *which)
        .order_by(table.c.id)
    )
    return [
        KeptLine(
            id=row.id,
            person_id=row.person_id,
            component=row.component,
            fingerprint=row.fingerprint,
            import_id=row.import_id,
            withdrawn=row.id in gone,
        )
        for row in connection.execute(query)
    ]


def say_sendings(connection: Connection, ids: Collection[int], *, withdrawn: bool, **by: Any) -> None:
    """Withdraw sendings, or take that back; `by` is who says so and when (`by_person`, `at`, `import_id`)."""
    if ids:
        connection.execute(
            insert(withdrawal), [{"submission_id": each, "withdrawn": withdrawn, **by} for each in ids]
        )


def say_results(connection: Connection, ids: Collection[int], *, withdrawn: bool, **by: Any) -> None:
    """Withdraw certifications' results, or take that back."""
    if ids:
        connection.execute(
            insert(certification_withdrawal),
            [{"certification_id": each, "withdrawn": withdrawn, **by} for each in ids],
        )
