"""The client of Pix's API against a small real server: tokens, pages, patience, and everything that goes wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.pix_api.data import participation
from pix.maddo import PAGE_SIZE, ApiAccess
from pix.maddo_errors import ApiTrouble, PixApiError
from tests.lti.small_server import Reply, SmallServer
from tests.pix.maddo import (
    ASSESSMENT,
    CLIENT_ID,
    COLLECTION,
    SECRET,
    VALBRUME,
    PixServer,
    Watched,
    client,
    sample_data,
)

BEGIN = datetime(2026, 9, 28, 8, 0, tzinfo=UTC)
OF_COLLECTION = f"/api/campaigns/{COLLECTION}/participations"
TOKEN = "/api/application/token"


@pytest.fixture
def pix() -> Iterator[PixServer]:
    with PixServer(sample_data()) as running:
        yield running


@pytest.fixture
def asking(pix: PixServer) -> Iterator[Watched]:
    with client(pix.url) as made:
        yield made


def many(number: int, *, first: int = 1) -> list[dict[str, Any]]:
    """So many participations, one a minute, all sent."""
    return [
        participation(
            80_000_000 + each,
            COLLECTION,
            first_name="Camille",
            last_name=f"Durand {each}",
            external_id=f"99{each:06d}-K7QX",
            created_at=BEGIN + timedelta(minutes=each),
            shared_at=BEGIN + timedelta(minutes=each, seconds=30),
            user_id=each,
            pixScore=each % 897,
        )
        for each in range(first, first + number)
    ]


def read_all(asking: Watched, campaign_id: int = COLLECTION, since: datetime | None = None) -> list[int]:
    """The numbers of every participation, in the order they were read."""
    pages = asking.maddo.participations(campaign_id, since=since)
    return [each.id for page in pages for each in page.participations]


def trouble(asking: Watched, campaign_id: int = COLLECTION) -> PixApiError:
    """What reading a campaign ends with."""
    with pytest.raises(PixApiError) as caught:
        read_all(asking, campaign_id)
    return caught.value


def test_the_whole_way(pix: PixServer, asking: Watched) -> None:
    assert [each.id for each in asking.maddo.organizations()] == [9001, 9002]
    campaigns = asking.maddo.campaigns(VALBRUME)
    assert [each.code for each in campaigns] == ["KTRBWX482", "XWGDRN563"]
    assert read_all(asking) == [70110002, 70110001, 70110004, 70110005, 70110003]
    assert read_all(asking, ASSESSMENT) == [70120001, 70120004]
    assert pix.count("POST", TOKEN) == 1
    assert asking.outcomes == ["ok"] * 5
    assert asking.pauses == []


def test_what_is_asked_for(pix: PixServer, asking: Watched) -> None:
    read_all(asking, since=datetime(2026, 11, 18, 13, 2, 11, 100999, tzinfo=UTC))
    asked = pix.last("POST", TOKEN)
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert asked.form == {
        "grant_type": "client_credentials",
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "scope": "meta campaigns",
    }
    query = pix.last("GET", OF_COLLECTION).query
    assert "page%5Bsize%5D=200" in query
    assert "since=2026-11-18T13%3A02%3A11.100Z" in query


def test_the_secret_is_never_printed() -> None:
    access = ApiAccess(base_url="https://pix.example", client_id="us", client_secret=SECRET)
    assert SECRET not in f"{access!r} {access}"


def test_twenty_thousand_participations(pix: PixServer) -> None:
    pix.data.participations[COLLECTION] = many(20_000)
    with client(pix.url, patience=20) as asking:
        pages = list(asking.maddo.participations(COLLECTION))
    assert [page.number for page in pages] == list(range(1, 101))
    assert {page.count for page in pages} == {100}
    read = [each.id for page in pages for each in page.participations]
    assert read == sorted(set(read))
    assert len(read) == 20_000
    assert pix.pages(COLLECTION) == 100


def test_participations_that_come_while_they_are_read(pix: PixServer, asking: Watched) -> None:
    pix.data.participations[COLLECTION] = many(2 * PAGE_SIZE)
    pages = asking.maddo.participations(COLLECTION)
    first = next(pages)
    assert first.count == 2
    pix.data.add_participations(COLLECTION, many(PAGE_SIZE + 1, first=2 * PAGE_SIZE + 1))
    rest = list(pages)
    assert [page.count for page in rest] == [4, 4, 4]
    read = [each.id for page in (first, *rest) for each in page.participations]
    assert len(read) == len(set(read)) == 3 * PAGE_SIZE + 1


def test_participations_told_twice_are_read_once(pix: PixServer, asking: Watched) -> None:
    """One that is shared after `since` while we read enters in the middle, and moves the others a place on."""
    pix.data.participations[COLLECTION] = many(PAGE_SIZE + 10)
    pages = asking.maddo.participations(COLLECTION)
    first = next(pages)
    pix.data.participations[COLLECTION][:0] = many(5, first=90_000)
    pix.data.participations[COLLECTION][0]["createdAt"] = "2026-01-01T00:00:00.000Z"
    read = [each.id for page in (first, *pages) for each in page.participations]
    assert len(read) == len(set(read))
    assert {80_000_000 + each for each in range(1, PAGE_SIZE + 11)} <= set(read)


def test_the_same_number_twice_in_one_page(pix: PixServer, asking: Watched) -> None:
    pix.data.participations[COLLECTION] = [*many(2), *many(2)]
    assert read_all(asking) == [80_000_001, 80_000_002]


def test_a_campaign_nobody_joined(pix: PixServer, asking: Watched) -> None:
    pix.data.participations[COLLECTION] = []
    assert read_all(asking) == []
    assert pix.pages(COLLECTION) == 1


def test_campaigns_of_several_pages(pix: PixServer, asking: Watched) -> None:
    campaign = pix.data.campaigns[VALBRUME][0]
    pix.data.campaigns[VALBRUME] = [{**campaign, "id": each} for each in range(1, 1502)]
    assert len(asking.maddo.campaigns(VALBRUME)) == 1501


def test_a_token_that_expires_amid_the_pages(pix: PixServer, asking: Watched) -> None:
    pix.data.participations[COLLECTION] = many(3 * PAGE_SIZE)
    pages = asking.maddo.participations(COLLECTION)
    next(pages)
    pix.data.expire_tokens()
    assert sum(len(page.participations) for page in pages) == 2 * PAGE_SIZE
    assert pix.count("POST", TOKEN) == 2
    assert asking.outcomes.count("token_refused") == 1
    assert asking.pauses == []


def test_a_fresh_token_that_is_refused_is_renewed_once_only(pix: PixServer, asking: Watched) -> None:
    pix.fail(OF_COLLECTION, *[Reply(status=401, body=b"{}")] * 9)
    error = trouble(asking)
    assert (error.trouble, error.try_again) == (ApiTrouble.TOKEN_REFUSED, False)
    assert pix.count("POST", TOKEN) == 2
    assert pix.pages(COLLECTION) == 2


def test_a_wrong_secret_is_not_repeated(pix: PixServer) -> None:
    with client(pix.url, secret="guess") as asking:
        error = trouble(asking)
    assert (error.trouble, error.try_again) == (ApiTrouble.SECRET_REFUSED, False)
    assert error.trouble.is_for_operator
    assert "The client ID and/or secret are invalid." in error.detail
    assert "guess" not in str(error)
    assert pix.count("POST", TOKEN) == 1


def test_a_scope_that_is_not_granted(pix: PixServer, asking: Watched) -> None:
    granted = pix.data.clients[CLIENT_ID]
    pix.data.add_client(type(granted)(id=CLIENT_ID, secret=SECRET, scopes=frozenset({"meta"})))
    error = trouble(asking)
    assert (error.trouble, error.try_again) == (ApiTrouble.SCOPE_REFUSED, False)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, ApiTrouble.REFUSED),
        (403, ApiTrouble.OUTSIDE),
        (404, ApiTrouble.GONE),
        (301, ApiTrouble.NOT_THE_API),
        (405, ApiTrouble.NOT_THE_API),
        (204, ApiTrouble.NOT_THE_API),
    ],
)
def test_a_refusal_is_never_repeated(
    pix: PixServer, asking: Watched, status: int, expected: ApiTrouble
) -> None:
    pix.fail(OF_COLLECTION, Reply(status=status, headers={"Location": "/elsewhere"}))
    error = trouble(asking)
    assert (error.trouble, error.try_again) == (expected, False)
    assert f"status {status}" in error.detail
    assert pix.pages(COLLECTION) == 1
    assert pix.count("GET", "/elsewhere") == 0
    assert asking.pauses == []


def test_the_words_of_a_refusal_are_kept_for_the_operator(pix: PixServer, asking: Watched) -> None:
    error = trouble(asking, 1234)
    assert error.trouble is ApiTrouble.GONE
    assert error.detail == "/api/campaigns/1234/participations: status 404, Not Found"


@pytest.mark.parametrize(
    "failure",
    [
        Reply(status=500, body=b"oops"),
        Reply(status=502, body=b"<html>Bad Gateway</html>"),
        Reply(reset=True),
        Reply(status=200, body=b"<html>Maintenance</html>"),
        Reply(status=200, body=b'{"campaignParticipations": ['),
    ],
    ids=["500", "502", "reset", "page", "cut short"],
)
def test_what_passes_by_itself_is_tried_again(pix: PixServer, asking: Watched, failure: Reply) -> None:
    """In the middle of the pages: the page that failed is asked for again, no other."""
    pix.data.participations[COLLECTION] = many(3 * PAGE_SIZE)
    pix.fail(OF_COLLECTION, failure, failure, page=2)
    assert len(set(read_all(asking))) == 3 * PAGE_SIZE
    assert pix.pages(COLLECTION) == 5
    assert asking.pauses == [1.0, 2.0]


def test_it_is_not_tried_for_ever(pix: PixServer, asking: Watched) -> None:
    pix.fail(OF_COLLECTION, *[Reply(status=500)] * 9)
    error = trouble(asking)
    assert (error.trouble, error.try_again) == (ApiTrouble.SERVER, True)
    assert pix.pages(COLLECTION) == 4
    assert asking.pauses == [1.0, 2.0, 4.0]


def test_pix_asks_us_to_wait(pix: PixServer, asking: Watched) -> None:
    dates = {"Date": "Tue, 24 Nov 2026 08:00:00 GMT", "Retry-After": "Tue, 24 Nov 2026 08:00:07 GMT"}
    pix.fail(
        OF_COLLECTION,
        Reply(status=429, headers={"Retry-After": "30"}),
        Reply(status=503, headers=dates),
        Reply(status=429, headers={"Retry-After": "soon"}),
    )
    assert len(read_all(asking)) == 5
    assert asking.pauses == [31.0, 9.0, 4.0]


def test_pix_asks_us_to_wait_for_long(pix: PixServer, asking: Watched) -> None:
    pix.fail(OF_COLLECTION, Reply(status=429, headers={"Retry-After": "600"}))
    error = trouble(asking)
    assert (error.trouble, error.retry_after) == (ApiTrouble.BUSY, 600.0)
    assert asking.pauses == []


def test_nobody_listens() -> None:
    with SmallServer() as gone:
        pass
    with client(gone.url) as asking:
        error = trouble(asking)
    assert (error.trouble, error.try_again) == (ApiTrouble.UNREACHABLE, True)
    assert len(asking.pauses) == 3
    assert asking.outcomes == ["unreachable"] * 4


@pytest.mark.parametrize("drip_headers", [False, True])
def test_a_dripping_answer_ends_at_the_deadline(pix: PixServer, asking: Watched, drip_headers: bool) -> None:
    pix.fail(OF_COLLECTION, Reply(body=b"x" * 4000, drip=0.03, drip_headers=drip_headers))
    begun = time.monotonic()
    assert len(read_all(asking)) == 5
    assert 1.4 < time.monotonic() - begun < 8
    assert asking.outcomes[:2] == ["ok", "unreachable"]


def test_a_silent_answer(pix: PixServer, asking: Watched) -> None:
    pix.fail(OF_COLLECTION, Reply(wait=3))
    assert len(read_all(asking)) == 5
    assert asking.outcomes[:2] == ["ok", "unreachable"]


def test_an_answer_without_end(pix: PixServer) -> None:
    with client(pix.url, largest=10_000) as asking:
        pix.fail(OF_COLLECTION, *[Reply(body=b" " * 20_000)] * 4)
        error = trouble(asking)
    assert (error.trouble, error.detail) == (ApiTrouble.UNREACHABLE, "the answer is larger than 10000 bytes")


def test_another_shape_is_not_repeated(pix: PixServer, asking: Watched) -> None:
    pix.fail(OF_COLLECTION, Reply(body=b'{"data": []}'))
    assert trouble(asking).trouble is ApiTrouble.OTHER_SHAPE
    assert pix.pages(COLLECTION) == 1


def test_an_address_that_is_not_the_api() -> None:
    with SmallServer() as other, client(other.url) as asking:
        assert trouble(asking).trouble is ApiTrouble.NOT_THE_API


def test_the_pace_is_kept_by_all_threads_together(pix: PixServer) -> None:
    with client(pix.url, rate=5) as asking:
        asking.maddo.organizations()
        threads = [threading.Thread(target=asking.maddo.organizations) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    # Each call waits for those before it, at 5 a second: the token, the first list, then four more.
    waits = sorted(asking.pauses)
    assert waits == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert pix.count("POST", TOKEN) == 1
