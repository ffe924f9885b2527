"""Whether somebody meets what a programme asks (rule 13)."""

from __future__ import annotations

from collections.abc import Iterable

from grading.certification import CertificationResult, CertificationStatus
from grading.rules import ProgrammeRequirement, Requires


def requirement_met(
    requirement: ProgrammeRequirement,
    certifications: Iterable[CertificationResult],
    *,
    unit_completed: bool,
) -> bool:
    """Return whether the requirement is met.

    Any validated Pix certificate does, whatever its type and date, unless the requirement sets `since`
    (that day included; an undated certificate then does not do) or `min_score` (inclusive).
    """
    if requirement.requires is Requires.UNIT_COMPLETED:
        return unit_completed
    return any(_does(requirement, certification) for certification in certifications)


def _does(requirement: ProgrammeRequirement, certification: CertificationResult) -> bool:
    if certification.status is not CertificationStatus.VALIDATED:
        return False
    if requirement.since is not None and (
        certification.date is None or certification.date < requirement.since
    ):
        return False
    return requirement.min_score is None or (certification.score or 0) >= requirement.min_score
