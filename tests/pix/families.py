"""A class of two hundred where people are alike: families, twins, nicknames, numbers given one after the other.

Made up from a seed, apart from `tests.pix.messy`: a digit typed wrong is mostly another student's number, siblings use
each other's links and the roster's number may be that of the line above. Teachers, outsiders and students who left send
too, some from a second account. Whoever sent through a whole link of somebody else is theirs by rule: `truth` says so.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

from pix.folding import name_words
from pix.matching import Candidate
from pix.profile_row import ProfileRow
from tests.pix.messy import MessyClass
from tests.pix.rows import CODES, row

_SIBLINGS = """
Louis/Louise Emma/Ema Jean/Jean-Pierre Maël/Maëlle Noé/Noa Nathan/Nathanaël Marie/Marie-Lou Léo/Léon Anna/Anne
Mathis/Mathias Camille/Camila Alex/Alexandre Fatima/Fatima-Zahra Yanis/Yannis Thomas/Tom Elise/Élisa Julien/Julie
Gabriel/Gabrielle Manon/Marion Hugo/Ugo Sara/Sarah/Samir Paul/Paula/Pauline Michel/Michèle Chloé/Cléo Inès/Agnès
"""
_FAMILIES = """
Martin,Ben Salah,D'Ornellas,O’Sullivan,de La Tour,Nguyên,Le Goff,Petit,Bélanger-Noël,Da Silva,Traoré,Öztürk,Roux,Durand,
Garnier,Haddad,Müller,Thomas,Van den Berg,Lefèvre,Kowalczyk,N’Diaye,García López,Zerrouki,Saint-Exupéry
"""
_OTHERS = ["Rémi", "Solène", "Björn", "Aïcha", "Bảo", "Xavier", "Élodie", "Sacha", "Óscar", "Zoé"]
_SHORT = {
    "Alexandre": "Alex",
    "Nathanaël": "Nath",
    "Gabrielle": "Gaby",
    "Élodie": "Élo",
    "Marie-Lou": "Malou",
}
FAMILIES = tuple(name.strip() for name in _FAMILIES.split(","))

IN_COURSE = 200
_FIRST_NUMBER = 22_103_000


@dataclass(frozen=True, kw_only=True)
class Student:
    """Somebody with a number; who has the number before or after is often of the same family."""

    id: int
    given: str
    family: str

    @property
    def number(self) -> str:
        """The student number: numbers follow one another, as families register together."""
        return str(_FIRST_NUMBER + self.id)

    @property
    def link(self) -> str:
        """What the student's own link carries."""
        return CODES.external_id(self.number)


def class_of_families(seed: int, *, roster: bool) -> MessyClass:
    """Make a class up; with a roster, its numbers stand beside three lines in four, now and then shifted by one."""
    chance = random.Random(seed)
    everybody = _everybody(chance)
    course = everybody[:IN_COURSE]
    left, outsiders = everybody[IN_COURSE : IN_COURSE + 12], everybody[IN_COURSE + 12 : IN_COURSE + 30]
    teacher = Candidate(
        person_id=900, name=f"{course[7].given} {course[7].family}", student_number="P123", is_teacher=True
    )
    people = [
        Candidate(
            person_id=each.id, student_number=each.number, given_name=each.given, family_name=each.family
        )
        for each in course
    ]
    lines: list[tuple[ProfileRow, int | None]] = [(row(f"{course[7].given}/{course[7].family}"), None)]
    for each in course:
        if chance.random() < 0.93 and each.id != 7:  # the teacher's namesake has not sent yet
            lines += _sendings(chance, each, everybody, roster=roster)
    for each in left:
        lines += [
            (line, None) for line, who in _sendings(chance, each, everybody, roster=False) if who == each.id
        ]
    for each in outsiders:
        line = row(
            "/".join(_typed_name(chance, each, everybody)),
            None,
            chance.choice(
                [None, f"{each.given}@ailleurs.example", str(int(each.number) - 7_000_000), each.link]
            ),
        )
        lines.append((line, None))
    chance.shuffle(lines)
    return MessyClass(
        rows=tuple(replace(line, line=place) for place, (line, _) in enumerate(lines, start=2)),
        people=(*people, teacher),
        truth=tuple(who for _, who in lines),
        participants=len({who for _, who in lines if who is not None}) + len(left) + len(outsiders) + 1,
    )


def _everybody(chance: random.Random) -> list[Student]:
    """Students, family by family; then those who left and outsiders, who bear the families' names too."""
    names: list[tuple[str, str]] = []
    families = list(FAMILIES)
    while len(names) < IN_COURSE + 30:
        family = chance.choice(families)
        brood = chance.choice(_SIBLINGS.split()).split("/")
        brood += [chance.choice(_OTHERS)] if chance.random() < 0.5 else []
        names += [(given, family) for given in brood]
    course = names[: IN_COURSE - 6]
    course += chance.sample(course[:100], 4)  # namesakes, far from one another
    course += [(family, given) for given, family in chance.sample(course[:100], 2)]  # swapped doubles
    taken = {name_words(*name) for name in course}
    strangers = [name for name in names[IN_COURSE - 6 :] if name_words(*name) not in taken]
    while len(strangers) < 30:
        name = (chance.choice(_OTHERS), f"{chance.choice(families)}-{chance.choice(families)}")
        strangers += [name] if name_words(*name) not in taken else []
    return [
        Student(id=place, given=given, family=family)
        for place, (given, family) in enumerate(course + strangers)
    ]


