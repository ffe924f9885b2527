"""Writes profiles collections as Pix Orga exports them, for the demo's own campaigns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from grading.competences import COMPETENCES, PIX_PER_LEVEL

_BOM = "\ufeff"
_IDENTITY = (
    "Nom de l'organisation",
    "ID Campagne",
    "Code",
    "Nom de la campagne",
    "Nom du Participant",
    "Prénom du Participant",
    "Groupe",
    "Numéro Étudiant",
)
_RESULT = (
    "Envoi (O/N)",
    "Date et heure de l'envoi (Europe/Paris)",
    "Nombre de pix total",
    "Certifiable (O/N)",
    "Nombre de compétences certifiables",
)
_LEAST_CERTIFIABLE = 5


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A Pix campaign: its number, its code, its name, and the label of the external identifier if it asks for one."""

    number: int
    code: str
    name: str
    label: str | None = None


@dataclass(frozen=True, kw_only=True)
class Participation:
    """One line: somebody as Pix knows them, and what they sent (`at` is Paris time, without zone; None: nothing).

    `external_id` is what the campaign's link carried, or what was typed instead.
    """

    family: str
    given: str
    number: str = ""
    external_id: str = ""
    at: datetime | None = None
    pix: Mapping[str, int]


def write_export(campaign: Campaign, participations: Sequence[Participation]) -> bytes:
    """The file Pix Orga would give: UTF-8 with its mark, semicolons, one line a participation."""
    titles = [
        f"{measure} pour la compétence {competence.name.fr}"
        for competence in COMPETENCES.values()
        for measure in ("Niveau", "Nombre de pix")
    ]
    asked = (campaign.label,) if campaign.label else ()
    lines: list[Sequence[object]] = [(*_IDENTITY, *asked, *_RESULT, *titles)]
    lines += [_cells(campaign, each) for each in participations]
    return (_BOM + "".join(";".join(map(_cell, line)) + "\n" for line in lines)).encode()


def _cells(campaign: Campaign, one: Participation) -> tuple[object, ...]:
    who = (
        "Université de Valbrume",
        campaign.number,
        campaign.code,
        campaign.name,
        one.family,
        one.given,
        "L1",
        one.number,
        *((one.external_id,) if campaign.label else ()),
    )
    if one.at is None:
        return (*who, "Non", *["NA"] * (len(_RESULT) - 1 + 2 * len(COMPETENCES)))
    pix = [one.pix.get(code, 0) for code in COMPETENCES]
    levels = [each // PIX_PER_LEVEL for each in pix]
    certifiable = sum(level >= 1 for level in levels)
    return (
        *who,
        "Oui",
        f"{one.at:%d/%m/%Y %H:%M}",
        sum(pix),
        "Oui" if certifiable >= _LEAST_CERTIFIABLE else "Non",
        certifiable,
        *(value for pair in zip(levels, pix, strict=True) for value in pair),
    )


def _cell(value: object) -> str:
    text = str(value)
    if re.fullmatch(r"[0-9-]+", text):
        return text
    protected = f"'{text}" if text[:1] in {"-", "@", "=", "+"} else text
    return '"' + protected.replace('"', '""') + '"'
