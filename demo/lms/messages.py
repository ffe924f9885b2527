"""The id_token: Moodle's claims around the base message of the lti1p3platform library."""

import re
from collections.abc import Mapping
from typing import Any

from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.message_launch import MessageLaunchAbstract
from lti1p3platform.registration import Registration
from lti1p3platform.request import Request

from demo.lms.addresses import Addresses
from demo.lms.gradebook import Column
from demo.lms.keys import LmsRegistration
from demo.lms.launches import PendingLaunch
from demo.lms.tokens import AGS_SCOPES

_LTI = "https://purl.imsglobal.org/spec/lti/claim/"
ID_TOKEN_SECONDS = 60


class LaunchMessage(MessageLaunchAbstract):
    """The library's message, without `azp` (Moodle sends none) and with Moodle's 60 seconds."""

    def __init__(self, registration: Registration, preflight: Mapping[str, str]) -> None:
        super().__init__(_Preflight(preflight), _OneRegistration(registration=registration))
        self.set_id_token_expiration(ID_TOKEN_SECONDS)

    def get_launch_message(self, include_extra_claims: bool = True) -> dict[str, Any]:
        """The claims but the nonce and the times."""
        message = super().get_launch_message(include_extra_claims)
        message.pop("azp")
        return message

    def render_launch_form(self, launch_data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """`launch_url`, `id_token` and `state`; pages are made elsewhere."""
        return launch_data


class _Preflight(Request):
    """The authentication request in the library's shape."""

    def build_metadata(self, request: Any) -> Any:
        return {"method": "GET", "get_data": dict(request), "form_data": {}, "headers": {}, "path": ""}


class _OneRegistration(LTI1P3PlatformConfAbstract):
    def init_platform_config(self, **kwargs: Any) -> None:
        self._registration = kwargs["registration"]

    def get_registration_by_params(self, **kwargs: Any) -> Registration:
        registration: Registration = kwargs["registration"]
        return registration


def message_claims(
    launch: PendingLaunch,
    addresses: Addresses,
    columns: tuple[Column, ...],
    *,
    site_name: str,
    tool_custom: Mapping[str, str],
) -> dict[str, Any]:
    """Every claim Moodle adds to the base message. `columns` are those on the launched link.

    `lineitem` is there only when the link has exactly one column.
    """
    person, course, activity = launch.person, launch.course, launch.activity
    members = addresses.members(course.id)
    endpoint: dict[str, Any] = {"scope": list(AGS_SCOPES), "lineitems": addresses.line_items(course.id)}
    claims: dict[str, Any] = {
        _LTI + "lis": {
            "person_sourcedid": person.idnumber,
            "course_section_sourcedid": course.idnumber,
        },
        "given_name": person.given,
        "family_name": person.family,
        _LTI + "ext": {"user_username": person.username, "lms": "moodle-2"},
        _LTI + "launch_presentation": {
            "locale": "fr",
            "document_target": launch.target,
            "return_url": addresses.return_url(course.id, activity.id),
        },
        _LTI + "tool_platform": {
            "product_family_code": "moodle",
            "version": "2025100600.02",
            "guid": "37038897ec0402d9aff274e9448ff2c9",
            "name": site_name,
            "description": site_name,
        },
        _LTI + "custom": {**_custom(launch, tool_custom), "context_memberships_url": members},
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": endpoint,
        "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
            "context_memberships_url": members,
            "service_versions": ["1.0", "2.0"],
        },
    }
    if len(columns) == 1:
        endpoint["lineitem"] = addresses.line_item(course.id, columns[0].id)
    if launch.review_of is not None:
        claims[_LTI + "message_type"] = "LtiSubmissionReviewRequest"
        claims[_LTI + "for_user"] = {"user_id": launch.review_of}
    return claims


def without_names(claims: Mapping[str, Any]) -> dict[str, Any]:
    """The claims where names are not shared: neither names nor the user name."""
    kept = {name: value for name, value in claims.items() if name not in ("given_name", "family_name")}
    return {**kept, _LTI + "ext": {"lms": "moodle-2"}}


