"""A line that was sent, as it is kept, and back; and the sending or result that it is for a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from grading.certification import CertificationStatus
from grading.competences import COMPETENCES
from grading.profile import Evidence, Profile
from pix.certification_csv import CertificationRow
from pix.certification_exam import exam_of_line
from storage.certifications import NewCertification
from storage.imported_rows import ImportedRow
from storage.json_text import JsonText
from storage.submissions import NewSubmission
from workflows.import_rows import UNKNOWN, FileRow, packed_values


def kept_form(row: FileRow, file_name: str) -> dict[str, Any]:
    """A sent line as it is kept."""
    if not row.sent:
        raise ValueError("only sent lines are kept")
    who = _author(row, file_name)
    if row.certification is not None:
        return {**who, "certification": _result(row.certification), "is_apart": row.is_apart}
    if row.sent_at is None:
        raise ValueError("a sending has its instant")
    profile = row.profile
    return {
        **who,
        "sent_at": row.sent_at.isoformat(),
        "levels": dict(profile.levels),
        "pix": dict(profile.pix),
        "total": profile.total,
        "mastery": None if profile.mastery is None else str(profile.mastery),
    }


def kept_text(row: FileRow, file_name: str) -> Mapping[str, Any] | JsonText:
    """The kept form of a line, as JSON already where it is a whole profile: many are written at once."""
    if len(row.values) != 2 * len(COMPETENCES) or UNKNOWN in row.values or row.sent_at is None:
        return kept_form(row, file_name)
    rest = {"sent_at": row.sent_at.isoformat(), "total": row.total, "mastery": None}
    start = json.dumps({**_author(row, file_name), **rest})
    return JsonText(start[:-1] + _LEVELS_AND_PIX % tuple(row.values))


_COMPETENCES = "{" + ", ".join(f'"{code}": %d' for code in COMPETENCES) + "}"
_LEVELS_AND_PIX = f', "levels": {_COMPETENCES}, "pix": {_COMPETENCES}}}'


def _author(row: FileRow, file_name: str) -> dict[str, Any]:
    return {
        "file": file_name,
        "line": row.line,
        "campaign_code": row.campaign_code,
        "campaign_id": row.campaign_id,
        "last_name": row.last_name,
        "first_name": row.first_name,
        "student_number": row.student_number,
        "external_id": row.external_id,
    }


def _result(row: CertificationRow) -> dict[str, Any]:
    return {
        # The exam's number is not kept: its digest names it.
        "exam": exam_of_line(row),
        "type": row.type,
        "status": row.status,
        "score": row.score,
        "global_level": row.global_level,
        "levels": dict(row.levels),
        "session": row.session,
        "centre": row.centre,
        "date": None if row.date is None else row.date.isoformat(),
    }


def row_of(kept: Mapping[str, Any]) -> FileRow:
    """The line behind its kept form; what only its file told (warnings) is gone."""
    who: dict[str, Any] = {
        "line": kept["line"],
        "campaign_code": kept["campaign_code"],
        "campaign_id": kept["campaign_id"],
        "last_name": kept["last_name"],
        "first_name": kept["first_name"],
        "student_number": kept["student_number"],
        "external_id": kept["external_id"],
        "sent": True,
    }
    if "certification" in kept:
        result = _certification(kept, kept["certification"])
        return FileRow(**who, certification=result, is_apart=kept["is_apart"])
    levels, pix = kept["levels"], kept["pix"]
    values = packed_values(Profile(levels=levels, pix=pix)) if levels or pix else b""
    return FileRow(
        **who,
        sent_at=datetime.fromisoformat(kept["sent_at"]),
        values=values,
        total=kept["total"],
        mastery=None if kept.get("mastery") is None else Decimal(kept["mastery"]),
    )


def _certification(kept: Mapping[str, Any], result: Mapping[str, Any]) -> CertificationRow:
    return CertificationRow(
        line=kept["line"],
        number="",
        first_name=kept["first_name"],
        last_name=kept["last_name"],
        external_id=kept["external_id"],
        type=result["type"],
        status=CertificationStatus(result["status"]),
        score=result["score"],
        global_level=result["global_level"],
        levels=dict(result["levels"]),
        session=result["session"],
        centre=result["centre"],
        date=None if result["date"] is None else date.fromisoformat(result["date"]),
        identity=0,
    )


def submission_of(kept: ImportedRow, person_id: int, now: datetime) -> NewSubmission:
    """A kept line of a campaign as a verified sending of a person."""
    row = row_of(kept.row)
    if row.sent_at is None:
        raise ValueError("a sending has its instant")
    return sending_of(row, kept.component, kept.row["file"], kept.fingerprint, person_id, kept.import_id, now)


def sending_of(
    row: FileRow,
    component: str,
    file_name: str,
    fingerprint: str,
    person_id: int,
    import_id: int,
    now: datetime,
) -> NewSubmission:
    """A line of a campaign's export as a verified sending of a person."""
    if row.sent_at is None:
        raise ValueError("a sending has its instant")
    return NewSubmission(
        person_id=person_id,
        component=component,
        evidence=Evidence.VERIFIED,
        sent_at=row.sent_at,
        received_at=now,
        profile=row.profile,
        source={"kind": "orga_csv", "campaign": row.campaign_code, "line": row.line, "file": file_name},
        fingerprint=fingerprint,
        import_id=import_id,
    )


def certification_of(kept: ImportedRow, person_id: int, now: datetime) -> NewCertification:
    """A kept line of a certification session as a result of a person."""
    row = row_of(kept.row)
    result = kept.row["certification"]
    return NewCertification(
        person_id=person_id,
        result=row.result,
        source={
            "kind": "certification_csv",
            "session": result["session"],
            "line": row.line,
            "file": kept.row["file"],
        },
        exam=result["exam"],
        fingerprint=kept.fingerprint,
        received_at=now,
        global_level=result["global_level"],
        levels={code: level for code, level in result["levels"].items() if level is not None},
        import_id=kept.import_id,
    )
