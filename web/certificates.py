"""The pages of certificates given by code: the student's form, and the teacher's queue.

A code is in no address, no log and no page once it was given.
"""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from web.forms import CertificateForm
from web.rate_limits import limited
from web.site import site
from web.visit import current_visit, visit_pages
from workflows.certificate_part import certificate_page
from workflows.certificate_queue import certificate_queue
from workflows.decide_certificate import accept_certificate, refuse_certificate, undo_decision
from workflows.give_certificate import LARGEST_PDF, give_certificate, take_back_certificate
from workflows.rate_limits import CERTIFICATES
from workflows.refusal import RefusalCode, Refused

routes = visit_pages("certificates", __name__, "/certificates")

_LONGEST = 4_000
_OF_THE_QUEUE = frozenset({RefusalCode.BAD_CHOICE, RefusalCode.CHANGED_MEANWHILE, RefusalCode.CERTIFICATE})
"""Refusals of a decision that the queue explains best: it shows how things stand."""


@routes.get("/mine")
def page() -> str:
    """The student's form, and what they gave."""
    return _page()


@routes.post("/mine")
@limited(CERTIFICATES)
def give() -> Response | tuple[str, int]:
    """Give a certificate; then see how it stands. What was typed is never shown again."""
    form = CertificateForm()
    try:
        state = give_certificate(
            site().world,
            current_visit(),
            typed=(form.code.data or "")[:_LONGEST],
            pdf=_bytes(form.pdf.data),
            consent=bool(form.consent.data),
        )
    except Refused as refused:
        if refused.code is not RefusalCode.CERTIFICATE:
            raise
        return _page(refused=refused), 422
    return redirect(url_for("certificates.page", done=state.value, _anchor="held"), 303)


@routes.post("/mine/<int(max=999999999):certificate_id>/take-back")
def take_back(certificate_id: int) -> Response:
    """Take a certificate back."""
    take_back_certificate(site().world, current_visit(), certificate_id)
    return redirect(url_for("certificates.page", done="taken_back"), 303)


@routes.get("/")
def queue() -> str:
    """The teacher's queue."""
    return _queue()


@routes.post("/<int(max=999999999):certificate_id>/<any(accept, refuse, undo):what>")
def decide(certificate_id: int, what: str) -> Response | tuple[str, int]:
    """Accept, refuse or undo."""
    world, visit = site().world, current_visit()
    reason, session = request.form.get("reason", "")[:_LONGEST], request.form.get("session", "")[:255]
    try:
        if what == "accept":
            accept_certificate(world, visit, certificate_id, reason=reason, session=session)
        elif what == "refuse":
            refuse_certificate(world, visit, certificate_id, reason=reason)
        else:
            undo_decision(world, visit, certificate_id)
    except Refused as refused:
        if refused.code not in _OF_THE_QUEUE:
            raise
        return _queue(refused=refused, wrong=certificate_id, reason=reason), 422
    return redirect(url_for("certificates.queue", done=what), 303)


def _bytes(file: object) -> bytes | None:
    """A file as far as a certificate goes; None where none was chosen. It is read in memory and kept nowhere."""
    if not isinstance(file, FileStorage) or not file.filename:
        return None
    return file.stream.read(LARGEST_PDF + 1)


def _page(*, refused: Refused | None = None) -> str:
    return render_template(
        "certificate.html",
        page=certificate_page(site().world, current_visit()),
        refused=refused.message if refused else None,
        done=request.args.get("done"),
    )


def _queue(*, refused: Refused | None = None, wrong: int | None = None, reason: str = "") -> str:
    return render_template(
        "certificates.html",
        page=certificate_queue(site().world, current_visit()),
        refused=refused.message if refused else None,
        wrong=wrong,
        reason=reason,
        done=request.args.get("done"),
    )
