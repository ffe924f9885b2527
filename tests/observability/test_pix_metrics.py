"""Pix's API in `/metrics`, where there is access to it; `/readyz` never depends on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from metrics import PrometheusMetrics
from storage.campaigns import set_campaign
from storage.pix_campaigns import (
    PixCampaign,
    note_campaigns_found,
    note_campaigns_missing,
    note_reading_done,
)
from storage.scope import UnitYear
from tests.databases import SqliteDatabases
from tests.lti.small_server import SmallServer
from tests.pix.maddo import client
from tests.running_tool import running_tool
from tests.workflows.school import School, open_school
from web.site import EXTENSION
from workflows.standing import find_standing
from workflows.world import PixApi

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture
def school(tmp_path: Path, sqlite_originals: Path) -> Iterator[School]:
    made = open_school(SqliteDatabases(directory=tmp_path, originals=sqlite_originals), tmp_path)
    yield made
    made.world.database.close()


def samples(school: School) -> dict[str, float]:
    """The samples about Pix."""
    text = PrometheusMetrics().render(find_standing(school.world, lambda: 0), NOW).decode()
    lines = (line.rpartition(" ") for line in text.splitlines() if line.startswith("pixlti_pix"))
    return {name: float(value) for name, _, value in lines}


def test_campaigns_by_what_became_of_their_reading(school: School) -> None:
    teacher = school.teacher()
    scope = UnitYear(course_id=school.course_id, unit_code="HA1G10H", academic_year="2026-2027")
    with school.world.database.write() as connection:
        for component, code in (("cc1", "KTRBWX482"), ("cc2", "ABCDEF234"), ("exam", "PVDGHN735")):
            address = f"https://app.pix.fr/campagnes/{code}"
            set_campaign(
                connection, scope, component, code=code, address=address, by_person=teacher.person_id, now=NOW
            )
        note_campaigns_found(connection, [PixCampaign(code="KTRBWX482", number=1, organization_id=2)], NOW)
        read_at = NOW - timedelta(minutes=20)
        note_reading_done(connection, "KTRBWX482", since=NOW, whole=True, found={}, now=read_at)
        note_campaigns_missing(connection, ["ABCDEF234"], "unknown_code", NOW)
    assert samples(school) == {}, "without access nothing is told"
    with SmallServer() as server, client(server.url) as asking:
        api = PixApi(maddo=asking.maddo, every=timedelta(minutes=15))
        school.world = replace(school.world, pix_api=api)
        assert samples(school) == {
            'pixlti_pix_campaigns{state="never"}': 1,
            'pixlti_pix_campaigns{state="ok"}': 1,
            'pixlti_pix_campaigns{state="unknown_code"}': 1,
            "pixlti_pix_oldest_reading_seconds": 1200,
        }


def test_calls_are_counted() -> None:
    counts = PrometheusMetrics()
    for outcome in ("ok", "ok", "server"):
        counts.pix_call(outcome)
    text = counts.render(None, NOW).decode()
    assert 'pixlti_pix_api_calls_total{outcome="ok"} 2.0' in text
    assert 'pixlti_pix_api_calls_total{outcome="server"} 1.0' in text


def test_pix_that_is_down_makes_nothing_unready(tmp_path: Path) -> None:
    with SmallServer() as gone:
        pass
    with (
        running_tool(f"sqlite:///{tmp_path / 'tool.sqlite'}", tmp_path) as tool,
        client(gone.url) as asking,
    ):
        before = requests.get(f"{tool.base}/readyz", timeout=10)
        api = PixApi(maddo=asking.maddo, every=timedelta(minutes=15))
        site = tool.site
        tool.app.extensions[EXTENSION] = replace(site, world=replace(site.world, pix_api=api))
        after = requests.get(f"{tool.base}/readyz", timeout=10)
        assert (after.status_code, after.json()["problems"]) == (
            before.status_code,
            before.json()["problems"],
        )
        assert asking.outcomes == []
