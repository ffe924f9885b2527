"""The pages of a visit: found by the address, proven by the carrier; forms must be the visit's own."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from web.forms import VisitForm
from web.framing import let_platform_of_visit_frame
from web.headers import may_be_framed_by
from web.language import use_language
from web.platform_storage import fetch_visit
from web.site import site
from web.visit_carrier import form_token
from workflows.teacher_nav import teacher_nav
from workflows.visit import NO_ACTIVITY, Role, Visit


class VisitMissing(Exception):
    """The browser does not prove this visit: too old, another browser, or cookies kept back."""


class ForeignForm(Exception):
    """A form that was not made for this visit."""


def visit_pages(name: str, import_name: str, path: str = "") -> Blueprint:
    """A blueprint whose pages belong to a visit: `g.visit` is there before any of them runs."""
    pages = Blueprint(name, import_name, url_prefix=f"/visits/<visit_id>{path}")
    pages.url_value_preprocessor(_take_visit_id)
    pages.url_defaults(_give_visit_id)
    pages.before_request(partial(_open_visit))
    return pages


def current_visit() -> Visit:
    """The visit of this request."""
    visit: Visit = g.visit
    return visit


def _take_visit_id(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.visit_id = (values or {}).pop("visit_id")


def _give_visit_id(_endpoint: str, values: dict[str, Any]) -> None:
    if "visit_id" in g:
        values.setdefault("visit_id", g.visit_id)


def _open_visit() -> tuple[str, int] | None:
    here = site()
    visit = here.visits.find(request, g.visit_id, here.world.now())
    if visit is None:
        let_platform_of_visit_frame(g.visit_id)
        if (asks_first := fetch_visit(g.visit_id)) is not None:
            return asks_first
        raise VisitMissing
    g.visit = visit
    may_be_framed_by(visit.frame_origins)
    use_language(visit.language)
    if request.method == "POST" and not VisitForm().validate():
        raise ForeignForm
    return None


routes = visit_pages("visit", __name__)


@routes.app_context_processor
def _of_the_visit() -> dict[str, Any]:
    visit: Visit | None = getattr(g, "visit", None)
    if visit is None:
        return {"in_own_window": is_in_own_window()}
    here = site()
    proof = here.visits.in_forms(visit)
    token = form_token(here.secret, visit)
    return {
        "form_token": f"{token}.{proof}" if proof else token,
        "visit_proof": proof,
        "in_own_window": is_in_own_window(),
        "teacher_nav": partial(teacher_nav, here.world, visit),  # called by the pages that have it
    }


@routes.get("/")
def home() -> Response:
    """The first page of a visit, by role."""
    return redirect(url_for(first_page(current_visit())), 303)


def is_in_own_window() -> bool:
    """Whether the page has a window of its own: nothing of the course is around it, so the way back stands first."""
    return request.headers.get("Sec-Fetch-Dest") == "document"


def first_page(visit: Visit) -> str:
    """The endpoint of the first page of a visit, by role."""
    if visit.activity_id == NO_ACTIVITY:
        return "deep_linking.page"
    return "teacher.cohort" if visit.role is Role.TEACHER else "student.page"
