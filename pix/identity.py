"""Who a line of a Pix file says it is, and how well two identities agree. Texts only: nobody is looked up here."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import Protocol

from pix.external_id import ClaimedNumber, lone_code, read_external_id
from pix.folding import name_words, student_number

_SAME_WORD = 0.8  # "mohamed" and "mohammed"
_DIGIT = re.compile(r"[0-9]")
_LONG_NUMBER = re.compile(r"[0-9]{5,}")


class SentLine(Protocol):
    """A line of a file, or of an answer, that somebody sent: what is read of it to tell whose it is."""

    @property
    def line(self) -> int: ...
    @property
    def campaign_code(self) -> str | None: ...
    @property
    def campaign_id(self) -> str | None: ...
    @property
    def last_name(self) -> str: ...
    @property
    def first_name(self) -> str: ...
    @property
    def student_number(self) -> str | None: ...
    @property
    def external_id(self) -> str | None: ...
    @property
    def sent(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A person of the LMS who may be behind a line; `student_number` as the LMS or the roster gives it.

    `opaque_number` is the one of ours that their links carried where there was no other. A teacher is known by a
    check code only: what they send is a trial.
    """

    person_id: int
    student_number: str | None = None
    opaque_number: str | None = None
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    is_teacher: bool = False

    @cached_property
    def number(self) -> str | None:
        """Return the student number as it is compared."""
        return student_number(self.student_number)

    @cached_property
    def _folded(self) -> tuple[tuple[str, ...], ...]:
        """The words of the given name, of the family name and of the full name: folding is slow."""
        return tuple(name_words(part) for part in (self.given_name, self.family_name, self.name))

    @cached_property
    def spellings(self) -> frozenset[tuple[str, ...]]:
        """Return every way the LMS spells the name, folded: given with family name, and the full name."""
        given, family, full = self._folded
        both = tuple(sorted(given + family)) if self.given_name and self.family_name else ()
        return frozenset(words for words in (both, full) if words)

    @cached_property
    def words(self) -> frozenset[str]:
        """Return every folded word of the name, from whichever part the LMS gives."""
        given, family, full = self._folded
        return frozenset(given + family + full)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a line says of its author, folded; `who` is equal for two lines of the same person.

    `claimed` holds the ways to read the external id as a number with its check code; `lone_code` is what may be such a
    code without its number; `typed_numbers` are the long ones that stand in it, apart from one another.
    """

    number: str | None
    external_id: str | None
    spelled: str | None
    claimed: tuple[ClaimedNumber, ...]
    lone_code: str | None
    typed_numbers: tuple[str, ...]
    name: tuple[str, ...]
    given: tuple[str, ...]
    family: tuple[str, ...]

    @property
    def numbers(self) -> frozenset[str]:
        """Return every number told: the roster's, the external id, and those inside it (``99200017@etu.example``)."""
        inside = _LONG_NUMBER.findall(self.external_id or "")
        return frozenset(
            number for number in (self.number, self.external_id, *inside, *self.typed_numbers) if number
        )

    @property
    def tells_apart(self) -> bool:
        """Tell whether what was typed is one person's: an address or a long number, not a group or a word."""
        return bool(self.typed_numbers or self.claimed) or "@" in (self.external_id or "")

    @property
    def who(self) -> tuple[str | None, str | None, tuple[str, ...]]:
        """Return what tells this author from another: number, external id and whole name."""
        return self.number, self.spelled, self.name


def claim_of(row: SentLine) -> Claim:
    """Return who a line says it is, whatever its campaign."""
    given, family = name_words(row.first_name), name_words(row.last_name)
    twice = given == family and len(given) > 1  # the whole name in both fields
    claimed, external_id = read_external_id(row.external_id), student_number(row.external_id)
    return Claim(
        number=student_number(row.student_number),
        external_id=external_id,
        spelled=f"{claimed[0].number}-{claimed[0].check}".casefold() if claimed else external_id,
        claimed=claimed,
        lone_code=lone_code(row.external_id),
        typed_numbers=tuple(_LONG_NUMBER.findall(row.external_id or "")),
        name=family if twice else tuple(sorted(given + family)),
        given=() if twice else given,
        family=family,
    )


def identity_key(row: SentLine) -> str:
    """Return the key under which a teacher's choice for this line's author is remembered.

    It holds the campaign (code, else number), student number, external id with its check code, and folded name: a line
    that differs in any of them asks the teacher again. Zeros that a spreadsheet takes away, and other spaces and
    dashes before a check code, are no difference. It is plain JSON text, of at most about 1,300 characters.
    """
    return key_of_claim(row, claim_of(row))


def key_of_claim(row: SentLine, claim: Claim) -> str:
    """Return the `identity_key` of a row whose claim is known already: folding names is slow."""
    campaign = row.campaign_code or row.campaign_id
    numbers = [_without_zeros(claim.number), _without_zeros(claim.spelled)]
    return json.dumps(
        [campaign, *numbers, " ".join(claim.name)],
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _without_zeros(number: str | None) -> str | None:
    return number.lstrip("0") if number and number.isdigit() else number


def share_a_word(words: Sequence[str], others: frozenset[str]) -> bool:
    """Tell whether a word is common to both names, but for a typing slip or a short form (Alex, Alexandre)."""
    return any(_alike(word, other) for word in words for other in others)


def _alike(word: str, other: str) -> bool:
    if word == other:
        return True
    short, long = sorted((word, other), key=len)
    if len(short) < 3:
        return False
    return long.startswith(short) or SequenceMatcher(None, word, other).ratio() >= _SAME_WORD


def is_another_number(claimed: str | None, number: str | None) -> bool:
    """Tell whether a claimed number contradicts a person's: both of one scheme, and different.

    One scheme is one length and five digits at least: an e-mail address, a word, a national identifier say nothing
    about the student number and contradict nothing. One or two leading zeros may have been lost by a spreadsheet.
    """
    if not claimed or not number:
        return False
    if claimed.isdigit() and len(number) - len(claimed) in {1, 2}:
        claimed = claimed.zfill(len(number))
    return claimed != number and len(claimed) == len(number) and len(_DIGIT.findall(claimed)) >= 5
