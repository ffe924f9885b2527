"""A student gives their Pix certificate, by its code or as a PDF, and may take it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog

from grading.certification import CertificationStatus
from grading.text import Bilingual
from pix.certificate_code import CertificateCode, CodeUnread, read_code
from pix.certificate_pdf import LARGEST_PDF, read_code_of_pdf
from pix.verification import NotVerified, sentence
from pix.verifier import PixVerifier
from storage.certificates import (
    CertificateState,
    Verdict,
    Word,
    find_certificate,
    find_holder,
    forget_certificate,
)
from storage.people import Person, lock_people
from storage.pix_answers import forget_answer
from storage.scope import UnitYear
from workflows.certificate_effects import note_certificate, say
from workflows.cohort import rules_of, unit_year
from workflows.keep_certificate import (
    Claimed,
    candidate_of,
    keep_refused,
    keep_verified,
    live_certificate,
)
from workflows.pix_verification import Found, ask_pix
from workflows.refusal import RefusalCode, Refused
from workflows.regrade import regrade
from workflows.visit import Role, Visit, find_place, require
from workflows.world import RulesFile, World

log = structlog.stdlib.get_logger(__name__)

CONSENT = "2026-11"
"""Which text the student agrees to; a text that says something else is another one."""

__all__ = ["LARGEST_PDF", "give_certificate", "take_back_certificate"]


@dataclass(frozen=True, kw_only=True)
class _Target:
    """Where a certificate is given, and with what Pix is asked."""

    verifier: PixVerifier
    rules: RulesFile
    scope: UnitYear
    person: Person


def give_certificate(
    world: World, visit: Visit, *, typed: str, pdf: bytes | None, consent: bool
) -> CertificateState:
    """Ask Pix about a certificate and keep what grading needs; return how it stands. The code is kept nowhere.

    What was typed goes before a PDF. The same code given twice is given once.

    Raises:
        Refused: not a learner; no consent; no code read; Pix gives no certificate, or one without a result.
        workflows.rate_limits.TooOften: Pix was asked too often.
    """
    target = _target(world, visit)
    if not consent:
        raise _refused(
            "Cochez la case d’accord : sans elle, l’outil ne demande rien à Pix.",
            "Tick the box of agreement: without it the tool asks nothing of Pix.",
        )
    code = _read(typed, pdf)
    digest = target.verifier.digest_of(code)
    known = _given_already(world, target, digest)
    if known is not None:
        return known
    found = _ask(world, target, code)
    _refuse_without_result(found)
    now = world.now()
    with world.database.write() as connection:
        lock_people(connection, [target.person.id])
        again = live_certificate(connection, target.scope, target.person.id, digest)
        if again is not None:  # the same form, sent twice at once
            return again.state
        state = keep_verified(
            connection, target.rules.unit, target.scope, target.person, _claimed(digest, now), found
        )
        regrade(connection, target.rules, target.scope, [target.person.id], cause="certificate", now=now)
    world.wake()
    return state


def take_back_certificate(world: World, visit: Visit, certificate_id: int) -> None:
    """The student takes their agreement back: the certificate counts no more, and Pix's answer is forgotten.

    One of which nothing was said yet is forgotten whole; one that counted stays on record, as taken back.

    Raises:
        Refused: not theirs, or not there any more.
    """
    require(visit, Role.LEARNER)
    place = find_place(world, visit)
    rules, scope = rules_of(world, place.activity), unit_year(place.activity)
    now = world.now()
    with world.database.write() as connection:
        lock_people(connection, [visit.person_id])
        certificate = find_certificate(connection, scope, certificate_id)
        if certificate is None or certificate.person_id != visit.person_id or not certificate.is_live:
            raise Refused(
                RefusalCode.NOT_FOUND,
                Bilingual(
                    "Ce certificat n’est plus là : il a déjà été retiré, ou refusé.",
                    "This certificate is not there any more: it was taken back already, or refused.",
                ),
            )
        forget_answer(connection, certificate.code_digest)
        if certificate.words:
            taken = Word(verdict=Verdict.WITHDRAWN, by_person=visit.person_id, at=now)
            say(connection, certificate, taken)
            regrade(connection, rules, scope, [visit.person_id], cause="certificate_taken_back", now=now)
        else:
            forget_certificate(connection, certificate.id)
        note_certificate(
            connection, "certificate_taken_back", certificate, by_person=visit.person_id, now=now
        )
    world.wake()


def _target(world: World, visit: Visit) -> _Target:
    require(visit, Role.LEARNER)
    if world.verifier is None:
        raise Refused(
            RefusalCode.NOT_FOUND,
            Bilingual(
                "Cet outil ne vérifie pas les certificats auprès de Pix : montrez le vôtre à votre enseignant.",
                "This tool does not verify certificates with Pix: show yours to your teacher.",
            ),
        )
    place = find_place(world, visit)
    return _Target(
        verifier=world.verifier,
        rules=rules_of(world, place.activity),
        scope=unit_year(place.activity),
        person=place.person,
    )


def _read(typed: str, pdf: bytes | None) -> CertificateCode:
    try:
        return read_code_of_pdf(pdf) if pdf is not None and not typed.strip() else read_code(typed)
    except CodeUnread as unread:
        log.info("no code of a certificate was read", trouble=unread.trouble, pdf=pdf is not None)
        raise Refused(RefusalCode.CERTIFICATE, unread.message) from unread


def _given_already(world: World, target: _Target, digest: str) -> CertificateState | None:
    """How the same certificate stands where it was given already; refused at once where it serves somebody else."""
    with world.database.read() as connection:
        live = live_certificate(connection, target.scope, target.person.id, digest)
        holder = find_holder(connection, digest)
    if live is not None:
        return live.state
    if holder is None or holder == target.person.id:
        return None
    with world.database.write() as connection:
        lock_people(connection, [target.person.id])
        keep_refused(connection, target.scope, target.person, _claimed(digest, world.now()))
    return CertificateState.REFUSED


def _claimed(digest: str, now: datetime) -> Claimed:
    return Claimed(code_digest=digest, consent=CONSENT, at=now)


def _ask(world: World, target: _Target, code: CertificateCode) -> Found:
    try:
        return ask_pix(world, target.verifier, code, candidate_of(target.person))
    except NotVerified as refused:
        raise Refused(RefusalCode.CERTIFICATE, sentence(refused.trouble, code)) from refused


def _refuse_without_result(found: Found) -> None:
    """Not published, cancelled, in error: there is no result, and nothing is kept; never a 0."""
    if not found.published:
        raise _refused(
            "Pix n’a pas encore publié le résultat de cette certification : revenez quand il sera dans votre compte "
            "Pix.",
            "Pix has not published the result of this certification yet: come back when it is in your Pix account.",
        )
    if found.result.status in (CertificationStatus.CANCELLED, CertificationStatus.ERROR):
        raise _refused(
            "Pix indique que cette certification est annulée ou en erreur : elle n’a pas de résultat. "
            "Adressez-vous au centre de certification.",
            "Pix says that this certification is cancelled or in error: it has no result. "
            "Speak to the certification centre.",
        )


def _refused(fr: str, en: str) -> Refused:
    return Refused(RefusalCode.CERTIFICATE, Bilingual(fr, en))
