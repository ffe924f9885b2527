"""What people sent, for good: a submission is added, never changed; withdrawing one is added beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, insert, select

from grading.competences import COMPETENCES
from grading.profile import Evidence, Profile, Sending
from storage.json_text import JsonText
from storage.schema import submission, withdrawal
from storage.scope import UnitYear
from storage.upsert import insert_all_if_new, insert_if_new


@dataclass(frozen=True, kw_only=True)
class NewSubmission:
    """A sending about to be kept. `fingerprint` makes keeping it twice impossible for one person and component."""

    person_id: int
    component: str
    evidence: Evidence
    sent_at: datetime
    received_at: datetime
    profile: Profile
    source: Mapping[str, Any]
    fingerprint: str
    import_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A sending that was kept; `source` says where it came from (form; file, line and campaign)."""

    id: int
    person_id: int
    component: str
    evidence: Evidence
    sent_at: datetime
    received_at: datetime
    profile: Profile
    source: Mapping[str, Any]
    fingerprint: str

    @property
    def sending(self) -> Sending:
        """The submission as the rules see it."""
        return Sending(
            profile=self.profile,
            at=self.sent_at,
            evidence=self.evidence,
            component=self.component,
            id=str(self.id),
        )


def add_submission(connection: Connection, scope: UnitYear, new: NewSubmission) -> bool:
    """Keep a sending; False where it is kept already."""
    return insert_if_new(connection, submission, _values(scope, new)) == 1


def add_submissions(connection: Connection, scope: UnitYear, new: Iterable[NewSubmission]) -> None:
    """Keep many sendings at once, those kept already aside."""
    insert_all_if_new(connection, submission, [_values(scope, each) for each in new])


_EVERY_COMPETENCE = "{" + ", ".join(f'"{code}": %d' for code in COMPETENCES) + "}"
_IN_ORDER = itemgetter(*COMPETENCES)


def competences_text(values: Mapping[str, int]) -> Mapping[str, int] | JsonText:
    """Levels or pix for a JSON column, written at once where all sixteen competences are there."""
    if len(values) != len(COMPETENCES):
        return dict(values)
    return JsonText(_EVERY_COMPETENCE % _IN_ORDER(values))


def _values(scope: UnitYear, new: NewSubmission) -> dict[str, Any]:
    return {
        "course_id": scope.course_id,
        "unit_code": scope.unit_code,
        "academic_year": scope.academic_year,
        "person_id": new.person_id,
        "component": new.component,
        "evidence": new.evidence.value,
        "sent_at": new.sent_at,
        "received_at": new.received_at,
        "levels": competences_text(new.profile.levels),
        "pix": competences_text(new.profile.pix),
        "total": new.profile.total,
        "mastery": None if new.profile.mastery is None else str(new.profile.mastery),
        "source": dict(new.source),
        "fingerprint": new.fingerprint,
        "import_id": new.import_id,
    }


_NEWEST_WORD = select(func.max(withdrawal.c.id)).group_by(withdrawal.c.submission_id)
_WITHDRAWN = select(withdrawal.c.submission_id).where(
    withdrawal.c.id.in_(_NEWEST_WORD), withdrawal.c.withdrawn
)
_IN_UNIT = and_(
    submission.c.course_id == bindparam("course_id"),
    submission.c.unit_code == bindparam("unit_code"),
    submission.c.academic_year == bindparam("academic_year"),
)
_OF_UNIT = (
    select(submission)
    .where(_IN_UNIT, submission.c.id.not_in(_WITHDRAWN))
    .order_by(submission.c.sent_at, submission.c.id)
)
_OF_PEOPLE = _OF_UNIT.where(submission.c.person_id.in_(bindparam("person_ids", expanding=True)))


def submissions_of(
    connection: Connection, scope: UnitYear, person_ids: Iterable[int] | None = None
) -> dict[int, list[Submission]]:
    """The sendings of these people (or of everybody) in a unit, by person, oldest first."""
    if person_ids is None:
        rows = connection.execute(_OF_UNIT, _of(scope))
    else:
        rows = connection.execute(_OF_PEOPLE, _of(scope) | {"person_ids": list(person_ids)})
    by_person: dict[int, list[Submission]] = {}
    for row in rows:
        by_person.setdefault(row.person_id, []).append(_submission(row))
    return by_person


