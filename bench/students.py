"""Invented students, the same at every run: names, numbers, and what they declare."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

_GIVEN = (
    "Chloé",
    "Malik",
    "Inès",
    "Youssef",
    "Léa",
    "Ugo",
    "Aïcha",
    "Théo",
    "Élodie",
    "Bastien",
    "Ivan",
    "Salomé",
)
_FAMILY = (
    "Bélanger",
    "Lefèvre",
    "Diallo",
    "Nguyen",
    "Garcia",
    "Haddad",
    "Moreau",
    "Kowalski",
    "Roux",
    "Faure",
)
FIRST_SUB = 1000
TEACHER_SUB = "2"


def sub_of(number: int) -> str:
    """The LMS's id of the student of this number."""
    return str(FIRST_SUB + number)


def details_of(sub: str) -> Mapping[str, str]:
    """What the LMS says of a person: given and family name, e-mail, student number."""
    number = int(sub)
    draw = random.Random(number)
    # The number in the family name keeps ten thousand invented people apart, as a real cohort's names mostly are.
    family = f"{draw.choice(_FAMILY)}-{draw.choice(_FAMILY)} {_letters(number)}"
    return {
        "given": draw.choice(_GIVEN),
        "family": family,
        "email": f"etu{number}@univ.example",
        "student_number": f"{20_260_000 + number}",
    }


def claims_of(sub: str) -> dict[str, Any]:
    """The claims of a message that name a person, to be laid over those of a template."""
    who = details_of(sub)
    return {
        "sub": sub,
        "given_name": who["given"],
        "family_name": who["family"],
        "name": f"{who['given']} {who['family']}",
        "email": who["email"],
    }


def levels_of(sub: str, competences: tuple[str, ...], highest: int = 5) -> dict[str, int]:
    """The levels a student declares."""
    draw = random.Random(f"levels of {sub}")
    return {code: draw.randint(1, highest) for code in competences}


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, digit = divmod(number, 26)
        letters = chr(ord("a") + digit) + letters
    return letters.capitalize()
