"""The platforms' key sets: cached, rotated, kept through outages."""

import json
import threading
import time
from collections.abc import Callable

import pytest

from lti.errors import LaunchRefused, RefusalReason
from lti.platform_keys import (
    REFRESH_AFTER,
    RETRY_REFRESH_AFTER,
    UNKNOWN_KEY_PAUSE,
    PlatformKeys,
    read_key_set,
)
from lti.transport import Transport
from tests.lti.forge import ForgedPlatform, rsa_key
from tests.lti.small_server import Reply, SmallServer

PATH = "/mod/lti/certs.php"


class Clock:
    """A monotonic clock the test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Kept:
    """A key store in memory."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def load(self, jwks_url: str) -> str | None:
        return self.texts.get(jwks_url)

    def save(self, jwks_url: str, text: str) -> None:
        self.texts[jwks_url] = text


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(transport: Transport, clock: Clock) -> PlatformKeys:
    return PlatformKeys(transport, monotonic=clock)


def rotated(server: SmallServer) -> ForgedPlatform:
    """The same platform with its next key published."""
    after = ForgedPlatform(base_url=server.url, key_id="moodle-key-2")
    after.publish(server)
    return after


def reason(find: Callable[[], object]) -> RefusalReason:
    with pytest.raises(LaunchRefused) as caught:
        find()
    return caught.value.reason


def test_the_set_is_fetched_once(server: SmallServer, platform: ForgedPlatform, keys: PlatformKeys) -> None:
    for _ in range(5):
        found = keys.find(platform.registration, platform.key_id)
        assert found.public_numbers() == platform.key.public_key().public_numbers()
    assert server.count("GET", PATH) == 1
    assert server.last("GET", PATH).headers["User-Agent"] == "pix-lti/1.2.3 (+https://tool.example)"


def test_a_rotated_key_works_at_once(
    server: SmallServer, platform: ForgedPlatform, keys: PlatformKeys
) -> None:
    keys.find(platform.registration, platform.key_id)
    after = rotated(server)
    found = keys.find(after.registration, after.key_id)
    assert found.public_numbers() == after.key.public_key().public_numbers()
    assert reason(lambda: keys.find(platform.registration, platform.key_id)) is RefusalReason.UNKNOWN_KEY


def test_a_flood_of_unknown_keys_asks_the_platform_once_in_a_while(
    server: SmallServer, platform: ForgedPlatform, keys: PlatformKeys, clock: Clock
) -> None:
    keys.find(platform.registration, platform.key_id)
    for number in range(20):
        assert reason(lambda n=number: keys.find(platform.registration, f"x{n}")) is RefusalReason.UNKNOWN_KEY  # type: ignore[misc]
    assert server.count("GET", PATH) == 2
    clock.seconds += UNKNOWN_KEY_PAUSE
    after = rotated(server)
    assert keys.find(after.registration, after.key_id)
    assert server.count("GET", PATH) == 3


@pytest.mark.parametrize(
    "broken",
    [
        Reply(status=503, body=b"<html>maintenance</html>"),
        Reply(status=200, body=b"<html>login</html>", headers={"Content-Type": "text/html"}),
        Reply(status=200, body=b'{"keys": []}'),
        Reply(status=200, body=b"[" * 100_000),
        Reply(status=302, headers={"Location": "https://elsewhere.example/jwks"}),
        Reply(reset=True),
        Reply(wait=2),
    ],
)
def test_old_keys_are_kept_while_the_address_is_broken(
    server: SmallServer, platform: ForgedPlatform, keys: PlatformKeys, clock: Clock, broken: Reply
) -> None:
    keys.find(platform.registration, platform.key_id)
    server.reply("GET", PATH, broken)
    # Whether the platform has a key of this id cannot be told: trying again later helps.
    assert reason(lambda: keys.find(platform.registration, "other")) is RefusalReason.KEYS_UNAVAILABLE
    assert keys.find(platform.registration, platform.key_id)
    clock.seconds += REFRESH_AFTER + 1
    asked = server.count("GET", PATH)
    assert keys.find(platform.registration, platform.key_id)  # refresh tried, failed, old key good
    assert server.count("GET", PATH) > asked
    asked = server.count("GET", PATH)
    assert keys.find(platform.registration, platform.key_id)  # and not tried again at each launch
    assert server.count("GET", PATH) == asked


def test_an_error_page_is_not_remembered(
    server: SmallServer, platform: ForgedPlatform, keys: PlatformKeys, clock: Clock
) -> None:
    server.answer("GET", PATH, status=500, body=b"oops")
    assert reason(lambda: keys.find(platform.registration, platform.key_id)) is RefusalReason.KEYS_UNAVAILABLE
    platform.publish(server)
    clock.seconds += UNKNOWN_KEY_PAUSE
    assert keys.find(platform.registration, platform.key_id)


def test_a_withdrawn_key_is_forgotten_at_the_refresh(
    server: SmallServer, platform: ForgedPlatform, keys: PlatformKeys, clock: Clock
) -> None:
    keys.find(platform.registration, platform.key_id)
    rotated(server)
    clock.seconds += REFRESH_AFTER + 1
    assert reason(lambda: keys.find(platform.registration, platform.key_id)) is RefusalReason.UNKNOWN_KEY


