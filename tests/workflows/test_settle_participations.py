"""What a participation proves, for whom, and how it stands beside the exports: one person, one history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.catalogue import read_catalogue
from demo.pix_export import Campaign as Exported
from demo.pix_export import Participation as Line
from demo.pix_export import write_export
from grading.mark import MarkStatus
from grading.profile import Evidence
from storage.match_choices import MatchChoice, remember_choice
from storage.opaque_numbers import keep_opaque_number
from storage.schema import withdrawal
from tests.web_student.rules import MASTERY_SCALE, TOTAL_SCALE, write_rules
from tests.workflows.pix import CODE, NUMBER, ORGANIZATION, PixSchool, beside_pix
from tests.workflows.school import School
from workflows.settle_participations import ParticipationOutcome, look

COMPETENCES = ("1.3", "2.3", "3.1")


@pytest.fixture
def pix(school: School) -> Iterator[PixSchool]:
    school.clock = school.clock.replace(second=10)  # what follows is of one minute, as an export writes it
    with beside_pix(school) as made:
        yield made


def chooses(pix: PixSchool, name: str, choice: str, person_id: int | None = None) -> None:
    """The teacher decides whose the participations under a name are."""
    with pix.school.world.database.write() as connection:
        settled = look(connection, pix.school.world, pix.campaign, NUMBER)
        key = next(each.identity_key for each in settled if each.participation.first_name in name.split()[:1])
        remember_choice(
            connection,
            pix.scope,
            MatchChoice(identity_key=key, choice=choice, person_id=person_id),
            by_person=pix.teacher.person_id,
            now=pix.school.clock,
        )


def export(*lines: Line) -> bytes:
    """What Pix Orga would export of the campaign."""
    return write_export(Exported(number=NUMBER, code=CODE, name="PIX-L1-CC1-2026"), lines)


def exported(pix: PixSchool, name: str, number: str, pix_each: int, *, minutes: int = 0) -> Line:
    """A line of the export: sent at the clock's minute on Pix Orga's clock (and so many minutes later)."""
    given, _, family = name.partition(" ")
    at = (pix.school.clock + timedelta(minutes=minutes)).astimezone(ZoneInfo("Europe/Paris"))
    values = dict.fromkeys(COMPETENCES, pix_each)
    return Line(family=family, given=given, number=number, at=at.replace(tzinfo=None), pix=values)


def test_a_name_alone_a_number_typed_and_a_right_code(pix: PixSchool) -> None:
    ines, hugo = pix.school.enters("Inès Haddad", "99200017"), pix.school.enters("Hugo Martin", "99200033")
    lea = pix.school.enters("Léa Petit", "99200041")
    pix.sends("Inès Haddad", pix.code("99200017"))
    pix.sends("Hugo Martin", "99200033")
    pix.sends("Léa Petit", None)
    pix.sends("Qui Conque", None)
    pix.syncs()
    assert [len(pix.sent(each)) for each in (ines, hugo, lea)] == [1, 1, 1]
    assert pix.counts() == {"matched": 3, "needs_decision": 1}


def test_a_wrong_code_waits_and_a_decision_settles_and_can_be_undone(pix: PixSchool) -> None:
    ines = pix.school.enters("Inès Haddad", "99200017")
    pix.sends("Inès Haddad", "99200017-CCCCCCC")
    pix.syncs()
    assert pix.counts() == {"needs_decision": 1}
    chooses(pix, "Inès", "person", ines.person_id)
    pix.syncs()
    assert (pix.counts(), len(pix.sent(ines))) == ({"matched": 1}, 1)
    chooses(pix, "Inès", "undone")
    pix.syncs()
    assert (pix.counts(), pix.sent(ines)) == ({"needs_decision": 1}, [])
    chooses(pix, "Inès", "person", ines.person_id)
    pix.syncs()
    assert len(pix.sent(ines)) == 1
    chooses(pix, "Inès", "ignore")
    pix.syncs()
    assert (pix.counts(), pix.sent(ines)) == ({"ignored": 1}, [])
    assert pix.school.count(withdrawal) == 3


def test_an_undone_decision_leaves_at_once_what_would_be_there_without_it(pix: PixSchool) -> None:
    """Found by telling stories at random: what had rested on the decision reached its person one reading later."""
    tom, ines = pix.school.enters("Tom Petit", None), pix.school.enters("Inès Haddad", "99200017")
    pix.sends("Tom Petit", None)
    pix.syncs()
    chooses(pix, "Tom", "person", ines.person_id)
    pix.syncs()
    assert (len(pix.sent(tom)), len(pix.sent(ines))) == (0, 1)
    chooses(pix, "Tom", "undone")
    pix.syncs()
    assert (len(pix.sent(tom)), len(pix.sent(ines))) == (1, 0)
    assert pix.counts() == {"matched": 1}


def test_a_choice_made_for_a_file_is_one_for_what_the_api_told_at_once(pix: PixSchool) -> None:
    ines = pix.school.enters("Inès Haddad", "99200017")
    pix.sends("Pseudo Inconnu", None)
    pix.syncs()
    importing = pix.school.importing(pix.teacher)
    file = export(exported(pix, "Pseudo Inconnu", "", 8))
    done = importing.confirms(importing.chooses(importing.uploads(file), 2, ines.person_id))
    pix.works()
    assert (len(pix.sent(ines)), pix.counts()) == (2, {"matched": 1})
    assert done is not None
    importing.undoes(done)
    pix.works()
    assert (pix.sent(ines), pix.counts()) == ([], {"needs_decision": 1})


def test_a_sending_moves_on_a_right_code_only(pix: PixSchool) -> None:
    """It counted for who was called so; later somebody comes whose number was typed."""
    first = pix.school.enters("Tom Petit", None)
    pix.sends("Tom Petit", "99200058")
    pix.syncs()
    assert len(pix.sent(first)) == 1
    second = pix.school.enters("Tom Petit Junior", "99200058")
    pix.syncs()
    assert (len(pix.sent(first)), len(pix.sent(second))) == (1, 0)
    with pix.school.world.database.read() as connection:
        (waiting,) = look(connection, pix.school.world, pix.campaign, NUMBER)
    assert waiting.outcome is ParticipationOutcome.NEEDS_DECISION
    assert waiting.person_id == first.person_id
    chooses(pix, "Tom", "person", second.person_id)
    pix.syncs()
    assert (len(pix.sent(first)), len(pix.sent(second))) == (0, 1)


def test_who_comes_later_finds_what_they_sent(pix: PixSchool) -> None:
    pix.sends("Inès Haddad", pix.code("99200017"))
    pix.sends("Hugo Martin", "99200033")
    pix.syncs()
    assert pix.counts() == {"needs_decision": 2}
    asked = len(pix.server.received)
    ines = pix.school.enters("Inès H.", "99200017")
    pix.school.enters("Hugo Martin", "99200033")
    pix.school.enters("Étienne Noël", "98000000")
    pix.works()
    assert pix.counts() == {"matched": 2}
    assert len(pix.sent(ines)) == 1
    assert len(pix.server.received) == asked, "Pix is not asked for it"


def test_a_trial_of_the_teacher_is_left_aside(pix: PixSchool) -> None:
    teacher = pix.school.teacher("Hélène Marchand")
    with pix.school.world.database.write() as connection:
        number = keep_opaque_number(connection, teacher.person_id, ["X7CDFHJK"], pix.school.clock)
    pix.sends("Hélène Marchand", pix.code(number))
    pix.syncs()
    assert pix.counts() == {"ignored": 1}


def test_levels_wait_for_the_export_and_the_declared_total_is_compared(pix: PixSchool) -> None:
    ines = pix.school.enters("Inès Haddad", "99200017")
    pix.school.declares(ines, 4, 4, 4)
    pix.sends("Inès Haddad", pix.code("99200017"), 40)
    pix.syncs()
    mark = pix.school.mark(ines)
    assert (mark.mark, mark.status) == (Decimal("13.33"), MarkStatus.DECLARED)
    told = " ".join(each.fr for each in mark.explanation)
    assert "40 pix" in told
    assert "à vérifier" in told


def test_the_export_takes_the_place_of_what_the_api_told(pix: PixSchool) -> None:
    ines = pix.school.enters("Inès Haddad", "99200017")
    pix.sends("Inès Haddad", pix.code("99200017"), 96)
    line = exported(pix, "Inès Haddad", "99200017", 32)
    pix.syncs()
    assert pix.school.mark(ines).status is MarkStatus.UNKNOWN
    pix.school.imports(pix.teacher, export(line))
    mark = pix.school.mark(ines)
    assert (mark.mark, mark.status) == (Decimal("13.33"), MarkStatus.VERIFIED)
    assert [each.sending.evidence for each in mark.verdicts] == [Evidence.VERIFIED], "one sending, one line"
    assert len(pix.sent(ines)) == 2, "both are on record"
    pix.syncs()
    assert len(pix.school.mark(ines).verdicts) == 1


def test_two_sendings_are_two(pix: PixSchool) -> None:
    """Another minute, or another total in the same minute."""
    ines = pix.school.enters("Inès Haddad", "99200017")
    pix.sends("Inès Haddad", pix.code("99200017"), 96)
    pix.syncs()
    pix.school.imports(pix.teacher, export(exported(pix, "Inès Haddad", "99200017", 32, minutes=-2)))
    assert len(pix.school.mark(ines).verdicts) == 2
    pix.sends("Inès Haddad", pix.code("99200017"), 120)
    pix.school.imports(pix.teacher, export(exported(pix, "Inès Haddad", "99200017", 32)))
    pix.syncs()
    verdicts = pix.school.mark(ines).verdicts
    assert [each.sending.profile.total for each in verdicts] == [96, 96, 120]


def test_the_api_after_the_export_adds_nothing(pix: PixSchool) -> None:
    ines = pix.school.enters("Inès Haddad", "99200017")
    pix.school.imports(pix.teacher, export(exported(pix, "Inès Haddad", "99200017", 32)))
    pix.sends("Inès Haddad", pix.code("99200017"), 96)
    pix.syncs()
    mark = pix.school.mark(ines)
    assert (len(mark.verdicts), mark.status) == (1, MarkStatus.VERIFIED)


def test_topics_are_kept_by_competence_and_never_as_levels(pix: PixSchool) -> None:
    ines = pix.school.enters("Inès Haddad", "99200017")
    tubes = [{"competenceId": "recNv8qhaY887jQb2", "id": "t", "reachedLevel": level} for level in (2, 5)]
    pix.sends("Inès Haddad", pix.code("99200017"), 96, tubes=tubes)
    pix.syncs()
    (sent,) = pix.sent(ines)
    assert sent.source["topics"] == {"1.3": [2, 2, 5]}
    assert sent.profile.levels == {}
    assert pix.school.mark(ines).mark is None


def with_rules(pix: PixSchool, folder: Path, **settings: str) -> None:
    """Let CC1 be marked otherwise."""
    write_rules(folder, {"cc1": settings})
    pix.school.world = replace(pix.school.world, rules=read_catalogue(folder))


def test_a_total_confirmed_by_pix_verifies_a_component_marked_on_totals(
    pix: PixSchool, tmp_path: Path
) -> None:
    with_rules(pix, tmp_path / "rules", basis='"pix_total"', scale=TOTAL_SCALE, cap="640")
    ines = pix.school.enters("Inès Haddad", "99200017")
    pix.sends("Inès Haddad", pix.code("99200017"), 320)
    pix.syncs()
    mark = pix.school.mark(ines)
    assert (mark.mark, mark.status) == (Decimal("10.00"), MarkStatus.VERIFIED)
    assert pix.school.desired(ines) is not None


def test_a_share_confirmed_by_pix_verifies_a_component_marked_on_shares(
    pix: PixSchool, tmp_path: Path
) -> None:
    with_rules(pix, tmp_path / "rules", basis='"mastery"', scale=MASTERY_SCALE, cap="1")
    pix.data.campaigns[ORGANIZATION][0]["type"] = "ASSESSMENT"
    ines = pix.school.enters("Inès Haddad", "99200017")
    pix.sends("Inès Haddad", pix.code("99200017"), None, masteryRate=0.82)
    pix.syncs()
    mark = pix.school.mark(ines)
    assert (mark.mark, mark.status) == (Decimal("16.40"), MarkStatus.VERIFIED)
    (sent,) = pix.sent(ines)
    assert sent.profile.mastery == Decimal("0.82")


def test_a_sending_after_the_deadline_is_late_to_the_millisecond(pix: PixSchool) -> None:
    ines = pix.school.enters("Inès Haddad", "99200017")
    rules = pix.school.world.rules.find("HA1G10H", "2026-2027")
    assert rules is not None
    closes_at = rules.unit.get_component("cc1").closes_at
    pix.school.clock = closes_at + timedelta(days=1)
    pix.sends("Inès Haddad", pix.code("99200017"), at=closes_at + timedelta(milliseconds=1))
    pix.syncs()
    assert pix.school.mark(ines).status is MarkStatus.LATE
    pix.sends("Inès Haddad", pix.code("99200017"), at=closes_at)
    pix.school.later(days=1)
    pix.syncs()
    assert pix.school.mark(ines).status is MarkStatus.UNKNOWN
