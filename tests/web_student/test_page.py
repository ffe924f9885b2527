"""What the page shows: what is asked and by when, what was sent, what counts, the mark, and whether it arrived."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from demo.lms import Fault
from grading.text import moment
from tests.running_tool import PARIS
from tests.web_student.campus import CATCH_UP, EXAM, NOT_SET_UP, Campus, text_of
from tests.web_student.conftest import OpenTool
from tests.web_student.rules import local


def test_before_anything_is_sent_the_page_says_what_is_asked_and_by_when(campus: Campus) -> None:
    page = campus.student().opens()
    shown = text_of(page)
    assert page.status == 200
    assert page.html.count("<main") == 1
    assert "1.3 Traiter des données" in text_of(page, "asked")
    assert "3.1 Développer des documents textuels" in text_of(page, "asked")
    assert "heure de Paris" in text_of(page, "deadline")
    last = datetime.now(PARIS).date() + timedelta(days=20)
    assert f"{last:%d/%m/%Y} à 23:59" in text_of(page, "deadline")
    assert "il reste" in text_of(page, "time-left")
    assert text_of(page, "mark") == "—"
    assert "Rien envoyé" in shown
    assert "Rien n’a encore été envoyé" in shown
    assert "Comment faire sur Pix" in shown
    assert "J’envoie mon profil" in shown
    assert "app.pix.fr" in shown
    assert "Corinne Lautier" in shown
    assert "aucun envoi vérifié" in text_of(page, "eligibility")
    assert "rien à transmettre" in text_of(page, "lms")


def test_the_exam_asks_for_the_sixteen_competences_area_by_area(campus: Campus) -> None:
    page = campus.student().opens(EXAM)
    names = [name for name in page.form(having="form_id").fields if name.startswith("level_")]
    assert len(names) == 16
    for area in ("Information et données", "Création de contenu", "Environnement numérique"):
        assert area in text_of(page)


def test_a_sent_profile_shows_its_mark_explained_and_arrives_at_the_lms(campus: Campus) -> None:
    student = campus.student()
    page = student.sends(4, 5, 3)
    assert page.status == 200
    assert "Votre profil est enregistré" in text_of(page, "done")
    assert text_of(page, "mark") == "13,33/20"
    assert "Provisoire, non vérifiée" in text_of(page)
    assert "1.3 : niveau 4, 2.3 : niveau 5, 3.1 : niveau 3 → moyenne 4,00 → 13,33/20" in text_of(
        page, "explanation"
    )
    assert "en route" in text_of(page, "lms")
    campus.tool.drain()
    state = student.browser.get(page.url.partition("?")[0] + "state")
    assert '"arrival":"arrived"' in state.html
    again = student.opens()
    assert "au carnet de notes depuis le" in text_of(again, "lms")
    assert "13,33/20" in text_of(again, "sent")


def test_sending_again_improves_and_a_lower_one_is_kept_but_does_not_count(campus: Campus) -> None:
    student = campus.student()
    student.sends(4, 4, 4)
    better = student.sends(5, 5, 5)
    assert text_of(better, "mark") == "16,67/20"
    lower = student.sends(1, 1, 1)
    assert text_of(lower, "mark") == "16,67/20"
    assert lower.html.count('data-fate="lower"') == 2
    assert lower.html.count('data-fate="counts"') == 1
    assert "un autre envoi donne une note au moins égale" in text_of(lower, "sent")
    assert campus.sent_by(student) == [4, 5, 1]


def test_what_was_sent_last_is_in_the_form_for_next_time(campus: Campus) -> None:
    student = campus.student()
    student.sends(4, 5, 3, 200)
    fields = student.opens().form(having="form_id").fields
    assert [fields[name] for name in ("level_1_3", "level_2_3", "level_3_1", "total")] == [
        "4",
        "5",
        "3",
        "200",
    ]


def test_once_verified_a_better_declaration_waits_for_verification(campus: Campus) -> None:
    student = campus.student()
    student.sends(4, 4, 4)
    done = campus.imports(student, [24] * 16, datetime.now(UTC) - timedelta(minutes=2))
    assert done.status == 200
    verified = student.opens()
    assert text_of(verified, "mark") == "10,00/20"
    assert "Vérifiée" in text_of(verified)
    assert "attend d’être vérifié" in text_of(verified)
    waiting = student.sends(6, 6, 6)
    assert "elle attend d’être vérifiée" in text_of(waiting, "done")
    assert text_of(waiting, "mark") == "10,00/20"
    assert "En attente de vérification" in text_of(waiting, "sent")
    assert "un envoi vérifié existe" in text_of(waiting, "sent")
    assert 6 in campus.sent_by(student)
    campus.imports(student, [48] * 16, datetime.now(UTC) + timedelta(minutes=1))
    settled = student.opens()
    assert text_of(settled, "mark") == "20,00/20"
    assert "En attente de vérification" not in text_of(settled, "sent")


def test_the_exam_verified_makes_eligible_and_below_says_what_is_missing(campus: Campus) -> None:
    below, above = campus.student(), campus.student()
    below.opens(EXAM)
    above.opens(EXAM)
    now = datetime.now(UTC) - timedelta(minutes=2)
    campus.imports(below, [8, 40] + [24] * 14, now, EXAM)
    campus.imports(above, [32] * 16, now, EXAM)
    missing = text_of(below.opens(EXAM), "eligibility")
    assert "1.1 au niveau 1" in missing
    assert "plus de 400 pix : non (384 pix)" in missing
    met = text_of(above.opens(EXAM))
    assert "Inscription à la certification Possible" in met


def test_the_catch_up_has_nothing_to_hand_in_and_says_when(campus: Campus) -> None:
    student = campus.student()
    page = student.opens(CATCH_UP)
    assert "Il n’y a rien à envoyer ici" in text_of(page)
    assert "Sessions prises en compte" in text_of(page)
    assert not [form for form in page.forms() if "form_id" in form.fields]


def test_an_activity_not_set_up_says_so_to_the_student(campus: Campus) -> None:
    page = campus.student().opens(NOT_SET_UP)
    assert 400 <= page.status < 500
    assert "pas encore configurée" in text_of(page)


def test_the_page_of_a_mark_the_lms_refuses_says_why(open_tool: OpenTool) -> None:
    campus = open_tool({})
    campus.lms.faults.add(Fault(answer="400", times=None))
    student = campus.student()
    student.sends(4, 4, 4)
    campus.tool.drain()
    assert "refusée : le LMS n’accepte pas de note pour cette personne" in text_of(student.opens(), "lms")


def test_not_yet_open_shows_from_when_and_refuses_a_sending(open_tool: OpenTool) -> None:
    opens = datetime.now(UTC) + timedelta(hours=2)
    campus = open_tool({"cc1": {"opens_at": local(opens)}})
    student = campus.student()
    page = student.opens()
    said = f"L’envoi ouvre le {moment(opens, 'Europe/Paris').fr}"
    assert said in text_of(page, "not-now")
    assert "Envoi possible à partir du" in text_of(page, "opens")
    later = campus.tool.world.now() + timedelta(hours=3)
    campus.tool.set_clock(lambda: later)
    assert text_of(student.browser.get(page.url), "form-title") == "Envoyer mon profil"
    assert student.browser.get(page.url).form(having="form_id")


def test_the_deadline_is_kept_to_the_second(open_tool: OpenTool) -> None:
    closes = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)
    campus = open_tool({"cc1": {"closes_at": local(closes)}})
    student = campus.student()
    first = student.opens()
    assert "il reste" in text_of(first, "time-left")
    campus.tool.set_clock(lambda: closes)
    at_the_end = student.sends_from(first, 4, 4, 4)
    assert text_of(at_the_end, "mark") == "13,33/20"
    page = student.browser.get(first.url)
    campus.tool.set_clock(lambda: closes + timedelta(seconds=1))
    late = student.sends_from(page, 6, 6, 6)
    assert late.status == 422
    when = moment(closes, "Europe/Paris").fr
    assert f"La date limite est passée : elle était fixée au {when}" in text_of(late, "problems")
    assert "Rien n’a été enregistré" in text_of(late, "problems")
    assert text_of(late, "mark") == "13,33/20"
    assert campus.sent_by(student) == [4]
    after = student.browser.get(first.url)
    assert "passée" in text_of(after, "time-left")
    assert "La date limite est passée" in text_of(after, "not-now")


def test_a_component_the_teacher_closed_takes_nothing_until_opened_again(open_tool: OpenTool) -> None:
    campus = open_tool({})
    student = campus.student()
    page = student.opens()
    assert campus.closes("cc1").status == 200
    refused = student.sends_from(page, 4, 4, 4)
    assert refused.status == 422
    assert "L’enseignant a clos cette épreuve" in text_of(refused, "problems")
    assert campus.kept() == 0
    absent = student.browser.get(page.url)
    assert text_of(absent, "mark") == "0,00/20"
    assert "ABI" in text_of(absent)
    assert text_of(absent, "time-left") == "épreuve close"
    campus.closes("cc1", "open")
    assert text_of(student.sends(4, 4, 4), "mark") == "13,33/20"


def test_the_first_sending_is_final_where_the_rules_say_so(open_tool: OpenTool) -> None:
    campus = open_tool({"cc1": {"resend": '"first_is_final"'}})
    student = campus.student()
    first = student.opens()
    other_tab = student.browser.get(first.url)
    assert "le premier envoi est définitif" in text_of(first, "final")
    assert text_of(student.sends_from(first, 4, 4, 4), "mark") == "13,33/20"
    refused = student.sends_from(other_tab, 6, 6, 6)
    assert refused.status == 422
    assert "le premier envoi est définitif, et il a déjà été reçu" in text_of(refused, "problems")
    assert campus.sent_by(student) == [4]
