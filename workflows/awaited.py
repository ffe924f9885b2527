"""People whom only imported lines tell of: they have not opened the tool yet, or nobody has said who they are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from grading.certification import CertificationResult
from grading.profile import Evidence, Sending
from pix.identity import claim_of, key_of_claim
from storage.database import Connection
from storage.imported_rows import ImportedRow, rows_of_nobody
from storage.scope import UnitYear
from workflows.import_rows import FileRow
from workflows.kept_form import row_of
from workflows.kept_rows import remembered_people


@dataclass(frozen=True, kw_only=True)
class Awaited:
    """One author of lines that count for nobody, as the files name them; what is theirs, of any component."""

    last_name: str
    first_name: str
    number: str | None
    sendings: tuple[Sending, ...]
    certifications: tuple[CertificationResult, ...] = ()

    @property
    def name(self) -> str:
        """What to call them."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.number or "?"


def awaited_people(connection: Connection, scope: UnitYear) -> list[Awaited]:
    """Everybody of a unit's imports who is not somebody of the course; those a teacher chose to ignore aside."""
    remembered = remembered_people(connection, scope)
    by_author: dict[object, list[tuple[FileRow, ImportedRow]]] = defaultdict(list)
    for kept in rows_of_nobody(connection, scope):
        row = row_of(kept.row)
        claim = claim_of(row)
        key = key_of_claim(row, claim)
        if remembered.get(key, 0) is not None:
            by_author[key if row.is_apart else claim.who].append((row, kept))
    return [_awaited(lines) for lines in by_author.values()]


def _awaited(lines: list[tuple[FileRow, ImportedRow]]) -> Awaited:
    first, _kept = lines[0]
    return Awaited(
        last_name=first.last_name,
        first_name=first.first_name,
        number=first.student_number or first.external_id,
        sendings=tuple(
            Sending(
                profile=row.profile,
                at=row.sent_at,
                evidence=Evidence.VERIFIED,
                component=kept.component,
                id=kept.fingerprint,
            )
            for row, kept in lines
            if row.sent_at is not None
        ),
        certifications=tuple(row.result for row, _ in lines if row.certification is not None),
    )
