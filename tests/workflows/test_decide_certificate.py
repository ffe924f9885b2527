"""A teacher decides about certificates that wait; every decision has its reason, can be undone, and changes marks."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from config.catalogue import Catalogue
from grading.certification import CertificationStatus
from pix.certification_exam import exam_of
from storage.certificates import CertificateState
from storage.schema import certificate_name
from tests.workflows.certificates import CHLOE, Desk
from tests.workflows.test_certifications import pix as told
from workflows.certificate_part import certificate_page
from workflows.certificate_queue import CertificateQueue
from workflows.decide_certificate import accept_certificate, refuse_certificate, undo_decision
from workflows.give_certificate import take_back_certificate
from workflows.jobs import JobBook
from workflows.refusal import RefusalCode, Refused
from workflows.student_page import student_page
from workflows.sweep import sweep
from workflows.visit import Visit

EXPECTED = Decimal("10.73")


class Case:
    """Chloé gave a certificate of another name; a teacher looks."""

    def __init__(self, desk: Desk, name: str = "Chloé Martin", **said: object) -> None:
        desk.certifies(name, **said)  # type: ignore[arg-type] # attributes of the answer
        self.desk = desk
        self.chloe = desk.enters()
        self.teacher = desk.school.teacher(activity="catchup")
        desk.gives(self.chloe)

    @property
    def id(self) -> int:
        return self.desk.kept(self.chloe)[0].id

    @property
    def state(self) -> CertificateState:
        return self.desk.kept(self.chloe)[0].state

    @property
    def mark(self) -> Decimal | None:
        return self.desk.school.mark(self.chloe).mark

    def queue(self) -> CertificateQueue:
        return self.desk.queue(self.teacher)

    def accepts(self, reason: str = "nom d’usage", session: str = "", by: Visit | None = None) -> None:
        accept_certificate(
            self.desk.school.world, by or self.teacher, self.id, reason=reason, session=session
        )

    def refuses(self, reason: str = "ce n’est pas elle") -> None:
        refuse_certificate(self.desk.school.world, self.teacher, self.id, reason=reason)

    def undoes(self) -> None:
        undo_decision(self.desk.school.world, self.teacher, self.id)

    def told(self) -> str:
        """What the student reads of it."""
        (held,) = certificate_page(self.desk.school.world, self.chloe).part.held
        return " ".join(line.fr for line in held.lines)


@pytest.fixture
def case(desk: Desk) -> Case:
    return Case(desk)


def test_the_queue_shows_both_names_what_it_counts_for_and_the_mark(case: Case) -> None:
    (waiting,) = case.queue().waiting
    assert (waiting.pix_name, waiting.name) == ("Chloé Martin", f"{CHLOE} (99200017)")
    assert (waiting.before, waiting.after) == (None, EXPECTED)
    assert "le rattrapage" in waiting.counts_for.fr
    assert [each.fr for each in waiting.reasons] == [
        "le nom du certificat n’est pas exactement celui que donne la plateforme"
    ]
    assert "Votre enseignant doit l’examiner" in case.told()


def test_accepted_it_counts_and_the_name_is_forgotten(case: Case) -> None:
    case.accepts()
    assert (case.state, case.mark) == (CertificateState.ACCEPTED, EXPECTED)
    assert case.desk.names(case.chloe) == []
    (settled,) = case.queue().settled
    assert (settled.reason, settled.by, settled.may_undo) == ("nom d’usage", "Hélène Marchand", True)
    assert case.told().startswith(
        "Il est pris en compte pour le rattrapage et pour l’exigence de certification (PEIP-bio, "
    )
    assert case.desk.told() == ["certificate_given", "certificate_accepted"]


def test_refused_it_does_not_count_and_the_student_reads_why(case: Case) -> None:
    case.refuses("Le certificat porte le nom de votre sœur.")
    assert (case.state, case.mark) == (CertificateState.REFUSED, None)
    assert case.desk.names(case.chloe) == []
    assert "Le certificat porte le nom de votre sœur." in case.told()
    assert "parlez-en à votre enseignant" in case.told()


def test_every_decision_can_be_undone_and_stays_on_record(case: Case) -> None:
    case.accepts()
    case.undoes()
    assert (case.state, case.mark) == (CertificateState.WAITING, None)
    (waiting,) = case.queue().waiting
    assert waiting.pix_name is None
    assert waiting.name_forgotten
    case.refuses()
    case.undoes()
    case.accepts("vérifié sur pièce")
    assert (case.state, case.mark) == (CertificateState.ACCEPTED, EXPECTED)
    words = case.desk.kept(case.chloe)[0].words
    assert [word.verdict.value for word in words] == ["accepted", "undone", "refused", "undone", "accepted"]
    assert [word.reason for word in words] == [
        "nom d’usage",
        None,
        "ce n’est pas elle",
        None,
        "vérifié sur pièce",
    ]
    assert case.desk.told()[1:] == [
        "certificate_accepted",
        "certificate_undone",
        "certificate_refused",
        "certificate_undone",
        "certificate_accepted",
    ]


def test_what_the_tool_accepted_can_be_refused_and_that_undone(desk: Desk) -> None:
    case = Case(desk, CHLOE)
    assert (case.state, case.mark) == (CertificateState.ACCEPTED, EXPECTED)
    (settled,) = case.queue().settled
    assert (settled.by, settled.may_refuse) == (None, True)
    case.refuses("fraude établie")
    assert (case.state, case.mark) == (CertificateState.REFUSED, None)
    case.undoes()
    assert (case.state, case.mark) == (CertificateState.ACCEPTED, EXPECTED)


def test_a_reason_is_needed(case: Case) -> None:
    for reason in ("", " \n ", "x" * 301):
        for decide in (case.accepts, case.refuses):
            with pytest.raises(Refused) as caught:
                decide(reason)
            assert caught.value.code is RefusalCode.BAD_CHOICE
    assert case.state is CertificateState.WAITING


def test_a_decision_already_taken_is_not_taken_over(case: Case) -> None:
    """Two teachers on the same page: the second is told, and nothing is done."""
    case.accepts()
    with pytest.raises(Refused) as caught:
        case.accepts(by=case.desk.school.teacher("Pierre Roux", activity="catchup"))
    assert caught.value.code is RefusalCode.CHANGED_MEANWHILE
    case.refuses()
    with pytest.raises(Refused):
        case.refuses()
    case.undoes()
    case.undoes()
    with pytest.raises(Refused):
        case.undoes()


def test_what_its_owner_took_back_is_not_decided_about(case: Case) -> None:
    id_ = case.id
    take_back_certificate(case.desk.school.world, case.chloe, id_)
    with pytest.raises(Refused) as caught:
        refuse_certificate(case.desk.school.world, case.teacher, id_, reason="trop tard")
    assert caught.value.code is RefusalCode.NOT_FOUND
    case.desk.gives(case.chloe)
    case.accepts()
    take_back_certificate(case.desk.school.world, case.chloe, case.id)
    assert case.mark is None
    for decide in (case.accepts, case.refuses, case.undoes):
        with pytest.raises(Refused):
            decide()
    assert "Vous l’avez retiré" in case.told()


def test_only_teachers_of_the_course_decide(case: Case) -> None:
    with pytest.raises(Refused) as caught:
        case.accepts(by=case.chloe)
    assert caught.value.code is RefusalCode.NOT_ALLOWED
    with pytest.raises(Refused):
        case.desk.queue(case.chloe)


def test_one_outside_the_window_may_be_accepted_for_a_programme_only(desk: Desk) -> None:
    case = Case(desk, CHLOE, certification_date="2024-05-14T08:00:00.000Z")
    (waiting,) = case.queue().waiting
    assert "l’exigence de certification" in waiting.counts_for.fr
    assert "pas pour le rattrapage" in waiting.counts_for.fr
    case.accepts("certification du lycée, vue")
    assert (case.state, case.mark) == (CertificateState.ACCEPTED, None)
    assert "l’exigence de certification" in case.told()
    assert student_page(desk.school.world, case.chloe).mark.status.value == "no_result"


def _with_sessions(desk: Desk, *sessions: str) -> None:
    """The unit names its sessions."""
    rules = desk.school.world.rules
    assert isinstance(rules, Catalogue)
    files = tuple(
        replace(each, unit=replace(each.unit, catch_up=replace(each.unit.catch_up, sessions=sessions)))
        for each in rules
    )
    desk.school.world = replace(desk.school.world, rules=replace(rules, files=files))


def test_a_session_that_a_certificate_does_not_tell_is_said_by_the_teacher(desk: Desk) -> None:
    _with_sessions(desk, "678901", "678902")
    case = Case(desk, CHLOE)
    (waiting,) = case.queue().waiting
    assert desk.kept(case.chloe)[0].doubts == ("other_session",)
    assert waiting.sessions == ("678901", "678902")
    with pytest.raises(Refused) as caught:
        case.accepts(session="999999")
    assert caught.value.code is RefusalCode.BAD_CHOICE
    case.accepts("présent à la session", session="678902")
    assert case.mark == EXPECTED
    assert case.told().startswith(
        "Il est pris en compte pour le rattrapage et pour l’exigence de certification (PEIP-bio, "
    )
    case.undoes()
    assert case.mark is None
    case.accepts("d’un autre centre")
    assert case.mark is None


def test_the_session_of_a_file_is_enough(desk: Desk) -> None:
    _with_sessions(desk, "678901")
    told(desk.school, desk.enters()).certifies(412, exam=exam_of("9100201"))
    case = Case(desk, CHLOE)
    assert (case.state, case.mark) == (CertificateState.ACCEPTED, EXPECTED)
    assert case.told().startswith(
        "Il est pris en compte pour le rattrapage et pour l’exigence de certification (PEIP-bio, "
    )


def test_what_a_file_says_later_has_the_last_word(desk: Desk) -> None:
    case = Case(desk, CHLOE)
    told(desk.school, case.chloe).certifies(
        None, status=CertificationStatus.CANCELLED, exam=exam_of("9100201")
    )
    assert case.mark is None
    assert "annulée" in case.told()


def test_of_two_who_gave_one_only_one_can_be_accepted(desk: Desk) -> None:
    case = Case(desk)
    bao = desk.enters("Bảo Nguyên", "99200058")
    desk.gives(bao)
    case.accepts()
    (waiting,) = case.queue().waiting
    with pytest.raises(Refused) as caught:
        accept_certificate(desk.school.world, case.teacher, waiting.id, reason="lui aussi ?")
    assert caught.value.code is RefusalCode.CERTIFICATE
    assert desk.kept(bao)[0].state is CertificateState.WAITING
    assert desk.school.mark(bao).mark is None
    case.refuses("c’était le sien")
    accept_certificate(desk.school.world, case.teacher, waiting.id, reason="pièce d’identité vue")
    assert desk.school.mark(bao).mark == EXPECTED
    with pytest.raises(Refused):
        case.undoes()  # it would be hers again
    assert case.state is CertificateState.REFUSED


def test_one_refused_at_once_is_told_to_the_teacher_and_cannot_be_accepted(desk: Desk) -> None:
    case = Case(desk, CHLOE)
    bao = desk.enters("Bảo Nguyên", "99200058")
    assert desk.gives(bao) == "refused"
    told, _accepted = case.queue().settled
    assert (told.name, told.may_undo, told.may_refuse) == ("Bảo Nguyên (99200058)", False, False)
    assert "sert déjà à une autre personne" in told.line.fr
    with pytest.raises(Refused):
        undo_decision(desk.school.world, case.teacher, desk.kept(bao)[0].id)


def test_names_nobody_decided_about_are_forgotten_after_90_days(case: Case) -> None:
    case.desk.school.later(days=89)
    sweep(case.desk.school.world, JobBook(handlers={}))
    assert case.desk.school.count(certificate_name) == 1
    case.desk.school.later(days=2)
    sweep(case.desk.school.world, JobBook(handlers={}))
    assert case.desk.school.count(certificate_name) == 0
    assert case.queue().waiting[0].name_forgotten


def test_what_pix_said_of_one_refused_is_forgotten_after_90_days(case: Case) -> None:
    """It was somebody else's, as like as not; until then the refusal can be undone and the certificate accepted."""
    case.refuses()
    case.desk.school.later(days=89)
    sweep(case.desk.school.world, JobBook(handlers={}))
    assert case.desk.kept(case.chloe)[0].result is not None
    case.desk.school.later(days=2)
    sweep(case.desk.school.world, JobBook(handlers={}))
    (kept,) = case.desk.kept(case.chloe)
    assert (kept.result, kept.levels, kept.exam, kept.state) == (None, {}, None, CertificateState.REFUSED)
    case.undoes()
    with pytest.raises(Refused) as caught:
        case.accepts()
    assert caught.value.code is RefusalCode.CERTIFICATE
    assert case.queue().waiting[0].summary.fr == "Ce que Pix en dit n’est pas conservé."


def test_a_file_that_gives_the_exam_to_somebody_else_later_is_pointed_out(desk: Desk) -> None:
    case = Case(desk, CHLOE)
    told(desk.school, desk.enters("Inès Zerrouki", "99200082")).certifies(412, exam=exam_of("9100201"))
    (settled,) = case.queue().settled
    assert settled.warning is not None
    assert "Inès Zerrouki" in settled.warning.fr
    case.refuses("le fichier fait foi")
    assert case.queue().settled[0].warning is None
