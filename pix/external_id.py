"""The external identifier that our campaign links carry: ``NUMBER-CHECK``, made and checked. Pure.

NUMBER is a student number, or a number of ours; CHECK is keyed, so that one typed, copied or altered is told from one
that the tool made. Reading is tolerant of case, spaces, dashes of every kind and leading zeros lost on the way.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import quote

LETTERS = "CDFHJKMNPRTVWXY"
"""No vowel (no word, no month of a spreadsheet, no exponent), and none that is taken for a digit or another letter."""
SIGNS = LETTERS + "234679"
LENGTH = 7
"""The first sign is a letter, so that Pix keeps the cell quoted: 15 x 21^6, about 1,290 million codes."""

OPAQUE_PREFIX = "X"
OPAQUE_LENGTH = 8

_SHAPE = re.compile(f"[{LETTERS}][{SIGNS}]{{{LENGTH - 1}}}")
_OPAQUE = re.compile(f"{OPAQUE_PREFIX}[{SIGNS}]{{{OPAQUE_LENGTH - 1}}}")
_GROUPS = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"[0-9]")
_FEWEST_DIGITS = 1  # of a number among words: one of ours may have no more
_SHORTEST_TAIL = 2
_LONGEST_TAIL = 14
_LONGEST = 255  # what Pix keeps


@dataclass(frozen=True, kw_only=True)
class ClaimedNumber:
    """One way to read an external identifier: the number it claims, and what stands for its check code."""

    number: str
    check: str

    @property
    def is_well_formed(self) -> bool:
        """Tell whether the check code could be one of ours; right is another question."""
        return _SHAPE.fullmatch(self.check) is not None


class CheckCodes:
    """Makes and checks the codes of one installation: its key never leaves this value."""

    def __init__(self, key: bytes) -> None:
        """Keep the key: bytes derived for this use and no other."""
        self._key = key

    @classmethod
    def derived_from(cls, secret: bytes) -> CheckCodes:
        """Derive the key from the application's secret."""
        return cls(hmac.digest(secret, b"pix-lti external identifier", hashlib.sha256))

    def code_of(self, number: str) -> str:
        """Return the check code of a number, however the number is written."""
        digest = hmac.digest(self._key, bare_number(number).encode(), hashlib.sha256)
        rest, place = divmod(int.from_bytes(digest, "big"), len(LETTERS))
        signs = [LETTERS[place]]
        for _ in range(LENGTH - 1):
            rest, place = divmod(rest, len(SIGNS))
            signs.append(SIGNS[place])
        return "".join(signs)

    def external_id(self, number: str) -> str:
        """Return what a link carries for a number: ``NUMBER-CHECK``."""
        return f"{number.strip()}-{self.code_of(number)}"

    def is_right(self, claimed: ClaimedNumber) -> bool:
        """Tell, in constant time, whether a check code is the one of the number it came with."""
        return claimed.is_well_formed and same_code(self.code_of(claimed.number), claimed.check)


def same_code(code: str, claimed: str) -> bool:
    """Compare two check codes in constant time."""
    return hmac.compare_digest(code.encode(), claimed.encode())


def campaign_link(address: str, external_id: str) -> str:
    """Return the address of a campaign that fills a person's external identifier in."""
    return f"{address}?participantExternalId={quote(external_id, safe='')}"


def bare_number(number: str) -> str:
    """Return a number as codes see it: letters and digits only, in capitals, without leading zeros."""
    return _capitals(number).lstrip("0")


def read_external_id(text: str | None) -> tuple[ClaimedNumber, ...]:
    """Return every way to read a text as ``NUMBER-CHECK``, the likeliest first; none where it is something else.

    First the last seven signs, wherever dashes and spaces are now; then what stands behind the last dash; then any
    number with a code behind it, in an address that was pasted whole or among other words.
    """
    return tuple(_readings(text or ""))


def _readings(text: str) -> Iterator[ClaimedNumber]:
    if len(text) > _LONGEST or "@" in text[1:]:  # an e-mail address
        return
    groups = [_capitals(group) for group in _GROUPS.findall(unicodedata.normalize("NFKC", text))]
    whole = "".join(groups)
    found = ClaimedNumber(number=whole[:-LENGTH].lstrip("0"), check=whole[-LENGTH:])
    if found.number and found.is_well_formed:
        yield found
    number, tail = "".join(groups[:-1]).lstrip("0"), groups[-1] if groups else ""
    if number and tail != found.check and _is_tail(tail):
        yield ClaimedNumber(number=number, check=tail)
    for before, after in pairwise(groups) if len(groups) > 2 else ():
        within = ClaimedNumber(number=before.lstrip("0"), check=after)
        if within.is_well_formed and len(_DIGIT.findall(before)) >= _FEWEST_DIGITS:
            yield within


def lone_code(text: str | None) -> str | None:
    """Return the check code that a text is, without any number before it; `None` where it is something else."""
    if not text or len(text) > 2 * LENGTH:
        return None
    code = _capitals(text)
    return code if _SHAPE.fullmatch(code) else None


def _is_tail(tail: str) -> bool:
    """Tell whether something stands where a check code should: short, and with a letter in it."""
    return _SHORTEST_TAIL <= len(tail) <= _LONGEST_TAIL and not tail.isdigit()


def is_opaque(number: str) -> bool:
    """Tell whether a number has the shape of those of ours."""
    return _OPAQUE.fullmatch(number) is not None


def opaque_number(draw: bytes) -> str:
    """Return a number of ours from random bytes (ten or more)."""
    rest = int.from_bytes(draw, "big")
    signs = []
    for _ in range(OPAQUE_LENGTH - 1):
        rest, place = divmod(rest, len(SIGNS))
        signs.append(SIGNS[place])
    return OPAQUE_PREFIX + "".join(signs)


def _capitals(text: str) -> str:
    if text.isascii() and text.isalnum():  # most of them: nothing to take out
        return text.upper()
    decomposed = unicodedata.normalize("NFKD", text).upper()
    return "".join(sign for sign in decomposed if sign.isalnum())
