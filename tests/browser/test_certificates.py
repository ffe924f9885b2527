"""A certificate in a real browser, wide and narrow: given by its code and as a PDF, looked at by a teacher."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.pictures import PICTURES, WIDTHS
from tests.browser.school import School, open_school
from tests.browser.test_accessible import obstacles
from tests.pix.pdfs import certificate
from tests.pix.small_pix import SmallPix, third

pytestmark = pytest.mark.slow

CODE, OTHER = "P-BCD23FGH", "P-ZZZ22333"
CATCH_UP = "4"


@pytest.fixture
def pix() -> Iterator[SmallPix]:
    with SmallPix() as running:
        yield running


@pytest.fixture
def certified_school(chromium: Browser, tmp_path: Path, pix: SmallPix) -> Iterator[School]:
    with open_school(chromium, tmp_path, certificate_url=pix.address) as opened:
        yield opened


def _looks(page: Page, name: str) -> list[str]:
    """Nothing sticks out of the page, wide or narrow; what axe finds."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found += obstacles(page)
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
    return found


def test_given_waiting_accepted(certified_school: School, pix: SmallPix, tmp_path: Path) -> None:
    school = certified_school
    rules = school.tool.world.rules.find("HA1G10H", "2026-2027")
    assert rules is not None
    day = rules.unit.catch_up.windows[0].opens_on
    person = school.lms.state.get_person("101")
    dated = {"certification_date": f"{day}T08:00:00.000Z", "first_name": person.given}
    pix.knows(CODE, third(last_name=person.family, **dated))
    pix.knows(
        OTHER, third(last_name="Nom-de-Naissance", verification_code=OTHER, id="9", pix_score=612, **dated)
    )
    with school.window() as student, school.window() as teacher:
        page = school.opens_alone(student, "101", CATCH_UP)
        found = _looks(page, "1-catch-up")
        page.get_by_role("link", name="Donner mon certificat…").click()
        found += _looks(page, "2-form")
        expect(page.get_by_label("Je suis d’accord")).not_to_be_checked()
        page.get_by_label("Code de vérification").fill("P-BCD23FG")
        page.get_by_label("Je suis d’accord").check()
        page.get_by_role("button", name="Vérifier auprès de Pix").click()
        expect(page.locator("#problems")).to_contain_text("il faut 8 signes")
        found += _looks(page, "3-refused")
        pdf = tmp_path / "attestation-pix-20261214.pdf"
        pdf.write_bytes(certificate())
        page.get_by_label("ou le certificat en PDF").set_input_files(pdf)
        page.get_by_label("Je suis d’accord").check()
        page.get_by_role("button", name="Vérifier auprès de Pix").click()
        expect(page.locator("#done")).to_contain_text("vérifié et enregistré")
        page.get_by_label("Code de vérification").fill(OTHER)
        page.get_by_label("Je suis d’accord").check()
        page.get_by_role("button", name="Vérifier auprès de Pix").click()
        expect(page.locator("#done")).to_contain_text("doit l’examiner")
        found += _looks(page, "4-held")

        page = school.opens_alone(teacher, "2", CATCH_UP)
        page.get_by_role("link", name="Certificats donnés par les étudiants").click()
        expect(page.locator("#waiting")).to_contain_text("Nom-de-Naissance")
        found += _looks(page, "5-queue")
        page.get_by_label("Motif").first.fill("nom de naissance, pièce vue")
        page.get_by_role("button", name="Accepter").click()
        expect(page.locator(".alert-success")).to_contain_text("accepté")
        found += _looks(page, "6-decided")

        page = student.page
        page.goto(re.sub(r"/certificates/.*", "/profile/", page.url))
        expect(page.locator("#mark")).to_contain_text("15,94/20")
        found += _looks(page, "7-mark")
        student.assert_calm(but=["the server responded with a status of 4"])
        teacher.assert_calm()
    assert found == []
