"""Whether a person of a course ever came, and is still there, as launches and the roster tell."""

from __future__ import annotations

from enum import StrEnum

from storage.people import Member


class Presence(StrEnum):
    """Closed set; the pages have a badge for each but the first."""

    THERE = "there"
    NEVER_CAME = "never_came"
    LEFT = "left"


def presence_of(member: Member) -> Presence:
    """Who has left has left, whether they ever came or not."""
    if member.has_left:
        return Presence.LEFT
    return Presence.NEVER_CAME if member.never_came else Presence.THERE
