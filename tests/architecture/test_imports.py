"""Who may know whom: the directions between our folders, and the one place of each library.

The import contracts of pyproject.toml see chains of imports; this sees each line, and libraries they do not name.
"""

import ast
import sys

import pytest

from tests.architecture.tree import (
    COMPOSERS,
    FOLDERS,
    ROOT,
    TRIALS,
    imports,
    place,
    product_files,
    product_imports,
    syntax,
)

EVERYTHING = frozenset((*FOLDERS, *COMPOSERS))
MAY_KNOW = {
    "grading": frozenset[str](),
    "lti": frozenset({"deadline"}),
    "pix": frozenset({"grading", "deadline"}),
    "storage": frozenset({"grading"}),
    "config": frozenset({"grading", "lti"}),
    "workflows": frozenset({"grading", "lti", "pix", "storage"}),
    "web": frozenset({"workflows", "lti", "grading"}),
    "demo": EVERYTHING,
    "app": EVERYTHING,
    "worker": EVERYTHING,
    "task_queue": frozenset[str](),
    "logs": frozenset[str](),
    "metric_files": frozenset[str](),
    "deadline": frozenset[str](),
    "metrics": frozenset({"metric_files", "workflows"}),
    "gunicorn.conf": frozenset({"logs"}),
}

WEB = frozenset({"web", "demo", "app"})
STORAGE = frozenset({"storage"})
LIBRARY_BELONGS_TO = {
    "flask": WEB,
    "flask_babel": WEB,
    "flask_bootstrap": WEB,
    "flask_wtf": WEB,
    "jinja2": WEB,
    "markupsafe": WEB,
    "segno": WEB,
    "werkzeug": WEB,
    "wtforms": WEB,
    "alembic": STORAGE,
    "psycopg": frozenset({"storage", "task_queue"}),
    "sqlalchemy": STORAGE,
    "huey": frozenset({"task_queue"}),
    "prometheus_client": frozenset({"metrics", "metric_files"}),
    "lti1p3platform": frozenset({"demo"}),
    "pylti1p3": frozenset({"lti"}),
    "pypdf": frozenset({"pix"}),
}
TESTS_ONLY = frozenset({"hypothesis", "playwright", "pytest", "tests"})
CLOCK_OR_WORLD = frozenset(
    {"asyncio", "http", "io", "logging", "os", "pathlib", "random", "secrets", "shutil", "socket", "sqlite3"}
    | {"subprocess", "sys", "tempfile", "threading", "time", "urllib"}
)
CLOCK_CALLS = frozenset({"now", "today", "utcnow", "open", "input", "print"})


@pytest.mark.parametrize("part", MAY_KNOW)
def test_a_folder_imports_only_the_folders_it_may_know(part: str) -> None:
    """House rule: one folder a language, and data flows one way."""
    allowed = MAY_KNOW[part] | {part}
    wrong = [
        f"{found.place} imports {found.module}"
        for found in product_imports(part)
        if found.top in EVERYTHING - allowed
    ]
    assert wrong == [], f"{part} may import of ours only {sorted(allowed)}"


@pytest.mark.parametrize("part", MAY_KNOW)
def test_a_library_is_used_only_where_it_belongs(part: str) -> None:
    """So that a library can be replaced in one folder, and a folder read without the others' libraries."""
    wrong = [
        f"{found.place} imports {found.module}"
        for found in product_imports(part)
        if part not in LIBRARY_BELONGS_TO.get(found.top, EVERYTHING) or found.top in TESTS_ONLY
    ]
    assert wrong == []


def test_grading_needs_only_the_standard_library_and_neither_clock_nor_world() -> None:
    """The rules are pure: instants and files are handed in."""
    wrong = [
        f"{found.place} imports {found.module}"
        for found in product_imports("grading")
        if found.top != "grading"
        and (found.top not in sys.stdlib_module_names or found.top in CLOCK_OR_WORLD)
    ]
    for file in product_files("grading"):
        for node in ast.walk(syntax(file)):
            if isinstance(node, ast.Call):
                called = node.func
                name = getattr(called, "attr", getattr(called, "id", ""))
                if name in CLOCK_CALLS:
                    wrong.append(f"{place(file, node)} calls {name}()")
    assert wrong == []


def test_every_folder_has_its_row_in_the_table() -> None:
    """A new folder at the root does not escape the directions."""
    folders = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith(".") and next(path.glob("*.py"), None)
    }
    modules = {path.stem for path in ROOT.glob("*.py")}
    assert folders | modules <= MAY_KNOW.keys() | set(TRIALS)


def test_an_import_is_seen_wherever_it_hides() -> None:
    """The reader of imports itself: in functions, under conditions, relative ones."""
    tree = ast.parse(
        "def late():\n    from ..storage import people\n    import flask.json\nif 1:\n    from . import x"
    )
    found = [seen.module for seen in imports(ROOT / "web" / "page.py", tree)]
    assert sorted(found) == ["flask.json", "storage", "web"]
