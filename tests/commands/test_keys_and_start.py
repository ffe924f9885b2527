"""Keys, the database and the start of an installation: clean, at once in several processes, or refused in words."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import requests

from config.settings import read_settings
from tests.commands.operator import PATIENCE, ROOT, SECRET, Installation, kids
from tests.postgres import Server

pytestmark = pytest.mark.slow


def test_rotation_seen_by_a_running_tool(tmp_path: Path) -> None:
    installation = Installation(folder=tmp_path)
    with installation.serving() as url:
        before = kids(url)
        assert len(before) == 2  # the one that signs, and the next one, published before its use
        said = installation.done("keys", "rotate")
        after = kids(url)
        assert set(before) < set(after)
        assert any(said.startswith(f"key {each} signs from now on") for each in before)
        [newest] = set(after) - set(before)
        # The newest was published a moment ago: it does not sign yet.
        assert "it may sign from" in installation.done("keys", "rotate")
        assert kids(url) == after
        assert f"key {newest} signs from now on" in installation.done("keys", "rotate", "--now")
        assert set(after) < set(kids(url))
        held = kids(url)
        assert "4 key(s) withdrawn" in installation.done("keys", "rotate", "--leaked")
        assert len(kids(url)) == 2
        assert not set(kids(url)) & set(held)
    # No private key can be read in the file.
    with closing(sqlite3.connect(tmp_path / "data" / "pix-lti.sqlite")) as connection:
        stored = connection.execute("SELECT encrypted_private_key, public_jwk FROM tool_key").fetchall()
    assert len(stored) == 2
    for private, public in stored:
        assert private.startswith("gAAAA")
        assert '"d"' not in public
    content = b"".join(each.read_bytes() for each in (tmp_path / "data").iterdir() if each.is_file())
    assert b"PRIVATE KEY" not in content
    assert SECRET.encode() not in content


def test_another_secret(tmp_path: Path) -> None:
    installation = Installation(folder=tmp_path)
    installation.done("platform", "list")
    installation.settings["SECRET_KEY"] = "quite another secret, of no value either"
    for command in (["platform", "list"], ["keys", "rotate"], ["scores", "status"]):
        told = installation.refused(*command)
        assert "a signing key cannot be decrypted" in told
        assert "keys rotate --now" in told
        assert "quite another" not in told
    log = tmp_path / "gunicorn.log"
    process = installation.start(log, workers=1)
    assert process.wait(PATIENCE) != 0
    assert "PIXLTI_SECRET_KEY do not match" in log.read_text()
    # The way out: new keys.
    installation.done("keys", "rotate", "--now")
    with installation.serving(workers=1) as url:
        assert len(kids(url)) == 4


def test_commands_tell_every_problem_of_the_settings(tmp_path: Path) -> None:
    installation = Installation(folder=tmp_path)
    installation.settings |= {"PUBLIC_URL": "http://pix.example", "SECRET_KEY": "x", "PROXY_HOPS": "x"}
    told = installation.refused("platform", "list")
    for name in ("PUBLIC_URL", "SECRET_KEY", "PROXY_HOPS"):
        assert f"PIXLTI_{name} " in told


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"SECRET_KEY": ""}, "PIXLTI_SECRET_KEY is missing"),
        ({"UNITS_DIR": "BAD"}, "bad.toml"),
        ({"UNITS_DIR": "EMPTY"}, "EMPTY"),
        ({"DATA_DIR": "FILE"}, "it must be a folder"),
    ],
)
def test_a_tool_that_refuses_to_start(tmp_path: Path, settings: dict[str, str], told: str) -> None:
    (tmp_path / "FILE").write_text("")
    (tmp_path / "EMPTY").mkdir()
    (tmp_path / "BAD").mkdir()
    (tmp_path / "BAD" / "bad.toml").write_text("code = 1\n")
    places = {name: str(tmp_path / value) if value.isupper() else value for name, value in settings.items()}
    installation = Installation(folder=tmp_path, settings=places)
    log = tmp_path / "gunicorn.log"
    assert installation.start(log, workers=1).wait(PATIENCE) != 0
    assert told in log.read_text()


def test_a_database_of_a_newer_release(tmp_path: Path) -> None:
    installation = Installation(folder=tmp_path)
    installation.done("db", "upgrade")
    with closing(sqlite3.connect(tmp_path / "data" / "pix-lti.sqlite")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    for command in (["platform", "list"], ["db", "upgrade"]):
        assert "not of a release this code knows" in installation.refused(*command)
    log = tmp_path / "gunicorn.log"
    assert installation.start(log, workers=1).wait(PATIENCE) != 0
    assert "not of a release this code knows" in log.read_text()


@pytest.mark.postgres
def test_postgresql_is_migrated_by_the_operator(tmp_path: Path, postgres_server: Server) -> None:
    name = postgres_server.create_database()
    installation = Installation(folder=tmp_path, settings={"DATABASE_URL": postgres_server.url(name)})
    told = installation.refused("platform", "list")
    assert "flask --app app db upgrade" in told
    log = tmp_path / "gunicorn.log"
    assert installation.start(log, workers=1).wait(PATIENCE) != 0
    assert "flask --app app db upgrade" in log.read_text()
    assert "up to date" in installation.done("db", "upgrade")
    assert "up to date" in installation.done("db", "upgrade")
    with installation.serving() as url:
        assert requests.get(f"{url}/readyz", timeout=10).json()["status"] in ("ok", "degraded")
        assert len(kids(url)) == 2
    postgres_server.drop_database(name)


def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    installation = Installation(
        folder=tmp_path, settings={"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/pix"}
    )
    assert "the database does not answer" in installation.refused("platform", "list")
    assert "the database does not answer" in installation.refused("db", "upgrade")


def test_migrations_and_models_agree(tmp_path: Path) -> None:
    installation = Installation(folder=tmp_path)
    assert "agree" in installation.done("db", "check")
    assert not (tmp_path / "data").exists()


def test_four_processes_start_at_once_on_nothing(tmp_path: Path) -> None:
    installation = Installation(folder=tmp_path)
    script = "import sys; from app import create_app; create_app(); print('started'); sys.stdout.flush()"
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", script],
            cwd=ROOT,
            env=installation.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out) == (0, "started\n"), err
        assert "Warning" not in err
    with closing(sqlite3.connect(tmp_path / "data" / "pix-lti.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM tool_key").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_gunicorn_with_two_workers(tmp_path: Path) -> None:
    installation = Installation(folder=tmp_path)
    with installation.serving() as url:
        seen = [requests.get(f"{url}{path}", timeout=10) for path in ("/healthz", "/readyz", "/lti/jwks")]
        assert [each.status_code for each in seen] == [200, 200, 200]
        assert {tuple(sorted(kids(url))) for _ in range(10)} == {tuple(sorted(kids(url)))}
        too_large = requests.post(f"{url}/lti/launch", data={"id_token": "x" * 60_000_000}, timeout=30)
        assert too_large.status_code == 413
    log = (tmp_path / "gunicorn.log").read_text()
    for bad in ("Traceback", "Warning", "ERROR", "CRITICAL"):
        assert bad not in log, log


def test_the_operators_environment_is_understood(tmp_path: Path) -> None:
    environ = {k: v for k, v in Installation(folder=tmp_path).environ.items() if k.startswith("PIXLTI_")}
    assert read_settings(environ).warnings == ()
