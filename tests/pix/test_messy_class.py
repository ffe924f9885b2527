"""A class as messy as real ones: 203 lines, names typed by hand, numbers copied; no match may be wrong."""

from __future__ import annotations

import random
import unicodedata

from pix.matching import Candidate, identity_key, match_rows
from pix.orga_row import ProfileRow
from tests.pix.rows import CODES, row

GIVEN = [
    "Léa",
    "Hugo",
    "Chloé",
    "Jean-Pierre",
    "Maëlys",
    "Noémie",
    "Bảo",
    "Zoé",
    "Inès",
    "Étienne",
    "Anaïs",
    "Tom",
]
FAMILY = [
    "Martin",
    "Bélanger-Noël",
    "D'Ornellas",
    "O’Sullivan",
    "Lefèvre",
    "Nguyên",
    "Petit",
    "Quéré",
    "de La Tour",
]
LINES = 203


def people(chance: random.Random, count: int) -> list[tuple[str, str, str]]:
    """Return (given, family, number): one in nine has an exact namesake, and siblings abound."""
    names = [(given, family) for given in GIVEN for family in FAMILY]
    chance.shuffle(names)
    chosen = names[: count - count // 9] + names[: count // 9]
    return [(given, family, f"99{200000 + 17 * place:06}") for place, (given, family) in enumerate(chosen)]


def retyped(chance: random.Random, text: str) -> str:
    """Return a name as learners type it: without accents, in capitals, cut, with a slip."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    place = chance.randrange(1, len(text) - 1) if len(text) > 2 else 0
    return chance.choice(
        [
            text,
            text,
            text,
            bare,
            text.upper(),
            bare.replace("-", " "),
            text.split("-", maxsplit=1)[0],
            text[:place] + text[place + 1 :],
        ]
    )


def messy_class(seed: int) -> tuple[list[ProfileRow], list[Candidate], list[int | None]]:
    """Return the lines, the people of the course, and who each line truly is (`None`: not in the course)."""
    chance = random.Random(seed)
    everybody = people(chance, 100)
    course = everybody[:80]
    candidates = [
        Candidate(person_id=place, student_number=number, given_name=given, family_name=family)
        for place, (given, family, number) in enumerate(course)
    ]
    lines: list[ProfileRow] = []
    truth: list[int | None] = []
    while len(lines) < LINES:
        who = chance.randrange(len(everybody))
        given, family, number = everybody[who]
        first, last = retyped(chance, given), retyped(chance, family)
        if chance.random() < 0.1:
            first, last = last, first
        # somebody from elsewhere is told from a namesake by a number only: he always gives one
        kind = chance.choice(
            ["number", "typed", "check", "nothing", "copied", "mail"] if who < 80 else ["number", "typed"]
        )
        copied = chance.choice(course)[2]
        external = {
            "typed": f" {number} ",
            "check": CODES.external_id(number),
            "copied": copied,
            "mail": "moi@exemple.fr",
        }
        for _ in range(chance.choice([1, 1, 2, 3])):
            roster = number if kind == "number" else None
            lines.append(row(f"{first}/{last}", roster, external.get(kind), line=len(lines) + 2))
            truth.append(who if who < 80 else None)
    return lines[:LINES], candidates, truth[:LINES]


def test_no_wrong_match_in_a_messy_class() -> None:
    for seed in range(12):
        lines, candidates, truth = messy_class(seed)
        decisions = match_rows(lines, candidates, {}, CODES)
        assert len(decisions) == LINES
        wrong = [
            (
                line.first_name,
                line.last_name,
                line.external_id,
                decision.reason,
                candidates[decision.person_id],
            )
            for line, decision, who in zip(lines, decisions, truth, strict=True)
            if decision.person_id is not None and decision.person_id != who
        ]
        assert wrong == []
        assert sum(decision.person_id is not None for decision in decisions) > LINES * 0.3
        waiting = [decision for decision in decisions if decision.waits_for_teacher]
        assert len(waiting) + sum(decision.person_id is not None for decision in decisions) == LINES


def test_every_choice_remembered_settles_the_class() -> None:
    lines, candidates, truth = messy_class(203)
    chosen = {identity_key(line): who for line, who in zip(lines, truth, strict=True)}
    unsure = {
        identity_key(line): chosen[identity_key(line)]
        for line, decision in zip(lines, match_rows(lines, candidates, {}, CODES), strict=True)
        if decision.waits_for_teacher
    }
    again = match_rows(lines, candidates, unsure, CODES)
    assert [decision for decision in again if decision.waits_for_teacher] == []
