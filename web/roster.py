"""The course's roster on the teacher's pages: who never came, who left, and reading it now."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web.rate_limits import limited
from web.site import site
from web.visit import current_visit, visit_pages
from workflows.rate_limits import COHORT_CHANGES
from workflows.roster_page import ask_for_roster, roster_page

routes = visit_pages("roster", __name__, "/roster")


@routes.get("/")
def page() -> str:
    """How the roster stands, and who it is about."""
    return render_template("roster.html", page=roster_page(site().world, current_visit()))


@routes.post("/")
@limited(COHORT_CHANGES)
def read() -> Response:
    """Ask for it to be read now, or for the doubtful one that was shown to be applied."""
    agreed = request.form.get("agreed", "")[:100] or None
    ask_for_roster(site().world, current_visit(), agreed=agreed)
    return redirect(url_for("roster.page"), 303)
