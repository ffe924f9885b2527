"""Certificates given by students: what Pix said, whether it waits, and every word said about each.

A word is only ever added; how a certificate stands is a fold over its words. One that its owner takes back before any
word was said is forgotten whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select, update

from grading.certification import CertificationResult, CertificationStatus
from storage.schema import certificate, certificate_holder, certificate_name, certificate_word
from storage.scope import UnitYear, in_unit
from storage.upsert import insert_if_new


class Verdict(StrEnum):
    """What may be said of a certificate (closed set)."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNDONE = "undone"
    """The last acceptance or refusal that stood does not stand any more."""
    WITHDRAWN = "withdrawn"
    """Its owner took it back: nothing is said after that."""


class CertificateState(StrEnum):
    """How a certificate stands (closed set)."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class NewCertificate:
    """A certificate about to be kept. `result` and `exam` are None where Pix was not asked."""

    person_id: int
    code_digest: str
    consent: str
    given_at: datetime
    result: CertificationResult | None
    global_level: str | None
    levels: Mapping[str, int]
    exam: str | None
    doubts: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Word:
    """What was said of a certificate; by the tool itself where `by_person` is None. `session`: it is of that one."""

    verdict: Verdict
    by_person: int | None
    at: datetime
    session: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate as it was given, with every word said of it, oldest first."""

    id: int
    scope: UnitYear
    person_id: int
    code_digest: str
    consent: str
    given_at: datetime
    result: CertificationResult | None
    global_level: str | None
    levels: Mapping[str, int]
    exam: str | None
    doubts: tuple[str, ...]
    words: tuple[Word, ...] = ()

    @property
    def standing_word(self) -> Word | None:
        """The word that stands, if one does: an undoing takes away the one before it."""
        stack: list[Word] = []
        for word in self.words:
            if word.verdict is not Verdict.UNDONE:
                stack.append(word)
            elif stack:
                stack.pop()
        return stack[-1] if stack else None

    @property
    def state(self) -> CertificateState:
        """How it stands."""
        word = self.standing_word
        return CertificateState.WAITING if word is None else CertificateState(word.verdict.value)

    @property
    def is_live(self) -> bool:
        """Whether its code is given already: it waits, or was accepted."""
        return self.state in (CertificateState.WAITING, CertificateState.ACCEPTED)


def add_certificate(connection: Connection, scope: UnitYear, new: NewCertificate) -> int:
    """Keep a certificate; return its id."""
    result = new.result
    values = {
        "course_id": scope.course_id,
        "unit_code": scope.unit_code,
        "academic_year": scope.academic_year,
        "person_id": new.person_id,
        "code_digest": new.code_digest,
        "consent": new.consent,
        "given_at": new.given_at,
        "type": result.type if result else None,
        "status": result.status.value if result else None,
        "score": result.score if result else None,
        "global_level": new.global_level,
        "levels": dict(new.levels),
        "date": result.date if result else None,
        "centre": result.centre if result else None,
        "exam": new.exam,
        "doubts": list(new.doubts),
    }
    return int(
        connection.execute(insert(certificate).values(values).returning(certificate.c.id)).scalar_one()
    )


def add_word(connection: Connection, certificate_id: int, word: Word) -> None:
    """Say something of a certificate."""
    connection.execute(
        insert(certificate_word).values(
            certificate_id=certificate_id,
            verdict=word.verdict.value,
            session=word.session,
            reason=word.reason,
            by_person=word.by_person,
            at=word.at,
        )
    )


def certificates_of(
    connection: Connection, scope: UnitYear, person_id: int | None = None
) -> list[Certificate]:
    """The certificates given in a unit by a person (or by everybody), newest first."""
    of_person = certificate.c.person_id == person_id if person_id is not None else None
    return _read(connection, and_(in_unit(certificate, scope), *([] if of_person is None else [of_person])))


def find_certificate(connection: Connection, scope: UnitYear, certificate_id: int) -> Certificate | None:
    """One certificate of a unit."""
    found = _read(connection, and_(in_unit(certificate, scope), certificate.c.id == certificate_id))
    return found[0] if found else None


def certificates_with_code(connection: Connection, code_digest: str) -> list[Certificate]:
    """Every certificate that was given with a code, by anybody, in any unit."""
    return _read(connection, certificate.c.code_digest == code_digest)


