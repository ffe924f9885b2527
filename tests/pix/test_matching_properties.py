"""Whatever stands in a file: every line has one decision, a wrong code decides nothing, order changes nothing."""

from __future__ import annotations

import json
import random

from hypothesis import given
from hypothesis import strategies as st

from pix.external_id import LETTERS, SIGNS, CheckCodes, bare_number, read_external_id
from pix.folding import student_number
from pix.matching import Candidate, MatchReason, identity_key, match_rows
from pix.profile_row import ProfileRow
from pix.verdict import MATCHED, SETTLED
from tests.pix.rows import CODES, row

NUMBERS = ["99200017", "09200025", "9200025", "9920A074", "2026-1001", "X7CDFHJK", "99200033"]
WORDS = [
    "Léa",
    "Léo",
    "Lea",
    "Martin",
    "Jean-Pierre",
    "Jean",
    "Petit",
    "D'Ornellas",
    "🦄",
    "",
    "de La Tour",
    "L",
]
OTHERS = CheckCodes(b"another key")

numbers = st.sampled_from(NUMBERS)
words = st.sampled_from(WORDS)
names = st.one_of(st.tuples(words, words), st.tuples(st.text(max_size=8), st.text(max_size=8)))
codes = st.from_regex(f"[{LETTERS}][{SIGNS}]{{6}}", fullmatch=True)
external_ids = st.one_of(
    st.none(),
    numbers,
    numbers.map(CODES.external_id),
    numbers.map(lambda number: f" {CODES.external_id(number).lower().replace('-', ' – ')}"),
    numbers.map(OTHERS.external_id),
    st.builds(lambda number, code: f"{number}-{code}", numbers, codes),
    st.builds(lambda number, tail: f"{number}-{tail}", numbers, st.text(max_size=9)),
    st.text(max_size=20),
)


@st.composite
def people(draw: st.DrawFn) -> list[Candidate]:
    """A few people, with and without numbers and names, a teacher among them now and then."""
    made = []
    for place in range(draw(st.integers(0, 6))):
        given_name, family_name = draw(st.one_of(names, st.just(("", ""))))
        made.append(
            Candidate(
                person_id=place,
                student_number=draw(st.one_of(st.none(), numbers)),
                opaque_number=draw(
                    st.sampled_from([None, f"X{place}CDFHJM".translate({48: "2", 49: "3", 53: "4"})])
                ),
                given_name=given_name or None,
                family_name=family_name or None,
                is_teacher=draw(st.sampled_from([False, False, False, True])),
            )
        )
    return made


lines = st.builds(
    lambda name, number, external, sent, campaign: row(
        f"{name[0]}/{name[1]}", number, external, sent=sent, campaign=campaign
    ),
    names,
    st.one_of(st.none(), numbers, st.text(max_size=10)),
    external_ids,
    st.sampled_from([True, True, True, False]),
    st.sampled_from(["KTRBWX482", "XWGDRN563"]),
)
files = st.lists(lines, max_size=8)


def is_right(line: ProfileRow) -> bool:
    """Whether a line bears a right check code."""
    return any(CODES.is_right(claimed) for claimed in read_external_id(line.external_id))


@given(files, people())
def test_every_line_has_one_decision_that_says_why(rows: list[ProfileRow], course: list[Candidate]) -> None:
    decisions = match_rows(rows, course, {}, CODES)
    learners = {each.person_id for each in course if not each.is_teacher}
    assert len(decisions) == len(rows)
    for line, decision in zip(rows, decisions, strict=True):
        assert (decision.person_id is not None) == (decision.reason in MATCHED)
        assert decision.waits_for_teacher == (decision.reason not in SETTLED)
        assert (decision.reason is MatchReason.NOT_SENT) == (not line.sent)
        assert {*decision.candidates, decision.person_id} <= learners | {None}
        assert decision.explanation.fr
        assert decision.identity_key == (identity_key(line) if line.sent else "")


@given(files, people())
def test_a_wrong_code_decides_nothing_only_the_roster_may(
    rows: list[ProfileRow], course: list[Candidate]
) -> None:
    owned = {
        bare_number(number)
        for each in course
        for number in (each.student_number or "", each.opaque_number or "")
    }
    for line, decision in zip(rows, match_rows(rows, course, {}, CODES), strict=True):
        claimed = read_external_id(line.external_id)
        typed = student_number(line.external_id)
        wrong = any(each.number in owned for each in claimed) and not is_right(line)
        if wrong and not any(each.number == typed for each in course):
            assert decision.person_id is None or decision.reason is MatchReason.STUDENT_NUMBER


@given(numbers, names, people())
def test_a_right_code_is_certain_whatever_the_name(
    number: str, name: tuple[str, str], course: list[Candidate]
) -> None:
    owners = [
        each
        for each in course
        if bare_number(number)
        in {bare_number(each.student_number or ""), bare_number(each.opaque_number or "")}
    ]
    (decision,) = match_rows(
        [row(f"{name[0]}/{name[1]}", None, CODES.external_id(number))], course, {}, CODES
    )
    learners = [each.person_id for each in owners if not each.is_teacher]
    if len(learners) == 1:
        assert (decision.reason, decision.person_id) == (MatchReason.CHECK_CODE, learners[0])
    elif not owners:
        assert decision.reason is MatchReason.CODE_OF_NOBODY
    else:
        assert decision.reason in {MatchReason.SEVERAL_PEOPLE, MatchReason.TRIAL}


@given(files, people(), st.randoms(use_true_random=False))
def test_the_order_of_lines_and_people_changes_nothing(
    rows: list[ProfileRow], course: list[Candidate], chance: random.Random
) -> None:
    turned, others = list(rows), list(course)
    chance.shuffle(turned)
    chance.shuffle(others)
    told = {each.identity_key: (each.reason, each.person_id) for each in match_rows(rows, course, {}, CODES)}
    again = {
        each.identity_key: (each.reason, each.person_id) for each in match_rows(turned, others, {}, CODES)
    }
    assert told == again


@given(files, people(), st.data())
def test_a_choice_settles_its_own_identity_and_no_other(
    rows: list[ProfileRow], course: list[Candidate], data: st.DataObject
) -> None:
    before = {each.identity_key: each for each in match_rows(rows, course, {}, CODES) if each.identity_key}
    if not before:
        return
    key = data.draw(st.sampled_from(sorted(before)))
    after = match_rows(rows, course, {key: None}, CODES)
    for each in after:
        if each.identity_key == key:
            assert each.reason is MatchReason.IGNORED
        elif each.identity_key and typed(each.identity_key) != typed(key):
            assert (each.reason, each.person_id) == (
                before[each.identity_key].reason,
                before[each.identity_key].person_id,
            )


def typed(key: str) -> list[str | None] | str:
    """What tells an identity from another, whether or not the roster's number stands beside what was typed."""
    campaign, _number, external_id, name = json.loads(key)
    return [campaign, external_id, name] if external_id else key
