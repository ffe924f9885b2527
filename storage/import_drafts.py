"""Imports awaiting a teacher's word: their files, packed, and the preview, page by page. Kept for two hours."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from storage.schema import draft_file, draft_page, import_draft


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a teacher proposes to take in (or to undo: `undoes` names an import).

    `revision` is what is proposed now; `summary` is of `shown_revision`, None where nothing was previewed yet.
    """

    id: str
    activity_id: int
    by_person: int
    undoes: int | None
    revision: int
    shown_revision: int | None
    summary: Mapping[str, Any] | None
    created_at: datetime
    expires_at: datetime

    @property
    def is_shown(self) -> bool:
        """Whether its preview is of what is proposed now."""
        return self.shown_revision == self.revision


@dataclass(frozen=True, kw_only=True)
class DraftFile:
    """One file of a draft. `content` is packed; None where it could not be read: `problems` says why.

    `notes` tell what was left aside; `chosen` is the component a teacher chose for lines whose campaign is not known.
    """

    number: int
    name: str
    digest: str
    kind: str | None
    language: str | None
    generation: str | None
    content: bytes | None
    problems: Sequence[Mapping[str, Any]]
    notes: Sequence[Mapping[str, Any]] = ()
    chosen: str | None = None


def add_draft(connection: Connection, draft: Draft, files: Iterable[DraftFile]) -> None:
    """Keep a draft until its teacher confirms or time runs out."""
    connection.execute(
        insert(import_draft).values(
            id=draft.id,
            activity_id=draft.activity_id,
            by_person=draft.by_person,
            undoes=draft.undoes,
            revision=draft.revision,
            created_at=draft.created_at,
            expires_at=draft.expires_at,
        )
    )
    for each in files:
        connection.execute(
            insert(draft_file).values(
                draft_id=draft.id,
                number=each.number,
                name=each.name,
                digest=each.digest,
                kind=each.kind,
                language=each.language,
                generation=each.generation,
                content=None if each.content is None else zlib.compress(each.content, 1),
                problems=[dict(problem) for problem in each.problems],
                notes=[dict(note) for note in each.notes],
                chosen=each.chosen,
            )
        )


def find_draft(connection: Connection, draft_id: str, now: datetime, *, lock: bool = False) -> Draft | None:
    """A draft whose time is not over; `lock` makes others who change it wait (PostgreSQL)."""
    if "\0" in draft_id:  # PostgreSQL does not take it as text; no draft is called so
        return None
    query = select(import_draft).where(import_draft.c.id == draft_id, import_draft.c.expires_at >= now)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        return None
    return Draft(
        id=row.id,
        activity_id=row.activity_id,
        by_person=row.by_person,
        undoes=row.undoes,
        revision=row.revision,
        shown_revision=row.shown_revision,
        summary=row.summary,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def files_of(connection: Connection, draft_id: str) -> list[DraftFile]:
    """The files of a draft, in the order they were given, without their contents."""
    columns = [each for each in draft_file.c if each.name != "content"]
    rows = connection.execute(
        select(*columns).where(draft_file.c.draft_id == draft_id).order_by(draft_file.c.number)
    )
    return [
        DraftFile(
            number=row.number,
            name=row.name,
            digest=row.digest,
            kind=row.kind,
            language=row.language,
            generation=row.generation,
            content=None,
            problems=row.problems,
            notes=row.notes,
            chosen=row.chosen,
        )
        for row in rows
    ]


def content_of(connection: Connection, draft_id: str, number: int) -> bytes | None:
    """The packed table of a file; None where it could not be read."""
    query = select(draft_file.c.content).where(
        draft_file.c.draft_id == draft_id, draft_file.c.number == number
    )
    content = connection.scalar(query)
    return None if content is None else zlib.decompress(content)


def choose_component(connection: Connection, draft_id: str, number: int, component: str | None) -> bool:
    """Note where a teacher wants a file's lines of unknown campaigns; False where there is no such file."""
    chosen = update(draft_file).where(draft_file.c.draft_id == draft_id, draft_file.c.number == number)
    return connection.execute(chosen.values(chosen=component)).rowcount == 1


def propose_anew(connection: Connection, draft_id: str) -> int:
    """What is proposed has changed: return the new revision, which has no preview yet."""
    raised = (
        update(import_draft)
        .where(import_draft.c.id == draft_id)
        .values(revision=import_draft.c.revision + 1)
        .returning(import_draft.c.revision)
    )
    return int(connection.execute(raised).scalar_one())


@dataclass(frozen=True, kw_only=True)
class PackedPage:
    """One page of a section of a preview, ready to be kept."""

    section: str
    number: int
    content: bytes

    @classmethod
    def of(cls, section: str, number: int, values: Sequence[Any]) -> PackedPage:
        """Pack plain values."""
        return cls(section=section, number=number, content=_packed(values))


def show(
    connection: Connection,
    draft_id: str,
    revision: int,
    summary: Mapping[str, Any],
    pages: Sequence[PackedPage],
) -> bool:
    """Keep the preview of a revision in place of the one before; False where something else is proposed by now."""
    shown = (
        update(import_draft)
        .where(import_draft.c.id == draft_id, import_draft.c.revision == revision)
        .values(shown_revision=revision, summary=dict(summary))
    )
    if connection.execute(shown).rowcount == 0:
        return False
    connection.execute(delete(draft_page).where(draft_page.c.draft_id == draft_id))
    if pages:
        kept = [
            {"draft_id": draft_id, "section": each.section, "number": each.number, "content": each.content}
            for each in pages
        ]
        connection.execute(insert(draft_page), kept)
    return True


def page_of(connection: Connection, draft_id: str, section: str, number: int) -> list[Any]:
    """One page of a section; empty where there is none."""
    content = connection.scalar(
        select(draft_page.c.content).where(_section(draft_id, section), _number(number))
    )
    return [] if content is None else list(_unpacked(content))


def pages_of(connection: Connection, draft_id: str, section: str) -> Iterator[list[Any]]:
    """Every page of a section, in order."""
    query = select(draft_page.c.content).where(_section(draft_id, section)).order_by(draft_page.c.number)
    for content in connection.scalars(query):
        yield list(_unpacked(content))


def _section(draft_id: str, section: str) -> ColumnElement[bool]:
    return and_(draft_page.c.draft_id == draft_id, draft_page.c.section == section)


def _number(number: int) -> ColumnElement[bool]:
    return draft_page.c.number == number


def _packed(page: Sequence[Any]) -> bytes:
    return zlib.compress(json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode(), 1)


def _unpacked(content: bytes) -> Any:
    return json.loads(zlib.decompress(content))


def drop_draft(connection: Connection, draft_id: str) -> bool:
    """Forget a draft with all it holds; False where it was forgotten already (confirmed in another tab, perhaps)."""
    for table in (draft_page, draft_file):
        connection.execute(delete(table).where(table.c.draft_id == draft_id))
    return connection.execute(delete(import_draft).where(import_draft.c.id == draft_id)).rowcount == 1


def forget_expired_drafts(connection: Connection, now: datetime) -> int:
    """Forget the drafts nobody confirmed; return how many."""
    expired = connection.scalars(select(import_draft.c.id).where(import_draft.c.expires_at < now)).all()
    return sum(drop_draft(connection, draft_id) for draft_id in expired)
