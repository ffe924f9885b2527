"""The identifier in a campaign link: its check code, what it survives, and what it gives away."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pix.external_id import (
    LENGTH,
    LETTERS,
    SIGNS,
    CheckCodes,
    bare_number,
    campaign_link,
    is_opaque,
    opaque_number,
    read_external_id,
)

CODES = CheckCodes(b"k" * 32)
OTHERS = CheckCodes.derived_from(b"another secret")

numbers = st.one_of(
    st.from_regex(r"[0-9]{1,12}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9./ _-]{0,20}[A-Za-z0-9]", fullmatch=True),
).filter(bare_number)


def is_right(text: str, codes: CheckCodes = CODES) -> bool:
    """Whether one way to read a text has a right code."""
    return any(codes.is_right(claimed) for claimed in read_external_id(text))


@given(numbers)
def test_what_is_made_is_right_and_keeps_its_cell_quoted(number: str) -> None:
    made = CODES.external_id(number)
    assert is_right(made)
    assert not is_right(made, OTHERS)
    code = made.rpartition("-")[2]
    assert len(code) == LENGTH
    assert code[0] in LETTERS
    assert set(code) <= set(SIGNS)
    assert not re.fullmatch(r"[0-9-]+", made)  # Pix would leave such a cell bare
    assert read_external_id(made)[0].number == bare_number(number)


def test_no_sign_is_taken_for_another() -> None:
    for pair in ("0O", "1I", "1L", "2Z", "5S", "6G", "8B", "UV", "QO"):
        assert len(set(pair) & set(SIGNS)) <= 1
    assert not set("AEIOUY") & set(LETTERS) - {"Y"}


@pytest.mark.parametrize(
    "change",
    [
        str.lower,
        lambda text: f"  {text}\u00a0",
        lambda text: text.replace("-", ""),
        lambda text: text.replace("-", " "),
        lambda text: text.replace("-", " - "),
        *(lambda text, dash=dash: text.replace("-", dash) for dash in "‐‑‒–—−﹣－\u00ad_"),
        lambda text: f"{text[:-3]} {text[-3:]}",
        lambda text: f"{text[:2]} {text[2:5]} {text[5:]}",
        lambda text: f'="{text}"',
        lambda text: f"'{text}",
        lambda text: text.lstrip("0"),
        lambda text: f"00{text}",
        lambda text: "".join(chr(ord(sign) + 0xFEE0) for sign in text),  # full width
        "\u200b".join,
    ],
)
def test_a_code_survives_people_and_spreadsheets(change) -> None:  # type: ignore[no-untyped-def]
    for number in ("09200041", "99200017", "9920A074", "2026-1001", CODES.code_of("x") + "7"):
        assert is_right(change(CODES.external_id(number))), (number, change(CODES.external_id(number)))


@given(numbers, st.integers(min_value=0, max_value=LENGTH - 1), st.sampled_from(SIGNS))
def test_one_sign_changed_is_wrong(number: str, place: int, sign: str) -> None:
    made = CODES.external_id(number)
    at = len(made) - LENGTH + place
    altered = made[:at] + sign + made[at + 1 :]
    assert is_right(altered) == (altered == made)


@given(numbers, numbers)
def test_a_code_copied_to_another_number_is_wrong(one: str, other: str) -> None:
    if bare_number(one) != bare_number(other):
        copied = f"{other}-{CODES.code_of(one)}"
        assert not is_right(copied)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        " ",
        "99200017",
        "2019-03-01",
        "moi@exemple.fr",
        "99200017-1@exemple.fr",
        "🦄",
        "-",
        "é" * 300,
    ],
)
def test_what_is_no_identifier_of_ours_is_read_as_none(text: str | None) -> None:
    assert read_external_id(text) == ()


@given(st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    assert len(read_external_id(text)) <= 2
    assert not is_right(text)


def test_a_code_of_another_length_is_read_as_one_that_is_wrong() -> None:
    (claimed,) = read_external_id("99200017-4K7Q")
    assert (claimed.number, claimed.check, claimed.is_well_formed) == ("99200017", "4K7Q", False)
    assert not CODES.is_right(claimed)


def test_the_link_fills_the_identifier_in() -> None:
    link = campaign_link("https://app.pix.fr/campagnes/KTRBWX482", "99 2é-CDFH234")
    assert link == ("https://app.pix.fr/campagnes/KTRBWX482?participantExternalId=99%202%C3%A9-CDFH234")


@given(st.binary(min_size=10, max_size=16))
def test_a_number_of_ours_has_a_shape_and_a_code(draw: bytes) -> None:
    number = opaque_number(draw)
    assert is_opaque(number)
    assert is_right(CODES.external_id(number))
    assert not is_opaque(number.lower())


def test_the_key_is_shown_nowhere() -> None:
    assert "kkkk" not in repr(CODES)
    assert vars(CODES).keys() == {"_key"}
