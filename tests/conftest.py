"""What every test may ask for: a database of either kind, a PostgreSQL server, a Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from logs import speak_through_logging
from tests.chromium import get_chromium
from tests.databases import KINDS, Databases, databases_of
from tests.postgres import Server, running_server

KNOWN_TEXT = "Évaluation Pix : 13,33/20"
ALONE = ("browser", "demo", "platforms", "several")
LONGEST = (
    "kills",
    "browser",
    "commands",
    "worker",
    "several",
    "demo",
    "platforms",
    "push",
    "workflows",
    "fuzz",
)
"""Folders by what their files take, which pytest-xdist would guess from their number of tests."""
STORIES = {
    *("commands", "fuzz", "push", "recompute", "web_lti", "web_registration", "web_student", "web_teacher"),
    *("test_messy_class.py", "test_messy_participations.py", "test_certificate_pdf.py"),
    *("test_messy_families.py", "test_class_of_families.py", "test_birth_data.py", "test_one_history.py"),
    *("test_orders_of_arrival.py", "test_exam_of_one_person.py", "test_give_certificate.py"),
    *("test_read_pix.py", "test_pix_trouble.py", "test_settle_participations.py", "test_undo_import.py"),
    "test_typesetting.py",
}
"""Folders and files left out of the quick half: each asks for processes, for pages, or for a great many cases."""
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the browser, and what is slow: the stories. Put the longest first.

    First of its kind, so that `-m` sees the marks. The longest first, or the last process would end long after the
    others (`--no-loadscope-reorder` keeps this order).
    """
    items.sort(key=_place_in_the_queue)
    for item in items:
        if STORIES & set(item.path.parts):
            item.add_marker(pytest.mark.slow)
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


def _place_in_the_queue(item: pytest.Item) -> int:
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    return LONGEST.index(folder) if folder in LONGEST else len(LONGEST)


class ByFile(LoadScopeScheduling):
    """Gives each file of tests to one process, in its order: what is made once for a module may rest on the last test.

    Some folders go whole to one process: two Chromiums, or two demos, would starve two cores.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in ALONE if folder in Path(file).parts), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """How `-n 3` shares the tests out: not by marks, which this pytest and this xdist no longer exchange."""
    return ByFile(config, log)


@pytest.fixture(scope="session", autouse=True)
def _log() -> None:
    """Events go through the standard library's logging, where `caplog` hears them, from the first test on."""
    speak_through_logging()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One real server for the session (one for each process of a parallel run)."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_originals() -> dict[str, str]:
    """The prepared databases of this session's server, by key."""
    return {}


@pytest.fixture(scope="session")
def sqlite_originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of this session's prepared SQLite databases."""
    return tmp_path_factory.mktemp("originals")


@pytest.fixture(params=KINDS)
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sqlite_originals: Path
) -> Iterator[Databases]:
    """Where the test gets its databases: it runs once on SQLite, once on PostgreSQL."""
    with databases_of(request, tmp_path_factory.mktemp("databases"), sqlite_originals) as made:
        yield made


@pytest.fixture
def database_url(databases: Databases) -> str:
    """The address of an empty database; the test runs once on SQLite, once on PostgreSQL."""
    return databases.empty()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A Chromium for the session; a test opens its own context in it, so that no cookie is shared.

    Without its sandbox, which neither root nor Ubuntu's default settings allow: it opens our pages only.
    Fails where text has no width: without fonts, findings about text are silently missed.
    """
    found = get_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.path, env=dict(found.environment), args=QUIET, chromium_sandbox=False
        )
        try:
            page = browser.new_page()
            page.set_content(f"<span>{KNOWN_TEXT}</span>")
            box = page.locator("span").bounding_box()
            page.close()
            if box is None or box["width"] < len(KNOWN_TEXT):
                pytest.fail(
                    f"{found.path} draws text without width ({box}): install a font (fonts-dejavu-core)"
                )
            yield browser
        finally:
            browser.close()
