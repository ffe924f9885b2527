"""Scores and results: what is sent to the letter, and what each answer means."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lti.errors import (
    ForbiddenAddress,
    LineItemGone,
    NotAuthorised,
    ScoreRefused,
    ServerTrouble,
    ServiceError,
    StaleTimestamp,
    TokenRefused,
    TooManyRequests,
    Unreachable,
)
from lti.platform_calls import PlatformServices
from lti.scores import Result, Score, put_score, read_result, rising_timestamp, score_body
from tests.lti.conftest import NOW
from tests.lti.forge import ForgedPlatform
from tests.lti.small_server import Received, Reply, SmallServer

ITEM = "/mod/lti/services.php/2/lineitems/2/lineitem"
SCORES = f"{ITEM}/scores"
RESULTS = f"{ITEM}/results"
TOKEN = "/mod/lti/token.php"
SCORE = Score(user_id="5", given=Decimal("13.33"), timestamp=NOW, comment="1.3 : niveau 4\n→ 13,33/20")


def column(server: SmallServer) -> str:
    return f"{server.url}{ITEM}?type_id=1"


def test_a_score_is_sent_to_the_letter(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    server.answer("POST", SCORES)
    put_score(services, platform.registration, column(server), SCORE)
    sent = server.last("POST", SCORES)
    assert sent.query == "type_id=1"
    assert sent.headers["Content-Type"] == "application/vnd.ims.lis.v1.score+json"
    assert sent.headers["Authorization"] == "Bearer moodle-token"
    assert b"\n" not in sent.body
    assert b'": ' not in sent.body
    assert json.loads(sent.body) == {
        "userId": "5",
        "scoreGiven": 13.33,
        "scoreMaximum": 20,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": "2026-11-23T08:00:00Z",
        "comment": "1.3 : niveau 4\n→ 13,33/20",
    }
    assert server.last("POST", TOKEN).form["scope"] == "https://purl.imsglobal.org/spec/lti-ags/scope/score"


def test_withdrawing_is_a_graded_score_without_value() -> None:
    body = json.loads(score_body(Score(user_id="5", given=None, timestamp=NOW)))
    assert body == {
        "userId": "5",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": "2026-11-23T08:00:00Z",
    }


def test_zero_is_a_mark() -> None:
    assert json.loads(score_body(Score(user_id="5", given=Decimal(0), timestamp=NOW)))["scoreGiven"] == 0


@given(hundredths=some.integers(0, 2000), comment=some.text(max_size=50))
def test_any_mark_and_comment_travel_exactly_on_one_line(hundredths: int, comment: str) -> None:
    mark = Decimal(hundredths) / 100
    body = score_body(Score(user_id="5", given=mark, timestamp=NOW, comment=comment))
    assert len(body.splitlines()) == 1
    assert body.isascii()
    assert Decimal(str(json.loads(body)["scoreGiven"])) == mark
    assert json.loads(body).get("comment", "") == comment


@pytest.mark.parametrize(
    "wrong",
    [
        {"given": Decimal(21)},
        {"given": Decimal(-1)},
        {"given": Decimal("NaN")},
        {"maximum": Decimal(0)},
        {"timestamp": datetime(2026, 1, 1)},  # noqa: DTZ001
    ],
)
def test_impossible_scores_cannot_be_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must"):
        Score(**{"user_id": "5", "given": Decimal(1), "timestamp": NOW, **wrong})


@pytest.mark.parametrize(
    ("now", "previous", "expected"),
    [
        (NOW + timedelta(microseconds=900_000), None, NOW),
        (NOW, NOW - timedelta(seconds=5), NOW),
        (NOW, NOW, NOW + timedelta(seconds=1)),
        (NOW, NOW + timedelta(seconds=3), NOW + timedelta(seconds=4)),
        (NOW.astimezone(timezone(timedelta(hours=1))), None, NOW),
    ],
)
def test_timestamps_rise_by_whole_seconds(
    now: datetime, previous: datetime | None, expected: datetime
) -> None:
    found = rising_timestamp(now, previous)
    assert (found, found.tzinfo) == (expected, UTC)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(),
        Reply(status=201),
        Reply(status=204),
        Reply(status=200, body=b"  \n"),
        Reply(status=201, body=b'{"resultUrl": "https://x/results/1"}'),
        Reply(status=200, body=b'{"userId": "5", "scoreGiven": 13.33}'),
        Reply(status=200, body=b"OK", headers={"Content-Type": "text/html"}),
    ],
)
def test_acknowledged(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices, reply: Reply
) -> None:
    server.reply("POST", SCORES, reply)
    put_score(services, platform.registration, column(server), SCORE)
    assert server.count("POST", SCORES) == 1


@pytest.mark.parametrize(
    ("reply", "kind", "try_again"),
    [
        (Reply(status=200, body=b"[]"), ScoreRefused, False),
        (Reply(status=200, body=b" [ ] "), ScoreRefused, False),
        (Reply(status=200, body=b'{"status":400,"reason":"x"}'), ScoreRefused, False),
        (Reply(status=200, body=b'{"error":"no"}'), ScoreRefused, False),
        (Reply(status=400, body=b"[]"), ScoreRefused, False),
        (Reply(status=413), ScoreRefused, False),
        (Reply(status=422), ScoreRefused, False),
        (Reply(status=404), LineItemGone, False),
        (Reply(status=410), LineItemGone, False),
        (Reply(status=409), StaleTimestamp, False),
        (Reply(status=429, headers={"Retry-After": "7"}), TooManyRequests, True),
        (Reply(status=500, body=b"<html>locked</html>"), ServerTrouble, True),
        (Reply(status=502), ServerTrouble, True),
        (Reply(status=408), ServerTrouble, True),
        (Reply(status=302, headers={"Location": "/login"}), ServerTrouble, True),
        (Reply(status=200, body=b"\n<!DOCTYPE html><html>log in</html>"), ServerTrouble, True),
        (Reply(status=200, body=b"x" * 2_000_000), ServerTrouble, True),
        (Reply(wait=2), Unreachable, True),
        (Reply(reset=True), Unreachable, True),
    ],
)
def test_not_acknowledged(
    server: SmallServer,
    platform: ForgedPlatform,
    services: PlatformServices,
    reply: Reply,
    kind: type[ServiceError],
    try_again: bool,
) -> None:
    server.reply("POST", SCORES, reply)
    with pytest.raises(kind) as caught:
        put_score(services, platform.registration, column(server), SCORE)
    assert type(caught.value) is kind
    assert caught.value.try_again is try_again
    assert server.count("POST", SCORES) == 1


def test_how_long_to_wait_is_told(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    server.answer("POST", SCORES, status=429, Retry_After="7")
    with pytest.raises(TooManyRequests) as caught:
        put_score(services, platform.registration, column(server), SCORE)
    assert caught.value.retry_after == 7


def tokens_given(server: SmallServer) -> None:
    """Give another token at each call."""

    def answer(received: Received) -> Reply:
        return Reply(body=json.dumps({"access_token": f"t{server.count('POST', TOKEN)}"}).encode())

    server.ask("POST", TOKEN, answer)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_renewed_once(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices, status: int
) -> None:
    tokens_given(server)
    server.reply("POST", SCORES, Reply(status=status), Reply())
    put_score(services, platform.registration, column(server), SCORE)
    sent = [item.headers["Authorization"] for item in server.received if item.path == SCORES]
    assert sent == ["Bearer t1", "Bearer t2"]


@pytest.mark.parametrize("status", [401, 403])
def test_a_column_closed_to_us(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices, status: int
) -> None:
    tokens_given(server)
    server.answer("POST", SCORES, status=status)
    with pytest.raises(NotAuthorised) as caught:
        put_score(services, platform.registration, column(server), SCORE)
    assert caught.value.status == status
    assert server.count("POST", SCORES) == 2


def test_a_token_endpoint_that_refuses(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    server.answer("POST", TOKEN, status=404, body=b"<html>", Content_Type="text/html")
    with pytest.raises(TokenRefused, match="key set"):
        put_score(services, platform.registration, column(server), SCORE)
    assert server.count("POST", SCORES) == 0


def test_no_token_leaves_for_another_origin(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    with SmallServer() as other, pytest.raises(ForbiddenAddress):
        put_score(services, platform.registration, f"{other.url}{ITEM}", SCORE)
    assert other.received == []
    assert server.received == []


def test_refusals_name_no_person(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    server.answer("POST", SCORES, status=400, body=b"Incorrect score received")
    with pytest.raises(ScoreRefused) as caught:
        put_score(services, platform.registration, column(server), SCORE)
    assert caught.value.text == "Incorrect score received"
    assert "13" not in str(caught.value)


# --- results


def serve_results(server: SmallServer, *entries: Any) -> None:
    server.answer("GET", RESULTS, body=json.dumps(entries).encode())


def result(server: SmallServer, platform: ForgedPlatform, services: PlatformServices) -> Result | None:
    return read_result(services, platform.registration, column(server), "5")


def test_a_result_is_asked_for_to_the_letter(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    serve_results(
        server,
        {"id": "x", "userId": "4", "resultScore": 1},
        {
            "id": "y",
            "userId": "5",
            "resultScore": 13.33,
            "resultMaximum": 20,
            "comment": "ok",
            "timestamp": "2026-11-23T09:00:00+01:00",
        },
    )
    assert result(server, platform, services) == Result(
        score=Decimal("13.33"), maximum=Decimal(20), timestamp=NOW, comment="ok"
    )
    sent = server.last("GET", RESULTS)
    assert sent.query == "type_id=1&user_id=5"
    assert sent.headers["Accept"] == "application/vnd.ims.lis.v2.resultcontainer+json"
    assert server.last("POST", TOKEN).form["scope"].endswith("/result.readonly")


def test_never_graded_cleared_and_odd_results(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    serve_results(server)
    assert result(server, platform, services) is None
    serve_results(server, {"id": "y", "userId": 5})
    assert result(server, platform, services) == Result(
        score=None, maximum=None, timestamp=None, comment=None
    )
    serve_results(
        server,
        {"userId": "5", "resultScore": "12.50", "resultMaximum": [], "timestamp": "2026-11-23T09:00:00"},
    )
    assert result(server, platform, services) == Result(
        score=Decimal("12.50"), maximum=None, timestamp=None, comment=None
    )


def test_a_result_on_the_next_page_is_found(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    link = f'<{server.url}{RESULTS}?page=2>; rel="next"'
    server.reply(
        "GET",
        RESULTS,
        Reply(body=b'[{"userId": "4"}]', headers={"Link": link}),
        Reply(body=b'[{"userId": "5", "resultScore": 7}]'),
    )
    found = result(server, platform, services)
    assert found is not None
    assert found.score == 7


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"a": 1}', b'[{"userId": "5", "resultScore": NaN}]'])
def test_results_that_are_none(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices, body: bytes
) -> None:
    server.answer("GET", RESULTS, body=body)
    with pytest.raises(ServerTrouble):
        result(server, platform, services)
