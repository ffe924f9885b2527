"""No serious obstacle on any page, by axe's rules for WCAG 2.2 AA."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from demo.lms.selection_pages import save_items
from demo.lms.site_changes import copy_course
from grading.certification import CertificationStatus
from grading.profile import Profile
from tests.browser.school import School
from tests.browser.test_blocked_cookies import hand_in
from tests.pix.exports import export, sending
from tests.running_tool import PARIS
from tests.what_pix_says import told_about

pytestmark = pytest.mark.slow

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def obstacles(page: Page) -> list[str]:
    """What axe calls serious or critical on a page, with where; once its style is there, too."""
    page.wait_for_load_state("load")
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{page.url}: {each['id']}: {[node['html'][:200] for node in each['nodes']]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


def test_a_students_pages_and_refusals(school: School) -> None:
    with school.window() as student:
        found = []
        page = school.opens_alone(student, "101", "1")
        found += obstacles(page)
        page.get_by_role("button", name="Envoyer mon profil").click()
        page.locator("#problems").wait_for()
        found += obstacles(page)
        for name in ("1.3", "2.3", "3.1"):
            page.get_by_label(name).fill("4")
        page.get_by_role("button", name="Envoyer mon profil").click()
        page.locator("#done").wait_for()
        for summary in page.locator("summary").all():
            summary.click()
        found += obstacles(page)
        for activity in ("3", "4"):
            found += obstacles(school.opens_alone(student, "101", activity))
        for address in ("/lti/launch", "/lti/login?iss=https://e.example", "/visits/x/profile/"):
            page.goto(school.tool.base + address)
            found += obstacles(page)
        student.assert_calm(but=["the server responded with a status of 4"])
    assert found == []


def test_a_teachers_pages(school: School, tmp_path: Path) -> None:
    with school.window() as teacher, school.window() as student:
        found = []
        school.opens_alone(student, "101", "1")
        page = school.opens_alone(teacher, "2", "5")
        found += obstacles(page)  # set-up
        page = school.opens_alone(teacher, "2", "1")
        found += obstacles(page)
        home = re.sub("/teacher/.*", "", page.url)
        page.goto(f"{home}/teacher/components/cc1/close")
        found += obstacles(page)
        page.goto(f"{home}/imports/")
        found += obstacles(page)
        at = (datetime.now(UTC) - timedelta(minutes=3)).astimezone(PARIS).strftime("%d/%m/%Y %H:%M")
        known = sending(last="Lefèvre", first="Élodie", number="99300001", external_id=None, at=at, pix=32)
        unknown = sending(last="Inconnue", first="Ida", number=None, external_id="abc", at=at, pix=32)
        file = tmp_path / "export.csv"
        file.write_bytes(export(known, unknown))
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name="Lire les fichiers").click()
        page.get_by_role("button", name="Confirmer").wait_for()
        for summary in page.locator("summary").all():
            summary.click()
        found += obstacles(page)
        page.get_by_role("button", name="Confirmer").click()
        page.locator(".alert-success").wait_for()
        found += obstacles(page)
        teacher.assert_calm()
    assert found == []


def test_pages_of_a_campaign(school: School, tmp_path: Path) -> None:
    with school.window() as teacher, school.window() as student:
        found = []
        page = school.opens_alone(teacher, "2", "1")
        page.get_by_role("link", name="Donner la campagne de cette épreuve…").click()
        page.locator("#recipe").wait_for()
        found += obstacles(page)
        page.locator("#campaign").fill("KTRBWX48")
        page.get_by_role("button", name="Enregistrer la campagne").click()
        page.locator("#problems").wait_for()
        found += obstacles(page)
        page.locator("#campaign").fill("ktrbwx482")
        page.get_by_role("button", name="Enregistrer la campagne").click()
        page.locator("#trial-link").wait_for()
        link = page.locator("#trial-link").get_attribute("href") or ""
        mine = unquote(link.rpartition("=")[2])
        at = (datetime.now(UTC) - timedelta(minutes=3)).astimezone(PARIS).strftime("%d/%m/%Y %H:%M")
        file = tmp_path / "export.csv"
        file.write_bytes(export(sending(last="M", first="H", number=None, external_id=mine, at=at)))
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name="Voir ce qu’il montre").click()
        page.locator("#findings").wait_for()
        assert "la classe peut commencer" in page.locator("#whole").inner_text()
        for summary in page.locator("summary").all():
            summary.click()
        found += obstacles(page)
        page = school.opens_alone(student, "101", "1")
        image = page.locator(".qr img")
        assert image.evaluate("image => image.complete && image.naturalWidth > 0")
        for summary in page.locator("summary").all():
            summary.click()
        found += obstacles(page)
        student.assert_calm()
        teacher.assert_calm(but=["the server responded with a status of 422"])
    assert found == []


def test_pages_of_every_evidence_and_of_certifications(school: School) -> None:
    with school.window() as teacher, school.window() as student:
        found = []
        page = school.opens_alone(student, "110", "1")
        for name in ("1.3", "2.3", "3.1"):
            page.get_by_label(name).fill("6")
        page.get_by_role("button", name="Envoyer mon profil").click()
        page.locator("#done").wait_for()
        told = told_about(school.tool, school.lms.state, "110")
        told.sends("cc1", Profile(total=100), datetime.now(UTC) - timedelta(hours=1))
        told.sends("exam", Profile(total=100), datetime.now(UTC) - timedelta(hours=1))
        told.certifies(576, global_level="Avancé 1", levels={"1.1": 5})
        told.certifies(None, status=CertificationStatus.CANCELLED, exam="another")
        for activity in ("1", "3", "4"):
            page = school.opens_alone(student, "110", activity)
            for summary in page.locator("summary").all():
                summary.click()
            found += obstacles(page)
        page = school.opens_alone(teacher, "2", "1")
        found += obstacles(page)
        page.get_by_role("link", name="Léa Benoît").click()
        page.locator("#certifications").wait_for()
        for summary in page.locator("summary").all():
            summary.click()
        found += obstacles(page)
        student.assert_calm()
        teacher.assert_calm()
    assert found == []


def test_pages_of_dates_of_a_selection_and_of_copies(school: School) -> None:
    lms = school.lms.state
    with school.window() as teacher, school.window() as student:
        found = []
        hand_in(school.opens_alone(student, "101", "1"))
        page = school.opens_alone(teacher, "2", "1")
        page.get_by_role("link", name="Dates…").click()
        page.locator("#closes-cc1").fill("2027-01-01T12:00")
        found += obstacles(page)
        page.get_by_role("button", name="Voir ce qui changerait…").first.click()
        page.get_by_role("button", name="Changer les dates").wait_for()
        found += obstacles(page)
        page.get_by_role("button", name="Changer les dates").click()
        page.locator("#done").wait_for()
        page.locator("#closes-cc1").fill("2020-01-01T12:00")
        page.get_by_role("button", name="Voir ce qui changerait…").first.click()
        page.locator("#closes-cc1-wrong").wait_for()
        found += obstacles(page)

        page.goto(lms.addresses.launch_page(lms.begin_selection("2", "2", target="window").id))
        page.wait_for_url("**/selection/**")
        selection = page.url
        for summary in page.locator("summary").all():
            summary.click()
        found += obstacles(page)
        page.get_by_role("checkbox", name="CC2").check()
        page.locator("#closes_cc2").fill("2020-01-01T12:00")
        page.get_by_role("button", name="Ajouter au cours").click()
        page.locator("#problems").wait_for()
        found += obstacles(page)
        page.get_by_role("button", name="Annuler").click()
        page.locator("#nothing").wait_for()
        page.goto(selection)
        page.get_by_role("button", name="Continuer vers le cours").wait_for()
        found += obstacles(page)

        save_items(lms, "2", [chosen_item()])
        school.opens_alone(teacher, "2", lms.site.get_course("2").activities[-1].id)
        copy = copy_course(lms, "2", label="copie", title="Pix, copie")
        found += obstacles(school.opens_alone(teacher, "2", copy.activities[-1].id))
        teacher.assert_calm(but=["the server responded with a status of 422"])
    assert found == []


def test_every_page_of_the_teachers_navigation_wide_and_narrow(school: School) -> None:
    with school.window() as teacher, school.window() as student:
        hand_in(school.opens_alone(student, "101", "1"))
        page = school.opens_alone(teacher, "2", "1")
        found = []
        for link in page.locator(".pages a").all_inner_texts():
            page.locator(".pages").get_by_role("link", name=link, exact=True).click()
            page.locator(f".pages a[aria-current=page]:text-is('{link}')").wait_for()
            for width in (900, 400):
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                found += obstacles(page)
        teacher.assert_calm()
    assert found == []


def chosen_item() -> dict[str, object]:
    """An activity as a content selection of ours adds it."""
    custom = {"unit": "HA1G10H", "component": "cc1", "context_history": "$Context.id.history"}
    return {"type": "ltiResourceLink", "title": "CC1", "custom": custom, "lineItem": {"scoreMaximum": 20}}
