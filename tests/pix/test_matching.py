"""Whose a line is: each rule, each border, and what is left to the teacher."""

from __future__ import annotations

import pytest

from pix.matching import Candidate, MatchDecision, MatchReason, identity_key, match_rows
from pix.profile_row import ProfileRow
from tests.pix.rows import CODES, row

CHLOE = Candidate(person_id=1, student_number="99200017", given_name="Chloé", family_name="Bélanger-Noël")
MAELYS = Candidate(person_id=2, student_number="09200025", name="Maëlys D'Ornellas")
HUGO = Candidate(person_id=3, student_number="99200033", given_name="Hugo", family_name="Martin")
LEA = Candidate(person_id=4, student_number="99200041", given_name="Léa", family_name="Martin")
TOM_A = Candidate(person_id=5, student_number="99200058", given_name="Tom", family_name="Petit")
TOM_B = Candidate(person_id=6, student_number="99200066", given_name="Tom", family_name="Petit")
NAMELESS = Candidate(person_id=7, student_number="9920A074")
NUMBERLESS = Candidate(person_id=8, name="Étienne O’Sullivan")
COURSE = [CHLOE, MAELYS, HUGO, LEA, TOM_A, TOM_B, NAMELESS, NUMBERLESS]


def decide(line: ProfileRow, remembered: dict[str, int | None] | None = None) -> MatchDecision:
    (decision,) = match_rows([line], COURSE, remembered or {}, CODES)
    assert decision.row_line == line.line
    assert decision.explanation.fr
    assert decision.explanation.en
    assert not (decision.waits_for_teacher and decision.person_id)
    return decision


@pytest.mark.parametrize(
    ("name", "number", "external_id", "reason", "person"),
    [
        # the roster's number
        ("Chloé/Bélanger-Noël", "99200017", None, "student_number", 1),
        ("Chloé/Durand", "99200017", None, "student_number", 1),  # a married name
        ("Chloé/Bélanger-Noël", " 99200017 ", "adresse@exemple.fr", "student_number", 1),
        ("Tom/Petit", "99200066", None, "student_number", 6),  # tells namesakes apart
        ("Qui/Conque", "9920a074", None, "student_number", 7),  # the LMS gives no name to contradict
        # an external id that is a student number
        ("Chloé/Bélanger-Noël", None, "99200017", "external_id", 1),
        ("chloe/belanger noel", None, " 99200017\t", "external_id", 1),
        ("M./Dornellas", None, "09200025", "external_id", 2),  # an initial
        ("Maelys D'Ornellas/", None, "09200025", "external_id", 2),
        ("Maelis/Dornellas", None, "09200025", "external_id", 2),  # a slip of typing
        ("Hugo Martin/Hugo Martin", None, None, "exact_name", 3),  # the whole name in both fields
        ("Chlo/Bélanger-Noël", None, "99200017", "external_id", 1),  # a short form
        ("Chloé/", None, "99200017", "external_id", 1),  # the only one of that first name
        ("Maëlys/D'Ornellas", "9200025", None, "student_number", 2),  # a spreadsheet took the zero away
        ("Maëlys/D'Ornellas", None, "9200025", "external_id", 2),
        ("Tom/Petit", None, "99200058", "external_id", 5),
        # the exact name, however written
        ("Chloé/Bélanger-Noël", None, None, "exact_name", 1),
        ("CHLOE/BELANGER NOEL", None, None, "exact_name", 1),
        ("Bélanger-Noël/Chloé", None, None, "exact_name", 1),
        ("Maëlys/D’Ornellas", None, "", "exact_name", 2),
        ("maelys/d' ornellas", None, "bonjour", "exact_name", 2),
        ("Étienne/O'Sullivan", "12345678", None, "exact_name", 8),  # the LMS has no number to contradict
        ("Léa 🦄/Martin", None, None, "exact_name", 4),
        ("Chloé/Bélanger-Noël", None, "G1-TD2", "exact_name", 1),  # any text with a dash is no number
        # what a spreadsheet makes of numbers
        ("Chloé/Durand", "99 200 017", None, "student_number", 1),
        ("Chloé/Durand", "99200017,0", None, "student_number", 1),
        ("Chloé/Durand", "'99200017", None, "student_number", 1),
        ("Chloé/Bélanger-Noël", "9,92E+07", None, "exact_name", 1),  # its digits are lost
        ("Chloé/Bélanger-Noël", None, "99200017@etu.exemple.fr", "exact_name", 1),  # their own number
        ("Hugo/Martin", None, "hugo.martin@etu.exemple.fr", "exact_name", 3),
        ("Chloé/Bélanger-Noël", None, "1234567890A", "exact_name", 1),  # another scheme says nothing
    ],
)
def test_settled_alone(
    name: str, number: str | None, external_id: str | None, reason: str, person: int
) -> None:
    decision = decide(row(name, number, external_id))
    assert (decision.reason.value, decision.person_id, decision.candidates) == (reason, person, ())
    assert not decision.waits_for_teacher


