"""The student's pages: see what is asked, hand in, see what counts and whether it arrived."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from flask import g, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from grading.text import Bilingual
from web.language import said
from web.qr_code import qr_code
from web.rate_limits import limited
from web.site import site
from web.visit import current_visit, visit_pages
from workflows.rate_limits import HAND_INS
from workflows.refusal import RefusalCode, Refused
from workflows.student_page import student_page
from workflows.submit_profile import ShareRefused, submit_profile

routes = visit_pages("student", __name__, "/profile")

_LONGEST_VALUE = 100
_OF_THE_PAGE = frozenset({"form_token", "form_id"})
_SHOWN_HERE = frozenset(
    {
        RefusalCode.NOT_YET_OPEN,
        RefusalCode.TOO_LATE,
        RefusalCode.CLOSED,
        RefusalCode.ALREADY_FINAL,
        RefusalCode.NOTHING_TO_SEND,
    }
)
"""Refusals of a sending that the student's own page explains best: what was sent before is beside them."""


@routes.get("/")
def page() -> str:
    """The student's page."""
    return _render(values={}, problems={})


@routes.post("/")
@limited(HAND_INS)
def submit() -> Response | tuple[str, int]:
    """Hand in a profile; then see the page (reloading it sends nothing again)."""
    typed = {
        _readable(name): " / ".join(map(_readable, values))
        for name, values in request.form.lists()
        if name not in _OF_THE_PAGE
    }
    form_id = request.form.get("form_id", "")[:_LONGEST_VALUE]
    try:
        received = submit_profile(site().world, current_visit(), typed, form_token=form_id)
    except ShareRefused as refused:
        g.form_id = form_id
        return _render(values=typed, problems={each.field: each.message for each in refused.problems}), 422
    except Refused as refused:
        if refused.code not in _SHOWN_HERE:
            raise
        return _render(values={}, problems={}, refused=refused.message), 422
    done = "recorded" if received.is_new else "already"
    return redirect(url_for("student.page", done=done, _anchor="result"), 303)


@routes.get("/state")
def state() -> Response:
    """Where the mark stands with the LMS, for the page to refresh itself."""
    lms = student_page(site().world, current_visit()).lms
    return jsonify({"arrival": lms.arrival, "text": said(lms.text)})


def _readable(text: str) -> str:
    """What was typed, short, and without what no keyboard types into a field and no page can show."""
    return "".join(
        each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text[:_LONGEST_VALUE]
    )


def _render(
    *, values: Mapping[str, str], problems: Mapping[str, Bilingual], refused: Bilingual | None = None
) -> str:
    shown = student_page(site().world, current_visit())
    return render_template(
        "student.html",
        page=shown,
        qr=qr_code(shown.campaign.address) if shown.campaign else None,
        values=values,
        problems=problems,
        refused=refused,
        form_id=getattr(g, "form_id", None) or secrets.token_urlsafe(12),
        done=request.args.get("done"),
    )
