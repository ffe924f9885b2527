"""Calls to addresses that others give: where they may lead, and that they lead nowhere else."""

import ipaddress
import ssl
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.x509.oid import NameOID

from lti.answer import LARGEST_ANSWER
from lti.errors import ForbiddenAddress, ServerTrouble, Unreachable
from lti.vetted_fetch import VettedFetch
from tests.lti.small_server import Reply, SmallServer

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
TOKEN = "eyJhbGciOiJSUzI1NiJ9.secret"


class Names:
    """A resolver that knows some names and what to say at each look; it keeps what it was asked."""

    def __init__(self, **looks: list[list[str]]) -> None:
        self._looks = {name.replace("_", "."): told for name, told in looks.items()}
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        looks = self._looks.get(host)
        if looks is None:
            raise OSError("no such name")
        return looks.pop(0) if len(looks) > 1 else looks[0]


def fetch(names: Names | None = None, **changes: object) -> VettedFetch:
    """An impatient fetch that may call this machine."""
    given: dict[str, object] = {
        "allowed": LOOPBACK,
        "connect_timeout": 1.0,
        "read_timeout": 0.8,
        "deadline": 1.5,
        "public_url": "https://tool.example",
    }
    return VettedFetch(**{**given, "resolve": names or Names(), **changes})  # type: ignore[arg-type]


def port_of(server: SmallServer) -> int:
    return int(server.url.rpartition(":")[2])


def test_an_answer_of_any_status_and_who_calls(server: SmallServer) -> None:
    server.answer("GET", "/x", status=418, body=b"tea", X_Kind="pot")
    answer = fetch().send("GET", f"{server.url}/x?a=1&b=%2F", headers={"Accept": "application/json"})
    assert (answer.status, answer.headers["x-kind"], answer.text) == (418, "pot", "tea")
    asked = server.last("GET", "/x")
    assert asked.query == "a=1&b=%2F"
    assert asked.headers["Host"] == server.url.removeprefix("http://")
    assert asked.headers["User-Agent"] == "pix-lti (+https://tool.example)"
    assert asked.headers["Accept"] == "application/json"
    assert "Cookie" not in asked.headers


def test_an_address_without_a_path(server: SmallServer) -> None:
    server.answer("GET", "/", body=b"root")
    assert fetch().send("GET", server.url).text == "root"
    assert fetch().send("GET", f"{server.url}?a=1").text == "root"


def test_a_body_is_posted(server: SmallServer) -> None:
    server.answer("POST", "/x", status=201)
    answer = fetch().send(
        "POST", f"{server.url}/x", headers={"Authorization": f"Bearer {TOKEN}"}, body=b'{"a":1}'
    )
    assert answer.status == 201
    assert server.last("POST", "/x").body == b'{"a":1}'
    assert server.last("POST", "/x").headers["Authorization"] == f"Bearer {TOKEN}"


def test_a_name_leads_to_the_address_that_was_vetted(server: SmallServer) -> None:
    """Rebinding: whatever the name says at a second look, there is no second look."""
    names = Names(lms_example=[["127.0.0.1"], ["169.254.169.254"]])
    server.answer("GET", "/x", body=b"here")
    url = f"http://lms.example:{port_of(server)}/x"
    assert fetch(names).send("GET", url).text == "here"
    assert names.asked == [("lms.example", port_of(server))]
    assert server.last("GET", "/x").headers["Host"] == f"lms.example:{port_of(server)}"
    with pytest.raises(ForbiddenAddress):
        fetch(names).send("GET", url)


@pytest.mark.parametrize(
    "told",
    [
        ["127.0.0.1"],
        ["10.0.0.1", "192.168.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["fe80::1%lo"],
        [],
    ],
)
def test_a_name_that_leads_inside_is_not_called(server: SmallServer, told: list[str]) -> None:
    names = Names(lms_example=[told])
    for scheme in ("http", "https"):
        with pytest.raises(ForbiddenAddress):
            fetch(names, allowed=()).send("GET", f"{scheme}://lms.example:{port_of(server)}/x")
    assert server.received == []


def test_of_several_addresses_only_the_good_ones_are_called(server: SmallServer) -> None:
    server.answer("GET", "/x", body=b"here")
    names = Names(lms_example=[["10.0.0.1", "127.0.0.1"]])
    assert fetch(names).send("GET", f"http://lms.example:{port_of(server)}/x").text == "here"


def test_where_nobody_listens_the_next_address_is_tried(server: SmallServer) -> None:
    server.answer("POST", "/x", body=b"here")
    names = Names(lms_example=[["127.0.0.99", "127.0.0.1"]])
    with SmallServer() as gone:
        closed = port_of(gone)
    assert fetch(names).send("POST", f"http://lms.example:{port_of(server)}/x").text == "here"
    with pytest.raises(Unreachable):
        fetch(names).send("GET", f"http://lms.example:{closed}/x")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "http://[::1]:1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/",
        "https://0.0.0.0/",
    ],
)
def test_an_address_by_number_is_vetted_too(url: str) -> None:
    with pytest.raises(ForbiddenAddress):
        fetch(allowed=()).send("GET", url)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.0.0.1", "localhost"])
