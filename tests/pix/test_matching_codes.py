"""Whose a line with a check code is: right, wrong, borrowed, contradicted, of somebody not here, of a teacher."""

from __future__ import annotations

import pytest

from pix.external_id import CheckCodes
from pix.matching import Candidate, MatchDecision, identity_key, match_rows
from tests.pix.rows import CODES, row

CHLOE = Candidate(person_id=1, student_number="99200017", given_name="Chloé", family_name="Bélanger-Noël")
MAELYS = Candidate(person_id=2, student_number="09200025", name="Maëlys D'Ornellas")
HUGO = Candidate(person_id=3, student_number="99200033", given_name="Hugo", family_name="Martin")
NUMBERLESS = Candidate(person_id=4, opaque_number="X7CDFHJK", name="Étienne O’Sullivan")
LATE = Candidate(
    person_id=5, student_number="99200058", opaque_number="X7CDFHJM", given_name="Zoé", family_name="Quéré"
)
TEACHER = Candidate(person_id=6, opaque_number="X7CDFHJN", name="Hélène Marchand", is_teacher=True)
COURSE = [CHLOE, MAELYS, HUGO, NUMBERLESS, LATE, TEACHER]

C17, C25, C33 = (CODES.external_id(number) for number in ("99200017", "09200025", "99200033"))
ELSEWHERE = CODES.external_id("99200999")


def decide(
    name: str = "Mickey/Mouse", number: str | None = None, external_id: str | None = None
) -> MatchDecision:
    """The decision on a line alone."""
    (decision,) = match_rows([row(name, number, external_id)], COURSE, {}, CODES)
    assert decision.explanation.fr != decision.explanation.en
    return decision


@pytest.mark.parametrize(
    ("name", "number", "external_id", "person"),
    [
        ("Chloé/Bélanger-Noël", None, C17, 1),
        ("Mickey/Mouse", None, C17, 1),  # whatever name was typed
        ("🦄/", None, C17, 1),
        ("Hugo/Martin", None, C17, 1),  # another's name, too
        ("Mickey/Mouse", "99200017", C17, 1),
        ("Mickey/Mouse", "1234567890A", C17, 1),  # a number of another scheme contradicts nothing
        ("Mickey/Mouse", "9,92E+07", C17, 1),
        ("Mickey/Mouse", None, f" {C17.lower().replace('-', '–')} ", 1),
        ("Mickey/Mouse", None, C17.replace("-", ""), 1),
        ("Mickey/Mouse", None, f"https://app.pix.fr/campagnes/KTRBWX482?participantExternalId={C17}", 1),
        ("Mickey/Mouse", None, f"Moi : {C17.lower()} (Chloé)", 1),
        ("Mickey/Mouse", None, C17[-7:], 1),  # the code alone, its number left out
        ("Hugo/Martin", None, f" {C17[-7:-4]} {C17[-4:].lower()}", 1),
        ("Mickey/Mouse", None, C25, 2),
        ("Mickey/Mouse", None, C25.lstrip("0"), 2),  # a spreadsheet took the zero away
        ("Mickey/Mouse", "9200025", C25, 2),
        ("Mickey/Mouse", None, CODES.external_id("X7CDFHJK"), 4),  # a number of ours
        ("Mickey/Mouse", "99200777", CODES.external_id("X7CDFHJK"), 4),  # the LMS has none to contradict
        ("Mickey/Mouse", None, CODES.external_id("99200058"), 5),  # the number came later:
        ("Mickey/Mouse", "99200058", CODES.external_id("x7cdfhjm"), 5),  # both are theirs
    ],
)
def test_a_right_code_is_certain(name: str, number: str | None, external_id: str, person: int) -> None:
    decision = decide(name, number, external_id)
    assert (decision.reason.value, decision.person_id, decision.candidates) == ("check_code", person, ())
    assert not decision.waits_for_teacher


@pytest.mark.parametrize(
    ("name", "external_id", "candidates"),
    [
        ("Chloé/Bélanger-Noël", "99200017-4K7Q", (1,)),  # of another key, or typed: even with the right name
        ("Chloé/Bélanger-Noël", f"99200033-{C17[-7:]}", (3, 1)),  # the owner, and whoever the name says
        ("Chloé/Bélanger", f"99200033-{C17[-7:]}", (3, 1)),
        ("Mickey/Mouse", f"99200033{C17[-7:]}", (3,)),
        ("Mickey/Mouse", f"{C17[:-1]}{'C' if C17[-1] != 'C' else 'D'}", (1,)),
        ("Mickey/Mouse", f"{C17}C", (1,)),
        ("Mickey/Mouse", C17[:-1], (1,)),
        ("Chloé/Bélanger-Noël", "99200999-4K7Q", (1,)),  # a number of nobody here
        ("Chloé/Bélanger-Noël", f"999-{C17[-7:]}", (1,)),
        ("Mickey/Mouse", "99200999-4K7Q", ()),
        ("Hugo/Martin", ELSEWHERE[-7:], (3,)),  # a code alone, of nobody here
        ("Étienne/O’Sullivan", "X7CDFHJK", (4,)),  # a number of ours without its code
        ("Mickey/Mouse", "x7cdfhjk-4K7Q", (4,)),
        ("Mickey/Mouse", "X7CDFHJN-4K7Q", ()),  # a teacher's
    ],
)
def test_a_wrong_code_waits_with_both_candidates(
    name: str, external_id: str, candidates: tuple[int, ...]
) -> None:
    decision = decide(name, None, external_id)
    assert (decision.reason.value, decision.person_id, decision.candidates) == (
        "wrong_code",
        None,
        candidates,
    )
    assert decision.waits_for_teacher


