"""Launches as other LMSs document them: Canvas, Brightspace, Blackboard Learn, and 1EdTech's own example.

Shapes, ids, roles, missing and odd values are theirs, the people and addresses made up. Services, key set and token
address are put on a server of the test's; issuer and authorisation keep the shape of the LMS's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lti.registration import Registration
from tests.lti.forge import AGS, AGS_SCOPE, CLAIM, NRPS, ROLE

_NRPS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
_OFFERING = "http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"


@dataclass(frozen=True, kw_only=True)
class OtherLms:
    """An LMS: how it is registered, how it begins a login, what its launches claim (by role), where its scores go."""

    name: str
    issuer: str
    client_id: str
    deployment_id: str
    authorisation: str
    token_path: str
    jwks_path: str
    key: Mapping[str, str]
    login: Mapping[str, str]
    claims: Callable[[str, str], dict[str, Any]]
    score_path: str
    score_answer: tuple[int, bytes]
    number: str | None
    posted: Mapping[str, str] = field(default_factory=dict)

    def registration(self, services: str) -> Registration:
        """How it is registered here, with its services on that server."""
        return Registration(
            id=1,
            name=self.name,
            issuer=self.issuer,
            client_id=self.client_id,
            auth_login_url=self.authorisation,
            auth_token_url=f"{services}{self.token_path}",
            jwks_url=f"{services}{self.jwks_path}",
            deployment_ids=frozenset({self.deployment_id}),
        )


def _canvas(services: str, role: str) -> dict[str, Any]:
    roles = {
        "student": ["institution/person#Student", "membership#Learner", "system/person#User"],
        "teacher": ["institution/person#Instructor", "membership#Instructor", "system/person#User"],
        "administrator": [
            "institution/person#Administrator",
            "system/person#SysAdmin",
            "system/person#User",
        ],
    }[role]
    course = "4c1e8a7d2f90b36a5e01c7d8f4b2a9e6310d5c87"
    return {
        "aud": "10000000000007",
        "azp": "10000000000007",
        "iss": "https://canvas.instructure.com",
        "sub": "0f4ae6c2-2c67-4c8e-b1d5-5b1c0d7e9a11",
        "picture": "https://univ.instructure.com/images/thumbnails/3/abc",
        "email": "etudiante@univ.example",
        "name": "Zoé Étudiante",
        "given_name": "Zoé",
        "family_name": "",
        "locale": "fr-CA",
        f"{CLAIM}message_type": "LtiResourceLinkRequest",
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}resource_link": {
            "id": "b7a2c3d4-1111-4222-8333-944455566677",
            "description": "<p>Niveau visé&nbsp;: 4</p>",
            "title": None,
        },
        f"{CLAIM}deployment_id": f"7:{course}",
        f"{CLAIM}roles": [ROLE + each for each in roles],
        f"{CLAIM}lis": {
            "person_sourcedid": "99300412" if role == "student" else "$Person.sourcedId",
            "course_offering_sourcedid": "$CourseSection.sourcedId",
        },
        f"{CLAIM}context": {"id": course, "label": "PIX", "title": "Pix", "type": [_OFFERING]},
        f"{CLAIM}tool_platform": {
            "guid": "zOUAtkfS3gI8:canvas-lms",
            "name": "Université",
            "version": "cloud",
            "product_family_code": "canvas",
        },
        f"{CLAIM}launch_presentation": {
            "document_target": "iframe",
            "return_url": "https://canvas.instructure.com/courses/3/external_content/success/external_tool_redirect",
            "locale": "fr-CA",
            "height": None,
        },
        f"{CLAIM}custom": {
            "student_number": "$Canvas.user.sisSourceId",
            "unit": "HA1G10H",
            "component": "cc1",
        },
        f"{CLAIM}lti11_legacy_user_id": "86157096483e6b3a50bfedc6bac902c0b20a824f",
        f"{CLAIM}lti1p1": {"user_id": "86157096483e6b3a50bfedc6bac902c0b20a824f"},
        f"{CLAIM}platformnotificationservice": {"service_versions": ["1.0"]},
        "https://www.instructure.com/placement": None,
        AGS: {
            "scope": [
                *(AGS_SCOPE + each for each in ("lineitem", "lineitem.readonly", "result.readonly", "score")),
                "https://canvas.instructure.com/lti-ags/progress/scope/show",
            ],
            "lineitem": f"{services}/api/lti/courses/3/line_items/1",
            "lineitems": f"{services}/api/lti/courses/3/line_items",
        },
        NRPS: {
            "context_memberships_url": f"{services}/api/lti/courses/3/names_and_roles",
            "service_versions": ["2.0"],
        },
    }


def _brightspace(services: str, role: str) -> dict[str, Any]:
    roles = {
        "student": ["membership#Learner", "institution/person#Student"],
        "teacher": ["membership#Instructor", "institution/person#Instructor"],
        "administrator": ["membership#Administrator", "institution/person#Administrator"],
    }[role]
    deployment, unit = "2FF21E97-79CF-4794-9244-5BFB55B7A330", "2273803"
    api = f"{services}/d2l/api/lti"
    tenant = "ca4d7f6b-e6bf-43ef-a263-6e76d66678ef"
    return {
        "iss": "https://univ.brightspace.com",
        "aud": "38b0c94e-5b1a-4e0f-9616-d3b77ab6874a",
        "sub": "1019d47b-e5e1-43e2-843a-3c9a825650ef_1826270",
        "given_name": "Zoé",
        "family_name": "Étudiante",
        "name": "Zoé Étudiante",
        "email": "",
        f"{CLAIM}lti11_legacy_user_id": "1019d47b-e5e1-43e2-843a-3c9a825650ef_1826270",
        f"{CLAIM}message_type": "LtiResourceLinkRequest",
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}deployment_id": deployment,
        f"{CLAIM}resource_link": {"id": "univ-17557021_2273803", "title": "Pix CC1", "description": ""},
        f"{CLAIM}roles": [ROLE + each for each in roles],
        f"{CLAIM}context": {"id": unit, "label": "PIX", "title": "Pix", "type": [_OFFERING]},
        f"{CLAIM}lis": {
            "course_offering_sourcedid": "univ.brightspace.com:PIX",
            "course_section_sourcedid": "univ.brightspace.com:PIX",
        },
        f"{CLAIM}launch_presentation": {"locale": "en-us"},
        f"{CLAIM}custom": {"user_id": "$User.Id", "unit": "HA1G10H", "component": "cc1"},
        f"{CLAIM}tool_platform": {"guid": tenant, "product_family_code": "desire2learn"},
        "http://www.brightspace.com": {
            "tenant_id": tenant,
            "org_defined_id": "99300412",
            "user_id": 1826270,
            "username": "zoe.etudiante",
            "Context.id.history": "",
            "ResourceLink.id.history": "",
            "content_topic_id": "33677592",
        },
        AGS: {
            "scope": [
                AGS_SCOPE + each for each in ("lineitem", "lineitem.readonly", "result.readonly", "score")
            ],
            "lineitem": f"{api}/ags/2.0/deployment/{deployment}/orgunit/{unit}/lineitems/3106e6da-b85b-4ac4",
            "lineitems": f"{api}/ags/2.0/deployment/{deployment}/orgunit/{unit}/lineitems",
        },
        NRPS: {
            "context_memberships_url": f"{api}/nrps/2.0/deployment/{deployment}/orgunit/{unit}/memberships",
            "service_versions": ["2.0"],
        },
    }


def _blackboard(services: str, role: str) -> dict[str, Any]:
    roles = {
        "student": ["membership#Learner", "institution/person#Student"],
        "teacher": ["membership#Instructor", "institution/person#Faculty"],
        "administrator": [
            "membership#Instructor",
            "system/person#Administrator",
            "membership#Administrator",
            "institution/person#Staff",
        ],
    }[role]
    return {
        "iss": "https://blackboard.com",
        "aud": "baaf7da8-f99a-42ca-a72f-292cfd0eb27d",
        "sub": "561ac4762b5142a0b1d3ed1aa40789c1",
        "locale": "fr-FR",
        "email": "etudiante@univ.example",
        "given_name": "Zoé",
        "family_name": "Étudiante",
        "name": "Zoé Étudiante",
        f"{CLAIM}deployment_id": "86e8b331-a6cd-486c-b006-9893c749e242",
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}message_type": "LtiResourceLinkRequest",
        f"{CLAIM}tool_platform": {
            "name": "Blackboard, Inc.",
            "description": "Blackboard, Inc.",
            "guid": "83656022865f4f47a898b986399a01a8",
            "product_family_code": "BlackboardLearn",
            "version": "3900.93.0-rel.59+7d3ba1c",
            "url": f"{services}/",
            "contact_email": "support@univ.example",
        },
        f"{CLAIM}lis": {"person_sourcedid": "99300412", "course_section_sourcedid": "PIX"},
        f"{CLAIM}launch_presentation": {
            "return_url": "https://blackboard.com/webapps/blackboard/execute/blti/launchReturn?course_id=_4_1&content_id=_44_1"
            "&toGC=false&nonce=b76463f935c24874befc987da481e77b&launch_id=03e17634&link_id=_44_1",
            "locale": "fr-FR",
        },
        f"{CLAIM}roles": [ROLE + each for each in roles],
        f"{CLAIM}context": {
            "id": "ad83286ea6494b799bd1a5d57436d7d8",
            "label": "PIX",
            "title": "Pix",
            "type": [_OFFERING],
        },
        f"{CLAIM}resource_link": {"id": "_44_1", "title": "Pix CC1"},
        f"{CLAIM}custom": {"unit": "HA1G10H", "component": "cc1", "groupId": "$CourseGroup.id"},
        AGS: {
            "lineitems": f"{services}/learn/api/v1/lti/courses/_4_1/lineItems",
            "lineitem": f"{services}/learn/api/v1/lti/courses/_4_1/lineItems/_40_1",
            "scope": [
                AGS_SCOPE + each for each in ("lineitem", "result.readonly", "score", "lineitem.readonly")
            ],
        },
        NRPS: {
            "context_memberships_url": f"{services}/learn/api/v1/lti/external/namesandroles/_4_1",
            "scope": [_NRPS_SCOPE],
            "service_versions": ["2.0"],
        },
        "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice": {
            "context_groups_url": f"{services}/learn/api/v1/lti/courses/_4_1/groups",
            "service_versions": ["1.0"],
        },
        "https://blackboard.com/lti/claim/one_time_session_token": "9f29b26e944045118a51f8271aaf47d9",
        "https://blackboard.com/webapps/foundations-connector/foundations-ids": {"site-id": "c97ad917"},
    }


def _1edtech(services: str, role: str) -> dict[str, Any]:
    roles = {
        "student": ["institution/person#Student", "membership#Learner", "membership#Mentor"],
        "teacher": ["institution/person#Faculty", "membership#Instructor"],
        "administrator": ["institution/person#Administrator"],
    }[role]
    return {
        "iss": "https://platform.example.edu",
        "sub": "a6d5c443-1f51-4783-ba1a-7686ffe3b54a",
        "aud": ["962fa4d8-bcbf-49a0-94b2-2de05ad274af"],
        "azp": "962fa4d8-bcbf-49a0-94b2-2de05ad274af",
        "name": "Ms Jane Marie Doe",
        "given_name": "Jane",
        "family_name": "Doe",
        "middle_name": "Marie",
        "picture": "https://platform.example.edu/jane.jpg",
        "email": "jane@platform.example.edu",
        "locale": "en-US",
        f"{CLAIM}deployment_id": "07940580-b309-415e-a37c-914d387c1150",
        f"{CLAIM}message_type": "LtiResourceLinkRequest",
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}roles": [ROLE + each for each in roles],
        f"{CLAIM}role_scope_mentor": ["fad5fb29-a91c-770-3c110-1e687120efd9"],
        f"{CLAIM}context": {
            "id": "c1d887f0-a1a3-4bca-ae25-c375edcc131a",
            "label": "ECON 1010",
            "title": "Economics as a Social Science",
            "type": [_OFFERING],
        },
        f"{CLAIM}resource_link": {
            "id": "200d101f-2c14-434a-a0f3-57c2a42369fd",
            "description": "Assignment to introduce who you are",
            "title": "Introduction Assignment",
        },
        f"{CLAIM}tool_platform": {
            "guid": "ex/48bbb541-ce55-456e-8b7d-ebc59a38d435",
            "contact_email": "support@platform.example.edu",
            "description": "An Example Tool Platform",
            "name": "Example Tool Platform",
            "url": "https://platform.example.edu",
            "product_family_code": "ExamplePlatformVendor-Product",
            "version": "1.0",
        },
        f"{CLAIM}launch_presentation": {
            "document_target": "iframe",
            "height": 320,
            "width": 240,
            "return_url": "https://platform.example.edu/terms/201601/courses/7/sections/1/resources/2",
        },
        f"{CLAIM}custom": {
            "xstart": "2017-04-21T01:00:00Z",
            "request_url": "https://tool.com/link/123",
            "unit": "HA1G10H",
            "component": "cc1",
        },
        f"{CLAIM}lis": {
            "person_sourcedid": "example.edu:71ee7e42-f6d2-414a-80db-b69ac2defd4",
            "course_offering_sourcedid": "example.edu:SI182-F16",
            "course_section_sourcedid": "example.edu:SI182-001-F16",
        },
        "http://www.ExamplePlatformVendor.com/session": {"id": "89023sj890dju080"},
        AGS: {
            "scope": [AGS_SCOPE + each for each in ("lineitem", "result.readonly", "score")],
            "lineitems": f"{services}/2344/lineitems/",
            "lineitem": f"{services}/2344/lineitems/1234/lineitem",
        },
        NRPS: {
            "context_memberships_url": f"{services}/2344/memberships",
            "service_versions": ["1.0", "2.0"],
        },
    }


CANVAS = OtherLms(
    name="Canvas",
    issuer="https://canvas.instructure.com",
    client_id="10000000000007",
    deployment_id="7:4c1e8a7d2f90b36a5e01c7d8f4b2a9e6310d5c87",
    authorisation="https://sso.canvaslms.com/api/lti/authorize_redirect",
    token_path="/login/oauth2/token",
    jwks_path="/api/lti/security/jwks",
    key={"kid": "2018-06-18T22:33:20Z", "alg": "RS256", "use": "sig"},
    login={
        "login_hint": "535fa085f22b4655f48cd5a36a9215f64c062838",
        "lti_message_hint": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9."
        + "e30" * 150
        + ".HyNhJe1cNlkA29tJy9oBxNsUD3jWZdUb",
        "canvas_environment": "prod",
        "canvas_region": "not_configured",
        "lti_storage_target": "post_message_forwarding",
    },
    posted={"utf8": "✓", "authenticity_token": "0tT0C8s==", "lti_storage_target": "post_message_forwarding"},
    claims=_canvas,
    score_path="/api/lti/courses/3/line_items/1/scores",
    score_answer=(
        200,
        b'{"resultUrl": "https://univ.instructure.com/api/lti/courses/3/line_items/1/results/16"}',
    ),
    number="99300412",
)
BRIGHTSPACE = OtherLms(
    name="Brightspace",
    issuer="https://univ.brightspace.com",
    client_id="38b0c94e-5b1a-4e0f-9616-d3b77ab6874a",
    deployment_id="2FF21E97-79CF-4794-9244-5BFB55B7A330",
    authorisation="https://univ.brightspace.com/d2l/lti/authenticate",
    token_path="/core/connect/token",
    jwks_path="/d2l/.well-known/jwks",
    key={"kid": "0a1d3a52-3d1c-4b5f-9d53-3f2b2f9f4a53", "use": "sig"},
    login={"login_hint": "MTgyNjI3MA==", "lti_message_hint": "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"},
    claims=_brightspace,
    score_path="/d2l/api/lti/ags/2.0/deployment/2FF21E97-79CF-4794-9244-5BFB55B7A330/orgunit/2273803/lineitems/"
    "3106e6da-b85b-4ac4/scores",
    score_answer=(200, b""),
    number="99300412",
)
BLACKBOARD = OtherLms(
    name="Blackboard Learn",
    issuer="https://blackboard.com",
    client_id="baaf7da8-f99a-42ca-a72f-292cfd0eb27d",
    deployment_id="86e8b331-a6cd-486c-b006-9893c749e242",
    authorisation="https://developer.blackboard.com/api/v1/gateway/oidcauth",
    token_path="/api/v1/gateway/oauth2/jwttoken",
    jwks_path="/api/v1/management/applications/baaf7da8-f99a-42ca-a72f-292cfd0eb27d/jwks.json",
    key={"kid": "53c4573a-1ac8-4484-b036-a7b22b557e8c"},
    login={
        "login_hint": "https://learn.univ.example/webapps/bb-auth-provider-shibboleth-BB/execute?x=1&y=2",
        "lti_message_hint": "03e17634-4119-4534-8934-34e2ea4d03d6",
        "lti_deployment_id": "86e8b331-a6cd-486c-b006-9893c749e242",
    },
    claims=_blackboard,
    score_path="/learn/api/v1/lti/courses/_4_1/lineItems/_40_1/scores",
    score_answer=(201, b"{}"),
    number="99300412",
)
ONE_EDTECH = OtherLms(
    name="1EdTech example",
    issuer="https://platform.example.edu",
    client_id="962fa4d8-bcbf-49a0-94b2-2de05ad274af",
    deployment_id="07940580-b309-415e-a37c-914d387c1150",
    authorisation="https://platform.example.edu/auth?tenant=7",
    token_path="/token",
    jwks_path="/jwks",
    key={"kid": "1", "alg": "RS256"},
    login={"login_hint": "29123"},
    claims=_1edtech,
    score_path="/2344/lineitems/1234/lineitem/scores",
    score_answer=(204, b""),
    number="example.edu:71ee7e42-f6d2-414a-80db-b69ac2defd4",
)
EVERY = (CANVAS, BRIGHTSPACE, BLACKBOARD, ONE_EDTECH)
