"""A unit's file as it is written, and how it becomes a `Unit`. No inheritance: a file is complete in itself.

The defaults are those of the faculty's rules as we read them (assessment rules 1 to 12); the shipped files spell
every setting out.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from config.tolerant import Number, Shape, instant
from grading.own_dates import OwnDates, with_own_dates
from grading.rules import (
    AbsentAs,
    Basis,
    CatchUp,
    Component,
    Condition,
    Counts,
    EligibilityEvidence,
    EligibilityRule,
    HelpAddresses,
    JustifiedAs,
    LevelAtLeastEverywhere,
    PixAbove,
    ProgrammeRequirement,
    Publish,
    Requires,
    Resend,
    SecondSessionRule,
    Unit,
    Window,
)
from grading.scale import Anchor, Scale
from grading.scale import Shape as ScaleForm
from grading.text import Bilingual

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LOOSE = Field(strict=False)


class TextShape(Shape):
    """A text in both languages."""

    required: ClassVar[tuple[str, ...]] = ("fr", "en")
    fr: str = ""
    en: str = ""

    def value(self) -> Bilingual:
        """Return the text."""
        return Bilingual(self.fr, self.en)


class AnchorShape(Shape):
    """One anchor of a scale."""

    required: ClassVar[tuple[str, ...]] = ("at", "mark")
    at: Number = Decimal(0)
    mark: Number = Decimal(0)


class ScaleShape(Shape):
    """A scale: its shape and its anchors, in order."""

    required: ClassVar[tuple[str, ...]] = ("shape", "anchors")
    shape: Annotated[ScaleForm, _LOOSE] = ScaleForm.LINEAR
    anchors: list[AnchorShape] = Field(default_factory=list)

    def value(self) -> Scale:
        """Return the scale."""
        return Scale(
            shape=self.shape, anchors=tuple(Anchor(at=one.at, mark=one.mark) for one in self.anchors)
        )


class ComponentShape(Shape):
    """One `[[components]]`. Without a zone of their own, its times are local times of the unit."""

    required: ClassVar[tuple[str, ...]] = ("key", "competences", "basis", "scale", "closes_at", "weight")
    key: str = ""
    title: TextShape | None = None
    competences: list[str] = Field(default_factory=list)
    basis: Annotated[Basis, _LOOSE] = Basis.LEVEL_MEAN
    cap: Number | None = None
    scale: ScaleShape = ScaleShape()
    opens_at: datetime | None = None
    closes_at: datetime = _NEVER
    resend: Annotated[Resend, _LOOSE] = Resend.ALLOWED
    counts: Annotated[Counts, _LOOSE] = Counts.BEST
    publish: Annotated[Publish, _LOOSE] = Publish.WHEN_DECLARED
    absent_as: Annotated[AbsentAs | None, _LOOSE] = None
    justified_as: Annotated[JustifiedAs | None, _LOOSE] = None
    weight: Number = Decimal(0)

    def value(self, zone: ZoneInfo) -> Component:
        """Return the component, its local times read in `zone`; the exam has defaults of its own (rule 10)."""
        exam = self.key == "exam"
        return Component(
            key=self.key,
            title=self.title.value() if self.title else Bilingual(self.key.upper(), self.key.upper()),
            competences=tuple(self.competences),
            basis=self.basis,
            cap=Decimal(6) if self.cap is None and self.basis is Basis.LEVEL_MEAN else self.cap,
            scale=self.scale.value(),
            opens_at=None if self.opens_at is None else instant(self.opens_at, zone),
            closes_at=instant(self.closes_at, zone, choose=max),
            resend=self.resend,
            counts=self.counts,
            publish=self.publish,
            absent_as=self.absent_as or (AbsentAs.DEFAULTING if exam else AbsentAs.ZERO),
            justified_as=self.justified_as
            or (JustifiedAs.NO_SESSION_MARK if exam else JustifiedAs.NEUTRALISED),
            weight=self.weight,
        )


class WindowShape(Shape):
    """Days on which the certification counts, both included."""

    required: ClassVar[tuple[str, ...]] = ("opens_on", "closes_on")
    opens_on: date = _NEVER.date()
    closes_on: date = _NEVER.date()


class CertificationShape(Shape):
    """The `[certification]` table; one window may be written as `opens_on` and `closes_on` in it."""

    required: ClassVar[tuple[str, ...]] = ("scale",)
    title: TextShape = TextShape(fr="Rattrapage (certification Pix)", en="Catch-up (Pix certification)")
    windows: list[WindowShape] = Field(default_factory=list)
    opens_on: date | None = None
    closes_on: date | None = None
    type: str = "Pix"
    sessions: list[str] = Field(default_factory=list)
    centres: list[str] = Field(default_factory=list)
    replaces: str = "unit"
    rule: Annotated[SecondSessionRule, _LOOSE] = SecondSessionRule.BETTER
    basis: Annotated[Basis, _LOOSE] = Basis.CERTIFICATION_SCORE
    cap: Number | None = None
    scale: ScaleShape = ScaleShape()
    rejected_mark: Number = Decimal(0)

    @property
    def single(self) -> bool:
        """Whether the one window is written as `opens_on` and `closes_on` of the table itself."""
        return self.opens_on is not None or self.closes_on is not None

    def value(self) -> CatchUp:
        """Return the catch-up."""
        windows = [Window(opens_on=one.opens_on, closes_on=one.closes_on) for one in self.windows]
        if self.opens_on is not None and self.closes_on is not None:
            windows.insert(0, Window(opens_on=self.opens_on, closes_on=self.closes_on))
        return CatchUp(
            title=self.title.value(),
            windows=tuple(windows),
            type=self.type,
            sessions=tuple(self.sessions),
            centres=tuple(self.centres),
            replaces=self.replaces,
            rule=self.rule,
            basis=self.basis,
            cap=self.cap,
            scale=self.scale.value(),
            rejected_mark=self.rejected_mark,
        )


class ConditionShape(Shape):
    """One condition of eligibility: exactly one of its keys."""

    level_at_least_everywhere: int | None = None
    pix_above: int | None = None

    def value(self) -> list[Condition]:
        """Return the conditions written: one, where the file is sound."""
        conditions: list[Condition] = []
        if self.level_at_least_everywhere is not None:
            conditions.append(LevelAtLeastEverywhere(level=self.level_at_least_everywhere))
        if self.pix_above is not None:
            conditions.append(PixAbove(pix=self.pix_above))
        return conditions


class RequirementShape(Shape):
    """One `[[requirements]]` of a programme."""

    required: ClassVar[tuple[str, ...]] = ("programme", "requires", "text")
    programme: str = ""
    requires: Annotated[Requires, _LOOSE] = Requires.CERTIFICATION
    text: TextShape = TextShape()
    since: date | None = None
    min_score: int | None = None

    def value(self) -> ProgrammeRequirement:
        """Return the requirement."""
        return ProgrammeRequirement(
            programme=self.programme,
            requires=self.requires,
            text=self.text.value(),
            since=self.since,
            min_score=self.min_score,
        )


class CourseDatesShape(Shape):
    """One `[[course_dates]]`: what a course has in place of a component's dates.

    Written by the tool into the texts it keeps with grades; a file of the catalogue gives dates in its components.
    """

    required: ClassVar[tuple[str, ...]] = ("component", "closes_at")
    component: str = ""
    opens_at: datetime | None = None
    closes_at: datetime = _NEVER

    def value(self, zone: ZoneInfo) -> OwnDates:
        """Return the dates."""
        return OwnDates(
            opens_at=None if self.opens_at is None else instant(self.opens_at, zone),
            closes_at=instant(self.closes_at, zone, choose=max),
        )


class HelpShape(Shape):
    """Addresses shown on the help page."""

    videos: list[str] = Field(default_factory=list)
    faculty_page: str = ""
    pix: str = ""


class UnitShape(Shape):
    """A whole file."""

    required: ClassVar[tuple[str, ...]] = (
        "code",
        "academic_year",
        "title",
        "timezone",
        "source",
        "eligible_if_any",
        "certification",
        "components",
    )
    code: str = ""
    academic_year: str = ""
    title: TextShape = TextShape()
    year_of_study: str = ""
    credits: str = ""
    contact: str = ""
    language: Literal["fr", "en"] = "fr"
    timezone: str = "Europe/Paris"
    source: str = ""
    confirmed_by: str = ""
    confirmed_on: date | None = None
    pass_mark: Number = Decimal(10)
    rounding_step: Number = Decimal("0.01")
    provisional_prefix: TextShape = TextShape(fr="Provisoire, non vérifié", en="Provisional, not verified")
    eligibility_component: str = "exam"
    eligibility_evidence: Annotated[EligibilityEvidence, _LOOSE] = EligibilityEvidence.VERIFIED
    eligible_if_any: list[ConditionShape] = Field(default_factory=list)
    certification: CertificationShape = CertificationShape()
    components: list[ComponentShape] = Field(default_factory=list)
    requirements: list[RequirementShape] = Field(default_factory=list)
    help: HelpShape = HelpShape()
    course_dates: list[CourseDatesShape] = Field(default_factory=list)

    def value(self, zone: ZoneInfo) -> Unit:
        """Return the unit, its local times read in `zone`."""
        unit = Unit(
            code=self.code,
            academic_year=self.academic_year,
            title=self.title.value(),
            year_of_study=self.year_of_study,
            credits=self.credits,
            contact=self.contact,
            language=self.language,
            timezone=self.timezone,
            source=self.source,
            confirmed_by=self.confirmed_by,
            confirmed_on=self.confirmed_on,
            pass_mark=self.pass_mark,
            rounding_step=self.rounding_step,
            provisional_prefix=self.provisional_prefix.value(),
            eligibility=EligibilityRule(
                component=self.eligibility_component,
                any_of=tuple(condition for one in self.eligible_if_any for condition in one.value()),
                evidence=self.eligibility_evidence,
            ),
            catch_up=self.certification.value(),
            components=tuple(one.value(zone) for one in self.components),
            requirements=tuple(one.value() for one in self.requirements),
            help=HelpAddresses(
                videos=tuple(self.help.videos), faculty_page=self.help.faculty_page, pix=self.help.pix
            ),
        )
        return with_own_dates(unit, {one.component: one.value(zone) for one in self.course_dates})
