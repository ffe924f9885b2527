"""Adding activities from the tool: the activity form with its modal, the tool's answer, and the save that follows."""

import json
from typing import Any

import jwt
import requests
from flask import Blueprint, Response, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from demo.lms.keys import KeySetUnreachable
from demo.lms.selections import Selection, chosen_activity, faults_of, items_of
from demo.lms.site_changes import add_activity
from demo.lms.state import LmsState, current_state

selection = Blueprint("selection", __name__)

BOT = "MoodleBot/1.0"
_SECONDS = 10.0


class AnswerRefused(Exception):
    """The LMS does not take the tool's answer; the text is shown in the modal."""


@selection.get("/course/<course_id>/add")
def add(course_id: str) -> ResponseReturnValue:
    """The form of a new activity, with “Select content”. `as` names the teacher, else the session does."""
    state = current_state()
    person_id = request.args.get("as") or session.get("person", "")
    try:
        pending = state.begin_selection(person_id, course_id)
        alone = state.begin_selection(person_id, course_id, target="window")
    except LookupError as problem:
        abort(404, str(problem))
    if not pending.person.role.teaches:
        abort(403)
    return render_template(
        "add_activity.html",
        course=pending.course,
        person=pending.person,
        source=state.addresses.launch_page(pending.id),
        window=state.addresses.launch_page(alone.id),
        storage=state.platform_storage,
        storage_frame=f"{state.issuer}{url_for('pages.storage')}",
        tool_origin=state.tool.origin,
        issuer=state.issuer,
    )


@selection.post("/mod/lti/contentitem_return.php")
def returned() -> ResponseReturnValue:
    """The tool's answer arrives in the modal: read as Moodle reads it, and handed to the page around."""
    state = current_state()
    asked = state.selections.find(request.args.get("sesskey", ""))
    if asked is None:
        return _error_page("Votre session a expiré.")
    try:
        items = _read(state, asked, request.form.get("JWT", ""))
    except AnswerRefused as refused:
        return _error_page(str(refused))
    return render_template("selection_return.html", course_id=asked.course_id, items=items)


@selection.post("/course/<course_id>/activities")
def save(course_id: str) -> ResponseReturnValue:
    """Save what was chosen: one activity after the other, each launch address looked at by the LMS itself."""
    state = current_state()
    try:
        items = json.loads(request.form.get("items", ""))
        save_items(state, course_id, items)
    except (LookupError, ValueError) as problem:
        abort(400, str(problem))
    return redirect(url_for("pages.course", course_id=course_id))


def save_items(state: LmsState, course_id: str, items: list[dict[str, Any]]) -> list[str]:
    """Add the activities of content items; return their ids."""
    made = []
    for item in items:
        chosen, spoilt = chosen_activity(item)
        for each in spoilt:
            state.violate("content_item", each)
        made.append(add_activity(state, course_id, chosen).id)
        _look_for_cartridge(state, chosen.url or state.tool.launch_url)
    return made


def _read(state: LmsState, asked: Selection, token: str) -> list[dict[str, Any]]:
    claims = _verified(state, token)
    if claims.get("iss") != state.client_id:
        raise AnswerRefused("Clé de consommateur incorrecte.")
    issues = faults_of(
        claims,
        asked,
        issuer=state.issuer,
        client_id=state.client_id,
        deployment_id=state.deployment_id,
    )
    if not state.selections.keep(claims):
        issues.append("the nonce was used before")
    for each in issues:
        state.violate("deep_linking", each)
    items = items_of(claims)
    if len(items) > 1 and not asked.accept_multiple:
        state.violate("deep_linking", "several items, and one is accepted")
    return items


def _verified(state: LmsState, token: str) -> dict[str, Any]:
    """The claims of a token signed by the tool, now: as Moodle, no difference of clocks is allowed."""
    for fresh in (False, True):
        try:
            keys = state.tokens.key_set.get(state.tool.jwks_url, fresh=fresh)["keys"]
            kid = jwt.get_unverified_header(token).get("kid")
            key = next((each for each in keys if each.get("kid") == kid), None)
            if key is None:
                continue
            claims: dict[str, Any] = jwt.decode(
                token,
                jwt.PyJWK(key, algorithm="RS256"),
                algorithms=["RS256"],
                options={"verify_aud": False, "require": ["exp", "iat"]},
            )
        except (jwt.PyJWTError, KeySetUnreachable) as problem:
            if fresh:
                raise AnswerRefused(f"Réponse refusée : {problem}") from problem
        else:
            return claims
    raise AnswerRefused("Réponse refusée : clé inconnue.")


def _look_for_cartridge(state: LmsState, url: str) -> None:
    """Moodle itself opens the launch address at every save, as nobody, looking for an XML cartridge."""
    try:
        answer = requests.get(url, headers={"User-Agent": BOT}, timeout=_SECONDS)
        status = answer.status_code
    except requests.RequestException:
        status = 0
    if not 200 <= status < 300:
        state.violate("launch_url", f"a plain GET of {url} answers {status}")


def _error_page(text: str) -> Response:
    html = render_template("message.html", title="Erreur", error=text, text=None, course_id=None)
    return Response(html, status=400)
