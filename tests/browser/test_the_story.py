"""From a click in the LMS to the mark in its gradebook: set up, hand in, import, read, in a frame of another site."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.school import School, Window
from tests.pix.exports import export, sending
from tests.running_tool import PARIS

pytestmark = pytest.mark.slow

ACTIVITY = "5"
"""Without custom parameters: the teacher says what it stands for."""


def test_the_whole_story_in_a_frame_of_another_site(school: School, tmp_path: Path) -> None:
    with school.window() as teacher, school.window() as student:
        early = school.opens(student, "101", ACTIVITY)
        expect(early.get_by_text("n’est pas encore configurée")).to_be_visible()
        _sets_up(school, teacher)
        book = school.gradebook(teacher)

        page = school.opens(student, "101", ACTIVITY)
        page.get_by_label("1.3 Traiter des données").fill("4")
        page.get_by_label("2.3 Collaborer").fill("5")
        page.get_by_label("3.1 Développer des documents textuels").fill("3")
        page.get_by_role("button", name="Envoyer mon profil").click()
        expect(page.locator("#mark")).to_have_text("13,33/20")
        expect(page.locator("#lms")).to_contain_text("au carnet de notes depuis", timeout=20_000)
        school.shows(book, "101", ACTIVITY, r"13[.,]33")

        export_file = tmp_path / "export.csv"
        export_file.write_bytes(_export())
        _imports(school, teacher, export_file)
        school.shows(book, "101", ACTIVITY, r"16[.,]67")
        with school.window() as other:  # never launched before: the line waited for them
            page = school.opens(other, "102", ACTIVITY)
            expect(page.locator("#mark")).to_have_text("10,00/20")
            school.shows(book, "102", ACTIVITY, r"10[.,]00")
            other.assert_calm()
        expect(book.locator("tr[data-person='101']")).not_to_contain_text("Provisoire")

        page = school.opens(student, "101", ACTIVITY)
        expect(page.locator("#mark")).to_have_text("16,67/20")
        expect(page.locator("#result")).to_contain_text("Vérifiée")
        student.assert_calm(but=["409 (CONFLICT)"])
        teacher.assert_calm()
    assert not school.lms.state.violations


def _sets_up(school: School, teacher: Window) -> None:
    frame = school.opens(teacher, "2", ACTIVITY)
    unit = frame.get_by_role("group", name="HA1G10H")
    unit.get_by_role("radio", name="CC1").check()
    frame.get_by_role("button", name="Enregistrer").click()
    expect(frame.locator("main")).to_contain_text("CC1")


def _imports(school: School, teacher: Window, file: Path) -> None:
    frame = school.opens(teacher, "2", ACTIVITY)
    frame.get_by_role("link", name="Importer des fichiers Pix…").click()
    frame.locator("input[type=file]").set_input_files(file)
    frame.get_by_role("button", name="Lire les fichiers").click()
    expect(frame.locator("#effects")).to_contain_text("16,67/20")
    frame.get_by_role("button", name="Confirmer").click()
    expect(frame.locator(".alert-success")).to_be_visible()


def _export() -> bytes:
    at = (datetime.now(UTC) - timedelta(minutes=3)).astimezone(PARIS).strftime("%d/%m/%Y %H:%M")
    people = [("Lefèvre", "Élodie", "99300001", 40), ("Bélanger-Noël", "Chloé", "99300002", 24)]
    lines = [
        sending(last=last, first=first, number=number, external_id=number, at=at, pix=pix)
        for last, first, number, pix in people
    ]
    return export(*lines)


def test_reload_and_back_work_in_the_frame(school: School) -> None:
    with school.window() as student:
        page = school.opens(student, "103", "1")
        for name in ("1.3", "2.3", "3.1"):
            page.get_by_label(name).fill("4")
        page.get_by_role("button", name="Envoyer mon profil").click()
        expect(page.locator("#done")).to_be_visible()
        inner = next(each for each in student.page.frames if "/visits/" in each.url)
        inner.wait_for_function(
            "() => !location.search.includes('done')"
        )  # taken off by the page's own script
        inner.evaluate("location.reload()")
        expect(page.locator("#mark")).to_have_text("13,33/20")
        expect(page.locator("#done")).to_have_count(0)
        expect(page.locator("#sent > li")).to_have_count(1)
        student.page.evaluate("history.back()")
        expect(page.locator("#form-title")).to_be_visible()
        inner = next(each for each in student.page.frames if "/visits/" in each.url)
        inner.evaluate("location.reload()")
        expect(page.locator("#sent > li")).to_have_count(1)
        student.assert_calm()


def test_a_double_click_is_one_sending(school: School) -> None:
    with school.window() as student:
        page = school.opens(student, "104", "1")
        for name in ("1.3", "2.3", "3.1"):
            page.get_by_label(name).fill("4")
        page.get_by_role("button", name="Envoyer mon profil").dblclick()
        expect(page.locator("#mark")).to_have_text("13,33/20")
        expect(page.locator("#sent > li")).to_have_count(1)
        student.assert_calm()


def test_a_student_hands_in_with_the_keyboard_alone(school: School) -> None:
    with school.window() as student:
        page = school.opens_alone(student, "105", "1")
        keys = page.keyboard
        keys.press("Tab")
        expect(page.locator("a.visually-hidden-focusable")).to_be_focused()
        keys.press("Enter")
        for _ in range(12):
            keys.press("Tab")
            if page.evaluate("document.activeElement.id") == "level_1_3":
                break
        for value in ("4", "9", "3"):
            keys.type(value)
            keys.press("Tab")
        keys.press("Enter")  # in the last field, Enter sends
        expect(page.locator("#problems")).to_be_focused()
        keys.press("Tab")
        keys.press("Enter")
        expect(page.locator("#level_2_3")).to_be_focused()
        keys.press("Control+A")
        keys.type("5")
        keys.press("Enter")
        expect(page.locator("#mark")).to_have_text("13,33/20")
        expect(page.locator("#lms")).to_contain_text("au carnet de notes", timeout=20_000)
        student.assert_calm(but=["422 (UNPROCESSABLE"])
