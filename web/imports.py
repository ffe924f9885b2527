"""The teacher's import of files of Pix: upload, wait, preview, decide, confirm, see the result, undo."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import structlog
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web.rate_limits import limited
from web.site import site
from web.visit import current_visit, visit_pages
from workflows.health import worker_trouble
from workflows.import_campaign import (
    NotAnExport,
    Problem,
    cancel,
    choose,
    choose_target,
    confirm,
    look_again,
    propose_undoing,
    upload,
)
from workflows.import_views import (
    DECISIONS_A_PAGE,
    LINES_A_PAGE,
    DraftState,
    draft_state,
    import_done,
    import_start,
    preview,
    preview_line,
)
from workflows.rate_limits import COHORT_CHANGES, UPLOADS
from workflows.refusal import RefusalCode, Refused

log = structlog.stdlib.get_logger(__name__)

routes = visit_pages("imports", __name__, "/imports")

_MOST_FILES = 50
_CHOICE = re.compile(r"choice-([0-9]{1,7})", re.ASCII)


@routes.get("/")
def start() -> str:
    """Where to get the files and drop them."""
    return _start()


@routes.post("/")
@limited(UPLOADS)
def receive() -> Response | tuple[str, int]:
    """Keep the files for their preview, which the worker computes; or say everything that is wrong with them."""
    here = site()
    sent = [each for each in request.files.getlist("file") if each.filename][:_MOST_FILES]
    if not sent:
        return _start(missing=True), 422
    files = ((each.filename or "", each.read()) for each in sent)
    try:
        draft_id = upload(here.world, current_visit(), files, most_bytes=here.upload_bytes)
    except NotAnExport as refused:
        _count("unreadable", problems=len(refused.problems))
        return _start(problems=refused.problems), 422
    _count("read", files=len(sent))
    return redirect(url_for("imports.show", draft_id=draft_id), 303)


@routes.get("/done/<int(max=999999999):import_id>")
def done(import_id: int) -> str:
    """What an import did, and whether it was undone."""
    shown = import_done(site().world, current_visit(), import_id)
    return render_template("import_done.html", page=shown, done=shown.done, just=request.args.get("done"))


@routes.post("/done/<int(max=999999999):import_id>/undo")
@limited(COHORT_CHANGES)
def undo(import_id: int) -> Response:
    """Propose to undo an import: what would go back is shown first."""
    draft_id = propose_undoing(site().world, current_visit(), import_id)
    return redirect(url_for("imports.show", draft_id=draft_id), 303)


@routes.get("/<draft_id>")
def show(draft_id: str) -> str | Response | tuple[str, int]:
    """What the draft would change; until the worker has found that, how far it has come."""
    world, visit = site().world, current_visit()
    try:
        state = draft_state(world, visit, draft_id)
        if state.import_id is not None:
            said = "undone" if state.undone else "imported"
            return redirect(url_for("imports.done", import_id=state.import_id, done=said), 303)
        if not state.is_ready:
            return _wait(draft_id, state)
        first, effect, decision = _number("from"), _number("effect"), _number("decision")
        shown = preview(
            world,
            visit,
            draft_id,
            lines_page=first // LINES_A_PAGE,
            effects_page=effect // LINES_A_PAGE,
            decisions_page=decision // DECISIONS_A_PAGE,
        )
    except Refused as refused:
        return _gone(refused)
    template = "import_undo.html" if shown.undoes is not None else "import_preview.html"
    return render_template(
        template,
        page=shown,
        changed=shown.changed or request.args.get("changed"),
        chosen=request.args.get("chosen"),
        first=first // LINES_A_PAGE * LINES_A_PAGE,
        effect=effect // LINES_A_PAGE * LINES_A_PAGE,
        decision=decision // DECISIONS_A_PAGE * DECISIONS_A_PAGE,
        a_page=LINES_A_PAGE,
        decisions_a_page=DECISIONS_A_PAGE,
    )


@routes.get("/<draft_id>/lines/<int(max=9999999):number>")
def line(draft_id: str, number: int) -> str | tuple[str, int]:
    """One line of the files, to say whose it is."""
    try:
        shown, chosen = preview_line(site().world, current_visit(), draft_id, number)
    except Refused as refused:
        return _gone(refused)
    return render_template("import_line.html", page=shown, line=chosen)


@routes.post("/<draft_id>/choices")
def remember(draft_id: str) -> Response | tuple[str, int]:
    """Remember whose some lines are: one field a line, empty where nobody chose."""
    return _remember(draft_id, _choices())


def _remember(draft_id: str, choices: Mapping[int, str]) -> Response | tuple[str, int]:
    chosen = "yes" if choices else None
    return _then_show(
        draft_id, lambda: choose(site().world, current_visit(), draft_id, choices), chosen=chosen
    )


def _choices() -> dict[int, str]:
    found = ((_CHOICE.fullmatch(name), value[:30]) for name, value in request.form.items())
    return {int(name[1]): value for name, value in found if name is not None and value}


@routes.post("/<draft_id>/target")
def target(draft_id: str) -> Response | tuple[str, int]:
    """Say which component received the lines of a file whose campaign is not known."""
    file, component = request.form.get("file", ""), request.form.get("component", "")[:40]
    number = int(file) if file.isascii() and file.isdecimal() and len(file) < 6 else 0
    return _then_show(
        draft_id, lambda: choose_target(site().world, current_visit(), draft_id, number, component)
    )


@routes.post("/<draft_id>/again")
def again(draft_id: str) -> Response | tuple[str, int]:
    """Compute the preview anew."""
    return _then_show(draft_id, lambda: look_again(site().world, current_visit(), draft_id))


@routes.post("/<draft_id>/confirm")
@limited(COHORT_CHANGES)
def take_in(draft_id: str) -> Response | tuple[str, int]:
    """Let the worker do what was shown, if it still would.

    Choices not yet remembered, which the preview does not show, are remembered and shown first.
    """
    if choices := _choices():
        return _remember(draft_id, choices)
    try:
        confirm(site().world, current_visit(), draft_id, seen=request.form.get("seen", "")[:100])
    except Refused as refused:
        if refused.code is RefusalCode.CHANGED_MEANWHILE:
            _count("outdated")
            return redirect(url_for("imports.show", draft_id=draft_id, changed="yes"), 303)
        return _gone(refused)
    _count("confirmed")
    return redirect(url_for("imports.show", draft_id=draft_id), 303)


@routes.post("/<draft_id>/cancel")
def drop(draft_id: str) -> Response:
    """Forget the files; nothing changes."""
    if not cancel(site().world, current_visit(), draft_id):
        return redirect(url_for("imports.show", draft_id=draft_id), 303)
    _count("cancelled")
    return redirect(url_for("teacher.cohort", done="cancelled"), 303)


def _then_show(
    draft_id: str, change: Callable[[], None], *, chosen: str | None = None
) -> Response | tuple[str, int]:
    try:
        change()
    except Refused as refused:
        return _gone(refused)
    anchor = "decisions" if chosen else None
    return redirect(url_for("imports.show", draft_id=draft_id, chosen=chosen, _anchor=anchor), 303)


def _number(name: str) -> int:
    """A place in a list, as the page's own address says it; an address changed by hand says nothing."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0


def _wait(draft_id: str, state: DraftState) -> str:
    return render_template(
        "import_wait.html",
        draft_id=draft_id,
        job=state.job,
        no_worker=worker_trouble(site().world) is not None,
    )


def _count(outcome: str, **numbers: int) -> None:
    """Tell whoever watches what became of files."""
    site().world.metrics.imported(outcome)
    visit = current_visit()
    log.info("import", outcome=outcome, activity=visit.activity_id, person=visit.person_id, **numbers)


def _gone(refused: Refused) -> tuple[str, int]:
    """A draft that is no more: the page that tells what was imported, and takes the files again."""
    if refused.code is not RefusalCode.NOT_FOUND:
        raise refused
    return _start(refused=refused), 404


def _start(*, problems: Sequence[Problem] = (), missing: bool = False, refused: Refused | None = None) -> str:
    shown = import_start(site().world, current_visit())
    return render_template(
        "import_start.html", page=shown, problems=problems, missing=missing, refused=refused
    )
