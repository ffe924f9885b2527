"""Empty, older, newer and foreign databases; several processes that migrate at once."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.database import Database, DatabaseMismatch
from tests.databases import Databases

ROOT = Path(__file__).parent.parent.parent
UPGRADE = (
    "import sys; from storage.database import Database; d = Database(sys.argv[1]); d.upgrade(); d.check()"
)


def test_an_empty_database_is_refused_then_upgraded_then_fits_the_code(database_url: str) -> None:
    database = Database(database_url)
    try:
        with pytest.raises(DatabaseMismatch, match="db upgrade"):
            database.check()
        database.upgrade()
        database.check()
        database.upgrade()
        database.check()
        assert database.differences() == []
    finally:
        database.close()


def test_a_newer_or_foreign_database_is_refused_and_left_alone(database_url: str) -> None:
    database = Database(database_url)
    try:
        database.upgrade()
        with database.write() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(DatabaseMismatch, match="9999"):
            database.check()
        with pytest.raises(DatabaseMismatch, match="newer release"):
            database.upgrade()
        with database.read() as connection:
            assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    finally:
        database.close()


def test_an_upgrade_that_fails_leaves_nothing_half_done(database_url: str) -> None:
    database = Database(database_url)
    try:
        with database.write() as connection:
            connection.execute(text("CREATE TABLE grade (id INTEGER)"))  # somebody else's table in the way
        with pytest.raises(Exception, match="grade"):
            database.upgrade()
        with pytest.raises(DatabaseMismatch):
            database.check()
        with database.write() as connection:
            connection.execute(text("DROP TABLE grade"))
        database.upgrade()
        database.check()
    finally:
        database.close()


def test_four_processes_upgrade_at_once(databases: Databases) -> None:
    url = databases.empty()
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", UPGRADE, url],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    told = [each.communicate(timeout=60)[1] for each in processes]
    assert [each.returncode for each in processes] == [0, 0, 0, 0], "\n".join(told)
    database = Database(url)
    try:
        assert database.differences() == []
    finally:
        database.close()
