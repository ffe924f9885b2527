"""What the tests of the shape read: our folders, their Python files, and what each file imports."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("grading", "lti", "pix", "storage", "config", "workflows", "web", "demo")
COMPOSERS = ("app", "worker", "task_queue", "logs", "metrics", "metric_files", "deadline", "gunicorn.conf")
"""The modules at the root: the first two, with `demo`, know everything."""
TRIALS = ("tests", "bench", "soak")
"""Folders that try the product from outside: they may use anything of it and of the tests."""


@dataclass(frozen=True, kw_only=True)
class Import:
    """One imported module, by its full name, and where it is imported."""

    module: str
    place: str

    @property
    def top(self) -> str:
        """The folder or library it belongs to."""
        return self.module.partition(".")[0]


def product_files(part: str) -> list[Path]:
    """The Python files of a folder, or of a module at the root (none while it is not written)."""
    folder = ROOT / part
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [*ROOT.glob(f"{part}.py")]


def all_files() -> list[Path]:
    """Every Python file of ours, tests included; generated migrations are not."""
    files = [file for part in (*FOLDERS, *COMPOSERS, *TRIALS) for file in product_files(part)]
    return [file for file in files if (ROOT / "storage/migrations/versions") not in file.parents]


def place(file: Path, node: ast.AST | None = None) -> str:
    """Where something is, as an editor understands it."""
    line = getattr(node, "lineno", None)
    return f"{file.relative_to(ROOT)}" + (f":{line}" if line else "")


def syntax(file: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(file.read_text(encoding="utf-8"), filename=f"{file}")


def imports(file: Path, tree: ast.Module) -> Iterator[Import]:
    """Everything a file imports, also inside functions and under `TYPE_CHECKING`; relative names made full."""
    package = file.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module=alias.name, place=place(file, node))
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            yield Import(module=".".join([*above, *filter(None, [node.module])]), place=place(file, node))


def product_imports(part: str) -> list[Import]:
    """Everything a folder (or a module at the root) imports."""
    return [found for file in product_files(part) for found in imports(file, syntax(file))]
