"""Two machines behind a proxy: each a gunicorn and a consumer with folders of their own, sharing PostgreSQL alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from demo.lms import RunningLms, ToolAddresses
from soak.proxy import running_proxy
from storage.database import Database
from tests.postgres import Server
from tests.push.bench import eventually
from tests.running_tool import free_port
from tests.worker.deployment import Deployment, deployed


@dataclass
class Machines:
    """`one` and `other`; the proxy sends each request to the other machine than the request before, and notes it."""

    one: Deployment
    other: Deployment
    database: Database
    base: str
    lms: RunningLms
    served: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def both(self) -> tuple[Deployment, Deployment]:
        """The two of them."""
        return self.one, self.other


@pytest.fixture(scope="module")
def machines(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Everything running and the LMS registered."""
    name = postgres_server.create_database()
    url = postgres_server.url(name)
    database = Database(url)
    database.upgrade()
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    settings = {"database_url": url, "QUEUE_URL": url, "PUBLIC_URL": base, "PROXY_HOPS": "1"}
    addresses = ToolAddresses(
        login_url=f"{base}/lti/login", launch_url=f"{base}/lti/launch", jwks_url=f"{base}/lti/jwks"
    )
    with (
        deployed(tmp_path_factory.mktemp("one"), **settings) as one,
        deployed(tmp_path_factory.mktemp("other"), **settings) as other,
        RunningLms(tool=addresses) as lms,
    ):
        made = Machines(one=one, other=other, database=database, base=base, lms=lms)
        turns = itertools.cycle([one.port, other.port])

        def each_in_turn(method: str, path: str) -> list[int]:
            chosen = next(turns)
            made.served.append((method, path, chosen))
            return [chosen]

        with running_proxy(port, each_in_turn):
            for machine in made.both:
                machine.start_web(wait=False)
                machine.start_worker()
            for machine in made.both:
                eventually(machine.is_up, 60.0, every=0.1)
            one.register(lms.state)
            yield made
    database.close()
    postgres_server.drop_database(name)
