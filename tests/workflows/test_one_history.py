"""The same person by link, file, API and certificate: one person with one history, whatever comes first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from grading.mark import Fate, MarkStatus
from storage.certifications import certifications_of
from tests.pix.exports import export, sending
from tests.workflows.certificates import CHLOE, Desk
from tests.workflows.pix import PixSchool, beside_pix
from tests.workflows.school import School
from tests.workflows.test_import_files import CERTIFICATIONS, certified, session_file
from workflows.cohort import unit_year
from workflows.visit import Visit, find_place

PARIS = ZoneInfo("Europe/Paris")
NUMBER = "99200017"
TOTAL = 16 * 24
ARRIVALS = ("declared", "read from the API", "imported")
MARK = Decimal("10.00")  # level 3 of 6 in each competence


@pytest.fixture
def pix(school: School) -> Iterator[PixSchool]:
    with beside_pix(school) as made:
        yield made


def _done(_seen: object) -> None:
    """What was shown does not matter here."""


def _campaign(pix: PixSchool) -> dict[str, Callable[[Visit], None]]:
    """One sending, an hour ago, by the student's own link: what brings it here, by name."""
    at = pix.school.clock.replace(second=31, microsecond=730_000) - timedelta(hours=1)
    code = pix.code(NUMBER)
    line = sending(
        first="chloe",  # typed in haste: the code decides, not the name
        last="B.",
        number=None,
        external_id=code,
        at=at.astimezone(PARIS).strftime("%d/%m/%Y %H:%M"),
        pix=24,
    )
    pix.sends("chloe B.", code, TOTAL, at=at)
    return {
        "declared": lambda visit: pix.school.declares(visit, 3, 3, 3),
        "read from the API": lambda _visit: pix.syncs(),
        "imported": lambda _visit: _done(pix.school.imports(pix.teacher, export(line))),
    }


@pytest.mark.parametrize("order", list(permutations(ARRIVALS)), ids=", ".join)
def test_one_sending_by_every_channel_makes_one_mark(pix: PixSchool, order: tuple[str, ...]) -> None:
    """The export's word is the last, whichever came first; nothing counts twice and nothing is lost."""
    doing = _campaign(pix)
    chloe = pix.school.enters(CHLOE, NUMBER)
    for each in order:
        doing[each](chloe)
        pix.school.later(minutes=1)
    mark = pix.school.mark(chloe)
    assert (mark.mark, mark.status) == (MARK, MarkStatus.VERIFIED)
    assert [each.fate for each in mark.verdicts].count(Fate.COUNTS) == 1
    assert sorted(str(each.source["kind"]) for each in pix.sent(chloe)) == ["form", "maddo", "orga_csv"]
    assert {each.person_id for each in pix.sent(chloe)} == {chloe.person_id}
    desired = pix.school.desired(chloe)
    assert desired is not None
    assert desired[0] == MARK
    assert pix.counts() == {"matched": 1}


@pytest.mark.parametrize("order", list(permutations(ARRIVALS[1:])), ids=", ".join)
def test_who_comes_last_finds_the_same_history(pix: PixSchool, order: tuple[str, ...]) -> None:
    """Nobody has launched when Pix tells of the sending: it waits, and is found by its check code alone."""
    doing = _campaign(pix)
    for each in order:
        doing[each](pix.teacher)
        pix.school.later(minutes=1)
    chloe = pix.school.enters(CHLOE, NUMBER)
    pix.works()
    mark = pix.school.mark(chloe)
    assert (mark.mark, mark.status) == (MARK, MarkStatus.VERIFIED)
    assert sorted(str(each.source["kind"]) for each in pix.sent(chloe)) == ["maddo", "orga_csv"]


def _exam(desk: Desk, visit: Visit) -> list[str]:
    """The exams that are known of somebody: as often as they count."""
    scope = unit_year(find_place(desk.school.world, visit).activity)
    with desk.school.world.database.read() as connection:
        held = certifications_of(connection, scope).get(visit.person_id, [])
    return sorted({each.exam for each in held})


@pytest.mark.parametrize("order", list(permutations(("code", "file"))), ids=", ".join)
def test_a_certificate_and_its_session_are_one_exam(desk: Desk, order: tuple[str, ...]) -> None:
    """The verification address and the session's file give the same number to one exam."""
    desk.certifies()
    chloe = desk.enters()
    line = certified(9100201, "Chloé", "Bélanger-Noël", score=412, external_id=NUMBER)
    for each in order:
        if each == "code":
            assert desk.gives(chloe) == "accepted"
        else:
            teacher = desk.school.teacher(activity="catchup")
            desk.school.imports(teacher, session_file(desk.inside, line), "session.csv")
    assert len(_exam(desk, chloe)) == 1
    assert desk.school.mark_of_catch_up(chloe).mark == Decimal("10.73")  # 412 of 768


def test_the_sample_session_and_the_sample_code_are_one_exam(desk: Desk) -> None:
    """As Pix writes them, to the letter."""
    day = datetime(2026, 12, 14, tzinfo=PARIS).date()
    desk.certifies(on=day)
    chloe = desk.enters()
    desk.school.imports(desk.school.teacher(activity="catchup"), CERTIFICATIONS.read_bytes(), "session.csv")
    known = _exam(desk, chloe)
    desk.gives(chloe)
    assert len(known) == 1
    assert _exam(desk, chloe) == known
