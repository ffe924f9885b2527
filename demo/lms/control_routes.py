"""The control API of an LMS made for tests (`control=True`), and what the LMS remembers, as JSON."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from demo.lms.course import Person, Role, ToolAddresses
from demo.lms.faults import fault_from_data
from demo.lms.gradebook import Refused
from demo.lms.launches import STORAGE_TARGETS, StorageMode
from demo.lms.pages import change_by_hand
from demo.lms.site_changes import copy_course, duplicate_activity
from demo.lms.state import LmsState, current_state

records = Blueprint("records", __name__, url_prefix="/api")
control = Blueprint("control", __name__, url_prefix="/control")


@records.get("/violations")
def violations() -> ResponseReturnValue:
    """The mistakes of the tool so far."""
    return [{**asdict(entry), "at": entry.at.isoformat()} for entry in current_state().violations]


@records.get("/history")
def history() -> ResponseReturnValue:
    """Every score request so far, with what was answered."""
    return [{**asdict(entry), "at": entry.at.isoformat()} for entry in current_state().history]


@records.get("/registration")
def registration() -> ResponseReturnValue:
    """What an administrator registers in the tool."""
    return current_state().registration_data()


@control.post("/faults")
def add_fault() -> ResponseReturnValue:
    """Put a fault in force: a JSON object with the fields of `Fault`."""
    current_state().faults.add(fault_from_data(_body()))
    return "", 204


@control.delete("/faults")
def clear_faults() -> ResponseReturnValue:
    """Lift every fault."""
    current_state().faults.clear()
    return "", 204


@control.post("/rotate-key")
def rotate_key() -> ResponseReturnValue:
    """A new signing key of the LMS; `{"keep_old": true}` leaves the old one in the key set."""
    key = current_state().keys.rotate(keep_old=bool(_body().get("keep_old")))
    return {"kid": key.kid}


@control.post("/revoke-tokens")
def revoke_tokens() -> ResponseReturnValue:
    """Every access token given so far is refused from now on."""
    current_state().tokens.revoke_all()
    return "", 204


@control.post("/gradebook")
def gradebook() -> ResponseReturnValue:
    """A teacher's action by hand: `action`, `column`, and where it needs them `person`, `value`, `feedback`."""
    change_by_hand(current_state(), _body())
    return "", 204


@control.post("/people")
def people() -> ResponseReturnValue:
    """Enrolments: `action` (enrol, unenrol, suspend, role), `course`, `person` (an id; to enrol: an object)."""
    _change_enrolment(current_state(), _body())
    return "", 204


@control.post("/duplicate")
def duplicate() -> ResponseReturnValue:
    """Duplicate an activity in its course: `activity`; answers the new one's id."""
    return {"activity": duplicate_activity(current_state(), _body()["activity"]).id}


@control.post("/copy-course")
def copy() -> ResponseReturnValue:
    """Copy a course: `course`, `label`, `title`; answers the copy's id and, by the source's, its activities' ids."""
    data, state = _body(), current_state()
    source = state.site.get_course(data["course"])
    made = copy_course(state, source.id, label=data["label"], title=data["title"])
    pairs = zip(source.activities, made.activities, strict=True)
    return {"course": made.id, "activities": {old.id: new.id for old, new in pairs}}


@control.post("/tool")
def tool() -> ResponseReturnValue:
    """Move the tool: `login_url`, `launch_url`, `jwks_url`."""
    current_state().tool = ToolAddresses(**_body())
    return "", 204


@control.post("/platform-storage")
def platform_storage() -> ResponseReturnValue:
    """Offer platform storage or not: `{"mode": "none"}`, `frame`, `parent`, `named` (see `StorageMode`)."""
    mode: StorageMode = _body()["mode"]
    if mode not in STORAGE_TARGETS:
        raise ValueError(f"unknown mode {mode!r}")
    current_state().platform_storage = mode
    return "", 204


@control.delete("/records")
def clear_records() -> ResponseReturnValue:
    """Forget violations and history."""
    current_state().violations.clear()
    current_state().history.clear()
    return "", 204


@control.errorhandler(LookupError)
@control.errorhandler(ValueError)
@control.errorhandler(TypeError)
@control.errorhandler(Refused)
def bad_request(problem: Exception) -> ResponseReturnValue:
    """The test asked for something that makes no sense: say what."""
    return {"error": f"{type(problem).__name__}: {problem}"}, 400


def _body() -> dict[str, Any]:
    data = request.get_json(silent=True) or {}
    if not isinstance(data, dict):
        raise TypeError("a JSON object is expected")
    return data


def _change_enrolment(state: LmsState, data: dict[str, Any]) -> None:
    action, course_id = data["action"], data["course"]
    if action == "enrol":
        person = data["person"]
        state.roster.enrol(course_id, Person(**{**person, "role": Role(person.get("role", "student"))}))
    elif action == "unenrol":
        state.roster.unenrol(course_id, data["person"])
    elif action == "suspend":
        state.roster.suspend(course_id, data["person"])
    elif action == "role":
        state.roster.change_role(course_id, data["person"], Role(data["role"]))
    else:
        raise ValueError(f"unknown action {action!r}")
