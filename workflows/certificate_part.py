"""What a student sees of the certificates they gave in a unit, and whether they may give one here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grading.rules import Requires, Unit
from grading.text import Bilingual, moment
from storage.certificates import Certificate, CertificateState, certificates_of
from storage.certifications import Certification, certifications_of
from storage.database import Connection
from storage.scope import UnitYear
from workflows.certificate_doubts import Doubt, counts_for, reasons_in_words
from workflows.certificate_effects import counted_result
from workflows.certificate_queue import certificate_summary
from workflows.cohort import rules_of, unit_year
from workflows.refusal import RefusalCode, Refused
from workflows.visit import Role, Visit, activity_of
from workflows.world import World


@dataclass(frozen=True, kw_only=True)
class HeldCertificate:
    """A certificate that was given; `lines` say how it stands, and what to do."""

    id: int
    given: Bilingual
    summary: Bilingual
    state: CertificateState
    lines: tuple[Bilingual, ...]
    may_take_back: bool


@dataclass(frozen=True, kw_only=True)
class CertificatePart:
    """The part of a student's page about certificates; `may_give`: there is a form."""

    held: tuple[HeldCertificate, ...]
    may_give: bool


@dataclass(frozen=True, kw_only=True)
class CertificatePage:
    """The page with the form."""

    unit: Unit
    part: CertificatePart


def certificate_part(
    world: World, connection: Connection, visit: Visit, scope: UnitYear, unit: Unit, component: str | None
) -> CertificatePart | None:
    """The part of an activity's page, where a certificate is of use there; None where it is of none.

    It is of use in the catch-up, and wherever the unit's programmes ask for a certification.
    """
    held = certificates_of(connection, scope, visit.person_id)
    asked_for = any(each.requires is Requires.CERTIFICATION for each in unit.requirements)
    useful = component == unit.catch_up.key or asked_for
    may_give = world.verifier is not None and visit.role is Role.LEARNER and useful
    if not held and not may_give:
        return None
    kept = certifications_of(connection, scope, [visit.person_id]).get(visit.person_id, []) if held else []
    return CertificatePart(held=tuple(_held(unit, each, visit, kept) for each in held), may_give=may_give)


def certificate_page(world: World, visit: Visit) -> CertificatePage:
    """The page on which a certificate is given.

    Raises:
        Refused: this installation does not verify certificates, and none was given; not set up; no rules.
    """
    with world.database.read() as connection:
        activity = activity_of(connection, visit)
        unit = rules_of(world, activity).unit
        part = certificate_part(world, connection, visit, unit_year(activity), unit, activity.component)
    if part is None:
        raise Refused(
            RefusalCode.NOT_FOUND,
            Bilingual("Il n’y a pas de certificat à donner ici.", "There is no certificate to give here."),
        )
    return CertificatePage(unit=unit, part=part)


def _held(
    unit: Unit, certificate: Certificate, visit: Visit, kept: Sequence[Certification]
) -> HeldCertificate:
    return HeldCertificate(
        id=certificate.id,
        given=moment(certificate.given_at, unit.timezone),
        summary=certificate_summary(certificate),
        state=certificate.state,
        lines=_lines(unit, certificate, kept),
        may_take_back=certificate.is_live and visit.role is Role.LEARNER,
    )


def _lines(unit: Unit, certificate: Certificate, kept: Sequence[Certification]) -> tuple[Bilingual, ...]:
    word = certificate.standing_word
    match certificate.state:
        case CertificateState.ACCEPTED if certificate.result is not None:
            return (counts_for(unit, counted_result(certificate, kept) or certificate.result),)
        case CertificateState.WAITING:
            return (_waits(certificate), _WAITING)
        case CertificateState.WITHDRAWN:
            return (
                Bilingual("Vous l’avez retiré : il ne compte plus.", "You took it back: it counts no more."),
            )
    if Doubt.SERVES_ANOTHER.value in certificate.doubts:
        return (_SERVES_ANOTHER,)
    reason = word.reason if word and word.reason else ""
    return (
        Bilingual(f"Motif de l’enseignant : {reason}", f"The teacher's reason: {reason}"),
        Bilingual(
            "Si c’est une erreur, parlez-en à votre enseignant : il peut revenir sur sa décision.",
            "If this is a mistake, speak to your teacher: they can go back on it.",
        ),
    )


_WAITING = Bilingual(
    "Il n’y a rien d’autre à faire ; la décision apparaîtra ici.",
    "There is nothing else to do; the decision will appear here.",
)
_SERVES_ANOTHER = Bilingual(
    "Ce certificat sert déjà à une autre personne, et ne peut servir qu’à une. L’enseignant en est averti : si c’est "
    "bien le vôtre (ou si vous avez deux comptes), parlez-lui.",
    "This certificate already serves somebody else, and can serve one person only. The teacher is told: if it is yours "
    "(or if you have two accounts), speak to them.",
)


def _waits(certificate: Certificate) -> Bilingual:
    reasons = reasons_in_words(certificate.doubts) or (
        Bilingual("une décision a été annulée", "a decision was undone"),
    )
    return Bilingual(
        f"Votre enseignant doit l’examiner : {' ; '.join(each.fr for each in reasons)}.",
        f"Your teacher must look at it: {'; '.join(each.en for each in reasons)}.",
    )
