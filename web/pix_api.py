"""Pix's API on the pages: asking for a reading, following it, and the teacher's page with what waits for a decision."""

from __future__ import annotations

from flask import jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web.language import said
from web.rate_limits import limited
from web.site import site
from web.visit import current_visit, visit_pages
from workflows.ask_pix import ask_for_reading, nothing_to_read, show_reading
from workflows.pix_page import decide, pix_page
from workflows.rate_limits import COHORT_CHANGES
from workflows.visit import Role

routes = visit_pages("pix", __name__, "/pix")

A_PAGE = 500
"""Identities shown at once."""


@routes.get("/")
def page() -> str:
    """The teacher's page."""
    shown = pix_page(site().world, current_visit())
    first = request.args.get("from", 0, type=int)
    first = max(min(first, len(shown.identities) - 1), 0) // A_PAGE * A_PAGE
    return render_template(
        "pix.html",
        page=shown,
        first=first,
        identities=shown.identities[first : first + A_PAGE],
        a_page=A_PAGE,
        done=request.args.get("done"),
    )


@routes.post("/read")
def read() -> Response:
    """Ask for the campaign to be read now; then the page that shows how far it has come."""
    visit = current_visit()
    ask_for_reading(site().world, visit)
    if request.form.get("back") == "campaign":
        return redirect(url_for("campaigns.page", _anchor="trial"), 303)
    if visit.role is Role.TEACHER:
        return redirect(url_for("pix.page"), 303)
    return redirect(url_for("student.page", _anchor="pix"), 303)


@routes.get("/reading")
def reading() -> Response:
    """How the reading stands, for the page to follow it."""
    shown = show_reading(site().world, current_visit())
    return jsonify(
        {
            "over": not shown.is_pending,
            "state": shown.state,
            "text": said(shown.text),
            "done": shown.done,
            "total": shown.total,
        }
    )


@routes.get("/identities/<int(max=9223372036854775807):number>")
def identity(number: int) -> str:
    """One identity, to say whose it is."""
    shown = pix_page(site().world, current_visit())
    chosen = shown.find(number)
    if chosen is None:
        raise nothing_to_read()
    return render_template("pix_identity.html", page=shown, identity=chosen)


@routes.post("/identities/<int(max=9223372036854775807):number>")
@limited(COHORT_CHANGES)
def remember(number: int) -> Response:
    """Remember whose an identity is, and settle it."""
    decide(site().world, current_visit(), number, request.form.get("choice", "")[:30])
    return redirect(url_for("pix.page", done="decided", _anchor="decisions"), 303)
