"""The teacher's page of a copied course: which year its activities serve, asked once, changed until marks exist."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web.rate_limits import limited
from web.site import site
from web.visit import current_visit, visit_pages
from workflows.rate_limits import COHORT_CHANGES
from workflows.refusal import RefusalCode, Refused
from workflows.settle_copies import copies_page, settle_copies

routes = visit_pages("copies", __name__, "/copies")


@routes.get("/")
def page() -> str | Response:
    """Ask; where nothing was copied, an activity not set up asks what it stands for."""
    shown = copies_page(site().world, current_visit())
    if not shown.units:
        return redirect(url_for("teacher.set_up"), 303)
    return render_template("copies.html", page=shown, refused=None)


@routes.post("/")
@limited(COHORT_CHANGES)
def settle() -> Response | tuple[str, int]:
    """Let the activities serve the years chosen."""
    world, visit = site().world, current_visit()
    chosen = {
        name.removeprefix("year:"): value[:20] for name, value in request.form.items() if name[:5] == "year:"
    }
    try:
        settle_copies(world, visit, chosen)
    except Refused as refused:
        if refused.code is not RefusalCode.BAD_CHOICE:
            raise
        shown = copies_page(world, visit)
        return render_template("copies.html", page=shown, refused=refused.message), 422
    return redirect(url_for("teacher.cohort", done="set_up"), 303)
