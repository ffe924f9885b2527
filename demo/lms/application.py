"""Puts the LMS together: state, routes, faults."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from demo.lms import line_item_routes, score_routes
from demo.lms.addresses import SERVICES
from demo.lms.admin_pages import admin
from demo.lms.control_routes import control as control_routes
from demo.lms.control_routes import records
from demo.lms.course import Site, ToolAddresses
from demo.lms.fault_answers import hang_on
from demo.lms.gradebook import ClockMode, Refused
from demo.lms.keys import LmsKeys, SigningKey
from demo.lms.lti_routes import lti
from demo.lms.pages import pages
from demo.lms.registration_routes import registration
from demo.lms.selection_pages import selection
from demo.lms.service_requests import refusal
from demo.lms.state import EXTENSION, LmsState, attach, current_state, new_state, utc_now


def create_lms(
    description: Site,
    *,
    address: str,
    tool: ToolAddresses | None,
    client_id: str,
    deployment_id: str,
    control: bool = False,
    clock_mode: ClockMode = "5.1",
    seed: int = 0,
    clock: Callable[[], datetime] = utc_now,
    signing_key: SigningKey | None = None,
) -> Flask:
    """An LMS with one registered tool, or (`tool` None) none yet. `address` (http://host:port) is its issuer.

    `control` opens the control API (tests only); `seed` drives random faults; `clock` is the LMS's clock;
    `signing_key` is its first key (default: a new one).
    """
    app = Flask(__name__)
    app.config.update(SESSION_COOKIE_NAME="lms_session", SESSION_COOKIE_SAMESITE="Lax")
    attach(
        app,
        new_state(
            description,
            address=address,
            tool=tool,
            client_id=client_id,
            deployment_id=deployment_id,
            clock_mode=clock_mode,
            seed=seed,
            clock=clock,
            keys=LmsKeys(signing_key),
        ),
    )
    app.register_blueprint(pages)
    app.register_blueprint(lti)
    app.register_blueprint(selection)
    app.register_blueprint(registration)
    app.register_blueprint(admin)
    app.register_blueprint(_services())
    app.register_blueprint(records)
    if control:
        app.register_blueprint(control_routes)
    app.register_error_handler(404, _no_address)
    app.register_error_handler(405, _no_address)
    hang_on(app)
    return app


def state_of(app: Flask) -> LmsState:
    """The state of an LMS made by `create_lms`."""
    state: LmsState = app.extensions[EXTENSION]
    return state


def _services() -> Blueprint:
    services = Blueprint("services", __name__, url_prefix=SERVICES)
    line_item_routes.register(services)
    score_routes.register(services)
    services.register_error_handler(Refused, refusal)
    return services


def _no_address(problem: Any) -> Response:
    """Under the services Moodle answers 400 to an address or method it does not know."""
    if isinstance(problem, (NotFound, MethodNotAllowed)) and request.path.startswith(SERVICES):
        current_state().violate("address", f"{request.method} {request.path}")
        return refusal(Refused(400, "No handler found"))
    answer: Response = problem.get_response()
    return answer
