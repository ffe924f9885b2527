"""What the stories count, for whoever watches: outcomes and durations, never anything personal."""

from __future__ import annotations

from typing import Protocol


class Metrics(Protocol):
    """Where outcomes are counted; cheap, and never in the way. Durations in seconds."""

    def launch(self, outcome: str) -> None:
        """A launch was `accepted` or `refused`."""

    def refusal(self, reason: str) -> None:
        """A login or launch was refused, for a reason of the closed set."""

    def push(self, outcome: str, platform_id: int, seconds: float) -> None:
        """A score was `taken`, or what was decided otherwise."""

    def imported(self, outcome: str) -> None:
        """A Pix export was `read`, `unreadable`, `confirmed`, `outdated` or `cancelled`."""

    def job(self, kind: str, outcome: str, seconds: float) -> None:
        """An attempt at a background job ended: `done`, `put_back`, `failed`, or `lost` to another worker."""

    def certificate(self, outcome: str) -> None:
        """Pix was asked about a certificate: `found`, or why not."""

    def pix_call(self, outcome: str) -> None:
        """A call to Pix's API was `ok`, or ended in a trouble of its closed set."""

    def request(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """A request was answered."""


class NotCounted:
    """Counts nothing: for commands and tests."""

    def launch(self, outcome: str) -> None:
        """Nothing."""

    def refusal(self, reason: str) -> None:
        """Nothing."""

    def push(self, outcome: str, platform_id: int, seconds: float) -> None:
        """Nothing."""

    def imported(self, outcome: str) -> None:
        """Nothing."""

    def job(self, kind: str, outcome: str, seconds: float) -> None:
        """Nothing."""

    def certificate(self, outcome: str) -> None:
        """Nothing."""

    def pix_call(self, outcome: str) -> None:
        """Nothing."""

    def request(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """Nothing."""
