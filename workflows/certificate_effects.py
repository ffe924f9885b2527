"""What a word about a certificate does: its code serves its person, its result counts in the unit, or neither."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from grading.certification import CertificationResult
from grading.text import Bilingual
from storage.audit import note
from storage.certificates import (
    Certificate,
    CertificateState,
    Word,
    add_word,
    certificates_with_code,
    forget_names,
    hold_code,
    release_code,
)
from storage.certifications import (
    Certification,
    NewCertification,
    add_certification,
    certifications_of,
    certifications_of_exam,
    kept_certifications,
    standing,
    withdraw_certification,
)
from storage.database import Connection
from storage.scope import UnitYear
from workflows.refusal import RefusalCode, Refused

KIND = "certificate"
"""How a certification's source says that it came from a certificate."""


def say(connection: Connection, certificate: Certificate, word: Word) -> Certificate:
    """Add a word, and make what counts agree with how the certificate stands then.

    The caller marks the person again.

    Raises:
        Refused: it would be accepted, and its code serves somebody else, a file gives its exam to somebody else, or
            Pix was never asked.
    """
    add_word(connection, certificate.id, word)
    then = replace(certificate, words=(*certificate.words, word))
    forget_names(connection, [certificate.id])
    if then.state is CertificateState.ACCEPTED:
        _let_count(connection, then, word.at)
    else:
        _let_count_no_more(connection, then, by_person=word.by_person or then.person_id, now=word.at)
    return then


def known_from_file(
    connection: Connection, scope: UnitYear, person_id: int, exam: str
) -> CertificationResult | None:
    """What a session's file says of an exam of a person: it names the session, which a certificate does not."""
    kept = certifications_of_exam(connection, scope, exam)
    own = [each for each in kept if each.person_id == person_id and each.source.get("kind") != KIND]
    return own[-1].result if own else None


def given_by_certificate(kept: Iterable[Certification]) -> dict[str, int]:
    """Whom certificates that count give their exams to, by exam."""
    return {each.exam: each.person_id for each in kept if each.source.get("kind") == KIND}


def counted_result(certificate: Certificate, kept: Iterable[Certification]) -> CertificationResult | None:
    """What counts of the certificate's exam, of all that is kept of its person: the last said of it."""
    return next((each.result for each in standing(kept) if each.exam == certificate.exam), None)


def note_certificate(
    connection: Connection, action: str, certificate: Certificate, *, by_person: int | None, now: datetime
) -> None:
    """Put what was done with a certificate into the audit: ids and words of ours."""
    details = {
        "certificate": certificate.id,
        "person": certificate.person_id,
        "doubts": list(certificate.doubts),
    }
    course = certificate.scope.course_id
    note(connection, action, now, by_person=by_person, course_id=course, details=details)


def _let_count(connection: Connection, certificate: Certificate, now: datetime) -> None:
    result, word = certificate.result, certificate.standing_word
    if result is None or certificate.exam is None:
        raise Refused(
            RefusalCode.CERTIFICATE,
            Bilingual(
                "Ce que Pix dit de ce certificat n’est pas, ou plus, conservé ici : l’étudiant doit le donner de "
                "nouveau.",
                "What Pix says of this certificate is not kept here, or not any more: the student must give it "
                "again.",
            ),
        )
    if hold_code(connection, certificate.code_digest, certificate.person_id, now) != certificate.person_id:
        raise Refused(
            RefusalCode.CERTIFICATE,
            Bilingual(
                "Ce certificat sert déjà à une autre personne, et un certificat ne peut servir qu’à une : refusez "
                "d’abord l’autre si elle l’a donné à tort.",
                "This certificate already serves somebody else, and one can serve one person only: refuse the other "
                "first if they gave it wrongly.",
            ),
        )
    of_exam = certifications_of_exam(connection, certificate.scope, certificate.exam)
    if any(each.person_id != certificate.person_id for each in of_exam):
        raise Refused(
            RefusalCode.CERTIFICATE,
            Bilingual(
                "Un fichier de session attribue cette certification à une autre personne, et une certification n’est "
                "qu’à une : corrigez d’abord l’import (annulez-le, ou déposez de nouveau le fichier et choisissez "
                "cette personne), ou refusez le certificat.",
                "A session's file gives this certification to somebody else, and a certification is one person's "
                "only: correct the import first (undo it, or drop the file again and choose this person), or refuse "
                "the certificate.",
            ),
        )
    file = known_from_file(connection, certificate.scope, certificate.person_id, certificate.exam)
    session = (word.session if word else None) or (file.session if file else None)
    counted = replace(result, session=session)
    new = NewCertification(
        person_id=certificate.person_id,
        result=counted,
        source={"kind": KIND, "certificate": certificate.id},
        exam=certificate.exam,
        fingerprint=f"{_of_code(certificate)}{_digest(counted)}",
        received_at=now,
        global_level=certificate.global_level,
        levels=certificate.levels,
    )
    if add_certification(connection, certificate.scope, new):
        return
    for kept in kept_certifications(connection, certificate.scope, [new.fingerprint])[new.fingerprint]:
        if kept.person_id == certificate.person_id and kept.withdrawn:
            by_person = (word.by_person if word else None) or certificate.person_id
            withdraw_certification(
                connection, kept.certification_id, withdrawn=False, by_person=by_person, now=now
            )


def _let_count_no_more(
    connection: Connection, certificate: Certificate, *, by_person: int, now: datetime
) -> None:
    held = certifications_of(connection, certificate.scope, [certificate.person_id])
    for each in held.get(certificate.person_id, ()):
        if each.fingerprint.startswith(_of_code(certificate)):
            withdraw_certification(connection, each.id, withdrawn=True, by_person=by_person, now=now)
    others = certificates_with_code(connection, certificate.code_digest)
    if not any(
        each.state is CertificateState.ACCEPTED
        for each in others
        if each.person_id == certificate.person_id and each.id != certificate.id
    ):
        release_code(connection, certificate.code_digest, certificate.person_id)


def _of_code(certificate: Certificate) -> str:
    """How the fingerprints of everything that came from this code begin."""
    return f"certificate-{certificate.code_digest[:32]}-"


def _digest(result: CertificationResult) -> str:
    said = [result.type, result.status, result.score, str(result.date), result.session, result.centre]
    return sha256(json.dumps(said).encode()).hexdigest()[:24]
