"""What is known of a person's certifications, what the catch-up makes of them, and what programmes ask for."""

from __future__ import annotations

from dataclasses import dataclass

from grading.catch_up import CertificationVerdict
from grading.outcome import Outcome
from grading.requirement import requirement_met
from grading.rules import ProgrammeRequirement, Window
from grading.second_session import SecondSession
from grading.text import Bilingual, day
from storage.certifications import Certification, standing
from workflows.cohort import Cohort
from workflows.sending_source import source_in_words


@dataclass(frozen=True, kw_only=True)
class HeldCertification:
    """One certification as the pages list it: what Pix says of it, whether it counts and why not, its source."""

    certification: Certification
    verdict: CertificationVerdict
    on: Bilingual
    source: Bilingual


@dataclass(frozen=True, kw_only=True)
class CertificationView:
    """A person's certifications, the latest first; the second session as the rules have it; programmes' requirements.

    The column of the LMS holds the certification's mark whether it counts or not: that is shown here only (rule 12).
    `asked` gives each requirement and whether what is known meets it (rule 13).
    """

    held: tuple[HeldCertification, ...]
    second_session: SecondSession
    windows: tuple[Bilingual, ...]
    asked: tuple[tuple[ProgrammeRequirement, bool], ...]

    @property
    def is_sat(self) -> bool:
        """Whether one of them gives the catch-up its mark: registration is no longer the question."""
        return any(each.verdict.counts for each in self.held)


def certification_view(cohort: Cohort, person_id: int, outcome: Outcome) -> CertificationView:
    """What to show of somebody's certifications."""
    unit = cohort.unit
    kept = {str(each.id): each for each in standing(cohort.certifications.get(person_id, ()))}
    held = []
    for verdict in outcome.certifications:
        one = kept[verdict.certification.id or ""]
        held.append(
            HeldCertification(
                certification=one,
                verdict=verdict,
                on=day(one.result.date),
                source=source_in_words(one.source, one.evidence, one.received_at, unit.timezone),
            )
        )
    results = [each.result for each in kept.values()]
    return CertificationView(
        held=tuple(held),
        second_session=outcome.second_session,
        windows=tuple(_window(each) for each in unit.catch_up.windows),
        asked=tuple(
            (each, requirement_met(each, results, unit_completed=outcome.acquired))
            for each in unit.requirements
        ),
    )


def _window(window: Window) -> Bilingual:
    opens, closes = day(window.opens_on), day(window.closes_on)
    return Bilingual(f"du {opens.fr} au {closes.fr}", f"{opens.en} to {closes.en}")