def signed_message(
    launch: PendingLaunch,
    registration: LmsRegistration,
    preflight: Mapping[str, str],
    claims: Mapping[str, Any],
    *,
    name: str | None,
    email: str | None,
) -> dict[str, str]:
    """The form fields posted to the tool: `id_token` and `state`."""
    message = LaunchMessage(registration, preflight)
    person, course, activity = launch.person, launch.course, launch.activity
    message.set_user_data(person.id, list(launch.role.launch_roles), name, email)
    message.set_launch_context_claim(course.id, ["CourseSection"], course.title, course.label)
    message.set_resource_link_claim(activity.id, activity.description, activity.title)
    message.set_extra_claims(dict(claims))
    if activity.target_link_uri:
        message.set_launch_url(activity.target_link_uri)
    form = message.lti_launch()
    return {"id_token": str(form["id_token"]), "state": str(form["state"])}


def selection_message(
    launch: PendingLaunch,
    registration: LmsRegistration,
    preflight: Mapping[str, str],
    addresses: Addresses,
    *,
    audience: str,
    deployment_id: str,
    target: str,
    site_name: str,
    tool_custom: Mapping[str, str],
    shares_names: bool,
    shares_email: bool,
) -> dict[str, str]:
    """The form fields of a deep linking request, as Moodle makes it: no resource link, no way back, no `data`.

    The members service is named only where an activity of the tool is in the course already.
    """
    person, course, asked = launch.person, launch.course, launch.selection
    if asked is None:
        raise ValueError("not a selection")
    members = addresses.members(course.id)
    claims: dict[str, Any] = {
        "iss": addresses.base,
        "aud": audience,
        "sub": person.id,
        "nonce": preflight["nonce"],
        **({"email": person.email} if shares_email else {}),
        _LTI + "message_type": "LtiDeepLinkingRequest",
        _LTI + "version": "1.3.0",
        _LTI + "deployment_id": deployment_id,
        _LTI + "target_link_uri": target,
        _LTI + "roles": list(launch.role.launch_roles),
        _LTI + "context": {
            "id": course.id,
            "label": course.label,
            "title": course.title,
            "type": ["CourseSection"],
        },
        _LTI + "lis": {"person_sourcedid": person.idnumber, "course_section_sourcedid": course.idnumber},
        _LTI + "ext": {"lms": "moodle-2"},
        _LTI + "launch_presentation": {"locale": "fr"},
        _LTI + "tool_platform": {"product_family_code": "moodle", "name": site_name},
        _LTI + "custom": {**_custom(launch, tool_custom), "context_memberships_url": members},
        "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings": asked.settings(
            addresses.selection_return(course.id, asked.key)
        ),
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
            "scope": list(AGS_SCOPES),
            "lineitems": addresses.line_items(course.id),
        },
    }
    if course.activities:
        claims["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"] = {
            "context_memberships_url": members,
            "service_versions": ["1.0", "2.0"],
        }
    if shares_names:
        claims |= {"name": person.name, "given_name": person.given, "family_name": person.family}
        claims[_LTI + "ext"] = {"user_username": person.username, "lms": "moodle-2"}
    token = registration.platform_encode_and_sign(claims, ID_TOKEN_SECONDS)
    return {"id_token": token, "state": preflight["state"]}


def _custom(launch: PendingLaunch, of_tool: Mapping[str, str]) -> dict[str, str | None]:
    """The custom values, the tool's winning over the activity's: variables expanded, odd keys sent twice (as written,
    and lower-cased)."""
    values: dict[str, str | None] = {}
    for key, value in {**launch.activity.custom, **of_tool}.items():
        expanded: str | None = _variables(launch).get(value, value)
        if launch.selection is not None and value.startswith("$ResourceLink."):
            expanded = None  # a choice of content is no link yet
        values[re.sub(r"[^a-z0-9]", "_", key.lower())] = expanded
        values[key] = expanded
    return values


def _variables(launch: PendingLaunch) -> dict[str, str]:
    person, course, activity = launch.person, launch.course, launch.activity
    return {
        "$User.id": person.id,
        "$User.username": person.username,
        "$Person.sourcedId": person.idnumber,
        "$Person.name.full": person.name,
        "$Person.email.primary": person.email,
        "$Context.id": course.id,
        "$Context.label": course.label,
        "$Context.title": course.title,
        "$Context.sourcedId": course.idnumber,
        "$Context.id.history": ",".join(course.history),
        "$ResourceLink.id": activity.id,
        "$ResourceLink.title": activity.title,
        "$ResourceLink.description": activity.description,
        "$Membership.role": launch.role.roster_role,
    }
