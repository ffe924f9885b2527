"""The log: every line of every library one JSON object (or plain text) on standard error, without personal data.

Our modules log through structlog: an event in words, and fields. Other libraries' lines take the same way out.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

log = structlog.stdlib.get_logger("pixlti")

_FOREIGN_HANDLERS = ("huey", "huey.consumer", "gunicorn.error", "gunicorn.access")
"""Loggers of programs that bring a handler of their own."""

_NEVER_BELOW = {
    # The development server logs addresses with their query strings, SQLAlchemy the rows it reads.
    "werkzeug": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    # Alembic tells of itself at each look at the revision, which `/readyz` takes.
    "alembic": logging.WARNING,
    "urllib3": logging.INFO,
    "asyncio": logging.INFO,
}


class _Handler(logging.StreamHandler[Any]):
    """The way out that is ours, told from those of others."""


def speak_through_logging() -> None:
    """Let structlog hand its events to the standard library, which decides who hears them."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def start_logs(level: str, *, as_text: bool, whole_process: bool) -> None:
    """Begin to log from `level` up.

    With `whole_process` the process is ours: its other loggers' own handlers, warnings and threads that die go
    through the same lines. Otherwise (in tests, in a bench) whoever set up logging before keeps it.
    """
    speak_through_logging()
    root = logging.getLogger()
    for name, least in _NEVER_BELOW.items():
        logging.getLogger(name).setLevel(max(least, logging.getLevelNamesMapping()[level]))
    if whole_process or not root.handlers:
        handler = _Handler(sys.stderr)
        handler.setFormatter(log_formatter(as_text=as_text))
        root.handlers = [
            each for each in root.handlers if type(each) not in (logging.StreamHandler, _Handler)
        ]
        root.addHandler(handler)
        root.setLevel(level)
    if whole_process:
        for name in _FOREIGN_HANDLERS:
            take_over(name, as_text=as_text)
        if logging.getLogger("gunicorn.access").propagate:
            # Each request has its line from us, by the page's pattern: an address itself may hold anything.
            logging.getLogger("gunicorn.access").setLevel(logging.WARNING)
        logging.captureWarnings(True)
        threading.excepthook = _thread_died


def take_over(name: str, *, as_text: bool) -> None:
    """Let a logger with a handler of its own speak as all others; a file it was given stays its file."""
    logger = logging.getLogger(name)
    files = [each for each in logger.handlers if isinstance(each, logging.FileHandler)]
    for each in files:
        each.setFormatter(log_formatter(as_text=as_text))
    logger.handlers = list(files)
    logger.propagate = not files


def keep_apart(name: str) -> None:
    """Give a logger our handler at once, before its parent is given another one (see `take_over`)."""
    logger = logging.getLogger(name)
    logger.handlers = [each for each in logging.getLogger().handlers if isinstance(each, _Handler)]
    logger.propagate = not logger.handlers


def log_formatter(*, as_text: bool = False) -> logging.Formatter:
    """What turns any record into one line."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            _without_query,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _trace,
            _as_text if as_text else _JSON,
        ],
    )


_JSON: Processor = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)


def _without_query(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Other libraries quote addresses: what follows the question mark may name people or be a token."""
    event["event"] = re.sub(r"\?\S*", "?…", str(event["event"]))
    return event


def _trace(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Where an exception came from, without its words: they may quote what somebody typed, or a row."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = list(_causes(error))
    return event


def _causes(error: BaseException) -> list[dict[str, object]]:
    told: list[dict[str, object]] = []
    current: BaseException | None = error
    while current is not None and len(told) < 5:
        kind = type(current)
        frames = traceback.extract_tb(current.__traceback__)
        told.append(
            {
                "type": f"{kind.__module__}.{kind.__qualname__}",
                "at": [f"{each.filename}:{each.lineno} {each.name}" for each in frames[-30:]],
            }
        )
        current = current.__cause__ or current.__context__
    return told


def _as_text(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
    timestamp, level = event.pop("timestamp"), str(event.pop("level")).upper()
    logger, words = event.pop("logger", ""), str(event.pop("event")).replace("\n", " ")
    causes = event.pop("exception", [])
    line = f"{timestamp} {level} {logger}: {words}" + "".join(
        f" {name}={value!r}" if isinstance(value, str) and " " in value else f" {name}={value}"
        for name, value in event.items()
        if value is not None
    )
    return "\n".join(
        [line, *(f"  {each['type']}\n    " + "\n    ".join(map(str, each["at"])) for each in causes)]
    )


def _thread_died(died: threading.ExceptHookArgs) -> None:
    if died.exc_value is not None:
        log.critical(
            "a thread died", thread=died.thread.name if died.thread else None, exc_info=died.exc_value
        )
