"""LTI addresses of the LMS: launch page, authentication, key set, token endpoint, return page."""

import json

from flask import Blueprint, Response, abort, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from demo.lms.keys import KeySetUnreachable
from demo.lms.launches import InvalidRequest, PostedError, authenticate
from demo.lms.state import LoginForm, current_state
from demo.lms.tokens import TOKEN_SECONDS, TokenRefused

lti = Blueprint("lti", __name__)


@lti.get("/mod/lti/launch.php")
def launch() -> ResponseReturnValue:
    """Start a launch: `id` an activity (the session says who), or `launch` one prepared for a frame."""
    state = current_state()
    prepared = request.args.get("launch")
    if prepared is not None:
        pending = state.launches.find(prepared)
        if pending is None:
            return _error_page("Ce lancement a déjà servi : rouvrez l'activité depuis le cours.")
        return _auto_form(state.login_form(pending))
    person_id = session.get("person")
    if person_id is None:
        return redirect("/")
    try:
        pending = state.begin_launch(
            person_id, request.args.get("id", ""), target="window", review_of=request.args.get("review_of")
        )
    except LookupError as problem:
        abort(404, str(problem))
    return _auto_form(state.login_form(pending))


@lti.route("/mod/lti/auth.php", methods=["GET", "POST"])
def auth() -> ResponseReturnValue:
    """The authentication request; answers with a form that posts the id_token, an error form or a page."""
    state = current_state()
    asked = request.form.to_dict() if request.method == "POST" else request.args.to_dict()
    outcome = authenticate(
        asked, state.launches, client_id=state.client_id, redirect_uri=state.tool.launch_url
    )
    if isinstance(outcome, InvalidRequest):
        if outcome.tool_fault:
            state.violate("auth", outcome.reason)
        return _error_page(f"Requête invalide ({outcome.reason}).")
    if isinstance(outcome, PostedError):
        state.violate("auth", f"{outcome.error} {outcome.description}".strip())
        fields = {"error": outcome.error, "state": asked["state"]}
        if outcome.description:
            fields["error_description"] = outcome.description
        return _auto_form(LoginForm(url=state.tool.launch_url, fields=fields))
    return _auto_form(LoginForm(url=state.tool.launch_url, fields=state.message(outcome, asked)))


@lti.get("/mod/lti/certs.php")
@lti.get("/certs")
def certs() -> ResponseReturnValue:
    """The key set of the LMS."""
    return current_state().keys.key_set()


@lti.post("/mod/lti/token.php")
def token() -> ResponseReturnValue:
    """Client credentials against an access token; the type of the answer is text/html, as Moodle's."""
    state = current_state()
    try:
        granted = state.tokens.grant(request.form.to_dict(), jwks_url=state.tool.jwks_url)
    except TokenRefused as refused:
        state.violate(refused.violation, refused.error)
        # Moodle does not escape the text: with quotes in it this is not JSON.
        return Response(f'{{"error": "{refused.error}"}}', status=400, content_type="text/html")
    except KeySetUnreachable:
        return Response(_error_html("Impossible de lire les clés de l'outil."), status=404)
    body = {
        "access_token": granted.text,
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
        "scope": " ".join(sorted(granted.scopes)),
    }
    return Response(json.dumps(body), content_type="text/html; charset=utf-8")


@lti.get("/mod/lti/return.php")
def return_page() -> ResponseReturnValue:
    """Where the tool sends people back; `lti_errormsg` and `lti_msg` are shown as text."""
    return render_template(
        "message.html",
        title="Retour de l'activité",
        error=request.args.get("lti_errormsg"),
        text=request.args.get("lti_msg"),
        course_id=request.args.get("course"),
    )


def _auto_form(form: LoginForm) -> str:
    return render_template("auto_form.html", url=form.url, fields=form.fields)


def _error_html(text: str) -> str:
    return render_template("message.html", title="Erreur", error=text, text=None, course_id=None)


def _error_page(text: str) -> Response:
    return Response(_error_html(text), status=400)
