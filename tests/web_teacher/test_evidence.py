"""What a teacher sees of evidence: badges in words, sources, the flag of a total that differs, certifications."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from demo.lms import Page
from grading.certification import CertificationStatus
from grading.profile import Profile
from tests.pix.exports import export
from tests.web_teacher.classroom import CATCH_UP, TEACHER, Classroom, address, part, said
from tests.what_pix_says import Told, told_about

LEA, NOE = "110", "111"


def told(room: Classroom, person_id: str) -> Told:
    return told_about(room.tool, room.lms, person_id)


def person_page(room: Classroom, name: str, activity_id: str = "1") -> Page:
    cohort = room.opens(TEACHER, activity_id)
    found = re.search(rf'people/(\d+)">{name}', cohort.html)
    assert found, said(cohort)
    return room.browser().get(address(cohort, f"teacher/people/{found[1]}"))


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def test_a_total_that_differs_is_a_flag_on_the_cohort_and_in_words_on_the_person(room: Classroom) -> None:
    room.declares(LEA, 6, 6, 6)
    told(room, LEA).sends("cc1", Profile(total=100), an_hour_ago())
    row = part(room.opens(), "cohort").partition("Léa Benoît")[2]
    assert "20,00/20 Provisoire, non vérifiée À vérifier : Pix dit 100 pix, déclaré 144" in row
    page = said(person_page(room, "Léa Benoît"))
    assert "ce qui est déclaré en vaut au moins 144 : à vérifier" in page
    assert "les niveaux attendent l’export de Pix" in page
    assert "Source : API de Pix, campagne KTRBWX482, lu le" in page
    assert "Source : déclaré dans l’activité" in page


def test_what_pix_confirms_and_what_waits_for_the_export_are_told_apart(room: Classroom) -> None:
    room.declares(LEA, 3, 3, 3)
    room.opens(NOE)
    told(room, LEA).sends("cc1", Profile(total=357), an_hour_ago())
    told(room, NOE).sends("cc1", Profile(total=357), an_hour_ago())
    cohort = part(room.opens(), "cohort")
    assert "10,00/20 Provisoire, non vérifiée Envoi confirmé par Pix" in cohort
    assert "— Envoyé, en attente de l’export Pix" in cohort.partition("Noé Garçon")[2]
    room.confirms(room.uploads(export(room.line(LEA))))
    page = said(person_page(room, "Léa Benoît"))
    assert "Vérifié par Pix" in page
    assert "Source : fichier export.csv, ligne 2, campagne" in page
    assert "Total confirmé par Pix" in page


def test_certifications_and_the_second_session_are_shown_and_only_the_mark_is_pushed(room: Classroom) -> None:
    room.opens(LEA, CATCH_UP)
    pix = told(room, LEA)
    pix.certifies(384)
    pix.certifies(700, date(2024, 5, 2), exam="at school")
    pix.certifies(500, type_="Pix+ Droit", exam="another type")
    assert room.gradebook(LEA, CATCH_UP) == Decimal("10.00")
    cohort = part(room.opens(TEACHER, CATCH_UP), "cohort")
    assert "10,00/20 Certification" in cohort
    assert "après rattrapage : 10,00/20, acquise" in cohort
    page = person_page(room, "Léa Benoît", CATCH_UP)
    shown = said(page)
    assert "Validée 384 pix 10,00/20 Note du rattrapage" in shown
    assert "certification d’un autre type que celui de l’UE : elle ne compte pas" in shown
    assert "02/05/2024 Validée 700 pix certification hors de la période de l’UE" in shown
    assert "Source : fichier resultats_session_678901.csv, ligne 2" in shown
    assert "Note de l’UE après le rattrapage : 10,00/20 acquise" in shown
    assert "CMI — La certification Pix est exigée pour obtenir le diplôme. Rempli" in shown

    pix.certifies(None, status=CertificationStatus.CANCELLED)
    assert room.gradebook(LEA, CATCH_UP) is None, "what Pix takes back leaves the column"
    assert "Annulée certification annulée : pas de résultat" in said(
        person_page(room, "Léa Benoît", CATCH_UP)
    )
