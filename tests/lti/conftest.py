"""What the tests of `lti` share: a server at the edge, a forged platform, a transport, a whole login and launch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lti.keys import Keyring, KeyState, generate_key, load_keyring
from lti.launch import DeepLinking, Launch, read_launch
from lti.login import begin_login, choose_registration, read_login
from lti.platform_calls import PlatformServices, open_services
from lti.platform_keys import PlatformKeys
from lti.registration import Registration
from lti.transport import Transport
from tests.lti.forge import ForgedPlatform
from tests.lti.small_server import SmallServer

NOW = datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC)
PUBLIC_URL = "https://tool.example"
TARGET = f"{PUBLIC_URL}/lti/launch"
SECRET = b"a secret of this test, long enough"


class KnownRegistrations:
    """Registrations kept in a list."""

    def __init__(self, *registrations: Registration) -> None:
        self.all = list(registrations)

    def find(self, issuer: str, client_id: str | None) -> Sequence[Registration]:
        return [item for item in self.all if item.issuer == issuer and client_id in {None, item.client_id}]

    def get(self, registration_id: int | str) -> Registration | None:
        return next((item for item in self.all if item.id == registration_id), None)


class NonceList:
    """Used nonces kept in a set."""

    def __init__(self) -> None:
        self.used: dict[str, datetime] = {}

    def consume(self, nonce: str, expires_at: datetime) -> bool:
        if nonce in self.used:
            return False
        self.used[nonce] = expires_at
        return True


@dataclass(kw_only=True)
class Tool:
    """The library as an application uses it, with one browser and a clock the test moves."""

    platform: ForgedPlatform
    keys: PlatformKeys
    registrations: KnownRegistrations
    nonces: NonceList = field(default_factory=NonceList)
    now: datetime = NOW

    def login(self, browser: str = "browser-1", **fields: str | None) -> str:
        """Begin a login; the address the browser is sent to."""
        request = read_login(self.platform.login(**{"target_link_uri": TARGET, **fields}))  # type: ignore[arg-type]
        return begin_login(
            request,
            choose_registration(request, self.registrations),
            redirect_uri=TARGET,
            public_url=PUBLIC_URL,
            browser=browser,
            secret=SECRET,
            now=self.now,
        )

    def read(self, form: dict[str, str], browser: str | None = "browser-1") -> Launch:
        """Read a posted launch."""
        read = self.read_any(form, browser)
        assert isinstance(read, Launch)
        return read

    def read_any(self, form: dict[str, str], browser: str | None = "browser-1") -> Launch | DeepLinking:
        """Read a posted launch or deep linking request."""
        return read_launch(
            form,
            browser=browser,
            registrations=self.registrations,
            platform_keys=self.keys,
            nonces=self.nonces,
            secret=SECRET,
            public_url=PUBLIC_URL,
            now=self.now,
        )

    def launch(self, *, skew: float = 0, **claims: Any) -> Launch:
        """Login and launch in one go; `skew`: seconds the platform's clock is ahead."""
        form = self.platform.launch_form(self.login(), now=self.now + timedelta(seconds=skew), **claims)
        return self.read(form)


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    """The tool's signing key, made once."""
    loaded = load_keyring([generate_key(SECRET, state=KeyState.ACTIVE, now=NOW)], SECRET)
    assert loaded is not None
    return loaded


@pytest.fixture
def server() -> Iterator[SmallServer]:
    """A platform's HTTP edge."""
    with SmallServer() as running:
        yield running


@pytest.fixture
def transport() -> Iterator[Transport]:
    """An impatient transport."""
    made = Transport(
        version="1.2.3",
        public_url=PUBLIC_URL,
        connect_timeout=2,
        read_timeout=1.0,
        deadline=1.5,
        environment_proxies=False,
    )
    yield made
    made.close()


@pytest.fixture
def platform(server: SmallServer) -> ForgedPlatform:
    """A platform whose key set and token address answer."""
    forged = ForgedPlatform(base_url=server.url)
    forged.publish(server)
    return forged


@pytest.fixture
def tool(platform: ForgedPlatform, transport: Transport) -> Tool:
    """The tool, knowing the platform."""
    return Tool(
        platform=platform,
        keys=PlatformKeys(transport),
        registrations=KnownRegistrations(platform.registration),
    )


@pytest.fixture
def services(transport: Transport, keyring: Keyring) -> PlatformServices:
    """The way to the platform's services."""
    return open_services(transport, lambda: keyring, lambda: NOW)
