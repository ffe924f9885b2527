"""The verification code printed on a Pix certificate (``P-BCD23FGH``): read as people type and paste it.

A code opens its owner's data to whoever holds it: it is never quoted in a message, nor shown back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

from grading.text import Bilingual

LONGEST_PASTE = 2_000
"""Most characters that are looked at: a line, an address, the paragraph around the code."""

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－⁃˗_"), "-")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_WHOLE = re.compile(r"P-[A-Z0-9]{8}", re.ASCII)
_WITHIN = re.compile(r"(?<![A-Za-z0-9-])P\s?-\s?([A-Za-z0-9]{8})(?![A-Za-z0-9])", re.ASCII | re.IGNORECASE)
_PRINTED = re.compile(r"(?<![A-Za-z0-9-])P\s?-\s?([A-Z0-9]{8})(?![A-Za-z0-9])", re.ASCII)
_SPACED = re.compile(r"(?<![A-Z0-9-])P ?- ?([A-Z0-9](?: ?[A-Z0-9]){7})(?![A-Z0-9])", re.ASCII)
_GENERATED = frozenset("2346789BCDFGHJKMPQRTVWXY")


class CodeTrouble(StrEnum):
    """Why no code could be read. The first group is about what was typed, the second about a PDF."""

    BLANK = "blank"
    TOO_LONG = "too_long"
    NO_CODE = "no_code"
    NO_PREFIX = "no_prefix"
    WRONG_LENGTH = "wrong_length"
    ODD_SIGN = "odd_sign"
    SEVERAL = "several"
    # a PDF
    NOT_A_PDF = "not_a_pdf"
    PDF_TOO_LARGE = "pdf_too_large"
    PDF_LOCKED = "pdf_locked"
    PDF_UNREADABLE = "pdf_unreadable"
    PDF_WITHOUT_CODE = "pdf_without_code"
    PDF_SEVERAL = "pdf_several"
    PDF_BUSY = "pdf_busy"


class CodeUnread(Exception):
    """No code was read; `message` says why and what to do. Nothing of what was given is in it."""

    def __init__(self, trouble: CodeTrouble, message: Bilingual) -> None:
        """Keep the reason, from the closed set, and its words."""
        super().__init__(trouble.value)
        self.trouble = trouble
        self.message = message


@dataclass(frozen=True, repr=False)
class CertificateCode:
    """A code in Pix's own form. Its text is `text`, and in nothing that prints: not in `repr`, not in a log.

    Raises `ValueError` for anything else.
    """

    text: str

    def __post_init__(self) -> None:
        if not is_code(self.text):
            raise ValueError("not a verification code in Pix's own form")

    def __repr__(self) -> str:
        return "CertificateCode(…)"

    @property
    def is_unlike_generated(self) -> bool:
        """Whether it holds a sign that Pix draws no code from (vowels, 0, 1, 5…): likely a typing slip."""
        return not _GENERATED.issuperset(self.text[2:])


def is_code(found: object) -> bool:
    """Tell whether something is the text of a code in Pix's own form."""
    return isinstance(found, str) and _WHOLE.fullmatch(found) is not None


def read_code(typed: str) -> CertificateCode:
    """Read the one code in what a person typed or pasted: any case, spaces, any dash, a line, an address.

    Raises `CodeUnread`, with what to do.
    """
    text = typed[: LONGEST_PASTE + 1].translate(_INVISIBLE).translate(_DASHES).strip()
    if not text:
        raise _unread(
            CodeTrouble.BLANK,
            "Tapez le code imprimé sur le certificat : « P- » suivi de 8 signes.",
            "Type the code printed on the certificate: “P-” and 8 signs.",
        )
    if len(typed) > LONGEST_PASTE:
        raise _unread(
            CodeTrouble.TOO_LONG,
            "Ce texte est trop long : collez seulement le code, « P- » suivi de 8 signes.",
            "This text is too long: paste the code only, “P-” and 8 signs.",
        )
    bare = "".join(text.split()).upper()
    if re.fullmatch(r"P-?[A-Z0-9]{8}", bare, re.ASCII):
        return CertificateCode(f"P-{bare[-8:]}")
    found = codes_within(unquote(text).translate(_DASHES))
    if len(found) == 1:
        return found[0]
    if found:
        raise _unread(
            CodeTrouble.SEVERAL,
            f"Ce texte contient {len(found)} codes différents : gardez celui du certificat à vérifier.",
            f"This text holds {len(found)} different codes: keep that of the certificate to verify.",
        )
    raise _nearly(bare)


def codes_within(text: str) -> tuple[CertificateCode, ...]:
    """Return the different codes of a text whose dashes are plain, in order."""
    found = [f"P-{match[1].upper()}" for match in _WITHIN.finditer(text)]
    return tuple(CertificateCode(each) for each in dict.fromkeys(found))


def codes_printed(text: str) -> tuple[CertificateCode, ...]:
    """Return the codes of a text taken from a printed page, where signs may have drifted apart.

    Codes are printed in capitals; only where none stands whole, single spaces within one are closed up.
    """
    plain = " ".join(text.translate(_INVISIBLE).translate(_DASHES).split())
    found = _PRINTED.findall(plain) or [each.replace(" ", "") for each in _SPACED.findall(plain)]
    return tuple(CertificateCode(f"P-{each}") for each in dict.fromkeys(found))


def _nearly(bare: str) -> CodeUnread:
    """What is wrong with something that is no code: its beginning, its length, or a sign."""
    if not re.match(r"P-", bare):
        if re.fullmatch(r"[A-Z0-9]{8}", bare, re.ASCII):
            return _unread(
                CodeTrouble.NO_PREFIX,
                "Il manque le début : le code commence par « P- », avant les 8 signes.",
                "The beginning is missing: the code begins with “P-”, before the 8 signs.",
            )
        return _unread(
            CodeTrouble.NO_CODE,
            "Aucun code n’a été reconnu : il commence par « P- », suivi de 8 lettres ou chiffres. Il est imprimé sur "
            "le certificat et affiché dans votre compte Pix.",
            "No code was recognised: it begins with “P-”, followed by 8 letters or digits. It is printed on the "
            "certificate and shown in your Pix account.",
        )
    rest = bare[2:]
    if not re.fullmatch(r"[A-Z0-9]*", rest, re.ASCII):
        return _unread(
            CodeTrouble.ODD_SIGN,
            "Après « P- », le code n’a que des lettres sans accent et des chiffres : vérifiez chaque signe.",
            "After “P-” the code has only plain letters and digits: check each sign.",
        )
    return _unread(
        CodeTrouble.WRONG_LENGTH,
        f"Après « P- » il faut 8 signes, et il y en a {len(rest)} : comparez avec le certificat.",
        f"After “P-” there must be 8 signs, and there are {len(rest)}: compare with the certificate.",
    )


def _unread(trouble: CodeTrouble, fr: str, en: str) -> CodeUnread:
    return CodeUnread(trouble, Bilingual(fr=fr, en=en))
