"""The teacher's pages: the cohort, closing and opening, one person with the rules behind each grade, the set-up."""

from __future__ import annotations

import re
from decimal import Decimal

from config.catalogue import read_rules
from grading.outcome import Situation, assess
from grading.profile import Evidence, Profile, Sending
from tests.pix.exports import export
from tests.web_teacher.classroom import EXAM, NOT_SET_UP, TEACHER, Classroom, address, part, said

ELODIE, LEA, NOE, ETIENNE = "101", "110", "111", "125"


def test_the_cohort_tells_evidence_marks_eligibility_and_the_way_to_the_gradebook(room: Classroom) -> None:
    empty = room.opens()
    assert "Personne n’a encore ouvert l’outil dans ce cours" in said(empty)
    assert "Règles à confirmer" in said(empty)
    room.declares(LEA, 5, 5, 5)
    room.opens(NOE)
    page = room.opens()
    assert "Léa Benoît 99300010 16,67/20 Provisoire, non vérifiée en route" in part(page, "cohort")
    room.tool.drain()
    assert "16,67/20 Provisoire, non vérifiée au carnet de notes" in part(room.opens(), "cohort")
    room.confirms(room.uploads(export(room.line(LEA))))
    room.tool.drain()
    row = part(room.opens(), "cohort").partition("Léa Benoît")[2]
    assert "10,00/20 Vérifiée au carnet de notes" in row
    assert "Pas encore" in row


def test_the_cohort_is_read_by_family_name_accents_aside(room: Classroom) -> None:
    for person in ("130", ELODIE, ETIENNE, LEA, "128"):
        room.opens(person)
    shown = re.findall(r'people/\d+">([^<]+)<', room.opens().html)
    assert [name.split()[-1] for name in shown] == ["Aïello", "Benoît", "Châtel", "Lefèvre", "Œuvrard"]


def test_closing_and_opening_through_the_pages(room: Classroom) -> None:
    room.declares(LEA, 3, 3, 3)
    room.opens(NOE)
    teacher = room.opens()
    browser = room.browser()
    shown = browser.get(address(teacher, "teacher/components/cc1/close"))
    assert "n’est pas passée : clore maintenant arrête les envois" in part(shown, "warning")
    assert part(shown, "effects").endswith("Noé Garçon (99300011) — 0,00/20 Absence injustifiée (ABI)")
    assert room.gradebook(NOE) is None

    room.declares(NOE, 2, 2, 2)
    asked_again = browser.submit(shown.form(having="seen"))
    assert "La situation a changé depuis l’aperçu précédent" in said(asked_again)
    closed = browser.submit(asked_again.form(having="seen"))
    assert "L’épreuve est close. Notes changées : 0." in said(closed)
    assert (room.gradebook(LEA), room.gradebook(NOE)) == (Decimal("10.00"), Decimal("6.67"))

    late = room.opens(ELODIE)
    assert "L’enseignant a clos cette épreuve" in said(late)
    assert room.gradebook(ELODIE) is None
    assert "Arrivés depuis sans envoi : 1" in said(room.opens())
    again = browser.get(address(teacher, "teacher/components/cc1/close"))
    browser.submit(again.form(having="seen"))
    assert room.gradebook(ELODIE) == Decimal("0.00")

    reopening = browser.get(address(teacher, "teacher/components/cc1/open"))
    assert "Élodie Lefèvre (99300001) 0,00/20 —" in part(reopening, "effects")
    browser.submit(reopening.form(having="seen"))
    assert room.gradebook(ELODIE) is None
    nothing = browser.get(address(teacher, "teacher/components/cc1/open"))
    assert "Il n’y a rien à faire" in part(nothing, "already")


def test_the_exam_closed_sends_nothing(room: Classroom) -> None:
    room.opens(NOE, EXAM)
    teacher = room.opens(TEACHER, EXAM)
    shown = room.browser().get(address(teacher, "teacher/components/exam/close"))
    assert "l’absence rend défaillant (DEF) : aucune note ne part au carnet" in said(shown)
    closed = room.browser().submit(shown.form(having="seen"))
    assert "Défaillant (DEF)" in part(closed, "cohort")
    assert room.gradebook(NOE, EXAM) is None


