"""Keeps a certificate that was given, with every doubt about it; without any, it counts at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from grading.rules import Unit
from pix.certificate_owner import compare_name, shared_name
from pix.identity import Candidate
from storage.certificates import (
    Certificate,
    CertificateState,
    NewCertificate,
    Verdict,
    Word,
    add_certificate,
    certificates_of,
    find_certificate,
    find_holder,
    keep_name,
)
from storage.certifications import certifications_of_exam
from storage.database import Connection
from storage.people import Person, members_of
from storage.scope import UnitYear
from workflows.certificate_doubts import ABOUT_THE_NAME, Doubt, doubts_about
from workflows.certificate_effects import known_from_file, note_certificate, say
from workflows.pix_verification import Found


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """What a student gave, and when: the digest of a code, and the text they agreed to."""

    code_digest: str
    consent: str
    at: datetime


def live_certificate(
    connection: Connection, scope: UnitYear, person_id: int, code_digest: str
) -> Certificate | None:
    """The certificate of a person that waits or was accepted, with this code."""
    given = certificates_of(connection, scope, person_id)
    return next((each for each in given if each.code_digest == code_digest and each.is_live), None)


def keep_verified(
    connection: Connection, unit: Unit, scope: UnitYear, person: Person, claimed: Claimed, found: Found
) -> CertificateState:
    """Keep what Pix said: accepted at once where nothing is doubtful, else for the teacher. Marks are the caller's."""
    doubts = _doubts(connection, unit, scope, person, claimed, found)
    certificate = _add(connection, scope, person, claimed, found, doubts)
    if found.name is not None and ABOUT_THE_NAME & set(doubts):
        keep_name(connection, certificate.id, found.name.first, found.name.last, claimed.at)
    if not doubts:
        accepted = Word(verdict=Verdict.ACCEPTED, by_person=None, at=claimed.at)
        certificate = say(connection, certificate, accepted)
    return certificate.state


def keep_refused(connection: Connection, scope: UnitYear, person: Person, claimed: Claimed) -> None:
    """Keep, once, that somebody gave a certificate that serves somebody else: the teacher is to know."""
    for each in certificates_of(connection, scope, person.id):
        if each.code_digest == claimed.code_digest and Doubt.SERVES_ANOTHER in each.doubts:
            return
    certificate = _add(connection, scope, person, claimed, None, [Doubt.SERVES_ANOTHER])
    say(connection, certificate, Word(verdict=Verdict.REFUSED, by_person=None, at=claimed.at))


def candidate_of(person: Person) -> Candidate:
    """A person as names are compared."""
    return Candidate(
        person_id=person.id,
        student_number=person.student_number,
        name=person.name,
        given_name=person.given_name,
        family_name=person.family_name,
    )


def _doubts(
    connection: Connection, unit: Unit, scope: UnitYear, person: Person, claimed: Claimed, found: Found
) -> Sequence[Doubt]:
    giver = candidate_of(person)
    learners = members_of(connection, scope.course_id, "learner")
    others = [candidate_of(each.person) for each in learners]
    name = shared_name(giver, others) if found.name is None else compare_name(found.name, giver, others)
    of_exam = certifications_of_exam(connection, scope, found.exam)
    file = known_from_file(connection, scope, person.id, found.exam)
    doubts = doubts_about(
        replace(found.result, session=file.session if file else None),
        unit,
        name=name,
        in_file_of_another=any(each.person_id != person.id for each in of_exam),
    )
    if find_holder(connection, claimed.code_digest) not in (None, person.id):  # since a moment ago
        return (Doubt.SERVES_ANOTHER, *doubts)
    return doubts


def _add(
    connection: Connection,
    scope: UnitYear,
    person: Person,
    claimed: Claimed,
    found: Found | None,
    doubts: Sequence[Doubt],
) -> Certificate:
    new = NewCertificate(
        person_id=person.id,
        code_digest=claimed.code_digest,
        consent=claimed.consent,
        given_at=claimed.at,
        result=found.result if found else None,
        global_level=found.global_level if found else None,
        levels=found.levels if found else {},
        exam=found.exam if found else None,
        doubts=[each.value for each in doubts],
    )
    kept = find_certificate(connection, scope, add_certificate(connection, scope, new))
    if kept is None:
        raise LookupError("a certificate just kept is not there")
    note_certificate(connection, "certificate_given", kept, by_person=person.id, now=claimed.at)
    return kept
