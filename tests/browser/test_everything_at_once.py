"""A clean installation, from an invitation to marks in the gradebook: everybody clicks, and nobody edits a file.

The tool's processes begin with an empty folder and its settings; the one command is `platform invite`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser.campus import Campus, Way, clean_campus
from tests.browser.cookie_modes import CookieMode
from tests.browser.pictures import take_picture
from tests.browser.school import Window
from tests.browser.test_blocked_cookies import NOT_YET, REFUSED, hand_in
from tests.browser.test_selection import TITLES
from tests.pix.exports import export, sending
from tests.running_tool import PARIS

pytestmark = pytest.mark.slow

TEACHER, STUDENT, OTHER = "2", "101", "102"
WAYS = {
    "every cookie": Way(cookies=CookieMode.ALL),
    "partitioned cookies": Way(cookies=CookieMode.PARTITIONED),
    "platform storage": Way(cookies=CookieMode.NONE_IN_FRAMES, storage="frame"),
    "a window of its own": Way(cookies=CookieMode.NONE_IN_FRAMES),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_from_an_invitation_to_the_gradebook(chromium: Browser, tmp_path: Path, way: Way) -> None:
    with clean_campus(chromium, tmp_path / "tool", way) as campus:
        with campus.somebody() as administrator:
            _registers(campus, administrator)
        with campus.somebody(TEACHER) as teacher, campus.somebody(STUDENT) as student:
            _fills_the_course(campus, teacher)
            _hands_in(campus, student)
            _follows(campus, teacher)
            _reads_the_roster(campus, teacher)
            _imports(campus, teacher, tmp_path / "export.csv")
            _sees_the_verified_mark(campus, student)
            for each in (teacher, student):
                each.assert_calm(but=[REFUSED, NOT_YET])
        assert list(campus.lms.state.violations) == []


def _registers(campus: Campus, administrator: Window) -> None:
    page = administrator.page
    page.get_by_role("link", name="gérer les outils").click()
    page.get_by_label("URL de l’outil").fill(campus.invite())
    page.get_by_role("button", name="Ajouter LTI Advantage").click()
    frame = administrator.frame
    expect(frame.locator("#issuer")).to_have_text(campus.lms.address)
    _picture(campus, page, "01-register")
    frame.get_by_role("button", name="Enregistrer").click()
    expect(frame.get_by_role("heading", name="Pix est enregistré")).to_be_visible()
    _picture(campus, page, "02-registered")
    frame.get_by_role("button", name="Fermer").click()
    card = page.locator("[data-type='1']")
    card.get_by_role("button", name="Activer").click()
    card.get_by_role("button", name="Afficher dans le sélecteur").click()
    expect(card).to_contain_text("Actif")
    assert administrator.context.cookies(campus.here.tool_url) == []
    administrator.assert_calm()


def _fills_the_course(campus: Campus, teacher: Window) -> None:
    """Content selection, all four components, saved in the LMS's own page."""
    page = teacher.page
    expect(page.get_by_text("Ce cours n’a pas encore d’activité.")).to_be_visible()
    page.get_by_role("link", name="Ajouter une activité").click()
    page.get_by_role("button", name="Sélectionner un contenu").click()
    if campus.way.needs_a_window:
        expect(teacher.frame.get_by_role("link", name="Ouvrir dans une nouvelle fenêtre")).to_be_visible()
        _picture(campus, page, "03-no-cookie")
    tool = campus.tool_page(teacher)
    expect(tool.get_by_role("checkbox", checked=True)).to_have_count(4)
    _picture(campus, _window_of(tool, teacher), "04-select")
    tool.get_by_role("button", name="Ajouter au cours").click()
    expect(page.locator("#chosen li")).to_have_text(
        TITLES
    )  # in the LMS's page, whatever window it was chosen in
    _picture(campus, page, "05-chosen")
    page.get_by_role("button", name="Enregistrer et revenir au cours").click()
    expect(page.get_by_role("listitem").locator("strong")).to_have_text(TITLES)
    _picture(campus, page, "06-course")
    if isinstance(tool, Page):
        _closes_by_itself(tool)


def _closes_by_itself(window: Page) -> None:
    if not window.is_closed():
        window.wait_for_event("close", timeout=5_000)


