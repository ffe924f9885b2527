"""One reference and one log line a request: which page, for whom (numbers only), how long. Never addresses in full."""

from __future__ import annotations

import re
import secrets
import time

import structlog
from flask import Flask, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars
from werkzeug.wrappers import Response

from web.site import site
from workflows.visit import Visit

log = structlog.stdlib.get_logger("web.requests")

_WELL_FORMED = re.compile(r"[A-Za-z0-9._:-]{8,80}")
_QUIET = frozenset({"health.healthz", "health.readyz", "health.metrics", "static", "bootstrap.static"})
"""Endpoints that are asked all the time: their lines are for debugging only."""
_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"})


def add_request_log(app: Flask, *, behind_proxy: bool) -> None:
    """Log every request. Call before anything else that runs before or after requests.

    A proxy's `X-Request-ID` is kept where it is well formed; without a proxy anybody may have made it up.
    """

    @app.before_request
    def _begin() -> None:
        g.began = time.perf_counter()
        given = request.headers.get("X-Request-ID", "") if behind_proxy else ""
        g.request_id = given if _WELL_FORMED.fullmatch(given) else secrets.token_hex(8)
        clear_contextvars()
        bind_contextvars(request=g.request_id)

    @app.after_request
    def _end(response: Response) -> Response:
        seconds = time.perf_counter() - g.began if "began" in g else 0.0
        method = request.method if request.method in _METHODS else "OTHER"
        endpoint = request.endpoint or "none"
        site().world.metrics.request(endpoint, method, response.status_code, seconds)
        say = log.debug if endpoint in _QUIET else log.info
        say(
            "request",
            method=method,
            route=request.url_rule.rule if request.url_rule else None,
            status=response.status_code,
            duration_ms=round(seconds * 1000, 1),
            **_visited(),
        )
        response.headers["X-Request-ID"] = g.get("request_id", "")
        return response


def _visited() -> dict[str, object]:
    """Whose visit this is, in numbers: the launch's reference, the activity, the person."""
    visit: Visit | None = getattr(g, "visit", None)
    if visit is None:
        return {}
    return {"visit": visit.id, "activity": visit.activity_id, "person": visit.person_id}
