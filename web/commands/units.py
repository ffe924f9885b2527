"""`flask --app app units check` and `units mark`: the rules' problems and examples, and the "what if".

Needs no database and no secret; the catalogue and the reader of situations are handed in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import IO, Any, Protocol

import click

from grading.absence import Absence
from grading.ceiling import Ceiling
from grading.certification import CertificationStatus
from grading.examples import worked_examples
from grading.outcome import Outcome, Situation, assess
from grading.profile import Evidence
from grading.rules import Unit

REFUSED = 1
"""Exit code when a file of rules has problems."""

MISUSED = 2
"""Exit code when what was given to the command (unit, situation) cannot be used."""


class RulesOfUnit(Protocol):
    """A file of rules, as the catalogue holds it."""

    @property
    def unit(self) -> Unit: ...


class Rules(Protocol):
    """The catalogue of units, as far as the commands look into it."""

    @property
    def ceilings(self) -> Sequence[Ceiling]: ...

    def __iter__(self) -> Iterator[RulesOfUnit]: ...

    def get(self, code: str, academic_year: str | None = None) -> RulesOfUnit: ...


def units_commands(
    read_catalogue: Callable[[], Rules],
    read_situation: Callable[[str, Unit], Situation],
    problems_error: type[Exception],
) -> click.Group:
    """Return the group `units`, to be registered by the application.

    `read_catalogue()` and `read_situation(text, unit)` raise `problems_error`, whose text has one
    problem a line; the catalogue's `get` raises `LookupError` for an unknown unit.
    """
    units = click.Group("units", help="The units' rules: check them, try them.")

    @units.command("check", help=CHECK_HELP)
    def check() -> None:
        catalogue = _catalogue(read_catalogue, problems_error)
        files = list(catalogue)
        click.echo(f"{len(files)} unit{'s' if len(files) != 1 else ''}, no problem")
        newest = max(catalogue.ceilings, key=lambda ceiling: ceiling.since)
        for file in files:
            for line in _example_lines(file.unit, newest):
                click.echo(line)

    @units.command("mark", help=MARK_HELP)
    @click.argument("code")
    @click.argument("situation", type=click.File("rb"))
    @click.option("--year", default=None, help="Academic year, as 2026-2027. Without it: the newest.")
    def mark(code: str, situation: IO[bytes], year: str | None) -> None:
        catalogue = _catalogue(read_catalogue, problems_error)
        try:
            unit = catalogue.get(code, year).unit
        except LookupError as unknown:
            raise _Misused(str(unknown.args[0])) from None
        try:
            text = situation.read().decode("utf-8-sig")
        except UnicodeDecodeError as refused:
            raise _Misused(f"byte {refused.start} → the situation is not UTF-8 text") from None
        try:
            known = read_situation(text, unit)
        except problems_error as refused:
            raise _Misused(str(refused)) from None
        click.echo(json.dumps(outcome_in_json(assess(unit, known)), ensure_ascii=False, indent=2))

    return units


def outcome_in_json(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome in the shape that `units mark` prints; marks are text of two decimals, or `None`."""

    def written(mark: object) -> str | None:
        return None if mark is None else str(mark)

    return {
        "components": [
            {
                "key": mark.key,
                "mark": written(mark.mark),
                "status": mark.status.value,
                "explanation": {
                    "fr": [line.fr for line in mark.explanation],
                    "en": [line.en for line in mark.explanation],
                },
            }
            for mark in outcome.components
        ],
        "eligibility": {
            "met": outcome.eligibility.met,
            "by": list(outcome.eligibility.by),
            "missing": [asdict(one) for one in outcome.eligibility.missing],
        },
        "first_session": {
            "mark": written(outcome.first_session.mark),
            "result": outcome.first_session.result.value,
        },
        "second_session": {
            "mark": written(outcome.second_session.mark),
            "result": outcome.second_session.result.value,
            "reason": outcome.second_session.reason.value if outcome.second_session.reason else None,
        },
        "acquired": outcome.acquired,
    }


def _catalogue(read_catalogue: Callable[[], Rules], problems_error: type[Exception]) -> Rules:
    try:
        return read_catalogue()
    except problems_error as refused:
        raise _Refused(str(refused)) from None


class _Refused(click.ClickException):
    """Files of rules have problems: told one a line, on the standard error."""

    exit_code = REFUSED

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=True)


