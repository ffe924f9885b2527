"""The catch-up's own mark: which certification gives it, or why none does (rules 2, 12 and 13)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from grading.basis import certification_measure
from grading.certification import CertificationResult, CertificationStatus
from grading.mark import ComponentMark, MarkStatus
from grading.rules import CatchUp, Unit
from grading.scale import rounded
from grading.text import Bilingual, day, out_of_twenty
from grading.window import in_certification_window


class SecondReason(StrEnum):
    """Why the second session gives no mark. Closed set.

    `already_acquired`: the unit is acquired, nothing replaces its mark. `cancelled`, `error`: the certification
    has no result. `other_session`: not of a session or centre the unit lists. `outside_window`: not on a day of
    the unit's window (or undated). `other_type`: not the core certification. `not_eligible`: none was sat, and the
    person may not be registered. `no_certification`: none was sat. `first_session_incomplete`: the catch-up
    replaces one component only, and others have no verified mark.
    """

    ALREADY_ACQUIRED = "already_acquired"
    CANCELLED = "cancelled"
    ERROR = "error"
    OTHER_SESSION = "other_session"
    OUTSIDE_WINDOW = "outside_window"
    OTHER_TYPE = "other_type"
    NOT_ELIGIBLE = "not_eligible"
    NO_CERTIFICATION = "no_certification"
    FIRST_SESSION_INCOMPLETE = "first_session_incomplete"


REASONS: dict[SecondReason, Bilingual] = {
    SecondReason.ALREADY_ACQUIRED: Bilingual(
        "UE déjà acquise : la seconde session ne remplace rien",
        "unit already acquired: the second session replaces nothing",
    ),
    SecondReason.CANCELLED: Bilingual(
        "certification annulée : pas de résultat", "certification cancelled: no result"
    ),
    SecondReason.ERROR: Bilingual(
        "certification en erreur : pas de résultat", "certification in error: no result"
    ),
    SecondReason.OTHER_SESSION: Bilingual(
        "certification passée dans une autre session ou un autre centre : elle ne compte pas",
        "certification sat in another session or centre: it does not count",
    ),
    SecondReason.OUTSIDE_WINDOW: Bilingual(
        "certification hors de la période de l’UE, ou sans date : elle ne compte pas",
        "certification outside the unit’s window, or undated: it does not count",
    ),
    SecondReason.OTHER_TYPE: Bilingual(
        "certification d’un autre type que celui de l’UE : elle ne compte pas",
        "certification of another type than the unit’s: it does not count",
    ),
    SecondReason.NOT_ELIGIBLE: Bilingual(
        "pas de certification : conditions d’inscription non remplies",
        "no certification: conditions of registration not met",
    ),
    SecondReason.NO_CERTIFICATION: Bilingual("pas de résultat de certification", "no certification result"),
    SecondReason.FIRST_SESSION_INCOMPLETE: Bilingual(
        "il manque une note vérifiée de première session : la note de l’UE ne peut pas être calculée",
        "a verified first-session mark is missing: the unit’s mark cannot be computed",
    ),
}
"""Each reason in words, the same for student and teacher."""

_COUNTS = Bilingual("donne la note du rattrapage", "gives the catch-up’s mark")
_LOWER = Bilingual(
    "une autre certification donne une note au moins égale",
    "another certification gives as high a mark, or higher",
)


@dataclass(frozen=True, kw_only=True)
class CertificationVerdict:
    """What one certification is worth for the catch-up: its mark where it gives one, whether it is the one, and why.

    `fate` is why it gives no mark, `None` where it does.
    """

    certification: CertificationResult
    mark: Decimal | None
    counts: bool
    fate: SecondReason | None
    reason: Bilingual


@dataclass(frozen=True, kw_only=True)
class CatchUpResult:
    """The catch-up's component mark, the certification it comes from, or the reason there is none.

    `verdicts` has one entry per certification, the latest first.
    """

    mark: ComponentMark
    certification: CertificationResult | None
    reason: SecondReason | None
    verdicts: tuple[CertificationVerdict, ...] = ()


def catch_up_result(
    unit: Unit, certifications: Iterable[CertificationResult], *, eligible: bool
) -> CatchUpResult:
    """Return the best certification that counts for the unit, else why there is none.

    Of several reasons, the one nearest to a result is told. Where a result exists eligibility is not asked:
    somebody registered the person.
    """
    held = list(certifications)
    fates = [(obstacle_of(unit.catch_up, one), one) for one in held]
    counting = [one for fate, one in fates if fate is None]
    if counting:
        best = max(counting, key=lambda one: _rank(unit.catch_up, one))
        return replace(_certified(unit, best), verdicts=_verdicts(unit, fates, best))
    reasons = {fate for fate, _ in fates if fate is not None}
    if not reasons:
        reasons = {SecondReason.NO_CERTIFICATION if eligible else SecondReason.NOT_ELIGIBLE}
    reason = next(reason for reason in SecondReason if reason in reasons)
    mark = ComponentMark(
        key=unit.catch_up.key,
        mark=None,
        unrounded=None,
        status=MarkStatus.NO_RESULT,
        counting=None,
        verdicts=(),
        explanation=(REASONS[reason],),
    )
    return CatchUpResult(
        mark=mark, certification=None, reason=reason, verdicts=_verdicts(unit, fates, best=None)
    )


def _rank(catch_up: CatchUp, certification: CertificationResult) -> tuple[object, ...]:
    """The higher mark, then the higher score, then the later day; it never depends on the order of the list."""
    on = certification.date or date.min
    return (
        _unrounded(catch_up, certification),
        certification.score or 0,
        on,
        certification.id or "",
    )


def _verdicts(
    unit: Unit,
    fates: Iterable[tuple[SecondReason | None, CertificationResult]],
    best: CertificationResult | None,
) -> tuple[CertificationVerdict, ...]:
    found = [
        CertificationVerdict(
            certification=one,
            mark=rounded(_unrounded(unit.catch_up, one), unit.rounding_step) if fate is None else None,
            counts=one is best,
            fate=fate,
            reason=REASONS[fate] if fate is not None else _COUNTS if one is best else _LOWER,
        )
        for fate, one in fates
    ]
    return tuple(sorted(found, key=lambda each: each.certification.date or date.min, reverse=True))


def obstacle_of(catch_up: CatchUp, certification: CertificationResult) -> SecondReason | None:
    """Return why a certification gives the catch-up no mark (rule 13), `None` where it does."""
    if certification.type != catch_up.type:
        return SecondReason.OTHER_TYPE
    if not in_certification_window(catch_up, certification.date):
        return SecondReason.OUTSIDE_WINDOW
    listed_session = not catch_up.sessions or certification.session in catch_up.sessions
    listed_centre = not catch_up.centres or certification.centre in catch_up.centres
    if not (listed_session and listed_centre):
        return SecondReason.OTHER_SESSION
    no_result = {
        CertificationStatus.CANCELLED: SecondReason.CANCELLED,
        CertificationStatus.ERROR: SecondReason.ERROR,
    }
    if certification.status is CertificationStatus.VALIDATED and certification.score is None:
        return SecondReason.NO_CERTIFICATION
    return no_result.get(certification.status)


def _unrounded(catch_up: CatchUp, certification: CertificationResult) -> Decimal:
    if certification.status is CertificationStatus.REJECTED:
        return catch_up.rejected_mark
    measured = certification_measure(certification.score or 0, catch_up.cap)
    return catch_up.scale.mark_at(measured.total, measured.count)


def _certified(unit: Unit, certification: CertificationResult) -> CatchUpResult:
    unrounded = _unrounded(unit.catch_up, certification)
    mark = rounded(unrounded, unit.rounding_step)
    shown = out_of_twenty(mark)
    if certification.status is CertificationStatus.REJECTED:
        working = Bilingual("certification non obtenue", "certification not obtained")
    else:
        working = certification_measure(certification.score or 0, unit.catch_up.cap).working
    on = day(certification.date)
    lines = (
        Bilingual(f"{working.fr} → {shown.fr}", f"{working.en} → {shown.en}"),
        Bilingual(f"certification passée le {on.fr}", f"certification sat on {on.en}"),
    )
    return CatchUpResult(
        mark=ComponentMark(
            key=unit.catch_up.key,
            mark=mark,
            unrounded=unrounded,
            status=MarkStatus.CERTIFIED,
            counting=None,
            verdicts=(),
            explanation=lines,
        ),
        certification=certification,
        reason=None,
    )
