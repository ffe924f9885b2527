"""Who may be registered for the certification, and what is missing where (F; rules 6, 7 and 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from grading.competences import CERTIFIABLE_COMPETENCES, CERTIFIABLE_LEVEL, COMPETENCES
from grading.counting import sent_to
from grading.profile import Profile, Sending
from grading.rules import Condition, LevelAtLeastEverywhere, Unit
from grading.text import Bilingual, joined
from grading.window import in_time


@dataclass(frozen=True, kw_only=True)
class MissingSending:
    """No verified sending of this component came in time."""

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
class Certifiability:
    """Pix's own condition to sit the certification, shown beside the unit's.

    `met` is `None` when what is known does not settle it; `competences` is how many are known to count.
    """

    met: bool | None
    competences: int


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
    """Return the eligibility from the latest verified sending, in time, of the component the unit names.

    `deadline` is the person's own one for that component. Pix are never inferred from levels.
    """
    component = unit.get_component(unit.eligibility.component)
    usable = [
        sending
        for sending in sent_to(component.key, sendings)
        if sending.evidence.is_verified and in_time(component, sending.at, deadline)
    ]
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
            explanation=(none_yet,),
        )
    profile = usable[-1].profile
    lacking = {condition.name: _lacking(condition, profile) for condition in unit.eligibility.any_of}
    by = tuple(name for name, missing in lacking.items() if not missing)
    certifiable = certifiability(profile)
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
            *(_explained(condition, profile) for condition in unit.eligibility.any_of),
            _certifiability_explained(certifiable),
        ),
    )


def certifiability(profile: Profile) -> Certifiability:
    """Return Pix's own condition: five competences at level 1 or more."""
    levels = [profile.level_of(code) for code in COMPETENCES]
    sure = sum(1 for level in levels if level is not None and level >= CERTIFIABLE_LEVEL)
    if sure >= CERTIFIABLE_COMPETENCES:
        return Certifiability(met=True, competences=sure)
    possible = sure + levels.count(None)
    return Certifiability(met=None if possible >= CERTIFIABLE_COMPETENCES else False, competences=sure)


def _lacking(condition: Condition, profile: Profile) -> tuple[Missing, ...]:
    if isinstance(condition, LevelAtLeastEverywhere):
        levels = {code: profile.level_of(code) for code in COMPETENCES}
        return tuple(
            MissingLevel(condition=condition.name, competence=code, level=level, needed=condition.level)
            for code, level in levels.items()
            if level is None or level < condition.level
        )
    if profile.sure_pix > condition.pix:
        return ()
    return (MissingPix(condition=condition.name, total=profile.whole_pix, above=condition.pix),)


def _explained(condition: Condition, profile: Profile) -> Bilingual:
    lacking = _lacking(condition, profile)
    if isinstance(condition, LevelAtLeastEverywhere):
        levels = [one for one in lacking if isinstance(one, MissingLevel)]
        return _levels_explained(condition, levels)
    known = profile.whole_pix
    if known is not None:
        told = Bilingual(f"{known} pix", f"{known} pix")
    else:
        told = Bilingual(
            f"total inconnu, au moins {profile.sure_pix} pix",
            f"total unknown, at least {profile.sure_pix} pix",
        )
    if not lacking:
        answer = Bilingual("oui", "yes")
    elif known is None:
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


def _certifiability_explained(certifiable: Certifiability) -> Bilingual:
    answers = {
        True: Bilingual("oui", "yes"),
        False: Bilingual("non", "no"),
        None: Bilingual("on ne sait pas", "not known"),
    }
    answer = answers[certifiable.met]
    return Bilingual(
        f"certifiable selon Pix ({CERTIFIABLE_COMPETENCES} compétences au niveau {CERTIFIABLE_LEVEL} ou plus) : "
        f"{answer.fr} ({certifiable.competences})",
        f"certifiable according to Pix ({CERTIFIABLE_COMPETENCES} competences at level {CERTIFIABLE_LEVEL} or more): "
        f"{answer.en} ({certifiable.competences})",
    )
