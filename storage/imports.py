"""Imports of Pix files: what was taken in, and what was undone. Added to, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from storage.schema import (
    campaign_import,
    course,
    import_undoing,
    imported_file,
)
from storage.scope import UnitYear, in_unit
from storage.upsert import insert_if_new


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
    query = _WITH_UNDOING.where(in_unit(campaign_import, scope)).order_by(campaign_import.c.id.desc())
    return [_import(row) for row in connection.execute(query)]


def find_import(connection: Connection, scope: UnitYear, import_id: int) -> CampaignImport | None:
    """One import of this unit in this course, with its files."""
    query = _WITH_UNDOING.where(in_unit(campaign_import, scope), campaign_import.c.id == import_id)
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
