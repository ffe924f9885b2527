"""Whether the name on a certificate is its giver's, and nobody else's: pure, by the folding that matching uses."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from pix.certificate_answer import CertificateName
from pix.folding import name_words
from pix.identity import Candidate


class NameVerdict(StrEnum):
    """How the name on a certificate agrees with who gives it (closed set); only `same` needs no teacher."""

    SAME = "same"
    DIFFERENT = "different"
    SHARED = "shared"
    """The same, but somebody else of the course is called so, too."""
    UNKNOWN = "unknown"
    """The LMS does not tell the giver's name."""


def compare_name(name: CertificateName, giver: Candidate, others: Iterable[Candidate]) -> NameVerdict:
    """Compare the name on a certificate with its giver's; `others` are the other learners of the course.

    Case, accents, apostrophes, hyphens and the order of names do not count; anything else does.
    """
    if not giver.spellings:
        return NameVerdict.UNKNOWN
    words = name_words(name.first, name.last)
    if words not in giver.spellings:
        return NameVerdict.DIFFERENT
    return shared_name(giver, others)


def shared_name(giver: Candidate, others: Iterable[Candidate]) -> NameVerdict:
    """Tell whether a giver, whose name is known to agree, shares it with somebody of the course."""
    for other in others:
        if other.person_id != giver.person_id and other.spellings & giver.spellings:
            return NameVerdict.SHARED
    return NameVerdict.SAME
