"""The sent lines of imported files, kept so that a person who launches later finds theirs. Added to, never changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, func, insert, select

from storage.json_text import JsonText
from storage.schema import (
    certification,
    certification_withdrawal,
    import_undoing,
    imported_row,
    row_carried,
    row_found_by,
    submission,
    withdrawal,
)
from storage.scope import UnitYear, in_unit
from storage.upsert import insert_all_if_new


@dataclass(frozen=True, kw_only=True)
class NewRow:
    """A sent line about to be kept; `row` is its kept form, written as JSON already where there are many."""

    import_id: int
    component: str
    fingerprint: str
    row: Mapping[str, Any] | JsonText


@dataclass(frozen=True, kw_only=True)
class ImportedRow:
    """A sent line of a file that was taken in, kept so that a person who launches later finds their sendings."""

    import_id: int
    component: str
    fingerprint: str
    row: Mapping[str, Any]
    id: int = field(default=0, compare=False)


def keep_rows(connection: Connection, scope: UnitYear, rows: Iterable[NewRow]) -> None:
    """Keep the sent lines of a file, each once whatever the number of imports."""
    values = [
        {
            "import_id": row.import_id,
            "course_id": scope.course_id,
            "unit_code": scope.unit_code,
            "academic_year": scope.academic_year,
            "component": row.component,
            "fingerprint": row.fingerprint,
            "row": row.row if isinstance(row.row, JsonText) else dict(row.row),
        }
        for row in rows
    ]
    insert_all_if_new(connection, imported_row, values)


_AT_ONCE = 500
_WRITTEN_AT_ONCE = 5000


def carry_rows(
    connection: Connection,
    scope: UnitYear,
    import_id: int,
    component: str,
    found_by: Mapping[str, Collection[str]],
    whose: Mapping[str, int | None],
) -> None:
    """Note which of the kept lines of a component an import has, the first to have them or not.

    By fingerprint: `found_by`, by which texts each is found again; `whose`, whom the import gives it to (None: nobody,
    it is left aside), where it says so.
    """
    kept = sorted(_ids_of(connection, scope, component, found_by).items(), key=itemgetter(1))
    for start in range(0, len(kept), _WRITTEN_AT_ONCE):
        some = kept[start : start + _WRITTEN_AT_ONCE]
        carried = [
            {
                "import_id": import_id,
                "row_id": row_id,
                "is_settled": key in whose,
                "person_id": whose.get(key),
            }
            for key, row_id in some
        ]
        connection.execute(insert(row_carried), carried)
        texts = [{"found_by": text, "row_id": row_id} for key, row_id in some for text in found_by[key]]
        insert_all_if_new(connection, row_found_by, texts)


def _ids_of(
    connection: Connection, scope: UnitYear, component: str, fingerprints: Collection[str]
) -> dict[str, int]:
    query = select(imported_row.c.id, imported_row.c.fingerprint).where(
        in_unit(imported_row, scope), imported_row.c.component == component
    )
    # A large file is compared with all that is kept: asking for its lines a few at a time would take longer.
    if len(fingerprints) <= _AT_ONCE:
        query = query.where(imported_row.c.fingerprint.in_(fingerprints))
    return {row.fingerprint: row.id for row in connection.execute(query) if row.fingerprint in fingerprints}


_STANDS = row_carried.c.import_id.not_in(select(import_undoing.c.import_id))
_IS_CARRIED = (
    select(row_carried.c.row_id)
    .where(row_carried.c.row_id == imported_row.c.id, _STANDS)
    .correlate(imported_row)
)


ANYBODY = "*"
"""The text of lines kept before there were such texts: they are looked at for everybody."""


def rows_found_by(
    connection: Connection, course_id: int, texts: Collection[str]
) -> list[tuple[UnitYear, ImportedRow]]:
    """The lines kept in a course that one of these texts finds, with their unit, in the order they were kept.

    Only those that an import not undone has.
    """
    wanted = sorted({*texts, ANYBODY})
    found: dict[int, tuple[UnitYear, ImportedRow]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = row_found_by.c.found_by.in_(wanted[start : start + _AT_ONCE])
        query = select(imported_row).where(
            imported_row.c.id.in_(select(row_found_by.c.row_id).where(some)),
            imported_row.c.course_id == course_id,
            _IS_CARRIED.exists(),
        )
        for row in connection.execute(query):
            scope = UnitYear(course_id=course_id, unit_code=row.unit_code, academic_year=row.academic_year)
            found[row.id] = (scope, _kept_row(row))
    return [found[row_id] for row_id in sorted(found)]


def rows_of_import(connection: Connection, import_id: int) -> list[ImportedRow]:
    """The kept lines that an import has, in the order they were kept."""
    query = (
        select(imported_row)
        .join(row_carried, row_carried.c.row_id == imported_row.c.id)
        .where(row_carried.c.import_id == import_id)
        .order_by(imported_row.c.id)
    )
    return [_kept_row(row) for row in connection.execute(query)]


def rows_with_their_last(
    connection: Connection, scope: UnitYear, *, after: int, but: int
) -> list[tuple[ImportedRow, int]]:
    """The kept lines of a unit that imports made after one, and not undone, have (one aside), and the last of these."""
    last = (
        select(row_carried.c.row_id, func.max(row_carried.c.import_id).label("import_id"))
        .where(_STANDS, row_carried.c.import_id > after, row_carried.c.import_id != but)
        .group_by(row_carried.c.row_id)
        .subquery()
    )
    query = select(imported_row, last.c.import_id.label("last")).join(
        last, last.c.row_id == imported_row.c.id
    )
    ordered = query.where(in_unit(imported_row, scope)).order_by(imported_row.c.id)
    return [(_kept_row(row), row.last) for row in connection.execute(ordered)]


def rows_of_nobody(connection: Connection, scope: UnitYear) -> list[ImportedRow]:
    """The kept lines of a unit, of imports not undone, that count for nobody, in the order they were kept."""
    somebody = [
        select(table.c.id)
        .where(
            in_unit(table, scope),
            table.c.fingerprint == imported_row.c.fingerprint,
            table.c.id.not_in(_withdrawn(withdrawals, withdrawals.c[of])),
            *([table.c.component == imported_row.c.component] if "component" in table.c else []),
        )
        .correlate(imported_row)
        .exists()
        for table, withdrawals, of in (
            (submission, withdrawal, "submission_id"),
            (certification, certification_withdrawal, "certification_id"),
        )
    ]
    query = select(imported_row).where(
        in_unit(imported_row, scope), _IS_CARRIED.exists(), *(~each for each in somebody)
    )
    return [_kept_row(row) for row in connection.execute(query.order_by(imported_row.c.id))]


def _withdrawn(table: FromClause, of: ColumnElement[Any]) -> Any:
    newest = select(func.max(table.c.id)).group_by(of)
    return select(of).where(table.c.id.in_(newest), table.c.withdrawn)


def _kept_row(row: Row[Any]) -> ImportedRow:
    return ImportedRow(
        id=row.id,
        import_id=row.import_id,
        component=row.component,
        fingerprint=row.fingerprint,
        row=row.row,
    )
