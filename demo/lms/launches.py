"""Launches under way: the one-time launch id, and Moodle's checks of the authentication request. No HTTP."""

import itertools
import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from demo.lms.course import Activity, Course, Person, Role
from demo.lms.selections import Selection

DocumentTarget = Literal["iframe", "window", "frame"]
StorageMode = Literal["none", "frame", "parent", "named"]
"""Where a tool's frame may keep texts: nowhere (as Moodle), in a frame beside it, in the page around it, or in a frame
that only this page names when it is asked for its capabilities."""
STORAGE_TARGETS: dict[StorageMode, str | None] = {
    "none": None,
    "frame": "lms_storage",
    "parent": "_parent",
    "named": "_parent",
}
_REQUIRED = ("scope", "response_type", "client_id", "redirect_uri", "login_hint", "nonce", "state")


@dataclass(frozen=True, kw_only=True)
class PendingLaunch:
    """Who launches what, and how it will be shown. Carries the person, so a frame needs no LMS cookie.

    `review_of` is the person whose work a submission-review message is about. `role` is the person's role
    for this launch (a teacher may switch to student). `selection`: what is launched is a choice of content, and
    `activity` nothing yet.
    """

    id: str
    person: Person
    role: Role
    course: Course
    activity: Activity
    target: DocumentTarget = "iframe"
    review_of: str | None = None
    selection: Selection | None = None

    @property
    def hint(self) -> str:
        """`lti_message_hint`: JSON text, to be returned byte for byte."""
        return json.dumps({"cmid": int(self.activity.id) + 1000, "launchid": self.id}, separators=(",", ":"))


class Launches:
    """The launches not yet authenticated; an id serves once. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._pending: dict[str, PendingLaunch] = {}

    def begin(
        self,
        *,
        person: Person,
        course: Course,
        activity: Activity,
        target: DocumentTarget = "iframe",
        review_of: str | None = None,
        role: Role | None = None,
        selection: Selection | None = None,
    ) -> PendingLaunch:
        """A new launch with an unguessable id."""
        with self._lock:
            launch = PendingLaunch(
                id=f"ltilaunch{activity.id}_{next(self._numbers)}{secrets.token_hex(6)}",
                person=person,
                role=role or person.role,
                course=course,
                activity=activity,
                target=target,
                review_of=review_of,
                selection=selection,
            )
            self._pending[launch.id] = launch
            return launch

    def find(self, launch_id: str) -> PendingLaunch | None:
        """The launch of that id if it has not served yet, or None."""
        with self._lock:
            return self._pending.get(launch_id)

    def take(self, launch_id: str) -> PendingLaunch | None:
        """The same, and it has served now."""
        with self._lock:
            return self._pending.pop(launch_id, None)


@dataclass(frozen=True, kw_only=True)
class InvalidRequest:
    """The LMS shows its own error page; the tool hears nothing. `tool_fault`: not a mere reload."""

    reason: str
    tool_fault: bool = True


@dataclass(frozen=True, kw_only=True)
class PostedError:
    """The LMS posts `error` (and `error_description`) to the tool's redirect URI."""

    error: str
    description: str = ""


def authenticate(
    request: Mapping[str, str], launches: Launches, *, client_id: str, redirect_uri: str
) -> PendingLaunch | InvalidRequest | PostedError:
    """Moodle's decision about an authentication request, in Moodle's order; uses the launch id up.

    Stricter than Moodle in one point: `state` is demanded.
    """
    launch_id = _launch_id(request.get("lti_message_hint", ""))
    malformed = _malformed(request, launch_id)
    if malformed is not None or launch_id is None:
        return InvalidRequest(reason=malformed or "no launch id in lti_message_hint")
    launch = launches.take(launch_id)
    if launch is None:
        return InvalidRequest(reason="unknown or used launch id", tool_fault=False)
    if request["lti_message_hint"] != launch.hint:
        return InvalidRequest(reason="lti_message_hint is not returned byte for byte")
    if request["redirect_uri"] != redirect_uri:
        return InvalidRequest(reason="redirect_uri is not a registered one")
    return _posted_error(request, launch, client_id) or launch


def _malformed(request: Mapping[str, str], launch_id: str | None) -> str | None:
    """What is wrong with the request before anything is looked up."""
    missing = [name for name in _REQUIRED if not request.get(name)]
    checks = (
        (bool(missing), f"missing {', '.join(missing)}"),
        (launch_id is None, "no launch id in lti_message_hint"),
        (request.get("scope") != "openid", "invalid_scope"),
        (request.get("response_type") != "id_token", "unsupported_response_type"),
    )
    return next((reason for wrong, reason in checks if wrong), None)


def _posted_error(request: Mapping[str, str], launch: PendingLaunch, client_id: str) -> PostedError | None:
    if request["client_id"] != client_id:
        return PostedError(error="unauthorized_client")
    if request["login_hint"] != launch.person.id:
        return PostedError(error="access_denied")
    mode = request.get("response_mode")
    if mode != "form_post":
        return PostedError(
            error="invalid_request", description="Invalid response_mode" if mode else "Missing response_mode"
        )
    if request.get("prompt") not in (None, "", "none"):
        return PostedError(error="invalid_request", description="Invalid prompt")
    return None


def _launch_id(hint: str) -> str | None:
    try:
        data = json.loads(hint)
    except ValueError:
        return None
    launch_id = data.get("launchid") if isinstance(data, dict) else None
    return launch_id if isinstance(launch_id, str) else None