def _sendings(
    chance: random.Random, student: Student, everybody: list[Student], *, roster: bool
) -> list[tuple[ProfileRow, int | None]]:
    """The lines of one participant, and whose each is."""
    identifier, whose = _identifier(chance, student, everybody)
    own = None
    if roster and chance.random() < 0.75:
        own = student.number
        if chance.random() < 0.04:  # the roster is that of another year: the number of the line above
            own = str(int(student.number) - 1)
    name = _typed_name(chance, student, everybody)
    if own and chance.random() < 0.8:
        name = (student.given, student.family)  # known from the roster
    line = row("/".join(name), own, identifier)
    lines = [(line, whose)] * (chance.choice([2, 3]) if chance.random() < 87 / 203 else 1)
    if chance.random() < 0.08:  # a second account
        again, its = _identifier(chance, student, everybody)
        lines.append((row("/".join(_typed_name(chance, student, everybody)), None, again), its))
    if chance.random() < 0.1:
        lines.append((replace(line, sent=False, sent_at=None, profile=None), whose))
    return lines


def _identifier(
    chance: random.Random, student: Student, everybody: list[Student]
) -> tuple[str | None, int | None]:
    """What stands in the identifier's column, and whose the line is then."""
    course = everybody[:IN_COURSE]
    near = [
        each for each in course if each.family == student.family and each.given != student.given
    ] or course[:1]
    sibling, friend = chance.choice(near), chance.choice(course)
    called = name_words(student.given, student.family)
    namesakes = {each.number for each in course if name_words(each.given, each.family) == called}
    while (slipped := _digit_wrong(chance, student.number)) in namesakes:
        pass  # the number and the name of another: nobody could tell
    mine = student.id if student.id < IN_COURSE else None
    ways: list[tuple[float, Callable[[], str | None], int | None]] = [
        (60, lambda: student.link, mine),
        (3, lambda: f"https://app.pix.fr/campagnes/KTRBWX482?participantExternalId={student.link}", mine),
        (2, lambda: f"{student.link.lower()} ({student.given})", mine),
        (2, lambda: student.link[-7:], mine),  # the code without its number
        (2, lambda: friend.link, friend.id),  # a whole link, forwarded or swapped: by rule, its owner's
        (2, lambda: f"{sibling.number}-{student.link[-7:]}", mine),
        (2, lambda: f"{student.number}-{sibling.link[-7:]}", mine),
        (2, lambda: sibling.link[:-1], mine),
        (8, lambda: student.number, mine),
        (6, lambda: slipped, mine),
        (2, lambda: sibling.number, mine),
        (1, lambda: f"{student.number} {sibling.number}", mine),
        (8, lambda: None, mine),
        (3, lambda: chance.choice(["G2", "moi", "L1-INFO3", f"{student.given}@etu.example", "-"]), mine),
    ]
    _, way, whose = chance.choices(ways, weights=[each[0] for each in ways])[0]
    return way(), whose


def _digit_wrong(chance: random.Random, number: str) -> str:
    place = chance.randrange(len(number) - 3, len(number))
    return number[:place] + chance.choice("0123456789".replace(number[place], "")) + number[place + 1 :]


def _typed_name(chance: random.Random, student: Student, everybody: list[Student]) -> tuple[str, str]:
    """A name as typed, that is not by chance exactly another's."""
    taken = {name_words(each.given, each.family) for each in everybody} - {
        name_words(student.given, student.family)
    }
    while name_words(*(name := _any_name(chance, student))) in taken:
        pass
    return name


def _any_name(chance: random.Random, student: Student) -> tuple[str, str]:
    given, family = student.given, student.family
    if chance.random() < 0.35:
        return given, family
    bare = "".join(sign for sign in unicodedata.normalize("NFD", family) if not unicodedata.combining(sign))
    place = chance.randrange(len(given))
    return chance.choice(
        [
            (given, ""),  # the first name alone
            (_SHORT.get(given, given[:3]), family),
            (given.upper(), bare.upper()),
            (family, given),
            (given, chance.choice(FAMILIES)),  # a married name, which is another family's here
            (given, f"{family} {chance.choice(FAMILIES)}"),
            (f"{given[0]}.", family),
            (given[:place] + given[place + 1 :], family),
            (given, family[:-1]),
            (f"{given} {family}", f"{given} {family}"),
            (f"{given} et {chance.choice(_OTHERS)}", family),
            ("xX_Dark_Xx", "9000"),
        ]
    )
