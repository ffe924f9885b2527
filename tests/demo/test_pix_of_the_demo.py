"""The demo's own Pix says what the demo's export says, of people whom their links make known."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from demo.cohort import CAMPAIGNS, CC2, cc2_export
from demo.installation import ROOT, Installation
from demo.pix_api import RunningPixApi
from demo.pix_sendings import CLIENT, pix_of_the_demo
from pix.exchange import Exchange
from pix.external_id import CheckCodes
from pix.maddo import ApiAccess, Maddo

TODAY = date(2026, 11, 25)


def test_the_api_and_the_export_agree() -> None:
    exchange, outcomes = Exchange(environment_proxies=False), list[str]()
    with RunningPixApi(pix_of_the_demo(b"a secret", TODAY)) as pix:
        access = ApiAccess(base_url=pix.url, client_id=CLIENT.id, client_secret=CLIENT.secret)
        maddo = Maddo(access, exchange, rate=1000, count=outcomes.append)
        assert [each.code for each in maddo.campaigns(9001)] == [each.code for each in CAMPAIGNS.values()]
        pages = list(maddo.participations(CAMPAIGNS[CC2].number))
    exchange.close()
    told = sorted(
        (each.last_name, each.first_name, each.external_id or "", each.total)
        for page in pages
        for each in page.participations
    )
    codes = CheckCodes.derived_from(b"a secret")
    sent = [line for line in cc2_export(TODAY, codes) if line.at is not None]
    assert told == sorted(
        (line.family, line.given, line.external_id, sum(line.pix.values())) for line in sent
    )
    assert not any(page.unreadable for page in pages)


def test_the_tool_of_the_demo_has_access_to_it(tmp_path: Path) -> None:
    here = Installation(
        folder=tmp_path, tool_url="http://127.0.0.1:1", secret_key="s", pix_url="http://127.0.0.1:2"
    )
    assert here.settings["PIXLTI_PIX_API_URL"] == "http://127.0.0.1:2"
    without = Installation(folder=tmp_path, tool_url="http://127.0.0.1:1", secret_key="s")
    assert not any("PIX_API" in name for name in without.settings)
    assert CAMPAIGNS[CC2].code in (ROOT / "README.md").read_text(encoding="utf-8")
