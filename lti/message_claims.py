"""From the claims of a verified token to a `Launch` or a `DeepLinking`: after this module nobody sees a raw claim.

Message types we take: a resource link launch, a submission review and a deep linking request. `for_user` of a review
says which page is wanted, never who may see it.
"""

import re
from datetime import UTC, datetime
from types import MappingProxyType

from pylti1p3.exception import LtiException
from pylti1p3.message_validators.abstract import MessageValidatorAbstract
from pylti1p3.message_validators.deep_link import DeepLinkMessageValidator
from pylti1p3.message_validators.resource_message import ResourceMessageValidator

from lti import claims as read
from lti.claims import LTI, Claims
from lti.errors import LaunchRefused, RefusalReason
from lti.message import (
    Ags,
    Context,
    DeepLinking,
    DeepLinkingSettings,
    Launch,
    Message,
    MessageType,
    ResourceLink,
)
from lti.origins import same_host
from lti.registration import NewDeployments, Registration
from lti.roles import read_roles

_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[_-][\w-]*)?", re.ASCII)
_LONGEST_ADDRESS = 4000
_RESOURCE_LINK_TYPE = "ltiResourceLink"
# A service address is kept in the database, the way back in a cookie (4 kB in all): neither takes more.
_LONGEST_KEPT_ADDRESS = 1000


def message_from_claims(
    claims: Claims, registration: Registration, *, public_url: str
) -> Launch | DeepLinking:
    """Read the claims of a verified token, or raise LaunchRefused with the first reason found."""
    if _message_type(claims) is MessageType.DEEP_LINKING:
        return deep_linking_from_claims(claims, registration, public_url=public_url)
    return launch_from_claims(claims, registration, public_url=public_url)


def launch_from_claims(claims: Claims, registration: Registration, *, public_url: str) -> Launch:
    """Read the claims of a launch, or raise LaunchRefused with the first reason found."""
    message_type = _message_type(claims)
    presentation = read.object_claim(claims, f"{LTI}launch_presentation") or {}
    launch = Launch(
        **vars(_message(claims, registration, public_url)),
        message_type=message_type,
        resource_link=_resource_link(claims),
        return_url=_return_url(presentation, registration),
        for_user=_for_user(claims, message_type),
    )
    _ask_pylti1p3(ResourceMessageValidator(), claims)
    return launch


def deep_linking_from_claims(claims: Claims, registration: Registration, *, public_url: str) -> DeepLinking:
    """Read the claims of a deep linking request, or raise LaunchRefused with the first reason found."""
    asked = DeepLinking(
        **vars(_message(claims, registration, public_url)),
        settings=_deep_linking_settings(claims, registration),
    )
    if not asked.may_choose:
        raise LaunchRefused(RefusalReason.DEEP_LINKING_ROLE, "deep linking by somebody who does not teach")
    _ask_pylti1p3(DeepLinkMessageValidator(), claims)
    return asked


def _message(claims: Claims, registration: Registration, public_url: str) -> Message:
    deployment_id = _deployment(claims, registration)
    roles = read.string_list(claims, f"{LTI}roles")
    if roles is None:
        raise LaunchRefused(RefusalReason.ROLES_MISSING, "the roles claim is missing")
    subject = read.identifier(claims, "sub")
    if subject is None:
        raise LaunchRefused(RefusalReason.PERSON_MISSING, "sub is missing: the launch is anonymous")
    custom = read.custom_values(claims)
    presentation = read.object_claim(claims, f"{LTI}launch_presentation") or {}
    platform = read.object_claim(claims, f"{LTI}tool_platform") or {}
    return Message(
        registration=registration,
        deployment_id=deployment_id,
        deployment_is_new=not registration.deployment_ids,
        subject=subject,
        name=read.text(claims, "name"),
        given_name=read.text(claims, "given_name"),
        family_name=read.text(claims, "family_name"),
        email=read.text(claims, "email"),
        student_number=read.student_number(claims, custom),
        roles=read_roles(roles),
        context=_context(claims),
        custom=MappingProxyType(custom),
        target_link_uri=_target(claims, public_url),
        locale=_locale(presentation),
        document_target=read.text(presentation, "document_target"),
        ags=_ags(claims, registration),
        nrps_url=_nrps_url(claims, registration),
        platform_guid=read.text(platform, "guid"),
        platform_name=read.text(platform, "name"),
        issued_at=datetime.fromtimestamp(float(claims["iat"]), UTC),
    )


