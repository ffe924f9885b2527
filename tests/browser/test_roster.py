"""A teacher reads the roster and the gradebook back in a real browser: progress, then who and what."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from demo.lms import Fault, LmsBrowser
from tests.browser.school import School
from tests.browser.test_accessible import obstacles

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TEACHER, CC1, COURSE = "2", "1", "2"
PICTURES = os.environ.get("PIXLTI_TEST_PICTURES", "")
LEVELS_OF_CC1 = ("level_1_3", "level_2_3", "level_3_1")


def _looks(page: Page, name: str) -> list[str]:
    """Nothing sticks out of the page, wide or narrow; what axe finds."""
    found = []
    for width in (900, 400):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found += obstacles(page)
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
    return found


def _hands_in(school: School, who: str, level: int) -> None:
    with closing(LmsBrowser(school.lms.state, who)) as browser:
        form = browser.launch(CC1).form(having="form_id")
        browser.submit(form, dict.fromkeys(LEVELS_OF_CC1, str(level)))


def test_the_roster_and_the_gradebook_read_back(school: School) -> None:
    lms = school.lms.state
    for who, level in (("101", 4), ("102", 3), ("103", 2), ("104", 5)):
        _hands_in(school, who, level)
    with school.window() as teacher:
        page = school.opens_alone(teacher, TEACHER, CC1)
        page.get_by_role("link", name="Voir ou lire maintenant…").click()
        found = _looks(page, "roster-1-never-read")
        page.get_by_role("button", name="Lire la liste maintenant").click()
        expect(page.locator("#never-came")).to_be_visible()
        lms.roster.unenrol(COURSE, "103")
        page.get_by_role("button", name="Lire la liste maintenant").click()
        expect(page.locator("#left")).to_contain_text("Maëlys")
        found += _looks(page, "roster-2-read")
        page.get_by_role("link", name="Promotion").click()
        found += _looks(page, "roster-3-cohort")
        page.get_by_role("link", name="Clore…").first.click()
        expect(page.locator("#never-came")).to_be_visible()
        found += _looks(page, "roster-4-closing")
        page.get_by_role("link", name="Annuler").click()

        lms.faults.add(Fault(endpoint="members", answer="403", times=None))
        page.get_by_role("link", name="Voir ou lire maintenant…").click()
        page.get_by_role("button", name="Lire la liste maintenant").click()
        expect(page.locator("#roster-trouble")).to_contain_text("Services")
        found += _looks(page, "roster-5-refused")

        column = lms.column_of(CC1).id
        for who, value in (("101", "15"), ("102", "8.5")):
            lms.gradebook.type_by_hand(column, who, Decimal(value), now=datetime.now(UTC))
        page.get_by_role("link", name="Promotion").click()
        page.get_by_role("link", name="Carnet de notes : comparer, choisir…").click()
        page.get_by_role("button", name="Relire le carnet maintenant").click()
        expect(page.locator("#differences")).to_contain_text("15,00")
        found += _looks(page, "gradebook-1-differences")
        page.locator("#differences").get_by_role("link", name="Élodie Lefèvre").click()
        found += _looks(page, "gradebook-2-person")
        page.get_by_role("button", name="Garder celle de la plateforme (15,00)").click()
        expect(page.locator("[data-arrival=kept_theirs]")).to_be_visible()
        page.go_back()
        page.get_by_role("link", name="Promotion").click()
        page.get_by_role("link", name="Carnet de notes : comparer, choisir…").click()
        page.locator("#differences input[name=cell]").first.check()
        page.locator("form:has(#differences)").get_by_role("button", name="Renvoyer les nôtres").click()
        expect(page.get_by_role("status")).to_contain_text("Nos notes renvoyées : 1.")
        expect(page.locator("#kept")).to_contain_text("15,00")
        found += _looks(page, "gradebook-3-chosen")
        teacher.assert_calm()
    assert found == []
