"""Line items, results and members: media types, filters, what is stored, what only seems to be."""

from decimal import Decimal
from typing import Any

import pytest

from demo.lms import LmsState
from tests.demo.tiny_tool import (
    LINE_ITEM_TYPE,
    LINE_ITEMS_TYPE,
    MEMBERS_TYPE,
    RESULTS_TYPE,
    ServiceClient,
)


def create(client: ServiceClient, **fields: Any) -> Any:
    body = {"label": "Pix", "scoreMaximum": 20, **fields}
    url = client.state.addresses.line_items("2")
    return client.send("POST", url, body=body, content_type=LINE_ITEM_TYPE)


def listed(client: ServiceClient, query: str = "", accept: str | None = LINE_ITEMS_TYPE) -> Any:
    return client.send("GET", client.state.addresses.line_items("2") + query, accept=accept)


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (LINE_ITEMS_TYPE, 200),
        (None, 200),
        ("*/*", 400),
        ("application/json", 400),
        (f"{LINE_ITEMS_TYPE}, */*", 400),
    ],
)
def test_the_container_wants_its_exact_type_or_none(
    client: ServiceClient, accept: str | None, status: int
) -> None:
    assert listed(client, accept=accept).status_code == status
    assert client.kinds() == ([] if status == 200 else ["accept"])


def test_each_graded_activity_has_a_coupled_column(client: ServiceClient) -> None:
    answer = listed(client)
    assert answer.headers["Content-Type"] == LINE_ITEMS_TYPE
    items = answer.json()
    assert [item["label"] for item in items[:2]] == ["CC1", "CC2"]
    assert items[0]["resourceLinkId"] == items[0]["ltiLinkId"] == "1"
    assert items[0]["id"].endswith("/lineitems/1/lineitem?type_id=1")


def test_create_stores_some_fields_and_only_echoes_the_others(client: ServiceClient, lms: LmsState) -> None:
    answer = create(client, tag="t", resourceId="r", startDateTime="2026-11-02T08:00:00Z")
    assert answer.status_code == 201
    assert answer.json()["startDateTime"]
    read = client.send("GET", answer.json()["id"], accept=LINE_ITEM_TYPE).json()
    assert (read["tag"], read["resourceId"]) == ("t", "r")
    assert "startDateTime" not in read
    assert "resourceLinkId" not in read
    assert not lms.gradebook.columns()[-1].coupled
    assert client.kinds() == []


def test_filters(client: ServiceClient) -> None:
    create(client, tag="t")
    create(client, resourceId="r")
    assert len(listed(client, "&tag=t").json()) == 1
    assert len(listed(client, "&resource_id=r").json()) == 1
    assert [i["label"] for i in listed(client, "&resource_link_id=2").json()] == ["CC2"]
    assert [i["label"] for i in listed(client, "&lti_link_id=2").json()] == ["CC2"]
    assert listed(client, "&tag=unheard").json() == []


def test_limit_pages_with_a_link_header_nobody_can_read(client: ServiceClient) -> None:
    answer = listed(client, "&limit=2")
    assert len(answer.json()) == 2
    assert "&amp;" in answer.headers["Link"]
    assert "rel=“next”" in answer.headers["Link"].encode("latin-1").decode()
    assert client.kinds() == ["limit"]


@pytest.mark.parametrize(
    ("fields", "status", "kinds"),
    [
        ({"label": None}, 400, ["line_item"]),
        ({"scoreMaximum": None}, 400, ["line_item"]),
        ({"resourceLinkId": "77"}, 403, ["line_item"]),
        ({"label": "x" * 1334}, 502, ["line_item"]),
        ({"scoreMaximum": 0}, 201, ["line_item"]),
        ({"scoreMaximum": "20"}, 201, ["line_item"]),
        ({"resourceLinkId": "1"}, 201, ["second_column"]),
    ],
)
def test_mistakes_in_a_new_line_item(
    client: ServiceClient, fields: dict[str, Any], status: int, kinds: list[str]
) -> None:
    assert create(client, **fields).status_code == status
    assert client.kinds() == kinds


def test_create_wants_the_exact_content_type(client: ServiceClient) -> None:
    url = client.state.addresses.line_items("2")
    body = {"label": "Pix", "scoreMaximum": 20}
    assert client.send("POST", url, body=body, content_type="application/json").status_code == 400


