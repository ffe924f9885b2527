"""The columns of the sixteen competences in a profiles collection: which competence each is of, and what it measures.

A competence is known by its French name, whatever happened to its signs on the way; else by its rank, where every
column stands as Pix puts them. No file is read by English names, which nobody vouches for: they only tell of columns
that were moved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grading.competences import COMPETENCES
from grading.text import Bilingual
from pix.folding import fold
from pix.problem import Problem, ProblemCode

LEVEL = "Niveau pour la compétence "
PIX = "Nombre de pix pour la compétence "
_PREFIXES = {
    "level": (fold(LEVEL) + " ", fold("Level reached in the competence ") + " "),
    "pix": (fold(PIX) + " ", fold("Pix score for the competence ") + " "),
}
_SIGNS = re.compile(r"[\W_]+")


def _bare(name: str) -> str:
    """A name without its spaces and signs: ``d’information`` comes back as ``d?information`` from some encodings."""
    return _SIGNS.sub("", fold(name))


_BY_FRENCH = {_bare(competence.name.fr): code for code, competence in COMPETENCES.items()}
_BY_ANY_NAME = {_bare(competence.name.en): code for code, competence in COMPETENCES.items()} | _BY_FRENCH


@dataclass(frozen=True, kw_only=True)
class _Named:
    """One such column: where it stands, what it measures, and the name of its competence as it is compared."""

    place: int
    measure: str
    name: str


def code_of_name(name: str) -> str | None:
    """Return the competence that bears this French name."""
    return _BY_FRENCH.get(_bare(name))


def competence_column(key: str) -> tuple[str, str] | None:
    """Split a folded header into what it measures (`level` or `pix`) and the competence's folded name."""
    for measure, prefixes in _PREFIXES.items():
        for prefix in prefixes:
            if key.startswith(prefix):
                return measure, key.removeprefix(prefix)
    return None


def name_competences(
    header: Sequence[str], folded: Sequence[str], places: Sequence[int], *, by_rank: bool
) -> tuple[dict[str, int], dict[str, int], list[Problem]]:
    """Return where the level and the pix of each competence stand, and a problem for each that cannot be told.

    `by_rank` where the columns of the file stand in Pix's order, so that a rank says something.
    """
    columns = [_named(place, folded[place]) for place in places]
    unknown = [column for column in columns if column.name not in _BY_FRENCH]
    if unknown and by_rank and (ranks := _ranks(columns)):
        return *_placed(columns, lambda column: ranks[column.place]), []
    known = [column for column in columns if column.name in _BY_FRENCH]
    problems = [_unknown_competence(header[column.place], column.place + 1) for column in unknown]
    return *_placed(known, lambda column: _BY_FRENCH[column.name]), problems


def _placed(
    columns: Sequence[_Named], code: Callable[[_Named], str]
) -> tuple[dict[str, int], dict[str, int]]:
    levels = {code(column): column.place for column in columns if column.measure == "level"}
    pix = {code(column): column.place for column in columns if column.measure == "pix"}
    return levels, pix


def _ranks(columns: Sequence[_Named]) -> dict[int, str]:
    """The competence of every column by its rank: sixteen pairs of one name each, none known to be of another rank."""
    if len(columns) != 2 * len(COMPETENCES):
        return {}
    ranks: dict[int, str] = {}
    for code, level, pix in zip(COMPETENCES, columns[::2], columns[1::2], strict=True):
        paired = (level.measure, pix.measure) == ("level", "pix") and level.name == pix.name
        if not paired or _BY_ANY_NAME.get(level.name, code) != code:
            return {}
        ranks |= {level.place: code, pix.place: code}
    return ranks


def _named(place: int, key: str) -> _Named:
    found = competence_column(key)
    if found is None:
        raise ValueError(f"not the title of a competence's column: {key!r}")
    return _Named(place=place, measure=found[0], name=_bare(found[1]))


def _unknown_competence(title: str, place: int) -> Problem:
    return Problem(
        line=1,
        column=title.strip(),
        code=ProblemCode.UNKNOWN_COMPETENCE,
        message=Bilingual(
            fr=f"Ligne 1, colonne {place} : « {title.strip()} » ne nomme aucune des 16 compétences de Pix. "
            "Remettez l’en-tête d’origine, ou signalez-le si Pix l’a changé.",
            en=f"Line 1, column {place}: “{title.strip()}” names none of the 16 competences of Pix. "
            "Put the original header back, or report it if Pix changed it.",
        ),
    )
