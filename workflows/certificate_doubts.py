"""Why a certificate waits for a teacher, and what it counts for: pure decisions, each with its words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from grading.catch_up import REASONS, SecondReason, obstacle_of
from grading.certification import CertificationResult
from grading.requirement import requirement_met
from grading.rules import Requires, Unit
from grading.text import Bilingual
from pix.certificate_owner import NameVerdict


class Doubt(StrEnum):
    """Why a certificate waits (closed set): whose it is, then what it may count for."""

    NAME_DIFFERS = "name_differs"
    NAME_SHARED = "name_shared"
    NAME_UNKNOWN = "name_unknown"
    ANOTHERS_IN_FILE = "anothers_in_file"
    OTHER_TYPE = "other_type"
    OUTSIDE_WINDOW = "outside_window"
    OTHER_SESSION = "other_session"
    NO_SCORE = "no_score"
    SERVES_ANOTHER = "serves_another"
    """Not a doubt but a refusal at once: Pix was not asked."""


SENTENCES: Mapping[Doubt, Bilingual] = {
    Doubt.NAME_DIFFERS: Bilingual(
        "le nom du certificat n’est pas exactement celui que donne la plateforme",
        "the name on the certificate is not exactly the one the platform gives",
    ),
    Doubt.NAME_SHARED: Bilingual(
        "une autre personne du cours porte le même nom", "somebody else of the course has the same name"
    ),
    Doubt.NAME_UNKNOWN: Bilingual(
        "la plateforme ne donne pas le nom de l’étudiant", "the platform does not give the student's name"
    ),
    Doubt.ANOTHERS_IN_FILE: Bilingual(
        "un fichier de session attribue cette certification à une autre personne",
        "a session's file gives this certification to somebody else",
    ),
    Doubt.OTHER_TYPE: Bilingual(
        "ce n’est pas le type de certification du rattrapage",
        "it is not the catch-up's type of certification",
    ),
    Doubt.OUTSIDE_WINDOW: Bilingual(
        "la certification est hors de la période du rattrapage",
        "the certification is outside the catch-up's window",
    ),
    Doubt.OTHER_SESSION: Bilingual(
        "la session ou le centre n’est pas établi parmi ceux de l’unité",
        "the session or centre is not established as one of the unit's",
    ),
    Doubt.NO_SCORE: Bilingual("ce certificat n’a pas de score", "this certificate has no score"),
    Doubt.SERVES_ANOTHER: Bilingual(
        "ce certificat sert déjà à une autre personne", "this certificate already serves somebody else"
    ),
}

_OF_NAMES = {
    NameVerdict.DIFFERENT: Doubt.NAME_DIFFERS,
    NameVerdict.SHARED: Doubt.NAME_SHARED,
    NameVerdict.UNKNOWN: Doubt.NAME_UNKNOWN,
}
_OF_RULES = {
    SecondReason.OTHER_TYPE: Doubt.OTHER_TYPE,
    SecondReason.OUTSIDE_WINDOW: Doubt.OUTSIDE_WINDOW,
    SecondReason.OTHER_SESSION: Doubt.OTHER_SESSION,
    SecondReason.NO_CERTIFICATION: Doubt.NO_SCORE,
}
ABOUT_THE_NAME = frozenset({Doubt.NAME_DIFFERS, Doubt.NAME_UNKNOWN})
"""Doubts for which whoever decides must see the name on the certificate."""


def doubts_about(
    result: CertificationResult, unit: Unit, *, name: NameVerdict, in_file_of_another: bool
) -> tuple[Doubt, ...]:
    """Every reason why a certificate is not taken at once: none, and it is its giver's and counts as rule 13 says."""
    doubts = [_OF_NAMES[name]] if name in _OF_NAMES else []
    if in_file_of_another:
        doubts.append(Doubt.ANOTHERS_IN_FILE)
    obstacle = obstacle_of(unit.catch_up, result)
    if obstacle is not None:
        doubts.append(_OF_RULES[obstacle])
    return tuple(doubts)


def counts_for(unit: Unit, result: CertificationResult) -> Bilingual:
    """What a certificate counts for once it is accepted: the catch-up, programmes' requirements, or neither."""
    obstacle = obstacle_of(unit.catch_up, result)
    met = [
        each.programme
        for each in unit.requirements
        if each.requires is Requires.CERTIFICATION and requirement_met(each, [result], unit_completed=False)
    ]
    parts = [Bilingual("le rattrapage", "the catch-up")] if obstacle is None else []
    if met:
        named = ", ".join(met)
        parts.append(
            Bilingual(f"l’exigence de certification ({named})", f"the certification required ({named})")
        )
    why = None if obstacle is None else _why(obstacle)
    if not parts and why is not None:
        return Bilingual(
            f"Il ne compte pour rien dans cette unité : {why.fr}.",
            f"It counts for nothing in this unit: {why.en}.",
        )
    said = Bilingual(
        f"Il est pris en compte pour {' et pour '.join(each.fr for each in parts)}",
        f"It is taken into account for {' and for '.join(each.en for each in parts)}",
    )
    if why is None:
        return Bilingual(f"{said.fr}.", f"{said.en}.")
    return Bilingual(
        f"{said.fr}, pas pour le rattrapage : {why.fr}.", f"{said.en}, not for the catch-up: {why.en}."
    )


def _why(obstacle: SecondReason) -> Bilingual:
    return SENTENCES[_OF_RULES[obstacle]] if obstacle in _OF_RULES else REASONS[obstacle]


def reasons_in_words(doubts: Iterable[str]) -> tuple[Bilingual, ...]:
    """The doubts of a kept certificate, in words; a word of another release is passed over."""
    known = {each.value: each for each in Doubt}
    return tuple(SENTENCES[known[each]] for each in doubts if each in known)
