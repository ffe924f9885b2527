"""Pix's API for the tests: the demo's, behind a server whose answers can be made to fail, and a client of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.pix_api import Asked, Client, PixData, answer
from pix.exchange import Exchange
from pix.maddo import ApiAccess, Maddo
from tests.lti.small_server import Received, Reply, SmallServer

SAMPLES = Path(__file__).parent / "samples"
CLIENT_ID = "valbrume-moodle"
SECRET = "only of the tests"
VALBRUME = 9001
COLLECTION = 512345
ASSESSMENT = 512350


def sample(name: str) -> Any:
    """A sample, read."""
    return json.loads((SAMPLES / name).read_text("utf-8"))


def sample_data() -> PixData:
    """A Pix that holds what the samples say."""
    data = PixData()
    organizations = sample("maddo_02_organizations_200.json")
    for each in organizations:
        mine = each["id"] == VALBRUME
        data.add_organization(each, sample("maddo_03_campaigns_200.json")["campaigns"] if mine else ())
    for page in (1, 2):
        read = sample(f"maddo_04_participations_profiles_collection_page{page}_200.json")
        data.add_participations(COLLECTION, read["campaignParticipations"])
    read = sample("maddo_05_participations_assessment_200.json")
    data.add_participations(ASSESSMENT, read["campaignParticipations"])
    known = frozenset(each["id"] for each in organizations)
    data.add_client(Client(id=CLIENT_ID, secret=SECRET, organization_ids=known))
    return data


class PixServer(SmallServer):
    """Answers as Pix does, but for the replies put before its answers: `fail` for the next request to a path."""

    def __init__(self, data: PixData) -> None:
        super().__init__()
        self.data = data
        self._failing: list[tuple[str, str, Reply]] = []

    def fail(self, path: str, *replies: Reply, page: int | None = None) -> None:
        """Answer these in turn to the next requests for a path (or for one page of it), then as usual."""
        query = "" if page is None else f"page%5Bnumber%5D={page}&"
        self._failing += [(path, query, each) for each in replies]

    def pages(self, campaign_id: int) -> int:
        """How many pages of participations were asked for."""
        return self.count("GET", f"/api/campaigns/{campaign_id}/participations")

    def _choose(self, received: Received) -> Reply:
        for each in self._failing:
            path, query, reply = each
            if path == received.path and query in received.query:
                self._failing.remove(each)
                return reply
        told = answer(
            self.data,
            Asked(
                method=received.method,
                path=received.path,
                query=received.query,
                headers=received.headers,
                body=received.body,
            ),
        )
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return Reply(status=told.status, body=told.body, headers=headers)


@dataclass
class Watched:
    """A client whose time is held: the pauses it would have made, and the outcomes it counted."""

    maddo: Maddo
    pauses: list[float] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)


@contextmanager
def client(
    url: str,
    *,
    secret: str = SECRET,
    rate: float = float("inf"),
    largest: int = 1_000_000,
    patience: float = 1.5,
) -> Iterator[Watched]:
    """A client of a Pix at an address; as it is, its only pauses are those between tries."""
    exchange = Exchange(
        connect_timeout=2,
        read_timeout=1.0,
        deadline=patience,
        largest=largest,
        environment_proxies=False,
    )
    pauses: list[float] = []
    outcomes: list[str] = []
    access = ApiAccess(base_url=url, client_id=CLIENT_ID, client_secret=secret)
    made = Maddo(
        access,
        exchange,
        rate=rate,
        count=outcomes.append,
        pause=pauses.append,
        clock=lambda: 0.0,
        jitter=lambda: 0.5,
    )
    try:
        yield Watched(maddo=made, pauses=pauses, outcomes=outcomes)
    finally:
        exchange.close()
