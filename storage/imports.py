"""Imports of Pix files: the draft awaiting a teacher's word, what was taken in, and the choices teachers made."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, and_, delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.schema import (
    campaign_import,
    course,
    import_draft,
    imported_row,
    match_choice,
    submission,
    withdrawal,
)
from storage.submissions import UnitYear


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A file as uploaded, kept for the time of a preview."""

    id: str
    activity_id: int
    by_person: int
    file_name: str
    content: bytes
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class CampaignImport:
    """A file that was taken in."""

    id: int
    component: str
    by_person: int
    file_name: str
    counts: Mapping[str, int]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ImportedRow:
    """A sent line of a file that was taken in, kept so that a person who launches later finds their sendings."""

    import_id: int
    component: str
    fingerprint: str
    row: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class MatchChoice:
    """A teacher's last word on an identity of a file: `choice` is person, ignore or undone."""

    identity_key: str
    choice: str
    person_id: int | None


def lock_imports(connection: Connection, course_id: int) -> None:
    """Make another transaction that takes lines in, in this course, wait (PostgreSQL; SQLite's writes already do).

    A student who launches while a file is being taken in either is seen by the import or sees its lines. Always
    taken after people are locked, so that two transactions never wait for each other.
    """
    connection.execute(
        select(course.c.id).where(course.c.id == course_id).with_for_update(key_share=True)
    ).all()


def add_draft(connection: Connection, draft: Draft) -> None:
    """Keep a file until its teacher confirms or time runs out."""
    connection.execute(
        insert(import_draft).values(
            id=draft.id,
            activity_id=draft.activity_id,
            by_person=draft.by_person,
            file_name=draft.file_name,
            content=zlib.compress(draft.content),
            expires_at=draft.expires_at,
        )
    )


def find_draft(
    connection: Connection, draft_id: str, activity_id: int, by_person: int, now: datetime
) -> Draft | None:
    """The draft of this teacher in this activity, unless its time is over; another teacher's is not found."""
    if "\0" in draft_id:  # PostgreSQL does not take it as text; no draft is called so
        return None
    row = connection.execute(
        select(import_draft).where(
            import_draft.c.id == draft_id,
            import_draft.c.activity_id == activity_id,
            import_draft.c.by_person == by_person,
            import_draft.c.expires_at >= now,
        )
    ).one_or_none()
    if row is None:
        return None
    return Draft(
        id=row.id,
        activity_id=row.activity_id,
        by_person=row.by_person,
        file_name=row.file_name,
        content=zlib.decompress(row.content),
        expires_at=row.expires_at,
    )


def drop_draft(connection: Connection, draft_id: str) -> bool:
    """Forget a draft; False where it was forgotten already (confirmed in another tab, perhaps)."""
    return connection.execute(delete(import_draft).where(import_draft.c.id == draft_id)).rowcount == 1


def forget_expired_drafts(connection: Connection, now: datetime) -> int:
    """Forget the drafts nobody confirmed; return how many."""
    return connection.execute(delete(import_draft).where(import_draft.c.expires_at < now)).rowcount


def add_import(connection: Connection, scope: UnitYear, new: CampaignImport, *, file_digest: str) -> int:
    """Note that a file was taken in; return the import's id (`new.id` is not used)."""
    made = insert(campaign_import).values(
        course_id=scope.course_id,
        unit_code=scope.unit_code,
        academic_year=scope.academic_year,
        component=new.component,
        by_person=new.by_person,
        file_name=new.file_name,
        file_digest=file_digest,
        counts=dict(new.counts),
        at=new.at,
    )
    return int(connection.execute(made.returning(campaign_import.c.id)).scalar_one())


def imports_of(connection: Connection, scope: UnitYear, component: str) -> list[CampaignImport]:
    """The files taken in for a component, newest first."""
    query = select(campaign_import).where(
        _in(campaign_import, scope), campaign_import.c.component == component
    )
    return [_import(row) for row in connection.execute(query.order_by(campaign_import.c.id.desc()))]


def find_import(connection: Connection, scope: UnitYear, import_id: int) -> CampaignImport | None:
    """One file taken in, of this unit in this course."""
    query = select(campaign_import).where(_in(campaign_import, scope), campaign_import.c.id == import_id)
    row = connection.execute(query).one_or_none()
    return _import(row) if row else None


