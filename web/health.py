"""Whether the process lives (`/healthz`), can serve (`/readyz`), and what it counts (`/metrics`)."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, jsonify, request

from web.site import site
from workflows.health import check_health
from workflows.standing import find_standing

routes = Blueprint("health", __name__)


@routes.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify({"status": "ok"})


@routes.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Whether the process can serve: 503 where it cannot (database, its revision, signing keys).

    A queue or workers in trouble make it `degraded`, with 200: pages are served, marks wait, nothing is lost.
    """
    here = site()
    health = check_health(here.world, here.keyring, here.waiting_tasks)
    silence = health.worker_silence
    status = "not ready" if health.problems else "degraded" if health.warnings else "ok"
    answer = {
        "status": status,
        "problems": health.problems,
        "warnings": health.warnings,
        "database": health.database,
        "migrations": health.migrations,
        "keys": health.keys,
        "queue": {"status": health.queue, "waiting": health.waiting_tasks},
        "worker": {
            "status": health.worker,
            "processes": health.workers,
            "silent_seconds": None if silence is None else round(silence.total_seconds(), 1),
        },
    }
    return jsonify(answer), 503 if health.problems else 200


@routes.get("/metrics")
def metrics() -> Response:
    """Prometheus' text format; with a token in the settings, only to who brings it."""
    here = site()
    if here.metrics_token:
        given = request.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, b"Bearer " + here.metrics_token):
            return Response(
                "a bearer token is needed\n", 401, {"WWW-Authenticate": "Bearer"}, mimetype="text/plain"
            )
    text = here.render_metrics(find_standing(here.world, here.waiting_tasks), here.world.now())
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")
