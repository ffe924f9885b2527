"""Asks Pix about a certificate for the stories: what it said lately is believed, and it is never asked too often.

Everything happens inside the request, in five seconds at most: so a code is never written down to wait for a worker.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog

from grading.certification import CertificationResult, CertificationStatus
from pix.certificate_answer import CertificateName, PixCertificate
from pix.certificate_code import CertificateCode
from pix.certification_exam import exam_of
from pix.folding import name_words
from pix.identity import Candidate
from pix.verification import NotVerified, VerificationTrouble, verify
from pix.verifier import PixVerifier
from storage.pix_answers import KeptAnswer, find_answer, keep_answer, pause, paused_until
from workflows.rate_limits import RateLimit, spend
from workflows.world import World

log = structlog.stdlib.get_logger(__name__)

BELIEVED_FOR = timedelta(minutes=15)
UNKNOWN_FOR = timedelta(minutes=10)
"""How long a code that Pix does not know is not asked about again: short, since results are published one day."""
OF_ONE = RateLimit(name="certificate", limit=10, period=timedelta(hours=1))
OF_ALL = RateLimit(name="certificates", limit=120, period=timedelta(minutes=10))


@dataclass(frozen=True, kw_only=True)
class Found:
    """What Pix says of a certificate. `name` is None where it is the giver's own (from what was kept a moment ago)."""

    result: CertificationResult
    published: bool
    global_level: str | None
    levels: Mapping[str, int]
    exam: str
    name: CertificateName | None


def ask_pix(world: World, pix: PixVerifier, code: CertificateCode, giver: Candidate) -> Found:
    """What Pix says of a code, for who gives it.

    Raises:
        NotVerified: Pix gives no certificate, or is not to be asked now.
        workflows.rate_limits.TooOften: the giver, or everybody together, asked too often.
    """
    digest = pix.digest_of(code)
    now = world.now()
    with world.database.read() as connection:
        kept = find_answer(connection, digest, now)
        paused = paused_until(connection, pix.address)
    believed = _believed(pix, kept, giver)
    if believed is not None:
        return believed
    if paused is not None and paused > now:
        raise NotVerified(
            VerificationTrouble.SILENT,
            "not asked: it failed a moment ago",
            wait=(paused - now).total_seconds(),
        )
    spend(world, OF_ONE, giver.person_id)
    spend(world, OF_ALL, "")
    return _asked(world, pix, code, now)


def _believed(pix: PixVerifier, kept: KeptAnswer | None, giver: Candidate) -> Found | None:
    """What Pix said a moment ago, where that is enough: an unknown code, or a certificate of the giver's own name."""
    if kept is None:
        return None
    if kept.answer is None:
        raise NotVerified(VerificationTrouble.UNKNOWN_CODE, "not asked again: unknown a moment ago")
    if kept.name_digest not in {pix.digest_of_name(words) for words in giver.spellings}:
        return None  # a teacher will want to see the name, which was not kept
    return _from_kept(kept.answer)


def _asked(world: World, pix: PixVerifier, code: CertificateCode, now: datetime) -> Found:
    if not pix.slots.acquire(blocking=False):
        raise NotVerified(VerificationTrouble.BUSY, "not asked: too many questions on their way")
    began = time.monotonic()
    outcome = "failure"
    try:
        certificate = verify(pix.exchange, pix.address, code, now)
        outcome = "found"
    except NotVerified as refused:
        outcome = refused.trouble.value
        _remember_trouble(world, pix, code, refused, now)
        raise
    finally:
        pix.slots.release()
        world.metrics.certificate(outcome)
        log.info(
            "Pix was asked about a certificate", outcome=outcome, seconds=round(time.monotonic() - began, 3)
        )
    found = _found(certificate)
    name = name_words(certificate.name.first, certificate.name.last)
    with world.database.write() as connection:
        kept = KeptAnswer(answer=_to_keep(found), name_digest=pix.digest_of_name(name))
        keep_answer(connection, pix.digest_of(code), kept, now + BELIEVED_FOR)
    return found


def _remember_trouble(
    world: World, pix: PixVerifier, code: CertificateCode, refused: NotVerified, now: datetime
) -> None:
    if refused.trouble in (VerificationTrouble.NOT_PIX, VerificationTrouble.OTHER_SHAPE):
        log.error("Pix's verification does not answer as it should", why=refused.detail)
    with world.database.write() as connection:
        if refused.trouble is VerificationTrouble.UNKNOWN_CODE:
            unknown = KeptAnswer(answer=None, name_digest=None)
            keep_answer(connection, pix.digest_of(code), unknown, now + UNKNOWN_FOR)
        elif refused.wait:
            pause(connection, pix.address, now + timedelta(seconds=refused.wait))


def _found(certificate: PixCertificate) -> Found:
    return Found(
        result=CertificationResult(
            type=certificate.type,
            status=certificate.status,
            score=certificate.score,
            date=certificate.date,
            centre=certificate.centre,
        ),
        published=certificate.published,
        global_level=certificate.global_level,
        levels={code: level for code, level in certificate.levels.items() if level is not None},
        exam=exam_of(certificate.number),
        name=certificate.name,
    )


def _to_keep(found: Found) -> dict[str, Any]:
    result = found.result
    return {
        "type": result.type,
        "status": result.status.value,
        "score": result.score,
        "date": None if result.date is None else result.date.isoformat(),
        "centre": result.centre,
        "published": found.published,
        "global_level": found.global_level,
        "levels": dict(found.levels),
        "exam": found.exam,
    }


def _from_kept(kept: Mapping[str, Any]) -> Found:
    return Found(
        result=CertificationResult(
            type=kept["type"],
            status=CertificationStatus(kept["status"]),
            score=kept["score"],
            date=None if kept["date"] is None else date.fromisoformat(kept["date"]),
            centre=kept["centre"],
        ),
        published=kept["published"],
        global_level=kept["global_level"],
        levels=kept["levels"],
        exam=kept["exam"],
        name=None,
    )
