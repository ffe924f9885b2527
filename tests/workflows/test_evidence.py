"""Evidence between a declaration and an export: what Pix's API tells, published or not, counted or not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config.catalogue import read_catalogue
from grading.profile import Evidence, Profile
from grading.text import Bilingual
from tests.pix.exports import export
from tests.web_student.rules import MASTERY_SCALE, write_rules
from tests.workflows.school import School
from tests.workflows.test_certifications import pix
from tests.workflows.test_close_component import close
from tests.workflows.test_import_campaign import line_of
from workflows.close_component import preview_closing
from workflows.person_page import person_page
from workflows.refusal import RefusalCode, Refused
from workflows.sending_source import source_in_words
from workflows.teacher_page import cohort_page


def test_what_the_api_tells_is_marked_with_the_rest_and_changes_no_declared_mark(school: School) -> None:
    alice = school.enters("Alice Un")
    school.declares(alice, 4, 5, 3)
    before = school.desired(alice)
    pix(school, alice).sends("cc1", Profile(total=357), school.clock - timedelta(minutes=5))
    mark = school.mark(alice)
    assert (mark.mark, mark.status) == (Decimal("13.33"), "declared")
    assert mark.confirmation is not None
    assert mark.confirmation.agreement == "sent"
    assert school.desired(alice) == before


def test_who_sent_on_pix_is_not_absent_while_the_export_is_awaited(school: School) -> None:
    alice, bruno = school.enters("Alice Un"), school.enters("Bruno Deux")
    pix(school, alice).sends("cc1", Profile(total=357), school.clock - timedelta(minutes=5))
    teacher = school.teacher()
    assert close(school, teacher) == 1
    assert school.desired(alice) is None
    desired = school.desired(bruno)
    assert desired is not None
    assert desired[0] == Decimal("0.00")
    assert school.mark(alice).awaits_export


def test_the_zero_of_an_absence_is_taken_back_when_pix_tells_of_a_sending_in_time(school: School) -> None:
    alice = school.enters("Alice Un")
    sent_at = school.clock - timedelta(minutes=5)
    close(school, school.teacher())
    assert school.desired(alice) is not None
    pix(school, alice).sends("cc1", Profile(total=357), sent_at)
    assert school.desired(alice) == (None, None)


def test_the_teacher_sees_the_flag_of_a_total_that_differs(school: School) -> None:
    alice = school.enters("Alice Un")
    school.declares(alice, 6, 6, 6)
    pix(school, alice).sends("cc1", Profile(total=100), school.clock - timedelta(minutes=5))
    (row,) = cohort_page(school.world, school.teacher()).rows
    confirmation = row.cells[0].mark.confirmation
    assert confirmation is not None
    assert (confirmation.agrees, confirmation.total, confirmation.declared) == (False, 100, 144)


def test_the_export_answers_what_the_api_told(school: School) -> None:
    alice = school.enters("Alice Un", "99300010")
    school.declares(alice, 6, 6, 6)
    pix(school, alice).sends("cc1", Profile(total=384), school.clock - timedelta(minutes=5))
    shown = school.imports(school.teacher(), export(line_of(school, "Alice", "Un", "99300010")))
    (effect,) = shown.effects
    assert effect.note is not None
    assert effect.note.fr == "La déclaration donnait 20,00/20, l’export Pix donne 10,00/20."
    mark = school.mark(alice)
    assert (mark.mark, mark.status) == (Decimal("10.00"), "verified")


def test_a_mark_published_when_confirmed_goes_once_pix_says_so_and_a_closing_knows(
    school: School, tmp_path: Path
) -> None:
    under(school, tmp_path, {"cc1": {"publish": '"when_confirmed"'}})
    alice, bruno = school.enters("Alice Un"), school.enters("Bruno Deux")
    school.declares(alice, 3, 3, 3)
    school.declares(bruno, 4, 4, 4)
    assert school.desired(alice) is None
    pix(school, alice).sends("cc1", Profile(total=357), school.clock - timedelta(minutes=5))
    desired = school.desired(alice)
    assert desired is not None
    assert desired[0] == Decimal("10.00")
    assert (desired[1] or "").startswith("Provisoire, non vérifié")
    assert school.desired(bruno) is None

    under(school, tmp_path, {"cc1": {"publish": '"when_confirmed"', "cap": "2"}})  # each mark is now 6.67
    effects = preview_closing(school.world, school.teacher(), "cc1", closes=True).effects
    assert [(each.name, each.before, each.after) for each in effects] == [
        ("Bruno Deux", None, None),
        ("Alice Un", Decimal("10.00"), Decimal("6.67")),
    ]


def test_what_the_gradebook_held_is_told_of_a_mark_that_nothing_but_the_decision_changes(
    school: School, tmp_path: Path
) -> None:
    under(school, tmp_path, {"cc1": {"publish": '"when_confirmed"'}})
    alice = school.enters("Alice Un")
    pix(school, alice).sends("cc1", Profile(total=357), school.clock - timedelta(minutes=5))
    school.declares(alice, 3, 3, 3)
    teacher = school.teacher()
    close(school, teacher)
    assert preview_closing(school.world, teacher, "cc1", closes=False).effects == ()


def test_the_first_sending_on_pix_is_final_only_where_it_can_be_marked(
    school: School, tmp_path: Path
) -> None:
    under(school, tmp_path, {"cc1": {"resend": '"first_is_final"'}})
    alice, bruno = school.enters("Alice Un"), school.enters("Bruno Deux")
    earlier = school.clock - timedelta(minutes=5)
    pix(school, alice).sends("cc1", Profile(total=357), earlier)
    school.declares(alice, 4, 4, 4)
    verified = Profile(levels=dict.fromkeys(("1.3", "2.3", "3.1"), 3))
    pix(school, bruno).sends("cc1", verified, earlier, evidence=Evidence.VERIFIED)
    with pytest.raises(Refused) as refused:
        school.declares(bruno, 4, 4, 4)
    assert refused.value.code is RefusalCode.ALREADY_FINAL


def test_eligibility_by_the_total_that_pix_tells_where_the_unit_says_so(
    school: School, tmp_path: Path
) -> None:
    alice = school.enters("Alice Un", activity="exam")
    pix(school, alice).sends("exam", Profile(total=401), school.clock - timedelta(minutes=5))
    teacher = school.teacher()
    (row,) = cohort_page(school.world, teacher).rows
    assert not row.outcome.eligibility.met
    under(school, tmp_path, {}, unit={"eligibility_evidence": '"confirmed"'})
    (row,) = cohort_page(school.world, teacher).rows
    assert row.outcome.eligibility.by == ("pix_above",)


def test_a_share_of_an_assessment_campaign_marks_and_goes_to_the_gradebook(
    school: School, tmp_path: Path
) -> None:
    under(school, tmp_path, {"cc1": {"basis": '"mastery"', "scale": MASTERY_SCALE}})
    alice = school.enters("Alice Un")
    told = pix(school, alice)
    told.sends("cc1", Profile(mastery=Decimal("0.67")), school.clock, evidence=Evidence.VERIFIED)
    assert school.desired(alice) == (Decimal("13.40"), "acquis maîtrisés : 67 % → 13,40/20")
    with pytest.raises(Refused) as refused:
        school.declares(alice, 4, 4, 4)
    assert refused.value.code is RefusalCode.NOTHING_TO_SEND


def test_the_person_page_tells_where_each_sending_came_from(school: School) -> None:
    alice = school.enters("Alice Un", "99300010")
    school.declares(alice, 4, 4, 4)
    pix(school, alice).sends("cc1", Profile(total=357), school.clock - timedelta(minutes=90))
    teacher = school.teacher()
    school.imports(teacher, export(line_of(school, "Alice", "Un", "99300010")))
    page = person_page(school.world, teacher, alice.person_id)
    (_, _, sent), *_rest = page.parts
    told = {each.verdict.sending.evidence: each.source.fr for each in sent}
    assert told[Evidence.DECLARED] == "déclaré dans l’activité"
    assert told[Evidence.CONFIRMED].startswith("API de Pix, campagne KTRBWX482, lu le ")
    assert told[Evidence.VERIFIED].startswith("fichier export.csv, ligne 2, campagne ")


def test_sources_in_words() -> None:
    at = datetime(2026, 10, 12, 8, 0, tzinfo=UTC)

    def words(source: dict[str, Any], evidence: Evidence) -> Bilingual:
        return source_in_words(source, evidence, at, "Europe/Paris")

    assert words({"kind": "certificate"}, Evidence.VERIFIED) == Bilingual(
        "certificat vérifié auprès de Pix le 12/10/2026 à 10:00",
        "certificate checked with Pix on 2026-10-12 10:00",
    )
    assert words({"file": "a.csv", "line": None}, Evidence.VERIFIED).en == (
        "file a.csv, imported on 2026-10-12 10:00"
    )
    assert words({"kind": "pix_api"}, Evidence.CONFIRMED).fr == "API de Pix, lu le 12/10/2026 à 10:00"


def test_the_person_page_shows_the_second_session_and_what_programmes_ask(school: School) -> None:
    alice = school.enters("Alice Un", activity="catchup")
    pix(school, alice).certifies(576)
    shown = person_page(school.world, school.teacher(), alice.person_id).certification
    (held,) = shown.held
    assert held.verdict.counts
    assert (shown.second_session.mark, shown.second_session.result) == (Decimal("15.00"), "acquired")
    assert {met for _, met in shown.asked} == {True}


def under(
    school: School,
    folder: Path,
    changes: Mapping[str, Mapping[str, str]],
    *,
    unit: Mapping[str, str] | None = None,
) -> None:
    """Let the school's rules be the shipped ones with these settings of components, and of the unit, changed."""
    folder = folder / "changed"
    folder.mkdir(exist_ok=True)
    write_rules(folder, changes)
    for file in folder.glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        for setting, value in (unit or {}).items():
            text = re.sub(rf"^{setting}\s*=.*$", f"{setting} = {value}", text, flags=re.MULTILINE)
        file.write_text(text, encoding="utf-8")
    school.world = replace(school.world, rules=read_catalogue(folder))
