"""Who may be registered for the certification, and what is missing where (F; rules 6, 7 and 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from grading.certifiability import Certifiability, certifiability, certifiability_explained
from grading.competences import COMPETENCES
from grading.confirmation import is_exported, sending_confirmed
from grading.counting import sent_to
from grading.profile import Evidence, Profile, Sending
from grading.rules import Condition, EligibilityEvidence, LevelAtLeastEverywhere, Unit
from grading.text import Bilingual, joined
from grading.window import in_time


@dataclass(frozen=True, kw_only=True)
class MissingSending:
    """No sending of this component that the unit takes as evidence came in time."""

    component: str
    condition: str = "sending"


@dataclass(frozen=True, kw_only=True)
class MissingLevel:
    """This competence is below the level needed; `level` is `None` when it is unknown."""

    condition: str
    competence: str
    level: int | None
    needed: int


@dataclass(frozen=True, kw_only=True)
class MissingPix:
    """The total is not above the threshold; `total` is `None` when it is unknown."""

    condition: str
    total: int | None
    above: int


Missing = MissingSending | MissingLevel | MissingPix


@dataclass(frozen=True, kw_only=True)
class Eligibility:
    """Whether the person may be registered; `by` names the conditions met, in the order of the file.

    `missing` is empty when one is met. `counting` is the sending that was looked at.
    """

    met: bool
    by: tuple[str, ...]
    missing: tuple[Missing, ...]
    certifiable: Certifiability | None
    counting: Sending | None
    explanation: tuple[Bilingual, ...]


def eligibility(unit: Unit, sendings: Sequence[Sending], deadline: datetime | None = None) -> Eligibility:
    """Return the eligibility from the latest sending, in time, of the component the unit names.

    A verified one; one told by Pix's API too, for its total, where the unit says so. `deadline` is the person's own one
    for that component. Pix are never inferred from levels.
    """
    component = unit.get_component(unit.eligibility.component)
    telling = [
        sending
        for sending in sent_to(component.key, sendings)
        if in_time(component, sending.at, deadline) and _tells(sending)
    ]
    verified = [sending for sending in telling if sending.evidence.is_verified]
    enough = unit.eligibility.evidence is EligibilityEvidence.CONFIRMED
    usable = telling if enough else verified
    waiting: tuple[Bilingual, ...] = ()
    if telling and not enough and not is_exported(telling[-1], verified):
        waiting = (_waiting(telling[-1], unit.timezone),)
    if not usable:
        none_yet = Bilingual(
            f"{component.title.fr} : aucun envoi vérifié reçu à temps, inscription à la certification impossible",
            f"{component.title.en}: no verified sending received in time, so no registration for the certification",
        )
        return Eligibility(
            met=False,
            by=(),
            missing=(MissingSending(component=component.key),),
            certifiable=None,
            counting=None,
            explanation=(none_yet, *waiting),
        )
    known = _known(usable[-1], verified)
    lacking = {condition.name: _lacking(condition, known) for condition in unit.eligibility.any_of}
    by = tuple(name for name, missing in lacking.items() if not missing)
    certifiable = certifiability(known.levels)
    verdict = (
        Bilingual("inscription à la certification : possible", "registration for the certification: possible")
        if by
        else Bilingual(
            "inscription à la certification : pas encore", "registration for the certification: not yet"
        )
    )
    return Eligibility(
        met=bool(by),
        by=by,
        missing=() if by else tuple(one for missing in lacking.values() for one in missing),
        certifiable=certifiable,
        counting=usable[-1],
        explanation=(
            verdict,
            *(_explained(condition, known) for condition in unit.eligibility.any_of),
            certifiability_explained(certifiable),
            *(() if by else waiting),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What conditions are read in: `levels` in one profile, `pix` in the latest; `told`: by Pix's API, total only."""

    levels: Profile
    pix: Profile
    told: bool = False


