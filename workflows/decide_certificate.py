"""A teacher decides about a certificate: accepts it, refuses it, or undoes the last decision; each stays on record."""

from __future__ import annotations

from collections.abc import Callable

from grading.text import Bilingual
from storage.certificates import Certificate, CertificateState, Verdict, Word, find_certificate
from storage.people import lock_people
from workflows.certificate_doubts import Doubt
from workflows.certificate_effects import note_certificate, say
from workflows.cohort import rules_of, unit_year
from workflows.refusal import RefusalCode, Refused
from workflows.regrade import regrade
from workflows.visit import Role, Visit, find_place, require
from workflows.world import World

LONGEST_REASON = 300


def accept_certificate(
    world: World, visit: Visit, certificate_id: int, *, reason: str, session: str = ""
) -> None:
    """Say that a waiting certificate is its giver's; rule 13 says what it counts for.

    `session`: it was sat in this one of the unit's sessions, which a certificate does not tell.

    Raises:
        Refused: not a teacher; no reason; it does not wait any more; its code serves somebody else.
    """
    why = _reason(reason)

    def word(certificate: Certificate, sessions: tuple[str, ...]) -> Word:
        if certificate.state is not CertificateState.WAITING:
            raise _changed()
        if session and session not in sessions:
            raise Refused(
                RefusalCode.BAD_CHOICE,
                Bilingual("Choisissez une session de l’unité.", "Choose a session of the unit."),
            )
        return Word(
            verdict=Verdict.ACCEPTED,
            by_person=visit.person_id,
            at=world.now(),
            session=session or None,
            reason=why,
        )

    _decide(world, visit, certificate_id, word, "certificate_accepted")


def refuse_certificate(world: World, visit: Visit, certificate_id: int, *, reason: str) -> None:
    """Refuse a certificate that waits or was accepted; its giver reads the reason.

    Raises:
        Refused: not a teacher; no reason; it is refused or taken back already.
    """
    why = _reason(reason)

    def word(certificate: Certificate, _sessions: tuple[str, ...]) -> Word:
        if not certificate.is_live:
            raise _changed()
        return Word(verdict=Verdict.REFUSED, by_person=visit.person_id, at=world.now(), reason=why)

    _decide(world, visit, certificate_id, word, "certificate_refused")


def undo_decision(world: World, visit: Visit, certificate_id: int) -> None:
    """Take the last acceptance or refusal back: the certificate stands as before it.

    Raises:
        Refused: not a teacher; there is nothing to undo; it would be accepted again, and its code serves somebody
            else by now.
    """

    def word(certificate: Certificate, _sessions: tuple[str, ...]) -> Word:
        undoable = (CertificateState.ACCEPTED, CertificateState.REFUSED)
        if certificate.state not in undoable or Doubt.SERVES_ANOTHER.value in certificate.doubts:
            raise _changed()
        return Word(verdict=Verdict.UNDONE, by_person=visit.person_id, at=world.now())

    _decide(world, visit, certificate_id, word, "certificate_undone")


def _decide(
    world: World,
    visit: Visit,
    certificate_id: int,
    word_for: Callable[[Certificate, tuple[str, ...]], Word],
    action: str,
) -> None:
    require(visit, Role.TEACHER)
    activity = find_place(world, visit).activity
    rules, scope = rules_of(world, activity), unit_year(activity)
    with world.database.write() as connection:
        found = find_certificate(connection, scope, certificate_id)
        if found is not None:
            lock_people(connection, [found.person_id])
            found = find_certificate(connection, scope, certificate_id)
        if found is None:
            raise Refused(
                RefusalCode.NOT_FOUND,
                Bilingual(
                    "Ce certificat n’est plus là : l’étudiant l’a retiré.",
                    "This certificate is not there any more: the student took it back.",
                ),
            )
        word = word_for(found, rules.unit.catch_up.sessions)
        say(connection, found, word)
        regrade(connection, rules, scope, [found.person_id], cause=action, now=word.at)
        note_certificate(connection, action, found, by_person=visit.person_id, now=word.at)
    world.wake()


def _reason(reason: str) -> str:
    text = " ".join(reason.split())
    if not text or len(text) > LONGEST_REASON:
        raise Refused(
            RefusalCode.BAD_CHOICE,
            Bilingual(
                f"Donnez un motif, de {LONGEST_REASON} caractères au plus : il reste dans l’historique, et l’étudiant "
                "le lit si vous refusez.",
                f"Give a reason, of {LONGEST_REASON} characters at most: it stays on record, and the student reads it "
                "if you refuse.",
            ),
        )
    return text


def _changed() -> Refused:
    return Refused(
        RefusalCode.CHANGED_MEANWHILE,
        Bilingual(
            "Quelqu’un a déjà décidé pour ce certificat, ou l’étudiant l’a retiré : rien n’a été fait. Relisez la "
            "page à jour.",
            "Somebody has decided about this certificate already, or the student took it back: nothing was done. "
            "Read the updated page.",
        ),
    )
