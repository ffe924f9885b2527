"""What taking files in would do, line by line and mark by mark, before anything is done. Reads, writes nothing."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from grading.text import Bilingual
from pix.csv_table import Table
from pix.external_id import CheckCodes
from pix.matching import MatchDecision, match_rows
from pix.orga_columns import Kind
from pix.orga_csv import Campaign
from pix.packed_table import unpack_in_parts
from pix.problem import NotAnExport, Problem
from storage.campaigns import campaigns_of
from storage.certifications import kept_certifications
from storage.database import Connection
from storage.import_drafts import DraftFile, content_of
from storage.match_choices import undone_choices
from storage.opaque_numbers import opaque_numbers_of
from storage.scope import UnitYear
from storage.submissions import kept_by_fingerprint
from workflows.cohort import Cohort
from workflows.import_changes import effects_of_lines
from workflows.import_effects import MarkEffect, shown_effects
from workflows.import_exams import settle_exams
from workflows.import_lines import (
    Held,
    LineOutcome,
    PreviewLine,
    decide_line,
    not_taken,
    rejected,
    settle_twins,
)
from workflows.import_routes import Campaigns, Route, route
from workflows.import_rows import FileFacts, FileRow, file_facts, file_rows
from workflows.jobs import Report
from workflows.kept_rows import candidates, remembered_people
from workflows.namesakes import apart, doubted

READING = Bilingual("Lecture des lignes…", "Reading the lines…")
MATCHING = Bilingual("À qui est chaque ligne…", "Whose each line is…")


@dataclass(frozen=True, kw_only=True)
class PlannedFile:
    """One file as it was recognised; `routes` say where the lines of each of its campaigns go (by code)."""

    file: DraftFile
    facts: FileFacts
    routes: Mapping[str | None, Route]
    problems: tuple[Problem, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def components(self) -> list[str]:
        """The components that receive lines of it."""
        return list(dict.fromkeys(each.component for each in self.routes.values() if each.component))


@dataclass(frozen=True, kw_only=True)
class ImportPlan:
    """What would be done; `marks` would change. `digest` changes when anything of consequence does."""

    files: tuple[PlannedFile, ...]
    lines: tuple[PreviewLine, ...]
    effects: tuple[MarkEffect, ...]
    marks: int
    counts: Mapping[str, int]
    digest: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a preview found: how many marks would change, and its digest."""

    marks: int
    digest: str


def plan_import(
    connection: Connection,
    cohort: Cohort,
    draft_id: str,
    files: Sequence[DraftFile],
    *,
    here: str,
    codes: CheckCodes,
    report: Report,
    shown: Shown | None = None,
) -> ImportPlan:
    """Read every file, decide every line, and compute the marks as they would be.

    `shown` is what was found before, of the same files and in the same situation: the marks need not be computed again.
    """
    campaigns = _campaigns(connection, cohort.scope)
    planned: list[PlannedFile] = []
    rows: list[tuple[int, FileRow, Route]] = []
    lines: list[PreviewLine] = []
    for file in files:
        read = _read(connection, cohort, draft_id, file, here, campaigns, report, len(rows))
        planned.append(read.planned)
        rows += read.rows
        lines += [rejected(file.number, problem) for problem in read.rejected]
    report(len(rows), len(rows), MATCHING)
    taken = [(number, row, way.component) for number, row, way in rows if way.component is not None]
    lines += [not_taken(number, row, way.why) for number, row, way in rows if way.component is None]
    del rows
    lines += _decided(connection, cohort, taken, codes)
    del taken
    lines.sort(key=lambda line: (line.file, line.line))
    settle_exams(cohort, lines)
    settle_twins(lines, {file.number: file.name for file in files})
    effects = effects_of_lines(connection, cohort, lines, report) if shown is None else []
    by_file: dict[int, Counter[str]] = defaultdict(Counter)
    for line in lines:
        by_file[line.file][line.outcome.value] += 1
    told = tuple(
        PlannedFile(
            file=each.file,
            facts=each.facts,
            routes=each.routes,
            problems=each.problems,
            counts=_counts(by_file[each.file.number]),
        )
        for each in planned
    )
    return ImportPlan(
        files=told,
        lines=tuple(lines),
        effects=tuple(effects),
        marks=len(effects) if shown is None else shown.marks,
        counts=_counts(sum(by_file.values(), Counter())),
        digest=_digest(cohort, lines, effects) if shown is None else shown.digest,
    )


def _counts(counted: Mapping[str, int]) -> dict[str, int]:
    return {each.value: counted.get(each.value, 0) for each in LineOutcome}


def _campaigns(connection: Connection, scope: UnitYear) -> Campaigns:
    ours: dict[str, str] = {}
    theirs: dict[str, str] = {}
    for each in campaigns_of(connection, scope.course_id):
        if each.scope == scope:
            ours[each.code] = each.component
        else:
            theirs[each.code] = f"{each.scope.unit_code} {each.scope.academic_year}"
    return Campaigns(ours=ours, theirs=theirs)


_ROWS_OF_A_PART = 5000


@dataclass(frozen=True, kw_only=True)
class _Read:
    planned: PlannedFile
    rows: list[tuple[int, FileRow, Route]]
    rejected: list[Problem]