def _message_type(claims: Claims) -> MessageType:
    """Return the kind of message; first tell a token that is no LTI message at all, and other versions."""
    if not any(str(name).startswith("https://purl.imsglobal.org/spec/lti") for name in claims):
        raise LaunchRefused(RefusalReason.NOT_A_LAUNCH, "the token holds no LTI claim")
    if claims.get(f"{LTI}version") != "1.3.0":
        raise LaunchRefused(RefusalReason.VERSION, "the LTI version is not 1.3.0")
    value = claims.get(f"{LTI}message_type")
    if value is None or value == "":
        raise LaunchRefused(RefusalReason.MESSAGE_TYPE_MISSING, "message_type is missing")
    if not isinstance(value, str) or value not in set(MessageType):
        raise LaunchRefused(RefusalReason.MESSAGE_TYPE_UNKNOWN, "message_type is not one we take")
    return MessageType(value)


def _deployment(claims: Claims, registration: Registration) -> str:
    deployment_id = read.identifier(claims, f"{LTI}deployment_id")
    if deployment_id is None:
        raise LaunchRefused(RefusalReason.DEPLOYMENT_MISSING, "deployment_id is missing")
    if deployment_id in registration.deployment_ids:
        return deployment_id
    if registration.new_deployments is NewDeployments.HOLD:
        raise LaunchRefused(
            RefusalReason.DEPLOYMENT_HELD,
            "deployment_id waits for approval: see `platform deployments`",
            deployment=(registration.id, deployment_id),
        )
    if registration.deployment_ids or registration.new_deployments is NewDeployments.REFUSE:
        raise LaunchRefused(RefusalReason.DEPLOYMENT_UNKNOWN, "deployment_id is not one of this registration")
    return deployment_id


def _context(claims: Claims) -> Context | None:
    """Return the course; without an id it cannot be told from others: None."""
    context = read.object_claim(claims, f"{LTI}context") or {}
    found = read.identifier(context, "id")
    if found is None:
        return None
    return Context(id=found, label=read.text(context, "label"), title=read.text(context, "title"))


def _resource_link(claims: Claims) -> ResourceLink:
    link = read.object_claim(claims, f"{LTI}resource_link") or {}
    found = read.identifier(link, "id")
    if found is None:
        raise LaunchRefused(RefusalReason.RESOURCE_LINK_MISSING, "the resource link's id is missing")
    return ResourceLink(id=found, title=read.text(link, "title"), description=read.text(link, "description"))


def _target(claims: Claims, public_url: str) -> str:
    target = read.identifier(claims, f"{LTI}target_link_uri", longest=_LONGEST_ADDRESS)
    if target is None:
        raise LaunchRefused(RefusalReason.TARGET_MISSING, "target_link_uri is missing")
    if not same_host(target, public_url):
        raise LaunchRefused(RefusalReason.FOREIGN_TARGET, "target_link_uri is not an address of this tool")
    return target


def _locale(presentation: Claims) -> str | None:
    """Return the language: `fr`, also from `fr_ca` or `fr-FR`; None when it is not a language code."""
    match = _LOCALE.fullmatch(read.text(presentation, "locale") or "")
    return match[1].lower() if match else None


