"""A clean installation: an invitation, activation, four activities at once, a hand-in, a mark; no file edited."""

from __future__ import annotations

from decimal import Decimal
from time import monotonic

import pytest
from playwright.sync_api import expect

from tests.browser.cookie_modes import CookieMode
from tests.browser.school import School
from tests.browser.test_registration import invitation, new, paste
from tests.browser.test_selection import TITLES, open_modal

__all__ = ["new"]  # a fixture

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("cookies", [CookieMode.ALL, CookieMode.PARTITIONED])
def test_from_an_invitation_to_the_gradebook(new: School, cookies: CookieMode) -> None:
    lms = new.lms.state
    with new.window(cookies=cookies) as administrator:
        frame = paste(new, administrator, invitation(new))
        frame.get_by_role("button", name="Enregistrer").click()
        frame.get_by_role("button", name="Fermer").click()
        administrator.page.locator("[data-type='1']").get_by_role("button", name="Activer").click()
        expect(administrator.page.locator("[data-type='1']")).to_contain_text("Actif")
    before = len(lms.site.get_course("2").activities)
    with new.window(cookies=cookies) as teacher:
        open_modal(new, teacher)
        teacher.frame.get_by_role("button", name="Ajouter au cours").click()
        expect(teacher.page.locator("#chosen li")).to_have_text(TITLES)
        teacher.page.get_by_role("button", name="Enregistrer et revenir au cours").click()
        teacher.page.wait_for_load_state()
    made = lms.site.get_course("2").activities[before:]
    assert [each.title for each in made] == TITLES
    with new.window(cookies=cookies) as student:
        page = new.opens(student, "101", made[0].id)
        for name in ("1.3", "2.3", "3.1"):
            page.get_by_label(name).fill("4")
        page.get_by_role("button", name="Envoyer mon profil").click()
        expect(page.locator("#mark")).to_have_text("13,33/20")
        expect(page.locator("#lms")).to_contain_text("au carnet de notes depuis", timeout=20_000)
        student.assert_calm()
    until = monotonic() + 20
    while lms.gradebook.mark(lms.column_of(made[0].id).id, "101") != Decimal("13.33"):
        assert monotonic() < until
    with new.window(cookies=cookies) as teacher:
        page = new.opens(teacher, "2", made[0].id)
        expect(page.locator("#cohort")).to_contain_text("13,33/20")
        teacher.assert_calm()
    assert list(lms.violations) == []
