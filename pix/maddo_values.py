"""What Pix's API says, as values: organisations, campaigns, participations and their topics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from grading.competences import COMPETENCES
from grading.text import Bilingual

PROFILES_COLLECTION = "PROFILES_COLLECTION"
CODE_OF_COMPETENCE = {each.id: code for code, each in COMPETENCES.items()}


@dataclass(frozen=True, kw_only=True)
class Organization:
    """An organisation of Pix Orga that is open to us."""

    id: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A campaign of an organisation; `kind` as Pix writes it (PROFILES_COLLECTION, ASSESSMENT, EXAM)."""

    id: int
    code: str
    name: str
    kind: str
    is_archived: bool


@dataclass(frozen=True, kw_only=True)
class TopicLevels:
    """The topics ("sujets") of one competence that somebody was assessed on: how many, the lowest and highest level.

    They are levels of topics, never the competence's: a competence of level 3 may well have a topic at 5.
    """

    competence: str
    topics: int
    lowest: int
    highest: int


@dataclass(frozen=True, kw_only=True)
class Participation:
    """One participation of somebody in a campaign; several may be of the same person (`participant_id`).

    `shared_at` (UTC, to the millisecond) is `None` until it was sent. `total` is the whole profile's pix, of a
    profiles collection; `mastery` the share of acquired items (0 to 1), of an assessment. Either may be unknown.
    """

    id: int
    campaign_id: int
    participant_id: str | None
    first_name: str
    last_name: str
    external_id: str | None
    created_at: datetime
    shared_at: datetime | None
    total: int | None
    mastery: Decimal | None
    topics: tuple[TopicLevels, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """A participation that cannot be believed: its number where there is one, and what is wrong."""

    id: int | None
    problem: Bilingual


@dataclass(frozen=True, kw_only=True)
class ParticipationPage:
    """One page of a campaign's participations, and which of how many it is at this moment."""

    number: int
    count: int
    participations: tuple[Participation, ...]
    unreadable: tuple[Unreadable, ...]


def levels_by_competence(topics: Iterable[tuple[str, int]]) -> tuple[TopicLevels, ...]:
    """Gather reached levels by competence, in Pix's order; `topics` are Pix's competence id and a reached level.

    A competence that the referential does not know (yet) is left out: there is no name to show it under.
    """
    reached: dict[str, list[int]] = defaultdict(list)
    for competence_id, level in topics:
        if competence_id in CODE_OF_COMPETENCE:
            reached[CODE_OF_COMPETENCE[competence_id]].append(level)
    return tuple(
        TopicLevels(
            competence=code, topics=len(reached[code]), lowest=min(reached[code]), highest=max(reached[code])
        )
        for code in COMPETENCES
        if code in reached
    )
