"""Pages for people: choose who you are, the course, an activity in its frame, the gradebook."""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from demo.lms.course import Course, Person
from demo.lms.gradebook import Refused
from demo.lms.gradebook_data import course_grades, gradebook_data, gradebook_digest
from demo.lms.site_changes import copy_course, duplicate_activity
from demo.lms.state import LmsState, current_state

pages = Blueprint("pages", __name__)


@pages.get("/")
def start() -> ResponseReturnValue:
    """Choose who you are."""
    state = current_state()
    courses = [(course, state.roster.people(course.id)) for course in state.site.courses]
    return render_template("start.html", site=state.site, courses=courses)


@pages.post("/login")
def login() -> ResponseReturnValue:
    """Become somebody; no password, it is a demonstration."""
    state = current_state()
    person = state.roster.find_anywhere(request.form.get("person", ""))
    if person is None:
        abort(404, "Personne inconnue.")
    session["person"] = person.id
    course_id = request.form.get("course", state.site.courses[0].id)
    return redirect(url_for("pages.course", course_id=course_id))


@pages.post("/logout")
def logout() -> ResponseReturnValue:
    """Be nobody again."""
    session.clear()
    return redirect(url_for("pages.start"))


@pages.get("/course/<course_id>")
def course(course_id: str) -> ResponseReturnValue:
    """The activities of a course."""
    shown, person = _course_and_person(course_id)
    offered = current_state().types.in_chooser()
    return render_template("course.html", course=shown, person=person, offered=offered)


@pages.post("/course/<course_id>/duplicate")
def duplicate(course_id: str) -> ResponseReturnValue:
    """A teacher duplicates an activity."""
    shown, person = _course_and_person(course_id)
    chosen = request.form.get("activity", "")
    if not person.role.teaches or chosen not in {each.id for each in shown.activities}:
        abort(403)
    duplicate_activity(current_state(), chosen)
    return redirect(url_for("pages.course", course_id=course_id))


@pages.post("/course/<course_id>/copy")
def copy(course_id: str) -> ResponseReturnValue:
    """A teacher copies the course for next year: with its activities, without its students and their marks."""
    shown, person = _course_and_person(course_id)
    if not person.role.teaches:
        abort(403)
    made = copy_course(
        current_state(), shown.id, label=f"{shown.label}-copie", title=f"{shown.title} (copie)"
    )
    return redirect(url_for("pages.course", course_id=made.id))


@pages.get("/frame/<activity_id>")
def frame(activity_id: str) -> ResponseReturnValue:
    """An activity embedded in a page, as Moodle's "embed". `as` names the person, else the session does.

    The frame's address is absolute, on the issuer's host, and carries the launch: this page may be opened
    on another site (localhost) and the frame then is a third party without needing a cookie of the LMS.
    """
    state = current_state()
    person_id = request.args.get("as") or session.get("person")
    if person_id is None:
        return redirect(url_for("pages.start"))
    try:
        launch = state.begin_launch(person_id, activity_id, review_of=request.args.get("review_of"))
    except LookupError as problem:
        abort(404, str(problem))
    return render_template(
        "frame.html",
        course=launch.course,
        person=launch.person,
        activity=launch.activity,
        source=state.addresses.launch_page(launch.id),
        storage=state.platform_storage,
        storage_frame=f"{state.issuer}{url_for('pages.storage')}",
        tool_origin=state.tool.origin,
    )


@pages.get("/storage")
def storage() -> ResponseReturnValue:
    """Platform storage in a frame of the issuer's own origin, beside the tool's frame."""
    return render_template("storage.html", tool_origin=current_state().tool.origin)


@pages.get("/course/<course_id>/grades")
def grades(course_id: str) -> ResponseReturnValue:
    """The gradebook: all of it for who teaches, one's own grades for a student. Refreshes itself."""
    state = current_state()
    shown, person = _course_and_person(course_id)
    digest = gradebook_digest(
        state
    )  # before the marks are read: one that arrives between is shown at the next look
    book = course_grades(state, shown, only=None if person.role.teaches else person)
    return render_template("grades.html", course=shown, person=person, book=book, digest=digest)


@pages.post("/course/<course_id>/grades")
def change_grades(course_id: str) -> ResponseReturnValue:
    """What a teacher does by hand: type or release a grade, lock, hide or delete a column."""
    state = current_state()
    _, person = _course_and_person(course_id)
    if not person.role.teaches:
        abort(403)
    try:
        change_by_hand(state, request.form.to_dict())
    except (KeyError, ValueError, Refused) as problem:
        abort(400, f"Modification impossible : {problem}")
    return redirect(url_for("pages.grades", course_id=course_id))


@pages.get("/api/gradebook")
def api_gradebook() -> ResponseReturnValue:
    """The whole gradebook as JSON."""
    return gradebook_data(current_state())


@pages.get("/api/gradebook/digest")
def api_gradebook_digest() -> ResponseReturnValue:
    """What tells an open gradebook page whether it still shows the truth."""
    return Response(gradebook_digest(current_state()), content_type="text/plain")


def change_by_hand(state: LmsState, form: dict[str, Any]) -> None:
    """Do one teacher's action on `column` (and `person`); ValueError, KeyError or Refused if it makes no sense."""
    action, column, book = form["action"], form["column"], state.gradebook
    if action == "type":
        book.type_by_hand(
            column,
            form["person"],
            _typed(str(form.get("value") or "")),
            feedback=form.get("feedback") or None,
            now=state.clock(),
        )
    elif action == "release":
        book.release(column, form["person"])
    elif action in ("lock_grade", "unlock_grade"):
        book.lock_grade(column, form["person"], locked=action == "lock_grade")
    elif action in ("lock", "unlock"):
        book.set_column_state(column, locked=action == "lock")
    elif action in ("hide", "show"):
        book.set_column_state(column, hidden=action == "hide")
    elif action == "delete":
        book.delete_column(column)
    else:
        raise ValueError(f"unknown action {action!r}")


def _typed(text: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        return Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise ValueError(f"{text!r} n'est pas une note") from None


def _course_and_person(course_id: str) -> tuple[Course, Person]:
    state = current_state()
    try:
        shown = state.site.get_course(course_id)
    except LookupError as problem:
        abort(404, str(problem))
    person = state.roster.find(course_id, session.get("person", ""))
    if person is None:
        abort(
            Response(
                render_template(
                    "message.html",
                    title="Non connecté",
                    error="Choisissez d'abord qui vous êtes.",
                    text=None,
                    course_id=None,
                ),
                status=403,
            )
        )
    return shown, person