def _tells(sending: Sending) -> bool:
    """Whether a sending says, and not by declaring it, something that conditions read: not a share alone."""
    profile = sending.profile
    if sending.evidence is Evidence.CONFIRMED:
        return profile.total is not None
    only_share = profile.mastery is not None and profile == Profile(mastery=profile.mastery)
    return sending.evidence.is_verified and not only_share


def _known(latest: Sending, verified: Sequence[Sending]) -> _Known:
    """Levels are those of the latest verified profile, unless Pix tells later a total below what they are worth."""
    if latest.evidence.is_verified:
        return _Known(levels=latest.profile, pix=latest.profile)
    before = verified[-1].profile if verified else Profile()
    stand = before.least_pix <= (latest.profile.total or 0)
    return _Known(levels=before if stand else Profile(), pix=Profile(total=latest.profile.total), told=True)


def _waiting(sending: Sending, timezone: str) -> Bilingual:
    told = sending_confirmed(sending, timezone)
    return Bilingual(
        f"{told.fr} ; pour l’inscription, il faut encore l’export de Pix",
        f"{told.en}; registration still needs Pix’s export",
    )


def _lacking(condition: Condition, known: _Known) -> tuple[Missing, ...]:
    if isinstance(condition, LevelAtLeastEverywhere):
        levels = {code: known.levels.level_of(code) for code in COMPETENCES}
        return tuple(
            MissingLevel(condition=condition.name, competence=code, level=level, needed=condition.level)
            for code, level in levels.items()
            if level is None or level < condition.level
        )
    if known.pix.sure_pix > condition.pix:
        return ()
    return (MissingPix(condition=condition.name, total=known.pix.whole_pix, above=condition.pix),)


def _explained(condition: Condition, known: _Known) -> Bilingual:
    lacking = _lacking(condition, known)
    if isinstance(condition, LevelAtLeastEverywhere):
        levels = [one for one in lacking if isinstance(one, MissingLevel)]
        if known.told and known.levels == Profile():
            return Bilingual(
                f"niveau {condition.level} ou plus dans les 16 compétences : on ne sait pas (les niveaux attendent "
                "l’export de Pix)",
                f"level {condition.level} or more in the 16 competences: not known (the levels wait for Pix’s export)",
            )
        return _levels_explained(condition, levels)
    total = known.pix.whole_pix
    if known.told:
        told = Bilingual(f"{total} pix, confirmés par Pix", f"{total} pix, confirmed by Pix")
    elif total is not None:
        told = Bilingual(f"{total} pix", f"{total} pix")
    else:
        told = Bilingual(
            f"total inconnu, au moins {known.pix.sure_pix} pix",
            f"total unknown, at least {known.pix.sure_pix} pix",
        )
    if not lacking:
        answer = Bilingual("oui", "yes")
    elif total is None:
        answer = Bilingual("on ne sait pas", "not known")
    else:
        answer = Bilingual("non", "no")
    return Bilingual(
        f"plus de {condition.pix} pix : {answer.fr} ({told.fr})",
        f"more than {condition.pix} pix: {answer.en} ({told.en})",
    )


def _levels_explained(condition: LevelAtLeastEverywhere, lacking: Sequence[MissingLevel]) -> Bilingual:
    if not lacking:
        return Bilingual(
            f"niveau {condition.level} ou plus dans les 16 compétences : oui",
            f"level {condition.level} or more in the 16 competences: yes",
        )
    parts = joined(
        [
            Bilingual(f"{one.competence} inconnu", f"{one.competence} unknown")
            if one.level is None
            else Bilingual(
                f"{one.competence} au niveau {one.level}", f"{one.competence} at level {one.level}"
            )
            for one in lacking
        ],
        ", ",
    )
    return Bilingual(
        f"niveau {condition.level} ou plus dans les 16 compétences : non ({parts.fr})",
        f"level {condition.level} or more in the 16 competences: no ({parts.en})",
    )
