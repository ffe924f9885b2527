"""The database: engine, transactions, and whether its tables are the ones this code knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from storage.json_text import write_json
from storage.schema import metadata

__all__ = ["Connection", "Database", "DatabaseMismatch", "DatabaseTrouble", "DatabaseUnavailable"]

DatabaseUnavailable = DBAPIError
"""The database did not answer, or not in time: trying again later may help."""

DatabaseTrouble = SQLAlchemyError
"""Anything the database or its library may raise."""

BUSY_SECONDS = 30
_MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseMismatch(Exception):
    """The tables are not the ones this code knows; the text says which command mends it."""


class Database:
    """SQLite (WAL) or PostgreSQL behind two kinds of transactions.

    A write on SQLite takes the write lock at its beginning (BEGIN IMMEDIATE), so that what a transaction has
    read cannot change before it writes; on PostgreSQL, workflows lock the rows they fold over.
    Errors do not quote parameters: they are people's data.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if parsed.database in (None, "", ":memory:"):
                raise ValueError("an in-memory database would lose marks: give SQLite a file")
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
            self.engine = create_engine(
                parsed,
                pool_size=pool_size,
                max_overflow=pool_size,
                hide_parameters=True,
                json_serializer=write_json,
            )
            _speak_sqlite(self.engine)
        else:
            self.engine = create_engine(
                parsed,
                pool_size=pool_size,
                max_overflow=pool_size,
                pool_pre_ping=True,
                hide_parameters=True,
                json_serializer=write_json,
            )

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, on one consistent state (SQLite: snapshot; PostgreSQL: read committed)."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: committed as a whole at the end, or not at all."""
        with self.engine.connect() as raw:
            connection = raw.execution_options(pixlti_write=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Give every pooled connection back."""
        self.engine.dispose()

    def upgrade(self) -> None:
        """Bring the tables to this code's revision; two processes may call it at once, the second finds it done.

        Raises:
            DatabaseMismatch: the database is of a newer release.
        """
        with self.write() as connection:
            if not self.is_sqlite:
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(727171)")
            try:
                command.upgrade(_config(connection), "head")
            except CommandError as error:
                raise DatabaseMismatch(
                    f"the database is not of a release this code knows ({error}); "
                    "run the newer release, or restore a backup"
                ) from error

    def check(self) -> None:
        """Refuse a database that this code does not match.

        Raises:
            DatabaseMismatch: with the command that mends it.
        """
        head = ScriptDirectory.from_config(_config(None)).get_current_head()
        with self.read() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        if current != head:
            raise DatabaseMismatch(
                f"the database is at revision {current or 'none'}, this release needs {head}: "
                "run `flask --app app db upgrade` (after a backup), then start again"
            )

    def differences(self) -> list[Any]:
        """What Alembic would change to make the tables equal to the models: empty when migrations tell the truth."""
        with self.read() as connection:
            return list(compare_metadata(MigrationContext.configure(connection), metadata))


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _speak_sqlite(engine: Engine) -> None:
    """Make SQLite durable (WAL, full synchronisation), strict (foreign keys) and explicit about transactions."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy begins, not the driver
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("pixlti_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
