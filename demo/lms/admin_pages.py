"""The administrator's page about external tools: add one by its address, activate it, show it in the chooser."""

from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from demo.lms.state import current_state

admin = Blueprint("admin", __name__, url_prefix="/admin/tools")


@admin.get("/")
def tools() -> ResponseReturnValue:
    """“Manage tools”: the field for an address, and a card for each tool."""
    return render_template("admin_tools.html", types=current_state().types.all(), question=None, url="")


@admin.post("/add")
def add() -> ResponseReturnValue:
    """“Add LTI Advantage”: the tool's page in a frame; where its domain is known, ask first which tool is meant."""
    state = current_state()
    url, choice = request.form.get("url", "").strip(), request.form.get("choice")
    if not url.startswith(("http://", "https://")):
        abort(400, "Une URL valide doit commencer par http:// ou https://")
    known = state.types.of_domain(url)
    if known and choice is None:
        return render_template("admin_tools.html", types=state.types.all(), question=known, url=url)
    query = {"url": url, **({"type": choice} if choice and choice != "new" else {})}
    # On the issuer's host whatever the page's own: the frame must not need a cookie of the LMS.
    source = f"{state.issuer}{url_for('registration.start_registration')}?{urlencode(query)}"
    return render_template("admin_register.html", source=source)


@admin.post("/<type_id>/<action>")
def change(type_id: str, action: str) -> ResponseReturnValue:
    """The card's buttons: activate, show, hide, delete."""
    state = current_state()
    try:
        chosen = state.types.get(type_id)
    except LookupError as problem:
        abort(404, str(problem))
    if action == "activate":
        state.activate(chosen)
    elif action in ("show", "hide"):
        chosen.in_chooser = action == "show"
    elif action == "delete":
        state.types.delete(type_id)
    else:
        abort(404)
    return redirect(url_for("admin.tools"))
