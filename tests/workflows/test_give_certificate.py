"""A student gives a certificate: Pix is asked once, what is certain counts at once, what is not waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest

from grading.profile import Evidence
from pix.certification_exam import exam_of
from pix.verifier import PixVerifier
from storage.certificates import CertificateState
from storage.certifications import certifications_of
from storage.schema import certificate, certificate_answer, certification, metadata
from tests.lti.small_server import Reply
from tests.pix.pdfs import certificate as certificate_pdf
from tests.pix.small_pix import CODE
from tests.workflows.certificates import CHLOE, Desk
from tests.workflows.school import add_activity
from tests.workflows.test_certifications import pix as told
from workflows.give_certificate import give_certificate, take_back_certificate
from workflows.rate_limits import TooOften
from workflows.refusal import RefusalCode, Refused
from workflows.visit import Role, Visit

OTHER = "P-ZZZ22333"
EXPECTED = Decimal("10.73")  # 412 of 768 pix, out of 20


def _refused(desk: Desk, visit: Visit, code: str = CODE, *, consent: bool = True) -> Refused:
    with pytest.raises(Refused) as caught:
        desk.gives(visit, code, consent=consent)
    return caught.value


def test_what_is_certain_counts_at_once(desk: Desk) -> None:
    """Name, type and date agree: the mark is the certification's, verified, and desired at the LMS."""
    desk.certifies()
    chloe = desk.enters()
    assert desk.gives(chloe) == CertificateState.ACCEPTED
    assert desk.school.mark(chloe).mark == EXPECTED
    assert desk.school.desired(chloe) is not None
    (kept,) = desk.kept(chloe)
    assert (kept.consent, kept.given_at, kept.doubts) == ("2026-11", desk.school.clock, ())
    assert kept.result is not None
    assert (kept.result.score, kept.result.date, kept.result.type) == (412, desk.inside, "Pix")
    assert kept.levels["1.1"] == 4
    with desk.school.world.database.read() as connection:
        (held,) = certifications_of(connection, kept.scope)[chloe.person_id]
    assert (held.evidence, held.source) == (
        Evidence.VERIFIED,
        {"kind": "certificate", "certificate": kept.id},
    )
    assert desk.told() == ["certificate_given"]
    assert desk.school.woken


def test_neither_code_nor_birth_data_nor_name_is_stored(desk: Desk) -> None:
    """Every table of the database, read whole."""
    desk.certifies(birthplace="Saint-Jorioz-le-Vieux")
    desk.gives(desk.enters())
    desk.certifies("Inès Zerrouki", code=OTHER)
    desk.gives(desk.enters("Bảo Nguyên", "99200058"), OTHER)
    with desk.school.world.database.read() as connection:
        stored = {
            table.name: repr(connection.execute(table.select()).all()) for table in metadata.tables.values()
        }
    for secret in (CODE, CODE[2:], OTHER, "2008-02-03", "Jorioz", "9100201"):
        assert [name for name, rows in stored.items() if secret in rows] == []
    names = [name for name, rows in stored.items() if "Zerrouki" in rows]
    assert names == ["certificate_name"]


@pytest.mark.parametrize(
    "name", ["CHLOE BELANGER NOEL", "Bélanger-Noël Chloé", "chloé bélanger noël", "Chloé Bélanger‑Noël"]
)
def test_a_name_is_the_same_however_it_is_written(desk: Desk, name: str) -> None:
    desk.certifies(name)
    assert desk.gives(desk.enters()) == "accepted"


def test_another_name_waits_and_is_kept_only_until_then(desk: Desk) -> None:
    desk.certifies("Chloé Martin")
    chloe = desk.enters()
    assert desk.gives(chloe) == "waiting"
    assert desk.names(chloe) == [("Chloé", "Martin")]
    assert desk.kept(chloe)[0].doubts == ("name_differs",)
    assert desk.school.mark(chloe).mark is None
    assert desk.gives(chloe) == "waiting"
    assert len(desk.kept(chloe)) == len(desk.pix.asked) == 1


def test_a_name_that_two_students_have_waits(desk: Desk) -> None:
    """Two accounts of one person, or two people: a teacher tells which."""
    desk.certifies()
    desk.school.enters(f"{CHLOE} ", "99200099")
    chloe = desk.enters()
    assert desk.gives(chloe) == "waiting"
    assert desk.kept(chloe)[0].doubts == ("name_shared",)
    assert desk.names(chloe) == []


