"""A Pix Orga export is taken in: every line accounted for, shown before, all or nothing, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from storage.schema import (
    desired_score,
    grade,
    imported_row,
    submission,
    withdrawal,
)
from tests.pix.exports import export, sending
from tests.workflows.school import School
from workflows.import_campaign import choose
from workflows.import_lines import LineOutcome
from workflows.refusal import RefusalCode, Refused

EVIDENCE = (submission, withdrawal, grade, desired_score, imported_row)
SAMPLE = (
    Path(__file__).parent.parent / "pix" / "samples" / "Resultats-PIX-L1-CC1-2026-512345-2026-11-20-1830.csv"
)


def pix_time(school: School, **ago: float) -> str:
    """An instant as Pix writes it, some time before the tool's clock."""
    local = (school.clock - timedelta(**ago)).astimezone(ZoneInfo("Europe/Paris"))
    return local.strftime("%d/%m/%Y %H:%M")


def line_of(
    school: School, first: str, last: str, number: str | None, *, level: int = 3, hours: int = 1
) -> list[object]:
    """A line of somebody who sent an hour ago, with this level everywhere."""
    at = pix_time(school, hours=hours)
    return sending(first=first, last=last, number=number, external_id=None, at=at, pix=level * 8)


def test_the_sample_is_taken_in_whole(school: School) -> None:
    """Ten lines, eight people: two unsent, one unknown to the course; the counts add up to the lines."""
    for name, number in (
        ("Chloé Bélanger-Noël", "99200017"),
        ("Maëlys D'Ornellas", "99200025"),
        ("Zoé Kowalczyk", "99200033"),
        ("Anaïs Lefèvre", "09200041"),
        ("Étienne O'Sullivan", None),
        ("Gaël Quéré", "99200074"),
    ):
        school.enters(name, number)
    teacher = school.teacher()
    school.clock = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("UTC"))
    shown = school.imports(teacher, SAMPLE.read_bytes())
    assert shown.counts == {"new": 7, "needs_decision": 1, "not_sent": 2}
    assert sum(shown.counts.values()) == len(shown.lines) == 10
    assert [line.line for line in shown.lines] == list(range(2, 12))
    assert school.count(submission) == 7


def test_the_preview_tells_every_mark_before_and_after_and_changes_nothing(school: School) -> None:
    declared = school.enters("Léa Benoît", "99300010")
    school.declares(declared, 5, 5, 5)
    unsent = school.enters("Noé Garçon", "99300011")
    teacher = school.teacher()
    before = school.contents(EVIDENCE)
    file = export(line_of(school, "Léa", "Benoît", "99300010"), line_of(school, "Noé", "Garçon", "99300011"))
    importing = school.importing(teacher)
    shown = importing.sees(file)
    marks = {effect.person_id: (effect.before.mark, effect.after.mark) for effect in shown.effects}
    assert marks == {
        declared.person_id: (Decimal("16.67"), Decimal("10.00")),
        unsent.person_id: (None, Decimal("10.00")),
    }
    notes = [effect.note.fr if effect.note else None for effect in shown.effects]
    assert notes == ["La déclaration donnait 16,67/20, l’export Pix donne 10,00/20.", None]
    assert school.contents(EVIDENCE) == before
    assert importing.confirms(shown) is not None
    assert school.mark(declared).mark == school.mark(unsent).mark == Decimal("10.00")
    wanted = school.desired(declared)
    assert wanted is not None
    assert wanted[0] == Decimal("10.00")
    assert "Provisoire" not in (wanted[1] or "")


def test_twice_changes_nothing(school: School) -> None:
    school.enters("Léa Benoît", "99300010")
    teacher = school.teacher()
    file = export(line_of(school, "Léa", "Benoît", "99300010"), line_of(school, "Ida", "Nobody", "99399999"))
    school.imports(teacher, file)
    before = school.contents(EVIDENCE)
    again = school.imports(teacher, file, name="the same file under another name.csv")
    assert again.counts == {"already_known": 1, "needs_decision": 1}
    assert again.effects == ()
    assert not again.changes_something
    assert school.contents(EVIDENCE) == before


def test_a_line_that_is_there_twice_is_one_sending(school: School) -> None:
    school.enters("Léa Benoît", "99300010")
    line = line_of(school, "Léa", "Benoît", "99300010")
    shown = school.imports(school.teacher(), export(line, line))
    assert [each.outcome for each in shown.lines] == [LineOutcome.NEW, LineOutcome.ALREADY_KNOWN]
    assert "ligne 2" in shown.lines[1].explanation.fr
    assert school.count(submission) == 1


