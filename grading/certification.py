"""The result of one Pix certification exam, as its centre received it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

CORE_TYPE = "Pix"
"""The certification of the sixteen competences, as Pix writes its type; others (`Pix+ Droit`) may have no score."""


class CertificationStatus(StrEnum):
    """What the national jury decided: `validated`, `rejected` (not obtained), `cancelled`, or `error`."""

    VALIDATED = "validated"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class CertificationResult:
    """One result. `type` is as Pix writes it (`"Pix"` is the core one), `date` the day of the exam.

    `score` is in pix, `None` where Pix gives none. `id` is the caller's own name for it. Raises `ValueError` on a
    negative score, or on a validated core certification without its score.
    """

    type: str
    status: CertificationStatus
    score: int | None = None
    date: date | None = None
    session: str | None = None
    centre: str | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        if self.score is not None and self.score < 0:
            raise ValueError("a certification's score is never negative")
        core = self.type == CORE_TYPE and self.status is CertificationStatus.VALIDATED
        if core and self.score is None:
            raise ValueError("a validated certification needs its score")