def test_without_a_name_from_the_lms_a_teacher_looks(desk: Desk) -> None:
    desk.certifies()
    nameless = desk.enters("", None)
    assert desk.gives(nameless) == "waiting"
    assert desk.kept(nameless)[0].doubts == ("name_unknown",)
    assert desk.names(nameless) == [("Chloé", "Bélanger-Noël")]


@pytest.mark.parametrize(
    ("said", "doubt"),
    [
        ({"certification_framework": "DROIT", "pix_score": None}, "other_type"),
        ({"certification_framework": "CLEA"}, "other_type"),
        ({"certification_framework": ...}, "other_type"),
        ({"certification_date": "2024-05-14T08:00:00.000Z"}, "outside_window"),
    ],
)
def test_outside_rule_13_it_waits_and_counts_nothing_for_the_catch_up(
    desk: Desk, said: dict[str, Any], doubt: str
) -> None:
    desk.certifies(**said)
    chloe = desk.enters()
    assert desk.gives(chloe) == "waiting"
    assert desk.kept(chloe)[0].doubts == (doubt,)
    assert desk.school.mark(chloe).mark is None
    assert desk.school.desired(chloe) in (None, (None, None))


def test_a_certificate_of_the_second_generation_is_taken_alike(desk: Desk) -> None:
    desk.certifies(old=True)
    chloe = desk.enters()
    assert desk.gives(chloe) == "accepted"
    (kept,) = desk.kept(chloe)
    assert "1.2" not in kept.levels  # -1: not tested
    assert desk.school.mark(chloe).mark == Decimal("8.78")


@pytest.mark.parametrize(
    "said",
    [
        {"is_published": False},
        {"status": "cancelled", "pix_score": None},
        {"status": "error", "pix_score": None},
    ],
)
def test_without_a_result_nothing_is_kept_and_nothing_is_zero(desk: Desk, said: dict[str, Any]) -> None:
    desk.certifies(old=True, **said)
    chloe = desk.enters()
    assert _refused(desk, chloe).code is RefusalCode.CERTIFICATE
    assert desk.kept(chloe) == []
    assert desk.school.mark(chloe).mark is None
    assert desk.school.count(certification) == 0


def test_one_not_obtained_is_zero_as_rule_2_says(desk: Desk) -> None:
    desk.certifies(old=True, status="rejected", pix_score=0)
    chloe = desk.enters()
    assert desk.gives(chloe) == "accepted"
    assert desk.school.mark(chloe).mark == Decimal(0)


def test_without_agreement_pix_is_not_asked(desk: Desk) -> None:
    assert "accord" in _refused(desk, desk.enters(), consent=False).message.fr
    assert desk.pix.received == []
    assert desk.school.count(certificate) == 0


def test_a_pdf_gives_its_code_and_what_is_typed_goes_first(desk: Desk) -> None:
    desk.certifies()
    chloe = desk.enters()
    world = desk.school.world
    pdf = certificate_pdf()
    with pytest.raises(Refused) as caught:
        give_certificate(world, chloe, typed="", pdf=b"%PDF-1.7 of nothing", consent=True)
    assert "tapez le code" in caught.value.message.fr
    with pytest.raises(Refused):
        give_certificate(world, chloe, typed="P-", pdf=pdf, consent=True)
    assert desk.pix.received == []
    assert give_certificate(world, chloe, typed=" ", pdf=pdf, consent=True) is CertificateState.ACCEPTED
    assert desk.pix.asked == [CODE]


def test_only_learners_give_and_only_where_it_is_set(desk: Desk) -> None:
    assert _refused(desk, desk.school.teacher(activity="catchup")).code is RefusalCode.NOT_ALLOWED
    desk.school.world = replace(desk.school.world, verifier=None)
    assert _refused(desk, desk.enters()).code is RefusalCode.NOT_FOUND


def test_one_certificate_does_not_serve_two_people(desk: Desk) -> None:
    """The second is refused before Pix is asked, once however often they try; nothing of the first comes out."""
    desk.certifies()
    chloe, thief = desk.enters(), desk.enters("Bảo Nguyên", "99200058")
    assert desk.gives(chloe) == "accepted"
    for _ in range(3):
        assert desk.gives(thief) == "refused"
    assert desk.pix.asked == [CODE]
    (refused,) = desk.kept(thief)
    assert (refused.result, refused.levels, refused.doubts) == (None, {}, ("serves_another",))
    assert desk.school.mark(thief).mark is None
    assert desk.school.mark(chloe).mark == EXPECTED


