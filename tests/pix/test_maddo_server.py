"""Our Pix of the tests and the demo: the samples byte for byte, and the refusals of the real one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
import requests

from demo.pix_api import Client, PixData, RunningPixApi
from tests.pix.maddo import ASSESSMENT, CLIENT_ID, COLLECTION, SAMPLES, SECRET, VALBRUME, sample, sample_data

TOKEN = "/api/application/token"
FORM = {
    "grant_type": "client_credentials",
    "client_id": CLIENT_ID,
    "client_secret": SECRET,
    "scope": "meta campaigns",
}
PARTICIPATIONS = f"/api/campaigns/{COLLECTION}/participations"


@pytest.fixture
def pix() -> Iterator[RunningPixApi]:
    with RunningPixApi(sample_data()) as running:
        yield running


def ask(pix: RunningPixApi, path: str, *, scope: str = "meta campaigns", **query: str) -> requests.Response:
    """A GET with a token just given."""
    token = requests.post(f"{pix.url}{TOKEN}", data={**FORM, "scope": scope}, timeout=5).json()[
        "access_token"
    ]
    address = f"{pix.url}{path}?{urlencode(query)}"
    return requests.get(address, headers={"Authorization": f"Bearer {token}"}, timeout=5)


def refusal(response: requests.Response) -> tuple[int, str]:
    """The status and the detail of an error."""
    (error,) = response.json()["errors"]
    assert error["status"] == str(response.status_code)
    return response.status_code, error["detail"]


def test_the_lists_are_the_samples_byte_for_byte(pix: RunningPixApi) -> None:
    def bytes_of(name: str) -> bytes:
        return (SAMPLES / name).read_bytes()

    assert ask(pix, "/api/organizations").content == bytes_of("maddo_02_organizations_200.json")
    campaigns = ask(pix, f"/api/organizations/{VALBRUME}/campaigns")
    assert campaigns.content == bytes_of("maddo_03_campaigns_200.json")
    for page in (1, 2):
        answered = ask(pix, PARTICIPATIONS, **{"page[number]": str(page), "page[size]": "3"})
        assert answered.content == bytes_of(
            f"maddo_04_participations_profiles_collection_page{page}_200.json"
        )
    assessment = ask(pix, f"/api/campaigns/{ASSESSMENT}/participations")
    assert assessment.content == bytes_of("maddo_05_participations_assessment_200.json")
    too_large = ask(pix, PARTICIPATIONS, **{"page[size]": "201"})
    assert (too_large.status_code, too_large.content) == (400, bytes_of("maddo_06_participations_400.json"))


def test_a_token_and_its_refusals_are_the_samples(pix: RunningPixApi) -> None:
    given = requests.post(pix.url + TOKEN, data=FORM, timeout=5)
    assert given.status_code == 200
    assert list(given.json()) == list(sample("maddo_01_token_200.json"))
    wrong = requests.post(pix.url + TOKEN, data={**FORM, "client_secret": "no"}, timeout=5)
    assert (wrong.status_code, wrong.json()) == (401, sample("maddo_01_token_401.json"))
    more = requests.post(pix.url + TOKEN, data={**FORM, "scope": "meta parcoursup"}, timeout=5)
    assert (more.status_code, more.json()) == (403, sample("maddo_01_token_403.json"))


def test_a_token_is_asked_for_with_a_form(pix: RunningPixApi) -> None:
    as_json = requests.post(pix.url + TOKEN, json=FORM, timeout=5)
    assert as_json.status_code == 415
    without = requests.post(pix.url + TOKEN, data={**FORM, "scope": ""}, timeout=5)
    assert refusal(without) == (400, '"scope" is not allowed to be empty')
    password = requests.post(pix.url + TOKEN, data={**FORM, "grant_type": "password"}, timeout=5)
    assert password.status_code == 400
    assert requests.get(pix.url + TOKEN, timeout=5).status_code == 404


def test_no_token_no_data(pix: RunningPixApi) -> None:
    for path in ("/api/organizations", PARTICIPATIONS):
        assert requests.get(pix.url + path, timeout=5).status_code == 401
        forged = requests.get(pix.url + path, headers={"Authorization": "Bearer forged"}, timeout=5)
        assert forged.status_code == 401


def test_a_scope_opens_its_own_routes_only(pix: RunningPixApi) -> None:
    assert ask(pix, "/api/organizations", scope="campaigns").status_code == 403
    assert ask(pix, PARTICIPATIONS, scope="meta").status_code == 403


def test_outside_the_jurisdiction(pix: RunningPixApi) -> None:
    pix.data.add_organization(
        {"id": 9009, "name": "Ailleurs", "externalId": None}, [{"id": 77, "archivedAt": None}]
    )
    assert [each["id"] for each in ask(pix, "/api/organizations").json()] == [9001, 9002]
    assert ask(pix, "/api/organizations/9009/campaigns").status_code == 403
    assert ask(pix, "/api/campaigns/77/participations").status_code == 403
    pix.data.add_client(Client(id=CLIENT_ID, secret=SECRET))
    assert ask(pix, "/api/organizations").status_code == 403


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"page[size]": "many"}, '"page.size" must be a number'),
        ({"since": "yesterday"}, '"since" must be in ISO 8601 date format'),
        ({"sort[0][type]": "up"}, '"sort[0].type" must be one of [asc, desc]'),
        ({"campaign": "1"}, '"campaign" is not allowed'),
    ],
)
def test_a_bad_query_is_refused(pix: RunningPixApi, query: dict[str, str], detail: str) -> None:
    assert refusal(ask(pix, PARTICIPATIONS, **query)) == (400, detail)


def test_since_keeps_what_was_created_or_shared_after(pix: RunningPixApi) -> None:
    def ids(**query: str) -> list[int]:
        return [each["id"] for each in ask(pix, PARTICIPATIONS, **query).json()["campaignParticipations"]]

    assert ids(since="2026-11-18T00:00:00Z") == [70110003, 70110005]
    assert ids(since="2026-11-14T17:35:00.000Z") == [70110001, 70110003, 70110004, 70110005]
    in_order = {"sort[0][value]": "createdAt", "sort[0][type]": "asc"}
    assert ids(**in_order) == [70110002, 70110001, 70110004, 70110005, 70110003]


def test_archived_campaigns_are_told_when_asked_for(pix: RunningPixApi) -> None:
    pix.data.campaigns[VALBRUME][0]["archivedAt"] = "2026-11-20T00:00:00.000Z"

    def codes(**query: str) -> list[str]:
        answered = ask(pix, f"/api/organizations/{VALBRUME}/campaigns", **query)
        return [each["code"] for each in answered.json()["campaigns"]]

    assert codes() == ["XWGDRN563"]
    assert codes(withArchived="true") == ["KTRBWX482", "XWGDRN563"]


def test_what_somebody_sends_is_there_at_once(pix: RunningPixApi) -> None:
    at = datetime(2026, 11, 24, 9, 30, 0, 123000, tzinfo=UTC)
    made = pix.data.share(COLLECTION, first_name="Léa", last_name="Martin", at=at, pixScore=412)
    answered = ask(pix, PARTICIPATIONS, since="2026-11-24T00:00:00Z").json()
    assert answered["campaignParticipations"] == [json.loads(json.dumps(made))]
    assert made["sharedAt"] == "2026-11-24T09:30:00.123Z"
    assert "masteryRate" not in made


def test_an_empty_pix() -> None:
    data = PixData()
    data.add_client(Client(id=CLIENT_ID, secret=SECRET, organization_ids=frozenset({1})))
    with RunningPixApi(data) as pix:
        assert ask(pix, "/api/organizations").json() == []
        assert ask(pix, PARTICIPATIONS).status_code == 404
