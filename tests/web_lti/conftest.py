"""The whole tool on a free port, a forged platform registered with it, and a browser that keeps cookies by hand."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import request
from sqlalchemy import text

from lti.registration import Registration
from storage.database import Database
from tests.lti.forge import ForgedPlatform
from tests.lti.small_server import SmallServer
from tests.postgres import Server
from tests.running_tool import SECRET, RunningTool, running_tool
from tests.web_lti.visitor import Visitor
from workflows.platforms import add_platform
from workflows.tool_keys import ensure_keys

WRITTEN = ("used_nonce", "person", "course", "activity", "member", "submission", "grade")
"""What a launch or a form may write; a refused one writes none of it."""


class Stage:
    """The tool, an LMS as a server that publishes a key set, and visitors on the way between them."""

    def __init__(self, tool: RunningTool, server: SmallServer) -> None:
        self.tool = tool
        self.server = server
        self.platform = ForgedPlatform(base_url=server.url)
        self.platform.publish(server)
        self.register(self.platform.registration)

    @property
    def target(self) -> str:
        """The launch address."""
        return f"{self.tool.base}/lti/launch"

    def now(self) -> datetime:
        """The tool's clock."""
        return self.tool.world.now()

    def register(self, registration: Registration, **changes: Any) -> int:
        """Register a client, as `platform add` does; its id."""
        found = replace(registration, **changes)
        added = add_platform(
            self.tool.world,
            name=found.name,
            issuer=found.issuer,
            client_id=found.client_id,
            auth_login_url=found.auth_login_url,
            auth_token_url=found.auth_token_url,
            jwks_url=found.jwks_url,
            deployment_ids=found.deployment_ids,
            service_origins=found.service_origins,
        )
        return added.platform.id

    def visitor(self, **headers: str) -> Visitor:
        """A new browser."""
        return Visitor(self.tool.base, headers=headers)

    def asked(self, visitor: Visitor, *, platform: ForgedPlatform | None = None, **fields: str | None) -> str:
        """Let a visitor begin a login; the address the tool sends the browser to."""
        platform = platform or self.platform
        answer = visitor.post("/lti/login", platform.login(target_link_uri=self.target, **fields))
        assert answer.status_code == 302, answer.text
        return str(answer.headers["Location"])

    def form(self, visitor: Visitor, **claims: Any) -> dict[str, str]:
        """What the platform would post for this visitor after a login."""
        return self.platform.launch_form(
            self.asked(visitor), now=self.now(), **{"target_link_uri": self.target, **claims}
        )

    def launched(self, visitor: Visitor | None = None, **claims: Any) -> Visitor:
        """A visitor whose launch was accepted, on the page it led to (`visitor.page`)."""
        visitor = visitor or self.visitor()
        visitor.open(visitor.post("/lti/launch", self.form(visitor, **claims)))
        return visitor

    def person_of(self, visitor: Visitor) -> int:
        """Who a launched visitor is."""
        visit_id = visitor.visit.removeprefix("/visits/")
        with self.tool.app.test_request_context(headers={"Cookie": visitor.cookie_header(visitor.visit)}):
            found = self.tool.site.visits.find(request, visit_id, self.now())
        assert found is not None
        return found.person_id

    def count(self, table: str) -> int:
        """The rows of a table."""
        with self.tool.world.database.read() as connection:
            return int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)

    def counts(self) -> dict[str, int]:
        """The rows of every table a launch or a form may write."""
        return {table: self.count(table) for table in WRITTEN}


def staged(database_url: str, folder: Path, **how: Any) -> Iterator[Stage]:
    """A stage, until the test ends."""
    with SmallServer() as server, running_tool(database_url, folder, **how) as tool:
        yield Stage(tool, server)


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables and signing keys, to be copied: making keys takes a second."""
    file = tmp_path_factory.mktemp("original") / "tool.sqlite"
    database = Database(f"sqlite:///{file}")
    database.upgrade()
    ensure_keys(database, SECRET.encode(), datetime.now(UTC))
    database.close()
    return file


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, original: Path) -> Iterator[Stage]:
    """One tool on SQLite for the tests of a file, which launch as different people or write nothing."""
    folder = tmp_path_factory.mktemp("tool")
    shutil.copy(original, folder)
    yield from staged(f"sqlite:///{folder / 'tool.sqlite'}", folder)


@pytest.fixture
def own_stage(tmp_path: Path, original: Path) -> Iterator[Stage]:
    """A tool on SQLite of this test alone."""
    shutil.copy(original, tmp_path)
    yield from staged(f"sqlite:///{tmp_path / 'tool.sqlite'}", tmp_path)


@pytest.fixture
def both_stages(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    """A tool of this test alone, once on SQLite and once on PostgreSQL."""
    prepare(database_url)
    yield from staged(database_url, tmp_path)


def prepare(database_url: str) -> None:
    """Make the tables, as `db upgrade` does."""
    database = Database(database_url)
    database.upgrade()
    database.close()


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The log, from INFO."""
    caplog.set_level(logging.INFO)
    return caplog


@pytest.fixture(scope="module")
def postgres_stage(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One tool on PostgreSQL for the tests of a file."""
    name = postgres_server.create_database()
    prepare(postgres_server.url(name))
    yield from staged(postgres_server.url(name), tmp_path_factory.mktemp("tool-pg"))
    postgres_server.drop_database(name)
