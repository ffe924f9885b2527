"""What the requirements promise: every version pinned, nothing unused, nothing missing in production."""

import re
import sys
from importlib.metadata import packages_distributions

import pytest

from tests.architecture.tree import COMPOSERS, FOLDERS, ROOT, product_imports

NOT_IMPORTED = {
    "gunicorn": "serves the application in production, from the command line",
    "psycopg": "loaded by SQLAlchemy, by the name in the database's address",
    "tzdata": "data that zoneinfo reads where the system has none",
}


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _lines(file: str) -> list[str]:
    """The requirements of a file, without comments and options."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / file).read_text().splitlines())
    return [line for line in lines if line and not line.startswith("-")]


def _names(file: str) -> set[str]:
    """The distributions a file asks for, without version, extra and condition."""
    return {_canonical(re.split(r"[\[=<>~!; ]", line)[0]) for line in _lines(file)}


def _imported(*parts: str) -> dict[str, str]:
    """The distributions of the libraries these parts import, each with one place."""
    providers = packages_distributions()
    return {
        _canonical(distribution): found.place
        for part in parts
        for found in product_imports(part)
        if found.top not in sys.stdlib_module_names
        for distribution in providers.get(found.top, [])
    }


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_version_is_pinned(file: str) -> None:
    """Two installations a month apart are the same."""
    pinned = re.compile(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*( ; .+)?")
    assert [line for line in _lines(file) if not pinned.fullmatch(line)] == []


@pytest.mark.parametrize(
    ("asked", "locked"),
    [("requirements.in", "requirements.txt"), ("requirements-dev.in", "requirements-dev.txt")],
)
def test_what_is_asked_for_is_locked(asked: str, locked: str) -> None:
    """`make lock` was run after the last change."""
    assert _names(asked) - _names(locked) == set()


def test_both_lock_files_agree() -> None:
    """They are installed together, so one version of each."""
    versions = [
        dict(line.split(" ;")[0].split("==") for line in _lines(f"requirements{dev}.txt"))
        for dev in ("", "-dev")
    ]
    both = versions[0].keys() & versions[1].keys()
    assert {name for name in both if versions[0][name] != versions[1][name]} == set()


def test_every_direct_requirement_is_used() -> None:
    """A library nobody imports is one more to update for nothing."""
    unused = _names("requirements.in") - _imported(*FOLDERS, *COMPOSERS).keys() - NOT_IMPORTED.keys()
    assert unused == set()


def test_production_installs_all_that_the_product_imports() -> None:
    """The libraries of requirements-dev.txt are there for tests and demo only."""
    product = _imported(*(part for part in (*FOLDERS, *COMPOSERS) if part != "demo"))
    locked = _names("requirements.txt")
    assert {name: where for name, where in product.items() if name not in locked} == {}