def keep_rows(connection: Connection, scope: UnitYear, rows: Iterable[ImportedRow]) -> None:
    """Keep the sent lines of a file, each once whatever the number of imports."""
    values = [
        {
            "import_id": row.import_id,
            "course_id": scope.course_id,
            "unit_code": scope.unit_code,
            "academic_year": scope.academic_year,
            "component": row.component,
            "fingerprint": row.fingerprint,
            "row": dict(row.row),
        }
        for row in rows
    ]
    if values:
        make = postgres_insert if connection.dialect.name == "postgresql" else sqlite_insert
        connection.execute(make(imported_row).on_conflict_do_nothing(), values)


def kept_rows(connection: Connection, course_id: int) -> list[tuple[UnitYear, ImportedRow]]:
    """Every line kept in a course, with the unit it belongs to, in the order they were kept."""
    query = select(imported_row).where(imported_row.c.course_id == course_id).order_by(imported_row.c.id)
    return [
        (
            UnitYear(course_id=course_id, unit_code=row.unit_code, academic_year=row.academic_year),
            _kept_row(row),
        )
        for row in connection.execute(query)
    ]


def rows_of_nobody(connection: Connection, scope: UnitYear) -> list[ImportedRow]:
    """The kept lines of a unit that count for nobody, in the order they were kept."""
    newest = select(func.max(withdrawal.c.id)).group_by(withdrawal.c.submission_id)
    withdrawn = select(withdrawal.c.submission_id).where(withdrawal.c.id.in_(newest), withdrawal.c.withdrawn)
    somebody = (
        select(submission.c.id)
        .where(
            _in(submission, scope),
            submission.c.component == imported_row.c.component,
            submission.c.fingerprint == imported_row.c.fingerprint,
            submission.c.id.not_in(withdrawn),
        )
        .correlate(imported_row)
    )
    query = select(imported_row).where(_in(imported_row, scope), ~somebody.exists())
    return [_kept_row(row) for row in connection.execute(query.order_by(imported_row.c.id))]


def remember_choice(
    connection: Connection, scope: UnitYear, choice: MatchChoice, *, by_person: int, now: datetime
) -> None:
    """Add a teacher's choice; it holds until another about the same identity."""
    connection.execute(
        insert(match_choice).values(
            course_id=scope.course_id,
            unit_code=scope.unit_code,
            academic_year=scope.academic_year,
            identity_key=choice.identity_key,
            choice=choice.choice,
            person_id=choice.person_id,
            by_person=by_person,
            at=now,
        )
    )


def remembered_choices(connection: Connection, scope: UnitYear) -> dict[str, MatchChoice]:
    """The choices that hold, by identity; an undone one is not among them."""
    latest = {choice.identity_key: choice for choice in _choices(connection, scope)}
    return {key: choice for key, choice in latest.items() if choice.choice != "undone"}


def undone_choices(connection: Connection, scope: UnitYear) -> dict[str, int]:
    """The identities whose choice was undone, with the person they had been given to."""
    last_person: dict[str, int] = {}
    undone: dict[str, int] = {}
    for choice in _choices(connection, scope):
        key = choice.identity_key
        if choice.person_id is not None:
            last_person[key] = choice.person_id
        undone.pop(key, None)
        if choice.choice == "undone" and key in last_person:
            undone[key] = last_person[key]
    return undone


def _choices(connection: Connection, scope: UnitYear) -> list[MatchChoice]:
    query = select(match_choice).where(_in(match_choice, scope)).order_by(match_choice.c.id)
    return [
        MatchChoice(identity_key=row.identity_key, choice=row.choice, person_id=row.person_id)
        for row in connection.execute(query)
    ]


def _in(table: FromClause, scope: UnitYear) -> ColumnElement[bool]:
    return and_(
        table.c.course_id == scope.course_id,
        table.c.unit_code == scope.unit_code,
        table.c.academic_year == scope.academic_year,
    )


def _import(row: Row[Any]) -> CampaignImport:
    return CampaignImport(
        id=row.id,
        component=row.component,
        by_person=row.by_person,
        file_name=row.file_name,
        counts=row.counts,
        at=row.at,
    )


def _kept_row(row: Row[Any]) -> ImportedRow:
    return ImportedRow(
        import_id=row.import_id, component=row.component, fingerprint=row.fingerprint, row=row.row
    )
