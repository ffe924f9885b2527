"""A class of two hundred as messy as real ones, made up from a seed: who sent each line is known, and told to nobody.

Names are as learners type them (one in four is exact), most sent more than once, some have namesakes, siblings or a
swapped double; links are lent out sign by sign, codes altered, numbers copied from a neighbour or spoilt by a
spreadsheet; some are of another course. What cannot be known from a line by anybody (a stranger who bears a student's
name and nothing else) is not in it.
"""

from __future__ import annotations

import random
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from pix.external_id import SIGNS
from pix.folding import name_words
from pix.matching import Candidate
from pix.profile_row import ProfileRow
from tests.pix.rows import CODES, row

_GIVEN = """
Léa Léo Hugo Chloé Jean-Pierre Jean Jeanne Maëlys Noémie Noé Bảo Zoé Inès Étienne Anaïs Tom Louis Louise Mathis
Mathias Fatima-Zahra Yanis Camille Marie Marie-Lou Óscar Björn Aïcha Nguyễn D'Artagnan Emma Ema Sacha Thomas Martin
Pierre Xavier Élodie Rémi Solène
"""
_FAMILY = """
Martin,Bélanger-Noël,D'Ornellas,O’Sullivan,Lefèvre,Nguyên,Petit,Quéré,de La Tour,Van den Berg,Ben Salah,Le Goff,Thomas,
Pierre,Martinez,Durand,Dupont,Dupond,Kowalczyk,Müller,Saint-Exupéry,Ndiaye,N'Diaye,García López,Roux,Leroux,Zerrouki,
Fabre,Faure,Öztürk,Sørensen,da Silva,Łukasz,Haddad,Garnier,Moreau
"""
GIVEN = tuple(_GIVEN.split())
FAMILY = tuple(name.strip() for name in _FAMILY.split(","))

IN_COURSE, STRANGERS = 200, 24
SENT_AGAIN = 87 / 203


@dataclass(frozen=True, kw_only=True)
class Learner:
    """Somebody who may send; `number` is the one they know, whatever the LMS says."""

    id: int
    given: str
    family: str
    number: str
    opaque: str

    def candidate(self, chance: random.Random, *, named: bool) -> Candidate:
        """The person as the LMS tells of them: one in twenty without number, a few (without a double) without name."""
        told = 0.5 if named else chance.random()
        return Candidate(
            person_id=self.id,
            student_number=None if told < 0.05 else self.number,
            opaque_number=self.opaque,
            given_name=None if 0.05 <= told < 0.08 else self.given,
            family_name=None if 0.05 <= told < 0.08 else self.family,
        )


@dataclass(frozen=True, kw_only=True)
class MessyClass:
    """The lines of an export, the people of the course, and who sent each line (`None`: somebody else)."""

    rows: tuple[ProfileRow, ...]
    people: tuple[Candidate, ...]
    truth: tuple[int | None, ...]
    participants: int


def messy_class(seed: int, *, roster: bool = False, by_link: bool = False) -> MessyClass:
    """Make a class up; with a roster, the organisation's own numbers stand beside two lines in three.

    One in four does not use the link, or spoils it; `by_link`, hardly anybody: the class was given nothing else.
    """
    chance = random.Random(seed)
    everybody = _everybody(chance)
    course, strangers = everybody[:IN_COURSE], everybody[IN_COURSE:]
    called = Counter(name_words(each.given, each.family) for each in everybody)
    people = tuple(
        each.candidate(chance, named=called[name_words(each.given, each.family)] > 1) for each in course
    )
    senders = [(each, people[each.id]) for each in course if chance.random() < 0.9]
    rows: list[ProfileRow] = []
    truth: list[int | None] = []
    for learner, candidate in senders:
        named = _nobody_elses(chance, learner, everybody)
        for line in _sendings(chance, learner, candidate, course, named, roster=roster, by_link=by_link):
            rows.append(line)
            truth.append(learner.id)
    for learner in strangers:
        external = chance.choice(
            [CODES.external_id(learner.number), learner.number, f"{learner.number}-4K7Q"]
        )
        named = _nobody_elses(chance, learner, everybody)
        for line in _repeated(chance, _line(named, None, external)):
            rows.append(line)
            truth.append(None)
    order = list(range(len(rows)))
    chance.shuffle(order)
    return MessyClass(
        rows=tuple(replace(rows[each], line=place + 2) for place, each in enumerate(order)),
        people=people,
        truth=tuple(truth[each] for each in order),
        participants=len(senders) + len(strangers),
    )


