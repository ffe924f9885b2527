"""Lines of files already taken in that were waiting for their person: a student who comes later finds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from pix.external_id import CheckCodes, bare_number
from pix.found_again import numbers_borne, texts_of
from pix.identity import Candidate, claim_of, key_of_claim
from pix.matching import MatchReason, match_rows
from storage.database import Connection
from storage.imported_rows import ImportedRow, rows_found_by
from storage.imports import lock_imports
from storage.match_choices import identities_given_to, remembered_choices
from storage.opaque_numbers import opaque_numbers_of
from storage.people import Member, Person, members_of
from storage.scope import UnitYear
from workflows.import_rows import FileRow
from workflows.kept_form import row_of
from workflows.regrade import regrade
from workflows.row_drawer import RowDrawer
from workflows.world import World

CERTAIN = frozenset(
    {
        MatchReason.REMEMBERED,
        MatchReason.CHECK_CODE,
        MatchReason.STUDENT_NUMBER,
        MatchReason.EXTERNAL_ID,
    }
)
"""What is taken without a teacher's eyes: a name alone is not, since nobody has looked at a preview."""

_MOVES = frozenset({MatchReason.CHECK_CODE, MatchReason.STUDENT_NUMBER})
"""What takes a line from somebody it counts for already: the roster's own number or a right code, never typing."""


def take_kept_rows(
    connection: Connection, world: World, course_id: int, person: Person, now: datetime
) -> bool:
    """Give a person who has just arrived (or got a number) the lines that are certainly theirs; True if any was.

    See `take_rows_of`.
    """
    return take_rows_of(connection, world, course_id, [person], now)


def take_rows_of(
    connection: Connection, world: World, course_id: int, arrived: Collection[Person], now: datetime
) -> bool:
    """Give people who have just arrived (or got numbers) the lines that are certainly theirs; True if any was.

    A line that counts for somebody else already moves only on the roster's own number or a right check code, never on
    a number typed.
    """
    if not arrived:
        return False
    lock_imports(connection, course_id)
    by_unit = _lines_for(connection, world.codes, course_id, arrived)
    if not by_unit:
        return False
    people = candidates(members_of(connection, course_id), opaque_numbers_of(connection, course_id))
    taken = False
    for scope, rows in by_unit.items():
        rules = world.rules.find(scope.unit_code, scope.academic_year)
        touched = _take_in_unit(connection, world.codes, scope, rows, people, arrived, now)
        if touched and rules is not None:
            taken |= bool(regrade(connection, rules, scope, touched, cause="import", now=now))
    return taken


def _lines_for(
    connection: Connection, codes: CheckCodes, course_id: int, arrived: Collection[Person]
) -> dict[UnitYear, list[ImportedRow]]:
    """The kept lines that may be these people's: they bear one of their numbers, or are of an identity given to them.

    Found by these texts alone: a course may keep a hundred thousand lines, and a launch has no time to read them.
    """
    theirs = {each.id for each in arrived}
    opaque = opaque_numbers_of(connection, course_id)
    told = [each.student_number for each in arrived] + [opaque.get(each) for each in theirs]
    numbers = [number for number in told if number]
    numbers += [codes.code_of(number) for number in numbers]  # a code may stand without its number
    chosen = identities_given_to(connection, course_id, theirs)
    by_unit: dict[UnitYear, list[ImportedRow]] = defaultdict(list)
    for scope, kept in rows_found_by(connection, course_id, texts_of(numbers, chosen)):
        by_unit[scope].append(kept)
    return by_unit


def _take_in_unit(
    connection: Connection,
    codes: CheckCodes,
    scope: UnitYear,
    rows: Sequence[ImportedRow],
    people: Sequence[Candidate],
    arrived: Collection[Person],
    now: datetime,
) -> set[int]:
    """Give people their lines of one unit; return whose sendings changed."""
    remembered = remembered_people(connection, scope)
    theirs = {each.id for each in arrived}
    numbers = numbers_of(people, theirs)
    numbers |= {codes.code_of(number) for number in numbers}
    likely = [kept for kept in rows if _may_be_of(row_of(kept.row), theirs, numbers, remembered)]
    touched: set[int] = set()
    for component in sorted({kept.component for kept in likely}):
        here = [kept for kept in likely if kept.component == component]
        decisions = match_rows([row_of(kept.row) for kept in here], people, remembered, codes)
        drawer = RowDrawer.of(connection, scope, component, here)
        for kept, decision in zip(here, decisions, strict=True):
            certain = {MatchReason.REMEMBERED} if kept.row.get("is_apart") else CERTAIN
            if decision.person_id in theirs and decision.reason in certain:
                moves = decision.reason in _MOVES
                by = decision.person_id
                touched |= drawer.give(kept, by, moves=moves, by_person=by, now=now)
    return touched


def _may_be_of(
    row: FileRow, theirs: Collection[int], numbers: frozenset[str], remembered: Mapping[str, int | None]
) -> bool:
    """Whether a line deserves to be matched: it bears a number of these people's, or was given to one of them."""
    claim = claim_of(row)
    if not numbers.isdisjoint(numbers_borne(claim)):
        return True
    return bool(remembered) and remembered.get(key_of_claim(row, claim)) in theirs


def numbers_of(people: Iterable[Candidate], person_ids: Collection[int]) -> frozenset[str]:
    """Every number that lines may bear for these people: the student number and the one of ours, as codes see them."""
    return frozenset(
        bare_number(number)
        for each in people
        if each.person_id in person_ids
        for number in (each.student_number, each.opaque_number)
        if number and bare_number(number)
    )


def candidates(members: Iterable[Member], opaque_numbers: Mapping[int, str]) -> list[Candidate]:
    """The people a line may belong to, teachers included: what those send is a trial."""
    return [
        Candidate(
            person_id=each.person.id,
            student_number=each.person.student_number,
            opaque_number=opaque_numbers.get(each.person.id),
            name=each.person.name,
            given_name=each.person.given_name,
            family_name=each.person.family_name,
            is_teacher=each.role == "teacher",
        )
        for each in members
        if each.role in ("learner", "teacher")
    ]


def remembered_people(connection: Connection, scope: UnitYear) -> dict[str, int | None]:
    """The teacher's choices as matching takes them: None means "ignore this person"."""
    return {key: choice.person_id for key, choice in remembered_choices(connection, scope).items()}
