"""Asks Pix's public verification address about one certificate: once, bounded, and what to do when it says no.

It is the web site's own route, open to anybody who holds a code: nothing here repeats a question by itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from grading.text import Bilingual
from pix.certificate_answer import AnswerMalformed, PixCertificate, read_answer
from pix.certificate_code import CertificateCode
from pix.exchange import Answer, Exchange, NoAnswer

LARGEST_ANSWER = 1_000_000
"""Bytes; an answer has nine thousand."""
LONGEST_WAIT = 3600.0
SHORTEST_WAIT = 30.0
"""Seconds in which Pix is not asked again after it failed."""


class VerificationTrouble(StrEnum):
    """Why Pix gave no certificate."""

    UNKNOWN_CODE = "unknown_code"
    """404: no published certificate has this code."""
    CODE_REFUSED = "code_refused"
    """400: Pix does not take it for a code."""
    BUSY = "busy"
    """429: Pix asks us to wait."""
    SILENT = "silent"
    """No answer in time, or 5xx."""
    NOT_PIX = "not_pix"
    """A redirect, a page, 401, 403, 405: the address in the settings, or a proxy on the way."""
    OTHER_SHAPE = "other_shape"
    """An answer that is not one about this certificate: its format has changed."""

    @property
    def is_about_the_code(self) -> bool:
        """Whether Pix answered: asking again the same has the same answer, for a while."""
        return self in (VerificationTrouble.UNKNOWN_CODE, VerificationTrouble.CODE_REFUSED)


_NOT_KNOWN = Bilingual(
    "Pix ne connaît aucun certificat publié avec ce code. Comparez chaque signe avec le certificat. Si tout est "
    "exact, la certification n’est peut-être pas encore publiée : attendez qu’elle le soit, ou parlez-en à "
    "votre enseignant.",
    "Pix knows no published certificate with this code. Compare each sign with the certificate. If all is exact, the "
    "certification may not be published yet: wait until it is, or speak to your teacher.",
)
_SLIP = Bilingual(
    "Un code de Pix n’a ni voyelle, ni 0, 1 ou 5, et celui-ci en a : une lettre prise pour un chiffre ?",
    "A code of Pix has no vowel, 0, 1 or 5, and this one has: a letter taken for a digit?",
)
SENTENCES: Mapping[VerificationTrouble, Bilingual] = {
    VerificationTrouble.UNKNOWN_CODE: _NOT_KNOWN,
    VerificationTrouble.CODE_REFUSED: Bilingual(
        "Pix ne reconnaît pas ce code. Comparez chaque signe avec le certificat, puis recommencez.",
        "Pix does not recognise this code. Compare each sign with the certificate, then start again.",
    ),
    VerificationTrouble.BUSY: Bilingual(
        "Pix reçoit trop de demandes et nous prie d’attendre. Rien n’est perdu : recommencez dans quelques minutes.",
        "Pix receives too many requests and asks us to wait. Nothing is lost: start again in some minutes.",
    ),
    VerificationTrouble.SILENT: Bilingual(
        "Pix ne répond pas en ce moment : recommencez plus tard.",
        "Pix does not answer at this moment: start again later.",
    ),
    VerificationTrouble.NOT_PIX: Bilingual(
        "L’adresse de vérification de Pix n’a pas répondu comme prévu ; l’administrateur de l’outil en est averti."
        " En attendant, montrez le certificat à votre enseignant.",
        "Pix's verification address did not answer as expected; the tool's operator is told. "
        "Meanwhile, show the certificate to your teacher.",
    ),
    VerificationTrouble.OTHER_SHAPE: Bilingual(
        "Pix a répondu d’une façon que l’outil ne sait pas lire ; l’administrateur de l’outil en est averti."
        " En attendant, montrez le certificat à votre enseignant.",
        "Pix answered in a way that the tool cannot read; the tool's operator is told. "
        "Meanwhile, show the certificate to your teacher.",
    ),
}
"""What the student reads: what happened, and what to do."""


class NotVerified(Exception):
    """Pix gave no certificate. `detail` is for the log: no code, no name. `wait`: seconds before Pix is asked again."""

    def __init__(self, trouble: VerificationTrouble, detail: str, *, wait: float = 0.0) -> None:
        super().__init__(f"{trouble}: {detail}")
        self.trouble = trouble
        self.detail = detail
        self.wait = wait


def sentence(trouble: VerificationTrouble, code: CertificateCode | None = None) -> Bilingual:
    """Return what the student reads; of a code that no generator of Pix would make, the likely slip as well."""
    said = SENTENCES[trouble]
    if trouble.is_about_the_code and code is not None and code.is_unlike_generated:
        return Bilingual(f"{said.fr} {_SLIP.fr}", f"{said.en} {_SLIP.en}")
    return said


def verify(exchange: Exchange, address: str, code: CertificateCode, now: datetime) -> PixCertificate:
    """Ask Pix about a code, once. `address` is the whole address of the route.

    Raises `NotVerified`.
    """
    try:
        answer = exchange.send(
            "POST",
            address,
            headers={
                "Content-Type": "application/json",
                "Accept": "application/vnd.api+json, application/json",
            },
            body=json.dumps({"verificationCode": code.text}).encode(),
        )
    except NoAnswer as error:
        raise NotVerified(VerificationTrouble.SILENT, str(error), wait=SHORTEST_WAIT) from error
    match answer.status:
        case 200:
            pass
        case 404 if _is_json(answer):
            # A page not found in HTML comes from something else at that address.
            raise NotVerified(VerificationTrouble.UNKNOWN_CODE, "404")
        case 400 | 422:
            raise NotVerified(VerificationTrouble.CODE_REFUSED, str(answer.status))
        case 429:
            wait = _retry_after(answer.headers.get("Retry-After"), now)
            raise NotVerified(VerificationTrouble.BUSY, "429", wait=wait)
        case status if status >= 500:
            raise NotVerified(VerificationTrouble.SILENT, str(status), wait=SHORTEST_WAIT)
        case status:
            raise NotVerified(VerificationTrouble.NOT_PIX, str(status), wait=SHORTEST_WAIT)
    if not _is_json(answer):
        raise NotVerified(
            VerificationTrouble.NOT_PIX, "200 with something else than JSON", wait=SHORTEST_WAIT
        )
    try:
        return read_answer(answer.body, code)
    except AnswerMalformed as error:
        raise NotVerified(VerificationTrouble.OTHER_SHAPE, str(error)) from error


def _is_json(answer: Answer) -> bool:
    return answer.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def _retry_after(value: str | None, now: datetime) -> float:
    """The seconds Pix asks us to wait, from a number or a date; within reason, and never none."""
    text = (value or "").strip()
    asked = 0.0
    if text.isascii() and text.isdigit():
        asked = float(text[:9])
    elif text:
        try:
            instant = parsedate_to_datetime(text)
            asked = ((instant if instant.tzinfo else instant.replace(tzinfo=UTC)) - now).total_seconds()
        except (ValueError, OverflowError):  # no date, or a year that no calendar has
            asked = 0.0
    return min(max(asked, SHORTEST_WAIT), LONGEST_WAIT)
