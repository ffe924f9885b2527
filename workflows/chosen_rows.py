"""Lines of files already taken in, when a teacher decides beside an import whose an identity is."""

from __future__ import annotations

from datetime import datetime

from pix.external_id import CheckCodes
from pix.found_again import texts_of
from pix.identity import identity_key
from pix.matching import MatchReason, match_rows
from pix.remembered import are_one
from storage.database import Connection
from storage.imported_rows import rows_found_by
from storage.match_choices import undone_choices
from storage.opaque_numbers import opaque_numbers_of
from storage.people import members_of
from storage.scope import UnitYear
from workflows.kept_form import row_of
from workflows.kept_rows import CERTAIN, candidates, remembered_people
from workflows.row_drawer import RowDrawer
from workflows.settle_participations import MOVES


def take_rows_of_identity(
    connection: Connection, codes: CheckCodes, scope: UnitYear, key: str, *, by_person: int, now: datetime
) -> set[int]:
    """Let the kept lines of an identity follow what a teacher has just chosen for it; return whose sendings changed.

    A line goes to whom the choice names, or to nobody where the identity is ignored. Where the choice was undone, it
    leaves whom it was given to, and goes to who is certain (never by a name alone: there is no preview), or else waits
    for the next import. The caller marks anew, and holds the lock of imports.
    """
    found = rows_found_by(connection, scope.course_id, texts_of((), [key]))
    rows = [kept for unit, kept in found if unit == scope and are_one(identity_key(row_of(kept.row)), key)]
    if not rows:
        return set()
    people = candidates(
        members_of(connection, scope.course_id), opaque_numbers_of(connection, scope.course_id)
    )
    remembered = remembered_people(connection, scope)
    given_before = undone_choices(connection, scope).get(key)
    touched: set[int] = set()
    for component in sorted({kept.component for kept in rows}):
        here = [kept for kept in rows if kept.component == component]
        drawer = RowDrawer.of(connection, scope, component, here)
        decisions = match_rows([row_of(kept.row) for kept in here], people, remembered, codes)
        for kept, decision in zip(here, decisions, strict=True):
            holders = drawer.holders_of(kept)
            rested = [each for each in holders if each == given_before and each != decision.person_id]
            if decision.reason is MatchReason.IGNORED:
                touched |= drawer.leave(kept, holders, by_person=by_person, now=now)
            elif decision.person_id is not None and decision.reason in CERTAIN:
                moves = decision.reason in MOVES or holders == rested
                touched |= drawer.give(kept, decision.person_id, moves=moves, by_person=by_person, now=now)
            elif rested:
                touched |= drawer.leave(kept, rested, by_person=by_person, now=now)
    return touched
