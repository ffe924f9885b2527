"""One certification exam is one person's, whichever results of it came, moved or were undone, in whatever order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from storage.people import PersonDetails, enter_person
from tests.workflows.certificates import Desk
from tests.workflows.imports import Importing
from tests.workflows.test_import_files import certified, session_file
from workflows.decide_certificate import accept_certificate, refuse_certificate, undo_decision
from workflows.kept_rows import take_rows_of
from workflows.refusal import RefusalCode, Refused
from workflows.visit import Visit

NUMBER = 9100201
"""The exam whose certificate the small Pix knows."""
OF_412, OF_350 = Decimal("10.73"), Decimal("9.11")
CHLOE, INES = ("Chloé", "Bélanger-Noël", "99200017"), ("Inès", "Zerrouki", "99200082")


class Case:
    """Chloé and Inès, a teacher, and files that tell of one exam."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.world = desk, desk.school.world
        self.chloe, self.ines = desk.enters(), desk.enters("Inès Zerrouki", "99200082")

    @property
    def importing(self) -> Importing:
        return self.desk.school.importing(self.desk.school.teacher(activity="catchup"))

    def marks(self) -> tuple[Decimal | None, Decimal | None]:
        """Chloé's and Inès's."""
        return self.desk.school.mark(self.chloe).mark, self.desk.school.mark(self.ines).mark

    def line(self, whose: tuple[str, str, str], score: int = 412) -> str:
        first, last, number = whose
        return certified(NUMBER, first, last, score=score, external_id=number)

    def file(self, *lines: str) -> bytes:
        return session_file(self.desk.inside, *lines)

    def gives_to(self, content: bytes, visit: Visit) -> int:
        """The teacher says whose the first line is."""
        importing = self.importing
        done = importing.confirms(importing.chooses(importing.uploads(content), 2, visit.person_id))
        assert done is not None
        return done


@pytest.fixture
def case(desk: Desk) -> Case:
    return Case(desk)


def test_given_to_another_no_earlier_result_of_the_exam_stands_again(case: Case) -> None:
    first, second = case.file(case.line(CHLOE, 350)), case.file(case.line(CHLOE, 412))
    case.importing.takes(first)
    case.importing.takes(second)
    assert case.marks() == (OF_412, None)
    moved = case.gives_to(second, case.ines)
    assert case.marks() == (None, OF_412)
    case.importing.undoes(moved)
    assert case.marks() == (OF_412, None), "all that was hers is hers again"


def test_what_an_undoing_gives_back_is_what_the_files_that_stand_have(case: Case) -> None:
    first, second = case.file(case.line(CHLOE, 350)), case.file(case.line(CHLOE, 412))
    done = case.importing.takes(first)
    case.gives_to(second, case.ines)
    assert case.marks() == (None, OF_412)
    case.importing.undoes(done)
    assert case.marks() == (None, OF_412)


@pytest.mark.parametrize("before", [False, True])
def test_of_two_results_in_one_file_the_last_line_counts_whatever_was_kept_before(
    case: Case, before: bool
) -> None:
    """Found by telling stories at random: what an import since undone had kept decided which of the two counted."""
    once = case.importing.confirms(case.importing.sees(case.file(case.line(CHLOE)))) if before else None
    both = case.importing.sees(case.file(case.line(CHLOE, 350), case.line(CHLOE, 412)))
    assert [each.outcome for each in both.lines] == ["ignored", "already_known" if before else "new"]
    assert "La ligne 3 dit autre chose" in both.lines[0].explanation.fr
    case.importing.confirms(both)
    assert case.marks() == (OF_412, None)
    if once is not None:
        case.importing.undoes(once)
    assert case.marks() == (OF_412, None)


def test_a_result_said_twice_with_another_between_is_not_lost(case: Case) -> None:
    lines = [case.line(CHLOE), case.line(CHLOE, 350), case.line(CHLOE)]
    seen = case.importing.sees(case.file(*lines))
    assert [each.outcome for each in seen.lines] == ["new", "ignored", "already_known"]
    assert "La ligne 4 dit autre chose" in seen.lines[1].explanation.fr
    case.importing.confirms(seen)
    assert case.marks() == (OF_412, None)


