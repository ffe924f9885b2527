"""Line items: Moodle's addresses, media types and paging; the right column, never a second one."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from lti.errors import (
    ForbiddenAddress,
    LineItemGone,
    NotAuthorised,
    RequestRefused,
    ServerTrouble,
    ServiceError,
)
from lti.line_items import (
    SCOPE_READ,
    LineItem,
    choose_line_item,
    create_line_item,
    find_line_item,
    find_or_create_line_item,
    get_line_item,
    read_line_items,
)
from lti.platform_calls import PlatformServices
from tests.lti.forge import ForgedPlatform
from tests.lti.small_server import Received, Reply, SmallServer

PATH = "/mod/lti/services.php/2/lineitems"
CONTAINER = "application/vnd.ims.lis.v2.lineitemcontainer+json"


def address(server: SmallServer) -> str:
    return f"{server.url}{PATH}?type_id=1"


def entry(server: SmallServer, number: int, **fields: Any) -> dict[str, Any]:
    """A line item as Moodle lists it."""
    url = f"{server.url}{PATH}/{number}/lineitem?type_id=1"
    return {
        "id": url,
        "label": f"Colonne {number}",
        "scoreMaximum": 20,
        "resourceId": "",
        "tag": "",
        **fields,
    }


def serve(server: SmallServer, entries: Sequence[object], link: str = "") -> None:
    headers = {"Content-Type": CONTAINER, **({"Link": link} if link else {})}
    server.reply("GET", PATH, Reply(body=json.dumps(entries).encode(), headers=headers))


def test_the_request_is_to_the_letter(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    serve(server, [])
    found = read_line_items(
        services, platform.registration, address(server), resource_link_id="1", tag="HA1G10H:cc1"
    )
    sent = server.last("GET", PATH)
    assert found == []
    assert sent.headers["Accept"] == CONTAINER
    assert sent.headers["Authorization"] == "Bearer moodle-token"
    assert sent.query == "type_id=1&resource_link_id=1&tag=HA1G10H%3Acc1"
    assert server.last("POST", "/mod/lti/token.php").form["scope"].endswith("/lineitem")


def test_reading_only_asks_for_the_reading_scope(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    serve(server, [])
    read_line_items(services, platform.registration, address(server), scope=SCOPE_READ)
    assert server.last("POST", "/mod/lti/token.php").form["scope"] == SCOPE_READ


def test_what_is_read(server: SmallServer, platform: ForgedPlatform, services: PlatformServices) -> None:
    serve(
        server,
        [entry(server, 2, scoreMaximum=10.5, tag="t", resourceId="r", resourceLinkId=1), 5, {"label": "x"}],
    )
    assert read_line_items(services, platform.registration, address(server)) == [
        LineItem(
            url=f"{server.url}{PATH}/2/lineitem?type_id=1",
            label="Colonne 2",
            maximum=Decimal("10.5"),
            resource_id="r",
            tag="t",
            resource_link_id="1",
        )
    ]


def test_filters_the_platform_ignores_are_applied_here(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    serve(server, [entry(server, 1, resourceLinkId="9"), entry(server, 2, resourceLinkId="1", tag="t")])
    found = read_line_items(services, platform.registration, address(server), resource_link_id="1")
    assert [item.label for item in found] == ["Colonne 2"]


def test_columns_of_another_origin_are_left_out(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    serve(server, [entry(server, 1, id="https://evil.example/li")])
    assert read_line_items(services, platform.registration, address(server)) == []


@pytest.mark.parametrize(
    "link",
    [
        '<{url}?type_id=1&Cursor=AbC>; rel="next"',
        "<{url}?type_id=1&amp;Cursor=AbC>; rel=“next”",
        "<{url}?x=0>; rel=“first”, <{url}?type_id=1&amp;Cursor=AbC>; rel=“next”",
        "<{url}?type_id=1&Cursor=AbC>;rel=next",
        "<?type_id=1&Cursor=AbC>; title=x; rel='next'",
    ],
)
def test_pages_are_followed_with_their_case(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices, link: str
) -> None:
    def answer(received: Received) -> Reply:
        if "Cursor" in received.query:
            return Reply(body=json.dumps([entry(server, 2)]).encode())
        header = link.format(url=f"{server.url}{PATH}")
        return Reply(body=json.dumps([entry(server, 1)]).encode(), headers={"Link": header})

    server.ask("GET", PATH, answer)
    found = read_line_items(services, platform.registration, address(server))
    assert [item.label for item in found] == ["Colonne 1", "Colonne 2"]
    assert server.last("GET", PATH).query == "type_id=1&Cursor=AbC"
    assert not any("limit" in item.query for item in server.received)


def test_a_next_page_of_another_origin_is_refused(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    serve(server, [], link='<https://evil.example/steal>; rel="next"')
    with pytest.raises(ForbiddenAddress):
        read_line_items(services, platform.registration, address(server))


def test_pages_in_a_circle_end(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    serve(server, [entry(server, 1)], link=f'<{address(server)}>; rel="next"')
    assert len(read_line_items(services, platform.registration, address(server))) == 1


def item(number: int, link: str | None = "1", tag: str | None = None) -> LineItem:
    return LineItem(url=f"u{number}", label="", maximum=None, resource_link_id=link, tag=tag)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], None),
        ([item(1, link="2", tag="ours"), item(2, link=None, tag="ours")], None),  # copies, loose columns
        ([item(1), item(2, tag="ours")], "u2"),
        ([item(1, tag="theirs"), item(2)], "u2"),
        ([item(2, tag="theirs"), item(1, tag="other")], "u1"),
    ],
)
def test_the_column_chosen(items: list[LineItem], expected: str | None) -> None:
    chosen = choose_line_item(items, resource_link_id="1", tag="ours")
    assert (chosen.url if chosen else None) == expected


def test_an_existing_column_is_found_and_not_doubled(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    serve(server, [entry(server, 4, resourceLinkId="1")])
    found = find_or_create_line_item(
        services, platform.registration, address(server), label="CC1", resource_link_id="1", tag="HA1G10H:cc1"
    )
    assert found.url.endswith("/4/lineitem?type_id=1")
    assert server.count("POST", PATH) == 0


def test_a_missing_column_is_created(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    serve(server, [])
    made = json.dumps(entry(server, 5, resourceLinkId="1", tag="t")).encode()
    server.answer("POST", PATH, status=201, body=made)
    found = find_or_create_line_item(
        services, platform.registration, address(server), label="L" * 300, resource_link_id="1", tag="t"
    )
    assert found.url.endswith("/5/lineitem?type_id=1")
    sent = server.last("POST", PATH)
    assert (sent.query, sent.headers["Content-Type"]) == (
        "type_id=1",
        "application/vnd.ims.lis.v2.lineitem+json",
    )
    assert json.loads(sent.body) == {
        "scoreMaximum": 20,
        "label": "L" * 255,
        "resourceLinkId": "1",
        "tag": "t",
    }


def test_a_created_column_of_another_origin_is_refused(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    server.answer("POST", PATH, status=201, body=b'{"id": "https://evil.example/li"}')
    with pytest.raises(ForbiddenAddress):
        create_line_item(services, platform.registration, address(server), label="x", resource_link_id=None)


def test_one_column_is_read(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    server.answer("GET", f"{PATH}/2/lineitem", body=json.dumps(entry(server, 2, scoreMaximum=10)).encode())
    found = get_line_item(services, platform.registration, f"{server.url}{PATH}/2/lineitem?type_id=1")
    assert found.maximum == Decimal(10)
    assert server.received[-1].headers["Accept"] == "application/vnd.ims.lis.v2.lineitem+json"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(status=400, body=b'{"status":400,"reason":"No handler found"}'), RequestRefused),
        (Reply(status=401), NotAuthorised),
        (Reply(status=403), NotAuthorised),
        (Reply(status=404), LineItemGone),
        (Reply(status=500), ServerTrouble),
        (Reply(status=200, body=b"<html>login</html>"), ServerTrouble),
        (Reply(status=200, body=b'{"a": NaN}'), ServerTrouble),
        (Reply(status=200, body=b"{}"), ServerTrouble),
        (Reply(status=200, body=b"[" * 100_000), ServerTrouble),
    ],
)
def test_failures(
    server: SmallServer,
    platform: ForgedPlatform,
    services: PlatformServices,
    reply: Reply,
    kind: type[ServiceError],
) -> None:
    server.reply("GET", PATH, reply)
    with pytest.raises(kind):
        find_line_item(services, platform.registration, address(server), resource_link_id="1", tag=None)
