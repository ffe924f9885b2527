"""Folding of texts before they are compared: headers, names, student numbers.

Nothing here is ever stored or shown: folded texts only decide whether two texts are the same.
"""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHES = "'’‘ʼ`´′＇"
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "ð": "d", "þ": "th", "ı": "i"})
_STRAIGHT = str.maketrans(dict.fromkeys(_APOSTROPHES, "'"))
_SEPARATORS = re.compile(r"[\W_]+")
_AROUND_APOSTROPHE = re.compile(r"\s*'\s*")
_SCIENTIFIC = re.compile(r"[0-9]([.,][0-9]+)?e\+?[0-9]+")
_DECIMALS = re.compile(r"(?<=[0-9])[.,]0+$")
_GROUPED = re.compile(r"[0-9]+(\s[0-9]+)+|[0-9]{1,3}([.,'][0-9]{3})+")
_AMONG_DIGITS = re.compile(r"[\s.,']")


def fold(text: str) -> str:
    """Fold case, accents, apostrophes and every kind of space (no-break ones too), for comparison only."""
    if text.isascii():  # most texts: nothing to take apart
        return " ".join(text.lower().replace("`", "'").split())
    decomposed = unicodedata.normalize("NFKD", text.translate(_STRAIGHT).casefold().translate(_LETTERS))
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(bare.translate(_STRAIGHT).split())


def name_words(*parts: str | None) -> tuple[str, ...]:
    """Return the folded words of a person's name, sorted: two names are the same when these are.

    Hyphens and spaces separate words alike, an apostrophe joins (``D’Ornellas`` = ``D'Ornellas``), and the
    order of given and family names does not matter. A name without any letter or digit has no words.
    """
    words: list[str] = []
    for part in parts:
        joined = _AROUND_APOSTROPHE.sub("", fold(part or ""))
        words.extend(word for word in _SEPARATORS.split(joined) if word)
    return tuple(sorted(words))


def student_number(text: str | None) -> str | None:
    """Return a student number as it is compared: case folded, leading zeros kept, without what a spreadsheet adds.

    That is: spaces and thousands' separators among digits, an apostrophe before them, ``.0`` behind. ``None`` for a
    blank cell, and for scientific notation (``9,92E+07``): its last digits are lost.
    """
    if not text:
        return None
    if text.isascii() and text.isalnum():  # most numbers: nothing to take out
        return text.lower()
    visible = "".join(
        sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf"
    )
    folded = visible.strip().removeprefix("'").strip().casefold()
    if _SCIENTIFIC.fullmatch(folded):
        return None
    whole = _DECIMALS.sub("", folded)
    return ("".join(_AMONG_DIGITS.split(whole)) if _GROUPED.fullmatch(whole) else whole) or None
