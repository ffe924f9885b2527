"""Whose each participation of Pix's API is: as for files, and by the account that Pix says is one person's."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pix.matching import Candidate, MatchDecision, MatchReason, identity_key, match_rows
from pix.participants import ParticipationLine, match_participations
from tests.pix.rows import CODES, row

CHLOE = Candidate(person_id=1, student_number="99200017", given_name="Chloé", family_name="Bélanger-Noël")
HUGO = Candidate(person_id=3, student_number="99200033", given_name="Hugo", family_name="Martin")
LEA = Candidate(person_id=4, student_number="99200041", given_name="Léa", family_name="Martin")
COURSE = [CHLOE, HUGO, LEA]
CODE_OF_CHLOE = CODES.external_id("99200017")
CODE_OF_HUGO = CODES.external_id("99200033")


def line(
    name: str, external_id: str | None = None, account: str | None = None, *, place: int = 0
) -> ParticipationLine:
    """A participation; `name` is "given/family"."""
    given, _, family = name.partition("/")
    return ParticipationLine(
        line=place,
        campaign_code="KTRBWX482",
        account=account,
        first_name=given,
        last_name=family,
        external_id=external_id,
    )


def decide(
    *lines: ParticipationLine, remembered: Mapping[str, int | None] | None = None
) -> tuple[MatchDecision, ...]:
    decisions = match_participations(lines, COURSE, remembered or {}, CODES)
    for decision in decisions:
        assert not (decision.waits_for_teacher and decision.person_id)
        assert decision.explanation.fr
    return decisions


def told(*decisions: MatchDecision) -> list[tuple[str, int | None]]:
    return [(each.reason.value, each.person_id) for each in decisions]


@pytest.mark.parametrize(
    ("name", "external_id", "reason", "person"),
    [
        ("Qui/Conque", CODE_OF_CHLOE, "check_code", 1),
        ("Hugo/Martin", CODE_OF_CHLOE, "check_code", 1),  # a right code, whatever name was typed
        ("Hugo/Martin", "99200033", "external_id", 3),
        ("Hugo/Martin", None, "exact_name", 3),
        ("Hugo/Martin", "99200033-CCCCCCC", "wrong_code", None),
        ("Hugo/Martine", None, "near_name", None),
        ("Qui/Conque", None, "nobody", None),
    ],
)
def test_one_alone_is_decided_as_the_line_of_a_file(
    name: str, external_id: str | None, reason: str, person: int | None
) -> None:
    (decision,) = decide(line(name, external_id, "a"))
    assert told(decision) == [(reason, person)]
    (of_file,) = match_rows([row(name, None, external_id)], COURSE, {}, CODES)
    assert told(of_file) == told(decision)


def test_the_other_sendings_of_an_account_follow_the_one_that_is_known() -> None:
    decisions = decide(
        line("Chloé/Bélanger-Noël", CODE_OF_CHLOE, "a"),
        line("Chlo/B", None, "a"),
        line("", None, "a"),
        line("Chlo/B", None, "b"),
        line("Chlo/B", None, None),
    )
    assert [each.reason for each in decisions[:3]] == [
        MatchReason.CHECK_CODE,
        MatchReason.SAME_ACCOUNT,
        MatchReason.SAME_ACCOUNT,
    ]
    assert decisions[2].person_id == 1
    assert decisions[3].person_id is decisions[4].person_id is None


def test_a_name_near_anothers_does_not_follow_a_borrowed_computer() -> None:
    lines = [
        line("C/B", CODE_OF_CHLOE, "a"),
        line("Hugo/Martine", None, "a"),
        line("Chlo/Bélanger-Noël", None, "a"),
    ]
    assert told(*decide(*lines)) == [("check_code", 1), ("near_name", None), ("same_account", 1)]


def test_an_account_that_sent_for_two_people_waits() -> None:
    decisions = decide(line("Chloé/Bélanger-Noël", CODE_OF_CHLOE, "a"), line("Chloé/B", CODE_OF_HUGO, "a"))
    assert told(*decisions) == [("conflicting", None), ("conflicting", None)]
    assert decisions[0].candidates == (1, 3)
    assert "Un même compte Pix" in decisions[0].explanation.fr


def test_a_teachers_choice_stands_even_then() -> None:
    mine = line("Chloé/B", CODE_OF_HUGO, "a")
    decisions = decide(
        line("Chloé/Bélanger-Noël", CODE_OF_CHLOE, "a"), mine, remembered={identity_key(mine): 1}
    )
    assert told(*decisions) == [("check_code", 1), ("remembered", 1)]


@pytest.mark.parametrize("external_id", ["99200033-CCCCCCC", CODES.external_id("98000000")])
def test_what_contradicts_never_follows(external_id: str) -> None:
    decisions = decide(line("Chloé/Bélanger-Noël", CODE_OF_CHLOE, "a"), line("C/B", external_id, "a"))
    assert decisions[0].person_id == 1
    assert decisions[1].waits_for_teacher


def test_an_account_nobody_knows_waits() -> None:
    assert told(*decide(line("A/B", None, "a"), line("A/C", None, "a"))) == [("nobody", None)] * 2


def test_what_a_teacher_chose_for_one_goes_for_the_account() -> None:
    one = line("Chlo/B", None, "a")
    decisions = decide(one, line("Chloé/Bé", None, "a"), remembered={identity_key(one): 1})
    assert told(*decisions) == [("remembered", 1), ("same_account", 1)]


def test_a_choice_made_for_a_file_holds_for_the_api() -> None:
    """The file has the roster's number beside what was typed; the API has not."""
    of_file = row("Chlo/B", "98111111", "chlo@exemple.fr")
    remembered = {identity_key(of_file): 1}
    assert told(*decide(line("Chlo/B", "chlo@exemple.fr"), remembered=remembered)) == [("remembered", 1)]
    assert told(*decide(line("Chlo/C", "chlo@exemple.fr"), remembered=remembered)) != [("remembered", 1)]
    ignored = {identity_key(of_file): None}
    assert told(*decide(line("Chlo/B", "chlo@exemple.fr"), remembered=ignored)) == [("ignored", None)]


