"""What Pix last said of a code, kept for a while by the code's keyed digest; and addresses not to be asked for now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from storage.schema import certificate_answer, pix_pause
from storage.upsert import insert_if_new


@dataclass(frozen=True, kw_only=True)
class KeptAnswer:
    """What Pix said, without the name; `answer` is None where it knows no such code."""

    answer: Mapping[str, Any] | None
    name_digest: str | None


def keep_answer(connection: Connection, code_digest: str, kept: KeptAnswer, expires_at: datetime) -> None:
    """Keep what Pix said of a code, in place of what it said before."""
    connection.execute(delete(certificate_answer).where(certificate_answer.c.code_digest == code_digest))
    insert_if_new(
        connection,
        certificate_answer,
        {
            "code_digest": code_digest,
            "answer": None if kept.answer is None else dict(kept.answer),
            "name_digest": kept.name_digest,
            "expires_at": expires_at,
        },
    )


def find_answer(connection: Connection, code_digest: str, now: datetime) -> KeptAnswer | None:
    """What Pix said of a code not long ago; None where it was not asked, or too long ago."""
    row = connection.execute(
        select(certificate_answer).where(
            certificate_answer.c.code_digest == code_digest, certificate_answer.c.expires_at > now
        )
    ).one_or_none()
    return None if row is None else KeptAnswer(answer=row.answer, name_digest=row.name_digest)


def forget_answers(connection: Connection, now: datetime) -> None:
    """Forget what is too old to be believed, and pauses that are over."""
    connection.execute(delete(certificate_answer).where(certificate_answer.c.expires_at <= now))
    connection.execute(delete(pix_pause).where(pix_pause.c.until <= now))


def forget_answer(connection: Connection, code_digest: str) -> None:
    """Forget what Pix said of one code."""
    connection.execute(delete(certificate_answer).where(certificate_answer.c.code_digest == code_digest))


def pause(connection: Connection, address: str, until: datetime) -> None:
    """Let nobody ask an address before that instant (the later of two instants stands)."""
    held = paused_until(connection, address)
    if held is None or held < until:
        connection.execute(delete(pix_pause).where(pix_pause.c.address == address))
        insert_if_new(connection, pix_pause, {"address": address, "until": until})


def paused_until(connection: Connection, address: str) -> datetime | None:
    """Until when an address is not to be asked, if ever it was paused."""
    return connection.scalar(select(pix_pause.c.until).where(pix_pause.c.address == address))