def _everybody(chance: random.Random) -> list[Learner]:
    """Everybody: ten pairs of namesakes, five of swapped names, siblings, a few strangers called as students are."""
    pool = [(given, family) for given in GIVEN for family in FAMILY if given != family]
    chance.shuffle(pool)
    names = pool[: IN_COURSE - 15]
    names += names[:10]
    names += [(family, given) for given, family in names[10:15]]
    chance.shuffle(names)
    names += [chance.choice(names) for _ in range(STRANGERS // 4)]
    names += pool[IN_COURSE : IN_COURSE + STRANGERS - STRANGERS // 4]
    numbers = chance.sample(range(9_200_000, 9_299_999), len(names))
    return [
        Learner(
            id=place,
            given=given,
            family=family,
            number=f"0{number}" if place % 3 == 0 else f"2{number}",
            opaque=f"X{place:07}".translate(str.maketrans("0158", "CDFH")),
        )
        for place, ((given, family), number) in enumerate(zip(names, numbers, strict=True))
    ]


def _sendings(
    chance: random.Random,
    learner: Learner,
    candidate: Candidate,
    course: list[Learner],
    named: tuple[str, str],
    *,
    roster: bool,
    by_link: bool,
) -> list[ProfileRow]:
    """All lines of a participant: mostly alike, now and then another way the second time, or one not sent."""
    own = None
    if roster and chance.random() < 0.67:
        own = _spoilt_number(chance, learner.number)
    lines = _repeated(
        chance, _line(named, own, _identifier(chance, learner, candidate, course, 500 if by_link else 62))
    )
    if len(lines) > 1 and chance.random() < 0.15:
        lines[-1] = _line(named, own, _identifier(chance, learner, candidate, course, 500 if by_link else 62))
    if chance.random() < 0.1:
        lines.append(replace(lines[-1], sent=False, sent_at=None, profile=None))
    return lines


def _repeated(chance: random.Random, line: ProfileRow) -> list[ProfileRow]:
    return [line] * (chance.choice([2, 2, 3]) if chance.random() < SENT_AGAIN else 1)


def _line(named: tuple[str, str], number: str | None, external_id: str | None) -> ProfileRow:
    return row(f"{named[0]}/{named[1]}", number, external_id)


def _identifier(
    chance: random.Random, learner: Learner, candidate: Candidate, course: list[Learner], whole: int
) -> str | None:
    """What stands in the identifier's column: the link's, whole or hurt, or what somebody typed."""
    linked = CODES.external_id(candidate.student_number or learner.opaque)
    other = chance.choice([each for each in course if each.id != learner.id])
    ways: list[tuple[float, Callable[[], str | None]]] = [
        (whole, lambda: linked),
        (10, lambda: _resaved(chance, linked)),
        (3, lambda: _altered(chance, linked)),
        (1, lambda: f"{other.number}-{linked[-7:]}"),  # one's own code behind a neighbour's number
        (1, lambda: f"{learner.number}-{CODES.code_of(other.number)}"),  # a neighbour's code copied
        (1, lambda: linked[: -chance.randrange(1, 7)]),
        (8, lambda: _spoilt_number(chance, learner.number)),
        (3, lambda: other.number),  # a neighbour's number
        (6, lambda: None),
        (2, lambda: chance.choice(["moi@exemple.fr", "L1-INFO3", "G2", "bonjour", "🦄", "je ne sais pas"])),
        (3, lambda: _spoilt_number(chance, _slip(chance, learner.number))),  # a slip in one's own number
    ]
    way = chance.choices([each for _, each in ways], weights=[weight for weight, _ in ways])[0]
    return way()


def _resaved(chance: random.Random, external_id: str) -> str:
    """An identifier after people and spreadsheets: no sign of it is lost."""
    return chance.choice(
        [
            external_id.lower(),
            f"  {external_id}\u00a0",
            external_id.replace("-", chance.choice(["–", "—", " ", "", " - ", "‑"])),
            external_id.lstrip("0"),
            f"{external_id[:4]} {external_id[4:]}",
            f"'{external_id}",
        ]
    )


def _altered(chance: random.Random, external_id: str) -> str:
    """An identifier with one sign of its code changed."""
    place = len(external_id) - chance.randrange(1, 8)
    sign = chance.choice([each for each in SIGNS if each != external_id[place]])
    return external_id[:place] + sign + external_id[place + 1 :]


def _spoilt_number(chance: random.Random, number: str) -> str:
    """A number as cells hold it: two in three whole."""
    return chance.choice(
        [
            number,
            number,
            number,
            number,
            f" {number} ",
            number.lstrip("0"),
            f"{number},0",
            f"{number[:3]} {number[3:]}",
            f"{number[0]},{number[1:3]}E+07",
        ]
    )


def _slip(chance: random.Random, text: str) -> str:
    """A slip of the fingers: a sign left out, doubled, or changed with its neighbour."""
    place = chance.randrange(len(text))
    return chance.choice(
        [
            text[:place] + text[place + 1 :],
            text[:place] + text[place] + text[place:],
            text[:place] + text[place : place + 2][::-1] + text[place + 2 :],
        ]
    )


def _nobody_elses(chance: random.Random, learner: Learner, everybody: list[Learner]) -> tuple[str, str]:
    """A typed name that is not, by the chance of a second first name, exactly that of a third person."""
    taken = {name_words(each.given, each.family) for each in everybody}
    taken.discard(name_words(learner.given, learner.family))
    while name_words(*(named := _typed_name(chance, learner))) in taken:
        pass
    return named


def _typed_name(chance: random.Random, learner: Learner) -> tuple[str, str]:
    """A name as it is typed: exact for one in four (6 of 23), else any of the ways that classes know."""
    given, family = learner.given, learner.family
    if chance.random() < 6 / 23:
        return given, family
    bare = [
        "".join(sign for sign in unicodedata.normalize("NFD", part) if not unicodedata.combining(sign))
        for part in (given, family)
    ]
    ways = [
        (bare[0].lower(), bare[1].upper()),
        (family, given),
        (bare[0].replace("-", " "), bare[1].replace("’", "'")),
        (given.partition("-")[0], family),  # half of a double name
        (given, family.rpartition(" ")[2].rpartition("-")[2]),  # without its particle
        (_slip(chance, given), family),
        (given, _slip(chance, family)),
        (given, chance.choice(FAMILY)),  # a married name
        (given, f"{family[0]}."),
        (given[:3], family),
        (f"{given} 🔥", f"{family} ✨"),
        (f"{given} {family}", ""),
        ("🦄", "🦄"),
        ("Mickey", "Mouse"),
        (chance.choice(GIVEN), family),  # a second first name
        (given[0], family),
        ("", ""),
    ]
    return chance.choice(ways)
