"""Scores that this worker has taken: on their way, or next in line, so that a free slot need not ask the database."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Collection
from dataclasses import dataclass, field

from storage.score_claims import Claim


@dataclass(frozen=True, kw_only=True)
class Slots:
    """`total` scores may be on their way at once, at most `per_platform` of them to one platform."""

    total: int = 16
    per_platform: int = 8

    def __post_init__(self) -> None:
        if not 1 <= self.per_platform < self.total:
            raise ValueError(
                "per_platform must be at least 1 and less than total: no platform may take every slot"
            )

    def room(self, busy: int, free: int) -> int:
        """How many more slots a platform with `busy` ones may take of the free ones.

        Never more than half of what is free and its own: several slow platforms together leave something to the
        next one, too.
        """
        return max(0, min(self.per_platform, (free + busy + 1) // 2) - busy)


@dataclass
class TakenScores:
    """Which claims have a slot and which stand in line, platform by platform; safe under threads.

    As many stand in line as may be on their way, no more: whatever is taken has to be kept alive, and given back.
    """

    slots: Slots
    _on_their_way: dict[str, Claim] = field(default_factory=dict, init=False)
    _in_line: dict[int, deque[Claim]] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def wanted(self, platform_id: int) -> int:
        """How many more to take for a platform: none while more than half of the line is there."""
        with self._lock:
            busy, room = self._standing(platform_id)
            line = len(self._in_line.get(platform_id, ()))
            at_once = busy + room
            return 0 if line - room > at_once // 2 else max(0, room + at_once - line)

    def take(self, claims: Collection[Claim]) -> None:
        """Let these stand in line."""
        with self._lock:
            for each in claims:
                self._in_line.setdefault(each.platform_id, deque()).append(each)

    def begin(self) -> list[Claim]:
        """Give every free slot that may be given now, to the platforms with the fewest first."""
        begun: list[Claim] = []
        with self._lock:
            busy = Counter(each.platform_id for each in self._on_their_way.values())
            for platform_id in sorted(self._in_line, key=lambda each: busy[each]):
                while (claim := self._next_of(platform_id)) is not None:
                    begun.append(claim)
        return begun

    def next_of(self, platform_id: int) -> Claim | None:
        """The next in line for a platform, with a slot; None where there is none, or others need the slot."""
        with self._lock:
            return self._next_of(platform_id)

    def finish(self, claim: Claim) -> None:
        """The claim's slot is free again."""
        with self._lock:
            del self._on_their_way[claim.token]

    def all(self) -> list[Claim]:
        """Everything taken: its leases must be kept alive."""
        with self._lock:
            return [*self._on_their_way.values(), *(each for line in self._in_line.values() for each in line)]

    def disperse(self) -> list[Claim]:
        """Let nobody stand in line any more; return who did."""
        with self._lock:
            gone = [each for line in self._in_line.values() for each in line]
            self._in_line.clear()
        return gone

    def _next_of(self, platform_id: int) -> Claim | None:
        line = self._in_line.get(platform_id)
        if not line:
            self._in_line.pop(platform_id, None)
            return None
        if self._standing(platform_id)[1] == 0:
            return None
        claim = line.popleft()
        self._on_their_way[claim.token] = claim
        return claim

    def _standing(self, platform_id: int) -> tuple[int, int]:
        busy = sum(each.platform_id == platform_id for each in self._on_their_way.values())
        return busy, self.slots.room(busy, self.slots.total - len(self._on_their_way))
