"""Browsers that keep cookies from frames: all of them, all but partitioned ones, or every one everywhere.

With and without platform storage, from the click in the LMS to the mark in its gradebook.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from demo.lms.launches import StorageMode
from tests.browser.cookie_modes import CookieMode
from tests.browser.school import School, Window
from tests.pix.exports import export, sending
from tests.running_tool import PARIS

pytestmark = pytest.mark.slow

REFUSED = "the server responded with a status of 4"
"""What Chromium's console says of a page that is there to refuse, or to ask the platform first."""
NOT_YET = "does not match the recipient window's origin"
"""And of a message to a frame that is still loading: it is sent again."""
IN_FRAME: list[tuple[CookieMode, StorageMode]] = [
    (CookieMode.ALL, "none"),
    (CookieMode.PARTITIONED, "none"),
    (CookieMode.PARTITIONED, "frame"),
    (CookieMode.NONE_IN_FRAMES, "frame"),
    (CookieMode.NONE_IN_FRAMES, "named"),
]


def hand_in(page: FrameLocator | Page, level: str = "4") -> None:
    """Fill the form and send it."""
    for name in ("1.3", "2.3", "3.1"):
        page.get_by_label(name).fill(level)
    page.get_by_role("button", name="Envoyer mon profil").click()


@pytest.mark.parametrize(("cookies", "storage"), IN_FRAME)
def test_a_student_in_the_frame(school: School, cookies: CookieMode, storage: StorageMode) -> None:
    school.lms.state.platform_storage = storage
    with school.window(cookies=cookies) as student:
        page = school.opens(student, "101", "1")
        hand_in(page)
        expect(page.locator("#mark")).to_have_text("13,33/20")
        # The page asks by itself whether the mark has arrived.
        expect(page.locator("#lms")).to_contain_text("au carnet de notes depuis", timeout=20_000)
        page.get_by_role("button", name="Envoyer mon profil").click()  # as they are
        expect(page.locator("#sent .sending")).to_have_count(2)
        hand_in(page, "99")
        expect(page.locator("#mark")).to_have_text("13,33/20")
        assert_no_secret_in_addresses(student)
        student.assert_calm(but=[REFUSED, NOT_YET])
    assert not school.lms.state.violations


@pytest.mark.parametrize(("cookies", "storage"), IN_FRAME[1:])
def test_a_teacher_in_the_frame(
    school: School, tmp_path: Path, cookies: CookieMode, storage: StorageMode
) -> None:
    """Links, back and forth, a file, a POST that leads elsewhere, a reload."""
    school.lms.state.platform_storage = storage
    with school.window() as student:
        school.opens(student, "101", "1")
    file = tmp_path / "export.csv"
    at = (datetime.now(UTC) - timedelta(minutes=3)).astimezone(PARIS).strftime("%d/%m/%Y %H:%M")
    file.write_bytes(
        export(sending(last="Lefèvre", first="Élodie", number="99300001", external_id=None, at=at, pix=40))
    )
    with school.window(cookies=cookies) as teacher:
        page = school.opens(teacher, "2", "1")
        page.get_by_role("link", name="Élodie Lefèvre").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Élodie Lefèvre")
        teacher.page.evaluate("history.back()")
        page.get_by_role("link", name="Importer des fichiers Pix…").click()
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name="Lire les fichiers").click()
        page.get_by_role("button", name="Confirmer").click()
        expect(page.locator(".alert-success").first).to_be_visible()
        frame = next(
            each for each in teacher.page.frames if each.url.startswith(f"{school.tool.base}/visits")
        )
        frame.goto(re.sub(r"/imports/.*", "/teacher/", frame.url))  # a reload, as a person's browser does it
        expect(page.locator("#cohort")).to_contain_text("16,67/20")
        assert_no_secret_in_addresses(teacher)
        teacher.assert_calm(but=[REFUSED, NOT_YET])


def test_storage_of_the_page_around(school: School) -> None:
    """The window around the frame may itself be the storage, where it is of the platform's own origin."""
    school.lms.state.platform_storage = "parent"
    with school.window(cookies=CookieMode.NONE) as student:
        student.page.goto(f"{school.lms.address}/frame/1?as=101")
        hand_in(student.frame)
        expect(student.frame.locator("#mark")).to_have_text("13,33/20")
        student.assert_calm(but=[REFUSED])


