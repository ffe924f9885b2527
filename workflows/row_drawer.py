"""Kept lines get their person, or lose them, outside an import: what is kept for them, and what imports say of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.certifications import (
    add_certification,
    certifications_of,
    kept_certifications,
    results_by_exam,
)
from storage.database import Connection
from storage.import_words import say_results, say_sendings, settle_row
from storage.imported_rows import ImportedRow
from storage.scope import UnitYear
from storage.submissions import add_submission, kept_by_fingerprint
from workflows.kept_form import certification_of, submission_of


@dataclass(frozen=True, kw_only=True)
class RowDrawer:
    """Where the lines of one component are kept once they are somebody's: sendings, or certifications' results."""

    connection: Connection
    scope: UnitYear
    certified: bool
    standing: Mapping[str, Sequence[tuple[int, int, bool]]]
    holders: dict[str, list[tuple[int, int]]]
    """Of each exam the results that count, by id and person: a line never gives it to a second person."""

    @classmethod
    def of(
        cls, connection: Connection, scope: UnitYear, component: str, rows: Sequence[ImportedRow]
    ) -> RowDrawer:
        """Look at what is kept of these lines already: id, person, withdrawn, by fingerprint."""
        certified = any("certification" in kept.row for kept in rows)
        prints = [kept.fingerprint for kept in rows]
        standing: dict[str, list[tuple[int, int, bool]]] = {}
        holders: dict[str, list[tuple[int, int]]] = {}
        if certified:
            results_of_all = results_by_exam(certifications_of(connection, scope))
            holders = {
                exam: [(each.id, each.person_id) for each in held] for exam, held in results_of_all.items()
            }
            for key, results in kept_certifications(connection, scope, prints).items():
                standing[key] = [(each.certification_id, each.person_id, each.withdrawn) for each in results]
        else:
            for key, sent in kept_by_fingerprint(connection, scope, component, prints).items():
                standing[key] = [(each.submission_id, each.person_id, each.withdrawn) for each in sent]
        return cls(
            connection=connection, scope=scope, certified=certified, standing=standing, holders=holders
        )

    def holders_of(self, kept: ImportedRow) -> list[int]:
        """Whom a line counts for."""
        return [
            person_id for _, person_id, withdrawn in self.standing.get(kept.fingerprint, ()) if not withdrawn
        ]

    def give(
        self, kept: ImportedRow, person_id: int, *, moves: bool, by_person: int, now: datetime
    ) -> set[int]:
        """Give a line to a person, and take it from others where that `moves` it; return whom it touches."""
        same = self.standing.get(kept.fingerprint, [])
        others = [each for each in same if not each[2] and each[1] != person_id]
        mine = next((each for each in same if each[1] == person_id), None)
        if others and not moves:
            return set()
        if self.certified and not self._takes_exam(kept.row["certification"]["exam"], person_id, others):
            return set()
        self._say([each[0] for each in others], withdrawn=True, by_person=by_person, now=now)
        settle_row(self.connection, kept.id, person_id)
        touched = {each[1] for each in others}
        if mine is None and self._add(kept, person_id, now):
            touched.add(person_id)
        elif mine is not None and mine[2]:
            self._say([mine[0]], withdrawn=False, by_person=by_person, now=now)
            touched.add(person_id)
        return touched

    def leave(
        self, kept: ImportedRow, holders: Collection[int], *, by_person: int, now: datetime
    ) -> set[int]:
        """Take a line from some of those it counts for, and leave it aside; return whom it touches."""
        same = self.standing.get(kept.fingerprint, [])
        gone = [each for each in same if not each[2] and each[1] in holders]
        self._say([each[0] for each in gone], withdrawn=True, by_person=by_person, now=now)
        settle_row(self.connection, kept.id, None)
        return {each[1] for each in gone}

    def _takes_exam(self, exam: str, person_id: int, moving: Sequence[tuple[int, int, bool]]) -> bool:
        """Let a person hold an exam, unless another result of it, a certificate's or a file's, is somebody else's."""
        gone = {each[0] for each in moving}
        stay = [each for each in self.holders.get(exam, ()) if each[0] not in gone]
        if any(holder != person_id for _, holder in stay):
            return False
        self.holders[exam] = [*stay, (0, person_id)]
        return True

    def _add(self, kept: ImportedRow, person_id: int, now: datetime) -> bool:
        if self.certified:
            return add_certification(self.connection, self.scope, certification_of(kept, person_id, now))
        return add_submission(self.connection, self.scope, submission_of(kept, person_id, now))

    def _say(self, ids: Sequence[int], *, withdrawn: bool, by_person: int, now: datetime) -> None:
        say = say_results if self.certified else say_sendings
        say(self.connection, ids, withdrawn=withdrawn, by_person=by_person, at=now, import_id=None)
