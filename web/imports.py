"""The teacher's import of a Pix Orga export: upload, preview, choices, confirm."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web.forms import UploadForm
from web.rate_limits import limited
from web.site import site
from web.visit import current_visit, visit_pages
from workflows.import_campaign import (
    NotAnExport,
    Problem,
    cancel,
    choose,
    confirm,
    import_done,
    import_start,
    preview,
    preview_line,
    upload,
)
from workflows.rate_limits import COHORT_CHANGES, UPLOADS
from workflows.refusal import RefusalCode, Refused

log = structlog.stdlib.get_logger(__name__)

routes = visit_pages("imports", __name__, "/imports")

LINES_A_PAGE = 500
"""Lines of the file, and marks that change, shown at once: a whole promotion, and a page that opens on a telephone."""


@routes.get("/")
def start() -> str:
    """Where to get the file and drop it."""
    return _start()


@routes.post("/")
@limited(UPLOADS)
def receive() -> Response | tuple[str, int]:
    """Read the whole file; keep it for its preview, or say everything that is wrong with it."""
    form = UploadForm()
    world, visit = site().world, current_visit()
    if not form.validate():
        return _start(missing=True), 422
    sent = form.file.data
    try:
        draft_id = upload(world, visit, file_name=sent.filename or "", content=sent.read())
    except NotAnExport as refused:
        _count("unreadable", problems=len(refused.problems))
        return _start(problems=refused.problems), 422
    _count("read")
    return redirect(url_for("imports.show", draft_id=draft_id), 303)


@routes.get("/done/<int(max=999999999):import_id>")
def done(import_id: int) -> str:
    """What an import did."""
    return render_template("import_done.html", done=import_done(site().world, current_visit(), import_id))


@routes.get("/<draft_id>")
def show(draft_id: str) -> str | tuple[str, int]:
    """What the import would change."""
    try:
        shown = preview(site().world, current_visit(), draft_id)
    except Refused as refused:
        return _gone(refused)
    first = request.args.get("from", 0, type=int)
    first = max(min(first, len(shown.lines) - 1), 0) // LINES_A_PAGE * LINES_A_PAGE
    effect = request.args.get("effect", 0, type=int)
    effect = max(min(effect, len(shown.effects) - 1), 0) // LINES_A_PAGE * LINES_A_PAGE
    return render_template(
        "import_preview.html",
        page=shown,
        changed=request.args.get("changed"),
        first=first,
        effect=effect,
        effects=shown.effects[effect : effect + LINES_A_PAGE],
        lines=shown.lines[first : first + LINES_A_PAGE],
        a_page=LINES_A_PAGE,
    )


@routes.get("/<draft_id>/lines/<int(max=999999999):number>")
def line(draft_id: str, number: int) -> str | tuple[str, int]:
    """One line of the file, to say whose it is."""
    try:
        shown, chosen = preview_line(site().world, current_visit(), draft_id, number)
    except Refused as refused:
        return _gone(refused)
    return render_template("import_line.html", page=shown, line=chosen)


@routes.post("/<draft_id>/choice")
def remember(draft_id: str) -> Response | tuple[str, int]:
    """Remember whose a line is."""
    identity, choice = request.form.get("identity", "")[:4000], request.form.get("choice", "")[:30]
    try:
        choose(site().world, current_visit(), draft_id, identity, choice)
    except Refused as refused:
        return _gone(refused)
    return redirect(url_for("imports.show", draft_id=draft_id, _anchor="decisions"), 303)


@routes.post("/<draft_id>/confirm")
@limited(COHORT_CHANGES)
def take_in(draft_id: str) -> Response | tuple[str, int]:
    """Take the file in, if it still does what was shown."""
    try:
        import_id = confirm(site().world, current_visit(), draft_id, seen=request.form.get("seen", "")[:100])
    except Refused as refused:
        if refused.code is RefusalCode.CHANGED_MEANWHILE:
            _count("outdated")
            return redirect(url_for("imports.show", draft_id=draft_id, changed="yes"), 303)
        return _gone(refused)
    _count("confirmed", id=import_id)
    return redirect(url_for("imports.done", import_id=import_id), 303)


@routes.post("/<draft_id>/cancel")
def drop(draft_id: str) -> Response:
    """Forget the file; nothing changes."""
    cancel(site().world, current_visit(), draft_id)
    _count("cancelled")
    return redirect(url_for("teacher.cohort", done="cancelled"), 303)


def _count(outcome: str, **numbers: int) -> None:
    """Tell whoever watches what became of a file."""
    site().world.metrics.imported(outcome)
    visit = current_visit()
    log.info("import", outcome=outcome, activity=visit.activity_id, person=visit.person_id, **numbers)


def _gone(refused: Refused) -> tuple[str, int]:
    """A draft that is no more: the page that tells what was imported, and takes the file again."""
    if refused.code is not RefusalCode.NOT_FOUND:
        raise refused
    return _start(refused=refused), 404


def _start(*, problems: Sequence[Problem] = (), missing: bool = False, refused: Refused | None = None) -> str:
    shown = import_start(site().world, current_visit())
    return render_template(
        "import_start.html", page=shown, problems=problems, missing=missing, refused=refused
    )
