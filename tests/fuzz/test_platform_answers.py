"""What platforms answer, at random: the callers see kinds of `ServiceError` only, and a score is never lost by it.

Pure readers first, then the worker against a server that answers anything to everything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lti.errors import ServiceError
from lti.platform_calls import PlatformServices, next_page, open_services, read_json
from lti.platform_keys import read_key_set
from lti.retry_after import LONGEST_WAIT, read_retry_after
from lti.transport import Answer
from storage.desired_scores import ScoreState, desire, find_score
from storage.schema import activity
from storage.score_claims import claim_due
from tests.fuzz.effort import examples
from tests.fuzz.front_door import FrontDoor
from tests.fuzz.nonsense import JSON_VALUES, TEXT, objects
from tests.lti.small_server import Received, Reply
from workflows.lms_state import lms_state
from workflows.push_score import Pusher
from workflows.world import World

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NUMBERS = some.sampled_from(
    [
        "0",
        "13.5",
        "20",
        "-1",
        "1e400",
        "9e999999",
        "1e-999999",
        "NaN",
        "-0",
        "1" * 50,
        '"12"',
        '"sNaN"',
        "1e99999999",
    ]
)
INSTANTS = some.sampled_from(
    [
        "2026-11-23T08:00:00Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1969-12-31T23:59:59Z",
        "2026-11-23",
        "",
    ]
)


USERS = ('"5"', "5", "null")


def encoded(value: object) -> bytes:
    """JSON as some platform's program writes it."""
    return json.dumps(value).encode()


@some.composite
def results(draw: some.DrawFn) -> bytes:
    """A list of results for our student, its numbers and instants odd."""
    fields = [f'"userId": {draw(some.sampled_from(USERS))}']
    fields += [
        f'"{name}": {draw(NUMBERS)}' for name in ("resultScore", "resultMaximum") if draw(some.integers(0, 4))
    ]
    if draw(some.booleans()):
        fields.append(f'"timestamp": "{draw(INSTANTS)}"')
    return f"[{{{', '.join(fields)}}}]".encode()


BODIES = some.one_of(
    JSON_VALUES.map(encoded),
    some.binary(max_size=60),
    some.sampled_from(
        [b"", b"[]", b"{}", b"[" * 3000, b"\xef\xbb\xbf[]", b"<!DOCTYPE html><p>", b'{"error": 1}']
    ),
)
STATUSES = some.sampled_from(
    [200, 200, 200, 201, 204, 299, 302, 400, 401, 404, 409, 409, 410, 418, 429, 500, 503, 599]
)
RETRY_AFTER = some.sampled_from(
    [
        "120",
        "-1",
        "9" * 30,
        "1.5",
        "Wed, 21 Oct 2026 07:28:00 GMT",
        "Wed, 21 Oct 99999999999999999999 07:28:00 GMT",
        "Wed, 21 Oct 2026 07:28:00 +9999999999",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Mon, 01 Jan 0001 00:00:00 +2359",
    ]
) | some.text(some.characters(min_codepoint=32, max_codepoint=126), max_size=30)


@examples(150)
@given(RETRY_AFTER | TEXT)
def test_retry_after_is_a_bounded_pause_or_nothing(text: str) -> None:
    wait = read_retry_after(text, NOW)
    assert wait is None or 0 <= wait <= LONGEST_WAIT


KEY = {"kty": "RSA", "kid": "a", "use": "sig", "alg": "RS256", "n": "sXch", "e": "AQAB"}
KEYS = objects({name: some.just(value) for name, value in KEY.items()})


@examples(100)
@given(
    some.lists(KEYS, max_size=3).map(lambda keys: json.dumps({"keys": keys}))
    | JSON_VALUES.map(json.dumps)
    | TEXT
)
def test_key_sets(text: str) -> None:
    assert read_key_set(text) == {}


@examples(100)
@given(body=BODIES, link=TEXT | some.text(alphabet="<>;=\" 'nextrlhp:/,", max_size=60))
def test_answers_read_alone(body: bytes, link: str) -> None:
    answer = Answer(status=200, headers={"Link": link}, body=body, url="https://moodle.example/results")
    for reading in (read_json, next_page):
        try:
            reading(answer)
        except ServiceError as told:
            assert str(told)  # noqa: PT017


@dataclass
class Replies:
    """What the platform answers, in turn, whatever it is asked."""

    left: list[Reply]

    def take(self, _received: Received) -> Reply:
        return self.left.pop(0) if self.left else Reply(status=503)


@pytest.fixture(scope="module")
def entered(door: FrontDoor) -> Iterator[FrontDoor]:
    """The door, the student's activity known with its column on the platform's server."""
    yield door
    door.put_back()


def replies() -> some.SearchStrategy[list[Reply]]:
    """A few answers of no program at all."""
    headers = some.fixed_dictionaries({}, optional={"Retry-After": RETRY_AFTER, "X-Odd": some.just("é")})
    one = some.builds(Reply, status=STATUSES, body=results() | BODIES, headers=headers)
    stale = some.builds(Reply, status=some.just(409))
    read = some.builds(Reply, status=some.just(200), body=results())
    return some.lists(one, max_size=4) | some.tuples(stale, read).map(list)


@pytest.mark.slow
@examples(40)
@given(answers=replies(), token=some.none() | some.builds(Reply, status=STATUSES, body=BODIES))
def test_whatever_the_platform_answers_the_score_stands_somewhere(
    entered: FrontDoor, answers: list[Reply], token: Reply | None
) -> None:
    door, world = entered, entered.site.world
    server = door.server
    told = Replies(left=list(answers))
    url = f"{server.url}/mod/lti/services.php/2/lineitems/2/lineitem"
    for method, path in (("POST", "/scores"), ("GET", "/results")):
        server.ask(method, f"/mod/lti/services.php/2/lineitems/2/lineitem{path}", told.take)
    for method in ("GET", "POST"):
        server.ask(method, "/mod/lti/services.php/2/lineitems", told.take)
    if token is not None:
        server.reply("POST", "/mod/lti/token.php", token)
    services = open_services(world.services.transport, door.site.keyring)
    clock = {"now": world.now()}
    pushed = Pusher(_at(world, services, clock), jitter=lambda: 0.5)
    try:
        with world.database.write() as connection:
            row = connection.execute(activity.select()).first()
            assert row is not None
            assert row.line_item_url.startswith(url)
            desire(
                connection,
                activity_id=row.id,
                person_id=1,
                platform_id=1,
                mark=Decimal("13.33"),
                comment="essai",
                now=clock["now"],
            )
        for _ in range(3):
            with world.database.write() as connection:
                claims = claim_due(connection, 1, 5, clock["now"])
            for claim in claims:
                pushed.push(claim)
            clock["now"] += timedelta(days=2)
        with world.database.read() as connection:
            score = find_score(connection, row.id, 1)
        assert score is not None
        if score.state is ScoreState.IN_STEP:
            assert score.acknowledged_version == score.version
        else:
            assert score.problem
            assert score.lms_mark is None or len(score.lms_mark) <= 40
        assert lms_state(score, "Europe/Paris").text.fr
    finally:
        door.put_back()
        door.platform.publish(server)


def _at(world: World, services: PlatformServices, clock: dict[str, datetime]) -> World:
    return replace(world, services=services, now=lambda: clock["now"])
