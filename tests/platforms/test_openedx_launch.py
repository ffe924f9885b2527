"""Open edX opens activities: who comes in, as whom, from which course; and what is refused at the door."""

from __future__ import annotations

import base64
import json
import time

import jwt
import pytest

from lti.message_claims import launch_from_claims
from lti.platform_keys import UNKNOWN_KEY_PAUSE
from tests.platforms.conftest import CC2, School, hand_in, new_course, register
from tests.platforms.openedx.browser import Browser
from workflows.platform_registry import registration_of

pytestmark = pytest.mark.openedx


@pytest.mark.parametrize(
    ("role", "lands_on", "may_hand_in"),
    [
        ("student", "/profile/", True),
        ("beta_testers", "/profile/", True),
        ("staff", "/teacher/", False),
        ("instructor", "/teacher/", False),
        ("Community TA", "/teacher/", False),
        (None, "/profile/", False),
    ],
)
def test_a_role_of_open_edx_opens_its_page(
    school: School, role: str | None, lands_on: str, may_hand_in: bool
) -> None:
    """`None`: Open edX sends an empty list of roles; such a person may read, and is told so."""
    page = school.browser("Alice Martin").launch(school.block(), role, CC2)
    assert (page.status, lands_on in page.url) == (200, True)
    assert ('name="level_3_2"' in page.html) is may_hand_in
    assert ('id="read-only"' in page.html) is (role is None)


def test_a_link_without_title_and_people_without_name_are_shown_all_the_same(school: School) -> None:
    """Open edX never gives the link's title, and a name only where a course lets it."""
    block = school.block()
    cohort = school.set_up(block)
    assert (cohort.status, "/teacher/" in cohort.url) == (200, True)
    nameless = school.browser()
    sent = hand_in(nameless, nameless.launch(block), 3)
    assert (sent.status, "10,00" in sent.html) == (200, True)
    teacher = school.browser("Mme Vernet").launch(block, "staff")
    assert "10,00" in teacher.html
    for page in (cohort, sent, teacher):
        assert "None" not in page.html


def test_two_clients_of_one_platform_and_two_courses_do_not_meet(school: School) -> None:
    """Open edX has one issuer, and a client for each time the tool was declared."""
    second = school.openedx.add_tool(school.tool.addresses, "Open edX, autre faculté")
    other = register(school.tool, second)
    assert other.id != school.platform.id
    here = school.block(name="pix")
    there = school.openedx.add_block(
        second["client_id"], school.tool.addresses, course=new_course(), block="pix"
    )
    person = school.browser("Alice Martin")
    marks = {here: 3, there: 6}
    for block, level in marks.items():
        hand_in(person, person.launch(block, custom=CC2), level)
    school.tool.drain()
    given = [school.openedx.column(block).grades[person.person] for block in marks]
    assert [f"{mark}" for mark in given] == ["10.00", "20.00"]


def test_a_changed_launch_is_refused(school: School) -> None:
    """The signature is checked with the key that Open edX publishes."""
    student = school.browser("Alice Martin")
    student.launch(school.block(), custom=CC2)
    head, body, signature = student.posted["id_token"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    claims["sub"] = school.openedx.add_person("Bob Durand")
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    refused = student.post(student.posted_to, {**student.posted, "id_token": f"{head}.{changed}.{signature}"})
    assert (refused.status, "/visits/" in refused.url) == (401, False)
    assert "signature" in refused.html


def test_a_launch_is_taken_once_and_from_its_own_browser(school: School) -> None:
    """Open edX lets its message hint be used again for ten minutes; our state and nonce do not."""
    student, thief = school.browser("Alice Martin"), school.browser("Bob Durand")
    block = school.block()
    student.launch(block, custom=CC2)
    taken = dict(student.posted)
    thief.launch(block, custom=CC2)
    assert thief.post(student.posted_to, taken).status == 401
    assert student.post(student.posted_to, taken).status == 401


def test_while_open_edx_hides_its_keys_nobody_enters_and_afterwards_everybody(school: School) -> None:
    """A 500 from the key set is the platform's trouble: said so, and over when it is over."""
    block = school.block()
    keys = school.registration["jwks_url"].removeprefix(school.openedx.issuer)
    school.openedx.answer_instead(keys, method="GET", status=500, body="<html>trouble</html>")
    refused = school.browser("Alice Martin").launch(block, custom=CC2)
    assert (refused.status, "/visits/" in refused.url) == (401, False)
    school.openedx.answer_instead(keys, method="GET", status=500, times=0)
    time.sleep(UNKNOWN_KEY_PAUSE)  # so long a set that failed is left alone
    assert school.browser("Alice Martin").launch(block, custom=CC2).status == 200


def test_after_new_keys_launches_go_on(school: School) -> None:
    """A key id never seen before makes the tool read the key set again."""
    block = school.block()
    assert school.browser("Alice Martin").launch(block, custom=CC2).status == 200
    school.openedx.change_keys(school.registration["client_id"])
    assert school.browser("Bob Durand").launch(block, custom=CC2).status == 200


def test_the_roster_is_offered_read_and_not_asked_for_yet(school: School) -> None:
    """The launch names the membership service; its address is understood, and nothing calls it so far."""
    block = school.block()
    student: Browser = school.browser("Alice Martin")
    assert student.launch(block, custom=CC2).status == 200
    claims = jwt.decode(student.posted["id_token"], options={"verify_signature": False})
    launch = launch_from_claims(
        claims, registration_of(school.platform), public_url=school.tool.settings.public_url
    )
    assert launch.nrps_url == f"{school.openedx.issuer}{block.services}/memberships"
    assert launch.resource_link.title is None
    assert not school.openedx.calls(f"{block.services}/memberships")