def these_submissions(connection: Connection, submission_ids: Iterable[int]) -> list[Submission]:
    """These sendings, whether withdrawn or not."""
    wanted = sorted(submission_ids)
    found: list[Submission] = []
    for start in range(0, len(wanted), 500):
        query = select(submission).where(submission.c.id.in_(wanted[start : start + 500]))
        found += map(_submission, connection.execute(query))
    return found


def _submission(row: Row[Any]) -> Submission:
    return Submission(
        id=row.id,
        person_id=row.person_id,
        component=row.component,
        evidence=Evidence(row.evidence),
        sent_at=row.sent_at,
        received_at=row.received_at,
        profile=Profile(
            levels=row.levels,
            pix=row.pix,
            total=row.total,
            mastery=None if row.mastery is None else Decimal(row.mastery),
        ),
        source=row.source,
        fingerprint=row.fingerprint,
    )


def has_submissions(connection: Connection, scope: UnitYear, component: str) -> bool:
    """Whether anybody sent anything for a component."""
    query = select(submission.c.id).where(_IN_UNIT, submission.c.component == component)
    return connection.scalar(query.limit(1), _of(scope)) is not None


def components_sent_to(connection: Connection, scope: UnitYear) -> frozenset[str]:
    """The components of a unit that anybody sent anything for."""
    query = select(submission.c.component).where(_IN_UNIT).distinct()
    return frozenset(connection.scalars(query, _of(scope)))


def count_sent_on_pix(connection: Connection, scope: UnitYear, component: str) -> int:
    """How many sendings of a component came from Pix and still stand: declarations aside."""
    query = select(func.count()).where(
        _IN_UNIT,
        submission.c.component == component,
        submission.c.evidence != Evidence.DECLARED.value,
        submission.c.id.not_in(_WITHDRAWN),
    )
    return int(connection.execute(query, _of(scope)).scalar_one())


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Where a sending with some fingerprint is kept already, and whether it was withdrawn from that person."""

    submission_id: int
    person_id: int
    withdrawn: bool


def kept_by_fingerprint(
    connection: Connection, scope: UnitYear, component: str, fingerprints: Iterable[str]
) -> dict[str, list[Kept]]:
    """Which of these sendings are kept already, and by whom."""
    wanted = set(fingerprints)
    gone = set(connection.scalars(_WITHDRAWN))
    kept = select(submission.c.id, submission.c.person_id, submission.c.fingerprint).where(
        _IN_UNIT, submission.c.component == component
    )
    # A large file is compared with all that is kept: asking for its lines a few at a time would take longer.
    query = kept.where(submission.c.fingerprint.in_(wanted)) if len(wanted) <= 500 else kept
    found: dict[str, list[Kept]] = {}
    for row in connection.execute(query, _of(scope)):
        if row.fingerprint in wanted:
            one = Kept(submission_id=row.id, person_id=row.person_id, withdrawn=row.id in gone)
            found.setdefault(row.fingerprint, []).append(one)
    return found


def withdraw(
    connection: Connection, submission_id: int, *, withdrawn: bool, by_person: int, now: datetime
) -> None:
    """Note that a sending was not this person's after all (or was): it stays on record and counts no more."""
    connection.execute(
        insert(withdrawal).values(
            submission_id=submission_id, withdrawn=withdrawn, by_person=by_person, at=now
        )
    )


def _of(scope: UnitYear) -> dict[str, Any]:
    return {
        "course_id": scope.course_id,
        "unit_code": scope.unit_code,
        "academic_year": scope.academic_year,
    }


def taught_units(connection: Connection) -> list[UnitYear]:
    """Every unit of every course in which something was sent, oldest course first."""
    rows = connection.execute(
        select(submission.c.course_id, submission.c.unit_code, submission.c.academic_year)
        .distinct()
        .order_by(submission.c.course_id, submission.c.unit_code, submission.c.academic_year)
    )
    return [
        UnitYear(course_id=row.course_id, unit_code=row.unit_code, academic_year=row.academic_year)
        for row in rows
    ]
