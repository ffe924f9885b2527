"""The LTI conversation over HTTP: login, launch, keys. After a launch, a visit and the address of its page."""

from __future__ import annotations

from urllib.parse import urlencode

import structlog
from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from lti.errors import LaunchRefused, RefusalReason
from lti.keys import public_jwks
from lti.launch import DeepLinking, Launch, MessageType, read_launch, refuse_platform_error
from lti.login import begin_login, choose_registration, read_login
from lti.platform_storage import storage_of
from web.browser_token import HEADER, new_browser
from web.headers import may_be_framed_by
from web.language import LANGUAGES, current_language, use_language
from web.platform_storage import fetch_login, find_kept_target, keep_login, keep_visit
from web.site import site
from web.visit import first_page
from workflows.enter import LaunchTransaction, enter
from workflows.enter_deep_linking import enter_deep_linking
from workflows.find_person import find_person_by_sub
from workflows.visit import Role

log = structlog.stdlib.get_logger(__name__)

routes = Blueprint("launch", __name__, url_prefix="/lti")

MOST_BYTES = 256 * 1024
"""The largest login or launch that is read; a Moodle launch has about 5 kB."""
LONGEST_BOUNCE = 3500
"""The longest address of our own to send a browser to: servers read request lines of 4,094 characters."""


@routes.before_request
def _limit() -> None:
    """Read the form here, so that one too large is refused as any bad launch, whatever its announced length."""
    request.max_content_length = MOST_BYTES
    request.max_form_memory_size = MOST_BYTES
    try:
        # A body of unannounced length ends at the limit without a word: what fills it is too large.
        if request.content_length is None and len(request.get_data()) >= MOST_BYTES:
            raise RequestEntityTooLarge
        _ = request.form
    except RequestEntityTooLarge as error:
        raise LaunchRefused(RefusalReason.OVERSIZED, f"more than {MOST_BYTES} bytes were sent") from error


@routes.route("/login", methods=["GET", "POST"])
def login() -> BaseResponse | str:
    """Begin a launch: remember the browser, and send it to the platform with a state and a nonce."""
    here = site()
    values = request.form if request.method == "POST" else request.args
    asked = read_login(values.to_dict())
    registration = choose_registration(asked, here.registry)
    may_be_framed_by(registration.frame_origins)
    known = here.browser.find(request)
    browser = known or new_browser()
    storage = storage_of(registration, asked.storage_target)
    tried = request.args.get("cookie")
    if known is None and tried is not None and (storage is None or tried == "none"):
        # The browser was just given the cookie and kept it to itself, and no storage of the platform helps.
        raise LaunchRefused(
            RefusalReason.COOKIE_MISSING,
            "the browser keeps no cookie here",
            platform_issuer=registration.issuer,
            retry_login=asked,
        )
    bounce = f"{url_for('launch.login')}?{urlencode({**asked.as_parameters(), 'cookie': 'set'})}"
    looks = "Sec-Fetch-Dest" in request.headers or storage is not None
    if known is None and tried is None and looks and len(bounce) <= LONGEST_BOUNCE:
        # See first whether the cookie comes back: the platform's one-time hint is spent by the next step.
        answer = redirect(bounce, 303)
        here.browser.give(answer, browser)
        return answer
    address = begin_login(
        asked,
        registration,
        redirect_uri=f"{here.public_url}/lti/launch",
        public_url=here.public_url,
        browser=browser,
        secret=here.secret,
        now=here.world.now(),
    )
    if known is None and storage is not None:
        return keep_login(storage, asked, browser=browser, authorisation=address)
    answer = redirect(address, 302)
    here.browser.give(answer, browser)
    return answer


@routes.get("/launch")
def about() -> str:
    """What a plain visit to the launch address sees (Moodle sends one at every save of an activity)."""
    refuse_platform_error(request.args)
    return render_template("about.html")


@routes.post("/launch")
def launch() -> BaseResponse | str:
    """Read a launch, note who came, and send the browser to the visit's page."""
    here = site()
    asks_first = fetch_login(request)
    if asks_first is not None:
        return asks_first
    target = find_kept_target(request)
    browser = here.browser.find(request) if target is None else request.headers.get(HEADER)
    with LaunchTransaction(here.world.database) as transaction:
        read = read_launch(
            request.form.to_dict(),
            browser=browser,
            registrations=here.registry,
            platform_keys=here.platform_keys,
            nonces=transaction,
            secret=here.secret,
            public_url=here.public_url,
            now=here.world.now(),
        )
        if read.locale in LANGUAGES:
            use_language(read.locale)
        if isinstance(read, DeepLinking):
            visit, to_send = (
                enter_deep_linking(
                    here.world, transaction, read, language=current_language(), storage_target=target
                ),
                False,
            )
        else:
            visit, to_send = enter(
                here.world, transaction, read, language=current_language(), storage_target=target
            )
    here.world.metrics.launch("accepted")
    log.info(
        "launch accepted",
        visit=visit.id,
        platform=read.registration.id,
        activity=visit.activity_id,
        person=visit.person_id,
        role=visit.role,
    )
    if to_send:
        here.world.wake()
    address = url_for(first_page(visit), visit_id=visit.id)
    reviewed = _reviewed(read) if visit.role is Role.TEACHER else None
    if reviewed:
        # Whose page is wanted; whether it may be seen was decided by the role.
        person_id = find_person_by_sub(here.world, visit, reviewed)
        if person_id is not None:
            address = url_for("teacher.person", visit_id=visit.id, person_id=person_id)
    if target is not None or browser is None:
        return keep_visit(visit, address)
    answer = redirect(address, 303)
    here.visits.cookies.give(answer, visit, browser)
    return answer


def _reviewed(read: Launch | DeepLinking) -> str | None:
    """Whose submission a review is about."""
    if isinstance(read, Launch) and read.message_type is MessageType.SUBMISSION_REVIEW:
        return read.for_user
    return None


@routes.get("/jwks")
def jwks() -> Response:
    """The tool's public keys; platforms may keep them for five minutes."""
    answer = jsonify(public_jwks(site().keyring(fresh=True)))
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer
