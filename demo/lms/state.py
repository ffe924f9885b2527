"""Everything the LMS knows while it runs (nothing is kept on disk), handed to the routes and to tests."""

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app

from demo.lms.addresses import Addresses
from demo.lms.course import Activity, Person, Role, Site, ToolAddresses
from demo.lms.faults import Faults
from demo.lms.gradebook import ClockMode, Column, Gradebook
from demo.lms.keys import LmsKeys, LmsRegistration
from demo.lms.launches import STORAGE_TARGETS, DocumentTarget, Launches, PendingLaunch, StorageMode
from demo.lms.messages import message_claims, selection_message, signed_message, without_names
from demo.lms.records import Record, ScoreArrival, Violation
from demo.lms.roster import Roster
from demo.lms.selections import Selections
from demo.lms.tokens import TokenDesk
from demo.lms.tool_types import ToolType, ToolTypes

EXTENSION = "lms"
NO_TOOL = ToolAddresses(login_url="", launch_url="", jwks_url="")
"""Of a site whose activities have no tool yet: it is to be registered, and activated."""


def utc_now() -> datetime:
    """The clock of a running LMS."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class LoginForm:
    """The form that starts a launch: posted by the person's browser to the tool's login address."""

    url: str
    fields: dict[str, str]


@dataclass(kw_only=True)
class LmsState:
    """The LMS in memory. `tool` and `platform_storage` may be replaced while running; `edit_claims` lets a test
    spoil a message."""

    site: Site
    addresses: Addresses
    tool: ToolAddresses
    client_id: str
    deployment_id: str
    roster: Roster
    gradebook: Gradebook
    tokens: TokenDesk
    faults: Faults
    clock: Callable[[], datetime]
    keys: LmsKeys
    types: ToolTypes
    custom: Mapping[str, str] = field(default_factory=dict)
    shares_names: bool = True
    shares_email: bool = True
    members_at_once: int | None = None
    launches: Launches = field(default_factory=Launches)
    selections: Selections = field(default_factory=Selections)
    site_lock: threading.Lock = field(default_factory=threading.Lock)
    violations: Record[Violation] = field(default_factory=Record)
    history: Record[ScoreArrival] = field(default_factory=Record)
    platform_storage: StorageMode = "none"
    edit_claims: Callable[[dict[str, Any]], dict[str, Any]] | None = None

    @property
    def issuer(self) -> str:
        """The issuer: the LMS's own address."""
        return self.addresses.base

    def registration_data(self) -> dict[str, str]:
        """What an administrator types into the tool to register this LMS."""
        return {
            "name": self.site.name,
            "issuer": self.issuer,
            "client_id": self.client_id,
            "deployment_id": self.deployment_id,
            "auth_login_url": self.addresses.auth,
            "auth_token_url": self.addresses.token,
            "jwks_url": self.addresses.certs,
        }

    def activate(self, chosen: ToolType) -> None:
        """Activate a tool; where the site's activities have none, they are this one's from now on."""
        chosen.state = "active"
        if not self.client_id:
            self.client_id = chosen.client_id
        self.follow(chosen)

    def follow(self, changed: ToolType) -> None:
        """Take over what a tool type says, where it is the active one of the site's activities."""
        if changed.state != "active" or changed.client_id != self.client_id:
            return
        self.tool, self.deployment_id = changed.addresses, changed.id
        self.addresses = replace(self.addresses, type_id=changed.id)
        self.custom = changed.custom
        self.shares_names, self.shares_email = changed.shares_names, changed.shares_email
        self.tokens = TokenDesk(
            client_id=changed.client_id,
            token_url=self.addresses.token,
            clock=self.clock,
            permitted=changed.scopes,
        )

    def violate(self, kind: str, detail: str) -> None:
        """Write down a mistake of the tool."""
        self.violations.add(Violation(at=self.clock(), kind=kind, detail=detail))

    def get_person(self, person_id: str) -> Person:
        """The person, from the first course that has them; LookupError if nobody."""
        person = self.roster.find_anywhere(person_id)
        if person is None:
            raise LookupError(f"no person {person_id}")
        return person

    def get_activity(self, activity_id: str) -> Activity:
        """The activity of that id; LookupError if there is none."""
        found = self.site.find_activity(activity_id)
        if found is None:
            raise LookupError(f"no activity {activity_id}")
        return found[1]

    def column_of(self, activity_id: str) -> Column:
        """The coupled column of an activity; LookupError if there is none (any more)."""
        for column in self.gradebook.columns(link_id=activity_id):
            if column.coupled:
                return column
        raise LookupError(f"activity {activity_id} has no column")

    def begin_launch(
        self,
        person_id: str,
        activity_id: str,
        *,
        target: DocumentTarget = "iframe",
        review_of: str | None = None,
        role: Role | None = None,
    ) -> PendingLaunch:
        """Prepare a launch; LookupError for an unknown activity or somebody not enrolled in its course."""
        found = self.site.find_activity(activity_id)
        if found is None:
            raise LookupError(f"no activity {activity_id}")
        course, activity = found
        person = self.roster.find(course.id, person_id)
        if person is None:
            raise LookupError(f"{person_id} is not enrolled in course {course.id}")
        return self.launches.begin(
            person=person, course=course, activity=activity, target=target, review_of=review_of, role=role
        )

    def begin_selection(
        self, person_id: str, course_id: str, *, target: DocumentTarget = "iframe", **asked: Any
    ) -> PendingLaunch:
        """Prepare a content selection; LookupError for an unknown course or somebody not enrolled.

        `asked`: fields of `Selection` that are not to be Moodle's.
        """
        course = self.site.get_course(course_id)
        person = self.roster.find(course_id, person_id)
        if person is None:
            raise LookupError(f"{person_id} is not enrolled in course {course_id}")
        selection = self.selections.begin(course_id=course_id, person_id=person_id, **asked)
        nothing_yet = Activity(id="0", title="")
        return self.launches.begin(
            person=person, course=course, activity=nothing_yet, target=target, selection=selection
        )

    def login_form(self, launch: PendingLaunch) -> LoginForm:
        """Third-party login initiation as Moodle does it: always a POST, these six fields (and storage, if offered)."""
        target = STORAGE_TARGETS[self.platform_storage]
        storage = {"lti_storage_target": target} if target and launch.target == "iframe" else {}
        return LoginForm(
            url=self.tool.login_url,
            fields={
                "iss": self.issuer,
                "target_link_uri": launch.activity.target_link_uri or self.tool.launch_url,
                "login_hint": launch.person.id,
                "lti_message_hint": launch.hint,
                "client_id": self.client_id,
                "lti_deployment_id": self.deployment_id,
                **storage,
            },
        )

    def launch_form(
        self, person_id: str, activity_id: str, *, target: DocumentTarget = "iframe"
    ) -> LoginForm:
        """Prepare a launch and give its login form, for a test that speaks to the tool itself."""
        return self.login_form(self.begin_launch(person_id, activity_id, target=target))

    def message(self, launch: PendingLaunch, preflight: dict[str, str]) -> dict[str, str]:
        """The signed message for an authenticated launch: `id_token` and `state`."""
        registration = LmsRegistration(self.keys.current, self.edit_claims)
        registration.set_iss(self.issuer).set_client_id(self.client_id).set_deployment_id(self.deployment_id)
        registration.set_launch_url(self.tool.launch_url)
        if launch.selection is not None:
            return selection_message(
                launch,
                registration,
                preflight,
                self.addresses,
                audience=self.client_id,
                deployment_id=self.deployment_id,
                target=self.tool.launch_url,
                site_name=self.site.name,
                tool_custom=self.custom,
                shares_names=self.shares_names,
                shares_email=self.shares_email,
            )
        columns = self.gradebook.columns(launch.course.id, link_id=launch.activity.id)
        claims = message_claims(
            launch, self.addresses, columns, site_name=self.site.name, tool_custom=self.custom
        )
        if not self.shares_names:
            claims = without_names(claims)
        return signed_message(
            launch,
            registration,
            preflight,
            claims,
            name=launch.person.name if self.shares_names else None,
            email=launch.person.email if self.shares_email else None,
        )


def new_state(
    site: Site,
    *,
    address: str,
    tool: ToolAddresses | None,
    client_id: str,
    deployment_id: str,
    clock_mode: ClockMode,
    seed: int,
    clock: Callable[[], datetime] = utc_now,
    keys: LmsKeys | None = None,
) -> LmsState:
    """A fresh LMS: nobody has a grade, each graded activity has its coupled column."""
    addresses = Addresses(base=address.rstrip("/"), type_id=deployment_id)
    gradebook = Gradebook(clock_mode=clock_mode)
    for course in site.courses:
        for activity in course.activities:
            if activity.graded:
                gradebook.add_column(
                    course_id=course.id,
                    label=activity.title,
                    maximum=activity.maximum,
                    link_id=activity.id,
                    coupled=True,
                    resource_id=activity.resource_id,
                    tag=activity.tag,
                )
    keys = keys or LmsKeys()
    types = ToolTypes(keys, clock)
    if tool is not None:
        types.add(
            ToolType(
                id=deployment_id,
                client_id=client_id,
                name="Pix",
                addresses=tool,
                domain=urlsplit(tool.launch_url).netloc,
                state="active",
                in_chooser=True,
            )
        )
    return LmsState(
        site=site,
        addresses=addresses,
        tool=tool or NO_TOOL,
        client_id=client_id if tool else "",
        deployment_id=deployment_id,
        roster=Roster(site),
        gradebook=gradebook,
        tokens=TokenDesk(client_id=client_id, token_url=addresses.token, clock=clock),
        faults=Faults(seed=seed),
        clock=clock,
        keys=keys,
        types=types,
    )


def attach(app: Flask, state: LmsState) -> None:
    """Hand the state to an application and give it a secret for its own sessions."""
    app.extensions[EXTENSION] = state
    app.secret_key = secrets.token_hex(32)


def current_state() -> LmsState:
    """The state of the application answering now."""
    state: LmsState = current_app.extensions[EXTENSION]
    return state
