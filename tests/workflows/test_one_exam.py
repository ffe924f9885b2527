"""One exam is one result, whether a session's file told it, a certificate, or both; and it is of one person."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pix.certification_exam import exam_of, exam_of_line
from pix.opened_files import open_file
from pix.orga_columns import Kind
from storage.certifications import Certification, certifications_of, standing
from storage.schema import certification
from tests.workflows.certificates import CHLOE, Desk
from tests.workflows.imports import Importing
from tests.workflows.test_import_files import CERTIFICATIONS, certified, session_file
from workflows.certificate_queue import certificate_queue
from workflows.cohort import unit_year
from workflows.decide_certificate import accept_certificate, refuse_certificate
from workflows.import_rows import FileRow, file_rows
from workflows.visit import Visit, find_place

EXPECTED = Decimal("10.73")  # 412 of 768 pix, out of 20
NUMBER = 9100201
"""The sample's exam, as its certificate says as well."""


def importing(desk: Desk) -> Importing:
    return desk.school.importing(desk.school.teacher(activity="catchup"))


def of_the_exam(desk: Desk, *, number: int = NUMBER, score: int = 412, first: str = "Chloé") -> bytes:
    """A session's file with one line, inside the window."""
    line = certified(number, first, "Bélanger-Noël", score=score, external_id="99200017")
    return session_file(desk.inside, line)


def results(desk: Desk, visit: Visit) -> list[Certification]:
    """What counts of a person's exams: one result an exam."""
    scope = unit_year(find_place(desk.school.world, visit).activity)
    with desk.school.world.database.read() as connection:
        return standing(certifications_of(connection, scope).get(visit.person_id, ()))


def test_a_line_and_a_certificate_name_an_exam_alike() -> None:
    (opened,) = open_file("session.csv", CERTIFICATIONS.read_bytes())
    assert opened.table is not None
    rows = [each for each in file_rows(Kind.CERTIFICATION, opened.table) if isinstance(each, FileRow)]
    lines = [each.certification for each in rows if each.certification is not None]
    assert [exam_of_line(each) for each in lines] == [exam_of(str(9100200 + n)) for n in range(1, 8)]


@pytest.mark.parametrize("certificate_first", [True, False])
def test_the_sample_session_and_the_sample_code_are_one_exam(desk: Desk, certificate_first: bool) -> None:
    """Outside the window of the unit the certificate waits; accepted by the teacher, it is the file's exam."""
    chloe = desk.enters()
    teacher = importing(desk)
    if certificate_first:
        desk.gives(chloe)
    teacher.takes(CERTIFICATIONS.read_bytes())
    if not certificate_first:
        desk.gives(chloe)
    (waiting,) = certificate_queue(desk.school.world, teacher.teacher).waiting
    accept_certificate(desk.school.world, teacher.teacher, waiting.id, reason="vu")
    (result,) = results(desk, chloe)
    assert (result.exam, result.result.score, result.result.session) == (exam_of(str(NUMBER)), 412, "678901")
    assert desk.school.count(certification) == 2, "both are on record"


@pytest.mark.parametrize("certificate_first", [True, False])
def test_inside_the_window_both_make_one_mark(desk: Desk, certificate_first: bool) -> None:
    desk.certifies()
    chloe = desk.enters()
    teacher = importing(desk)
    if certificate_first:
        assert desk.gives(chloe) == "accepted"
    done = teacher.takes(of_the_exam(desk))
    if not certificate_first:
        assert desk.gives(chloe) == "accepted"
    (result,) = results(desk, chloe)
    assert (result.exam, desk.school.mark(chloe).mark) == (exam_of(str(NUMBER)), EXPECTED)
    assert teacher.sees(of_the_exam(desk)).counts == {"already_known": 1}
    teacher.undoes(done)
    assert desk.school.mark(chloe).mark == EXPECTED, "the certificate stands by itself"
    assert teacher.sees(of_the_exam(desk)).counts == {"new": 1}


def test_a_number_that_a_spreadsheet_re_wrote_is_the_same_exam(desk: Desk) -> None:
    desk.certifies()
    chloe = desk.enters()
    desk.gives(chloe)
    again = of_the_exam(desk).replace(f"{NUMBER};".encode(), f'"{NUMBER}.0";'.encode())
    importing(desk).takes(again)
    assert len(results(desk, chloe)) == 1


def test_a_line_of_an_exam_that_an_accepted_certificate_gives_to_another_waits(desk: Desk) -> None:
    """The file says Inès, the certificate that was accepted says Chloé: never both, and the teacher is told why."""
    desk.certifies()
    chloe = desk.enters()
    assert desk.gives(chloe) == "accepted"
    ines = desk.enters("Inès Zerrouki", "99200082")
    teacher = importing(desk)
    file = session_file(desk.inside, certified(NUMBER, "Inès", "Zerrouki", score=412, external_id="99200082"))
    draft = teacher.uploads(file)
    seen = teacher.looks(draft)
    assert seen.counts == {"needs_decision": 1}
    (line,) = seen.lines
    assert f"Un certificat accepté donne cette certification à {CHLOE}" in line.explanation.fr
    assert "“Certificates given by students”" in line.explanation.en
    assert line.suggestions == (chloe.person_id, ines.person_id)
    assert seen.effects == ()

    chosen = teacher.chooses(draft, 2, ines.person_id)
    assert chosen.counts == {"needs_decision": 1}, "the certificate is to be refused first"
    assert teacher.confirms(chosen) is not None
    assert (desk.school.mark(chloe).mark, desk.school.mark(ines).mark) == (EXPECTED, None)

    refuse_certificate(
        desk.school.world, teacher.teacher, desk.kept(chloe)[0].id, reason="le fichier fait foi"
    )
    assert teacher.confirms(teacher.sees(file)) is not None
    assert (desk.school.mark(chloe).mark, desk.school.mark(ines).mark) == (None, EXPECTED)


def test_such_a_line_may_be_given_to_whose_certificate_it_is(desk: Desk) -> None:
    desk.certifies()
    chloe = desk.enters()
    desk.gives(chloe)
    desk.enters("Inès Zerrouki", "99200082")
    teacher = importing(desk)
    file = session_file(desk.inside, certified(NUMBER, "Inès", "Zerrouki", score=412, external_id="99200082"))
    chosen = teacher.chooses(teacher.uploads(file), 2, chloe.person_id)
    assert chosen.counts == {"new": 1}
    assert teacher.confirms(chosen) is not None
    assert len(results(desk, chloe)) == 1
    assert desk.school.mark(chloe).mark == EXPECTED


def test_who_comes_later_does_not_find_a_result_that_a_certificate_gives_to_another(desk: Desk) -> None:
    desk.certifies()
    chloe = desk.enters()
    desk.gives(chloe)
    file = session_file(desk.inside, certified(NUMBER, "Inès", "Zerrouki", score=412, external_id="99200082"))
    teacher = importing(desk)
    teacher.takes(file)
    ines = desk.enters("Inès Zerrouki", "99200082")
    assert desk.school.mark(ines).mark is None
    assert teacher.sees(file).counts == {"needs_decision": 1}