def test_a_component_that_is_not_there_cannot_be_closed(room: Classroom) -> None:
    teacher = room.opens()
    for path in (
        "teacher/components/cc9/close",
        "teacher/components/catchup/close",
        "teacher/components/cc1/x",
    ):
        assert room.browser().get(address(teacher, path)).status == 404


def test_a_person_in_detail_with_the_rules_behind_each_grade(room: Classroom) -> None:
    room.declares(LEA, 5, 5, 5)
    room.confirms(room.uploads(export(room.line(LEA))))
    cohort = room.opens()
    found = re.search(r'people/(\d+)">Léa Benoît', cohort.html)
    assert found
    page = room.browser().get(address(cohort, f"teacher/people/{found[1]}"))
    text = said(page)
    assert "fichier export.csv, ligne 2" in text
    assert "la déclaration donnait 16,67/20" in text
    assert text.count("16,67/20") >= 2, "the earlier grade stays on record"
    digest = re.search(r"teacher/rules/([0-9a-f]{64})", page.html)
    assert digest
    rules = room.browser().get(address(cohort, f"teacher/rules/{digest[1]}"))
    assert rules.headers["Content-Type"].startswith("text/plain")
    kept = read_rules(rules.html, "as kept")
    levels = dict.fromkeys(("1.3", "2.3", "3.1"), 3)
    sending = Sending(profile=Profile(levels=levels), at=None, evidence=Evidence.VERIFIED, component="cc1")
    again = assess(kept.unit, Situation(sendings=(sending,))).get_component("cc1")
    assert again.mark == Decimal("10.00"), "the text that is kept gives the same mark"


def test_who_is_not_of_the_course_is_not_found(room: Classroom) -> None:
    teacher = room.opens()
    for path in ("people/999999", "people/99999999999999999999", "people/x", "rules/00", "rules/%00"):
        assert room.browser().get(address(teacher, f"teacher/{path}")).status == 404, path


def test_sending_again_one_some_or_all(room: Classroom) -> None:
    room.declares(LEA, 3, 3, 3)
    room.tool.drain()
    page = room.opens()
    form = next(form for form in page.forms() if form.action.endswith("/resend"))
    browser = room.browser()
    assert "Personne n’était coché" in said(browser.submit(form))
    assert "Notes remises en route : 1." in said(browser.submit(form, {"everybody": "yes"}))
    for wrong in ("999999999999999", "-1", "x", "²"):
        assert browser.submit(form, {"person": wrong}).status == 200
    assert room.gradebook(LEA) == Decimal("10.00")


def test_an_activity_is_set_up_once_by_a_teacher(room: Classroom) -> None:
    early = room.opens(LEA, NOT_SET_UP)
    assert early.status < 500
    assert "n’est pas encore configurée" in said(early)
    page = room.opens(TEACHER, NOT_SET_UP)
    assert "Que représente cette activité ?" in said(page)
    form = page.form(having="form_token")
    wrong = room.browser().submit(form, {"choice": "HA1G10H|2026-2027|cc9"})
    assert wrong.status == 422
    assert "Choisissez une épreuve dans la liste" in said(wrong)
    done = room.browser().submit(form, {"choice": "HA2G12H|2026-2027|cc1"})
    assert "L’activité est configurée" in said(done)
    form = room.opens(LEA, NOT_SET_UP).form(having="form_id")
    room.browser(LEA).submit(form, {"level_1_3": "3", "level_2_3": "3", "level_3_1": "3"})
    assert room.gradebook(LEA, NOT_SET_UP) == Decimal("10.00")
    again = room.browser().get(address(room.opens(TEACHER, NOT_SET_UP), "teacher/set-up"))
    refused = room.browser().submit(again.form(having="choice"), {"choice": "HA2G12H|2026-2027|cc2"})
    assert refused.status == 422
    assert "Des envois ont déjà été reçus pour cette épreuve" in said(refused)