@pytest.mark.parametrize(
    ("name", "number", "external_id", "reason", "candidates"),
    [
        # number and external id, or number and name, point to different people
        ("Chloé/Bélanger-Noël", "99200017", "99200033", "conflicting", (1, 3)),
        ("Hugo/Martin", "99200017", None, "conflicting", (1, 3)),
        ("Hugo/Martin", None, "99200041", "conflicting", (4, 3)),  # the sister's number
        ("Paul/Durand", "99200017", None, "conflicting", (1,)),  # nobody here, somebody else's number
        ("Paul/Durand", None, "99200017", "conflicting", (1,)),
        ("Léo/Martin", None, "99200041", "conflicting", (4,)),
        ("Léa/Durand", None, "99200041", "conflicting", (4,)),
        ("Chloé/Bélanger-Noël", "99200999", "99200017", "conflicting", (1,)),
        # a namesake who is not in the course
        ("Hugo/Martin", "99200999", None, "conflicting", (3,)),
        ("Hugo/Martin", None, "99200999", "conflicting", (3,)),
        ("Hugo/Martin", None, "99200999@etu.exemple.fr", "conflicting", (3,)),
        ("Hugo/Martin", None, "Lea.Martin2@etu.exemple.fr", "conflicting", (3, 4)),  # the sister's address
        ("Hugo/Martin", None, "n° 99200999", "conflicting", (3,)),
        ("Hugo/Martin", None, "99200033 99200041", "conflicting", (3,)),  # two people in one cell
        # the roster's number of a brother, and a name that is nearer to his sister's
        ("L./Martin", "99200033", None, "conflicting", (3, 4)),
        ("Lea/Martn", "99200033", None, "conflicting", (3, 4)),
        ("L./Martin", "99200033", "99200041-4K7Q", "wrong_code", (3, 4)),
        ("Maëlys/D'Ornellas", "9200999", None, "conflicting", (2,)),  # a spreadsheet took its zero away
        ("Hugo/Martin", "9200999", None, "conflicting", (3,)),
        # several people
        ("Tom/Petit", None, None, "several_people", (5, 6)),
        # leading zeros that a spreadsheet took away: the name has to agree
        ("Qui/Conque", "9200025", None, "conflicting", (2,)),
        # near names are suggestions only
        ("Chloé/Bélanger", None, None, "near_name", (1,)),
        ("Chloé Marie/Bélanger-Noël", None, None, "near_name", (1,)),
        ("Hugo/Martn", None, None, "near_name", (3,)),
        ("Hhugo/Martin", None, None, "near_name", (3,)),
        ("Hugo/Amrtin", None, None, "near_name", (3,)),
        ("Maëlys/Ornellas", None, None, "near_name", (2,)),
        ("Yann/Kervella", None, None, "nobody", ()),
        ("/", None, None, "nobody", ()),
        ("@=/+-", None, "", "nobody", ()),
        ("Qui/Conque", None, "9920a074 ", "conflicting", (7,)),  # the LMS gives no name to compare
        ("C./B.", None, "99200017", "conflicting", (1,)),
        ("Martin/", None, "99200041", "conflicting", (4,)),  # one word of two
        ("🦄/🔥", None, "99200017", "conflicting", (1,)),  # a number that was typed, and no name to believe
    ],
)
def test_left_to_the_teacher(
    name: str, number: str | None, external_id: str | None, reason: str, candidates: tuple[int, ...]
) -> None:
    decision = decide(row(name, number, external_id))
    assert (decision.reason.value, decision.person_id, decision.candidates) == (reason, None, candidates)
    assert decision.waits_for_teacher