def forget_certificate(connection: Connection, certificate_id: int) -> None:
    """Forget a certificate of which nothing was said yet."""
    forget_names(connection, [certificate_id])
    connection.execute(delete(certificate).where(certificate.c.id == certificate_id))


def keep_name(connection: Connection, certificate_id: int, first: str, last: str, now: datetime) -> None:
    """Keep the name on a certificate for who will decide."""
    connection.execute(
        insert(certificate_name).values(certificate_id=certificate_id, first=first, last=last, since=now)
    )


def names_of(connection: Connection, certificate_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """The names still kept of these certificates: first and last, as Pix spells them."""
    query = select(certificate_name).where(certificate_name.c.certificate_id.in_(list(certificate_ids)))
    return {row.certificate_id: (row.first, row.last) for row in connection.execute(query)}


def forget_names(connection: Connection, certificate_ids: Iterable[int]) -> None:
    """Forget the names on these certificates."""
    wanted = list(certificate_ids)
    connection.execute(delete(certificate_name).where(certificate_name.c.certificate_id.in_(wanted)))


def forget_old_names(connection: Connection, before: datetime) -> None:
    """Forget the names that wait since before an instant: nobody decided in all that time."""
    connection.execute(delete(certificate_name).where(certificate_name.c.since < before))


def forget_refused_results(connection: Connection, before: datetime) -> None:
    """Forget what Pix said of certificates refused before an instant: somebody else's, as like as not."""
    newest = select(func.max(certificate_word.c.id)).group_by(certificate_word.c.certificate_id)
    refused = select(certificate_word.c.certificate_id).where(
        certificate_word.c.id.in_(newest),
        certificate_word.c.verdict == Verdict.REFUSED.value,
        certificate_word.c.at < before,
    )
    nothing: dict[str, Any] = {
        "type": None,
        "status": None,
        "score": None,
        "global_level": None,
        "levels": {},
    }
    connection.execute(
        update(certificate)
        .where(certificate.c.id.in_(refused), certificate.c.status.is_not(None))
        .values(**nothing, date=None, centre=None, exam=None)
    )


def hold_code(connection: Connection, code_digest: str, person_id: int, now: datetime) -> int:
    """Let a code serve a person, unless it serves somebody already; return whom it serves now."""
    insert_if_new(
        connection,
        certificate_holder,
        {"code_digest": code_digest, "person_id": person_id, "since": now},
    )
    held = find_holder(connection, code_digest)
    if held is None:
        raise LookupError("a code just held is held by nobody")
    return held


def find_holder(connection: Connection, code_digest: str) -> int | None:
    """Whom a code serves."""
    query = select(certificate_holder.c.person_id).where(certificate_holder.c.code_digest == code_digest)
    return connection.scalar(query)


def release_code(connection: Connection, code_digest: str, person_id: int) -> None:
    """Let a code serve a person no longer."""
    connection.execute(
        delete(certificate_holder).where(
            certificate_holder.c.code_digest == code_digest, certificate_holder.c.person_id == person_id
        )
    )


def _read(connection: Connection, wanted: ColumnElement[bool]) -> list[Certificate]:
    rows = connection.execute(select(certificate).where(wanted).order_by(certificate.c.id.desc())).all()
    said: dict[int, list[Word]] = defaultdict(list)
    if rows:
        words = (
            select(certificate_word)
            .join(certificate, certificate.c.id == certificate_word.c.certificate_id)
            .where(wanted)
            .order_by(certificate_word.c.id)
        )
        for row in connection.execute(words):
            said[row.certificate_id].append(_word(row))
    return [_certificate(row, said[row.id]) for row in rows]


def _word(row: Row[Any]) -> Word:
    return Word(
        verdict=Verdict(row.verdict),
        by_person=row.by_person,
        at=row.at,
        session=row.session,
        reason=row.reason,
    )


def _certificate(row: Row[Any], words: Sequence[Word]) -> Certificate:
    result = None
    if row.status is not None:
        result = CertificationResult(
            type=row.type,
            status=CertificationStatus(row.status),
            score=row.score,
            date=row.date,
            centre=row.centre,
        )
    return Certificate(
        id=row.id,
        scope=UnitYear(course_id=row.course_id, unit_code=row.unit_code, academic_year=row.academic_year),
        person_id=row.person_id,
        code_digest=row.code_digest,
        consent=row.consent,
        given_at=row.given_at,
        result=result,
        global_level=row.global_level,
        levels=row.levels,
        exam=row.exam,
        doubts=tuple(row.doubts),
        words=tuple(words),
    )
