"""From an invitation to a mark, no file edited by hand: the tool's page in a frame of another site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, expect

from demo.lms import RunningLms
from tests.browser.cookie_modes import CookieMode
from tests.browser.school import School, Window
from tests.browser.test_accessible import obstacles
from tests.running_tool import running_tool
from workflows.invitations import invite
from workflows.platforms import list_launched, list_platforms

pytestmark = pytest.mark.slow


@contextmanager
def new_school(browser: Browser, folder: Path) -> Iterator[School]:
    """A tool and an LMS that do not know each other."""
    with (
        running_tool(f"sqlite:///{folder / 'tool.sqlite'}", folder) as tool,
        RunningLms(tool=None) as lms,
    ):
        worker = tool.worker()
        worker.start()
        try:
            yield School(tool=tool, lms=lms, browser=browser)
        finally:
            worker.stop()


@pytest.fixture
def new(chromium: Browser, tmp_path: Path) -> Iterator[School]:
    with new_school(chromium, tmp_path) as opened:
        yield opened


def invitation(school: School) -> str:
    """What the operator gives: the LMS's pages are also those of its other site."""
    made = invite(school.tool.world, name="Campus", service_origins=[school.outside])
    return f"{school.tool.base}/lti/register/{made.code}"


def paste(school: School, window: Window, address: str) -> FrameLocator:
    """Paste an address into the LMS's page of tools; the tool's page, in a frame of another site."""
    window.page.goto(f"{school.outside}/admin/tools/")
    window.page.get_by_label("URL de l’outil").fill(address)
    window.page.get_by_role("button", name="Ajouter LTI Advantage").click()
    return window.frame


@pytest.mark.parametrize("cookies", [CookieMode.ALL, CookieMode.PARTITIONED, CookieMode.NONE])
def test_from_an_invitation_to_a_mark(new: School, cookies: CookieMode) -> None:
    with new.window(cookies=cookies) as administrator:
        frame = paste(new, administrator, invitation(new))
        expect(frame.locator("#issuer")).to_have_text(new.lms.address)
        expect(frame.locator("#product")).to_contain_text("moodle")
        frame.get_by_role("button", name="Enregistrer").click()
        expect(frame.get_by_role("heading", name="Pix est enregistré")).to_be_visible()
        frame.get_by_role("button", name="Fermer").click()  # the message that closes the frame
        card = administrator.page.locator("[data-type='1']")
        expect(card).to_contain_text("En attente")
        expect(card).to_contain_text("Absent du sélecteur")
        [platform] = list_platforms(new.tool.world)
        assert list_launched(new.tool.world) == frozenset()
        card.get_by_role("button", name="Activer").click()
        expect(card).to_contain_text("Actif")
        assert administrator.context.cookies(new.tool.base) == []
        administrator.assert_calm()
    # Registering needs no cookie at all; a student's visit needs a partitioned one, or platform storage.
    with new.window(cookies=CookieMode.ALL if cookies is CookieMode.NONE else cookies) as student:
        page = new.opens(student, "101", "1")
        for name in ("1.3", "2.3", "3.1"):
            page.get_by_label(name).fill("4")
        page.get_by_role("button", name="Envoyer mon profil").click()
        expect(page.locator("#mark")).to_have_text("13,33/20")
        expect(page.locator("#lms")).to_contain_text("au carnet de notes depuis", timeout=20_000)
    assert list_launched(new.tool.world) == {platform.id}
    assert list(new.lms.state.violations) == []


def test_pasted_again_to_update(new: School) -> None:
    with new.window() as administrator:
        paste(new, administrator, invitation(new)).get_by_role("button", name="Enregistrer").click()
        administrator.frame.get_by_role("button", name="Fermer").click()
        administrator.page.get_by_role("button", name="Activer").click()
        administrator.page.get_by_role("button", name="Afficher dans le sélecteur").click()
        paste(new, administrator, invitation(new))
        administrator.page.get_by_role("button", name="Mettre à jour").click()
        frame = administrator.frame
        expect(frame.get_by_role("heading", name="Mettre à jour Pix")).to_be_visible()
        frame.get_by_role("button", name="Mettre à jour").click()
        expect(frame.get_by_role("heading", name="L’enregistrement de Pix est à jour")).to_be_visible()
        frame.get_by_role("button", name="Fermer").click()
        card = administrator.page.locator("[data-type]")
        expect(card).to_contain_text("Actif")
        expect(card).to_contain_text("Absent du sélecteur")
        administrator.assert_calm()
    assert len(list_platforms(new.tool.world)) == 1


def test_cancelled_nothing_has_happened(new: School) -> None:
    with new.window() as administrator:
        frame = paste(new, administrator, invitation(new))
        frame.get_by_role("button", name="Annuler").click()
        expect(administrator.page.get_by_text("Il n’y a pas d’outil externe configuré.")).to_be_visible()
    assert list_platforms(new.tool.world) == []


def test_a_refusal_is_read_in_the_frame(new: School) -> None:
    with new.window() as administrator:
        frame = paste(new, administrator, f"{new.tool.base}/lti/register/unknown")
        # Framed by the issuer's own site only: this LMS's other site was declared by no invitation.
        administrator.page.goto(f"{new.lms.address}/admin/tools/")
        administrator.page.get_by_label("URL de l’outil").fill(f"{new.tool.base}/lti/register/unknown")
        administrator.page.get_by_role("button", name="Ajouter LTI Advantage").click()
        expect(frame.get_by_role("heading", name="Cette invitation n’existe pas")).to_be_visible()
        frame.get_by_role("button", name="Fermer").click()
        expect(administrator.page.get_by_text("Il n’y a pas d’outil externe configuré.")).to_be_visible()


def test_a_foreign_page_cannot_frame_the_registration(new: School) -> None:
    made = invite(new.tool.world)  # declares no other site, so `localhost` is a stranger
    with new.window() as administrator:
        paste(new, administrator, f"{new.tool.base}/lti/register/{made.code}")
        administrator.page.wait_for_timeout(1500)
        assert any("frame-ancestors" in each for each in administrator.complaints)
    assert list_platforms(new.tool.world) == []


def test_fields_are_copied_or_selected(new: School) -> None:
    with new.window() as administrator:
        administrator.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=new.tool.base)
        page = administrator.page
        page.goto(f"{new.tool.base}/lti/setup")
        field = page.get_by_label("URL d’initiation de connexion")
        field.focus()
        assert page.evaluate("getSelection().toString()") == f"{new.tool.base}/lti/login"
        page.locator(f"[data-copy='{field.get_attribute('id')}']").click()
        assert page.evaluate("navigator.clipboard.readText()") == f"{new.tool.base}/lti/login"
        administrator.context.clear_permissions()
        page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('none')); }")
        button = page.locator("[data-copy='jwks']")
        button.click()
        expect(button).to_have_text("Sélectionné")
        assert page.evaluate("getSelection().toString()") == f"{new.tool.base}/lti/jwks"
        administrator.assert_calm()


def test_no_serious_obstacle(new: School) -> None:
    with new.window() as administrator:
        page, found = administrator.page, []
        start = f"{new.lms.address}/mod/lti/startltiadvregistration.php?url="
        for address in ("/lti/setup", "/lti/register/unknown"):
            page.goto(new.tool.base + address)
            found += obstacles(page)
        address = invitation(new)
        page.goto(address)
        found += obstacles(page)
        page.goto(start + address)
        found += obstacles(page)
        page.get_by_role("button", name="Enregistrer").click()
        page.get_by_role("heading", name="Pix est enregistré").wait_for()
        found += obstacles(page)
    assert found == []
