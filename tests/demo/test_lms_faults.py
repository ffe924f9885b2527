"""Injected faults: which requests they meet, how the LMS then looks from outside, by Python and by HTTP."""

import time
from typing import Any

import pytest
import requests

from demo.lms import Fault, LmsState, RunningLms, Site, ToolAddresses, create_lms, demo_site
from demo.lms.faults import Faults
from tests.demo.tiny_tool import ServiceClient, TinyTool


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("500", 500),
        ("503", 503),
        ("400", 400),
        ("401", 401),
        ("403", 403),
        ("404", 404),
        ("409", 409),
        ("429", 429),
        ("html_200", 200),
        ("list_200", 200),
        ("created_201", 201),
    ],
)
def test_an_answer_replaces_the_real_one_once(
    client: ServiceClient, lms: LmsState, answer: Any, status: int
) -> None:
    column = lms.column_of("1").id
    lms.faults.add(Fault(answer=answer, retry_after=7))
    faulty = client.score(column, "101")
    assert faulty.status_code == status
    assert lms.gradebook.mark(column, "101") is None
    assert faulty.headers.get("Retry-After") == ("7" if answer in ("429", "503") else None)
    assert client.score(column, "101").text == ""
    assert [(a.fault, a.taken) for a in lms.history] == [(answer, False), (None, True)]


@pytest.mark.parametrize("taken", [False, True])
def test_a_cut_connection_may_lose_the_score_or_only_its_acknowledgement(
    client: ServiceClient, lms: LmsState, taken: bool
) -> None:
    column = lms.column_of("1").id
    client.token()
    lms.faults.add(Fault(answer="reset", taken=taken))
    with pytest.raises(requests.ConnectionError):
        client.score(column, "101")
    assert (lms.gradebook.mark(column, "101") is not None) is taken
    assert [(a.status, a.taken) for a in lms.history] == [(0, taken)]


def test_a_fault_may_concern_one_person_one_column_and_last(client: ServiceClient, lms: LmsState) -> None:
    one, two = lms.column_of("1").id, lms.column_of("2").id
    lms.faults.add(Fault(person_id="101", column_id=one, times=None))
    statuses = [
        client.score(c, p).status_code for c, p in ((one, "101"), (one, "102"), (two, "101"), (one, "101"))
    ]
    assert statuses == [500, 200, 200, 500]
    lms.faults.clear()
    assert client.score(one, "101").status_code == 200


def test_a_delay_slows_a_good_answer(client: ServiceClient, lms: LmsState) -> None:
    client.token()
    lms.faults.add(Fault(answer="none", delay=0.3))
    start = time.monotonic()
    assert client.score(lms.column_of("1").id, "101").status_code == 200
    assert time.monotonic() - start >= 0.3


def test_outages_of_keys_tokens_and_everything(client: ServiceClient, lms: LmsState) -> None:
    lms.faults.add(Fault(endpoint="certs", answer="503"))
    assert requests.get(lms.addresses.certs, timeout=10).status_code == 503
    assert requests.get(lms.addresses.certs, timeout=10).status_code == 200
    lms.faults.add(Fault(endpoint="token", answer="html_200"))
    assert "<html" in client.ask_token().text
    lms.faults.add(Fault(endpoint="any", answer="500", times=2))
    assert client.ask_token().status_code == 500
    assert client.send("GET", lms.addresses.members("2"), token="any").status_code == 500
    lms.faults.add(Fault(endpoint="services", answer="404"))
    assert client.ask_token().status_code == 200
    assert client.send("GET", lms.addresses.members("2")).status_code == 404


def test_a_random_rate_is_the_same_for_the_same_seed() -> None:
    def pattern(seed: int) -> list[bool]:
        faults = Faults(seed=seed)
        faults.add(Fault(rate=0.5, times=None))
        return [faults.take("scores", "101", "1") is not None for _ in range(40)]

    assert pattern(3) == pattern(3)
    assert pattern(3) != pattern(4)
    assert 8 < sum(pattern(3)) < 32


@pytest.mark.parametrize("wrong", [{"endpoint": "moon"}, {"answer": "418"}])
def test_an_unknown_fault_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is one of"):
        Fault(**wrong)


@pytest.fixture
def control(lms: LmsState) -> str:
    return f"{lms.issuer}/control"


def test_the_control_api_does_the_same(client: ServiceClient, lms: LmsState, control: str) -> None:
    column = lms.column_of("1").id
    assert requests.post(f"{control}/faults", json={"answer": "503"}, timeout=10).status_code == 204
    assert client.score(column, "101").status_code == 503
    requests.post(f"{control}/faults", json={"answer": "503", "times": None}, timeout=10)
    requests.delete(f"{control}/faults", timeout=10)
    assert client.score(column, "101").status_code == 200
    assert requests.post(f"{control}/rotate-key", json={}, timeout=10).json() == {"kid": "lms-2"}
    typed = {"action": "type", "column": column, "person": "101", "value": "14,5"}
    assert requests.post(f"{control}/gradebook", json=typed, timeout=10).status_code == 204
    people = {"action": "unenrol", "course": "2", "person": "102"}
    assert requests.post(f"{control}/people", json=people, timeout=10).status_code == 204
    assert requests.post(f"{control}/revoke-tokens", timeout=10).status_code == 204
    assert client.score(column, "101").status_code == 401
    bad = requests.post(f"{control}/faults", json={"answer": "418"}, timeout=10)
    assert (bad.status_code, "is one of" in bad.json()["error"]) == (400, True)
    book = requests.get(f"{lms.issuer}/api/gradebook", timeout=10).json()
    assert (book["grades"][0]["grade"], book["grades"][0]["overridden"]) == ("14.50000", True)
    assert "102" not in {person["id"] for person in book["people"]}


def test_violations_and_history_are_readable_and_forgotten(
    client: ServiceClient, lms: LmsState, control: str
) -> None:
    client.score(lms.column_of("1").id, "2")
    violations = requests.get(f"{lms.issuer}/api/violations", timeout=10).json()
    assert [violation["kind"] for violation in violations] == ["not_gradable"]
    history = requests.get(f"{lms.issuer}/api/history", timeout=10).json()
    assert [(entry["person_id"], entry["status"]) for entry in history] == [("2", 400)]
    requests.delete(f"{control}/records", timeout=10)
    assert requests.get(f"{lms.issuer}/api/violations", timeout=10).json() == []


def test_without_control_there_is_no_control_api() -> None:
    nowhere = ToolAddresses(login_url="http://t/l", launch_url="http://t/a", jwks_url="http://t/j")
    app = create_lms(
        demo_site(), address="http://127.0.0.1:1", tool=nowhere, client_id="c", deployment_id="1"
    )
    assert app.test_client().post("/control/faults", json={}).status_code == 404


def test_4_5_stores_the_arrival(tool: TinyTool) -> None:
    site: Site = demo_site()
    with RunningLms(site, tool=tool.addresses, clock_mode="4.5") as running:
        client = ServiceClient(tool, running.state)
        column = running.state.column_of("1").id
        assert client.score(column, "101", timestamp="2026-01-01T00:00:00Z").status_code == 200
        assert client.score(column, "101", 15, timestamp="2026-01-01T00:00:01Z").status_code == 409
        client.session.close()
