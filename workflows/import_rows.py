"""The lines of an opened file in one shape, whatever its kind; small, since a file may have a hundred thousand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from grading.certification import CertificationResult, CertificationStatus
from grading.competences import COMPETENCES
from grading.profile import Profile
from grading.text import Bilingual
from pix.certification_csv import CertificationRow, read_certifications
from pix.certification_exam import exam_of_line
from pix.csv_table import Table
from pix.orga_assessment import AssessmentRow, read_assessment
from pix.orga_columns import Kind, read_columns
from pix.orga_csv import Campaign, each_profile, remarks
from pix.problem import Problem, ProblemCode
from pix.profile_row import ProfileRow

CORE = "Pix"
"""The type of certification that units ask for; others (Pix+ …) never count."""

UNKNOWN = 255
"""Stands for a level or pix that a line does not tell."""

_NO_RESULT_YET = Bilingual(
    "Certification seulement commencée : pas encore de résultat.", "Certification only begun: no result yet."
)
_OTHER_TYPE = Bilingual(
    "Ce n’est pas la certification Pix elle-même : cette ligne ne donne pas de note.",
    "This is not the Pix certification itself: this line gives no mark.",
)


@dataclass(frozen=True, slots=True)
class FileRow:
    """One line of data of a file, as far as it is read. It is a `pix.identity.SentLine`.

    `fingerprint` is the same whenever the same line is read again; empty where nothing was sent. `values` hold the
    levels, then the pix, of the sixteen competences, a byte each (`UNKNOWN`: not told); empty where the line carries
    none. `aside` says why a line, sent or not, is no result; `namesake` tells the people of one name in one file apart,
    and where there are several, the line `is_apart`: whose it is, only a teacher says, exam by exam.
    """

    line: int
    campaign_code: str | None
    campaign_id: str | None
    last_name: str
    first_name: str
    student_number: str | None
    external_id: str | None
    sent: bool
    sent_at: datetime | None = None
    fingerprint: str = ""
    values: bytes = b""
    total: int | None = None
    mastery: Decimal | None = None
    certification: CertificationRow | None = None
    namesake: int = 0
    is_apart: bool = False
    aside: Bilingual | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def profile(self) -> Profile:
        """What was sent of a profile or of an assessment."""
        half = len(COMPETENCES)
        levels, pix = (
            dict(zip(COMPETENCES, part, strict=False)) for part in (self.values[:half], self.values[half:])
        )
        if UNKNOWN in self.values:
            levels, pix = (
                {code: value for code, value in known.items() if value != UNKNOWN} for known in (levels, pix)
            )
        return Profile(levels=levels, pix=pix, total=self.total, mastery=self.mastery)

    @property
    def result(self) -> CertificationResult:
        """The certification's result; raises ValueError where the line is of something else."""
        row = self.certification
        if row is None or row.status is None:
            raise ValueError("only a certification's line has a result")
        return CertificationResult(
            type=row.type,
            status=row.status,
            score=row.score,
            date=row.date,
            session=row.session,
            centre=row.centre,
        )

    def apart(self) -> FileRow:
        """The same line, alone in its identity: its author has a namesake in the file."""
        if self.certification is None:
            raise ValueError("only the people of a certification's file are told apart")
        alone = f"{self.campaign_id} {exam_of_line(self.certification)[:16]}"
        return replace(self, campaign_id=alone, is_apart=True)

    @property
    def author(self) -> tuple[str | None, ...]:
        """What tells whose the line is: equal for lines that are matched alike."""
        return (
            self.campaign_code or self.campaign_id,
            self.last_name,
            self.first_name,
            self.student_number,
            self.external_id,
        )


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """What a whole file says beside its lines: its campaigns, the learner's label, what to say of it."""

    campaigns: tuple[Campaign, ...] = ()
    external_id_label: str | None = None
    remarks: tuple[Problem, ...] = ()


