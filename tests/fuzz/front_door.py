"""The whole application without a server: requests go straight to WSGI, so that thousands of them take seconds.

An exception that a page would turn into a 500 is raised here instead, with its stack.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import select
from werkzeug.test import Client, Cookie, TestResponse

from app import create_app
from storage.jobs import JobState, count_jobs
from storage.schema import metadata
from tests.lti.forge import INSTRUCTOR, LEARNER, ForgedPlatform
from tests.lti.small_server import SmallServer
from tests.running_tool import settings_for
from web.site import EXTENSION, Site
from workflows.import_jobs import import_handlers
from workflows.job_worker import JobWorker
from workflows.jobs import JobBook
from workflows.platforms import add_platform

_NOT_COMPARED = {"platform_jwks", "rate_limit", "used_nonce"}
_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
_FORM_ID = re.compile(r'name="form_id" value="([^"]+)"')

Stored = Mapping[str, tuple[tuple[Any, ...], ...]]
"""Every row of every table: what a refused request leaves as it was."""


@dataclass
class Visitor:
    """Somebody with a browser and a visit; `base` is the path of the visit's pages."""

    client: Client
    base: str
    form_token: str

    def cookies(self) -> list[Cookie]:
        """What the browser keeps."""
        return list((self.client._cookies or {}).values())


@dataclass
class FrontDoor:
    """The application, the platform it trusts and two people who came in."""

    app: Flask
    platform: ForgedPlatform
    server: SmallServer
    database: Path
    original: Path
    student: Visitor = field(init=False)
    teacher: Visitor = field(init=False)

    @property
    def site(self) -> Site:
        """What its pages are built on."""
        found: Site = self.app.extensions[EXTENSION]
        return found

    @property
    def address(self) -> str:
        """Where browsers believe it to be."""
        return self.site.public_url

    def client(self) -> Client:
        """A new browser."""
        return Client(self.app)

    def begin(self, client: Client) -> str:
        """Begin a login; where the browser is sent."""
        fields = self.platform.login(target_link_uri=f"{self.address}/lti/launch")
        answer = self.post(client, "/lti/login", fields)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def launch(self, client: Client, **claims: Any) -> TestResponse:
        """Log in and launch with these claims on top of good ones; the answer to the launch."""
        target = f"{self.address}/lti/launch"
        form = self.platform.launch_form(
            self.begin(client), now=self.site.world.now(), **{"target_link_uri": target, **claims}
        )
        return self.post(client, "/lti/launch", form)

    def post(self, client: Client, path: str, form: Mapping[str, Any]) -> TestResponse:
        """Post a form, without following redirects."""
        return client.post(path, data=form, base_url=self.address)

    def get(self, client: Client, path: str) -> TestResponse:
        """Get a page, without following redirects."""
        return client.get(path, base_url=self.address)

    def open_page(self, client: Client, answer: TestResponse) -> TestResponse:
        """Follow an answer's redirects within the application."""
        for _ in range(5):
            if answer.status_code not in (302, 303):
                return answer
            answer = self.get(client, answer.headers["Location"])
        raise AssertionError("redirected without end")

    def form_id(self, visitor: Visitor) -> str:
        """The form of the student's page, as it is shown now."""
        found = _FORM_ID.search(self.get(visitor.client, f"{visitor.base}/profile/").text)
        assert found
        return found[1]

    def stored(self) -> Stored:
        """Everything that is stored, used nonces, kept key sets and used limits aside."""
        with self.site.world.database.read() as connection:
            return {
                table.name: tuple(map(tuple, connection.execute(select(table))))
                for table in metadata.sorted_tables
                if table.name not in _NOT_COMPARED
            }

    def put_back(self) -> None:
        """Let the database be what it was when the two had come in."""
        with (
            closing(sqlite3.connect(self.original)) as source,
            closing(sqlite3.connect(self.database)) as target,
        ):
            source.backup(target)

    def work(self) -> None:
        """Let the worker do every job that is due; none may fail."""
        JobWorker(world=self.site.world, book=JobBook(handlers=import_handlers())).drain(seconds=60)
        with self.site.world.database.read() as connection:
            assert count_jobs(connection)[JobState.FAILED] == 0

    def come_in(self, who: str, role: str) -> Visitor:
        """Launch as somebody and open their page."""
        client = self.client()
        page = self.open_page(client, self.launch(client, sub=who, role=role, name=f"Prénom {who}"))
        assert page.status_code == 200, page.text
        base = re.match(r"/visits/[^/]+", urlsplit(page.request.url).path)
        token = _TOKEN.search(page.text)
        assert base
        assert token
        return Visitor(client=client, base=base[0], form_token=token[1])


@contextmanager
def front_door(folder: Path) -> Iterator[FrontDoor]:
    """Build the application on an SQLite file of this folder, and let a student and a teacher in."""
    database = folder / "tool.sqlite"
    app = create_app(settings_for(f"sqlite:///{database}", folder, port=80))
    app.config["PROPAGATE_EXCEPTIONS"] = True
    with SmallServer() as server:
        platform = ForgedPlatform(base_url=server.url)
        platform.publish(server)
        door = FrontDoor(
            app=app,
            platform=platform,
            server=server,
            database=database,
            original=folder / "original.sqlite",
        )
        known = platform.registration
        add_platform(
            door.site.world,
            name=known.name,
            issuer=known.issuer,
            client_id=known.client_id,
            auth_login_url=known.auth_login_url,
            auth_token_url=known.auth_token_url,
            jwks_url=known.jwks_url,
            deployment_ids=known.deployment_ids,
            service_origins=known.service_origins,
        )
        door.student = door.come_in("5", LEARNER)
        door.teacher = door.come_in("2", INSTRUCTOR)
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(door.original)) as target:
            source.backup(target)
        yield door
        door.site.world.database.close()
