"""The teacher's page of a course's dates: look, try other ones, see what they change, confirm, go back."""

from __future__ import annotations

from collections.abc import Mapping

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from grading.text import Bilingual
from web.rate_limits import limited
from web.site import site
from web.visit import current_visit, visit_pages
from workflows.course_dates import change_dates, dates_page, preview_dates
from workflows.rate_limits import COHORT_CHANGES
from workflows.refusal import RefusalCode, Refused
from workflows.typed_dates import DatesRefused, TypedDates

routes = visit_pages("dates", __name__, "/dates")

_LONGEST = 40


@routes.get("/")
def page() -> str:
    """The dates of every component, and what they were."""
    return _page()


@routes.get("/<component>")
def preview(component: str) -> str | tuple[str, int]:
    """What other dates would change."""
    typed = _typed(request.args)
    try:
        shown = preview_dates(site().world, current_visit(), component, typed)
    except DatesRefused as refused:
        return _page(component=component, typed=typed, problems=refused.problems), 422
    return render_template("dates_preview.html", page=shown, changed=request.args.get("changed"))


@routes.post("/<component>")
@limited(COHORT_CHANGES)
def change(component: str) -> Response | tuple[str, int]:
    """Give the component these dates, after the preview."""
    typed = _typed(request.form)
    seen = request.form.get("seen", "")[:100]
    try:
        changed = change_dates(site().world, current_visit(), component, typed, seen=seen)
    except DatesRefused as refused:
        return _page(component=component, typed=typed, problems=refused.problems), 422
    except Refused as refused:
        if refused.code is not RefusalCode.CHANGED_MEANWHILE:
            raise
        again = url_for(
            "dates.preview",
            component=component,
            opens=typed.opens,
            closes=typed.closes,
            back="yes" if typed.back else None,
            changed="yes",
        )
        return redirect(again, 303)
    return redirect(url_for("dates.page", done="changed", n=changed), 303)


def _page(
    *,
    component: str | None = None,
    typed: TypedDates | None = None,
    problems: Mapping[str, Bilingual] | None = None,
) -> str:
    number = request.args.get("n", "")
    return render_template(
        "dates.html",
        page=dates_page(site().world, current_visit()),
        wrong=component,
        typed=typed,
        problems=problems or {},
        done=request.args.get("done"),
        number=int(number) if number.isdecimal() and len(number) < 10 else 0,
    )


def _typed(values: Mapping[str, str]) -> TypedDates:
    """The dates of a form or an address."""
    return TypedDates(
        opens=values.get("opens", "").strip()[:_LONGEST],
        closes=values.get("closes", "").strip()[:_LONGEST],
        back=values.get("back") == "yes",
    )