def test_of_two_lines_chosen_for_one_person_the_last_counts(case: Case) -> None:
    importing = case.importing
    file = case.file(case.line(("Ch.", "B.", ""), 350), case.line(CHLOE))
    seen = importing.chooses(importing.uploads(file), 2, case.chloe.person_id)
    assert [each.outcome for each in seen.lines] == ["ignored", "new"]
    importing.confirms(seen)
    assert case.marks() == (OF_412, None)


def test_a_choice_takes_the_exam_for_all_lines_of_the_chosen_person(case: Case) -> None:
    case.importing.takes(case.file(case.line(INES)))
    both = case.file(case.line(INES), case.line(CHLOE, 350))
    case.gives_to(both, case.chloe)
    assert case.marks() == (OF_350, None)
    again = case.importing.sees(both)
    assert not [each for each in again.lines if each.outcome == "new"], "one import has said it all"


def test_a_later_file_that_says_otherwise_takes_the_place_of_an_earlier(case: Case) -> None:
    case.importing.confirms(case.importing.sees(case.file(case.line(CHLOE))))
    case.importing.confirms(case.importing.sees(case.file(case.line(CHLOE, 350))))
    assert case.marks() == (OF_350, None)


def test_another_result_of_the_exam_that_names_somebody_else_waits(case: Case) -> None:
    case.importing.takes(case.file(case.line(CHLOE, 350)))
    seen = case.importing.sees(case.file(case.line(INES, 412)))
    assert seen.counts == {"needs_decision": 1}
    (line,) = seen.lines
    assert line.suggestions == (case.chloe.person_id, case.ines.person_id)
    assert "Un autre résultat de cette même certification (même numéro) est à Chloé" in line.explanation.fr
    assert "this same certification (same number) is Chloé" in line.explanation.en
    case.importing.confirms(seen)
    assert case.marks() == (OF_350, None)
    case.gives_to(case.file(case.line(INES, 412)), case.ines)
    assert case.marks() == (None, OF_412)


def test_the_same_result_under_another_name_waits_as_well(case: Case) -> None:
    case.importing.takes(case.file(case.line(CHLOE)))
    seen = case.importing.sees(case.file(case.line(INES)))
    assert seen.counts == {"needs_decision": 1}
    assert (seen.lines[0].held_by or "").startswith("Chloé")


def test_of_two_lines_of_one_file_the_second_waits_unless_the_teacher_chose_it(case: Case) -> None:
    both = case.file(case.line(CHLOE, 350), case.line(INES, 412))
    importing = case.importing
    draft = importing.uploads(both)
    assert importing.looks(draft).counts == {"new": 1, "needs_decision": 1}
    chosen = importing.chooses(draft, 3, case.ines.person_id)
    assert [line.outcome for line in chosen.lines] == ["needs_decision", "new"]
    importing.confirms(chosen)
    assert case.marks() == (None, OF_412)
    assert importing.sees(both).counts == {"needs_decision": 1, "already_known": 1}


def test_two_choices_that_contradict_each_other_leave_the_first(case: Case) -> None:
    both = case.file(case.line(CHLOE, 350), case.line(INES, 412))
    importing = case.importing
    draft = importing.uploads(both)
    importing.chooses(draft, 3, case.ines.person_id)
    chosen = importing.chooses(draft, 2, case.chloe.person_id)
    assert [line.outcome for line in chosen.lines] == ["new", "needs_decision"]


def test_one_name_of_a_result_left_aside_takes_it_from_nobody(case: Case) -> None:
    """Found by telling stories at random: imported again, the line that was ignored took the result away."""
    both = case.file(case.line(CHLOE), case.line(INES))
    importing = case.importing
    importing.confirms(importing.chooses(importing.uploads(both), 3, "ignore"))
    again = importing.sees(both)
    assert (again.counts, again.effects) == ({"already_known": 1, "ignored": 1}, ())
    importing.confirms(again)
    assert case.marks() == (OF_412, None)


