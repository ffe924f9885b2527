"""`flask --app app import FILE…`: what files of Pix say, line by line; with an activity, imported into its course."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from workflows.find_activity import NoSuchActivity, find_one_activity
from workflows.import_from_command import CannotImport, CommandImport, import_from_command
from workflows.world import World

SOME_REJECTED = 1
"""Exit code when every file was read and some of their lines were not taken."""

NOT_READ = 2
"""Exit code when a file could not be read at all."""

SOME_WAIT = 3
"""Exit code when all is well, but some lines wait for a teacher to say whose they are."""

NOT_IMPORTED = 4
"""Exit code when nothing could be imported."""

HELP = """Read files of Pix and say what is in them, line by line; with an activity, import them into its course.

FILE: a CSV as Pix gives it or as a spreadsheet saved it again, an XLSX or ODS workbook, a ZIP of several. What a file
is, its content tells: a profiles collection, an assessment (or exam) campaign, or a certification session.

Without an activity nothing is stored, no database is needed, and every line that was sent is `unknown_person`.

With one (--activity, its number in `flask --app app activities list`; or --course, --unit and --component) this does
what its teacher's page does: a known campaign's lines go to its component, others to the activity's own; what is
certain is taken in, marks follow, and what is not waits for the teacher, who decides when the file is dropped there.
Importing twice changes nothing. On record it is the import of the teacher who set the activity up, and can be undone
on the page.

\b
--json prints one object a line for each file:
  file, is_read, kind (profiles_collection, assessment, certification; null: none of them), language (fr, en),
  generation (current, older; 2026-03: a certification file with one column Résultat),
  rows_read (lines of data), problems (what is wrong with the file), rows: for each line of data
    line, outcome (matched, needs_decision, not_sent, unknown_person, rejected), reason,
    first_name, last_name, external_id, student_number, instant (UTC), total_pix,
    levels and pix (16 each, null where absent),
    status (validated, rejected, cancelled, error; null: only begun), score and global_level of a certification,
    warnings; and where the file has them mastery and competences (shares from 0 to 1), date, session, type;
    with an activity also component, person_id (the tool's own number), is_new;
  with an activity also activity, import (its number; null: nothing was stored), marks_changed (of all files).

\b
Exit codes, the first that applies:
  4 nothing could be imported (no such activity, the database, …)
  2 a file could not be read (the others were)
  1 some lines were rejected: unreadable, or of no component
  3 some lines wait for a teacher's decision
  0 nothing to look at
A file that has nothing to read, a header alone or a companion that macOS puts in a ZIP, is told and counts for no
error."""

DescribeFiles = Callable[[Iterable[tuple[str, bytes]]], Iterator[dict[str, Any]]]


def import_command(describe_files: DescribeFiles, open_world: Callable[[], World]) -> click.Command:
    """Return the command `import`; `describe_files` gives one description (plain values) a file.

    The world is opened only where there is an activity to import into.
    """

    @click.command("import", help=HELP)
    @click.argument(
        "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
    )
    @click.option("--activity", type=int, help="Import into this activity (its number in `activities list`).")
    @click.option(
        "--course", help="Import into an activity of this course: the LMS's id, its label or title."
    )
    @click.option("--unit", help="With --course: the unit's code, such as HA1G10H.")
    @click.option("--component", help="With --course: cc1, cc2, exam or catchup.")
    @click.option("--year", help="With --course: the academic year, such as 2026-2027.")
    @click.option("--dry-run", is_flag=True, help="Say what would be done, and store nothing.")
    @click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each file.")
    def command(
        files: tuple[Path, ...],
        activity: int | None,
        course: str | None,
        unit: str | None,
        component: str | None,
        year: str | None,
        dry_run: bool,
        as_json: bool,
    ) -> None:
        short = Counter(path.name for path in files)
        given = [(path.name if short[path.name] == 1 else str(path), path.read_bytes()) for path in files]
        if activity is None and course is None:
            if unit or component or year:
                raise click.UsageError("--unit, --component and --year go with --course")
            code = _print(describe_files(given), as_json=as_json)
            if not dry_run:
                click.echo(
                    "Nothing was stored: name an activity (--activity), or import these files on the teacher's page.",
                    err=True,
                )
            raise click.exceptions.Exit(code)
        try:
            world = open_world()
            found = find_one_activity(
                world, activity_id=activity, course=course, unit=unit, component=component, year=year
            )
            done = import_from_command(world, found, given, dry_run=dry_run)
        except (NoSuchActivity, CannotImport, click.ClickException) as refused:
            why = refused.message if isinstance(refused, click.ClickException) else str(refused)
            click.echo(f"Error: {why}", err=True)
            raise click.exceptions.Exit(NOT_IMPORTED) from refused
        about = {"activity": found.id, "import": done.import_id, "marks_changed": done.marks_changed}
        code = _print(({**file, **about} for file in done.files), as_json=as_json)
        click.echo(_summary(done, dry_run=dry_run), err=True)
        raise click.exceptions.Exit(code)

    return command


def _print(files: Iterable[dict[str, Any]], *, as_json: bool) -> int:
    """Print each file, and return the exit code."""
    codes = {0}
    for file in files:
        for line in [json.dumps(file, ensure_ascii=False)] if as_json else _told(file):
            click.echo(line)
        codes.add(_code(file))
    return next(code for code in (NOT_READ, SOME_REJECTED, SOME_WAIT, 0) if code in codes)


def _summary(done: CommandImport, *, dry_run: bool) -> str:
    new = sum(bool(row.get("is_new")) for file in done.files for row in file["rows"])
    what = f"{new} new sending(s), {done.marks_changed} mark(s) changed"
    if dry_run:
        return f"Nothing was stored (--dry-run). It would be: {what}."
    if done.import_id is None:
        return "Nothing was imported: no file could be read."
    return f"Import {done.import_id}: {what}."


_SETTLED = frozenset({"ignored", "trial", "other_type"})
"""Reasons of lines that are left aside because somebody decided so, or the rules do: nothing to look at."""


_NOTHING_TO_READ = frozenset({"companion", "header_only"})


def _code(file: dict[str, Any]) -> int:
    if not file["is_read"]:
        return 0 if _NOTHING_TO_READ.issuperset(each["code"] for each in file["problems"]) else NOT_READ
    outcomes = {row["outcome"] for row in file["rows"] if row["reason"] not in _SETTLED}
    if "rejected" in outcomes:
        return SOME_REJECTED
    return SOME_WAIT if "needs_decision" in outcomes else 0


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