def test_the_copy_kept_survives_a_restart_during_an_outage(
    server: SmallServer, platform: ForgedPlatform, transport: Transport, clock: Clock
) -> None:
    kept = Kept()
    PlatformKeys(transport, kept, monotonic=clock).find(platform.registration, platform.key_id)
    assert list(kept.texts) == [platform.registration.jwks_url]
    server.answer("GET", PATH, status=503)
    restarted = PlatformKeys(transport, kept, monotonic=clock)
    assert restarted.find(platform.registration, platform.key_id)
    assert server.count("GET", PATH) == 1
    clock.seconds += RETRY_REFRESH_AFTER + 1
    assert restarted.find(platform.registration, platform.key_id)
    assert server.count("GET", PATH) == 2
    assert "keys" in json.loads(kept.texts[platform.registration.jwks_url])


def test_hours_of_outage_refuse_nobody(
    server: SmallServer, platform: ForgedPlatform, transport: Transport, clock: Clock
) -> None:
    """Whatever the process has seen: one that knows the keys, one that restarts in the middle of it."""
    kept = Kept()
    running = PlatformKeys(transport, kept, monotonic=clock)
    running.find(platform.registration, platform.key_id)
    server.reply("GET", PATH, Reply(reset=True))
    for _ in range(12):
        clock.seconds += 3 * 3600.0
        restarted = PlatformKeys(transport, kept, monotonic=clock)
        for each in (running, restarted):
            assert each.find(platform.registration, platform.key_id)


def test_what_another_process_could_read_serves_this_one(
    server: SmallServer, platform: ForgedPlatform, transport: Transport, clock: Clock
) -> None:
    """The platform rotated its key, one process read the new set, then the address went away."""
    kept = Kept()
    here, there = (PlatformKeys(transport, kept, monotonic=clock) for _ in range(2))
    here.find(platform.registration, platform.key_id)
    after = rotated(server)
    there.find(after.registration, after.key_id)
    server.answer("GET", PATH, status=503)
    found = here.find(after.registration, after.key_id)
    assert found.public_numbers() == after.key.public_key().public_numbers()


def test_a_slow_address_holds_up_one_launch_only(
    server: SmallServer, platform: ForgedPlatform, keys: PlatformKeys, clock: Clock
) -> None:
    keys.find(platform.registration, platform.key_id)
    clock.seconds += REFRESH_AFTER + 1
    server.reply("GET", PATH, Reply(body=json.dumps(platform.jwks).encode(), wait=0.5))
    refreshing = threading.Thread(target=lambda: keys.find(platform.registration, platform.key_id))
    refreshing.start()
    while server.count("GET", PATH) < 2:
        time.sleep(0.005)
    before = time.monotonic()
    assert keys.find(platform.registration, platform.key_id)
    assert time.monotonic() - before < 0.3
    refreshing.join()


def test_a_key_changed_under_its_id(
    server: SmallServer, platform: ForgedPlatform, keys: PlatformKeys, clock: Clock
) -> None:
    old = keys.find(platform.registration, platform.key_id)
    assert keys.find_changed(platform.registration, platform.key_id, old) is None
    platform.key = rsa_key("another key under the same id")
    platform.publish(server)
    # Asked a moment ago already: a flood of bad signatures costs the platform nothing.
    asked = server.count("GET", PATH)
    assert keys.find_changed(platform.registration, platform.key_id, old) is None
    assert server.count("GET", PATH) == asked
    clock.seconds += UNKNOWN_KEY_PAUSE
    found = keys.find_changed(platform.registration, platform.key_id, old)
    assert found is not None
    assert found.public_numbers() == platform.key.public_key().public_numbers()
    # Others who met the old key find the new one without asking.
    asked = server.count("GET", PATH)
    assert keys.find_changed(platform.registration, platform.key_id, old)
    assert server.count("GET", PATH) == asked


def test_a_spoilt_copy_is_not_used(platform: ForgedPlatform, transport: Transport) -> None:
    kept = Kept()
    kept.save(platform.registration.jwks_url, "spoilt")
    assert PlatformKeys(transport, kept).find(platform.registration, platform.key_id)
    assert kept.texts[platform.registration.jwks_url] == json.dumps(platform.jwks)


def test_many_threads_fetch_once(server: SmallServer, platform: ForgedPlatform, keys: PlatformKeys) -> None:
    server.reply("GET", PATH, Reply(body=json.dumps(platform.jwks).encode(), wait=0.1))
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(keys.find(platform.registration, platform.key_id)))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12
    assert server.count("GET", PATH) == 1


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "5", '{"keys": 5}', '{"keys": [5, null, {}]}', "[" * 100_000]
)
def test_what_is_not_a_key_set_gives_nothing(text: str) -> None:
    assert read_key_set(text) == {}


def test_short_keys_and_other_algorithms_are_left_out(platform: ForgedPlatform) -> None:
    good = platform.jwks["keys"][0]
    bad = [{**good, "n": "AQAB"}, {**good, "alg": "RS512"}, {**good, "kid": ""}, {**good, "kty": "EC"}]
    assert read_key_set(json.dumps({"keys": bad})) == {}
    assert list(read_key_set(json.dumps({"keys": [*bad, {**good, "alg": "RS256"}]}))) == [platform.key_id]
