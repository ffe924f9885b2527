"""The pages of a content selection: choose components, take the answer back to the platform."""

from __future__ import annotations

import re

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web.headers import may_post_to
from web.rate_limits import limited
from web.site import site
from web.visit import current_visit, visit_pages
from workflows.answer_page import answer_page
from workflows.choose_activities import Selection, SelectionRefused, add_activities, choose_nothing
from workflows.deep_linking_question import is_answered
from workflows.rate_limits import COHORT_CHANGES
from workflows.selection_page import selection_page
from workflows.typed_dates import TypedDates

routes = visit_pages("deep_linking", __name__, "/selection")

_LONGEST = 100
_DATES = re.compile(r"(?:opens|closes)_(\w{1,40})", re.ASCII)


@routes.get("/")
def page() -> str:
    """What may be added to the course; once that is chosen, only the same answer again."""
    world, visit = site().world, current_visit()
    if is_answered(world, visit):
        return render_template("selection_again.html")
    shown = selection_page(world, visit, request.args.get("unit", "")[:_LONGEST] or None)
    return render_template("selection.html", page=shown)


@routes.post("/")
@limited(COHORT_CHANGES)
def choose() -> Response | str | tuple[str, int]:
    """Keep what was chosen (or that nothing was), then take it to the platform."""
    here, visit = site(), current_visit()
    if "again" in request.form and is_answered(here.world, visit):
        return _to_answer()
    if "cancel" in request.form:
        choose_nothing(here.world, visit)
        return _to_answer()
    tried = _selection()
    try:
        add_activities(here.world, visit, tried, public_url=here.public_url)
    except SelectionRefused as refused:
        shown = selection_page(here.world, visit, tried.unit, tried=tried, refused=refused)
        return render_template("selection.html", page=shown), 422
    return _to_answer()


@routes.get("/answer")
def answer() -> str | Response:
    """The form that takes the answer back; it sends itself, once, and has a button for who has no scripts."""
    if not is_answered(site().world, current_visit()):
        return redirect(url_for("deep_linking.page"), 303)
    return render_template("selection_again.html") if _is_written_into_another_page() else _answer()


def _to_answer() -> Response | str:
    return _answer() if _is_written_into_another_page() else redirect(url_for("deep_linking.answer"), 303)


def _is_written_into_another_page() -> bool:
    """Whether pages of this visit that are opened (not posted to) are written into one with a policy of its own.

    It is so where the platform's storage proves the visit; that policy would keep the answer from going anywhere.
    """
    return bool(site().visits.in_forms(current_visit()))


def _answer() -> str:
    here = site()
    shown = answer_page(here.world, current_visit(), here.keyring())
    may_post_to(shown.origin)
    return render_template("selection_answer.html", page=shown)


def _selection() -> Selection:
    """A form of the selection, as it was filled in."""
    form = request.form
    keys = {found[1] for name in form if (found := _DATES.fullmatch(name))}
    return Selection(
        unit=form.get("unit", "")[:_LONGEST],
        components=tuple(each[:_LONGEST] for each in form.getlist("component")[:50]),
        dates={
            key: TypedDates(
                opens=form.get(f"opens_{key}", "").strip()[:_LONGEST],
                closes=form.get(f"closes_{key}", "").strip()[:_LONGEST],
            )
            for key in keys
        },
    )
