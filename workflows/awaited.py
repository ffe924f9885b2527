"""People whom only imported lines tell of: they have not opened the tool yet, or nobody has said who they are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from grading.profile import Sending
from pix.identity import claim_of
from pix.matching import identity_key
from pix.orga_row import ProfileRow
from storage.database import Connection
from storage.imports import ImportedRow, rows_of_nobody
from storage.submissions import UnitYear
from workflows.kept_rows import remembered_people, row_of, submission_of


@dataclass(frozen=True, kw_only=True)
class Awaited:
    """One author of lines that count for nobody, as the files name them; `sendings` are theirs, of any component."""

    last_name: str
    first_name: str
    number: str | None
    sendings: tuple[Sending, ...]

    @property
    def name(self) -> str:
        """What to call them."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.number or "?"


def awaited_people(connection: Connection, scope: UnitYear) -> list[Awaited]:
    """Everybody of a unit's imports who is not somebody of the course; those a teacher chose to ignore aside."""
    remembered = remembered_people(connection, scope)
    by_author: dict[object, list[tuple[ProfileRow, ImportedRow]]] = defaultdict(list)
    for kept in rows_of_nobody(connection, scope):
        row = row_of(kept.row)
        if remembered.get(identity_key(row), 0) is not None:
            by_author[claim_of(row).who].append((row, kept))
    return [_awaited(lines) for lines in by_author.values()]


def _awaited(lines: list[tuple[ProfileRow, ImportedRow]]) -> Awaited:
    first, _kept = lines[0]
    new = [submission_of(kept, 0, row.sent_at) for row, kept in lines if row.sent_at is not None]
    return Awaited(
        last_name=first.last_name,
        first_name=first.first_name,
        number=first.student_number or first.external_id,
        sendings=tuple(
            Sending(
                profile=each.profile,
                at=each.sent_at,
                evidence=each.evidence,
                component=each.component,
                id=each.fingerprint,
            )
            for each in new
        ),
    )
