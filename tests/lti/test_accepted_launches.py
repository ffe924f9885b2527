"""The launches that must be accepted, and what is read from them."""

import dataclasses
import json
from datetime import timedelta
from typing import Any

import pytest

from lti.launch import MessageType
from tests.lti.conftest import NOW, TARGET, Tool
from tests.lti.forge import INSTRUCTOR, LEARNER, ROLE
from tests.lti.small_server import SmallServer


def test_a_students_launch_from_moodle(tool: Tool) -> None:
    launch = tool.launch()
    base = tool.platform.base_url
    assert (launch.subject, launch.deployment_id, launch.deployment_is_new) == ("5", "1", False)
    assert (launch.name, launch.given_name, launch.family_name) == ("Élodie Lefèvre", "Élodie", "Lefèvre")
    assert (launch.email, launch.student_number, launch.locale) == ("etu01@univ.example", "20261001", "fr")
    assert launch.context is not None
    assert (launch.context.id, launch.context.label) == ("2", "INFO101")
    assert (launch.resource_link.id, launch.resource_link.title) == ("1", "Pix CC1")
    assert launch.custom == {"unit": "HA1G10H", "component": "cc1"}
    assert (launch.target_link_uri, launch.document_target) == (TARGET, "iframe")
    assert launch.return_url == f"{base}/mod/lti/return.php?course=2&sesskey=abc"
    assert launch.ags is not None
    assert launch.ags.lineitem == f"{base}/mod/lti/services.php/2/lineitems/2/lineitem?type_id=1"
    assert launch.ags.may_score
    assert launch.ags.may_manage_line_items
    assert launch.ags.may_read_results
    assert launch.nrps_url is not None
    assert (launch.platform_guid, launch.platform_name) == ("37038897ec04", "UDT")
    assert (launch.for_user, launch.issued_at) == (None, NOW)
    assert launch.message_type is MessageType.RESOURCE_LINK
    assert (launch.is_learner, launch.is_teacher, launch.may_submit) == (True, False, True)


@pytest.mark.parametrize(
    ("roles", "teacher", "may_submit", "administrator"),
    [
        ([LEARNER], False, True, False),
        (["Learner"], False, True, False),
        ([LEARNER, f"{ROLE}institution/person#Student", f"{ROLE}system/person#User"], False, True, False),
        ([f"{ROLE}membership/Learner#GuestLearner"], False, True, False),
        ([INSTRUCTOR], True, False, False),
        (["Instructor"], True, False, False),
        ([f"{ROLE}membership/Instructor#TeachingAssistant"], True, False, False),
        ([f"{ROLE}membership#ContentDeveloper"], True, False, False),
        ([f"{ROLE}membership#Administrator"], True, False, True),
        ([INSTRUCTOR, LEARNER], True, False, False),
        ([], False, False, False),
        ([f"{ROLE}membership#Mentor"], False, False, False),
        (["https://platform.example/roles#Gardener"], False, False, False),
        (["urn:lti:role:ims/lis/Instructor"], False, False, False),
        (["Member", "User", ""], False, False, False),
        # elsewhere is not here: no right in the course
        ([f"{ROLE}institution/person#Instructor"], False, False, False),
        ([f"{ROLE}institution/person#Student"], False, False, False),
        ([f"{ROLE}system/person#Administrator"], False, False, True),
        ([f"{ROLE}person#Instructor", f"{ROLE}other#Administrator"], False, False, False),
        ([f"{ROLE}membership/Learner#Instructor"], False, True, False),
        # Moodle's site administrator
        (
            [f"{ROLE}institution/person#Administrator", INSTRUCTOR, f"{ROLE}system/person#Administrator"],
            True,
            False,
            True,
        ),
    ],
)
def test_roles(tool: Tool, roles: list[str], teacher: bool, may_submit: bool, administrator: bool) -> None:
    launch = tool.launch(roles=roles)
    assert (launch.is_teacher, launch.may_submit, launch.is_administrator) == (
        teacher,
        may_submit,
        administrator,
    )


def test_email_only(tool: Tool) -> None:
    launch = tool.launch(remove=("name", "given_name", "family_name"))
    assert (launch.name, launch.email) == (None, "etu01@univ.example")


def test_names_only(tool: Tool) -> None:
    launch = tool.launch(remove=("email",))
    assert (launch.name, launch.email) == ("Élodie Lefèvre", None)


def test_no_personal_data_at_all(tool: Tool) -> None:
    launch = tool.launch(remove=("name", "given_name", "family_name", "email", "lis", "ext", "custom"))
    assert (launch.name, launch.email, launch.student_number) == (None, None, None)
    assert launch.may_submit


def test_no_context(tool: Tool) -> None:
    assert tool.launch(remove=("context",)).context is None


def test_only_what_is_required(tool: Tool) -> None:
    launch = tool.launch(
        remove=("launch_presentation", "tool_platform", "custom", "ags", "nrps", "ext", "lis")
    )
    assert (launch.ags, launch.nrps_url, launch.return_url, launch.custom) == (None, None, None, {})


def test_no_title_on_the_resource_link(tool: Tool) -> None:
    assert tool.launch(resource_link={"id": "7"}).resource_link.title is None


