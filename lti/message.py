"""What a message of a platform tells, in our words: who came, where, in which role, and what is offered or asked."""

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
    DEEP_LINKING = "LtiDeepLinkingRequest"
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
class DeepLinkingSettings:
    """What the platform takes back from a content selection.

    `return_url` is of the registration's origins. `data` goes back to the letter (None: the platform gave none).
    """

    return_url: str
    accept_types: frozenset[str]
    accept_multiple: bool
    accept_line_item: bool
    document_targets: tuple[str, ...]
    title: str | None
    text: str | None
    data: object | None


@dataclass(frozen=True, kw_only=True)
class Message:
    """Who came, where and in which role; every field is verified and clean.

    Identifiers (`subject`, context) are unique within one deployment of one registration.
    `deployment_is_new`: the registration knew no deployment, the caller adopts this one. `custom` holds neither
    null nor unexpanded values. `student_number` is the platform's ID number or a custom parameter.
    """

    registration: Registration
    deployment_id: str
    deployment_is_new: bool
    subject: str
    name: str | None
    given_name: str | None
    family_name: str | None
    email: str | None
    student_number: str | None
    roles: frozenset[Role]
    context: Context | None
    custom: Mapping[str, str]
    target_link_uri: str
    locale: str | None
    document_target: str | None
    ags: Ags | None
    nrps_url: str | None
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


@dataclass(frozen=True, kw_only=True)
class Launch(Message):
    """Somebody opens an activity (or a submission for review); the resource link's id is unique as the others are."""

    message_type: MessageType
    resource_link: ResourceLink
    return_url: str | None
    for_user: str | None


@dataclass(frozen=True, kw_only=True)
class DeepLinking(Message):
    """Somebody asks what may be added to a course."""

    settings: DeepLinkingSettings

    @property
    def may_choose(self) -> bool:
        """Tell whether the person may add activities: who teaches the course, or administers the platform.

        The platform has let them add one already; an administrator may have no role in the course.
        """
        return self.is_teacher or self.is_administrator
