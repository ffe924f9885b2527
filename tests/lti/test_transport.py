"""Calls to a platform: bounded in time, size and destination."""

import gzip
import time
from pathlib import Path

import pytest

from lti.errors import ForbiddenAddress, ServerTrouble, ServiceError, Unreachable
from lti.transport import LARGEST_ANSWER, Answer, Transport
from tests.lti.forge import ForgedPlatform
from tests.lti.small_server import Reply, SmallServer


def get(transport: Transport, platform: ForgedPlatform, path: str = "/x") -> Answer:
    return transport.send("GET", f"{platform.base_url}{path}", registration=platform.registration)


def post(transport: Transport, platform: ForgedPlatform, path: str = "/x") -> Answer:
    return transport.send(
        "POST", f"{platform.base_url}{path}", registration=platform.registration, body=b"{}"
    )


def test_an_answer_of_any_status(server: SmallServer, platform: ForgedPlatform, transport: Transport) -> None:
    server.answer("GET", "/x", status=418, body="é <b>\n\ttea".encode(), X_Kind="pot")
    answer = get(transport, platform)
    assert (answer.status, answer.headers["x-kind"], answer.excerpt()) == (418, "pot", "é <b> tea")


def test_who_calls(server: SmallServer, platform: ForgedPlatform, transport: Transport) -> None:
    server.answer("GET", "/x", Set_Cookie="a=1; Path=/")
    get(transport, platform)
    get(transport, platform)
    assert server.received[-1].headers["User-Agent"] == "pix-lti/1.2.3 (+https://tool.example)"
    assert "Cookie" not in server.received[-1].headers


def test_netrc_is_not_read(
    server: SmallServer,
    platform: ForgedPlatform,
    transport: Transport,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server.answer("GET", "/x")
    get(transport, platform)
    assert "Authorization" not in server.received[-1].headers


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "http://127.0.0.1:1/",
        "http://localhost/x",
        "http://127.0.0.1@evil.example/",
        "http://evil.example\\@127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "",
    ],
)
def test_foreign_addresses_are_not_called(platform: ForgedPlatform, transport: Transport, url: str) -> None:
    with pytest.raises(ForbiddenAddress):
        transport.send("GET", url, registration=platform.registration)


def test_a_redirect_elsewhere_is_refused(
    server: SmallServer, platform: ForgedPlatform, transport: Transport
) -> None:
    with SmallServer() as other:
        server.answer("GET", "/x", status=302, Location=f"{other.url}/y")
        with pytest.raises(ForbiddenAddress, match="redirects to another origin"):
            get(transport, platform)
        assert other.received == []


def test_a_redirect_at_home_is_followed(
    server: SmallServer, platform: ForgedPlatform, transport: Transport
) -> None:
    server.answer("GET", "/x", status=302, Location="/y?z=1")
    server.answer("GET", "/y", body=b"here")
    assert get(transport, platform).text == "here"


def test_redirects_without_end(server: SmallServer, platform: ForgedPlatform, transport: Transport) -> None:
    server.answer("GET", "/x", status=302, Location="/x")
    with pytest.raises(ServerTrouble, match="without end"):
        get(transport, platform)


def test_a_post_is_never_redirected(
    server: SmallServer, platform: ForgedPlatform, transport: Transport
) -> None:
    server.answer("POST", "/x", status=307, Location="/y")
    assert post(transport, platform).status == 307
    assert server.count("POST", "/y") == 0


def test_a_get_is_tried_again_when_the_connection_breaks(
    server: SmallServer, platform: ForgedPlatform, transport: Transport
) -> None:
    server.reply("GET", "/x", Reply(reset=True), Reply(body=b"at last"))
    assert get(transport, platform).text == "at last"


def test_a_post_is_not(server: SmallServer, platform: ForgedPlatform, transport: Transport) -> None:
    server.reply("POST", "/x", Reply(reset=True), Reply(body=b"twice"))
    with pytest.raises(Unreachable) as caught:
        post(transport, platform)
    assert caught.value.try_again
    assert server.count("POST", "/x") == 1


def test_nobody_listens(transport: Transport) -> None:
    with SmallServer() as gone:
        platform = ForgedPlatform(base_url=gone.url)
    with pytest.raises(Unreachable):
        get(transport, platform)


def test_slow_is_unreachable_and_not_repeated(
    server: SmallServer, platform: ForgedPlatform, transport: Transport
) -> None:
    server.reply("GET", "/x", Reply(wait=3))
    with pytest.raises(Unreachable, match="no answer in time"):
        get(transport, platform)
    assert server.count("GET", "/x") == 1


@pytest.mark.parametrize("drip_headers", [False, True])
def test_a_dripping_answer_ends_at_the_deadline(
    server: SmallServer, platform: ForgedPlatform, transport: Transport, drip_headers: bool
) -> None:
    server.reply("GET", "/x", Reply(body=b"x" * 2000, drip=0.05, drip_headers=drip_headers))
    begun = time.monotonic()
    with pytest.raises(Unreachable, match=r"in time"):
        get(transport, platform)
    assert 1.4 < time.monotonic() - begun < 8


def test_an_answer_too_large(server: SmallServer, platform: ForgedPlatform, transport: Transport) -> None:
    server.answer("GET", "/x", body=b"x" * LARGEST_ANSWER)
    assert len(get(transport, platform).body) == LARGEST_ANSWER
    server.answer("GET", "/x", body=b"x" * (LARGEST_ANSWER + 1))
    with pytest.raises(ServerTrouble, match="larger"):
        get(transport, platform)


def test_a_small_answer_that_swells(
    server: SmallServer, platform: ForgedPlatform, transport: Transport
) -> None:
    server.answer("GET", "/x", body=gzip.compress(b"0" * 20_000_000, 9), Content_Encoding="gzip")
    with pytest.raises(ServerTrouble, match="larger"):
        get(transport, platform)


def test_compressed_answers_are_read(
    server: SmallServer, platform: ForgedPlatform, transport: Transport
) -> None:
    server.answer("GET", "/x", body=gzip.compress(b"hello"), Content_Encoding="gzip")
    assert get(transport, platform).text == "hello"
    server.answer("GET", "/x", body=b"not gzip", Content_Encoding="gzip")
    with pytest.raises(ServiceError):
        get(transport, platform)


def test_a_message_tells_no_query(transport: Transport) -> None:
    with SmallServer() as gone:
        platform = ForgedPlatform(base_url=gone.url)
    with pytest.raises(Unreachable) as caught:
        get(transport, platform, "/results?user_id=5")
    assert "user_id" not in str(caught.value)
