"""Certification results, for good: one is added, never changed; taking it back is added beside it.

Never birth data: whoever reads a certification drops it at the door.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, insert, select

from grading.certification import CertificationResult, CertificationStatus
from grading.profile import Evidence
from storage.schema import certification, certification_withdrawal
from storage.scope import UnitYear
from storage.upsert import insert_if_new


@dataclass(frozen=True, kw_only=True)
class NewCertification:
    """A result about to be kept; `levels` by competence, those that are known.

    `exam` names the exam without saying its number or code (a digest); `fingerprint` covers the result too: keeping
    one twice for a person is impossible, and a result that Pix changed later is another of the same exam.
    """

    person_id: int
    result: CertificationResult
    source: Mapping[str, Any]
    exam: str
    fingerprint: str
    received_at: datetime
    global_level: str | None = None
    levels: Mapping[str, int] = field(default_factory=dict)
    evidence: Evidence = Evidence.VERIFIED
    import_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Certification:
    """A result that was kept; `source` says where it came from (file and line; certificate)."""

    id: int
    person_id: int
    result: CertificationResult
    global_level: str | None
    levels: Mapping[str, int]
    evidence: Evidence
    received_at: datetime
    source: Mapping[str, Any]
    exam: str
    fingerprint: str
    import_id: int | None = None

    @property
    def certified(self) -> CertificationResult:
        """The result as the rules see it, under the name it is kept by."""
        return replace(self.result, id=str(self.id))


@dataclass(frozen=True, kw_only=True)
class KeptCertification:
    """Where a result with some fingerprint is kept already, and whether it was taken back from that person."""

    certification_id: int
    person_id: int
    withdrawn: bool


def add_certification(connection: Connection, scope: UnitYear, new: NewCertification) -> bool:
    """Keep a result; False where it is kept already."""
    values = {
        "course_id": scope.course_id,
        "unit_code": scope.unit_code,
        "academic_year": scope.academic_year,
        "person_id": new.person_id,
        "type": new.result.type,
        "status": new.result.status.value,
        "score": new.result.score,
        "global_level": new.global_level,
        "levels": dict(new.levels),
        "date": new.result.date,
        "session": new.result.session,
        "centre": new.result.centre,
        "evidence": new.evidence.value,
        "received_at": new.received_at,
        "source": dict(new.source),
        "exam": new.exam,
        "fingerprint": new.fingerprint,
        "import_id": new.import_id,
    }
    return insert_if_new(connection, certification, values) == 1


_NEWEST_WORD = select(func.max(certification_withdrawal.c.id)).group_by(
    certification_withdrawal.c.certification_id
)
_WITHDRAWN = select(certification_withdrawal.c.certification_id).where(
    certification_withdrawal.c.id.in_(_NEWEST_WORD), certification_withdrawal.c.withdrawn
)
_IN_UNIT = and_(
    certification.c.course_id == bindparam("course_id"),
    certification.c.unit_code == bindparam("unit_code"),
    certification.c.academic_year == bindparam("academic_year"),
)
_OF_UNIT = (
    select(certification).where(_IN_UNIT, certification.c.id.not_in(_WITHDRAWN)).order_by(certification.c.id)
)
_OF_PEOPLE = _OF_UNIT.where(certification.c.person_id.in_(bindparam("person_ids", expanding=True)))


def certifications_of(
    connection: Connection, scope: UnitYear, person_ids: Iterable[int] | None = None
) -> dict[int, list[Certification]]:
    """The results of these people (or of everybody) in a unit, by person, in the order they were kept.

    Those taken back are not among them; of one exam there may be several (see `standing`).
    """
    if person_ids is None:
        rows = connection.execute(_OF_UNIT, _of(scope))
    else:
        rows = connection.execute(_OF_PEOPLE, _of(scope) | {"person_ids": list(person_ids)})
    by_person: dict[int, list[Certification]] = {}
    for row in rows:
        by_person.setdefault(row.person_id, []).append(_certification(row))
    return by_person


def certifications_of_exam(connection: Connection, scope: UnitYear, exam: str) -> list[Certification]:
    """What is kept of one exam in a unit, of whomever, in the order it was kept; nothing that was taken back."""
    rows = connection.execute(_OF_UNIT.where(certification.c.exam == exam), _of(scope))
    return [_certification(row) for row in rows]


def results_by_exam(held: Mapping[int, Iterable[Certification]]) -> dict[str, list[Certification]]:
    """The results of all these people, by exam: one exam is one person's, so they are of one person each."""
    found: dict[str, list[Certification]] = {}
    for results in held.values():
        for each in results:
            found.setdefault(each.exam, []).append(each)
    return found


