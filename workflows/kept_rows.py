"""Lines of files already taken in that were waiting for their person: a student who comes later finds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from grading.profile import Evidence, Profile
from pix.external_id import CheckCodes, bare_number
from pix.identity import Candidate, claim_of, key_of_claim
from pix.matching import MatchReason, match_rows
from pix.orga_row import ProfileRow
from storage.database import Connection
from storage.imports import ImportedRow, kept_rows, lock_imports, remembered_choices
from storage.opaque_numbers import opaque_numbers_of
from storage.people import Member, Person, members_of
from storage.submissions import NewSubmission, UnitYear, add_submission, kept_by_fingerprint, withdraw
from workflows.regrade import regrade
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
    by_unit: dict[UnitYear, list[ImportedRow]] = defaultdict(list)
    for scope, kept in kept_rows(connection, course_id):
        by_unit[scope].append(kept)
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
    likely = [kept for kept in rows if _may_be_of(row_of(kept.row), theirs, numbers, remembered)]
    touched: set[int] = set()
    for component in sorted({kept.component for kept in likely}):
        here = [kept for kept in likely if kept.component == component]
        decisions = match_rows([row_of(kept.row) for kept in here], people, remembered, codes)
        standing = kept_by_fingerprint(connection, scope, component, [kept.fingerprint for kept in here])
        for kept, decision in zip(here, decisions, strict=True):
            person_id = decision.person_id
            if person_id is None or person_id not in theirs or decision.reason not in CERTAIN:
                continue
            same = standing.get(kept.fingerprint, [])
            others = [each for each in same if not each.withdrawn and each.person_id != person_id]
            mine = next((each for each in same if each.person_id == person_id), None)
            if others and decision.reason not in _MOVES:
                continue
            for wrong in others:
                withdraw(connection, wrong.submission_id, withdrawn=True, by_person=person_id, now=now)
                touched.add(wrong.person_id)
            if mine is None and add_submission(connection, scope, submission_of(kept, person_id, now)):
                touched.add(person_id)
            elif mine is not None and mine.withdrawn:
                withdraw(connection, mine.submission_id, withdrawn=False, by_person=person_id, now=now)
                touched.add(person_id)
    return touched


def _may_be_of(
    row: ProfileRow, theirs: Collection[int], numbers: frozenset[str], remembered: Mapping[str, int | None]
) -> bool:
    """Whether a line deserves to be matched: it bears a number of these people's, or was given to one of them."""
    claim = claim_of(row)
    borne = [bare_number(each) for each in (claim.number, claim.external_id) if each]
    borne += [claimed.number for claimed in claim.claimed]
    if not numbers.isdisjoint(borne):
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


def submission_of(kept: ImportedRow, person_id: int, now: datetime) -> NewSubmission:
    """A kept line as a verified sending of a person."""
    row = row_of(kept.row)
    if row.sent_at is None or row.profile is None:
        raise ValueError("only sent lines are kept")
    return NewSubmission(
        person_id=person_id,
        component=kept.component,
        evidence=Evidence.VERIFIED,
        sent_at=row.sent_at,
        received_at=now,
        profile=row.profile,
        source={
            "kind": "orga_csv",
            "campaign": row.campaign_code,
            "line": row.line,
            "file": kept.row["file"],
        },
        fingerprint=kept.fingerprint,
        import_id=kept.import_id,
    )


def kept_form(row: ProfileRow, file_name: str) -> dict[str, Any]:
    """A sent line as it is kept."""
    if row.sent_at is None or row.profile is None:
        raise ValueError("only sent lines are kept")
    return {
        "file": file_name,
        "line": row.line,
        "campaign_code": row.campaign_code,
        "campaign_id": row.campaign_id,
        "last_name": row.last_name,
        "first_name": row.first_name,
        "student_number": row.student_number,
        "external_id": row.external_id,
        "sent_at": row.sent_at.isoformat(),
        "levels": dict(row.profile.levels),
        "pix": dict(row.profile.pix),
        "total": row.profile.total,
        "mastery": None if row.profile.mastery is None else str(row.profile.mastery),
    }


def row_of(kept: Mapping[str, Any]) -> ProfileRow:
    """The line behind its kept form."""
    return ProfileRow(
        line=kept["line"],
        campaign_code=kept["campaign_code"],
        campaign_id=kept["campaign_id"],
        campaign_name=None,
        last_name=kept["last_name"],
        first_name=kept["first_name"],
        group=None,
        student_number=kept["student_number"],
        external_id=kept["external_id"],
        sent=True,
        sent_at=datetime.fromisoformat(kept["sent_at"]),
        profile=Profile(
            levels=kept["levels"],
            pix=kept["pix"],
            total=kept["total"],
            mastery=None if kept.get("mastery") is None else Decimal(kept["mastery"]),
        ),
        certifiable=None,
    )
