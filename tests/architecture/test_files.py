"""The shape of each file: named by its noun, short enough to be read in one sitting."""

import ast

from tests.architecture.tree import FOLDERS, ROOT, all_files, place, syntax

LONGEST = 400  # lines; the house splits by noun from about 250
NAMELESS = frozenset(
    {"util", "utils", "helper", "helpers", "common", "service", "services", "model", "models", "misc"}
)


def test_no_file_is_too_long_to_read() -> None:
    """A file that long tells several stories: split it, by noun."""
    lengths = {place(file): len(file.read_text(encoding="utf-8").splitlines()) for file in all_files()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_every_file_and_folder_is_named_by_its_noun() -> None:
    """A name that fits anything attracts everything."""
    wrong = [
        place(file)
        for file in all_files()
        if NAMELESS & {part.strip("_") for part in file.relative_to(ROOT).with_suffix("").parts}
    ]
    assert wrong == []


def test_every_product_file_says_what_lives_in_it() -> None:
    """The first line a reader meets; the empty `__init__.py` of a folder has nothing to say."""
    wrong = [
        place(file)
        for file in all_files()
        if file.relative_to(ROOT).parts[0] != "tests"
        and (tree := syntax(file)).body
        and ast.get_docstring(tree) is None
    ]
    assert wrong == []


def test_every_folder_is_a_package() -> None:
    """Without its `__init__.py` a folder escapes the import contracts."""
    assert [name for name in FOLDERS if not (ROOT / name / "__init__.py").is_file()] == []
