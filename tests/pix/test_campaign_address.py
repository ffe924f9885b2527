"""A campaign as teachers paste it: what is understood, and what is said of the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pix.campaign_address import AddressRefused, read_campaign

HOME = "https://app.pix.fr/campagnes/KTRBWX482"


@pytest.mark.parametrize(
    "given",
    [
        "KTRBWX482",
        "  ktrbwx482\n",
        "ktr bwx 482",
        "KTR-BWX-482",
        "« KTRBWX482 ».",
        "ＫＴＲＢＷＸ４８２",  # full width, as some keyboards type
        "KTRBWX\u200b482\ufeff",
        HOME,
        "http://app.pix.fr/campagnes/ktrbwx482/",
        "app.pix.fr/campagnes/KTRBWX482",
        "//app.pix.fr/campagnes/KTRBWX482",
        f"{HOME}/presentation",
        f"{HOME}?participantExternalId=99200017-4K7Q",
        f"{HOME}/#debut",
        f"<{HOME}>",
        "https://app.pix.fr/Campagnes/KTRBWX482",
        "https://pix.fr/campagnes/KTRBWX482",
        "https://www.pix.fr/campagnes/KTRBWX482",
    ],
)
def test_a_code_or_an_address_is_understood(given: str) -> None:
    found = read_campaign(given)
    assert (found.code, found.address) == ("KTRBWX482", HOME)


def test_another_site_of_pix_keeps_its_host() -> None:
    assert (
        read_campaign("app.pix.org/campagnes/KTRBWX482").address == "https://app.pix.org/campagnes/KTRBWX482"
    )
    assert read_campaign("https://app.recette.pix.fr/campagnes/abcdefghi").address == (
        "https://app.recette.pix.fr/campagnes/ABCDEFGHI"
    )


@pytest.mark.parametrize("code", ["SCOMULTIP", "QWERTY456", "000000000", "AAAAAAAAA", "123456789"])
def test_nothing_harder_is_asked_of_a_code(code: str) -> None:
    assert read_campaign(code).code == code


@pytest.mark.parametrize(
    ("given", "problems", "said"),
    [
        ("", ["blank"], "9 lettres et chiffres"),
        (" \u200b ", ["blank"], "Pix Orga"),
        ("KTRBWX48", ["length"], "8 signes"),
        ("KTRBWX4822", ["length"], "10 signes"),
        ("KTRÉWX482", ["signs"], "« É »"),
        ("KTRBWX48!?", ["signs", "length"], "« !? »"),
        ("https://exemple.fr/campagnes/KTRBWX482", ["other_site"], "exemple.fr"),
        ("https://app.pix.fr.exemple.com/campagnes/KTRBWX482", ["other_site"], "exemple.com"),
        ("https://app-pix.fr/campagnes/KTRBWX482", ["other_site"], "app-pix.fr"),
        ("https://orga.pix.fr/campagnes/512345", ["pix_orga"], "orga.pix.fr"),
        ("https://app.pix.fr/", ["no_code"], "code de campagne"),
        ("https://app.pix.fr/campagnes", ["no_code"], "code de campagne"),
        ("https://app.pix.fr/campagnes/KTR", ["length"], "3 signes"),
        ("http://[", ["other_site"], "adresse de Pix"),
        ("A" * 3000, ["too_long"], "trop long"),
    ],
)
def test_what_names_no_campaign_is_said_with_how_to_mend_it(
    given: str, problems: list[str], said: str
) -> None:
    with pytest.raises(AddressRefused) as refused:
        read_campaign(given)
    assert [problem.value for problem, _ in refused.value.problems] == problems
    told = " ".join(message.fr for _, message in refused.value.problems)
    assert said in told
    assert all(message.en and message.fr != message.en for _, message in refused.value.problems)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read_campaign(text)
    except AddressRefused:
        return
    assert found.code.isalnum()
    assert len(found.code) == 9
    assert found.address.endswith(f"/campagnes/{found.code}")