def standing(kept: Iterable[Certification]) -> list[Certification]:
    """One result per exam, the last that was kept: what Pix says later of an exam takes the place of what it said."""
    latest = {each.exam: each for each in kept}
    return list(latest.values())


def these_certifications(connection: Connection, certification_ids: Iterable[int]) -> list[Certification]:
    """These results, whether withdrawn or not."""
    wanted = list(certification_ids)
    found: list[Certification] = []
    for start in range(0, len(wanted), 500):
        query = select(certification).where(certification.c.id.in_(wanted[start : start + 500]))
        found += map(_certification, connection.execute(query))
    return found


def has_certifications(connection: Connection, scope: UnitYear) -> bool:
    """Whether any result was ever kept in a unit."""
    query = select(certification.c.id).where(_IN_UNIT)
    return connection.scalar(query.limit(1), _of(scope)) is not None


def kept_certifications(
    connection: Connection, scope: UnitYear, fingerprints: Iterable[str]
) -> dict[str, list[KeptCertification]]:
    """Which of these results are kept already, and of whom."""
    wanted = list(fingerprints)
    gone = set(connection.scalars(_WITHDRAWN))
    found: dict[str, list[KeptCertification]] = {}
    for start in range(0, len(wanted), 500):
        query = select(certification.c.id, certification.c.person_id, certification.c.fingerprint).where(
            _IN_UNIT, certification.c.fingerprint.in_(wanted[start : start + 500])
        )
        for row in connection.execute(query, _of(scope)):
            one = KeptCertification(
                certification_id=row.id, person_id=row.person_id, withdrawn=row.id in gone
            )
            found.setdefault(row.fingerprint, []).append(one)
    return found


def withdraw_certification(
    connection: Connection, certification_id: int, *, withdrawn: bool, by_person: int, now: datetime
) -> None:
    """Note that a result was not this person's after all (or was): it stays on record and counts no more."""
    connection.execute(
        insert(certification_withdrawal).values(
            certification_id=certification_id, withdrawn=withdrawn, by_person=by_person, at=now
        )
    )


def certified_units(connection: Connection) -> list[UnitYear]:
    """Every unit of every course in which a result was kept, oldest course first."""
    where = (certification.c.course_id, certification.c.unit_code, certification.c.academic_year)
    return [
        UnitYear(course_id=row.course_id, unit_code=row.unit_code, academic_year=row.academic_year)
        for row in connection.execute(select(*where).distinct().order_by(*where))
    ]


def _of(scope: UnitYear) -> dict[str, Any]:
    return {
        "course_id": scope.course_id,
        "unit_code": scope.unit_code,
        "academic_year": scope.academic_year,
    }


def _certification(row: Row[Any]) -> Certification:
    return Certification(
        id=row.id,
        person_id=row.person_id,
        result=CertificationResult(
            type=row.type,
            status=CertificationStatus(row.status),
            score=row.score,
            date=row.date,
            session=row.session,
            centre=row.centre,
        ),
        global_level=row.global_level,
        levels=row.levels,
        evidence=Evidence(row.evidence),
        received_at=row.received_at,
        source=row.source,
        exam=row.exam,
        fingerprint=row.fingerprint,
        import_id=row.import_id,
    )
