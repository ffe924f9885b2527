"""Browsers that keep cookies from frames: unpartitioned ones (most of today's), or every one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.school import School, open_school
from tests.chromium import get_chromium
from tests.conftest import QUIET

pytestmark = pytest.mark.slow

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def test_partitioned_cookies_are_enough(chromium: Browser, tmp_path: Path) -> None:
    """Third-party cookies phased out: only partitioned ones come back in a frame."""
    found = get_chromium()
    strict = chromium.browser_type.launch(
        executable_path=found.path,
        env=dict(found.environment),
        args=[*QUIET, "--test-third-party-cookie-phaseout"],
        chromium_sandbox=False,
    )
    try:
        with open_school(strict, tmp_path) as school, school.window() as student:
            page = school.opens(student, "101", "1")
            for name in ("1.3", "2.3", "3.1"):
                page.get_by_label(name).fill("4")
            page.get_by_role("button", name="Envoyer mon profil").click()
            expect(page.locator("#mark")).to_have_text("13,33/20")
            student.assert_calm()
    finally:
        strict.close()


def test_without_any_cookie_in_frames_a_new_window_works_to_the_mark(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a browser does that blocks every cookie in frames is done at the tool's door, whatever the browser."""
    app = school.tool.app
    monkeypatch.setattr(app, "wsgi_app", _without_cookies_in_frames(app.wsgi_app))
    with school.window() as student:
        frame = school.opens(student, "101", "1")
        expect(frame.get_by_role("heading", level=1)).to_be_visible()
        with student.context.expect_page() as opening:
            frame.get_by_role("link", name="Ouvrir dans une nouvelle fenêtre").click()
        window = opening.value
        window.wait_for_url("**/visits/**")
        for name in ("1.3", "2.3", "3.1"):
            window.get_by_label(name).fill("4")
        window.get_by_role("button", name="Envoyer mon profil").click()
        expect(window.locator("#mark")).to_have_text("13,33/20")
        expect(window.locator("#lms")).to_contain_text("au carnet de notes depuis", timeout=20_000)
        school.shows(school.gradebook(student), "101", "1", r"13[.,]33")
        student.assert_calm(but=["Failed to load resource: the server responded with a status of 4"])


def _without_cookies_in_frames(application: Application) -> Application:
    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("HTTP_SEC_FETCH_DEST") != "iframe":
            return application(environ, start_response)
        environ.pop("HTTP_COOKIE", None)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            kept = [each for each in headers if each[0].lower() != "set-cookie"]
            return start_response(status, kept, *rest)

        return application(environ, start)

    return wrapped