class _Misused(_Refused):
    """What was given to the command cannot be used."""

    exit_code = MISUSED


def _example_lines(unit: Unit, ceiling: Ceiling) -> Iterator[str]:
    """The examples of a unit, in French: they are for a teacher to approve."""
    yield ""
    yield f"{unit.code} {unit.academic_year} : {unit.title.fr}"
    confirmed = f"règles confirmées par {unit.confirmed_by}" if unit.confirmed else "règles à confirmer"
    yield f"  {confirmed} ; source : {unit.source}"
    for examples in worked_examples(unit, ceiling):
        yield f"  {examples.title.fr}"
        width = max((len(case.fr) for case, _ in examples.rows), default=0)
        for case, result in examples.rows:
            yield f"    {case.fr:<{width}}  {result.fr}"


def _closed_set(kind: type[Any]) -> str:
    return ", ".join(member.value for member in kind)


CHECK_HELP = """Check every file of rules.

Prints every problem of every file with its place (file: components.0.closes_at → what is wrong; positions are
counted from 0) and ends with 1; or, when there is none, a table of worked examples for each unit, to be approved
by its teacher."""

MARK_HELP = f"""What if: compute the marks of one person's SITUATION (a JSON file, - for the standard input).

\b
Every key is optional:
  {{"sendings": [{{"component": "exam", "at": "2026-10-15T12:00:00Z",
                 "evidence": "verified", "levels": {{"1.1": 4}},
                 "pix": {{"1.1": 35}}, "total": 441,
                 "mastery": 0.67}}],
   "certifications": [{{"type": "Pix", "status": "validated",
                       "score": 520, "date": "2027-01-14",
                       "session": "678901", "centre": "…"}}],
   "absences": {{"cc1": "ABJ"}}, "closed": ["cc1"],
   "acquired_by_compensation": false,
   "deadlines": {{"cc1": "2026-11-06T23:59:59"}}, "settled": null}}

A sending without "component" stands for each component; without "at" it is in time; without "evidence" it is
verified. "confirmed" is what Pix's API tells: that something was sent, and its "total" (or "mastery"); it verifies a
scale of those, never one of levels. "mastery" is the share (0 to 1) of acquired items of an assessment campaign. A
certification without "type" is of the unit's type, without "status" it is validated, without "date" it is inside the
unit's window. A time without a zone is local time of the unit. "deadlines" are the person's own ones; "settled" is
the acquisition recorded when the session was closed.

Closed sets of the input:

\b
evidence       {_closed_set(Evidence)}
certification  {_closed_set(CertificationStatus)}
absences       {_closed_set(Absence)}

Closed sets of the output:

\b
components.status:
  verified            marked from Pix's own data
  declared            marked from a declaration, provisional, whether
                      Pix's API confirms the sending or not
  not_sent            nothing was sent
  late                only late sendings
  unknown             what was sent does not carry a competence
                      (or only Pix's API told of it)
  absent_unjustified  ABI, the mark is zero
  absent_justified    ABJ, no mark
  defaulting          ABI that makes the unit DEF, no mark
  certified           (catchup) the certification gives a mark
  no_result           (catchup) no certification gives a mark
eligibility.missing: objects with "condition", and
  sending                    "component": none in time that the unit
                             takes as evidence
  level_at_least_everywhere  "competence", "level" (null: unknown),
                             "needed"
  pix_above                  "total" (null: unknown), "above"

\b
first_session.result:
  acquired, not_acquired  the mark is complete and verified
  provisional             a declared mark is in it: never acquires
  pending                 something is missing, no mark
  defaulting              DEF, no mark
  justified_absence       no mark, second session open

\b
second_session.result:
  acquired, not_acquired  the catch-up counts
  not_counted             acquired before (already_acquired)
  no_second_session       the first session stands, see the reason

\b
second_session.reason (null when the catch-up counts):
  already_acquired          nothing replaces an acquired unit
  cancelled, error          the certification has no result
  other_session             not a session or centre of the unit
  outside_window            not on a day of the unit's window
  other_type                not the core certification
  not_eligible              none, and registration is not open
  no_certification          none
  first_session_incomplete  a verified mark is missing elsewhere

Ends with 2 when the unit or the situation cannot be used; every problem is told, with its place."""
