"""The code of a certificate as people type and paste it; what is wrong is said, and the code itself never is."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pix.certificate_code import LONGEST_PASTE, CertificateCode, CodeTrouble, CodeUnread, is_code, read_code
from tests.fuzz.effort import examples

CODE = "P-BCD23FGH"


@pytest.mark.parametrize(
    "typed",
    [
        "P-BCD23FGH",
        "p-bcd23fgh",
        "  P-BCD23FGH\n",
        "P - BCD2 3FGH",
        "P\u00a0-\u202fBCD23FGH",
        "P–BCD23FGH",  # an en dash, as word processors make them
        "P—BCD23FGH",
        "P−BCD23FGH",
        "P‑BCD23FGH",  # a hyphen that does not break
        "P_BCD23FGH",
        "PBCD23FGH",
        "P-BCD2\u00ad3FGH",  # a hyphen nobody sees
        "\ufeffP-BCD23FGH\u200b",
        "Code de vérification : P-BCD23FGH",
        "Code de vérification\u00a0: p-bcd23fgh.",
        "Mon certificat (P-BCD23FGH), merci",
        "P-BCD23FGH P-BCD23FGH",
        "https://app.pix.fr/verification-certificat?code=P-BCD23FGH",
        "https://app.pix.fr/verification-certificat?code=P%2DBCD23FGH&lang=fr",
        "https://app.pix.org/fr/verification-certificat/P-BCD23FGH/",
    ],
)
def test_a_code_is_read_as_people_give_it(typed: str) -> None:
    assert read_code(typed).text == CODE


@pytest.mark.parametrize(
    ("typed", "trouble"),
    [
        ("", CodeTrouble.BLANK),
        (" \u200b\n", CodeTrouble.BLANK),
        ("x" * (LONGEST_PASTE + 1), CodeTrouble.TOO_LONG),
        ("BCD23FGH", CodeTrouble.NO_PREFIX),
        ("bcd2 3fgh", CodeTrouble.NO_PREFIX),
        ("P-BCD23FG", CodeTrouble.WRONG_LENGTH),
        ("P-BCD23FGHJ", CodeTrouble.WRONG_LENGTH),
        ("P-", CodeTrouble.WRONG_LENGTH),
        ("P-BCDÉ3FGH", CodeTrouble.ODD_SIGN),
        ("P-٢٣BCD23F", CodeTrouble.ODD_SIGN),
        ("99200017", CodeTrouble.NO_PREFIX),
        ("bonjour", CodeTrouble.NO_CODE),
        ("KTRBWX482", CodeTrouble.NO_CODE),  # a campaign's
        ("https://app.pix.fr/verification-certificat", CodeTrouble.NO_CODE),
        ("XP-BCD23FGH", CodeTrouble.NO_CODE),
        ("P-BCD23FGH ou P-ZZZ22333", CodeTrouble.SEVERAL),
    ],
)
def test_what_is_wrong_is_said_with_how_to_mend_it(typed: str, trouble: CodeTrouble) -> None:
    with pytest.raises(CodeUnread) as refused:
        read_code(typed)
    assert refused.value.trouble is trouble
    assert refused.value.message.fr != refused.value.message.en
    assert "BCD" not in refused.value.message.fr + refused.value.message.en


def test_a_code_prints_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    """Nor in a log, nor in an error."""
    code = read_code(CODE)
    logging.getLogger("test").warning("asked about %s", code)
    assert "BCD" not in caplog.text + repr(code) + str(code) + f"{code}"


def test_a_code_unlike_those_pix_makes_is_told_apart() -> None:
    """Pix draws no vowel, no 0, 1 or 5: O for 0 is a slip worth naming when Pix knows no such code."""
    assert not CertificateCode(CODE).is_unlike_generated
    assert CertificateCode("P-BCD2OFGH").is_unlike_generated


@examples(200)
@given(some.text(max_size=40) | some.text(alphabet="pP -‑BCD23FGH\u00a0%:", max_size=20))
def test_any_text_is_a_code_or_refused_in_words(typed: str) -> None:
    try:
        assert is_code(read_code(typed).text)
    except CodeUnread as refused:
        assert refused.message.fr  # noqa: PT017
        assert refused.message.en  # noqa: PT017