def test_where_the_lms_gives_no_names_a_number_that_was_typed_is_believed() -> None:
    people = [NAMELESS, Candidate(person_id=9, student_number="99200017")]
    (decision,) = match_rows([row("Qui/Conque", None, "9920a074 ")], people, {}, CODES)
    assert (decision.reason, decision.person_id) == (MatchReason.EXTERNAL_ID, 7)


def test_one_number_for_two_people_waits() -> None:
    twin = Candidate(person_id=9, student_number="99200017", name="Autre Compte")
    (decision,) = match_rows([row(number="99200017")], [CHLOE, twin], {}, CODES)
    assert (decision.reason, decision.candidates) == (MatchReason.SEVERAL_PEOPLE, (1, 9))


def test_unsent_lines_need_nobody() -> None:
    decision = decide(row(sent=False))
    assert (decision.reason, decision.person_id) == (MatchReason.NOT_SENT, None)
    assert not decision.waits_for_teacher


def test_a_remembered_choice_comes_first() -> None:
    line = row(number="99200017")
    decision = decide(line, {identity_key(line): 3})
    assert (decision.reason, decision.person_id) == (MatchReason.REMEMBERED, 3)
    ignored = decide(line, {identity_key(line): None})
    assert (ignored.reason, ignored.person_id, ignored.waits_for_teacher) == (
        MatchReason.IGNORED,
        None,
        False,
    )
    gone = decide(line, {identity_key(line): 99})
    assert (gone.reason, gone.waits_for_teacher) == (MatchReason.REMEMBERED_GONE, True)


def test_an_identity_is_campaign_number_external_id_and_folded_name() -> None:
    line = row(number="99200017", external_id="a")
    assert identity_key(line) == identity_key(row("CHLOE/belanger noel", " 99200017", "A ", line=9))
    for other in (
        row(number="99200018", external_id="a"),
        row(number="99200017", external_id="b"),
        row("Zoé/Noël", number="99200017", external_id="a"),
        row(number="99200017", external_id="a", campaign="XWGDRN563"),
    ):
        assert identity_key(line) != identity_key(other)


def reasons(
    *lines: ProfileRow, remembered: dict[str, int | None] | None = None
) -> list[tuple[str, int | None]]:
    return [(one.reason.value, one.person_id) for one in match_rows(lines, COURSE, remembered or {}, CODES)]


def test_several_sendings_of_one_identity_go_to_one_person() -> None:
    assert reasons(row(line=2), row(line=3), row(line=4, sent=False)) == [
        ("exact_name", 1),
        ("exact_name", 1),
        ("not_sent", None),
    ]
    assert reasons(row(), row(campaign="XWGDRN563")) == [("exact_name", 1)] * 2


def test_the_weaker_of_two_identities_waits() -> None:
    number, typed, name = row(number="99200017"), row(external_id="99200017"), row()
    wait = ("several_identities", None)
    assert reasons(number, name) == [("student_number", 1), wait]
    assert reasons(name, typed) == [wait, ("external_id", 1)]
    assert reasons(number, typed, name) == [("student_number", 1), wait, wait]


