"""Databases for one test each, of either kind: empty, or a quick copy of one prepared once a session.

Empty means empty: what prepares a database (migrations, say) is handed in by the tests that need it.
"""

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import make_url

from tests.postgres import Server

Prepare = Callable[[str], None]
"""Fills the database at this address, then lets go of every connection to it."""


PutBack = Callable[[], None]
"""Makes a database hold again what it held; its address stays the same."""


class Databases(Protocol):
    """Where a test gets databases of its own, by SQLAlchemy address."""

    def empty(self) -> str:
        """The address of a new, empty database."""

    def prepared(self, key: str, prepare: Prepare) -> str:
        """The address of a new copy of what `prepare` made; it is called once a session for each `key`."""

    def remember(self, url: str) -> PutBack:
        """Remember what the database at this address holds now; nobody may be connected to it, then or later."""


@dataclass(frozen=True, kw_only=True)
class SqliteDatabases:
    """Files in the test's own directory; the prepared ones are kept in `originals` for the session."""

    directory: Path
    originals: Path

    def empty(self) -> str:
        """As in `Databases`: the file does not exist yet."""
        return _sqlite_url(self._new_file())

    def prepared(self, key: str, prepare: Prepare) -> str:
        """As in `Databases`."""
        original = self.originals / f"{key}.sqlite"
        if not original.exists():
            # Made under another name: a preparation that fails must not pass for a finished one.
            unfinished = self.originals / f"{uuid.uuid4().hex}.sqlite"
            prepare(_sqlite_url(unfinished))
            unfinished.rename(original)
        copy = self._new_file()
        _copy(original, copy)
        return _sqlite_url(copy)

    def remember(self, url: str) -> PutBack:
        """As in `Databases`; here somebody may be connected."""
        database, original = Path(str(make_url(url).database)), self._new_file()
        _copy(database, original)
        return lambda: _copy(original, database)

    def _new_file(self) -> Path:
        return self.directory / f"{uuid.uuid4().hex}.sqlite"


@dataclass(frozen=True, kw_only=True)
class PostgresDatabases:
    """Databases of the session's server; `originals` (key to name) lives as long as the server."""

    server: Server
    originals: dict[str, str]
    made: list[str] = field(default_factory=list)

    def empty(self) -> str:
        """As in `Databases`."""
        return self._new(self.server.create_database())

    def prepared(self, key: str, prepare: Prepare) -> str:
        """As in `Databases`: PostgreSQL copies the prepared one as a template."""
        if key not in self.originals:
            name = self.server.create_database()
            prepare(self.server.url(name))
            self.originals[key] = name
        return self._new(self.server.create_database(template=self.originals[key]))

    def remember(self, url: str) -> PutBack:
        """As in `Databases`: PostgreSQL copies it as a template."""
        name = str(make_url(url).database)
        original = self.server.create_database(template=name)
        self.made.append(original)

        def put_back() -> None:
            self.server.drop_database(name)
            self.server.create_database(template=original, name=name)

        return put_back

    def drop_all(self) -> None:
        """Remove the databases handed out: a hundred of them would be 700 MB."""
        while self.made:
            self.server.drop_database(self.made.pop())

    def _new(self, name: str) -> str:
        self.made.append(name)
        return self.server.url(name)


KINDS = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))
"""The parameters of a fixture that gives databases: its tests run once on SQLite, once on PostgreSQL."""


@contextmanager
def databases_of(request: pytest.FixtureRequest, directory: Path, originals: Path) -> Iterator[Databases]:
    """Databases of the kind that a fixture's parameter names, until the block ends."""
    if request.param == "postgres":
        server: Server = request.getfixturevalue("postgres_server")
        made = PostgresDatabases(server=server, originals=request.getfixturevalue("postgres_originals"))
        yield made
        made.drop_all()
    else:
        yield SqliteDatabases(directory=directory, originals=originals)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def _sqlite_url(file: Path) -> str:
    return f"sqlite:///{file}"
