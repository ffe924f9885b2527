"""What a component becomes in a course: title, text, icon, column, dates and what its launches bring back. Pure."""

from __future__ import annotations

from grading.competences import COMPETENCES
from grading.rules import Component, Unit
from grading.text import Bilingual
from lti.deep_linking import ActivityOffer, ColumnOffer

HISTORY = "context_history"
"""The custom parameter in which a platform names the courses a course was copied from, parent first."""


def activity_offer(unit: Unit, key: str, *, public_url: str, with_column: bool) -> ActivityOffer:
    """The activity of a component, or of the catch-up, in the unit's language.

    Its resource id and tag are those under which the worker would make a column itself (`seek_column`).
    """
    component = unit.find_component(key)
    title = component.title if component else unit.catch_up.title
    name = title.in_(unit.language)
    column = ColumnOffer(label=name, resource_id=f"{unit.code}:{unit.academic_year}:{key}", tag=key)
    return ActivityOffer(
        url=f"{public_url}/lti/launch",
        title=name if "pix" in name.lower() else f"{name} (Pix)",
        text=offer_text(component).in_(unit.language),
        icon_url=f"{public_url}/static/icon.svg",
        custom={
            "unit": unit.code,
            "component": key,
            "academic_year": unit.academic_year,
            HISTORY: "$Context.id.history",
        },
        column=column if with_column else None,
        opens_at=component.opens_at if component else None,
        closes_at=component.closes_at if component else None,
    )


def offer_text(component: Component | None) -> Bilingual:
    """What an activity is for, in one paragraph; no dates, since the platform would keep them when they move."""
    if component is None:
        return Bilingual(
            "Seconde session : la note est celle de la certification Pix. Tout est expliqué dans l’activité.",
            "Second session: the mark is that of the Pix certification. Everything is explained in the activity.",
        )
    if len(component.competences) == len(COMPETENCES):
        asked = Bilingual(
            f"les {len(COMPETENCES)} compétences de Pix", f"all {len(COMPETENCES)} competences of Pix"
        )
    else:
        codes = ", ".join(component.competences)
        asked = Bilingual(f"compétences {codes} de Pix", f"competences {codes} of Pix")
    return Bilingual(
        f"Envoyez ici votre profil Pix ({asked.fr}). La date limite, votre note et son calcul sont dans l’activité.",
        f"Hand in your Pix profile here ({asked.en}). The deadline, your mark and how it was computed are in the "
        "activity.",
    )