def test_equals_are_the_same_student_by_number_and_wait_by_name() -> None:
    numbers = [row(number="99200017", external_id=typed) for typed in (None, "x")]
    assert reasons(*numbers) == [("student_number", 1)] * 2
    names = [row(external_id=typed) for typed in (None, "x")]
    assert reasons(*names) == [("several_identities", None)] * 2
    typed = [row(name, external_id="99200017") for name in ("Chloé/Bélanger-Noël", "Chloé/Bélanger")]
    assert reasons(*typed) == [("several_identities", None)] * 2


def test_of_two_spellings_of_one_identity_the_one_with_its_zeros_decides() -> None:
    other = Candidate(person_id=9, student_number="9200025", name="Maëlys D'Ornellas")
    lines = [row("Maëlys/D'Ornellas", "09200025"), row("Maëlys/D'Ornellas", "9200025")]
    for given in (lines, lines[::-1]):
        found = [(one.reason, one.person_id) for one in match_rows(given, [MAELYS, other], {}, CODES)]
        assert found == [(MatchReason.STUDENT_NUMBER, 2)] * 2


def test_a_choice_for_a_name_alone_is_not_one_for_its_namesake() -> None:
    """The API gives no roster's number: a choice is found again by what was typed, never by the name alone."""
    numbered, bare = row("Zoé/Faure", "99200777"), row("Zoé/Faure")
    assert reasons(numbered, bare, remembered={identity_key(numbered): 1}) == [
        ("remembered", 1),
        ("nobody", None),
    ]
    numbered, bare = row("Zoé/Faure", "99200777", "code 12"), row("Zoé/Faure", None, "code 12")
    assert reasons(bare, remembered={identity_key(numbered): 1}) == [("remembered", 1)]


def test_settling_one_line_never_changes_another() -> None:
    near, exact, twin = row("Chloé/Bélanger"), row(), row(external_id="x")
    assert reasons(near, exact, remembered={identity_key(near): 1}) == [("remembered", 1), ("exact_name", 1)]
    wait = ("several_identities", None)
    assert reasons(twin, exact, remembered={identity_key(twin): 1}) == [("remembered", 1), wait]
    ignored: dict[str, int | None] = {identity_key(twin): None}
    assert reasons(twin, exact, remembered=ignored) == [("ignored", None), wait]


def test_order_of_lines_and_people_changes_nothing() -> None:
    lines = [row(number="99200017"), row(), row("Tom/Petit"), row("Hugo/Martn", line=7)]
    forward = {(one.row_line, one.reason, one.person_id) for one in match_rows(lines, COURSE, {}, CODES)}
    backward = {
        (one.row_line, one.reason, one.person_id) for one in match_rows(lines[::-1], COURSE[::-1], {}, CODES)
    }
    assert forward == backward


def test_a_number_without_zeros_is_first_of_whom_it_is_to_the_letter() -> None:
    other = Candidate(person_id=9, student_number="9200025", name="Maëlys D'Ornellas")
    (decision,) = match_rows([row("Maëlys/D'Ornellas", "9200025")], [MAELYS, other], {}, CODES)
    assert (decision.reason, decision.person_id) == (MatchReason.STUDENT_NUMBER, 9)
    other = Candidate(person_id=9, student_number="009200025", name="Maëlys D'Ornellas")
    (decision,) = match_rows([row("Maëlys/D'Ornellas", "9200025")], [MAELYS, other], {}, CODES)
    assert (decision.reason, decision.candidates) == (MatchReason.SEVERAL_PEOPLE, (2, 9))


LOUIS = Candidate(person_id=11, student_number="99300011", given_name="Louis", family_name="Roux")
LOUISE = Candidate(person_id=12, student_number="99300029", given_name="Louise", family_name="Roux")
JEAN = Candidate(person_id=13, given_name="Jean", family_name="Noël")
JEAN_PIERRE = Candidate(person_id=14, given_name="Jean-Pierre", family_name="Noël")


