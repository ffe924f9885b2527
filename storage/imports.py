"""Imports of Pix files: what was taken in, line by line, and what was undone. Added to, never changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, and_, func, insert, select

from storage.json_text import JsonText
from storage.match_choices import MatchChoice, remember_choice, remembered_choices, undone_choices
from storage.schema import (
    campaign_import,
    certification,
    certification_withdrawal,
    course,
    import_undoing,
    imported_file,
    imported_row,
    row_carried,
    row_found_by,
    submission,
    withdrawal,
)
from storage.submissions import UnitYear
from storage.upsert import insert_all_if_new, insert_if_new

__all__ = [
    "CampaignImport",
    "ImportedFile",
    "ImportedRow",
    "MatchChoice",
    "NewRow",
    "Undoing",
    "add_import",
    "add_undoing",
    "carry_rows",
    "find_import",
    "find_import_of_draft",
    "imports_of",
    "keep_rows",
    "lock_imports",
    "remember_choice",
    "remembered_choices",
    "rows_found_by",
    "rows_of_import",
    "rows_of_nobody",
    "rows_with_their_last",
    "undone_choices",
]


@dataclass(frozen=True, kw_only=True)
class Undoing:
    """That an import was undone: by whom, when, and what went back, in numbers."""

    by_person: int
    at: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class ImportedFile:
    """One file of an import: what it was, the components that received its lines, and what became of them.

    `problems` are those of a file that could not be read.
    """

    name: str
    digest: str
    kind: str | None
    components: Sequence[str]
    counts: Mapping[str, int]
    problems: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, kw_only=True)
class CampaignImport:
    """Files that were taken in together. `component` is that of the activity it was made from."""

    id: int
    component: str
    by_person: int
    file_name: str
    counts: Mapping[str, int]
    at: datetime
    draft_id: str | None = None
    files: Sequence[ImportedFile] = ()
    undone: Undoing | None = None


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


def lock_imports(connection: Connection, course_id: int) -> None:
    """Make another transaction that takes lines in, in this course, wait (PostgreSQL; SQLite's writes already do).

    A student who launches while a file is being taken in either is seen by the import or sees its lines. Always
    taken after people are locked, so that two transactions never wait for each other.
    """
    connection.execute(
        select(course.c.id).where(course.c.id == course_id).with_for_update(key_share=True)
    ).all()


def add_import(connection: Connection, scope: UnitYear, new: CampaignImport) -> int:
    """Note that files were taken in; return the import's id (`new.id` is not used)."""
    made = insert(campaign_import).values(
        course_id=scope.course_id,
        unit_code=scope.unit_code,
        academic_year=scope.academic_year,
        component=new.component,
        by_person=new.by_person,
        file_name=new.file_name,
        file_digest=new.files[0].digest if new.files else "",
        counts=dict(new.counts),
        at=new.at,
        draft_id=new.draft_id,
    )
    import_id = int(connection.execute(made.returning(campaign_import.c.id)).scalar_one())
    rows = [
        {
            "import_id": import_id,
            "number": number,
            "name": each.name,
            "digest": each.digest,
            "kind": each.kind,
            "components": list(each.components),
            "counts": dict(each.counts),
            "problems": [dict(problem) for problem in each.problems],
        }
        for number, each in enumerate(new.files, start=1)
    ]
    if rows:
        connection.execute(insert(imported_file), rows)
    return import_id


_WITH_UNDOING = select(
    campaign_import,
    import_undoing.c.by_person.label("undone_by"),
    import_undoing.c.at.label("undone_at"),
    import_undoing.c.counts.label("undone_counts"),
).outerjoin(import_undoing, import_undoing.c.import_id == campaign_import.c.id)


def imports_of(connection: Connection, scope: UnitYear) -> list[CampaignImport]:
    """The imports of a unit, newest first, without their files; those undone too."""
    query = _WITH_UNDOING.where(_in(campaign_import, scope)).order_by(campaign_import.c.id.desc())
    return [_import(row) for row in connection.execute(query)]


def find_import(connection: Connection, scope: UnitYear, import_id: int) -> CampaignImport | None:
    """One import of this unit in this course, with its files."""
    query = _WITH_UNDOING.where(_in(campaign_import, scope), campaign_import.c.id == import_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    files = connection.execute(
        select(imported_file).where(imported_file.c.import_id == import_id).order_by(imported_file.c.number)
    )
    return _import(row, [_file(each) for each in files])


def find_import_of_draft(connection: Connection, draft_id: str) -> int | None:
    """The import that a draft became, where it was confirmed."""
    return connection.scalar(select(campaign_import.c.id).where(campaign_import.c.draft_id == draft_id))


def add_undoing(connection: Connection, import_id: int, undoing: Undoing) -> bool:
    """Note that an import was undone; False where it was already."""
    values = {
        "import_id": import_id,
        "by_person": undoing.by_person,
        "at": undoing.at,
        "counts": dict(undoing.counts),
    }
    return insert_if_new(connection, import_undoing, values) == 1


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
        _in(imported_row, scope), imported_row.c.component == component
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
    ordered = query.where(_in(imported_row, scope)).order_by(imported_row.c.id)
    return [(_kept_row(row), row.last) for row in connection.execute(ordered)]


def rows_of_nobody(connection: Connection, scope: UnitYear) -> list[ImportedRow]:
    """The kept lines of a unit, of imports not undone, that count for nobody, in the order they were kept."""
    somebody = [
        select(table.c.id)
        .where(
            _in(table, scope),
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
        _in(imported_row, scope), _IS_CARRIED.exists(), *(~each for each in somebody)
    )
    return [_kept_row(row) for row in connection.execute(query.order_by(imported_row.c.id))]


def _withdrawn(table: FromClause, of: ColumnElement[Any]) -> Any:
    newest = select(func.max(table.c.id)).group_by(of)
    return select(of).where(table.c.id.in_(newest), table.c.withdrawn)


def _in(table: FromClause, scope: UnitYear) -> ColumnElement[bool]:
    return and_(
        table.c.course_id == scope.course_id,
        table.c.unit_code == scope.unit_code,
        table.c.academic_year == scope.academic_year,
    )


def _import(row: Row[Any], files: Sequence[ImportedFile] = ()) -> CampaignImport:
    undone = None
    if row.undone_at is not None:
        undone = Undoing(by_person=row.undone_by, at=row.undone_at, counts=row.undone_counts)
    return CampaignImport(
        id=row.id,
        component=row.component,
        by_person=row.by_person,
        file_name=row.file_name,
        counts=row.counts,
        at=row.at,
        draft_id=row.draft_id,
        files=files,
        undone=undone,
    )


def _file(row: Row[Any]) -> ImportedFile:
    return ImportedFile(
        name=row.name,
        digest=row.digest,
        kind=row.kind,
        components=row.components,
        counts=row.counts,
        problems=row.problems,
    )


def _kept_row(row: Row[Any]) -> ImportedRow:
    return ImportedRow(
        id=row.id,
        import_id=row.import_id,
        component=row.component,
        fingerprint=row.fingerprint,
        row=row.row,
    )