def test_the_codes_of_two_people_in_one_cell_are_no_more_than_two_candidates() -> None:
    decision = decide("Chloé/Bélanger-Noël", None, f"{C17} {C33}")
    assert (decision.reason.value, decision.candidates) == ("several_people", (1, 3))


@pytest.mark.parametrize(
    "external_id", ["99200017-4K7Q", "99200033-4K7Q", f"99200033-{C17[-7:]}", "999-4K7Q"]
)
def test_the_rosters_number_settles_a_wrong_code(external_id: str) -> None:
    decision = decide("Chloé/Bélanger-Noël", "99200017", external_id)
    assert (decision.reason.value, decision.person_id) == ("student_number", 1)
    assert decide("Hugo/Martin", "99200017", "99200033-4K7Q").candidates == (
        1,
        3,
    )  # unless the name is another's


@pytest.mark.parametrize(
    ("name", "number", "external_id", "candidates"),
    [
        ("Hugo/Martin", "99200033", C17, (1, 3)),  # both sure, different people
        ("Chloé/Bélanger-Noël", "99200033", C17, (1, 3)),
        ("Mickey/Mouse", "99200777", C17, (1,)),  # the roster's number is of somebody not here
        ("Chloé/Bélanger-Noël", "99200017", ELSEWHERE, (1,)),
    ],
)
def test_a_right_code_and_the_roster_may_contradict_each_other(
    name: str, number: str, external_id: str, candidates: tuple[int, ...]
) -> None:
    decision = decide(name, number, external_id)
    assert (decision.reason.value, decision.person_id, decision.candidates) == (
        "conflicting",
        None,
        candidates,
    )


def test_a_right_code_of_somebody_not_here_waits_for_them_whatever_the_name() -> None:
    assert (
        decide("Mickey/Mouse", None, ELSEWHERE).reason,
        decide("Mickey/Mouse", None, ELSEWHERE).candidates,
    ) == (
        "code_of_nobody",
        (),
    )
    named = decide("Chloé/Bélanger-Noël", None, ELSEWHERE)
    assert (named.reason, named.person_id, named.candidates) == ("code_of_nobody", None, (1,))
    late = Candidate(person_id=9, student_number="99200999", name="Autre Nom")
    (found,) = match_rows([row("Mickey/Mouse", None, ELSEWHERE)], [*COURSE, late], {}, CODES)
    assert (found.reason, found.person_id) == ("check_code", 9)


def test_a_teachers_own_sending_is_a_trial() -> None:
    trial = decide("Hélène/Marchand", None, CODES.external_id("X7CDFHJN"))
    assert (trial.reason, trial.person_id, trial.waits_for_teacher) == ("trial", None, False)
    assert decide("Hélène/Marchand").reason == "nobody"  # a teacher's name is no student's


def test_one_number_of_two_people_waits_even_with_its_code() -> None:
    twin = Candidate(person_id=9, student_number=" 99200017", name="Autre Compte")
    (decision,) = match_rows([row("Mickey/Mouse", None, C17)], [*COURSE, twin], {}, CODES)
    assert (decision.reason, decision.candidates) == ("several_people", (1, 9))


def test_codes_made_with_another_key_are_wrong() -> None:
    others = CheckCodes(b"another key")
    assert decide("Chloé/Bélanger-Noël", None, others.external_id("99200017")).reason == "wrong_code"
    assert decide("Chloé/Bélanger-Noël", "99200017", others.external_id("99200017")).person_id == 1


def test_beside_a_right_code_what_proves_less_waits() -> None:
    lines = [
        row("Mickey/Mouse", None, C17),
        row("Minnie/Mouse", None, C17, line=3),  # the same link, another name: theirs
        row("Chloé/Bélanger-Noël", "99200017", None, line=4),  # the roster says so too
        row("Chloé/Bélanger-Noël", None, "99200017", line=5),
        row("Chloé/Bélanger-Noël", line=6),
    ]
    found = [(one.reason.value, one.person_id) for one in match_rows(lines, COURSE, {}, CODES)]
    assert found == [
        ("check_code", 1),
        ("check_code", 1),
        ("student_number", 1),
        ("several_identities", None),
        ("several_identities", None),
    ]


def test_the_check_code_is_part_of_what_is_remembered() -> None:
    right, wrong = row("A/B", None, C17), row("A/B", None, "99200017-4K7Q")
    assert identity_key(right) != identity_key(wrong)
    assert identity_key(right) == identity_key(
        row("a/b", None, f" {C17.lower().replace('-', ' – ')}", line=9)
    )
    chosen = {identity_key(right): 3, identity_key(wrong): 1}
    assert [(one.reason, one.person_id) for one in match_rows([right, wrong], COURSE, chosen, CODES)] == [
        ("remembered", 3),
        ("remembered", 1),
    ]
    saved_again = row("A/B", "9200025", C25.lstrip("0"))
    assert identity_key(saved_again) == identity_key(row("A/B", "09200025", C25))
