"""The teacher's pages: the cohort, one person, closing and opening, sending again, what an activity stands for."""

from __future__ import annotations

from flask import Response as TextResponse
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web.forms import SetUpForm
from web.rate_limits import limited
from web.site import site
from web.visit import current_visit, visit_pages
from workflows.close_component import close_component, preview_closing
from workflows.cohort_list import list_rows
from workflows.person_page import person_page
from workflows.rate_limits import COHORT_CHANGES
from workflows.refusal import RefusalCode, Refused
from workflows.scores import resend_in_course
from workflows.set_up_activity import set_up_activity, set_up_page
from workflows.settle_copies import waits_for_its_year
from workflows.teacher_page import cohort_page, rules_text

routes = visit_pages("teacher", __name__, "/teacher")


@routes.get("/")
def cohort() -> str | Response:
    """The cohort; an activity not set up yet asks first what it stands for."""
    try:
        shown = cohort_page(site().world, current_visit())
    except Refused as refused:
        if refused.code is RefusalCode.NOT_SET_UP:
            is_copy = waits_for_its_year(site().world, current_visit())
            return redirect(url_for("copies.page" if is_copy else "teacher.set_up"), 303)
        raise
    listed = list_rows(
        shown.rows,
        query=request.args.get("q", "")[:100].strip(),
        group=request.args.get("show", ""),
        first=request.args.get("from", 0, type=int),
        component=shown.activity.component,
    )
    return render_template(
        "cohort.html", page=shown, listed=listed, done=request.args.get("done"), number=_number()
    )


@routes.get("/set-up")
def set_up() -> str:
    """Choose the unit and component."""
    shown = set_up_page(site().world, current_visit())
    return render_template("set_up.html", page=shown, refused=None)


@routes.post("/set-up")
@limited(COHORT_CHANGES)
def remember_set_up() -> Response | tuple[str, int]:
    """Remember the choice."""
    try:
        set_up_activity(site().world, current_visit(), SetUpForm().choice.data or "")
    except Refused as refused:
        if refused.code is not RefusalCode.BAD_CHOICE:
            raise
        shown = set_up_page(site().world, current_visit())
        return render_template("set_up.html", page=shown, refused=refused.message), 422
    return redirect(url_for("teacher.cohort", done="set_up"), 303)


@routes.get("/people/<int(max=999999999):person_id>")
def person(person_id: int) -> str:
    """One person in detail."""
    shown = person_page(site().world, current_visit(), person_id)
    return render_template("person.html", page=shown, done=request.args.get("done"), number=_number())


@routes.get("/rules/<digest>")
def rules(digest: str) -> TextResponse:
    """The rules that produced a grade, as they were."""
    return TextResponse(rules_text(site().world, current_visit(), digest), mimetype="text/plain")


@routes.get("/components/<component>/<any(close, open):what>")
def preview(component: str, what: str) -> str:
    """What closing or opening would change."""
    shown = preview_closing(site().world, current_visit(), component, closes=what == "close")
    return render_template("closing.html", page=shown, changed=request.args.get("changed"))


@routes.post("/components/<component>/<any(close, open):what>")
@limited(COHORT_CHANGES)
def close_or_open(component: str, what: str) -> Response:
    """Close or open, after the preview."""
    seen = request.form.get("seen", "")[:100]
    try:
        changed = close_component(site().world, current_visit(), component, closes=what == "close", seen=seen)
    except Refused as refused:
        if refused.code is not RefusalCode.CHANGED_MEANWHILE:
            raise
        return redirect(url_for("teacher.preview", component=component, what=what, changed="yes"), 303)
    done = "closed" if what == "close" else "opened"
    return redirect(url_for("teacher.cohort", done=done, n=changed), 303)


@routes.post("/resend")
@limited(COHORT_CHANGES)
def resend() -> Response:
    """Send the scores of one, some or all people again."""
    chosen = [each for each in map(_id, request.form.getlist("person")) if each is not None]
    everybody = request.form.get("everybody") == "yes"
    sent = 0
    if chosen or everybody:
        sent = resend_in_course(site().world, current_visit(), person_ids=None if everybody else chosen)
    back = _id(request.form.get("back", ""))
    if back is not None:
        return redirect(url_for("teacher.person", person_id=back, done="resent", n=sent), 303)
    if not chosen and not everybody:
        return redirect(url_for("teacher.cohort", done="nobody"), 303)
    return redirect(url_for("teacher.cohort", done="resent", n=sent), 303)


def _id(text: str) -> int | None:
    """A person's id as a form or an address gives it; None where no database could hold it."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _number() -> int:
    """How many, as a page's own address says after a change; an address changed by hand says nothing."""
    return _id(request.args.get("n", "")) or 0
