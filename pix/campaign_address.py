"""A Pix campaign as a teacher gives it: its code, or its address, pasted with whatever came along."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from grading.text import Bilingual

CODE_LENGTH = 9
_SPACES_AND_DASHES = re.compile(r"[\s\-‐‑‒–—−_]+")
_PIX = re.compile(r"(?:[a-z0-9-]+\.)*pix\.(?:fr|org|digital)", re.ASCII)
_APP = re.compile(r"app(?:\.[a-z0-9-]+)*\.pix\.(?:fr|org|digital)", re.ASCII)
_HOST = "app.pix.fr"
_LONGEST = 2000
_WHERE = Bilingual(
    "Le code est sur la page de la campagne, dans Pix Orga : 9 lettres et chiffres, comme KTRBWX482.",
    "The code is on the campaign's page, in Pix Orga: 9 letters and digits, such as KTRBWX482.",
)


class AddressProblem(StrEnum):
    """Every reason why what was given names no campaign."""

    BLANK = "blank"
    TOO_LONG = "too_long"
    LENGTH = "length"
    SIGNS = "signs"
    OTHER_SITE = "other_site"
    PIX_ORGA = "pix_orga"
    NO_CODE = "no_code"


@dataclass(frozen=True, kw_only=True)
class CampaignAddress:
    """A campaign: its code, and the address where learners join it, without anything behind the code."""

    code: str
    address: str


class AddressRefused(Exception):
    """What was given names no campaign; `problems` says every reason, and how to mend each."""

    def __init__(self, problems: tuple[tuple[AddressProblem, Bilingual], ...]) -> None:
        """Keep every problem."""
        super().__init__("; ".join(message.en for _, message in problems))
        self.problems = problems


def read_campaign(text: str) -> CampaignAddress:
    """Read a code or an address, tolerant of case, spaces and what a browser leaves behind the code.

    Raises `AddressRefused`. A code is nine letters or digits, and nothing harder: Pix's staff choose some.
    """
    given = "".join(
        sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) not in ("Cc", "Cf")
    ).strip(" \t\r\n.,;:<>()[]\"'«»“”")
    if not given:
        raise _refused(AddressProblem.BLANK, "Rien n’est écrit.", "Nothing is written.", _WHERE)
    if len(given) > _LONGEST:
        raise _refused(AddressProblem.TOO_LONG, "C’est trop long.", "This is too long.", _WHERE)
    if "/" in given or "." in given:
        return _from_address(given)
    return _from_code(given, _HOST)


def _from_address(given: str) -> CampaignAddress:
    written = given if "://" in given else f"https://{given.lstrip('/')}"
    try:
        parts = urlsplit(written)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        host, parts = "", urlsplit("")
    if not _PIX.fullmatch(host):
        raise _refused(
            AddressProblem.OTHER_SITE,
            f"Ce n’est pas une adresse de Pix ({_short(host or given)}).",
            f"This is no address of Pix ({_short(host or given)}).",
            Bilingual(
                "Collez l’adresse de la campagne, comme https://app.pix.fr/campagnes/KTRBWX482, ou son code seul.",
                "Paste the campaign's address, such as https://app.pix.fr/campagnes/KTRBWX482, or its code alone.",
            ),
        )
    if not _APP.fullmatch(host) and not host.startswith(("www.", "pix.")):
        raise _refused(
            AddressProblem.PIX_ORGA,
            f"C’est une page de {_short(host)}, que les étudiants ne peuvent pas ouvrir.",
            f"This is a page of {_short(host)}, which students cannot open.",
            _WHERE,
        )
    steps = [step for step in parts.path.split("/") if step.strip()]
    places = [place for place, step in enumerate(steps) if step.lower() in ("campagnes", "campaigns")]
    if not places or places[0] + 1 >= len(steps):
        raise _refused(
            AddressProblem.NO_CODE,
            "Cette adresse de Pix ne contient pas de code de campagne.",
            "This address of Pix holds no campaign code.",
            _WHERE,
        )
    return _from_code(steps[places[0] + 1], host if _APP.fullmatch(host) else _HOST)


def _from_code(given: str, host: str) -> CampaignAddress:
    code = _SPACES_AND_DASHES.sub("", given).upper()
    problems: list[tuple[AddressProblem, Bilingual]] = []
    strange = "".join(dict.fromkeys(sign for sign in code if not re.fullmatch("[A-Z0-9]", sign, re.ASCII)))
    if strange:
        problems += _refused(
            AddressProblem.SIGNS,
            f"Un code n’a que des lettres sans accent et des chiffres ; il y a ici « {_short(strange)} ».",
            f"A code has only letters without accents and digits; here is “{_short(strange)}”.",
            _WHERE,
        ).problems
    if len(code) != CODE_LENGTH:
        problems += _refused(
            AddressProblem.LENGTH,
            f"« {_short(code)} » a {len(code)} signes ; un code en a {CODE_LENGTH}.",
            f"“{_short(code)}” has {len(code)} signs; a code has {CODE_LENGTH}.",
            Bilingual("Recopiez-le en entier depuis Pix Orga.", "Copy it whole from Pix Orga."),
        ).problems
    if problems:
        raise AddressRefused(tuple(problems))
    return CampaignAddress(code=code, address=f"https://{host}/campagnes/{code}")


def _refused(problem: AddressProblem, fr: str, en: str, mend: Bilingual) -> AddressRefused:
    return AddressRefused(((problem, Bilingual(f"{fr} {mend.fr}", f"{en} {mend.en}")),))


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
