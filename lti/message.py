"""What a launch tells, in our words: who came, where, in which role, and what the platform offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lti import roles as role_rules
from lti.registration import Registration
from lti.roles import Role

_AGS_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"


class MessageType(StrEnum):
    """The messages this tool takes."""

    RESOURCE_LINK = "LtiResourceLinkRequest"
    SUBMISSION_REVIEW = "LtiSubmissionReviewRequest"


@dataclass(frozen=True, kw_only=True)
class Context:
    """The course: its id is unique within the deployment only."""

    id: str
    label: str | None
    title: str | None


@dataclass(frozen=True, kw_only=True)
class ResourceLink:
    """The activity: its id is unique within the deployment only."""

    id: str
    title: str | None
    description: str | None


@dataclass(frozen=True, kw_only=True)
class Ags:
    """The gradebook's addresses for this activity; all are of the registration's allowed origins."""

    scopes: frozenset[str]
    lineitems: str | None
    lineitem: str | None

    @property
    def may_score(self) -> bool:
        """Tell whether marks may be sent."""
        return f"{_AGS_SCOPE}score" in self.scopes

    @property
    def may_read_results(self) -> bool:
        """Tell whether the gradebook's value may be read back."""
        return f"{_AGS_SCOPE}result.readonly" in self.scopes

    @property
    def may_manage_line_items(self) -> bool:
        """Tell whether a column may be created."""
        return f"{_AGS_SCOPE}lineitem" in self.scopes

    @property
    def may_read_line_items(self) -> bool:
        """Tell whether columns may be looked for."""
        return self.may_manage_line_items or f"{_AGS_SCOPE}lineitem.readonly" in self.scopes


@dataclass(frozen=True, kw_only=True)
class Launch:
    """Who came, where, in which role, and what the platform offers; every field is verified and clean.

    Identifiers (`subject`, context, resource link) are unique within one deployment of one registration.
    `deployment_is_new`: the registration knew no deployment, the caller adopts this one. `custom` holds neither
    null nor unexpanded values. `student_number` is the platform's ID number or a custom parameter.
    """

    registration: Registration
    deployment_id: str
    deployment_is_new: bool
    message_type: MessageType
    subject: str
    name: str | None
    given_name: str | None
    family_name: str | None
    email: str | None
    student_number: str | None
    roles: frozenset[Role]
    context: Context | None
    resource_link: ResourceLink
    custom: Mapping[str, str]
    target_link_uri: str
    locale: str | None
    document_target: str | None
    return_url: str | None
    ags: Ags | None
    nrps_url: str | None
    for_user: str | None
    platform_guid: str | None
    platform_name: str | None
    issued_at: datetime

    @property
    def is_teacher(self) -> bool:
        """Tell whether the person teaches in the course (who also learns there is a teacher)."""
        return role_rules.is_teacher(self.roles)

    @property
    def is_learner(self) -> bool:
        """Tell whether the person learns in the course."""
        return role_rules.is_learner(self.roles)

    @property
    def is_administrator(self) -> bool:
        """Tell whether the person administers the course, the institution or the platform."""
        return role_rules.is_administrator(self.roles)

    @property
    def may_submit(self) -> bool:
        """Tell whether the person may hand in: a learner who does not teach; unknown roles may only read."""
        return self.is_learner and not self.is_teacher
