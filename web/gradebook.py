"""The gradebook on the teacher's pages: its columns now, and whose value stands where they differ."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web.rate_limits import limited
from web.site import site
from web.visit import current_visit, visit_pages
from workflows.gradebook_page import ask_for_comparison, gradebook_page
from workflows.rate_limits import COHORT_CHANGES
from workflows.settle_differences import Choice, read_differences, settle_differences

routes = visit_pages("gradebook", __name__, "/gradebook")


@routes.get("/")
def page() -> str:
    """The columns, and the marks that differ."""
    shown = gradebook_page(site().world, current_visit())
    return render_template(
        "gradebook.html",
        page=shown,
        done=request.args.get("done"),
        number=request.args.get("n", 0, type=int),
        skipped=request.args.get("left", 0, type=int),
    )


@routes.post("/compare")
@limited(COHORT_CHANGES)
def compare() -> Response:
    """Ask for the columns to be read back now."""
    ask_for_comparison(site().world, current_visit())
    return redirect(url_for("gradebook.page"), 303)


@routes.post("/<any(theirs, ours):choice>")
@limited(COHORT_CHANGES)
def settle(choice: str) -> Response:
    """Keep the platform's value, or send ours again, for one or many."""
    seen = read_differences(request.form.getlist("cell"))
    settled = settle_differences(site().world, current_visit(), Choice(choice), seen)
    done = choice if seen else "nobody"
    back = request.form.get("back", "")
    if back.isdecimal() and len(back) < 10 and not settled.skipped:
        return redirect(url_for("teacher.person", person_id=int(back), done=done, n=settled.done), 303)
    return redirect(url_for("gradebook.page", done=done, n=settled.done, left=settled.skipped), 303)
