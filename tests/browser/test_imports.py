"""An import from its files to its undoing: dropped, sent behind a bar, by the keyboard alone, on a narrow screen."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Locator, Page, expect

from tests.browser.pictures import take_picture
from tests.browser.school import School
from tests.pix.exports import export, sending
from tests.running_tool import PARIS

pytestmark = pytest.mark.slow

NARROW = 400
LONG = "Resultats-PIX-L1-CC1-" + "2026_groupe-de-tous-les-groupes_" * 4 + "512345-2026-11-20-1830.csv"


def test_files_are_dropped_and_sent_behind_a_bar(school: School, tmp_path: Path) -> None:
    one, other, packed = tmp_path / "un.csv", tmp_path / "autre.csv", tmp_path / "tout.zip"
    one.write_bytes(export(sent("Lefèvre", "Élodie", "99300001")))
    other.write_bytes(export(sent("Bélanger-Noël", "Chloé", "99300002")))
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("session.csv", other.read_bytes())
        archive.writestr("padding.bin", bytes(400_000))  # stored as it is: something to send
    with school.window() as teacher, school.window() as student:
        school.opens_alone(student, "101", "1")
        page = school.opens_alone(teacher, "2", "1")
        page.get_by_role("link", name="Importer des fichiers Pix…").click()
        browser = teacher.context.new_cdp_session(page)
        area, chosen = page.locator(".drop"), page.locator("[data-chosen]")

        drag(browser, page.get_by_role("heading", level=1), [one], "drop")
        expect(page.get_by_role("heading", level=1)).to_contain_text(
            "Importer"
        )  # the file is not opened instead
        assert names(page) == []
        drag(browser, area, [one])
        expect(area).to_have_class("drop mb-3 over")
        drag(browser, area, [one], "drop")
        expect(area).to_have_class("drop mb-3")
        assert names(page) == ["un.csv"]
        drag(browser, area, [one, other, packed], "drop")
        expect(chosen).to_have_text("un.csv, autre.csv, tout.zip")
        assert names(page) == ["un.csv", "autre.csv", "tout.zip"]

        slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 200_000}
        browser.send("Network.emulateNetworkConditions", slow)
        page.get_by_role("button", name="Lire les fichiers").click()
        expect(page.locator("#sending")).to_have_text("Envoi des fichiers…")
        page.wait_for_function(
            """() => {
                const sent = document.querySelector("[data-sending] progress").value;
                return 0 < sent && sent < 100;
            }"""
        )
        expect(page.locator("#effects")).to_contain_text("Élodie Lefèvre")
        assert page.locator("#files > li").count() == 4
        page.locator("#lines > summary").click()
        lines = page.locator("#lines-table tbody tr:visible")
        expect(lines).to_have_count(3)
        page.get_by_label("Montrer").select_option("needs_decision")
        expect(lines).to_have_count(2)

        page.get_by_role("link", name="Campagne", exact=True).click()
        page.get_by_label("Code ou adresse de la campagne").fill("KTRBWX482")
        page.get_by_role("button", name="Enregistrer la campagne").click()
        page.locator("#trial-link").wait_for()
        drag(browser, area, [one, other], "drop")
        assert names(page) == ["un.csv"]  # of a trial, one
        teacher.assert_calm()


def test_the_whole_story_by_the_keyboard_on_a_narrow_screen(school: School, tmp_path: Path) -> None:
    file = tmp_path / LONG
    file.write_bytes(
        export(
            sent("Lefèvre", "Élodie", "99300001"),
            sent("Lefevre de la très longue famille-sans-fin", "Elodi", None),
            sent("Inconnue", "I" * 60, None, external_id="x" * 90),
            sending(last="Petit", first="Max", number="99300009", external_id=None, at="45/99/2026 18:42"),
        )
    )
    with school.window() as teacher, school.window() as student:
        school.opens_alone(student, "101", "1")
        page = school.opens_alone(teacher, "2", "1")
        page.set_viewport_size({"width": NARROW, "height": 900})
        press(page, page.get_by_role("link", name="Importer des fichiers Pix…"))
        page.locator("#file-hint").wait_for()
        look(page, "start")
        with page.expect_file_chooser() as opening:
            press(page, page.locator("input[type=file]"))
        opening.value.set_files(file)
        press(page, page.get_by_role("button", name="Lire les fichiers"))

        page.locator("#decisions").wait_for()
        look(page, "preview")
        reach(page, page.get_by_role("combobox", name="Personne pour la ligne").first)
        page.keyboard.press("ArrowDown")
        press(page, page.get_by_role("button", name="Confirmer l’import"))
        expect(page.locator("#chosen")).to_be_visible()  # what was chosen is shown first
        look(page, "chosen")
        press(page, page.get_by_role("button", name="Confirmer l’import"))

        expect(page.get_by_role("heading", level=1)).to_have_text("Import terminé")
        look(page, "done")
        press(page, page.get_by_role("button", name="Annuler cet import…"))
        page.get_by_role("button", name="Ne rien changer").wait_for()
        look(page, "undo")
        press(page, page.get_by_role("button", name="Annuler cet import"))
        expect(page.get_by_role("heading", level=1)).to_have_text("Import annulé")
        look(page, "undone")
        press(page, page.get_by_role("link", name="Imports"))
        page.locator("#file-hint").wait_for()
        look(page, "list")
        press(page, page.get_by_role("link", name="Campagne", exact=True))
        page.locator("#recipe").wait_for()
        look(page, "campaign")
        teacher.assert_calm()


def sent(last: str, first: str, number: str | None, *, external_id: str | None = None) -> list[object]:
    """A line sent a moment ago."""
    at = (datetime.now(UTC) - timedelta(minutes=3)).astimezone(PARIS).strftime("%d/%m/%Y %H:%M")
    return sending(last=last, first=first, number=number, external_id=external_id, at=at, pix=40)


def drag(browser: CDPSession, over: Locator, files: list[Path], *ends: str) -> None:
    """Files from outside the browser come over a place of the page, and are let go there for `drop`."""
    box = over.bounding_box()
    assert box is not None
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 5}
    data = {"items": [], "files": [str(each) for each in files], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", *ends):
        browser.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})


def names(page: Page) -> list[str]:
    """The files that the form would send."""
    found: list[str] = page.locator("input[type=file]").evaluate(
        "input => Array.from(input.files, f => f.name)"
    )
    return found


def reach(page: Page, what: Locator) -> None:
    """Go to something with the Tab key alone."""
    what.wait_for()
    for _ in range(60):
        page.keyboard.press("Tab")
        if what.evaluate("it => it === document.activeElement"):
            return
    pytest.fail(f"{what} is not reached from the keyboard")


def press(page: Page, what: Locator) -> None:
    """Go to a link, a button or a field of files, and press Enter."""
    reach(page, what)
    page.keyboard.press("Enter")


def look(page: Page, name: str) -> None:
    """Nothing is wider than the screen, whatever is unfolded; the place of the keyboard is kept."""
    take_picture(page, f"imports/{name}")
    assert (
        page.evaluate(
            """() => {
            const folded = [...document.querySelectorAll("details:not([open])")];
            folded.forEach((each) => each.open = true);
            const width = document.documentElement.scrollWidth;
            folded.forEach((each) => each.open = false);
            return width;
        }"""
        )
        <= NARROW
    ), name
