"""Pix's own condition to sit the certification, shown beside the unit's: it decides nothing here."""

from __future__ import annotations

from dataclasses import dataclass

from grading.competences import CERTIFIABLE_COMPETENCES, CERTIFIABLE_LEVEL, COMPETENCES
from grading.profile import Profile
from grading.text import Bilingual


@dataclass(frozen=True, kw_only=True)
class Certifiability:
    """Pix's own condition to sit the certification, shown beside the unit's.

    `met` is `None` when what is known does not settle it; `competences` is how many are known to count.
    """

    met: bool | None
    competences: int


def certifiability(profile: Profile) -> Certifiability:
    """Return Pix's own condition: five competences at level 1 or more."""
    levels = [profile.level_of(code) for code in COMPETENCES]
    sure = sum(1 for level in levels if level is not None and level >= CERTIFIABLE_LEVEL)
    if sure >= CERTIFIABLE_COMPETENCES:
        return Certifiability(met=True, competences=sure)
    possible = sure + levels.count(None)
    return Certifiability(met=None if possible >= CERTIFIABLE_COMPETENCES else False, competences=sure)


def certifiability_explained(certifiable: Certifiability) -> Bilingual:
    """Say whether Pix would let the person sit it."""
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
