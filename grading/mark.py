"""The mark of one component: its values, what goes to the LMS, and the comment that goes with it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from grading.confirmation import Confirmation
from grading.profile import Sending
from grading.rules import CatchUp, Component, Publish, Unit
from grading.text import Bilingual


class MarkStatus(StrEnum):
    """Where the mark of a component stands. Closed set.

    `verified`: marked from Pix's own data. `declared`: marked from what the student typed, provisional.
    `not_sent`: nothing came. `late`: only late sendings came. `unknown`: what came does not carry a competence (or only
    Pix's API told of it). `absent_unjustified`: ABI, the mark is zero. `absent_justified`: ABJ. `defaulting`: ABI where
    that makes the unit DEF. `certified`, `no_result`: of the catch-up only.
    """

    VERIFIED = "verified"
    DECLARED = "declared"
    NOT_SENT = "not_sent"
    LATE = "late"
    UNKNOWN = "unknown"
    ABSENT_UNJUSTIFIED = "absent_unjustified"
    ABSENT_JUSTIFIED = "absent_justified"
    DEFAULTING = "defaulting"
    CERTIFIED = "certified"
    NO_RESULT = "no_result"


class Fate(StrEnum):
    """What became of one sending. Closed set.

    `counts`: it makes the mark. `lower`: another makes a higher mark (or as high, later). `earlier`: a later
    one counts. `not_first`: the first one is final. `late`: after the deadline. `cannot_be_marked`: it does not
    carry a competence. `confirms`: told by Pix's API, it proves that something was sent, and its total, to a scale that
    reads levels. `superseded_by_verified`: a declaration, once a verified one exists. `set_aside`: a person entered an
    absence.
    """

    COUNTS = "counts"
    LOWER = "lower"
    EARLIER = "earlier"
    NOT_FIRST = "not_first"
    LATE = "late"
    CANNOT_BE_MARKED = "cannot_be_marked"
    CONFIRMS = "confirms"
    SUPERSEDED_BY_VERIFIED = "superseded_by_verified"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What one sending is worth for a component (`mark` is `None` where it cannot be marked), its fate, and why.

    `working` tells how its mark was found; `reason` why it counts or not. `confirmation` is what Pix's API says of a
    declaration that came in time.
    """

    sending: Sending
    mark: Decimal | None
    unrounded: Decimal | None
    fate: Fate
    reason: Bilingual
    working: Bilingual
    confirmation: Confirmation | None = None


@dataclass(frozen=True, kw_only=True)
class ComponentMark:
    """The mark of a component (two decimals; `None`: no mark), how it stands, and why.

    `counting` is the sending that makes the mark; `verdicts` has one entry per sending of this component,
    oldest first. The first line of `explanation` is the one sent to the LMS.
    """

    key: str
    mark: Decimal | None
    unrounded: Decimal | None
    status: MarkStatus
    counting: Sending | None
    verdicts: tuple[Verdict, ...]
    explanation: tuple[Bilingual, ...]

    @property
    def confirmation(self) -> Confirmation | None:
        """What Pix's API says of the declaration that makes the mark; `None` where it says nothing, or none does."""
        return next((each.confirmation for each in self.verdicts if each.fate is Fate.COUNTS), None)

    @property
    def awaits_export(self) -> bool:
        """Whether there is no mark only because Pix's API, which told of the sending, does not tell its levels."""
        return self.status is MarkStatus.UNKNOWN and any(each.fate is Fate.CONFIRMS for each in self.verdicts)


def published_mark(component: Component | CatchUp, component_mark: ComponentMark) -> Decimal | None:
    """Return the mark the LMS should hold, or `None` for nothing.

    A declared mark goes where the component publishes `when_declared`, or `when_confirmed` and Pix's API confirms it
    (rule 8); the zero of an unjustified absence goes as 0; DEF and ABJ have no number (rule 10); the catch-up's column
    always shows the certification's mark, counted or not (rule 12).
    """
    if component_mark.status is MarkStatus.DECLARED and isinstance(component, Component):
        confirmation = component_mark.confirmation
        confirmed = confirmation is not None and confirmation.agrees
        enough = {
            Publish.WHEN_DECLARED: True,
            Publish.WHEN_CONFIRMED: confirmed,
            Publish.WHEN_VERIFIED: False,
        }
        return component_mark.mark if enough[component.publish] else None
    return component_mark.mark


def lms_comment(unit: Unit, component_mark: ComponentMark) -> str:
    """Return the comment sent with a mark: one line of plain text in the unit's language.

    It is the first line of the explanation, after the unit's prefix where the mark is provisional.
    """
    lines = [component_mark.explanation[0]]
    if component_mark.status is MarkStatus.DECLARED:
        lines.insert(0, unit.provisional_prefix)
    return " ".join(" — ".join(line.in_(unit.language) for line in lines).split())
