"""The form on which a student declares levels, pix or a total: its fields, and what was typed turned into a profile.

Every problem is reported at once, each beside its field; nothing that was not asked for is taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from grading.ceiling import Ceiling
from grading.competences import COMPETENCES, PIX_PER_LEVEL
from grading.profile import Profile
from grading.text import Bilingual

_MEASURES: Mapping[str, Literal["level", "pix"] | None] = {
    "level_mean": "level",
    "pix_mean": "pix",
    "pix_total": None,
}
_ASKED = re.compile(r"(level|pix|total)(_.*)?", re.DOTALL)
_WHOLE = re.compile(r"[0-9]{1,6}", re.ASCII)
_NEGATIVE = re.compile(r"[-−][0-9]+([.,][0-9]+)?", re.ASCII)
_DECIMAL = re.compile(r"\+?[0-9]+[.,][0-9]+", re.ASCII)


class ShareProblem(StrEnum):
    """Every kind of problem of a field of the form."""

    BLANK = "blank"
    NEGATIVE = "negative"
    DECIMAL = "decimal"
    NOT_A_NUMBER = "not_a_number"
    ABOVE_CEILING = "above_ceiling"
    TOTAL_TOO_SMALL = "total_too_small"
    ALTERED = "altered"


@dataclass(frozen=True, kw_only=True)
class ShareField:
    """One field of the form, in the page's order.

    `measure` is what is typed; `competence` is its code (`None` for the total); `label` names it on screen.
    """

    name: str
    measure: Literal["level", "pix", "total"]
    competence: str | None
    label: Bilingual

    def highest(self, ceiling: Ceiling) -> int:
        """Return the highest value that Pix lets anybody reach in this field."""
        if self.measure == "total":
            return ceiling.profile_pix
        return ceiling.level if self.measure == "level" else ceiling.level * PIX_PER_LEVEL


@dataclass(frozen=True, kw_only=True)
class FieldProblem:
    """What is wrong with one field, and how to mend it. `field` is the name of the form's field."""

    field: str
    code: ShareProblem
    message: Bilingual


