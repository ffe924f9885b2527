"""The rules of a unit as plain values: what a unit's file says, once read.

No number of a regulation is written here; whether a unit makes sense is asked of `grading.soundness`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from grading.scale import Scale
from grading.text import Bilingual

CATCH_UP_KEY = "catchup"
"""The key under which the catch-up stands beside the components."""

WHOLE_UNIT = "unit"
"""The value of `CatchUp.replaces` that means the mark of the unit."""


class Basis(StrEnum):
    """What a scale measures (rule 1); `mastery` is the share of acquired items of an assessment campaign, 0 to 1."""

    LEVEL_MEAN = "level_mean"
    PIX_MEAN = "pix_mean"
    PIX_TOTAL = "pix_total"
    MASTERY = "mastery"
    CERTIFICATION_SCORE = "certification_score"


class Resend(StrEnum):
    """Whether a later sending may change the mark (rule 5)."""

    ALLOWED = "allowed"
    FIRST_IS_FINAL = "first_is_final"


class Counts(StrEnum):
    """Which of several sendings counts (rule 5)."""

    BEST = "best"
    LAST = "last"


class Publish(StrEnum):
    """From which evidence on a mark goes to the LMS (rule 8).

    `when_confirmed`: a declared mark goes once Pix's API says that the profile was sent, and does not contradict it.
    """

    WHEN_DECLARED = "when_declared"
    WHEN_CONFIRMED = "when_confirmed"
    WHEN_VERIFIED = "when_verified"


class EligibilityEvidence(StrEnum):
    """From which evidence on a sending counts for eligibility; a declaration never does (rule 8).

    `confirmed`: the total that Pix's API tells proves `pix_above`, and nothing of the levels.
    """

    CONFIRMED = "confirmed"
    VERIFIED = "verified"


class AbsentAs(StrEnum):
    """What an unjustified absence is worth: the mark zero, or the unit's result DEF (rule 10)."""

    ZERO = "zero"
    DEFAULTING = "defaulting"


class JustifiedAs(StrEnum):
    """A justified absence leaves the component out, or leaves the first session without a mark (rule 10)."""

    NEUTRALISED = "neutralised"
    NO_SESSION_MARK = "no_session_mark"


class SecondSessionRule(StrEnum):
    """Whether the catch-up's mark replaces only a lower one, or any (rule 12)."""

    BETTER = "better"
    ALWAYS = "always"


class Requires(StrEnum):
    """What a programme asks for: a Pix certificate, or the unit completed."""

    CERTIFICATION = "certification"
    UNIT_COMPLETED = "unit_completed"


@dataclass(frozen=True, kw_only=True)
class Component:
    """One assessed part of a unit (CC1, CC2, exam). Instants are in UTC.

    `cap` is in the measure of `basis`: a level, pix of one competence, a total or a share; `None` caps nothing.
    `opens_at` gates the form and never voids a sending. `weight` is a share of 1.
    """

    key: str
    title: Bilingual
    competences: tuple[str, ...]
    basis: Basis
    cap: Decimal | None
    scale: Scale
    opens_at: datetime | None
    closes_at: datetime
    resend: Resend
    counts: Counts
    publish: Publish
    absent_as: AbsentAs
    justified_as: JustifiedAs
    weight: Decimal

    @property
    def is_declarable(self) -> bool:
        """Whether students can type what the scale reads: a share of acquired items, they never can."""
        return self.basis is not Basis.MASTERY


@dataclass(frozen=True, kw_only=True)
class Window:
    """Days on which a certification counts as the unit's catch-up, both included."""

    opens_on: date
    closes_on: date


@dataclass(frozen=True, kw_only=True)
class CatchUp:
    """The second session: a Pix certification (rules 2, 12, 13).

    `sessions` and `centres` restrict nothing when empty. `replaces` is `"unit"` or a component's key.
    `rejected_mark` is the mark of a certification not obtained.
    """

    title: Bilingual
    windows: tuple[Window, ...]
    type: str
    sessions: tuple[str, ...]
    centres: tuple[str, ...]
    replaces: str
    rule: SecondSessionRule
    basis: Basis
    cap: Decimal | None
    scale: Scale
    rejected_mark: Decimal
    key: str = CATCH_UP_KEY


@dataclass(frozen=True, kw_only=True)
class LevelAtLeastEverywhere:
    """Eligible with at least this level (inclusive) in each of the sixteen competences."""

    level: int
    name: str = "level_at_least_everywhere"


@dataclass(frozen=True, kw_only=True)
class PixAbove:
    """Eligible with strictly more than this total of pix."""

    pix: int
    name: str = "pix_above"


Condition = LevelAtLeastEverywhere | PixAbove


@dataclass(frozen=True, kw_only=True)
class EligibilityRule:
    """Who may be registered for the certification: any one condition met by the named component's sending."""

    component: str
    any_of: tuple[Condition, ...]
    evidence: EligibilityEvidence = EligibilityEvidence.VERIFIED


@dataclass(frozen=True, kw_only=True)
class ProgrammeRequirement:
    """What a programme asks of its students, in its own words (rule 13).

    `since` and `min_score` narrow which certificates do; `None` narrows nothing.
    """

    programme: str
    requires: Requires
    text: Bilingual
    since: date | None = None
    min_score: int | None = None


@dataclass(frozen=True, kw_only=True)
class HelpAddresses:
    """Web addresses shown on the help page; empty where the faculty has not given them."""

    videos: tuple[str, ...] = ()
    faculty_page: str = ""
    pix: str = ""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A course unit of one academic year, with every rule its marks follow.

    `source` names the text it obeys; `confirmed_by` is empty until a person has confirmed it.
    `rounding_step` is in marks; `timezone` is the zone of its deadlines; `language` ("fr", "en") is that
    of the comments sent to the LMS.
    """

    code: str
    academic_year: str
    title: Bilingual
    year_of_study: str
    credits: str
    contact: str
    language: str
    timezone: str
    source: str
    confirmed_by: str
    confirmed_on: date | None
    pass_mark: Decimal
    rounding_step: Decimal
    provisional_prefix: Bilingual
    eligibility: EligibilityRule
    catch_up: CatchUp
    components: tuple[Component, ...]
    requirements: tuple[ProgrammeRequirement, ...] = ()
    help: HelpAddresses = field(default_factory=HelpAddresses)

    @property
    def confirmed(self) -> bool:
        """Whether a person has confirmed these rules; until then the teacher's pages say so."""
        return bool(self.confirmed_by) and self.confirmed_on is not None

    def find_component(self, key: str) -> Component | None:
        """Return the component of that key, or `None`."""
        return next((component for component in self.components if component.key == key), None)

    def get_component(self, key: str) -> Component:
        """Return the component of that key; raises `KeyError` when the unit has none."""
        component = self.find_component(key)
        if component is None:
            raise KeyError(key)
        return component