def _return_url(presentation: Claims, registration: Registration) -> str | None:
    """Return the way back, only to the platform's own origins (anything else is dropped: no open redirect)."""
    address = presentation.get("return_url")
    if not isinstance(address, str) or len(address) > _LONGEST_KEPT_ADDRESS:
        return None
    # By http only to a platform that is reached by http itself: a test machine.
    safe = address.startswith("https://") or registration.issuer.startswith("http://")
    return address if safe and registration.allows(address) else None


def _service_address(holder: Claims, name: str, registration: Registration) -> str | None:
    """Read a service address; of a foreign origin the launch is refused: our token would go there."""
    address = read.identifier(holder, name, longest=_LONGEST_KEPT_ADDRESS)
    if address is not None and not registration.allows(address):
        # A platform behind a proxy may not know that it is reached by https; the host is what counts.
        secure = f"https://{address.removeprefix('http://')}"
        if address.startswith("http://") and registration.allows(secure):
            return secure
        raise LaunchRefused(
            RefusalReason.FOREIGN_SERVICE_ADDRESS,
            f"{name} is not of an origin of this registration (declare it with --service-origin if it is right)",
        )
    return address


def _ags(claims: Claims, registration: Registration) -> Ags | None:
    endpoint = read.object_claim(claims, read.AGS_ENDPOINT)
    if endpoint is None:
        return None
    return Ags(
        scopes=frozenset(read.string_list(endpoint, "scope") or ()),
        lineitems=_service_address(endpoint, "lineitems", registration),
        lineitem=_service_address(endpoint, "lineitem", registration),
    )


def _nrps_url(claims: Claims, registration: Registration) -> str | None:
    service = read.object_claim(claims, read.NRPS_SERVICE) or {}
    return _service_address(service, "context_memberships_url", registration)


def _for_user(claims: Claims, message_type: MessageType) -> str | None:
    person = read.object_claim(claims, f"{LTI}for_user") or {}
    found = read.identifier(person, "user_id")
    if found is None and message_type is MessageType.SUBMISSION_REVIEW:
        raise LaunchRefused(RefusalReason.FOR_USER_MISSING, "a submission review without for_user.user_id")
    return found


def _deep_linking_settings(claims: Claims, registration: Registration) -> DeepLinkingSettings:
    """Read what the platform takes back; a return address of elsewhere would carry our signed answer there."""
    settings = read.object_claim(claims, read.DEEP_LINKING_SETTINGS)
    address = read.identifier(settings or {}, "deep_link_return_url", longest=_LONGEST_ADDRESS)
    types = read.string_list(settings or {}, "accept_types")
    targets = read.string_list(settings or {}, "accept_presentation_document_targets")
    if settings is None or address is None or types is None or not targets:
        raise LaunchRefused(
            RefusalReason.DEEP_LINKING_INCOMPLETE,
            "deep_linking_settings without deep_link_return_url, accept_types or "
            "accept_presentation_document_targets",
        )
    if not registration.allows(address):
        raise LaunchRefused(
            RefusalReason.FOREIGN_SERVICE_ADDRESS,
            "deep_link_return_url is not of an origin of this registration",
        )
    if _RESOURCE_LINK_TYPE not in types:
        raise LaunchRefused(
            RefusalReason.DEEP_LINKING_UNSUPPORTED, "deep linking that takes no ltiResourceLink"
        )
    return DeepLinkingSettings(
        return_url=address,
        accept_types=frozenset(types),
        accept_multiple=read.truth(settings, "accept_multiple", default=False),
        accept_line_item=read.truth(settings, "accept_lineitem", default=True),
        document_targets=targets,
        title=read.text(settings, "title"),
        text=read.text(settings, "text"),
        data=read.opaque(settings, "data"),
    )


def _ask_pylti1p3(validator: MessageValidatorAbstract, claims: Claims) -> None:
    """Let pylti1p3 judge too; a review is judged as the launch it is (Moodle's may come without a line item)."""
    try:
        validator.validate(claims)
    except LtiException as error:
        raise LaunchRefused(RefusalReason.INVALID_CLAIM, str(error)) from error
