"""What became of the lines of an import: the sendings and results kept for them, and who had the last word on each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, FromClause, and_, func, insert, or_, select

from storage.schema import (
    certification,
    certification_withdrawal,
    import_undoing,
    imported_row,
    row_carried,
    submission,
    withdrawal,
)


@dataclass(frozen=True, kw_only=True)
class KeptLine:
    """A sending (or a certification's result) kept for a line of an import.

    `import_id` is the import that brought it, None where no file did. `word_of` is the import that had the last word on
    whether it is withdrawn, None where somebody else had it, or nobody said anything.
    """

    id: int
    person_id: int
    component: str
    fingerprint: str
    import_id: int | None
    withdrawn: bool
    word_of: int | None


def sendings_for(connection: Connection, import_id: int) -> list[KeptLine]:
    """The sendings kept for the lines that an import has, whoever brought them, in the order they were kept."""
    same = imported_row.c.component == submission.c.component
    return _kept(connection, submission, withdrawal, "submission_id", import_id, same)


def results_for(connection: Connection, import_id: int) -> list[KeptLine]:
    """The certifications' results kept for the lines that an import has."""
    return _kept(connection, certification, certification_withdrawal, "certification_id", import_id)


def results_taken_by(connection: Connection, import_id: int) -> list[KeptLine]:
    """The results that an import, or one that is undone, took from people for another result of their exam.

    Only those that a file of an import that stands has; the import's own lines are not among them.
    """
    undone = select(import_undoing.c.import_id)
    newest = select(func.max(certification_withdrawal.c.id)).group_by(
        certification_withdrawal.c.certification_id
    )
    stands = row_carried.alias()
    its_own = (
        select(row_carried.c.row_id)
        .where(row_carried.c.row_id == imported_row.c.id, row_carried.c.import_id == import_id)
        .correlate(imported_row)
    )
    same_line = and_(
        imported_row.c.course_id == certification.c.course_id,
        imported_row.c.unit_code == certification.c.unit_code,
        imported_row.c.academic_year == certification.c.academic_year,
        imported_row.c.fingerprint == certification.c.fingerprint,
    )
    query = (
        select(
            certification.c.id,
            certification.c.person_id,
            certification.c.fingerprint,
            certification.c.import_id,
            imported_row.c.component,
            certification_withdrawal.c.import_id.label("word_of"),
        )
        .join(
            certification_withdrawal,
            certification_withdrawal.c.certification_id == certification.c.id,
        )
        .join(imported_row, same_line)
        .where(
            certification_withdrawal.c.id.in_(newest),
            certification_withdrawal.c.withdrawn,
            or_(
                certification_withdrawal.c.import_id == import_id,
                certification_withdrawal.c.import_id.in_(undone),
            ),
            select(stands.c.row_id)
            .where(
                stands.c.row_id == imported_row.c.id,
                stands.c.import_id != import_id,
                stands.c.import_id.not_in(undone),
            )
            .correlate(imported_row)
            .exists(),
            ~its_own.exists(),
        )
        .order_by(certification.c.id)
    )
    return [
        KeptLine(
            id=row.id,
            person_id=row.person_id,
            component=row.component,
            fingerprint=row.fingerprint,
            import_id=row.import_id,
            withdrawn=True,
            word_of=row.word_of,
        )
        for row in connection.execute(query)
    ]


def _kept(
    connection: Connection, table: FromClause, words: FromClause, of: str, import_id: int, *alike: Any
) -> list[KeptLine]:
    newest = select(func.max(words.c.id)).group_by(words.c[of])
    said = {
        row.kept_id: (row.withdrawn, row.import_id)
        for row in connection.execute(
            select(words.c[of].label("kept_id"), words.c.withdrawn, words.c.import_id).where(
                words.c.id.in_(newest)
            )
        )
    }
    same_line = and_(
        imported_row.c.course_id == table.c.course_id,
        imported_row.c.unit_code == table.c.unit_code,
        imported_row.c.academic_year == table.c.academic_year,
        imported_row.c.fingerprint == table.c.fingerprint,
        *alike,
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
        .join(row_carried, row_carried.c.row_id == imported_row.c.id)
        .where(row_carried.c.import_id == import_id)
        .order_by(table.c.id)
    )
    kept = []
    for row in connection.execute(query):
        withdrawn, word_of = said.get(row.id, (False, None))
        kept.append(
            KeptLine(
                id=row.id,
                person_id=row.person_id,
                component=row.component,
                fingerprint=row.fingerprint,
                import_id=row.import_id,
                withdrawn=withdrawn,
                word_of=word_of,
            )
        )
    return kept


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