def test_a_thief_who_comes_first_does_not_keep_its_owner_away(desk: Desk) -> None:
    """What waits holds nothing: the owner's name agrees, so theirs counts; the thief's cannot be accepted then."""
    desk.certifies()
    thief, chloe = desk.enters("Bảo Nguyên", "99200058"), desk.enters()
    assert desk.gives(thief) == "waiting"
    assert desk.gives(chloe) == "accepted"
    (waiting,) = desk.queue(desk.school.teacher(activity="catchup")).waiting
    assert waiting.rivals == (CHLOE,)
    assert waiting.pix_name == CHLOE


def test_the_same_person_may_use_it_in_another_course(desk: Desk) -> None:
    desk.certifies()
    chloe = desk.enters()
    desk.gives(chloe)
    add_activity(desk.school, "elsewhere", "catchup", course="course 2")
    again = desk.enters(activity="elsewhere", course_id=desk.school.course_id + 1)
    assert again.person_id == chloe.person_id
    assert desk.gives(again) == "accepted"
    assert desk.school.mark(again).mark == EXPECTED
    assert desk.pix.asked == [CODE]  # what Pix said a moment ago is believed
    take_back_certificate(desk.school.world, chloe, desk.kept(chloe)[0].id)
    assert desk.gives(desk.enters("Bảo Nguyên", "99200058")) == "refused"  # it serves her there still


def test_a_session_file_and_a_code_about_one_exam_are_one(desk: Desk) -> None:
    """The file names the session, kept whichever comes last: no double, and the unit's sessions still agree."""
    desk.certifies()
    chloe = desk.enters()
    told(desk.school, chloe).certifies(412, exam=exam_of("9100201"))
    assert desk.gives(chloe) == "accepted"
    mark = desk.school.mark(chloe)
    assert mark.mark == EXPECTED
    with desk.school.world.database.read() as connection:
        held = certifications_of(connection, desk.kept(chloe)[0].scope)[chloe.person_id]
    assert {each.exam for each in held} == {exam_of("9100201")}
    assert {each.result.session for each in held} == {"678901"}
    # The jury changed it: the file has the last word.
    told(desk.school, chloe).certifies(500, exam=exam_of("9100201"))
    assert desk.school.mark(chloe).mark == Decimal("13.02")


def test_one_that_a_file_gives_to_somebody_else_waits(desk: Desk) -> None:
    desk.certifies()
    told(desk.school, desk.enters("Inès Zerrouki", "99200082")).certifies(412, exam=exam_of("9100201"))
    chloe = desk.enters()
    assert desk.gives(chloe) == "waiting"
    assert desk.kept(chloe)[0].doubts == ("anothers_in_file",)


def test_taken_back_before_a_decision_it_is_forgotten_whole(desk: Desk) -> None:
    desk.certifies("Chloé Martin")
    chloe = desk.enters()
    desk.gives(chloe)
    take_back_certificate(desk.school.world, chloe, desk.kept(chloe)[0].id)
    assert (desk.kept(chloe), desk.names(chloe)) == ([], [])
    assert desk.school.count(certificate_answer) == 0
    assert desk.told() == ["certificate_given", "certificate_taken_back"]


def test_taken_back_once_it_counted_it_counts_no_more_and_stays_on_record(desk: Desk) -> None:
    desk.certifies()
    chloe = desk.enters()
    desk.gives(chloe)
    take_back_certificate(desk.school.world, chloe, desk.kept(chloe)[0].id)
    assert desk.school.mark(chloe).mark is None
    assert desk.school.desired(chloe) == (None, None)
    assert desk.kept(chloe)[0].state is CertificateState.WITHDRAWN
    with pytest.raises(Refused):
        take_back_certificate(desk.school.world, chloe, desk.kept(chloe)[0].id)
    assert desk.gives(desk.enters("Bảo Nguyên", "99200058")) == "waiting"  # it serves nobody now
    assert desk.gives(chloe) == "accepted"
    assert desk.school.mark(chloe).mark == EXPECTED


