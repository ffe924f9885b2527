"""A content selection through the whole application, on both databases, the answer read by a stranger's own means."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm

from tests.lti.forge import CLAIM, INSTRUCTOR, LEARNER, ROLE
from tests.web_lti.conftest import Stage
from tests.web_lti.visitor import Visitor, form_token_of, mains, reference_of

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


def claims(stage: Stage, **changes: Any) -> dict[str, Any]:
    """A request as Moodle makes it; `settings` over its own."""
    settings = {
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["frame", "iframe", "window"],
        "accept_multiple": True,
        "deep_link_return_url": f"{stage.platform.base_url}/mod/lti/contentitem_return.php?course=2&sesskey=abc",
        **changes.pop("settings", {}),
    }
    return {
        "message_type": "LtiDeepLinkingRequest",
        "role": INSTRUCTOR,
        "remove": ("resource_link",),
        f"{CLAIM}launch_presentation": {"locale": "fr"},
        f"{DL}deep_linking_settings": settings,
        "custom": {},
        "sub": "chooses",
        "context": {"id": "chosen for", "label": "HA1G10H", "title": "Pix"},
        **changes,
    }


def choose(visitor: Visitor, *components: str) -> requests.Response:
    """Send the form, and open what it leads to."""
    fields: Any = [
        ("form_token", form_token_of(visitor.page)),
        ("unit", "HA1G10H|2026-2027"),
        *(("component", each) for each in components),
    ]
    return visitor.open(visitor.post(f"{visitor.visit}/selection/", fields))


def answer_in(page: requests.Response) -> tuple[str, str]:
    """Where the answer goes, and the token."""
    action = re.search(r'<form method="post" action="([^"]+)" data-send-once>', page.text)
    token = re.search(r'name="JWT" value="([^"]+)"', page.text)
    assert action, page.text
    assert token, page.text
    return html.unescape(action[1]), token[1]


def read_by_a_stranger(stage: Stage, token: str) -> dict[str, Any]:
    """The claims as a strict platform reads them: our published key, now, no leeway, it being the only audience."""
    published = requests.get(f"{stage.tool.base}/lti/jwks", timeout=10).json()["keys"]
    header = jwt.get_unverified_header(token)
    key = RSAAlgorithm.from_jwk(json.dumps(next(each for each in published if each["kid"] == header["kid"])))
    assert isinstance(key, RSAPublicKey)
    found: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience=stage.platform.registration.issuer,
        issuer=stage.platform.registration.client_id,
        options={"require": ["iss", "aud", "exp", "iat", "nonce"]},
    )
    assert found["aud"] == stage.platform.registration.issuer, "one audience, as a text"
    return found


def test_a_selection_there_and_back(both_stages: Stage) -> None:
    data = 'to the letter:\n é \u2028 \\" end'
    visitor = both_stages.launched(**claims(both_stages, settings={"data": data}))
    assert visitor.page.url.endswith("/selection/")
    page = choose(visitor, "cc1", "exam")
    action, token = answer_in(page)
    assert action == f"{both_stages.platform.base_url}/mod/lti/contentitem_return.php?course=2&sesskey=abc"
    told = read_by_a_stranger(both_stages, token)
    assert told[f"{DL}data"] == data
    assert told[f"{CLAIM}deployment_id"] == "1"
    assert [each["custom"]["component"] for each in told[f"{DL}content_items"]] == ["cc1", "exam"]
    assert {each["lineItem"]["scoreMaximum"] for each in told[f"{DL}content_items"]} == {20}
    again = answer_in(visitor.get(page.url.removeprefix(both_stages.tool.base)))[1]
    assert read_by_a_stranger(both_stages, again)["nonce"] == told["nonce"]
    # What was chosen is set up when it is opened for the first time.
    opened = both_stages.launched(
        sub="chooses",
        role=INSTRUCTOR,
        context={"id": "chosen for"},
        resource_link={"id": "new"},
        custom={**told[f"{DL}content_items"][1]["custom"], "context_history": ""},
        ags=None,
    )
    assert "HA1G10H" in opened.page.text
    assert opened.page.url.endswith("/teacher/")


def test_without_data_and_without_a_course(both_stages: Stage) -> None:
    without = claims(both_stages, remove=("resource_link", "context"))
    del without["context"]
    visitor = both_stages.launched(**without)
    assert "datetime-local" not in visitor.page.text, "no course to give dates to"
    told = read_by_a_stranger(both_stages, answer_in(choose(visitor, "cc2"))[1])
    assert f"{DL}data" not in told
    assert len(told[f"{DL}content_items"]) == 1


def test_a_platform_that_takes_no_columns(both_stages: Stage) -> None:
    visitor = both_stages.launched(**claims(both_stages, settings={"accept_lineitem": False}))
    told = read_by_a_stranger(both_stages, answer_in(choose(visitor, "cc2"))[1])
    assert "lineItem" not in told[f"{DL}content_items"][0]


def test_an_administrator_without_a_role_in_the_course_is_no_member_of_it(both_stages: Stage) -> None:
    roles = [f"{ROLE}institution/person#Administrator"]
    visitor = both_stages.launched(**claims(both_stages, roles=roles))
    assert visitor.page.url.endswith("/selection/")
    assert both_stages.counts()["member"] == 0


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"role": LEARNER}, 403, "deep_linking_role"),
        ({"roles": []}, 403, "deep_linking_role"),
        ({"settings": {"accept_types": ["html"]}}, 400, "deep_linking_unsupported"),
        ({"settings": {"deep_link_return_url": None}}, 400, "deep_linking_incomplete"),
        ({"settings": {"deep_link_return_url": "https://evil.example/"}}, 403, "foreign_service_address"),
        ({"remove": ("resource_link", "sub")}, 403, "person_missing"),
        ({"nonce": "another's"}, 401, "nonce_foreign"),
        ({"deployment_id": "99"}, 403, "deployment_unknown"),
    ],
)
def test_what_is_refused_gets_a_page_a_log_line_and_leaves_nothing(
    stage: Stage, told: pytest.LogCaptureFixture, changes: dict[str, Any], status: int, reason: str
) -> None:
    before = stage.counts()
    visitor = stage.visitor()
    asked = claims(stage, **changes)
    if "sub" in asked["remove"]:
        del asked["sub"]
    answer = visitor.post("/lti/launch", stage.form(visitor, **asked))
    assert (answer.status_code, mains(answer)) == (status, 1)
    assert reference_of(answer) in told.text
    assert reason in told.text
    assert stage.counts() == before


def test_a_request_replayed_or_of_another_browser_is_refused(stage: Stage) -> None:
    visitor = stage.visitor()
    form = stage.form(visitor, **claims(stage))
    assert visitor.post("/lti/launch", form).status_code == 303
    assert visitor.post("/lti/launch", form).status_code == 401
    other = stage.visitor()
    stage.asked(other)
    assert other.post("/lti/launch", stage.form(visitor, **claims(stage))).status_code == 401


def test_moodles_own_look_at_the_launch_address_is_answered_plainly(stage: Stage) -> None:
    answer = requests.get(stage.target, headers={"User-Agent": "MoodleBot/1.0"}, timeout=10)
    assert answer.status_code == 200
    assert not answer.cookies
