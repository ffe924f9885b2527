"""By which texts a kept line is found again when its person comes later: the numbers it bears, else its name. Pure.

They only narrow a search down: whose a line is, `pix.matching` decides. Two lines of one identity share one text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from pix.external_id import bare_number
from pix.identity import Claim, SentLine, claim_of, key_of_claim

LONGEST = 100
"""Signs that are kept of each text."""


def found_by(row: SentLine) -> tuple[str, ...]:
    """Return the texts that a line is found by: whoever has one of these numbers, or was chosen for its identity."""
    claim = claim_of(row)
    texts = [*numbers_borne(claim), text_of_identity(key_of_claim(row, claim))]
    return tuple(dict.fromkeys(text[:LONGEST] for text in texts))


def numbers_borne(claim: Claim) -> list[str]:
    """Return every number that a line bears, as codes see them."""
    told = [bare_number(each) for each in (claim.number, claim.external_id) if each]
    return [number for number in (*told, *(each.number for each in claim.claimed)) if number]


def texts_of(numbers: Iterable[str], identity_keys: Iterable[str]) -> frozenset[str]:
    """Return the texts by which lines are found that bear one of these numbers, or are of one of these identities."""
    texts = [*map(bare_number, numbers), *map(text_of_identity, identity_keys)]
    return frozenset(text[:LONGEST] for text in texts if text)


def text_of_identity(identity_key: str) -> str:
    """Return a text by which every line of an identity is found: a number where it has one, else its name."""
    _campaign, number, external_id, name = json.loads(identity_key)
    numbers = [bare_number(each) for each in (number, external_id) if each]
    return next((each for each in numbers if each), f"={name}")
