"""Pix's API on the pages: the student's button and what Pix confirms, the teacher's reading and decisions."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from demo.pix_api import Client
from tests.lti.small_server import Reply
from tests.pix.maddo import CLIENT_ID
from tests.web_teacher.classroom import CC2, TEACHER, Classroom, address, options, part, said
from tests.web_teacher.pix_room import PixRoom, beside_pix
from tests.workflows.pix import NUMBER, ORGANIZATION

LEA, HUGO = "110", "111"
PAGES = f"/api/campaigns/{NUMBER}/participations"


@pytest.fixture
def pix(room: Classroom) -> Iterator[PixRoom]:
    with beside_pix(room) as made:
        yield made


def presses(pix: PixRoom, person_id: str = LEA) -> str:
    """Somebody presses their button; what the page then says."""
    browser = pix.room.browser(person_id)
    page = pix.room.opens(person_id)
    if person_id == TEACHER:
        page = browser.get(address(page, "pix/"))
    form = next(form for form in page.forms() if form.action.endswith("/pix/read"))
    return said(browser.submit(form))


def test_without_access_no_page_mentions_it(room: Classroom) -> None:
    for person_id in (LEA, TEACHER):
        page = room.opens(person_id)
        assert "API de Pix" not in said(page)
        assert "Ce que Pix dit" not in said(page)
        assert "pix/read" not in page.html
        for path in ("pix/", "pix/reading"):
            refused = room.browser(person_id).get(address(page, path))
            assert refused.status in (403, 404)


def test_a_component_without_a_campaign_does_not_mention_it(pix: PixRoom) -> None:
    for person_id in (LEA, TEACHER):
        page = pix.room.opens(person_id, CC2)
        assert "API de Pix" not in said(page)
        assert "Ce que Pix dit" not in said(page)


def test_the_student_asks_and_reads_what_pix_confirms(pix: PixRoom) -> None:
    pix.room.opens(LEA)
    tubes = [{"competenceId": "recNv8qhaY887jQb2", "id": "t", "reachedLevel": level} for level in (2, 5)]
    pix.sends(LEA, tubes=tubes)
    asked = presses(pix)
    assert "Lecture de Pix demandée" in asked
    page = pix.room.opens(LEA)
    assert 'data-job="' in page.html
    assert "J’ai envoyé mon profil" not in said(page)
    pix.works()
    page = pix.room.opens(LEA)
    told = part(page, "pix-confirmed")
    assert told.startswith("Pix confirme votre envoi du ")
    assert told.endswith(
        ": 357 pix. Vos niveaux par compétence seront vérifiés par l’export de votre enseignant."
    )
    assert "1.3 Traiter des données : 2 sujets, du niveau 2 au niveau 5" in said(page)
    assert "Ce sont des niveaux de sujets, pas ceux des compétences" in said(page)
    assert "Envoyé, en attente de l’export Pix" in said(page)
    assert "J’ai envoyé mon profil" in said(page)


def test_nothing_of_theirs_is_said_plainly(pix: PixRoom) -> None:
    pix.room.opens(LEA)
    presses(pix)
    pix.works()
    assert "aucun envoi reconnu comme le vôtre" in part(pix.room.opens(LEA), "pix-nothing")


def test_a_declared_total_that_differs_is_pointed_out_to_both(pix: PixRoom) -> None:
    pix.room.declares(LEA, 4, 4, 4)
    pix.sends(LEA, total=40)
    presses(pix)
    pix.works()
    for page in (pix.room.opens(LEA), pix.room.opens()):
        assert "À vérifier : Pix dit 40 pix, déclaré 96" in said(page)


def test_the_state_that_the_page_follows(pix: PixRoom) -> None:
    page = pix.room.opens(LEA)
    state = pix.room.browser(LEA).get(address(page, "pix/reading"))
    assert json.loads(state.html) == {
        "over": True,
        "state": "done",
        "text": "Pix n’a pas encore été lu.",
        "done": 0,
        "total": None,
    }
    presses(pix)
    asked = json.loads(pix.room.browser(LEA).get(state.url).html)
    assert (asked["over"], asked["state"]) == (False, "waiting")
    pix.works()
    assert json.loads(pix.room.browser(LEA).get(state.url).html)["over"] is True


def test_pressing_often_is_asking_once_and_then_too_often(pix: PixRoom) -> None:
    presses(pix)
    page = pix.room.opens(LEA)
    again = pix.room.browser(LEA).post(address(page, "pix/read"), {"form_token": token(page.html)})
    assert again.status == 200, "while it is read, one more press asks nothing"
    pix.works()
    presses(pix)
    pix.works()
    page = pix.room.opens(LEA)
    form = next(form for form in page.forms() if form.action.endswith("/pix/read"))
    refused = pix.room.browser(LEA).submit(form)
    assert refused.status == 429
    assert pix.server.pages(NUMBER) == 2


def token(html: str) -> str:
    """The form token of a page."""
    return html.partition('name="form_token" value="')[2].partition('"')[0]


def test_pix_is_down_and_says_so_to_both(pix: PixRoom) -> None:
    pix.room.opens(LEA)
    pix.server.fail("/api/organizations", *[Reply(status=500)] * 4)
    presses(pix)
    pix.works()
    student = pix.room.opens(LEA)
    assert "Pix est en panne pour le moment." in part(student, "pix-trouble")
    assert "Votre envoi n’est pas perdu" in said(student)
    assert "Pix est en panne pour le moment." in part(pix.room.opens(), "pix-trouble")


def test_a_wrong_secret_is_said_without_its_words(pix: PixRoom) -> None:
    pix.server.data.add_client(
        Client(id=CLIENT_ID, secret="other", organization_ids=frozenset({ORGANIZATION}))
    )
    presses(pix, TEACHER)
    pix.works()
    told = part(pix.room.opens(), "pix-trouble")
    assert "Pix ne reconnaît pas l’accès de cet établissement" in told
    assert "L’administrateur de l’outil en est averti" in told


def test_the_teacher_reads_the_state_and_decides(pix: PixRoom) -> None:
    room = pix.room
    room.opens(LEA)
    room.opens(HUGO)
    pix.sends(LEA)
    pix.sends(HUGO, coded=False, first_name="Hugues", total=210)
    pix.sends(HUGO, coded=False, first_name="Hugues", total=220, hours=0.5)
    pix.sends(HUGO, coded=False, first_name="Qui", last_name="Conque", total=1025)
    assert "Lecture de Pix demandée" in presses(pix, TEACHER)
    pix.works()
    page = room.browser().get(address(room.opens(), "pix/"))
    assert "elle ne dit pas les niveaux par compétence" in part(page, "proves")
    assert "Participations lues : 4, dont envoyées : 3 ; nouvelles : 3." in part(page, "last-reading")
    assert "un total de 1025 pix est impossible" in said(page)
    assert "Personnes que rien ne relie à quelqu’un du cours (1)" in said(page)
    assert "220 pix (envois : 2)" in said(page)
    cohort = room.opens()
    assert "À décider : 2." in said(cohort)
    form = next(form for form in page.forms() if "choice" in form.fields or "identities" in form.action)
    hugo = next(id_ for id_, label in options(page) if room.lms.get_person(HUGO).family in label)
    decided = room.browser().submit(form, {"choice": hugo})
    assert "Choix retenu" in said(decided)
    assert "Personnes que rien ne relie" not in said(decided)
    assert "210 pix" in said(room.opens(HUGO)) or "220 pix" in said(room.opens(HUGO))
    listed = room.browser().get(address(room.opens(), "pix/"))
    links = [url for url in listed.html.split('"') if "/pix/identities/" in url]
    undo = None
    for each in links:
        one = room.browser().get(address(listed, each.partition("/visits/")[2].partition("/")[2]))
        if "undone" in one.html:
            undo = one
    assert undo is not None
    undone = room.browser().submit(undo.form(having="form_token"), {"choice": "undone"})
    assert "Personnes que rien ne relie à quelqu’un du cours (1)" in said(undone)


def test_a_choice_must_be_of_the_list(pix: PixRoom) -> None:
    pix.room.opens(LEA)
    pix.sends(LEA, coded=False, first_name="Qui", last_name="Conque")
    presses(pix, TEACHER)
    pix.works()
    page = pix.room.browser().get(address(pix.room.opens(), "pix/"))
    form = next(form for form in page.forms() if "identities" in form.action)
    for choice in ("", "999999", "everybody", "-1"):
        assert pix.room.browser().submit(form, {"choice": choice}).status == 422
    gone = pix.room.browser().get(address(page, "pix/identities/1"))
    assert gone.status == 404


def test_a_campaign_that_will_not_do_is_said_with_how_to_mend_it(pix: PixRoom) -> None:
    campaign = pix.server.data.campaigns[ORGANIZATION][0]
    campaign |= {"archivedAt": "2026-11-20T00:00:00.000Z", "type": "ASSESSMENT"}
    presses(pix, TEACHER)
    pix.works()
    page = pix.room.browser().get(address(pix.room.opens(), "pix/"))
    assert "Cette campagne est archivée dans Pix Orga" in said(page)
    assert "Cette campagne est une évaluation, l’épreuve mesure un profil" in said(page)


def test_a_code_that_pix_does_not_show_is_said_with_how_to_mend_it(pix: PixRoom) -> None:
    pix.server.data.campaigns[ORGANIZATION].clear()
    presses(pix, TEACHER)
    pix.works()
    page = pix.room.browser().get(address(pix.room.opens(), "pix/"))
    assert "Pix ne montre à l’outil aucune campagne de ce code" in said(page)


def test_a_student_sees_nothing_of_the_teachers(pix: PixRoom) -> None:
    page = pix.room.opens(LEA)
    for path in ("pix/", "pix/identities/1"):
        assert pix.room.browser(LEA).get(address(page, path)).status == 403


def test_the_campaign_is_proven_from_its_page_without_a_file(pix: PixRoom) -> None:
    browser = pix.room.browser()
    page = browser.get(address(pix.room.opens(), "campaign/"))
    pix.sends(LEA)
    form = next(form for form in page.forms() if form.action.endswith("/pix/read"))
    asked = browser.submit(form)
    assert asked.url.partition("#")[0].endswith("/campaign/")
    assert "Lecture de Pix demandée" in said(asked)
    pix.works()
    proven = browser.get(address(pix.room.opens(), "campaign/"))
    assert "Bonne campagne : KTRBWX482." in said(proven)
    assert "Des envois sont arrivés avec un code de contrôle juste : 1." in said(proven)