def test_odd_spellings_of_this_machine(host: str) -> None:
    """Whatever the system makes of them is vetted: the resolver of production."""
    with pytest.raises((ForbiddenAddress, Unreachable)):
        VettedFetch(deadline=2.0).send("GET", f"https://{host}:1/")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://lms.example/",
        "ftp://lms.example/",
        "",
        "https://",
        "https://a@lms.example/",
        "https://lms.example\\@127.0.0.1/",
        "https://lms.example/a b",
        "https://lms.example:99999/",
        "//lms.example/",
    ],
)
def test_what_is_no_plain_address_is_not_even_resolved(url: str) -> None:
    names = Names(lms_example=[["127.0.0.1"]])
    with pytest.raises(ForbiddenAddress):
        fetch(names).send("GET", url)
    assert names.asked == []


def test_http_only_within_an_allowed_network() -> None:
    names = Names(lms_example=[["93.184.215.14"]], both_example=[["127.0.0.1", "93.184.215.14"]])
    with pytest.raises(ForbiddenAddress, match="is not https"):
        fetch(names).send("GET", "http://lms.example/")
    with pytest.raises(ForbiddenAddress, match="is not https"):
        fetch(names).send("GET", "http://both.example/")


def test_a_name_without_address(server: SmallServer) -> None:
    with pytest.raises(Unreachable, match="the name has no address"):
        fetch().send("GET", "https://nowhere.example/")
    with pytest.raises(Unreachable, match="the name has no address"):
        fetch(Names(odd_example=[["not an address"]])).send("GET", "https://odd.example/")


def test_a_slow_resolver_is_not_waited_for() -> None:
    def slow(_host: str, _port: int) -> Sequence[str]:
        time.sleep(3)
        return []

    began = time.monotonic()
    with pytest.raises(Unreachable):
        fetch(resolve=slow, deadline=0.3).send("GET", "https://slow.example/")
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_is_an_answer(server: SmallServer, method: str) -> None:
    with SmallServer() as other:
        for status in (301, 302, 303, 307, 308):
            server.answer(method, "/x", status=status, Location=f"{other.url}/y")
            answer = fetch().send(method, f"{server.url}/x")  # type: ignore[arg-type]
            assert answer.status == status
        assert other.received == []


def test_nothing_is_ever_sent_twice(server: SmallServer) -> None:
    server.reply("GET", "/x", Reply(reset=True), Reply(body=b"again"))
    with pytest.raises(Unreachable):
        fetch().send("GET", f"{server.url}/x")
    assert server.count("GET", "/x") == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(wait=5),
        Reply(body=b"x" * 200, drip=0.05),
        Reply(body=b"x", drip=0.05, drip_headers=True),
    ],
)
def test_slow_answers_have_an_end(server: SmallServer, reply: Reply) -> None:
    server.reply("GET", "/x", reply)
    began = time.monotonic()
    with pytest.raises(Unreachable, match="no answer in time"):
        fetch().send("GET", f"{server.url}/x")
    assert time.monotonic() - began < 4


def test_a_large_answer_is_refused(server: SmallServer) -> None:
    server.answer("GET", "/x", body=b"x" * (LARGEST_ANSWER + 1))
    with pytest.raises(ServerTrouble, match="larger than"):
        fetch().send("GET", f"{server.url}/x")


def test_proxies_of_the_environment_are_not_used(
    server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would look the name up again, and call in our place."""
    server.answer("GET", "/x", body=b"here")
    with SmallServer() as proxy:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert fetch().send("GET", f"{server.url}/x").text == "here"
        assert proxy.received == []


def test_no_text_of_an_error_holds_a_secret(server: SmallServer) -> None:
    server.reply("POST", "/x", Reply(reset=True))
    names = Names(inside_example=[["10.0.0.1"]])
    for url in (f"{server.url}/x?t={TOKEN}", f"https://inside.example/x?t={TOKEN}", f"ftp://x/?t={TOKEN}"):
        with pytest.raises((Unreachable, ForbiddenAddress)) as caught:
            fetch(names).send("POST", url, headers={"Authorization": f"Bearer {TOKEN}"})
        assert TOKEN not in str(caught.value)


class SecureServer(SmallServer):
    """The same over TLS, for the name `lms.example`."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.names: list[str | None] = []
        self.bundle = str(folder / "certificate.pem")
        _write_certificate(folder, "lms.example")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.bundle, str(folder / "key.pem"))
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)


def _write_certificate(folder: Path, name: str) -> None:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[SecureServer]:
    with SecureServer(tmp_path) as running:
        yield running


def test_over_tls_the_host_proves_its_name_at_the_vetted_address(secure: SecureServer) -> None:
    secure.answer("GET", "/x", body=b"safe")
    names = Names(lms_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
    port = port_of(secure)
    trusting = fetch(names, ca_bundle=secure.bundle)
    assert trusting.send("GET", f"https://lms.example:{port}/x").text == "safe"
    assert secure.names == ["lms.example"]
    with pytest.raises(Unreachable, match="certificate is not trusted"):
        trusting.send("GET", f"https://other.example:{port}/x")
    with pytest.raises(Unreachable, match="certificate is not trusted"):
        fetch(names).send("GET", f"https://lms.example:{port}/x")
