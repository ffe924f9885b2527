"""The ground under the other tests: databases of either kind, and a browser that draws text."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import create_engine, text

from tests.chromium import ChromiumError, find_chromium
from tests.databases import Databases


def _run(url: str, *statements: str) -> list[object]:
    """The first column of what the last statement answers."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements[:-1]:
                connection.execute(text(statement))
            return list(connection.execute(text(statements[-1])).scalars())
    finally:
        engine.dispose()


def test_a_database_is_empty_and_remembers(database_url: str) -> None:
    """The address works as it is given, on either kind."""
    assert _run(database_url, "CREATE TABLE mark (value INTEGER)", "SELECT count(*) FROM mark") == [0]
    assert _run(database_url, "INSERT INTO mark VALUES (13)", "SELECT value FROM mark") == [13]


def test_copies_of_a_prepared_database_do_not_meet(databases: Databases) -> None:
    """Each test writes in its own copy, and the preparation is paid for once."""
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        _run(url, "CREATE TABLE mark (value INTEGER)", "INSERT INTO mark VALUES (1) RETURNING value")

    first, second = databases.prepared("ground", prepare), databases.prepared("ground", prepare)
    assert len(prepared) == 1
    assert _run(first, "INSERT INTO mark VALUES (2)", "SELECT value FROM mark ORDER BY value") == [1, 2]
    assert _run(second, "SELECT value FROM mark") == [1]


def test_a_preparation_that_fails_is_not_kept(databases: Databases) -> None:
    """The next test that asks for it prepares it again."""

    def fail(url: str) -> None:
        _run(url, "CREATE TABLE half (value INTEGER)", "SELECT count(*) FROM half")
        raise LookupError(url)

    with pytest.raises(LookupError):
        databases.prepared("failing", fail)
    whole = databases.prepared("failing", _run_nothing)
    assert _run(whole, "CREATE TABLE half (value INTEGER)", "SELECT count(*) FROM half") == [0]


def _run_nothing(url: str) -> None:
    _run(url, "SELECT 1")


def test_a_page_runs_its_script_in_the_browser(chromium: Browser) -> None:
    """A real engine: layout and script, in a context of the test's own."""
    context = chromium.new_context(locale="fr-FR")
    page = context.new_page()
    page.set_content("<main><button>Envoyer</button></main>")
    page.evaluate("() => { document.querySelector('button').onclick = e => e.target.textContent = 'Envoyé' }")
    page.get_by_role("button", name="Envoyer").click()
    assert page.get_by_role("button").inner_text() == "Envoyé"
    assert page.evaluate("navigator.language") == "fr-FR"
    context.close()


def test_a_browser_named_wrongly_is_an_error_and_not_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Who names a browser means it."""
    monkeypatch.setenv("PIXLTI_TEST_CHROMIUM", f"{tmp_path / 'none'}")
    with pytest.raises(ChromiumError, match="PIXLTI_TEST_CHROMIUM"):
        find_chromium()


@pytest.mark.parametrize(
    "script",
    [
        "echo 'Command requires the chromium snap to be installed.' >&2; exit 1",
        "echo 'Chromium 150.0.1 snap'",
    ],
)
def test_ubuntus_stub_for_a_snap_is_passed_over(
    script: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither the stub without its snap nor the snap itself, which cannot see temporary directories."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        stub = tmp_path / name
        stub.write_text(f"#!/bin/sh\n{script}\n")
        stub.chmod(0o755)
    monkeypatch.delenv("PIXLTI_TEST_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}")
    found = find_chromium()
    assert found is None or tmp_path not in found.path.parents