def test_matching_goes_from_the_surest_ground_to_the_weakest(school: School) -> None:
    by_number = school.enters("Léa Benoît", "99300010")
    by_external = school.enters("Noé Garçon", "99300011")
    by_name = school.enters("Aïcha Benali", "99300012")
    victim = school.enters("Loïc Le Goff", "99300013")
    here = pix_time(school, hours=1)
    file = export(
        line_of(school, "Léa", "Benoit", "99300010"),
        sending(first="Noé", last="Garçon", number=None, external_id="99300011", at=here),
        sending(first="AICHA", last="BENALI", number=None, external_id=None, at=here),
        sending(first="Hugo", last="Tricheur", number=None, external_id="99300013", at=here),
        sending(first="Loic", last="Legof", number=None, external_id=None, at=here),
    )
    shown = school.imports(school.teacher(), file)
    assert [(each.reason, each.person_id) for each in shown.lines] == [
        ("student_number", by_number.person_id),
        ("external_id", by_external.person_id),
        ("exact_name", by_name.person_id),
        ("conflicting", None),
        ("near_name", None),
    ]
    assert shown.lines[3].suggestions == (victim.person_id,)
    assert school.desired(victim) is None, "somebody else's number gives nobody a mark"


def test_a_choice_is_remembered_corrected_and_undone(school: School) -> None:
    """A wrong choice: the sending moves from A to B, both marks and both gradebooks follow; undone, it leaves B."""
    a, b = school.enters("Alice Arnaud", "1000001"), school.enters("Bruno Bernard", "1000002")
    teacher = school.teacher()
    file = export(line_of(school, "Pseudo", "Inconnu", None))
    assert school.imports(teacher, file).counts["needs_decision"] == 1

    school.decides(teacher, file, 2, a.person_id)
    assert school.mark(a).mark == Decimal("10.00")
    newer = export(
        line_of(school, "Pseudo", "Inconnu", None), line_of(school, "Pseudo", "Inconnu", None, level=4)
    )
    applied = school.imports(teacher, newer)
    assert applied.lines[1].reason == "remembered"
    assert applied.lines[1].person_id == a.person_id
    assert school.mark(a).mark == Decimal("13.33")

    shown = school.decides(teacher, newer, 2, b.person_id)
    assert {(each.person_id, each.before.mark, each.after.mark) for each in shown.effects} == {
        (a.person_id, Decimal("13.33"), None),
        (b.person_id, None, Decimal("13.33")),
    }
    assert school.mark(a).mark is None
    assert school.mark(b).mark == Decimal("13.33")
    assert school.desired(a) == (None, None)
    moved = school.desired(b)
    assert moved is not None
    assert moved[0] == Decimal("13.33")

    school.decides(teacher, newer, 2, a.person_id)
    assert school.mark(a).mark == Decimal("13.33")
    assert school.mark(b).mark is None
    assert school.count(submission) == 4, "moved back: nothing is stored a second time"

    shown = school.decides(teacher, newer, 2, "undone")
    assert shown.counts["needs_decision"] == 2
    assert school.mark(a).mark is None
    assert school.desired(a) == (None, None)


def test_an_ignored_person_stays_ignored(school: School) -> None:
    a = school.enters("Alice Arnaud", "1000001")
    teacher = school.teacher()
    file = export(line_of(school, "Alice", "Arnaud", "1000001"))
    school.imports(teacher, file)
    shown = school.decides(teacher, file, 2, "ignore")
    assert shown.counts["ignored"] == 1
    assert school.mark(a).mark is None
    assert school.imports(teacher, file).counts["ignored"] == 1
    school.decides(teacher, file, 2, "undone")
    assert school.mark(a).mark == Decimal("10.00"), "without the choice, the number decides again"


def test_a_choice_of_somebody_who_is_not_there_is_refused(school: School) -> None:
    school.enters("Alice Arnaud", "1000001")
    teacher = school.teacher()
    file = export(line_of(school, "Pseudo", "Inconnu", None))
    draft = school.importing(teacher).uploads(file)
    for number, choice in ((0, "999"), (0, str(teacher.person_id)), (0, "x"), (1, "ignore"), (-1, "ignore")):
        with pytest.raises(Refused) as refused:
            choose(school.world, teacher, draft, {number: choice})
        assert refused.value.code is RefusalCode.BAD_CHOICE


def test_a_late_sending_counts_for_nothing_and_the_declaration_stands_unverified(school: School) -> None:
    student = school.enters("Léa Benoît", "99300010")
    school.declares(student, 3, 3, 3)
    school.later(days=21)
    teacher = school.teacher()
    shown = school.imports(teacher, export(line_of(school, "Léa", "Benoît", "99300010", level=6)))
    assert [line.line for line in shown.late] == [2]
    assert shown.effects == ()
    mark = school.mark(student)
    assert (mark.mark, mark.status) == (Decimal("10.00"), "declared")
    wanted = school.desired(student)
    assert wanted is not None
    assert wanted[1] is not None
    assert wanted[1].startswith("Provisoire, non vérifié")


def test_a_verified_sending_takes_over_even_when_it_is_lower(school: School) -> None:
    student = school.enters("Léa Benoît", "99300010")
    school.declares(student, 6, 6, 6)
    school.imports(school.teacher(), export(line_of(school, "Léa", "Benoît", "99300010")))
    mark = school.mark(student)
    assert (mark.mark, mark.status) == (Decimal("10.00"), "verified")
    assert any("la déclaration donnait 20,00/20" in line.fr for line in mark.explanation)
