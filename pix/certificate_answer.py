"""Pix's answer about one certificate (JSON:API, both generations) read into a value; birth data stops here.

What is taken is what grading needs, and the name, for whoever compares it and drops it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from grading.certification import CORE_TYPE, CertificationStatus
from grading.competences import COMPETENCES, HIGHEST_LEVEL
from pix.certificate_code import CertificateCode
from pix.certification_csv import MAX_SCORE

UNNAMED = "non précisé"
"""The type of a certificate that does not say its own: nobody can tell that it is the core one."""
_TYPES = {
    "CORE": CORE_TYPE,
    "CLEA": "CléA Numérique by Pix",
    "DROIT": "Pix+ Droit",
    "EDU_1ER_DEGRE": "Pix+ Édu 1er degré",
    "EDU_2ND_DEGRE": "Pix+ Édu 2nd degré",
    "EDU_CPE": "Pix+ Édu CPE",
    "PRO_SANTE": "Pix+ Pro Santé",
}
_STATUSES = {
    "validated": CertificationStatus.VALIDATED,
    "rejected": CertificationStatus.REJECTED,
    "cancelled": CertificationStatus.CANCELLED,
    "error": CertificationStatus.ERROR,
}
_PARIS = ZoneInfo("Europe/Paris")
_LONGEST_NAME = 255
_LONGEST_LABEL = 40
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_FIRST_YEAR = 2016


class AnswerMalformed(Exception):
    """An answer that is not one about this certificate. The text says which part is odd, and quotes nothing of it."""


@dataclass(frozen=True, kw_only=True)
class CertificateName:
    """Whose the certificate is, as Pix spells it: compared, then dropped. It prints nothing."""

    first: str
    last: str

    def __repr__(self) -> str:
        return "CertificateName(…)"


@dataclass(frozen=True, kw_only=True)
class PixCertificate:
    """What Pix says of a certificate. `date` is the day of the exam in Paris; levels 0–8, `None` where untested.

    `published` is False where the jury's decision is not public yet: there is no result then. `number` is Pix's own.
    """

    number: str
    name: CertificateName
    type: str
    status: CertificationStatus
    published: bool
    score: int | None
    date: date
    global_level: str | None
    levels: Mapping[str, int | None]
    centre: str | None
    generation: int


def read_answer(body: bytes, code: CertificateCode) -> PixCertificate:
    """Read the body of a 200 answer about `code`.

    The two generations are told apart by what they carry: the second has ``date`` and ``is-published``, the third
    ``certification-date`` and ``certification-framework``. Raises `AnswerMalformed`.
    """
    document = _object(_decoded(body), "the answer")
    data = _object(document.get("data"), "data")
    if data.get("type") != "certifications":
        raise AnswerMalformed("data.type is not certifications")
    attributes = _object(data.get("attributes"), "data.attributes")
    told = attributes.get("verification-code")
    if told is not None and (not isinstance(told, str) or told.upper() != code.text):
        raise AnswerMalformed("it is about another code")
    is_third = "certification-date" in attributes or "certification-framework" in attributes
    type_, status = _type(attributes, is_third=is_third), _status(attributes.get("status"))
    score = _number(attributes.get("pix-score"), "pix-score", MAX_SCORE)
    if score is None and type_ == CORE_TYPE and status is CertificationStatus.VALIDATED:
        raise AnswerMalformed("a validated core certification without pix-score")
    published = attributes.get("is-published", True)
    if not isinstance(published, bool):
        raise AnswerMalformed("is-published is not true or false")
    return PixCertificate(
        number=_text(data.get("id"), "data.id", _LONGEST_LABEL),
        name=CertificateName(
            first=_text(attributes.get("first-name"), "first-name", _LONGEST_NAME),
            last=_text(attributes.get("last-name"), "last-name", _LONGEST_NAME),
        ),
        type=type_,
        status=status,
        published=published,
        score=score,
        date=_day(attributes.get("certification-date" if is_third else "date")),
        global_level=_optional(attributes.get("global-level-label")),
        levels=_levels(document.get("included", [])),
        centre=_optional(attributes.get("certification-center"), _LONGEST_NAME),
        generation=3 if is_third else 2,
    )


def _decoded(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8-sig"))
    # RecursionError: brackets within brackets, deeper than the reader goes.
    except (ValueError, RecursionError) as error:
        raise AnswerMalformed("it is not JSON") from error


def _object(found: object, what: str) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise AnswerMalformed(f"{what} is not an object")
    return found


def _text(found: object, what: str, longest: int) -> str:
    if not isinstance(found, str) or not found.strip() or len(found) > longest:
        raise AnswerMalformed(f"{what} is not a text, or is blank or too long")
    return found.strip()


def _optional(found: object, longest: int = _LONGEST_LABEL) -> str | None:
    """A label we could do without: none, rather than an answer refused, where it is odd."""
    return found.strip() if isinstance(found, str) and 0 < len(found.strip()) <= longest else None


def _number(found: object, what: str, highest: int) -> int | None:
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= highest:
        raise AnswerMalformed(f"{what} is not a whole number from 0 to {highest}")
    return found


def _status(found: object) -> CertificationStatus:
    """Pix shows only validated certificates, and does not say so; what it does say is believed."""
    if found is None:
        return CertificationStatus.VALIDATED
    if not isinstance(found, str) or found not in _STATUSES:
        raise AnswerMalformed("status is not one that is known")
    return _STATUSES[found]


def _type(attributes: Mapping[str, Any], *, is_third: bool) -> str:
    framework = attributes.get("certification-framework")
    if framework is None:
        # Of the second generation there was one certification, with badges beside it.
        return UNNAMED if is_third else CORE_TYPE
    text = _text(framework, "certification-framework", _LONGEST_LABEL)
    return _TYPES.get(text, text if text != CORE_TYPE else UNNAMED)


def _day(found: object) -> date:
    """An instant, as its day where Pix's sessions are held, or a plain day."""
    text = _text(found, "the day of the certification", _LONGEST_LABEL)
    try:
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
        else:
            instant = datetime.fromisoformat(text)
            aware = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
            day = aware.astimezone(_PARIS).date()
    except (ValueError, OverflowError) as error:
        raise AnswerMalformed("the day of the certification is not one") from error
    if day.year < _FIRST_YEAR:
        raise AnswerMalformed("the day of the certification is before Pix existed")
    return day


def _levels(included: object) -> Mapping[str, int | None]:
    """The level of each competence; -1 is one not tested or not validated, which is not a level of 0."""
    if not isinstance(included, list):
        raise AnswerMalformed("included is not a list")
    levels: dict[str, int | None] = dict.fromkeys(COMPETENCES)
    seen: set[str] = set()
    for part in included:
        if not isinstance(part, dict) or part.get("type") != "result-competences":
            continue
        attributes = _object(part.get("attributes"), "a competence")
        code = attributes.get("index")
        if not isinstance(code, str) or code not in levels:
            raise AnswerMalformed("a competence is not one of the sixteen")
        if code in seen:
            raise AnswerMalformed("a competence comes twice")
        seen.add(code)
        level = attributes.get("level")
        levels[code] = None if level == -1 else _number(level, "a level", HIGHEST_LEVEL)
    return levels
