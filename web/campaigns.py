"""The teacher's page of a component's Pix campaign: give its code, make it, prove it before the class starts."""

from __future__ import annotations

from collections.abc import Sequence

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from grading.text import Bilingual
from web.forms import UploadForm
from web.qr_code import qr_code
from web.rate_limits import limited
from web.site import site
from web.visit import current_visit, visit_pages
from workflows.campaign_page import (
    AddressRefused,
    NotAnExport,
    Problem,
    ReplacementToConfirm,
    campaign_page,
    drop_campaign,
    give_campaign,
    try_campaign,
)
from workflows.rate_limits import UPLOADS
from workflows.refusal import RefusalCode, Refused

routes = visit_pages("campaigns", __name__, "/campaign")

_LONGEST = 3000


@routes.get("/")
def page() -> str:
    """What campaign there is, how to make one, what a trial has shown."""
    return _page()


@routes.post("/")
def give() -> Response | tuple[str, int]:
    """Take a code or an address; ask first where another campaign has received sendings."""
    typed = request.form.get("campaign", "")[:_LONGEST]
    label = request.form.get("label", "")[:_LONGEST]
    agreed = request.form.get("replaces", "")[:_LONGEST]
    try:
        give_campaign(site().world, current_visit(), typed, label, replaces=agreed or None)
    except AddressRefused as refused:
        return _page(typed=typed, label=label, problems=[message for _, message in refused.problems]), 422
    except ReplacementToConfirm as asked:
        return _page(typed=typed, label=label, asked=asked), 422
    except Refused as refused:
        if refused.code is not RefusalCode.BAD_CHOICE:
            raise
        return _page(typed=typed, label=label, problems=[refused.message]), 422
    return redirect(url_for("campaigns.page", done="given"), 303)


@routes.post("/drop")
def drop() -> Response | tuple[str, int]:
    """Let the component have no campaign any more."""
    try:
        drop_campaign(site().world, current_visit(), seen=request.form.get("seen", "")[:_LONGEST])
    except Refused as refused:
        if refused.code is not RefusalCode.CHANGED_MEANWHILE:
            raise
        return _page(problems=[refused.message]), 422
    return redirect(url_for("campaigns.page", done="dropped"), 303)


@routes.post("/trial")
@limited(UPLOADS)
def receive() -> Response | tuple[str, int]:
    """Judge the campaign by an export of it."""
    form = UploadForm()
    if not form.validate():
        return _page(missing=True), 422
    sent = form.file.data
    try:
        try_campaign(
            site().world, current_visit(), file_name=sent.filename or "export.csv", content=sent.read()
        )
    except NotAnExport as refused:
        return _page(unread=refused.problems), 422
    except Refused as refused:
        if refused.code is not RefusalCode.CHANGED_MEANWHILE:
            raise
        return _page(problems=[refused.message]), 422
    return redirect(url_for("campaigns.page", done="tried", _anchor="proof"), 303)


def _page(
    *,
    typed: str | None = None,
    label: str | None = None,
    problems: Sequence[Bilingual] = (),
    asked: ReplacementToConfirm | None = None,
    unread: Sequence[Problem] = (),
    missing: bool = False,
) -> str:
    shown = campaign_page(site().world, current_visit())
    return render_template(
        "campaign.html",
        page=shown,
        qr=qr_code(shown.trial.address) if shown.trial else None,
        typed=typed,
        label=label,
        problems=problems,
        asked=asked,
        unread=unread,
        missing=missing,
        done=request.args.get("done"),
    )
