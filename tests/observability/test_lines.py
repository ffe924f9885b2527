"""One line of the log: its shape, what it leaves out, and the reference of a request."""

import json
import logging
import sys
from pathlib import Path

import pytest
import requests
import structlog
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from config.settings import SettingsProblems, read_settings
from logs import log_formatter
from storage.database import Database
from tests.running_tool import running_tool

NEEDED = {"PIXLTI_PUBLIC_URL": "http://127.0.0.1:1", "PIXLTI_SECRET_KEY": "x" * 32}


def _failing(quoted: str) -> logging.LogRecord:
    """A record of another library, with an exception that quotes what somebody typed."""
    try:
        try:
            raise KeyError(quoted)
        except KeyError as error:
            raise ValueError(f"cannot read {quoted}") from error
    except ValueError:
        return logging.LogRecord(
            "other", logging.ERROR, __file__, 1, "GET %s", ("/x?login_hint=Zoé",), sys.exc_info()
        )


def test_an_exception_says_where_it_came_from_and_quotes_nothing() -> None:
    line = log_formatter().format(_failing("Zoé Dupré"))
    told = json.loads(line)
    assert "\n" not in line
    assert "Zoé" not in line
    assert [each["type"] for each in told["exception"]] == ["builtins.ValueError", "builtins.KeyError"]
    assert "_failing" in told["exception"][0]["at"][-1]
    assert told["event"] == "GET /x?…"
    assert (told["level"], told["logger"]) == ("error", "other")


def test_text_says_the_same_for_eyes() -> None:
    line = log_formatter(as_text=True).format(_failing("Zoé Dupré"))
    assert "ERROR other: GET /x?…" in line
    assert "Zoé" not in line


def test_our_events_keep_their_fields(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        structlog.stdlib.get_logger("ours").info("launch accepted", platform=3, visit="v")
    told = json.loads(log_formatter().format(caplog.records[-1]))
    assert (told["event"], told["platform"], told["visit"]) == ("launch accepted", 3, "v")


def test_errors_of_the_database_do_not_quote_parameters(database_url: str) -> None:
    database = Database(database_url)
    try:
        with pytest.raises(Exception, match="nowhere") as failed, database.read() as connection:
            connection.execute(text("SELECT * FROM nowhere WHERE name = :name"), {"name": "Zoé Dupré"})
        assert "Zoé" not in str(failed.value)
        assert isinstance(failed.value, OperationalError) or not database.is_sqlite
    finally:
        database.close()


def test_every_request_has_a_reference_and_believes_only_a_proxy(tmp_path: Path) -> None:
    with running_tool(f"sqlite:///{tmp_path / 't.sqlite'}", tmp_path) as tool:
        url = f"{tool.base}/healthz"
        plain = requests.get(url, headers={"X-Request-ID": "0123456789abcdef"}, timeout=5)
        assert plain.headers["X-Request-ID"] != "0123456789abcdef"
        again = requests.get(url, timeout=5)
        assert len(again.headers["X-Request-ID"]) == 16
        assert plain.headers["X-Request-ID"] != again.headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [("0123456789abcdef", True), ("short", False), ("with space inside", False), ("x" * 200, False)],
)
def test_behind_a_proxy_its_well_formed_reference_is_kept(given: str, is_kept: bool, tmp_path: Path) -> None:
    from flask import Flask

    from web.request_log import add_request_log
    from web.site import EXTENSION
    from workflows.metrics import NotCounted

    class _World:
        metrics = NotCounted()

    class _Site:
        world = _World()

    app = Flask(__name__)
    app.extensions[EXTENSION] = _Site()
    add_request_log(app, behind_proxy=True)
    answer = app.test_client().get("/", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is is_kept


def test_the_format_is_chosen_by_a_setting() -> None:
    assert read_settings({**NEEDED, "PIXLTI_LOG_FORMAT": "text"}).log_as_text
    assert not read_settings({**NEEDED, "PIXLTI_LOG_FORMAT": "JSON"}).log_as_text
    with pytest.raises(SettingsProblems, match="PIXLTI_LOG_FORMAT is 'xml'"):
        read_settings({**NEEDED, "PIXLTI_LOG_FORMAT": "xml"})
