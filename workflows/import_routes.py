"""Which component receives the lines of a file: by its kind, its campaign's code, else the teacher's choice. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grading.rules import Basis, Unit
from grading.text import Bilingual
from pix.orga_columns import Kind


@dataclass(frozen=True, kw_only=True)
class Route:
    """Where lines go: `component` is the key of the component (or of the catch-up), None where nobody can tell yet.

    `why` says it to the teacher; `choices` are the components they may choose among, none where nothing can be chosen.
    """

    component: str | None
    why: Bilingual
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Campaigns:
    """The campaigns of a course, by code: `ours` to a component of this unit, `theirs` to another unit's name."""

    ours: Mapping[str, str]
    theirs: Mapping[str, str]


def route(
    unit: Unit, here: str, kind: Kind, code: str | None, campaigns: Campaigns, chosen: str | None
) -> Route:
    """Decide where the lines of one campaign go. `here` is the component of the activity the file came to.

    A sending counts only for the component whose campaign received it (rule 6): a code that the course knows decides,
    whatever was chosen.
    """
    if kind is Kind.CERTIFICATION:
        return _to_catch_up(unit)
    fitting = tuple(
        each.key for each in unit.components if (each.basis is Basis.MASTERY) == (kind is Kind.ASSESSMENT)
    )
    if not fitting:
        return _nowhere(kind)
    named = _named(code)
    if code is not None and code in campaigns.ours:
        known = campaigns.ours[code]
        title = unit.get_component(known).title
        if known in fitting:
            return Route(
                component=known,
                why=Bilingual(
                    f"campagne {named.fr}, celle de « {title.fr} »",
                    f"campaign {named.en}, that of “{title.en}”",
                ),
            )
        return _misfit(kind, named, title)
    if code is not None and code in campaigns.theirs:
        other = campaigns.theirs[code]
        return Route(
            component=None,
            why=Bilingual(
                f"La campagne {named.fr} est celle d’une autre unité de ce cours ({other}) : importez ce fichier "
                "depuis une activité de cette unité.",
                f"The campaign {named.en} is that of another unit of this course ({other}): import this file from an "
                "activity of that unit.",
            ),
        )
    return _unknown(unit, here, named, fitting, chosen)


def _unknown(unit: Unit, here: str, named: Bilingual, fitting: tuple[str, ...], chosen: str | None) -> Route:
    if chosen in fitting:
        title = unit.get_component(chosen).title
        why = Bilingual(
            f"campagne {named.fr}, inconnue : « {title.fr} », comme vous l’avez choisi",
            f"campaign {named.en}, unknown: “{title.en}”, as you chose",
        )
        return Route(component=chosen, why=why, choices=fitting)
    if here in fitting:
        title = unit.get_component(here).title
        why = Bilingual(
            f"campagne {named.fr}, inconnue : « {title.fr} », l’épreuve de l’activité d’où le fichier est importé",
            f"campaign {named.en}, unknown: “{title.en}”, the component of the activity the file is imported from",
        )
        return Route(component=here, why=why, choices=fitting)
    return Route(
        component=None,
        why=Bilingual(
            f"La campagne {named.fr} n’est pas connue de ce cours : choisissez l’épreuve qui a reçu ces envois.",
            f"The campaign {named.en} is not known in this course: choose the component that received these sendings.",
        ),
        choices=fitting,
    )


def _to_catch_up(unit: Unit) -> Route:
    title = unit.catch_up.title
    return Route(
        component=unit.catch_up.key,
        why=Bilingual(
            f"résultats de certification : « {title.fr} »", f"results of a certification: “{title.en}”"
        ),
    )


def _nowhere(kind: Kind) -> Route:
    if kind is Kind.ASSESSMENT:
        why = Bilingual(
            "C’est l’export d’une campagne d’évaluation, et aucune épreuve de cette unité n’est notée sur la part "
            "d’acquis maîtrisés. Déposez l’export d’une collecte de profils ; ou demandez que l’épreuve ait "
            'basis = "mastery" dans le fichier de l’unité.',
            "This is the export of an assessment campaign, and no component of this unit is marked on the share of "
            'acquired items. Drop the export of a profiles collection; or ask for basis = "mastery" in the unit\'s '
            "file.",
        )
    else:
        why = Bilingual(
            "C’est l’export d’une collecte de profils, et toutes les épreuves de cette unité sont notées sur des "
            "campagnes d’évaluation : déposez l’export de celles-ci.",
            "This is the export of a profiles collection, and every component of this unit is marked on assessment "
            "campaigns: drop their exports.",
        )
    return Route(component=None, why=why)


def _misfit(kind: Kind, named: Bilingual, title: Bilingual) -> Route:
    if kind is Kind.ASSESSMENT:
        why = Bilingual(
            f"La campagne {named.fr} est celle de « {title.fr} », notée sur des profils : un export d’évaluation n’y "
            'donne ni niveaux ni pix. Créez une collecte de profils, ou demandez basis = "mastery" dans le fichier '
            "de l’unité.",
            f"The campaign {named.en} is that of “{title.en}”, marked on profiles: an assessment's export gives "
            'neither levels nor pix. Make a profiles collection, or ask for basis = "mastery" in the unit\'s file.',
        )
    else:
        why = Bilingual(
            f"La campagne {named.fr} est celle de « {title.fr} », notée sur la part d’acquis maîtrisés : une collecte "
            "de profils ne la donne pas. Donnez à l’épreuve le code d’une campagne d’évaluation.",
            f"The campaign {named.en} is that of “{title.en}”, marked on the share of acquired items, which a "
            "profiles collection does not give. Give the component the code of an assessment campaign.",
        )
    return Route(component=None, why=why)


def _named(code: str | None) -> Bilingual:
    return Bilingual(code, code) if code else Bilingual("(sans code)", "(no code)")
