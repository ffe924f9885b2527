"""`flask --app app import FILE…`: what files of Pix say, line by line; needs no database and no secret."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

SOME_REJECTED = 1
"""Exit code when every file was read and some of their lines were not."""

NOT_READ = 2
"""Exit code when a file could not be read at all."""

HELP = """Read files of Pix and say what is in them, line by line. Nothing is stored, nobody's mark changes.

FILE: a CSV as Pix gives it or as a spreadsheet saved it again, an XLSX or ODS workbook, a ZIP of several. What a file
is, its content tells: a profiles collection, an assessment (or exam) campaign, or a certification session.

To give the results to the people of a course, import the file on the teacher's page: without a course, every line that
was sent is `unknown_person`.

\b
--json prints one object a line for each file:
  file, is_read, kind (profiles_collection, assessment, certification; null: none of them), language (fr, en),
  generation (current, older; 2026-03: a certification file with one column Résultat),
  rows_read (lines of data), problems (what is wrong with the file), rows: for each line of data
    line, outcome (matched, needs_decision, not_sent, unknown_person, rejected), reason,
    first_name, last_name, external_id, student_number, instant (UTC), total_pix,
    levels and pix (16 each, null where absent), warnings; and where the file has them
    mastery and competences (shares from 0 to 1), status (validated, rejected, cancelled, error; null: only begun),
    score, global_level, date, session, type.

\b
Exit codes: 0 every line was read; 1 some lines were rejected; 2 a file could not be read. A file that has nothing to
read, a header alone or a companion that macOS puts in a ZIP, is told and counts for no error."""


def import_command(
    describe_files: Callable[[Iterable[tuple[str, bytes]]], Iterator[dict[str, Any]]],
) -> click.Command:
    """Return the command `import`; `describe_files` gives one description (plain values) a file."""

    @click.command("import", help=HELP)
    @click.argument(
        "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
    )
    @click.option("--dry-run", is_flag=True, help="Say nothing about what is not stored.")
    @click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each file.")
    def command(files: tuple[Path, ...], dry_run: bool, as_json: bool) -> None:
        code = 0
        for file in describe_files((path.name, path.read_bytes()) for path in files):
            for line in [json.dumps(file, ensure_ascii=False)] if as_json else _told(file):
                click.echo(line)
            code = max(code, _code(file))
        if not dry_run:
            click.echo(
                "Nothing was stored: import these files on the teacher's page of their course.", err=True
            )
        raise click.exceptions.Exit(code)

    return command


_NOTHING_TO_READ = frozenset({"companion", "header_only"})


def _code(file: dict[str, Any]) -> int:
    if not file["is_read"]:
        return 0 if _NOTHING_TO_READ.issuperset(each["code"] for each in file["problems"]) else NOT_READ
    return SOME_REJECTED if any(row["outcome"] == "rejected" for row in file["rows"]) else 0


_OUTCOMES = ("matched", "needs_decision", "not_sent", "unknown_person", "rejected")


def _told(file: dict[str, Any]) -> Iterator[str]:
    """A file in words: what it is, how many lines of each outcome, and every problem with its place."""
    if not file["is_read"]:
        yield f"{file['file']}: not read"
    else:
        counts = Counter(row["outcome"] for row in file["rows"])
        told = ", ".join(f"{counts[each]} {each}" for each in _OUTCOMES if counts[each]) or "no line of data"
        what = f"{file['kind']}, {file['language']}, {file['generation']}"
        yield f"{file['file']}: {what}; {len(file['rows'])} lines: {told}"
    for problem in file["problems"]:
        yield f"  {problem['message']['en']}"
    for row in file["rows"]:
        for problem in (*row["warnings"], *row.get("problems", ())):
            yield f"  {problem['message']['en']}"