def test_nobody_takes_anothers_back(desk: Desk) -> None:
    desk.certifies()
    chloe = desk.enters()
    desk.gives(chloe)
    with pytest.raises(Refused) as caught:
        take_back_certificate(desk.school.world, desk.enters("Bảo Nguyên", "1"), desk.kept(chloe)[0].id)
    assert caught.value.code is RefusalCode.NOT_FOUND
    assert desk.school.mark(chloe).mark == EXPECTED


def test_an_unknown_code_is_not_asked_about_again_for_ten_minutes(desk: Desk) -> None:
    chloe = desk.enters()
    for _ in range(3):
        assert "ne connaît aucun certificat" in _refused(desk, chloe, OTHER).message.fr
    assert desk.pix.asked == [OTHER]
    desk.certifies(code=OTHER)
    desk.school.later(minutes=11)
    assert desk.gives(chloe, OTHER) == "accepted"


def test_a_silent_pix_is_asked_once_and_left_alone_for_a_while(desk: Desk) -> None:
    """One explicit try by a person, never one by ourselves; others do not wait for a Pix that just failed."""
    desk.certifies()
    desk.pix.instead.append(Reply(status=503))
    chloe, ines = desk.enters(), desk.enters("Inès Zerrouki", "99200082")
    assert "recommencez plus tard" in _refused(desk, chloe).message.fr
    assert "recommencez plus tard" in _refused(desk, ines, OTHER).message.fr
    assert len(desk.pix.received) == 1
    assert desk.kept(chloe) == []
    desk.school.later(seconds=31)
    assert desk.gives(chloe) == "accepted"


def test_pix_is_left_alone_as_long_as_it_asks(desk: Desk) -> None:
    desk.certifies()
    desk.pix.instead.append(Reply(status=429, headers={"Retry-After": "600"}))
    chloe = desk.enters()
    assert "attendre" in _refused(desk, chloe).message.fr
    desk.school.later(seconds=599)
    _refused(desk, chloe)
    assert len(desk.pix.received) == 1
    desk.school.later(seconds=2)
    assert desk.gives(chloe) == "accepted"


def test_nobody_tries_codes_all_day(desk: Desk) -> None:
    chloe = desk.enters()
    for number in range(10):
        _refused(desk, chloe, f"P-BCD{number + 10}KKK")
    with pytest.raises(TooOften) as caught:
        desk.gives(chloe, "P-BCD99KKK")
    assert len(desk.pix.asked) == 10
    assert caught.value.wait > timedelta(0)
    desk.certifies("Inès Zerrouki")
    assert desk.gives(desk.enters("Inès Zerrouki", "99200082")) == "accepted"


def test_only_so_many_ask_at_once(desk: Desk) -> None:
    """Four threads of a process may wait for a slow Pix, not all of them."""
    desk.certifies()
    verifier = desk.school.world.verifier
    assert isinstance(verifier, PixVerifier)
    chloe = desk.enters()
    taken = 0
    while verifier.slots.acquire(blocking=False):
        taken += 1
    assert taken == 4
    assert _refused(desk, chloe).code is RefusalCode.CERTIFICATE
    assert desk.pix.received == []
    verifier.slots.release(taken)
    assert desk.gives(chloe) == "accepted"


def test_a_reader_sees_and_gives_nothing(desk: Desk) -> None:
    desk.certifies()
    assert _refused(desk, desk.enters(role=Role.READER)).code is RefusalCode.NOT_ALLOWED


def test_two_who_give_one_at_the_same_instant_do_not_both_have_it(desk: Desk) -> None:
    """In two courses, by two accounts of one name: whoever comes second is refused or waits."""
    desk.certifies()
    add_activity(desk.school, "elsewhere", "catchup", course="course 2")
    first = desk.enters()
    second = desk.enters(f"{CHLOE} ", "99200099", activity="elsewhere", course_id=desk.school.course_id + 1)
    assert first.person_id != second.person_id
    ready = Barrier(2)
    ends: list[str] = []

    def gives(visit: Visit) -> None:
        ready.wait()
        try:
            ends.append(desk.gives(visit))
        except Refused as refused:
            ends.append(refused.code.value)

    threads = [Thread(target=gives, args=(visit,)) for visit in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends.count("accepted") == 1, ends
    assert sum(desk.school.mark(visit).mark is not None for visit in (first, second)) == 1
