"""Login initiation, authentication request and message: Moodle's fields, and each of its refusals."""

import re
import time
from urllib.parse import urlsplit

import jwt
import pytest
import requests

from demo.lms import LmsBrowser, LmsState, Role
from demo.lms.cookies import FramePolicy
from tests.demo.tiny_tool import TinyTool

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


def test_login_initiation_is_a_post_of_moodles_six_fields(tool: TinyTool, lms: LmsState) -> None:
    with LmsBrowser(lms, "101") as browser:
        page = browser.launch("1")
    assert page.status == 200
    assert urlsplit(page.url).path == "/page"
    assert set(tool.logins[0]) == {
        "iss",
        "target_link_uri",
        "login_hint",
        "lti_message_hint",
        "client_id",
        "lti_deployment_id",
    }
    assert tool.logins[0]["iss"] == lms.issuer
    assert re.fullmatch(r'\{"cmid":\d+,"launchid":"\w+"\}', tool.logins[0]["lti_message_hint"])
    assert len(lms.violations) == 0


def test_a_students_message_has_moodles_claims(tool: TinyTool, lms: LmsState) -> None:
    with LmsBrowser(lms, "101") as browser:
        browser.launch("1")
    claims = tool.claims()
    assert claims["aud"] == lms.client_id
    assert "azp" not in claims
    assert claims["exp"] - claims["iat"] == 60
    assert abs(claims["iat"] - time.time()) < 20
    assert (claims["sub"], claims["name"], claims["given_name"]) == ("101", "Élodie Lefèvre", "Élodie")
    assert claims[LTI + "message_type"] == "LtiResourceLinkRequest"
    assert claims[LTI + "version"] == "1.3.0"
    assert claims[LTI + "roles"] == [MEMBERSHIP + "Learner"]
    assert claims[LTI + "deployment_id"] == "1"
    assert claims[LTI + "context"]["title"] == "Compétences numériques (Pix)"
    assert claims[LTI + "resource_link"]["id"] == "1"
    assert claims[LTI + "lis"] == {
        "person_sourcedid": "99300001",
        "course_section_sourcedid": "UE-2026-HA1G10H",
    }
    assert claims[LTI + "launch_presentation"]["locale"] == "fr"
    assert claims[LTI + "launch_presentation"]["return_url"].startswith(lms.issuer)
    assert claims[LTI + "custom"]["component"] == "cc1"
    assert (
        claims[ENDPOINT]["lineitem"] == f"{lms.issuer}/mod/lti/services.php/2/lineitems/1/lineitem?type_id=1"
    )
    assert claims[ENDPOINT]["lineitems"].endswith("/lineitems?type_id=1")
    assert len(claims[ENDPOINT]["scope"]) == 4


@pytest.mark.parametrize(("person", "role"), [("2", "Instructor"), ("3", "Instructor"), ("101", "Learner")])
def test_a_non_editing_teacher_launches_as_instructor(
    tool: TinyTool, lms: LmsState, person: str, role: str
) -> None:
    with LmsBrowser(lms, person) as browser:
        browser.launch("5")
    claims = tool.claims()
    assert claims[LTI + "roles"] == [MEMBERSHIP + role]
    assert set(claims[LTI + "custom"]) == {"context_memberships_url"}


def test_a_teacher_switched_to_student_keeps_the_same_sub(tool: TinyTool, lms: LmsState) -> None:
    prepared = lms.begin_launch("2", "1", role=Role.STUDENT)
    with LmsBrowser(lms, "2") as browser:
        browser.get(lms.addresses.launch_page(prepared.id))
    assert tool.claims()["sub"] == "2"
    assert tool.claims()[LTI + "roles"] == [MEMBERSHIP + "Learner"]


def test_a_review_message_names_the_person_but_grants_nothing(tool: TinyTool, lms: LmsState) -> None:
    with LmsBrowser(lms, "102") as browser:
        browser.launch("1", review_of="101")
    claims = tool.claims()
    assert claims[LTI + "message_type"] == "LtiSubmissionReviewRequest"
    assert claims[LTI + "for_user"] == {"user_id": "101"}
    assert (claims["sub"], claims[LTI + "roles"]) == ("102", [MEMBERSHIP + "Learner"])


