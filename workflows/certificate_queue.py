"""The certificates of a unit as its teachers see them: those that wait for a decision, and what became of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from grading.profile import Evidence
from grading.rules import Unit
from grading.text import Bilingual, day, joined, moment
from storage.certificates import (
    Certificate,
    CertificateState,
    Verdict,
    certificates_of,
    names_of,
)
from storage.certifications import Certification, certifications_of
from storage.database import Connection
from storage.people import Person, get_person
from storage.scope import UnitYear
from workflows.certificate_doubts import Doubt, counts_for, reasons_in_words
from workflows.certificate_effects import counted_result
from workflows.cohort import Cohort, load_cohort, rules_of, unit_year
from workflows.person_names import order_of, person_label, person_name
from workflows.visit import Role, Visit, find_place, require
from workflows.world import World


@dataclass(frozen=True, kw_only=True)
class WaitingCertificate:
    """One to be decided. `pix_name` is None where it agrees with the LMS's, or was forgotten after a decision.

    `sessions`: of which of the unit's sessions it may be said to be, where that alone keeps it from the catch-up.
    `before` and `after` are the catch-up's mark now and with it. `rivals` are others who gave the same certificate.
    """

    id: int
    person: Person
    name: str
    pix_name: str | None
    name_forgotten: bool
    given: Bilingual
    summary: Bilingual
    reasons: tuple[Bilingual, ...]
    counts_for: Bilingual
    sessions: tuple[str, ...]
    before: Decimal | None
    after: Decimal | None
    rivals: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SettledCertificate:
    """One of which something was said: by whom (None: the tool, by the rules), when, and why."""

    id: int
    person: Person
    name: str
    summary: Bilingual
    state: CertificateState
    line: Bilingual
    warning: Bilingual | None
    reason: str | None
    by: str | None
    at: Bilingual
    may_undo: bool
    may_refuse: bool


@dataclass(frozen=True, kw_only=True)
class CertificateQueue:
    """The teacher's page of certificates."""

    unit: Unit
    waiting: tuple[WaitingCertificate, ...]
    settled: tuple[SettledCertificate, ...]


def certificate_queue(world: World, visit: Visit) -> CertificateQueue:
    """Everything given in the visit's unit; those that wait by name, the others newest first.

    Raises:
        Refused: not a teacher; not set up; no rules.
    """
    require(visit, Role.TEACHER)
    activity = find_place(world, visit).activity
    rules, scope = rules_of(world, activity), unit_year(activity)
    with world.database.read() as connection:
        given = certificates_of(connection, scope)
        cohort = load_cohort(connection, rules, scope, sorted({each.person_id for each in given}))
        names = names_of(connection, [each.id for each in given])
        in_files = _others_in_files(connection, scope, given)
        people = _people(connection, given, in_files)
    waiting = [each for each in given if each.state is CertificateState.WAITING]
    waiting.sort(key=lambda each: order_of(people[each.person_id]))
    unit = cohort.unit
    return CertificateQueue(
        unit=unit,
        waiting=tuple(_waiting(cohort, each, given, people, names) for each in waiting),
        settled=tuple(
            _settled(cohort, each, people, in_files.get(each.id))
            for each in given
            if each.state is not CertificateState.WAITING
        ),
    )


def count_waiting(connection: Connection, scope: UnitYear) -> int | None:
    """How many certificates wait for a decision in a unit; None where none was ever given."""
    given = certificates_of(connection, scope)
    return sum(each.state is CertificateState.WAITING for each in given) if given else None


def certificate_summary(certificate: Certificate) -> Bilingual:
    """What Pix said of a certificate, in a line."""
    result = certificate.result
    if result is None:
        return Bilingual("Ce que Pix en dit n’est pas conservé.", "What Pix says of it is not kept.")
    on = day(result.date)
    kind = Bilingual(result.type, result.type)
    if not result.type.startswith("Pix"):
        kind = Bilingual(f"« {result.type} »", f"“{result.type}”")
    parts = [
        Bilingual(f"Certification {kind.fr} du {on.fr}", f"Certification {kind.en} of {on.en}"),
        *([Bilingual(f"{result.score} pix", f"{result.score} pix")] if result.score is not None else []),
        *(
            [Bilingual(certificate.global_level, certificate.global_level)]
            if certificate.global_level
            else []
        ),
        *([Bilingual(result.centre, result.centre)] if result.centre else []),
    ]
    return joined(parts, " · ")


def _others_in_files(connection: Connection, scope: UnitYear, given: Sequence[Certificate]) -> dict[int, int]:
    """To whom else a session's file, imported since, gives the exam of an accepted certificate."""
    accepted = {each.exam: each for each in given if each.exam and each.state is CertificateState.ACCEPTED}
    found: dict[int, int] = {}
    if accepted:
        for person_id, held in certifications_of(connection, scope).items():
            for each in held:
                one = accepted.get(each.exam)
                if one is not None and one.person_id != person_id:
                    found[one.id] = person_id
    return found