@pytest.mark.parametrize("skew", [-60 - 5, -5, -3, 3, 5])
def test_clock_skew(tool: Tool, skew: int) -> None:
    assert tool.launch(skew=skew)


def test_a_clock_that_steps_back_a_minute_during_the_login(tool: Tool) -> None:
    address = tool.login()
    tool.now -= timedelta(seconds=60)
    assert tool.read(tool.platform.launch_form(address, now=tool.now))


def test_audience_as_a_list(tool: Tool) -> None:
    client = tool.platform.registration.client_id
    assert tool.launch(aud=[client])
    assert tool.launch(aud=["other", client], azp=client)
    assert tool.launch(aud=client, azp=client)


def test_keys_without_alg_and_among_others(tool: Tool, server: SmallServer) -> None:
    odd: list[Any] = [
        {"kty": "oct", "kid": "moodle-key-1", "k": "AAAA"},
        {"kty": "EC", "kid": "e"},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": 5},
        "text",
        {**tool.platform.jwks["keys"][0], "use": "enc"},
    ]
    key = {name: value for name, value in tool.platform.jwks["keys"][0].items() if name not in {"alg", "use"}}
    server.answer("GET", "/mod/lti/certs.php", body=json.dumps({"keys": [*odd, key]}).encode())
    assert tool.launch()


def test_the_first_deployment_is_for_the_caller_to_adopt(tool: Tool) -> None:
    tool.registrations.all[0] = dataclasses.replace(tool.platform.registration, deployment_ids=frozenset())
    launch = tool.launch(deployment_id="42")
    assert (launch.deployment_id, launch.deployment_is_new) == ("42", True)


def test_one_scope_at_a_time(tool: Tool) -> None:
    scope = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
    launch = tool.launch(ags={"scope": [scope], "lineitem": f"{tool.platform.base_url}/li"})
    assert launch.ags is not None
    assert (launch.ags.may_score, launch.ags.may_read_line_items, launch.ags.may_read_results) == (
        True,
        False,
        False,
    )


def test_custom_values_without_value_are_dropped(tool: Tool) -> None:
    custom = {
        "unit": "HA1G10H",
        "nothing": None,
        "unexpanded": "$Like.this",
        "price": "$5",
        "number": 3,
        "yes": True,
        "nested": {"a": 1},
        "empty": "",
    }
    launch = tool.launch(custom=custom)
    assert launch.custom == {"unit": "HA1G10H", "price": "$5", "number": "3", "yes": "true", "empty": ""}


@pytest.mark.parametrize(
    ("lis", "custom", "expected"),
    [
        ({"person_sourcedid": " 20261001 "}, {"student_number": "1"}, "20261001"),
        ({"person_sourcedid": ""}, {"student_number": "20261002"}, "20261002"),
        ({"person_sourcedid": "$Person.sourcedId"}, {"person_sourcedid": "20261003"}, "20261003"),
        ({}, {"user_idnumber": "20261004"}, "20261004"),
        ({"person_sourcedid": None}, {"student_number": "$User.idnumber"}, None),
        ({"person_sourcedid": 5}, {"student_number": ""}, None),
        ({"person_sourcedid": "x" * 300}, {}, None),
    ],
)
def test_the_student_number(tool: Tool, lis: Any, custom: Any, expected: str | None) -> None:
    assert tool.launch(lis=lis, custom=custom).student_number == expected


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("fr", "fr"),
        ("fr_ca", "fr"),
        ("en-GB", "en"),
        ("EN", "en"),
        ("", None),
        ("x'; drop", None),
        (None, None),
    ],
)
def test_the_language(tool: Tool, locale: str | None, expected: str | None) -> None:
    assert tool.launch(launch_presentation={"locale": locale}).locale == expected


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/back",
        "javascript:alert(1)",
        "//evil.example",
        5,
        None,
        "https://moodle.example@evil/",
        "http://moodle.example/back",
        "https://moodle.example:8443/back",
        "https://moodle.example.evil/",
        "data:text/html,x",
        "https://moodle.example/\r\nX: y",
    ],
)
def test_a_way_back_elsewhere_is_dropped(tool: Tool, address: Any) -> None:
    assert tool.launch(launch_presentation={"return_url": address}).return_url is None


def test_a_declared_service_origin_is_accepted(tool: Tool) -> None:
    origins = frozenset({"https://services.example"})
    tool.registrations.all[0] = dataclasses.replace(tool.platform.registration, service_origins=origins)
    launch = tool.launch(ags={"scope": [], "lineitem": "https://services.example/li?x=1"})
    assert launch.ags is not None
    assert launch.ags.lineitem == "https://services.example/li?x=1"


def test_a_review_tells_the_person_and_gives_no_right(tool: Tool) -> None:
    launch = tool.launch(message_type="LtiSubmissionReviewRequest", for_user={"user_id": "9"})
    assert launch.message_type is MessageType.SUBMISSION_REVIEW
    assert (launch.for_user, launch.subject, launch.is_teacher) == ("9", "5", False)


def test_texts_for_people_are_cleaned(tool: Tool) -> None:
    launch = tool.launch(name="\x00 Élodie\ud800 ", resource_link={"id": "1", "title": "t" * 5000})
    assert launch.name == "Élodie"
    assert launch.resource_link.title == "t" * 1000