def test_put_blanks_what_it_leaves_out_and_rescales(client: ServiceClient, lms: LmsState) -> None:
    address = create(client, tag="t", resourceId="r").json()["id"]
    column = lms.gradebook.columns()[-1].id
    client.score(column, "101", 10)
    body = {"label": "Pix 2", "scoreMaximum": 40, "tag": "t"}
    answer = client.send("PUT", address, body=body, content_type=LINE_ITEM_TYPE)
    assert answer.status_code == 200
    stored = lms.gradebook.get_column(column)
    assert (stored.label, stored.tag, stored.resource_id) == ("Pix 2", "t", "")
    assert lms.gradebook.mark(column, "101") == Decimal(20)
    assert client.kinds() == ["blanked"]
    assert client.send("PUT", address, body={"label": "x"}, content_type=LINE_ITEM_TYPE).status_code == 400


def test_delete_is_204_for_coupled_columns_too(client: ServiceClient, lms: LmsState) -> None:
    address = lms.addresses.line_item("2", lms.column_of("1").id)
    assert client.send("DELETE", address).status_code == 204
    assert client.send("GET", address).status_code == 404
    with pytest.raises(LookupError):
        lms.column_of("1")


@pytest.mark.parametrize(("accept", "status"), [(RESULTS_TYPE, 200), ("*/*", 200), ("application/json", 400)])
def test_results_accept(client: ServiceClient, lms: LmsState, accept: str, status: int) -> None:
    url = client.score_url(lms.column_of("1").id, suffix="/results")
    assert client.send("GET", url, accept=accept).status_code == status


def test_results_show_final_grades_of_people_ever_graded(client: ServiceClient, lms: LmsState) -> None:
    column = lms.column_of("1").id
    client.score(column, "101", 10, comment="Bien")
    client.score(column, "102", 11, timestamp="2026-01-01T00:00:00Z")
    client.score(column, "102", None)
    lms.gradebook.type_by_hand(column, "103", Decimal(16), now=lms.clock())
    url = client.score_url(column, suffix="/results")
    results = {result["userId"]: result for result in client.send("GET", url).json()}
    assert set(results) == {"101", "102", "103"}
    assert (results["101"]["resultScore"], results["101"]["comment"]) == (10, "Bien")
    assert results["101"]["resultMaximum"] == 20
    assert results["101"]["timestamp"]
    assert set(results["102"]) == {"id", "userId"}
    assert results["103"]["resultScore"] == 16
    only = client.send("GET", url + "&user_id=101").json()
    assert [result["userId"] for result in only] == ["101"]


def test_limit_on_results_breaks(client: ServiceClient, lms: LmsState) -> None:
    answer = client.send("GET", client.score_url(lms.column_of("1").id, suffix="/results") + "&limit=10")
    assert (answer.status_code, "<html" in answer.text) == (404, True)
    assert client.kinds() == ["limit"]


def test_members_have_short_roles_and_a_non_editing_teacher_is_a_learner(
    client: ServiceClient, lms: LmsState
) -> None:
    lms.roster.suspend("2", "101")
    answer = client.send("GET", lms.addresses.members("2"), accept=MEMBERS_TYPE)
    assert answer.headers["Content-Type"] == MEMBERS_TYPE
    members = {member["user_id"]: member for member in answer.json()["members"]}
    assert len(members) == 31
    assert "101" not in members
    assert members["3"]["roles"] == ["Learner"]
    assert members["2"]["roles"] == ["Instructor"]
    assert members["102"]["name"] == "Chloé Bélanger-Noël"
    assert members["102"]["lis_person_sourcedid"] == "99300002"
    assert members["130"]["lis_person_sourcedid"] == ""
    assert answer.json()["context"]["label"] == "PIX-L1"


def test_members_filters_paging_and_refusals(client: ServiceClient, lms: LmsState) -> None:
    url = lms.addresses.members("2")
    assert len(client.send("GET", url + "?role=Instructor").json()["members"]) == 1
    assert len(client.send("GET", url + "?role=Mentor").json()["members"]) == 32
    page = client.send("GET", url + "?limit=10&role=Learner")
    assert len(page.json()["members"]) == 10
    assert page.links["next"]["url"].endswith("?limit=10&from=10")
    assert "message" in client.send("GET", url + "?rlid=1").json()["members"][0]
    assert client.send("GET", url + "?rlid=99").status_code == 404
    assert client.send("GET", url, accept="application/json").status_code == 400
    assert client.send("GET", lms.addresses.members("9")).status_code == 404