def _people(
    connection: Connection, given: Sequence[Certificate], in_files: Mapping[int, int]
) -> dict[int, Person]:
    said_by = {word.by_person for each in given for word in each.words if word.by_person is not None}
    wanted = {each.person_id for each in given} | said_by | set(in_files.values())
    return {person_id: get_person(connection, person_id) for person_id in wanted}


def _waiting(
    cohort: Cohort,
    certificate: Certificate,
    given: Sequence[Certificate],
    people: Mapping[int, Person],
    names: Mapping[int, tuple[str, str]],
) -> WaitingCertificate:
    unit, result = cohort.unit, certificate.result
    kept = names.get(certificate.id)
    before, after = _catch_up_marks(cohort, certificate)
    of_name = {Doubt.NAME_DIFFERS.value, Doubt.NAME_UNKNOWN.value} & set(certificate.doubts)
    return WaitingCertificate(
        id=certificate.id,
        person=people[certificate.person_id],
        name=person_label(people[certificate.person_id]),
        pix_name=" ".join(kept) if kept else None,
        name_forgotten=bool(of_name) and kept is None,
        given=moment(certificate.given_at, unit.timezone),
        summary=certificate_summary(certificate),
        reasons=reasons_in_words(certificate.doubts),
        counts_for=counts_for(unit, result) if result else certificate_summary(certificate),
        sessions=unit.catch_up.sessions if Doubt.OTHER_SESSION.value in certificate.doubts else (),
        before=before,
        after=after,
        rivals=tuple(
            person_name(people[each.person_id])
            for each in given
            if each.code_digest == certificate.code_digest
            and each.person_id != certificate.person_id
            and each.is_live
        ),
    )


def _catch_up_marks(cohort: Cohort, certificate: Certificate) -> tuple[Decimal | None, Decimal | None]:
    """The catch-up's mark as it is, and as it would be with this certificate accepted."""
    member = cohort.members.get(certificate.person_id)
    if member is None or certificate.result is None or certificate.exam is None:
        return None, None
    key = cohort.unit.catch_up.key
    would_be = Certification(
        id=0,
        person_id=certificate.person_id,
        result=replace(certificate.result, session=None),
        global_level=certificate.global_level,
        levels=certificate.levels,
        evidence=Evidence.VERIFIED,
        received_at=certificate.given_at,
        source={},
        exam=certificate.exam,
        fingerprint="",
    )
    then = cohort.outcome(member, also_certified=[would_be])
    return cohort.outcome(member).get_component(key).mark, then.get_component(key).mark


def _settled(
    cohort: Cohort, certificate: Certificate, people: Mapping[int, Person], in_file_of: int | None
) -> SettledCertificate:
    unit, state, word = cohort.unit, certificate.state, certificate.standing_word
    last = certificate.words[-1]
    by_teacher = word is not None and word.verdict is not Verdict.WITHDRAWN
    serves_another = Doubt.SERVES_ANOTHER.value in certificate.doubts
    if state is CertificateState.ACCEPTED and certificate.result is not None:
        kept = cohort.certifications.get(certificate.person_id, ())
        line = counts_for(unit, counted_result(certificate, kept) or certificate.result)
    elif state is CertificateState.WITHDRAWN:
        line = Bilingual(
            "Retiré par l’étudiant : il ne compte plus.", "Taken back by the student: it counts no more."
        )
    elif serves_another:
        line = Bilingual(
            "Refusé d’office : ce certificat sert déjà à une autre personne.",
            "Refused at once: this certificate already serves somebody else.",
        )
    else:
        line = Bilingual("Refusé : il ne compte pas.", "Refused: it does not count.")
    return SettledCertificate(
        id=certificate.id,
        person=people[certificate.person_id],
        name=person_label(people[certificate.person_id]),
        summary=certificate_summary(certificate),
        state=state,
        line=line,
        warning=None if in_file_of is None else _given_to(person_label(people[in_file_of])),
        reason=word.reason if word else None,
        by=person_name(people[last.by_person]) if last.by_person is not None else None,
        at=moment(last.at, unit.timezone),
        may_undo=by_teacher and not serves_another,
        may_refuse=state is CertificateState.ACCEPTED,
    )


def _given_to(name: str) -> Bilingual:
    return Bilingual(
        f"Un fichier de session, importé depuis, attribue cette certification à {name} : refusez le certificat, ou "
        "corrigez l’import.",
        f"A session's file, imported since, gives this certification to {name}: refuse the certificate, or correct the "
        "import.",
    )
