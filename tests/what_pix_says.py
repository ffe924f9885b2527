"""What reaches the tool without a form or a file of a test's own: sendings told by Pix's API, certifications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from demo.lms import LmsState
from grading.certification import CertificationResult, CertificationStatus
from grading.profile import Evidence, Profile
from storage.certifications import NewCertification, add_certification
from storage.schema import activity, person
from storage.scope import UnitYear
from storage.submissions import NewSubmission, add_submission
from tests.running_tool import RunningTool
from workflows.regrade import regrade
from workflows.world import World


@dataclass(frozen=True, kw_only=True)
class Told:
    """To whom, in which unit of which course, Pix says something."""

    world: World
    scope: UnitYear
    person_id: int

    def sends(
        self,
        component: str,
        profile: Profile,
        at: datetime,
        *,
        evidence: Evidence = Evidence.CONFIRMED,
        source: Mapping[str, Any] | None = None,
    ) -> None:
        """A sending told by Pix's API, marked at once."""
        new = NewSubmission(
            person_id=self.person_id,
            component=component,
            evidence=evidence,
            sent_at=at,
            received_at=self.world.now(),
            profile=profile,
            source=source or {"kind": "pix_api", "campaign": "KTRBWX482"},
            fingerprint=f"{evidence} {at.isoformat()} {profile}"[:100],
        )
        with self.world.database.write() as connection:
            add_submission(connection, self.scope, new)
        self._marks()

    def certifies(
        self,
        score: int | None,
        on: date | None = None,
        *,
        status: CertificationStatus = CertificationStatus.VALIDATED,
        type_: str = "Pix",
        exam: str = "exam 1",
        global_level: str | None = None,
        levels: Mapping[str, int] | None = None,
        grading: bool = True,
    ) -> None:
        """A certification's result (of the first day of the unit's window), marked at once."""
        rules = self.world.rules.find(self.scope.unit_code, self.scope.academic_year)
        assert rules is not None
        new = NewCertification(
            person_id=self.person_id,
            result=CertificationResult(
                type=type_,
                status=status,
                score=score,
                date=on or rules.unit.catch_up.windows[0].opens_on,
                session="678901",
                centre="Faculté des sciences",
            ),
            source={"kind": "certification_csv", "file": "resultats_session_678901.csv", "line": 2},
            exam=exam,
            fingerprint=f"{exam} {status} {score}",
            received_at=self.world.now(),
            global_level=global_level,
            levels=levels or {},
        )
        with self.world.database.write() as connection:
            add_certification(connection, self.scope, new)
        if grading:
            self._marks()

    def _marks(self) -> None:
        rules = self.world.rules.find(self.scope.unit_code, self.scope.academic_year)
        assert rules is not None
        with self.world.database.write() as connection:
            regrade(connection, rules, self.scope, [self.person_id], cause="import", now=self.world.now())


def told_about(tool: RunningTool, lms: LmsState, person_id: str) -> Told:
    """Pix about somebody of the LMS's course who has opened an activity."""
    number = lms.get_person(person_id).idnumber
    with tool.world.database.read() as connection:
        row = connection.execute(select(activity).where(activity.c.unit_code.is_not(None))).first()
        found = connection.scalar(select(person.c.id).where(person.c.student_number == number))
    assert row is not None
    assert found is not None
    scope = UnitYear(course_id=row.course_id, unit_code=row.unit_code, academic_year=row.academic_year)
    return Told(world=tool.world, scope=scope, person_id=found)