@pytest.mark.parametrize(
    ("name", "external_id", "reason", "candidates"),
    [
        ("Louis/Roux", None, "several_people", (11, 12)),  # Louise, but for a letter
        ("Louise/Roux", None, "several_people", (12, 11)),
        ("Jean/Noël", None, "several_people", (13, 14)),  # Jean-Pierre, in short
        ("Louisse/Roux", "99300011", "conflicting", (11, 12)),  # her name, but for a slip, and his number
    ],
)
def test_a_name_that_a_slip_makes_anothers_waits(
    name: str, external_id: str | None, reason: str, candidates: tuple[int, ...]
) -> None:
    people = [LOUIS, LOUISE, JEAN, JEAN_PIERRE]
    (decision,) = match_rows([row(name, None, external_id)], people, {}, CODES)
    assert (decision.reason.value, decision.candidates) == (reason, candidates)


def test_a_short_form_that_may_be_of_two_waits() -> None:
    people = [
        Candidate(person_id=place, student_number=f"9930003{place}", given_name=given, family_name="Öztürk")
        for place, given in enumerate(("Nathan", "Nathanaël"), start=1)
    ]
    (decision,) = match_rows([row("Nath/Öztürk", None, "99300031")], people, {}, CODES)
    assert (decision.reason.value, decision.candidates) == ("conflicting", (1, 2))
    (decision,) = match_rows([row("Maël et Zoé/Öztürk", None, "99300031")], people, {}, CODES)
    assert decision.waits_for_teacher


def test_a_first_name_alone_beside_a_number_is_enough_where_nobody_has_one_like_it() -> None:
    lone = Candidate(person_id=1, student_number="99300031", given_name="Alex", family_name="Roux")
    others = [
        Candidate(person_id=place, name=name)
        for place, name in enumerate(("Alexandre Petit", "Alix Petit", "Alex Petit", "Zoé Alex"), start=2)
    ]
    (decision,) = match_rows([row("Alex/", None, "99300031")], [lone], {}, CODES)
    assert (decision.reason.value, decision.person_id) == ("external_id", 1)
    for other in others:
        (decision,) = match_rows([row("Alex/", None, "99300031")], [lone, other], {}, CODES)
        assert decision.waits_for_teacher


def test_two_words_a_letter_apart_are_a_slip_and_two_letters_apart_are_not() -> None:
    names = ("Sacha", "Aïcha", "Sachs")
    people = [Candidate(person_id=place, name=f"{given} Roux") for place, given in enumerate(names, start=1)]
    (decision,) = match_rows([row("Sacha/Roux")], people, {}, CODES)
    assert (decision.reason.value, decision.candidates) == ("several_people", (1, 3))
    (decision,) = match_rows([row("Aïcha/Roux")], people, {}, CODES)
    assert (decision.reason.value, decision.person_id) == ("exact_name", 2)


def test_a_name_that_is_a_teachers_too_waits() -> None:
    teacher = Candidate(person_id=21, name="Martin Hugo", is_teacher=True)
    (decision,) = match_rows([row("Hugo/Martin")], [HUGO, teacher], {}, CODES)
    assert (decision.reason.value, decision.candidates) == ("several_people", (3,))
    (decision,) = match_rows([row("Hugo/Martin", None, "99200033")], [HUGO, teacher], {}, CODES)
    assert (decision.reason.value, decision.person_id) == ("external_id", 3)


def test_the_longer_of_two_names_and_a_number_of_ones_own_are_certain() -> None:
    people = [LOUIS, LOUISE, JEAN, JEAN_PIERRE]
    lines = [row("Jean Pierre/Noël"), row("Louis/Roux", None, "99300011"), row("Louise/Roux", "99300029")]
    found = [(one.reason.value, one.person_id) for one in match_rows(lines, people, {}, CODES)]
    assert found == [("exact_name", 14), ("external_id", 11), ("student_number", 12)]