def test_without_any_cookie_in_frames_a_new_window_works_to_the_mark(school: School) -> None:
    with school.window(cookies=CookieMode.NONE_IN_FRAMES) as student:
        frame = school.opens(student, "101", "1")
        expect(frame.get_by_role("heading", level=1)).to_have_text(
            "Votre navigateur bloque les cookies de cette page"
        )
        with student.context.expect_page() as opening:
            frame.get_by_role("link", name="Ouvrir dans une nouvelle fenêtre").click()
        window = opening.value
        window.wait_for_url("**/visits/**")
        hand_in(window)
        expect(window.locator("#mark")).to_have_text("13,33/20")
        expect(window.locator("#lms")).to_contain_text("au carnet de notes depuis", timeout=20_000)
        school.shows(school.gradebook(student), "101", "1", r"13[.,]33")
        student.assert_calm(but=[REFUSED])


def test_a_teacher_in_the_window_of_its_own(school: School) -> None:
    """Set up, look, come back to the course: the way back is above the page."""
    with school.window(cookies=CookieMode.NONE_IN_FRAMES) as teacher:
        frame = school.opens(teacher, "2", "5")
        with teacher.context.expect_page() as opening:
            frame.get_by_role("link", name="Ouvrir dans une nouvelle fenêtre").click()
        window = opening.value
        window.wait_for_url("**/visits/**")
        window.get_by_role("group", name="HA1G10H").get_by_role("radio", name="CC1").check()
        window.get_by_role("button", name="Enregistrer").click()
        expect(window.locator("main")).to_contain_text("CC1")
        window.get_by_role("navigation", name="Cours").get_by_role("link").click()
        window.wait_for_url(f"{school.lms.address}/mod/lti/return.php**")
        teacher.assert_calm(but=[REFUSED])


def test_a_platform_that_promises_storage_and_does_not_answer(school: School) -> None:
    """After a few seconds: the window of its own, with the platform's hint still unspent."""
    school.lms.state.platform_storage = (
        "parent"  # but the page around is of another origin than the platform's
    )
    with school.window(cookies=CookieMode.NONE_IN_FRAMES) as student:
        frame = school.opens(student, "101", "1")
        with student.context.expect_page() as opening:
            frame.get_by_role("link", name="Ouvrir dans une nouvelle fenêtre").click()
        opening.value.wait_for_url("**/visits/**")
        expect(opening.value.locator("#mark")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fr-FR", "Votre navigateur bloque tous les cookies de l’outil"),
        ("en-GB", "Your browser blocks all cookies of the tool"),
        ("de-DE", "Votre navigateur bloque tous les cookies de l’outil"),
    ],
)
def test_a_browser_that_blocks_everything_says_so(school: School, language: str, told: str) -> None:
    with school.window(language, cookies=CookieMode.NONE) as student:
        frame = school.opens(student, "101", "1")
        with student.context.expect_page() as opening:
            frame.locator("a.btn-primary").click()
        window = opening.value
        expect(window.get_by_role("heading", level=1)).to_have_text(told)
        assert "/visits/" not in window.url
        expect(window.locator("a.btn-primary")).to_have_attribute("href", re.compile(r"^/lti/login\?"))
        student.assert_calm(but=[REFUSED])


def test_no_page_of_another_site_brings_a_header_of_ours(school: School) -> None:
    """What platform storage rests on: browsers let no other site's script send such a header."""
    with school.window() as anybody:
        anybody.page.goto(f"{school.outside}/")
        for header in ("X-Pixlti-Browser", "X-Pixlti-Visit"):
            answer = anybody.page.evaluate(
                """async ([address, header]) => {
                    try {
                        await fetch(address, {method: "POST", mode: "cors", headers: {[header]: "x"}, body: "a=b"});
                        return "sent";
                    } catch (error) {
                        return error.name;
                    }
                }""",
                [f"{school.tool.base}/lti/launch", header],
            )
            assert answer == "TypeError"


def assert_no_secret_in_addresses(window: Window) -> None:
    """No address of a frame holds more than the visit's id."""
    for frame in window.page.frames:
        if "/visits/" in frame.url:
            assert re.search(r"/visits/[\w-]{12}\.\d+(\.lms_storage|\._parent)?/", frame.url), frame.url
            assert len(frame.url) < 130
