"""Writes profiles collections as Pix Orga does, cell rule included, for the tests of the reader."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from grading.competences import COMPETENCES

BOM = b"\xef\xbb\xbf"
IDENTITY = [
    "Nom de l'organisation",
    "ID Campagne",
    "Code",
    "Nom de la campagne",
    "Nom du Participant",
    "Prénom du Participant",
    "Groupe",
    "Numéro Étudiant",
    "Code de suivi Moodle",
]
RESULT = [
    "Envoi (O/N)",
    "Date et heure de l'envoi (Europe/Paris)",
    "Nombre de pix total",
    "Certifiable (O/N)",
    "Nombre de compétences certifiables",
]
COMPETENCE_COLUMNS = [
    f"{measure} pour la compétence {competence.name.fr}"
    for competence in COMPETENCES.values()
    for measure in ("Niveau", "Nombre de pix")
]
HEADER = IDENTITY + RESULT + COMPETENCE_COLUMNS


def cell(value: object) -> str:
    """Write one cell by Pix's rule: numbers and digits bare, other texts quoted, formulas behind a quote."""
    text = "" if value is None else str(value)
    if re.fullmatch(r"[0-9-]+", text):
        return text
    protected = f"'{text}" if text[:1] in {"-", "@", "=", "+"} else text
    return '"' + protected.replace('"', '""') + '"'


def sending(
    *,
    last: str = "Bélanger-Noël",
    first: str = "Chloé",
    number: str | None = "99200017",
    external_id: str | None = "99200017-4K7Q",
    at: str = "14/11/2026 18:42",
    pix: Sequence[int] | int = 24,
    sent: bool = True,
    code: str = "KTRBWX482",
    changed: Mapping[str, object] | None = None,
) -> list[object]:
    """Return the cells of one participation; `changed` replaces cells by their header, after all the rest."""
    values = [pix] * 16 if isinstance(pix, int) else list(pix)
    who: list[object] = [
        "Université de Valbrume",
        512345,
        code,
        "PIX-L1",
        last,
        first,
        "G1",
        number,
        external_id,
    ]
    levels = [value // 8 for value in values]
    counted = sum(level >= 1 for level in levels)
    if sent:
        result: list[object] = ["Oui", at, sum(values), "Oui" if counted >= 5 else "Non", counted]
        result += [number for pair in zip(levels, values, strict=True) for number in pair]
    else:
        result = ["Non", *["NA"] * 36]
    line = who + result
    for header, value in (changed or {}).items():
        line[HEADER.index(header)] = value
    return line


def export(*lines: Sequence[object], header: Sequence[str] = HEADER, end: str = "\n") -> bytes:
    """Return the bytes of a file holding these lines of cells."""
    written = [";".join(f'"{title}"' for title in header), *(";".join(map(cell, line)) for line in lines)]
    return BOM + "".join(line + end for line in written).encode()


def column(title: str) -> int:
    """Return where a column stands."""
    return HEADER.index(title)