def _hands_in(campus: Campus, student: Window) -> None:
    tool = campus.opens(student, "CC1")
    expect(tool.get_by_role("heading", level=1)).to_have_text("CC1")
    _picture(campus, _window_of(tool, student), "07-student")
    hand_in(tool)
    expect(tool.locator("#mark")).to_have_text("13,33/20")
    expect(tool.locator("#lms")).to_contain_text("au carnet de notes depuis", timeout=20_000)
    _picture(campus, _window_of(tool, student), "08-handed-in")
    _gradebook_shows(campus, student, STUDENT, r"13[.,]33")
    expect(student.page.locator(f"tr[data-person='{STUDENT}']")).to_contain_text("Provisoire")


def _follows(campus: Campus, teacher: Window) -> None:
    tool = campus.opens(teacher, "CC1")
    expect(tool.locator("#cohort")).to_contain_text("13,33/20")
    _picture(campus, _window_of(tool, teacher), "09-cohort")


def _reads_the_roster(campus: Campus, teacher: Window) -> None:
    """Those who never came are known by name."""
    tool = campus.opens(teacher, "CC1")
    expect(tool.locator("main")).to_contain_text("Voir ou lire maintenant…", timeout=15_000)
    tool.get_by_role("link", name="Voir ou lire maintenant…").click()
    tool.get_by_role("button", name="Lire la liste maintenant").click()
    expect(tool.locator("#never-came li")).to_have_count(30, timeout=20_000)  # the non-editing teacher, too
    _picture(campus, _window_of(tool, teacher), "09b-roster")
    tool.get_by_role("link", name="Promotion").click()
    expect(tool.locator("#roster")).to_contain_text("Jamais venus : 30")
    _picture(campus, _window_of(tool, teacher), "09c-cohort")


def _imports(campus: Campus, teacher: Window, file: Path) -> None:
    """Who handed in is verified; who is only in the roster is found by number in the same file."""
    at = (datetime.now(UTC) - timedelta(minutes=3)).astimezone(PARIS).strftime("%d/%m/%Y %H:%M")
    people = [("Lefèvre", "Élodie", "99300001", 40), ("Bélanger-Noël", "Chloé", "99300002", 24)]
    lines = [
        sending(last=last, first=first, number=number, external_id=number, at=at, pix=pix)
        for last, first, number, pix in people
    ]
    file.write_bytes(export(*lines))
    tool = campus.opens(teacher, "CC1")
    tool.get_by_role("link", name="Importer des fichiers Pix…").click()
    tool.locator("input[type=file]").set_input_files(file)
    tool.get_by_role("button", name="Lire les fichiers").click()
    expect(tool.locator("#effects")).to_contain_text("16,67/20", timeout=20_000)
    _picture(campus, _window_of(tool, teacher), "10-preview")
    tool.get_by_role("button", name="Confirmer").click()
    expect(tool.locator(".alert-success").first).to_be_visible(timeout=20_000)
    _picture(campus, _window_of(tool, teacher), "11-imported")
    _gradebook_shows(campus, teacher, STUDENT, r"16[.,]67")
    expect(teacher.page.locator(f"tr[data-person='{STUDENT}']")).not_to_contain_text("Provisoire")
    _picture(campus, teacher.page, "12-gradebook")
    _gradebook_shows(campus, teacher, OTHER, r"10[.,]00")  # who never came has a mark all the same
    with campus.somebody(OTHER) as other:
        expect(campus.opens(other, "CC1").locator("#mark")).to_have_text("10,00/20")


def _sees_the_verified_mark(campus: Campus, student: Window) -> None:
    tool = campus.opens(student, "CC1")
    expect(tool.locator("#mark")).to_have_text("16,67/20")
    expect(tool.locator("#result")).to_contain_text("Vérifiée")
    _picture(campus, _window_of(tool, student), "13-verified")


def _gradebook_shows(campus: Campus, window: Window, person: str, mark: str) -> None:
    """The LMS's own gradebook, from its menu; the page refreshes itself."""
    window.page.bring_to_front()
    window.page.get_by_role("link", name="Notes", exact=True).click()
    column = campus.lms.state.column_of("1").id
    cell = window.page.locator(f"tr[data-person='{person}'] td[data-column='{column}'] .mark")
    expect(cell).to_have_text(re.compile(mark), timeout=30_000)


def _window_of(tool: FrameLocator | Page, window: Window) -> Page:
    return tool if isinstance(tool, Page) else window.page


def _picture(campus: Campus, page: Page, name: str) -> None:
    kept = next(key for key, way in WAYS.items() if way == campus.way)
    take_picture(page, f"{kept.replace(' ', '-')}/{name}")
