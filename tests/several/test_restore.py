"""Backup and restore as docs/operations.md has them: afterwards gradebook and database agree, no mark silently lost."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from demo.lms import RunningLms
from storage.database import Database
from tests.postgres import Server, find_binaries
from tests.push.bench import eventually
from tests.worker.deployment import Deployment, database_of, deployed, hand_in, lms_for

pytestmark = pytest.mark.slow

TEN, TWENTY = Decimal(10), Decimal(20)


@dataclass(frozen=True)
class Kept:
    """An installation with an LMS, and how its database is saved and put back."""

    tool: Deployment
    lms: RunningLms
    save: Callable[[], None]
    put_back: Callable[[], None]

    def held(self, who: str) -> Decimal | None:
        """What the gradebook shows."""
        state = self.lms.state
        return state.gradebook.mark(state.column_of("1").id, who)

    def standing(self) -> dict[str, tuple[str | None, str, str | None]]:
        """By person: desired mark, state, and the LMS's own mark where it stands."""
        query = (
            "SELECT person.sub, mark, state, lms_mark FROM desired_score "
            "JOIN person ON person.id = desired_score.person_id"
        )
        with closing(database_of(self.tool)) as database, database.read() as connection:
            return {sub: (mark, state, lms) for sub, mark, state, lms in connection.execute(text(query))}

    def in_step(self) -> bool:
        """Whether nothing is on its way."""
        return all(state == "in_step" for _, state, _ in self.standing().values())


def _sqlite(folder: Path) -> tuple[Callable[[], None], Callable[[], None]]:
    file, backup = folder / "data" / "pix-lti.sqlite", folder / "backup.sqlite"

    def save() -> None:
        # The command of docs/operations.md, while everything runs.
        program = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('VACUUM INTO ?', (sys.argv[2],))"
        subprocess.run([sys.executable, "-c", program, str(file), str(backup)], check=True)

    def put_back() -> None:
        for each in file.parent.glob("pix-lti.sqlite*"):
            each.unlink()
        shutil.copy(backup, file)

    return save, put_back


def _postgres(folder: Path, server: Server, name: str) -> tuple[Callable[[], None], Callable[[], None]]:
    programs, backup = find_binaries(), folder / "backup.dump"
    where = [
        "--host",
        str(server.socket_directory),
        "--port",
        "5432",
        "--username",
        "pixlti",
        "--dbname",
        name,
    ]

    def save() -> None:
        subprocess.run([programs / "pg_dump", "--format=custom", f"--file={backup}", *where], check=True)

    def put_back() -> None:
        options = ["--clean", "--if-exists", "--single-transaction", *where]
        subprocess.run([str(programs / "pg_restore"), *options, str(backup)], check=True)

    return save, put_back


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    settings: dict[str, str] = {}
    if request.param == "postgres":
        server: Server = request.getfixturevalue("postgres_server")
        name = server.create_database()
        settings = {"database_url": server.url(name), "QUEUE_URL": server.url(name)}
        with closing(Database(server.url(name))) as database:
            database.upgrade()
        save, put_back = _postgres(tmp_path, server, name)
    else:
        save, put_back = _sqlite(tmp_path)
    with deployed(tmp_path, **settings) as tool, lms_for(tool) as lms:
        tool.start_web()
        tool.start_worker()
        tool.register(lms.state)
        yield Kept(tool=tool, lms=lms, save=save, put_back=put_back)


def test_an_older_backup_put_back_loses_no_mark_in_silence(kept: Kept) -> None:
    tool, lms = kept.tool, kept.lms
    for who in ("101", "102", "104"):
        hand_in(lms.state, who, 3)
    eventually(
        lambda: kept.held("101") == kept.held("102") == kept.held("104") == TEN and kept.in_step(), 20.0
    )
    kept.save()

    # What the backup does not know: a better mark, and somebody's first.
    hand_in(lms.state, "101", 6)
    hand_in(lms.state, "103", 6)
    eventually(lambda: kept.held("101") == kept.held("103") == TWENTY and kept.in_step(), 20.0)
    column = lms.state.column_of("1").id
    tool.kill_all()
    kept.put_back()

    lms.state.history.clear()
    compared = tool.command("scores", "compare")
    assert compared.returncode == 0, compared.stdout + compared.stderr
    assert "2 agree" in compared.stdout
    assert "2 left to the teacher" in compared.stdout
    assert not list(lms.state.history)  # it reads, it sends nothing
    again = tool.command("scores", "compare")
    assert "4 agree" in again.stdout, again.stdout + again.stderr

    tool.start_web()
    tool.start_worker()
    hand_in(lms.state, "101", 4)  # less than the gradebook holds, more than the restored database knows
    hand_in(lms.state, "103", 3)
    hand_in(lms.state, "102", 6)
    eventually(lambda: kept.held("102") == TWENTY and kept.standing()["102"][1] == "in_step", 20.0)
    assert (kept.held("101"), kept.held("103"), kept.held("104")) == (TWENTY, TWENTY, TEN)
    standing = kept.standing()
    assert standing["101"] == ("13.33", "typed_by_hand", "20.00")
    assert standing["103"] == ("10.00", "typed_by_hand", "20.00")
    assert standing["102"][1:] == standing["104"][1:] == ("in_step", None)
    assert "2 typed by hand" in tool.command("scores", "status").stdout

    # Whoever never handed in again keeps the mark, too; the LMS's own list was complete.
    assert set(lms.state.gradebook.grades(column)) == {"101", "102", "103", "104"}
    assert not list(lms.state.violations)


@pytest.mark.parametrize("kept", ["sqlite"], indirect=True)
def test_what_the_lms_lost_is_sent_again(kept: Kept) -> None:
    """The other way round: the LMS was put back, the tool was not."""
    tool, lms = kept.tool, kept.lms
    hand_in(lms.state, "101", 6)
    eventually(lambda: kept.held("101") == TWENTY and kept.in_step(), 20.0)
    tool.kill("worker")
    tool.kill("web")
    lms.renew()  # an empty gradebook, no column under an old number but the activity's own
    compared = tool.command("scores", "compare")
    assert compared.returncode == 1, "a new LMS refuses the key set of a tool that is not up"
    tool.start_web()
    compared = tool.command("scores", "compare")
    assert "1 to be sent again" in compared.stdout, compared.stdout + compared.stderr
    tool.start_worker()
    eventually(lambda: kept.held("101") == TWENTY, 20.0)
