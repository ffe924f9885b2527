"""From a profile to the measure a scale reads: a mean of levels or of pix, a total, a share (rules 1 and 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from grading.profile import Profile
from grading.rules import Basis, Component
from grading.scale import EXACT
from grading.text import Bilingual, joined, number, percentage


@dataclass(frozen=True, kw_only=True)
class Measure:
    """The exact measure `total / count`, and how it was found, in words."""

    total: Decimal
    count: int
    working: Bilingual


@dataclass(frozen=True, kw_only=True)
class Unmeasured:
    """The source does not carry what the scale needs (never a mean over fewer, rule 7)."""

    missing: tuple[str, ...]
    reason: Bilingual


def measure(component: Component, profile: Profile) -> Measure | Unmeasured:
    """Return what the component's scale reads in a profile, or what the profile does not carry."""
    if component.basis is Basis.PIX_TOTAL:
        return _total(component, profile)
    if component.basis is Basis.MASTERY:
        return _mastery(component, profile)
    of_levels = component.basis is Basis.LEVEL_MEAN
    values = {c: profile.level_of(c) if of_levels else profile.pix.get(c) for c in component.competences}
    missing = tuple(code for code, value in values.items() if value is None)
    if missing:
        codes = ", ".join(missing)
        if of_levels:
            return Unmeasured(
                missing=missing,
                reason=Bilingual(
                    f"niveau inconnu pour {codes} : pas de note", f"level unknown for {codes}: no mark"
                ),
            )
        return Unmeasured(
            missing=missing,
            reason=Bilingual(f"pix inconnus pour {codes} : pas de note", f"pix unknown for {codes}: no mark"),
        )
    known = {code: value for code, value in values.items() if value is not None}
    if of_levels and known.keys() <= profile.levels.keys():
        return _mean_of_levels(tuple(known.items()), component.cap)
    return _mean(component, profile, known)


@lru_cache(maxsize=8192)
def _mean_of_levels(levels: tuple[tuple[str, int], ...], cap: Decimal | None) -> Measure:
    """The mean of levels that were given: few of a class's sendings differ in the competences of one component."""
    capped = [_capped(value, cap) for _, value in levels]
    parts = [_level_in_words(code, value, cap, "") for code, value in levels]
    return _measured(capped, parts, "")


def _mean(component: Component, profile: Profile, known: Mapping[str, int]) -> Measure:
    of_levels = component.basis is Basis.LEVEL_MEAN
    capped = [_capped(value, component.cap) for value in known.values()]
    parts = [
        _level_in_words(code, value, component.cap, _source(code, profile))
        if of_levels
        else _pix_in_words(code, value, component.cap)
        for code, value in known.items()
    ]
    return _measured(capped, parts, "" if of_levels else " pix")


def _measured(capped: Sequence[Decimal], parts: Sequence[Bilingual], unit: str) -> Measure:
    total = sum(capped, Decimal(0))
    mean = number(EXACT.divide(total, Decimal(len(capped))))
    words = joined(parts, ", ")
    return Measure(
        total=total,
        count=len(capped),
        working=Bilingual(f"{words.fr} → moyenne {mean.fr}{unit}", f"{words.en} → mean {mean.en}{unit}"),
    )


def _total(component: Component, profile: Profile) -> Measure | Unmeasured:
    whole = profile.whole_pix
    if whole is None:
        return Unmeasured(
            missing=tuple(code for code in component.competences if code not in profile.pix),
            reason=Bilingual("total de pix inconnu : pas de note", "total of pix unknown: no mark"),
        )
    counted = _counted(whole, component.cap)
    if profile.total is not None:
        words = Bilingual(f"total : {whole} pix{counted.fr}", f"total: {whole} pix{counted.en}")
    else:
        words = Bilingual(
            f"somme des 16 compétences : {whole} pix{counted.fr}",
            f"sum of the 16 competences: {whole} pix{counted.en}",
        )
    return Measure(total=_capped(whole, component.cap), count=1, working=words)


def _mastery(component: Component, profile: Profile) -> Measure | Unmeasured:
    share = profile.mastery
    if share is None:
        return Unmeasured(
            missing=component.competences,
            reason=Bilingual(
                "part d’acquis maîtrisés inconnue : pas de note", "share of acquired items unknown: no mark"
            ),
        )
    counted = Bilingual("", "")
    if component.cap is not None and share > component.cap:
        most = percentage(component.cap)
        counted = Bilingual(f" (compté {most.fr})", f" (counted {most.en})")
    written = percentage(share)
    return Measure(
        total=_capped(share, component.cap),
        count=1,
        working=Bilingual(
            f"acquis maîtrisés : {written.fr}{counted.fr}", f"acquired items: {written.en}{counted.en}"
        ),
    )


def _capped(value: int | Decimal, cap: Decimal | None) -> Decimal:
    return Decimal(value) if cap is None else min(Decimal(value), cap)


def _counted(value: int, cap: Decimal | None) -> Bilingual:
    """Say what a capped value counts for; nothing where the cap does not bite."""
    if cap is None or value <= cap:
        return Bilingual("", "")
    shown = f"{cap.normalize():f}"
    return Bilingual(f" (compté {shown.replace('.', ',')})", f" (counted {shown})")


def _source(code: str, profile: Profile) -> str:
    return "" if code in profile.levels else f" ({profile.pix[code]} pix)"


def _level_in_words(code: str, level: int, cap: Decimal | None, source: str) -> Bilingual:
    counted = _counted(level, cap)
    return Bilingual(
        f"{code} : niveau {level}{source}{counted.fr}", f"{code}: level {level}{source}{counted.en}"
    )


def _pix_in_words(code: str, pix: int, cap: Decimal | None) -> Bilingual:
    counted = _counted(pix, cap)
    return Bilingual(f"{code} : {pix} pix{counted.fr}", f"{code}: {pix} pix{counted.en}")


def certification_measure(score: int, cap: Decimal | None) -> Measure:
    """Return the measure of a certification's score, for the catch-up's scale."""
    counted = _counted(score, cap)
    return Measure(
        total=_capped(score, cap),
        count=1,
        working=Bilingual(
            f"certification : {score} pix{counted.fr}", f"certification: {score} pix{counted.en}"
        ),
    )