def test_a_second_column_on_the_link_removes_the_lineitem_claim(tool: TinyTool, lms: LmsState) -> None:
    lms.gradebook.add_column(course_id="2", label="double", maximum=lms.column_of("1").maximum, link_id="1")
    with LmsBrowser(lms, "101") as browser:
        browser.launch("1")
    assert "lineitem" not in tool.claims()[ENDPOINT]
    assert "lineitems" in tool.claims()[ENDPOINT]


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": None},
        {"state": None},
        {"scope": "openid email"},
        {"scope": None},
        {"response_type": "code"},
        {"redirect_uri": "http://127.0.0.1:9/launch"},
        {"lti_message_hint": "{}"},
        {"lti_message_hint": "not json"},
    ],
)
def test_the_lms_shows_its_own_error_page(
    tool: TinyTool, lms: LmsState, change: dict[str, str | None]
) -> None:
    tool.auth = change
    with LmsBrowser(lms, "101") as browser:
        page = browser.launch("1")
    assert (page.status, page.url.startswith(lms.issuer)) == (400, True)
    assert "Requête invalide" in page.html
    assert tool.received == []
    assert [violation.kind for violation in lms.violations] == ["auth"]


def test_a_redirect_uri_must_be_identical(tool: TinyTool, lms: LmsState) -> None:
    tool.auth = {"redirect_uri": tool.addresses.launch_url + "?unit=1"}
    with LmsBrowser(lms, "101") as browser:
        assert browser.launch("1").status == 400


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": "somebody"}, "unauthorized_client"),
        ({"login_hint": "102"}, "access_denied"),
        ({"response_mode": "query"}, "invalid_request"),
        ({"response_mode": None}, "invalid_request"),
        ({"prompt": "login"}, "invalid_request"),
    ],
)
def test_the_lms_posts_an_error_to_the_tool(
    tool: TinyTool, lms: LmsState, change: dict[str, str | None], error: str
) -> None:
    tool.auth = change
    with LmsBrowser(lms, "101") as browser:
        browser.launch("1")
    assert tool.received[0]["error"] == error
    assert tool.received[0]["state"]
    assert "id_token" not in tool.received[0]


def test_the_message_hint_is_returned_byte_for_byte(tool: TinyTool, lms: LmsState) -> None:
    prepared = lms.begin_launch("101", "1")
    tool.auth = {"lti_message_hint": prepared.hint.replace(",", ", ")}
    with LmsBrowser(lms, "101") as browser:
        assert browser.get(lms.addresses.launch_page(prepared.id)).status == 400


def test_a_launch_id_serves_once(tool: TinyTool, lms: LmsState) -> None:
    prepared = lms.begin_launch("101", "1")
    with LmsBrowser(lms, "101") as browser:
        assert browser.get(lms.addresses.launch_page(prepared.id)).status == 200
        again = browser.get(lms.addresses.launch_page(prepared.id))
    assert (again.status, "déjà servi" in again.html) == (400, True)
    assert len(lms.violations) == 0


def test_authentication_may_be_posted(tool: TinyTool, lms: LmsState) -> None:
    prepared = lms.begin_launch("101", "1")
    form = lms.login_form(prepared).fields
    answer = requests.post(
        lms.addresses.auth,
        data={
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "client_id": form["client_id"],
            "redirect_uri": tool.addresses.launch_url,
            "login_hint": form["login_hint"],
            "lti_message_hint": form["lti_message_hint"],
            "state": "s",
            "nonce": "n",
        },
        timeout=10,
    )
    assert answer.status_code == 200
    assert 'name="id_token"' in answer.text


def test_the_key_rotates_and_the_message_says_which(tool: TinyTool, lms: LmsState) -> None:
    lms.keys.rotate()
    with LmsBrowser(lms, "101") as browser:
        browser.launch("1")
    assert jwt.get_unverified_header(tool.received[0]["id_token"])["kid"] == "lms-2"
    assert [key["kid"] for key in requests.get(lms.addresses.certs, timeout=10).json()["keys"]] == ["lms-2"]
    lms.keys.rotate(keep_old=True)
    assert len(lms.keys.key_set()["keys"]) == 2


def test_a_test_may_spoil_the_message(tool: TinyTool, lms: LmsState) -> None:
    lms.edit_claims = lambda claims: {k: v for k, v in claims.items() if k != "nonce"}
    with LmsBrowser(lms, "101") as browser:
        browser.launch("1")
    assert "nonce" not in tool.claims()


@pytest.mark.parametrize(
    ("policy", "seen"), [("first_party", "kept,plain"), ("partitioned", "kept"), ("blocked", "")]
)
def test_the_browser_gives_back_what_a_frame_would(
    tool: TinyTool, lms: LmsState, policy: FramePolicy, seen: str
) -> None:
    with LmsBrowser(lms, "101") as browser:
        browser.policy = policy
        assert f"<main>{seen}</main>" in browser.launch("1").html