class ShareRefused(Exception):
    """What was typed cannot be taken; `problems` holds every reason, in the page's order. Nothing was recorded."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        """Keep every problem found."""
        super().__init__("; ".join(f"{problem.field}: {problem.message.en}" for problem in problems))
        self.problems = tuple(problems)


def share_fields(competences: Sequence[str], basis: str) -> tuple[ShareField, ...]:
    """Return the fields of a component's form, in order: its competences as the scale measures them, then the total.

    `basis` is `level_mean` (levels), `pix_mean` (pix) or `pix_total` (the total alone). Raises `ValueError` for
    another basis, and `KeyError` for an unknown competence.
    """
    if basis not in _MEASURES:
        raise ValueError(f"nothing is declared on the form for the basis {basis!r}")
    measure = _MEASURES[basis]
    if unknown := set(competences) - COMPETENCES.keys():
        raise KeyError(*sorted(unknown))
    asked = (
        [_competence_field(code, measure) for code in COMPETENCES if code in competences] if measure else []
    )
    total = Bilingual("Nombre de pix total", "Total pix")
    return (*asked, ShareField(name="total", measure="total", competence=None, label=total))


def _competence_field(code: str, measure: Literal["level", "pix"]) -> ShareField:
    name = COMPETENCES[code].name
    noun = Bilingual("niveau", "level") if measure == "level" else Bilingual("pix", "pix")
    return ShareField(
        name=f"{measure}_{code.replace('.', '_')}",
        measure=measure,
        competence=code,
        label=Bilingual(f"{code} {name.fr} : {noun.fr}", f"{code} {name.en}: {noun.en}"),
    )


def read_share(
    values: Mapping[str, str],
    *,
    competences: Sequence[str],
    basis: str,
    ceiling: Ceiling,
    total_required: bool,
) -> Profile:
    """Turn what a student typed into a profile holding what the form asks for, and nothing else.

    Values are whole numbers in plain digits, from 0 to the ceiling; a blank is refused, since not started is 0 and
    has to be said. The total may be left blank unless `total_required` (or the scale is the total). Names other than
    `level_…`, `pix_…` and `total` (the page's own) are left alone; one of those that the form does not ask for means
    that the form was altered. Raises `ShareRefused` with every problem.
    """
    fields = share_fields(competences, basis)
    problems: list[FieldProblem] = []
    read: dict[str, dict[str, int]] = {"level": {}, "pix": {}, "total": {}}
    for field in fields:
        typed = values.get(field.name, "").strip()
        if field.measure == "total" and not typed and not total_required and basis != "pix_total":
            continue
        value = _read(field, typed, ceiling)
        if isinstance(value, FieldProblem):
            problems.append(value)
        else:
            read[field.measure][field.competence or "total"] = value
    problems += _altered(values, fields)
    profile = Profile(levels=read["level"], pix=read["pix"], total=read["total"].get("total"))
    problems += _impossible_total(profile)
    if problems:
        raise ShareRefused(problems)
    return profile


def _read(field: ShareField, typed: str, ceiling: Ceiling) -> int | FieldProblem:
    highest = field.highest(ceiling)
    asked_fr = f"écrivez un nombre entier de 0 à {highest}"
    asked_en = f"write a whole number from 0 to {highest}"
    if not typed:
        zero_fr = " (0 si vous n’avez pas commencé)" if field.competence else ""
        zero_en = " (0 if you have not started)" if field.competence else ""
        return _problem(
            field,
            ShareProblem.BLANK,
            f"rien n’est écrit ; {asked_fr}{zero_fr}",
            f"blank; {asked_en}{zero_en}",
        )
    if _NEGATIVE.fullmatch(typed):
        return _problem(
            field,
            ShareProblem.NEGATIVE,
            f"un nombre négatif est impossible ; {asked_fr}",
            f"a negative number is impossible; {asked_en}",
        )
    if _DECIMAL.fullmatch(typed):
        return _problem(
            field,
            ShareProblem.DECIMAL,
            f"pas de décimales ; {asked_fr}, tel que Pix l’affiche",
            f"no decimals; {asked_en}, as Pix shows it",
        )
    if not _WHOLE.fullmatch(typed):
        shown = typed if len(typed) <= 20 else f"{typed[:19]}…"
        return _problem(
            field,
            ShareProblem.NOT_A_NUMBER,
            f"« {shown} » n’est pas un nombre en chiffres ; {asked_fr}",
            f"“{shown}” is not a number in digits; {asked_en}",
        )
    if int(typed) > highest:
        return _problem(
            field,
            ShareProblem.ABOVE_CEILING,
            f"{int(typed)} dépasse le plus haut que Pix permette, {highest} ; {asked_fr}",
            f"{int(typed)} is above the highest that Pix allows, {highest}; {asked_en}",
        )
    return int(typed)


def _problem(field: ShareField, code: ShareProblem, fr: str, en: str) -> FieldProblem:
    message = Bilingual(f"{field.label.fr} : {fr}.", f"{field.label.en}: {en}.")
    return FieldProblem(field=field.name, code=code, message=message)


def _altered(values: Mapping[str, str], fields: Sequence[ShareField]) -> list[FieldProblem]:
    asked = {field.name for field in fields}
    return [
        FieldProblem(
            field=name[:40],
            code=ShareProblem.ALTERED,
            message=Bilingual(
                "Le formulaire a été modifié : il contient un champ que ce travail ne demande pas "
                f"({name[:40]}). Rechargez la page et recommencez.",
                f"The form was altered: it holds a field that this work does not ask for ({name[:40]}). "
                "Reload the page and start again.",
            ),
        )
        for name in values
        if name not in asked and _ASKED.fullmatch(name)
    ]


def _impossible_total(profile: Profile) -> list[FieldProblem]:
    least = sum(profile.pix.values()) + PIX_PER_LEVEL * sum(profile.levels.values())
    if profile.total is None or profile.total >= least:
        return []
    how_fr = "la somme des pix écrits plus haut" if profile.pix else "8 pix par niveau écrit plus haut"
    how_en = "the sum of the pix written above" if profile.pix else "8 pix for each level written above"
    return [
        FieldProblem(
            field="total",
            code=ShareProblem.TOTAL_TOO_SMALL,
            message=Bilingual(
                f"Nombre de pix total : {profile.total} est impossible, il vaut au moins {least} ({how_fr}). "
                "Relisez le total et les compétences sur votre profil Pix.",
                f"Total pix: {profile.total} is impossible, it is at least {least} ({how_en}). "
                "Check the total and the competences on your Pix profile.",
            ),
        )
    ]
