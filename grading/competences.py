"""Pix's referential: five areas, sixteen competences, with their exact French names and Pix ids.

English names are ordinary translations, for the screen only: never read a file with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from grading.text import Bilingual

PIX_PER_LEVEL = 8
"""Pix that make a level (Pix source, `PIX_COUNT_BY_LEVEL`)."""

HIGHEST_LEVEL = 8
"""Levels are named 1 to 8 (faculty's page); which of them can be reached today is a ceiling, dated."""

CERTIFIABLE_COMPETENCES = 5
"""Competences Pix asks for before it lets somebody sit the certification (Pix source, `PlacementProfile`)."""

CERTIFIABLE_LEVEL = 1
"""Level from which one competence counts towards that number (Pix source, `UserCompetence`)."""


@dataclass(frozen=True, kw_only=True)
class Area:
    """One of the five areas; `code` is "1" to "5", `id` is Pix's own."""

    code: str
    id: str
    name: Bilingual


@dataclass(frozen=True, kw_only=True)
class Competence:
    """One of the sixteen competences; `code` is "1.1" to "5.2", `id` is Pix's own.

    The French name is spelled as in Pix data, typographic apostrophe (U+2019) included.
    """

    code: str
    id: str
    area_code: str
    name: Bilingual


def _areas(*rows: tuple[str, str, str, str]) -> Mapping[str, Area]:
    return MappingProxyType({c: Area(code=c, id=i, name=Bilingual(fr, en)) for c, i, fr, en in rows})


def _competences(*rows: tuple[str, str, str, str]) -> Mapping[str, Competence]:
    return MappingProxyType(
        {
            code: Competence(code=code, id=pix_id, area_code=code.split(".")[0], name=Bilingual(fr, en))
            for code, pix_id, fr, en in rows
        }
    )


AREAS: Mapping[str, Area] = _areas(
    ("1", "recvoGdo7z2z7pXWa", "Information et données", "Information and data"),
    ("2", "recoB4JYOBS1PCxhh", "Communication et collaboration", "Communication and collaboration"),
    ("3", "recs7Gpf90ln8NCv7", "Création de contenu", "Content creation"),
    ("4", "recUcSnS2lsOhFIeE", "Protection et sécurité", "Protection and security"),
    ("5", "recnrCmBiPXGbgIyQ", "Environnement numérique", "Digital environment"),
)
"""The five areas by code, in Pix's order."""

COMPETENCES: Mapping[str, Competence] = _competences(
    (
        "1.1",
        "recsvLz0W2ShyfD63",
        "Mener une recherche et une veille d’information",
        "Search and monitor information",
    ),
    ("1.2", "recIkYm646lrGvLNT", "Gérer des données", "Manage data"),
    ("1.3", "recNv8qhaY887jQb2", "Traiter des données", "Process data"),
    ("2.1", "recDH19F7kKrfL3Ii", "Interagir", "Interact"),
    ("2.2", "recgxqQfz3BqEbtzh", "Partager et publier", "Share and publish"),
    ("2.3", "recMiZPNl7V1hyE1d", "Collaborer", "Collaborate"),
    ("2.4", "recFpYXCKcyhLI3Nu", "S’insérer dans le monde numérique", "Fit into the digital world"),
    ("3.1", "recOdC9UDVJbAXHAm", "Développer des documents textuels", "Create text documents"),
    ("3.2", "recbDTF8KwupqkeZ6", "Développer des documents multimedia", "Create multimedia documents"),
    (
        "3.3",
        "recHmIWG6D0huq6Kx",
        "Adapter les documents à leur finalité",
        "Adapt documents to their purpose",
    ),
    ("3.4", "rece6jYwH4WEw549z", "Programmer", "Program"),
    ("4.1", "rec6rHqas39zvLZep", "Sécuriser l’environnement numérique", "Secure the digital environment"),
    (
        "4.2",
        "recofJCxg0NqTqTdP",
        "Protéger les données personnelles et la vie privée",
        "Protect personal data and privacy",
    ),
    (
        "4.3",
        "recfr0ax8XrfvJ3ER",
        "Protéger la santé, le bien-être et l’environnement",
        "Protect health, well-being and the environment",
    ),
    ("5.1", "recIhdrmCuEmCDAzj", "Résoudre des problèmes techniques", "Solve technical problems"),
    ("5.2", "recudHE5Omrr10qrx", "Construire un environnement numérique", "Build a digital environment"),
)
"""The sixteen competences by code, in Pix's order (1.1 to 5.2)."""
