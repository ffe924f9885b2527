"""What each kind of evidence shows to the student: its badge, its source, what it proves and what still waits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from grading.certification import CertificationStatus
from grading.profile import Profile
from tests.web_student.campus import CATCH_UP, EXAM, Campus, Student, text_of
from tests.web_student.conftest import OpenTool
from tests.web_student.rules import TOTAL_SCALE
from tests.what_pix_says import Told, told_about


def told(campus: Campus, student: Student) -> Told:
    return told_about(campus.tool, campus.lms, student.id)


def moments_ago(minutes: int = 5) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def test_a_declaration_that_pix_confirms_stays_provisional_and_says_what_waits(campus: Campus) -> None:
    student = campus.student()
    student.sends(4, 5, 3, 357)
    told(campus, student).sends("cc1", Profile(total=357), moments_ago())
    page = student.opens()
    assert text_of(page, "mark") == "13,33/20"
    assert "Provisoire, non vérifiée Envoi confirmé par Pix" in text_of(page, "result")
    assert "et le total déclaré, 357 pix ; les niveaux attendent l’export de Pix" in text_of(
        page, "explanation"
    )
    sent = text_of(page, "sent")
    assert "Déclaré 13,33/20 Compte Envoi confirmé par Pix" in sent
    assert "Source : déclaré dans l’activité" in sent
    assert "Total confirmé par Pix" in sent
    assert "Source : API de Pix, campagne KTRBWX482, lu le" in sent
    assert 'data-fate="confirms"' in page.html
    fields = page.form(having="form_id").fields
    assert fields["level_1_3"] == "4", "what the API tells fills no form"


def test_a_declared_total_that_differs_is_flagged_to_the_student(campus: Campus) -> None:
    student = campus.student()
    student.sends(4, 5, 3, 400)
    told(campus, student).sends("cc1", Profile(total=357), moments_ago())
    page = student.opens()
    assert text_of(page, "mark") == "13,33/20"
    assert "À vérifier : Pix dit 357 pix, déclaré 400" in text_of(page, "result")
    assert "déclaré 400 : à vérifier ; les niveaux attendent l’export de Pix" in text_of(page, "explanation")


def test_sent_on_pix_without_a_declaration_waits_for_the_export(campus: Campus) -> None:
    student = campus.student()
    student.opens()
    told(campus, student).sends("cc1", Profile(total=357), moments_ago())
    page = student.opens()
    assert text_of(page, "mark") == "—"
    assert "Envoyé, en attente de l’export Pix" in text_of(page, "result")
    assert "Pas encore de note" not in text_of(page)
    assert "les niveaux attendent l’export de Pix : pas encore de note" in text_of(page, "explanation")
    assert text_of(student.sends(3, 3, 3), "mark") == "10,00/20"


def test_the_first_sending_told_by_the_api_leaves_the_form_open_where_it_tells_no_level(
    open_tool: OpenTool,
) -> None:
    campus = open_tool({"cc1": {"resend": '"first_is_final"'}})
    student = campus.student()
    student.opens()
    told(campus, student).sends("cc1", Profile(total=357), moments_ago())
    assert text_of(student.sends(4, 4, 4), "mark") == "13,33/20"
    assert "le premier envoi est définitif, et il a déjà été reçu" in text_of(student.opens(), "not-now")


def test_the_total_told_by_the_api_verifies_a_scale_of_totals(open_tool: OpenTool) -> None:
    campus = open_tool({"exam": {"basis": '"pix_total"', "scale": TOTAL_SCALE, "cap": "640"}})
    student = campus.student()
    student.sends(640, activity=EXAM)
    told(campus, student).sends("exam", Profile(total=320), moments_ago())
    page = student.opens(EXAM)
    assert text_of(page, "mark") == "10,00/20"
    assert "Vérifiée" in text_of(page, "result")
    assert "(confirmé par Pix)" in text_of(page, "explanation")
    assert "la déclaration donnait 20,00/20" in text_of(page, "explanation")
    assert "aucun envoi vérifié reçu à temps" in text_of(page, "eligibility")
    assert "pour l’inscription, il faut encore l’export de Pix" in text_of(page, "eligibility")
    waiting = student.sends(500, activity=EXAM)
    assert "En attente de vérification" in text_of(waiting, "sent")


def test_an_export_shows_its_file_and_line(campus: Campus) -> None:
    student = campus.student()
    student.opens()
    campus.imports(student, [24] * 16, moments_ago())
    sent = text_of(student.opens(), "sent")
    assert "Vérifié par Pix" in sent
    assert "Source : fichier export.csv, ligne 2, campagne" in sent
    assert "importé le" in sent


def test_the_catch_up_page_shows_every_certification_and_why_it_counts_or_not(campus: Campus) -> None:
    student = campus.student()
    assert "Aucun résultat de certification" in text_of(student.opens(CATCH_UP), "certifications")
    pix = told(campus, student)
    pix.certifies(576, global_level="Avancé 1", levels={"1.1": 5})
    pix.certifies(700, date(2024, 5, 2), exam="at school")
    pix.certifies(None, status=CertificationStatus.CANCELLED, exam="cancelled one")
    page = student.opens(CATCH_UP)
    assert text_of(page, "mark") == "15,00/20"
    assert "certification : 576 pix → 15,00/20" in text_of(page, "explanation")
    shown = text_of(page, "certifications")
    assert "Validée 576 pix Avancé 1 15,00/20 Note du rattrapage" in shown
    assert "session 678901 · Faculté des sciences" in shown
    assert "1.1 : niveau 5" in shown
    assert "Source : fichier resultats_session_678901.csv, ligne 2, importé le" in shown
    assert "02/05/2024 Validée 700 pix certification hors de la période de l’UE" in shown
    assert "Annulée certification annulée : pas de résultat" in shown
    assert "15,00/20 acquise" in text_of(page, "second-session")
    assert "qu’elle compte ou non" in text_of(page, "second-session")
    assert "l’inscription n’est plus à demander" in text_of(page, "eligibility")
    assert "PEIP-bio — La certification Pix est exigée pour obtenir le diplôme. Rempli" in text_of(
        page, "programmes"
    )


def test_a_programme_that_asks_for_the_certification_is_not_content_with_a_failed_one(campus: Campus) -> None:
    student = campus.student()
    student.opens(CATCH_UP)
    told(campus, student).certifies(0, status=CertificationStatus.REJECTED)
    page = student.opens(CATCH_UP)
    assert "Non obtenue 0 pix 0,00/20 Note du rattrapage" in text_of(page, "certifications")
    assert "Pas encore, d’après ce que l’outil connaît" in text_of(page, "programmes")
    assert "Rempli" not in text_of(page, "programmes")
