"""Injected faults over HTTP: what a sick LMS answers, hung before and after the real routes."""

import socket
import time
from collections.abc import Iterator

from flask import Flask, Response, g, request

from demo.lms.faults import Fault
from demo.lms.records import ScoreArrival
from demo.lms.scores import person_in
from demo.lms.state import current_state

_ENDPOINTS = {
    "lti.auth": "auth",
    "lti.certs": "certs",
    "lti.token": "token",
    "services.line_items": "line_items",
    "services.line_item": "line_item",
    "services.scores": "scores",
    "services.results": "results",
    "services.memberships": "members",
}
_HTML = "<!DOCTYPE html><html lang='fr'><body><h1>Site en maintenance</h1></body></html>"
_STATUSES = {"500": 500, "429": 429, "503": 503, "400": 400, "401": 401, "403": 403, "404": 404, "409": 409}


def hang_on(app: Flask) -> None:
    """Make every LTI address of the application subject to the faults in force, and keep the score history."""
    app.before_request(_before)
    app.after_request(_after)


def _before() -> Response | None:
    endpoint = _ENDPOINTS.get(request.endpoint or "")
    if endpoint is None:
        return None
    arguments = request.view_args or {}
    person_id = request.args.get("user_id")
    if endpoint == "scores":
        person_id = person_in(request.get_data(as_text=True))
    fault = current_state().faults.take(endpoint, person_id, arguments.get("column_id"))
    if fault is None:
        return None
    g.fault = fault
    if fault.delay:
        time.sleep(fault.delay)
    if fault.answer == "none" or fault.taken:
        return None
    return _answer(fault)


def _after(response: Response) -> Response:
    fault: Fault | None = g.get("fault")
    if fault is not None and fault.taken and fault.answer != "none":
        response = _answer(fault)
    if request.endpoint == "services.scores" and request.view_args is not None:
        body = request.get_data(as_text=True)
        state = current_state()
        state.history.add(
            ScoreArrival(
                at=state.clock(),
                column_id=request.view_args["column_id"],
                person_id=person_in(body),
                body=body,
                status=0 if fault is not None and fault.answer == "reset" else response.status_code,
                taken=bool(g.get("score_taken", False)),
                fault=None if fault is None else fault.answer,
            )
        )
    return response


def _answer(fault: Fault) -> Response:
    if fault.answer == "reset":
        return Response(_cut(request.environ.get("werkzeug.socket")))
    if fault.answer == "html_200":
        return Response(_HTML, content_type="text/html; charset=utf-8")
    if fault.answer == "list_200":
        return Response("[]", content_type="application/json")
    if fault.answer == "created_201":
        return Response('{"resultUrl": "injected"}', status=201, content_type="application/json")
    response = Response("injected fault", status=_STATUSES[fault.answer], content_type="text/plain")
    if fault.answer in ("429", "503"):
        response.headers["Retry-After"] = str(fault.retry_after)
    return response


def _cut(connection: socket.socket | None) -> Iterator[bytes]:
    """Close the connection in the client's face: no status line, no body."""
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError("injected fault")
    yield b""
