"""Who does what in the demo: thirty students in as many situations as a real November, as plain values."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from demo.lms.campus import demo_students
from demo.lms.course import Person
from demo.pix_export import Campaign, Participation
from grading.competences import COMPETENCES, PIX_PER_LEVEL
from pix.external_id import CheckCodes

CC1, CC2, EXAM = "1", "2", "3"
"""The activities of `demo.lms.campus`."""

CAMPAIGNS: Mapping[str, Campaign] = MappingProxyType(
    {
        CC1: Campaign(number=512345, code="KTRBWX482", name="PIX-L1-CC1"),
        CC2: Campaign(number=512346, code="PVDGHN735", name="PIX-L1-CC2", label="Code de suivi Moodle"),
        EXAM: Campaign(number=512347, code="QRSBTW964", name="PIX-L1-EXAMEN"),
    }
)
_COMPETENCES = {CC1: ("1.3", "2.3", "3.1"), CC2: ("3.2", "3.3", "3.4"), EXAM: tuple(COMPETENCES)}
_HIGHEST_LEVEL = 7


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Somebody opens an activity, and hands in these levels one after the other (none: only looks)."""

    person: Person
    activity: str
    declared: tuple[Mapping[str, int], ...] = ()


def student(rank: int) -> Person:
    """The student of that rank (1 to 30) in the LMS's list."""
    return demo_students()[rank - 1]


def pix_of(rank: int) -> dict[str, int]:
    """What a student's Pix profile holds: the same at each start.

    Ranks 1 to 3 have level 4 everywhere and rank 4 over 400 pix; rank 6 is far from either.
    """
    draw = random.Random(rank)
    if rank <= 3:
        return {code: draw.randint(4 * PIX_PER_LEVEL, 6 * PIX_PER_LEVEL) for code in COMPETENCES}
    if rank == 4:  # one competence hardly begun
        return {code: 6 if code == "3.4" else draw.randint(27, 38) for code in COMPETENCES}
    usual = 18 if rank == 6 else draw.randint(12, 46)
    return {code: min(52, max(0, usual + draw.randint(-10, 10))) for code in COMPETENCES}


def visits() -> tuple[Visit, ...]:
    """What the students do in the LMS, in each one's order. Ranks 26 to 29 never come."""
    made: list[Visit] = []
    for rank in (*range(1, 26), 30):
        if rank <= 12:
            made.append(_visit(rank, EXAM, _declared_for_exam(rank)))
        if 3 <= rank <= 18:
            made.append(_visit(rank, CC2, ({}, {"3.3": 1}) if rank == 18 else ({},)))
        if rank > 18:  # these only look: at CC1, whose deadline has passed, or at CC2
            made.append(_visit(rank, CC1 if rank % 2 else CC2, ()))
    return tuple(made)


def cc1_export(today: date) -> list[Participation]:
    """The campaign of CC1: sent in time but for one; one line is nobody's for certain, one of somebody never seen."""
    lines = [_line(rank, today, 5 + rank) for rank in range(1, 20)]
    lines.append(_line(5, today, 4, better=8))  # sent twice: the better one counts
    lines.append(_line(20, today, 1))  # after the deadline
    lines.append(_line(21, today, None))  # began, and has not sent
    lines.append(
        _line(23, today, 12, number="", given="Nuria", family="Puigg")
    )  # a near name waits for a decision
    lines.append(_line(27, today, 9))  # waits for a student who has not come yet
    lines.append(_line(30, today, 14))  # no student number: found by the exact name
    return lines


def exam_export(today: date) -> list[Participation]:
    """The campaign of the exam: confirms some declarations, differs from that of rank 5, which claimed more."""
    return [_line(rank, today, 2) for rank in range(1, 7)]


def cc2_export(today: date, codes: CheckCodes) -> list[Participation]:
    """The file left for the newcomer to import: CC2, where only declarations stand so far.

    Everybody came by the link of their page, so that names do not matter; but for one who lent theirs, and one who
    typed nothing.
    """
    lines = [_linked(rank, today, 1 + rank % 3, codes) for rank in range(3, 20)]
    lines.append(_linked(7, today, 1, codes, better=8))
    lines.append(_linked(20, today, None, codes))
    lines.append(_linked(28, today, 1, codes))  # right, and waits for a student who has not come yet
    lines.append(
        _line(22, today, 2, number="", given="Camille", family="Rouxe")
    )  # for the newcomer to decide
    borrowed = f"{student(21).idnumber}-{codes.code_of(student(20).idnumber)}"  # so is this
    lines.append(replace(_line(20, today, 1, number=""), external_id=borrowed))
    return lines


_TYPED = {4: ("Zoz", "K."), 6: ("NGUYEN", "anais"), 9: ("Mickey", "Mouse"), 11: ("🦄", "🦄")}
"""Names as some typed them on Pix."""


def _linked(
    rank: int, today: date, days_ago: int | None, codes: CheckCodes, *, better: int = 0
) -> Participation:
    """A line of somebody who came by the link of their own page."""
    given, family = _TYPED.get(rank, (None, None))
    line = _line(rank, today, days_ago, better=better, number="", given=given, family=family)
    return replace(line, external_id=codes.external_id(student(rank).idnumber))


def _declared_for_exam(rank: int) -> tuple[Mapping[str, int], ...]:
    if rank == 5:  # claims two levels more than Pix will say
        return (dict.fromkeys(COMPETENCES, 2),)
    if rank >= 9:  # came back and improved
        return ({"1.1": -1, "2.2": -1, "3.4": -1, "4.1": -1}, {})
    return ({},)


def _visit(rank: int, activity: str, changes: tuple[Mapping[str, int], ...]) -> Visit:
    pix = pix_of(rank)
    return Visit(
        person=student(rank),
        activity=activity,
        declared=tuple(
            {
                code: min(_HIGHEST_LEVEL, max(0, pix[code] // PIX_PER_LEVEL + change.get(code, 0)))
                for code in _COMPETENCES[activity]
            }
            for change in changes
        ),
    )


def _line(
    rank: int,
    today: date,
    days_ago: int | None,
    *,
    better: int = 0,
    number: str | None = None,
    given: str | None = None,
    family: str | None = None,
) -> Participation:
    person = student(rank)
    sent_on = None if days_ago is None else today - timedelta(days=days_ago)
    return Participation(
        family=family or person.family,
        given=given or person.given,
        number=person.idnumber if number is None else number,
        at=None if sent_on is None else datetime.combine(sent_on, time(8 + rank % 12, 7 * rank % 60)),
        pix={code: min(56, pix + better) for code, pix in pix_of(rank).items()},
    )