def _read(
    connection: Connection,
    cohort: Cohort,
    draft_id: str,
    file: DraftFile,
    here: str,
    campaigns: Campaigns,
    report: Report,
    before: int,
) -> _Read:
    content = content_of(connection, draft_id, file.number)
    if content is None or file.kind is None:
        return _Read(planned=PlannedFile(file=file, facts=FileFacts(), routes={}), rows=[], rejected=[])
    kind = Kind(file.kind)
    total = before + content.count(b"\n")
    rows: list[tuple[int, FileRow, Route]] = []
    problems: list[Problem] = []
    routes: dict[str | None, Route] = {}
    named: dict[str | None, Campaign] = {}
    facts = FileFacts()
    try:
        for number, (table, read) in enumerate(_each_line(kind, content), start=1):
            if number == 1:
                facts = file_facts(kind, table)
            if number % 1000 == 0:
                report(before + number, total, READING)
            if isinstance(read, Problem):
                problems.append(read)
                continue
            code = read.campaign_code
            if code not in routes:
                routes[code] = route(cohort.unit, here, kind, code, campaigns, file.chosen)
                if kind is not Kind.CERTIFICATION:
                    named[code] = Campaign(code=code, id=read.campaign_id, name=None)
            rows.append((file.number, read, routes[code]))
    except NotAnExport as refused:
        empty = PlannedFile(file=file, facts=FileFacts(), routes={}, problems=refused.problems)
        return _Read(planned=empty, rows=[], rejected=[])
    facts = replace(facts, campaigns=tuple(named.values()))
    return _Read(planned=PlannedFile(file=file, facts=facts, routes=routes), rows=rows, rejected=problems)


def _each_line(kind: Kind, content: bytes) -> Iterator[tuple[Table, FileRow | Problem]]:
    """Read a packed table line by line, each with the part of the table it is of."""
    # Only a profiles collection is read in parts; the other files are of a class or two.
    for table in unpack_in_parts(content, rows=_ROWS_OF_A_PART if kind is Kind.PROFILES_COLLECTION else None):
        for read in file_rows(kind, table):
            yield table, read


def _decided(
    connection: Connection,
    cohort: Cohort,
    taken: Sequence[tuple[int, FileRow, str]],
    codes: CheckCodes,
) -> Iterator[PreviewLine]:
    people = candidates(cohort.members.values(), opaque_numbers_of(connection, cohort.scope.course_id))
    remembered = remembered_people(connection, cohort.scope)
    undone = undone_choices(connection, cohort.scope)
    taken = apart(taken)
    # The lines of one author in one component are matched alike: deciding once for all of them is as good.
    authors: dict[tuple[Any, ...], FileRow] = {}
    for _, row, component in taken:
        authors.setdefault((component, row.sent, row.author), row)
    decisions: dict[tuple[Any, ...], MatchDecision] = {}
    for component in dict.fromkeys(key[0] for key in authors):
        keys = [key for key in authors if key[0] == component]
        matched = match_rows([authors[key] for key in keys], people, remembered, codes)
        decisions |= {
            key: doubted(decision) if authors[key].is_apart else decision
            for key, decision in zip(keys, matched, strict=True)
        }
    kept = _held(connection, cohort, taken)
    for number, row, component in taken:
        decision = decisions[component, row.sent, row.author]
        yield decide_line(number, row, component, decision, kept[component].get(row.fingerprint, ()), undone)


def _held(
    connection: Connection, cohort: Cohort, taken: Iterable[tuple[int, FileRow, str]]
) -> dict[str, dict[str, tuple[Held, ...]]]:
    """What is kept already of these very sendings, by component and fingerprint."""
    prints: dict[str, list[str]] = defaultdict(list)
    for _, row, component in taken:
        prints[component].append(row.fingerprint)
    found: dict[str, dict[str, tuple[Held, ...]]] = {}
    for component, wanted in prints.items():
        sent = list(filter(None, wanted))
        if component == cohort.unit.catch_up.key:
            results = kept_certifications(connection, cohort.scope, sent)
            found[component] = {
                key: tuple(Held(each.certification_id, each.person_id, each.withdrawn) for each in kept)
                for key, kept in results.items()
            }
        else:
            sendings = kept_by_fingerprint(connection, cohort.scope, component, sent)
            found[component] = {
                key: tuple(Held(each.submission_id, each.person_id, each.withdrawn) for each in kept)
                for key, kept in sendings.items()
            }
    return found


def _digest(cohort: Cohort, lines: Sequence[PreviewLine], effects: Sequence[MarkEffect]) -> str:
    # A preview is never confirmed for other components, nor under other rules.
    of = [cohort.scope.unit_code, cohort.scope.academic_year, cohort.rules.digest]
    digest = hashlib.sha256(json.dumps(of).encode())
    for line in lines:
        gone = ",".join(str(each.id) for each in line.to_withdraw)
        digest.update(
            f"{line.file}|{line.line}|{line.outcome}|{line.component}|{line.person_id}|{line.fingerprint}|"
            f"{line.to_restore}|{line.is_late}|{gone}\n".encode()
        )
    digest.update(json.dumps(shown_effects(effects)).encode())
    return digest.hexdigest()
