"""Files of Pix described line by line, for whoever reads them outside a course: plain values, fit for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from grading.competences import COMPETENCES
from pix.certification_csv import CertificationExport, CertificationRow
from pix.orga_assessment import AssessmentExport, AssessmentRow
from pix.problem import Problem
from pix.profile_row import ProfileRow
from pix.read_files import FileRead, read_files


def describe_files(files: Iterable[tuple[str, bytes]]) -> Iterator[dict[str, Any]]:
    """Describe each file (name, bytes), those of a ZIP one by one; every line of data is one of its `rows`.

    Where a file could not be read, `is_read` is false and `problems` says why. Outcomes and reasons are closed sets;
    without a course, a line that was sent is `unknown_person`. Instants are in UTC. Raises nothing.
    """
    for read in read_files(files):
        yield _described(read)


def _described(read: FileRead) -> dict[str, Any]:
    rows = _rows(read)
    return {
        "file": read.name,
        "kind": read.kind,
        "is_read": read.export is not None,
        "language": read.language,
        "generation": read.generation,
        "rows_read": len(rows),
        "problems": [_problem(each) for each in read.problems],
        "rows": rows,
    }


def _rows(read: FileRead) -> list[dict[str, Any]]:
    """Every line of data, read or rejected, in the file's order."""
    if read.export is None:
        return []
    rows = [_rejected(problem) for problem in read.export.problems]
    if isinstance(read.export, CertificationExport):
        rows += [_certification(row) for row in read.export.rows]
    elif isinstance(read.export, AssessmentExport):
        rows += [_assessment(row) for row in read.export.rows]
    else:
        rows += [_profile(row) for row in read.export.rows]
    return sorted(rows, key=lambda row: row["line"])


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "line": problem.line,
        "column": problem.column,
        "code": problem.code,
        "message": {"fr": problem.message.fr, "en": problem.message.en},
    }


def _row(line: int | None, outcome: str, reason: str, **values: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "first_name": None,
        "last_name": None,
        "external_id": None,
        "student_number": None,
        "instant": None,
        "total_pix": None,
        "levels": dict.fromkeys(COMPETENCES),
        "pix": dict.fromkeys(COMPETENCES),
        "status": None,
        "score": None,
        "global_level": None,
        "warnings": [],
    }
    return {"line": line, "outcome": outcome, "reason": reason, **empty, **values}


def _rejected(problem: Problem) -> dict[str, Any]:
    every = (problem, *problem.also)
    who = {} if problem.author is None else asdict(problem.author)
    return _row(problem.line, "rejected", problem.code, **who, problems=[_problem(each) for each in every])


def _sent(sent: bool) -> tuple[str, str]:
    return ("unknown_person", "no_course") if sent else ("not_sent", "not_sent")


def _profile(row: ProfileRow) -> dict[str, Any]:
    profile = row.profile
    return _row(
        row.line,
        *_sent(row.sent),
        first_name=row.first_name,
        last_name=row.last_name,
        external_id=row.external_id,
        student_number=row.student_number,
        instant=_utc(row.sent_at),
        total_pix=None if profile is None else profile.total,
        levels=dict.fromkeys(COMPETENCES) | ({} if profile is None else dict(profile.levels)),
        pix=dict.fromkeys(COMPETENCES) | ({} if profile is None else dict(profile.pix)),
        warnings=[_problem(each) for each in row.warnings],
    )


def _assessment(row: AssessmentRow) -> dict[str, Any]:
    return _row(
        row.line,
        *_sent(row.shared),
        first_name=row.first_name,
        last_name=row.last_name,
        external_id=row.external_id,
        student_number=row.student_number,
        instant=_utc(row.shared_at),
        mastery=_number(row.mastery),
        stage=row.stage,
        competences={code: _number(share) for code, share in row.competences.items()},
        warnings=[_problem(each) for each in row.warnings],
    )


def _certification(row: CertificationRow) -> dict[str, Any]:
    return _row(
        row.line,
        *_sent(row.status is not None),
        first_name=row.first_name,
        last_name=row.last_name,
        external_id=row.external_id,
        levels=dict(row.levels),
        status=row.status,
        score=row.score,
        global_level=row.global_level,
        date=None if row.date is None else row.date.isoformat(),
        session=row.session,
        type=row.type,
        certification_number=row.number,
    )


def _utc(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def _number(share: Decimal | None) -> float | None:
    return None if share is None else float(share)