def test_a_choice_made_for_the_api_holds_for_a_file() -> None:
    remembered = {identity_key(line("Chlo/B", "chlo@exemple.fr")): 1}
    (of_file,) = match_rows([row("Chlo/B", "98111111", "chlo@exemple.fr")], COURSE, remembered, CODES)
    assert told(of_file) == [("remembered", 1)]


def test_a_choice_come_otherwise_beats_no_sure_ground() -> None:
    remembered = {identity_key(line("Chlo/B", "chlo@exemple.fr")): 3}
    (of_file,) = match_rows([row("Chlo/B", "99200017", "chlo@exemple.fr")], COURSE, remembered, CODES)
    assert told(of_file) == [("student_number", 1)]


def test_a_choice_come_otherwise_is_not_for_a_namesake_whom_the_roster_tells_apart() -> None:
    chosen = {identity_key(line("Hugo/Martin", "G2")): HUGO.person_id}
    for number, reason, person in (("99200033", "student_number", 3), ("99200999", "conflicting", None)):
        (decision,) = match_rows([row("Hugo/Martin", number, "G2")], COURSE, chosen, CODES)
        assert (decision.reason.value, decision.person_id) == (reason, person)


def test_two_choices_for_what_looks_alike_decide_nothing() -> None:
    """Two namesakes whom the roster's numbers tell apart in the file."""
    remembered = {
        identity_key(row("Chlo/B", "98111111", None)): 1,
        identity_key(row("Chlo/B", "98222222", None)): 4,
    }
    assert told(*decide(line("Chlo/B"), remembered=remembered)) == [("nobody", None)]


def test_a_choice_for_nothing_typed_is_nobody_elses() -> None:
    remembered = {identity_key(row("/", "98111111", None)): 1, "not a key": 3}
    assert told(*decide(line("/"), remembered=remembered)) == [("nobody", None)]