def test_undoing_does_not_take_an_exam_from_whose_certificate_it_is(case: Case) -> None:
    """The file said Chloé, the teacher Inès; then Inès gave the certificate, which is in her name."""
    file = case.file(case.line(CHLOE))
    case.importing.takes(file)
    moved = case.gives_to(file, case.ines)
    case.desk.certifies("Inès Zerrouki")
    assert case.desk.gives(case.ines) == "accepted"
    seen = case.importing.undoes(moved)
    assert seen.counts == {"withdrawn": 1, "choices": 1}
    assert case.marks() == (None, OF_412)
    assert case.importing.sees(file).counts == {"needs_decision": 1}


def test_a_certificate_is_not_accepted_while_a_file_gives_its_exam_to_somebody_else(case: Case) -> None:
    file = case.file(case.line(INES))
    done = case.importing.takes(file)
    case.desk.certifies()
    assert case.desk.gives(case.chloe) == "waiting"
    (certificate,) = case.desk.kept(case.chloe)
    teacher = case.importing.teacher
    with pytest.raises(Refused) as refused:
        accept_certificate(case.world, teacher, certificate.id, reason="vu")
    assert refused.value.code is RefusalCode.CERTIFICATE
    assert (
        "Un fichier de session attribue cette certification à une autre personne" in refused.value.message.fr
    )
    assert case.marks() == (None, OF_412)
    case.importing.undoes(done)
    accept_certificate(case.world, teacher, certificate.id, reason="vu")
    assert case.marks() == (OF_412, None)


def test_a_refusal_is_not_undone_while_a_file_gives_the_exam_to_somebody_else(case: Case) -> None:
    case.desk.certifies()
    assert case.desk.gives(case.chloe) == "accepted"
    (certificate,) = case.desk.kept(case.chloe)
    teacher = case.importing.teacher
    refuse_certificate(case.world, teacher, certificate.id, reason="le fichier fait foi")
    case.importing.takes(case.file(case.line(INES)))
    with pytest.raises(Refused) as refused:
        undo_decision(case.world, teacher, certificate.id)
    assert refused.value.code is RefusalCode.CERTIFICATE
    assert case.marks() == (None, OF_412)


def test_who_comes_later_takes_no_result_of_an_exam_that_is_anothers(desk: Desk) -> None:
    chloe = desk.enters()
    importing = desk.school.importing(desk.school.teacher(activity="catchup"))
    importing.takes(session_file(desk.inside, certified(NUMBER, *CHLOE[:2], score=350, external_id=CHLOE[2])))
    importing.takes(session_file(desk.inside, certified(NUMBER, *INES[:2], score=412, external_id=INES[2])))
    ines = desk.enters("Inès Zerrouki", "99200082")
    assert (desk.school.mark(chloe).mark, desk.school.mark(ines).mark) == (OF_350, None)


def test_of_two_who_come_at_once_one_takes_the_exam(desk: Desk) -> None:
    """A roster brings both; two files tell of one exam, each of another of them."""
    importing = desk.school.importing(desk.school.teacher(activity="catchup"))
    for whose, score in ((CHLOE, 350), (INES, 412)):
        line = certified(NUMBER, *whose[:2], score=score, external_id=whose[2])
        importing.takes(session_file(desk.inside, line))
    school = desk.school
    come = [school.enters(f"{first} {last}") for first, last, _ in (CHLOE, INES)]
    with school.world.database.write() as connection:
        people = []
        for first, last, number in (CHLOE, INES):
            known = PersonDetails(
                sub=f"sub of {first} {last}",
                name=f"{first} {last}",
                given_name=first,
                family_name=last,
                email=None,
                student_number=number,
            )
            people.append(enter_person(connection, school.deployment_id, known, school.clock)[0])
        assert take_rows_of(connection, school.world, school.course_id, people, school.clock)
    held = [school.mark(replace(visit, activity_id=school.activities["catchup"])).mark for visit in come]
    assert held == [OF_350, None]