def file_rows(kind: Kind, table: Table) -> Iterator[FileRow | Problem]:
    """Read every line of data: each is a row or a problem, once. Raises `NotAnExport` before the first."""
    match kind:
        case Kind.CERTIFICATION:
            certifications = read_certifications(table)
            yield from certifications.problems
            for line in certifications.rows:
                yield _of_certification(line)
        case Kind.ASSESSMENT:
            assessment = read_assessment(table)
            yield from assessment.problems
            for share in assessment.rows:
                yield _of_assessment(share)
        case _:
            for read in each_profile(table):
                yield read if isinstance(read, Problem) else _of_profile(read)


def file_facts(kind: Kind, table: Table) -> FileFacts:
    """What there is to say of a file as a whole, by its header and its ends; its campaigns aside."""
    if kind is not Kind.PROFILES_COLLECTION:
        return FileFacts()
    columns = read_columns(table.header)
    label = columns.external_id
    return FileFacts(
        external_id_label=None if label is None else columns.header[label],
        remarks=remarks(table, columns),
    )


def packed_values(profile: Profile) -> bytes:
    """The levels, then the pix, of the sixteen competences, a byte each."""
    if len(profile.levels) == len(profile.pix) == len(COMPETENCES):
        return bytes((*profile.levels.values(), *profile.pix.values()))
    return bytes(known.get(code, UNKNOWN) for known in (profile.levels, profile.pix) for code in COMPETENCES)


def _of_profile(row: ProfileRow) -> FileRow:
    profile = row.profile
    values = b"" if profile is None else packed_values(profile)
    return FileRow(
        row.line,
        row.campaign_code,
        row.campaign_id,
        row.last_name,
        row.first_name,
        row.student_number,
        row.external_id,
        row.sent,
        sent_at=row.sent_at,
        fingerprint=row.fingerprint() if row.sent else "",
        values=values,
        total=None if profile is None else profile.total,
        problems=row.warnings,
    )


def _of_assessment(row: AssessmentRow) -> FileRow:
    sent = ProfileRow(
        line=row.line,
        campaign_code=row.campaign_code,
        campaign_id=row.campaign_id,
        campaign_name=row.campaign_name,
        last_name=row.last_name,
        first_name=row.first_name,
        group=row.group,
        student_number=row.student_number,
        external_id=row.external_id,
        sent=row.shared,
        sent_at=row.shared_at,
        profile=None,
        certifiable=None,
    )
    return FileRow(
        row.line,
        row.campaign_code,
        row.campaign_id,
        row.last_name,
        row.first_name,
        row.student_number,
        row.external_id,
        row.shared,
        sent_at=row.shared_at,
        fingerprint=_digest(sent.fingerprint(), str(row.mastery)) if row.shared else "",
        mastery=row.mastery,
        problems=row.warnings,
    )


def _of_certification(row: CertificationRow) -> FileRow | Problem:
    if row.status is CertificationStatus.VALIDATED and row.score is None and row.type == CORE:
        return _without_score(row)
    aside = None if row.type == CORE else _OTHER_TYPE
    session = f"certification {row.session or row.date or ''}".strip()
    return FileRow(
        row.line,
        None,
        session[:100],
        row.last_name,
        row.first_name,
        None,
        row.external_id,
        row.status is not None,
        fingerprint="" if row.status is None else certification_fingerprint(row),
        certification=row,
        namesake=row.identity,
        aside=_NO_RESULT_YET if row.status is None else aside,
    )


def certification_fingerprint(row: CertificationRow) -> str:
    """The same whenever the same result is read again; another where Pix changed it since."""
    result = (row.type, row.status, row.score, row.global_level, sorted(row.levels.items()), row.date)
    return _digest(exam_of_line(row), repr(result), row.session or "", row.centre or "")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _without_score(row: CertificationRow) -> Problem:
    said = row.global_level or "-"
    return Problem(
        line=row.line,
        column="Score en Pix",
        code=ProblemCode.NOT_AVAILABLE,
        message=Bilingual(
            fr=f"Ligne {row.line} : certification validée sans son score (le fichier dit « {said} ») ; la note ne peut "
            "pas en être calculée. Demandez à Pix ou au centre un fichier qui porte le score.",
            en=f"Line {row.line}: validated certification without its score (the file says “{said}”); no mark can be "
            "computed from it. Ask Pix or the centre for a file that carries the score.",
        ),
    )
