"""Every launch that must not be refused, over HTTP: the page opens; who may hand in does, who may not is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.lti.forge import INSTRUCTOR, LEARNER, ROLE, ForgedPlatform
from tests.web_lti.conftest import Stage
from tests.web_lti.visitor import form_token_of, mains
from workflows.platforms import disable

PERSONAL = ("name", "given_name", "family_name", "email", "lis", "ext")

ACCEPTED: dict[str, dict[str, Any]] = {
    "as Moodle sends it": {},
    "several roles": {"roles": [LEARNER, f"{ROLE}institution/person#Student", f"{ROLE}system/person#User"]},
    "short role name": {"roles": ["Learner"]},
    "e-mail only": {"remove": [name for name in PERSONAL if name != "email"]},
    "names only": {"remove": ["email", "lis", "ext"]},
    "no personal data at all": {"remove": PERSONAL},
    "no context": {"remove": ["context"], "resource_link": {"id": "alone"}},
    "no title on the resource link": {"resource_link": {"id": "untitled"}},
    "aud as a list with azp": {"aud": ["sl9OsTF0WbtXFXT", "another"], "azp": "sl9OsTF0WbtXFXT"},
    "aud as a list of one": {"aud": ["sl9OsTF0WbtXFXT"]},
    "no gradebook service": {"remove": ["ags", "nrps"]},
    "no launch presentation": {"remove": ["launch_presentation"]},
    "unexpanded variables": {"custom": {"unit": "HA1G10H", "component": "cc1", "number": "$User.id"}},
    "unit and component spelled otherwise": {"custom": {"unit": " ha1g10h ", "component": "CC1 "}},
    "very long names": {"name": "Élodie " * 200, "given_name": "É" * 900, "family_name": "Œ" * 900},
    "a very long e-mail and number": {
        "email": f"{'x' * 900}@univ.example",
        "lis": {"person_sourcedid": "9" * 200},
    },
    "a very long course label": {"context": {"id": "long", "label": "L" * 900, "title": "T" * 900}},
    "the longest identifiers": {
        "sub": "s" * 255,
        "context": {"id": "c" * 255},
        "resource_link": {"id": "r" * 255, "title": "t" * 900},
    },
    "the longest resource link and no context": {"remove": ["context"], "resource_link": {"id": "x" * 255}},
    "a very long way back": {
        "launch_presentation": {"locale": "fr", "return_url": "https://moodle.example/?" + "x" * 3900}
    },
    "unknown claims": {"https://vendor.example/claim": {"anything": [1, None]}},
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(stage: Stage, name: str) -> None:
    claims = {"sub": f"of {name}", **ACCEPTED[name]}
    page = stage.launched(**claims).page
    assert (page.status_code, mains(page)) == (200, 1), page.text
    assert form_token_of(page)  # the form is there


@pytest.mark.postgres
@pytest.mark.parametrize("name", [each for each in ACCEPTED if "long" in each])
def test_nothing_is_too_long_for_postgresql_either(postgres_stage: Stage, name: str) -> None:
    page = postgres_stage.launched(**{"sub": f"of {name}", **ACCEPTED[name]}).page
    assert (page.status_code, mains(page)) == (200, 1), page.text


@pytest.mark.parametrize("skew", [-5, 5])
def test_a_clock_five_seconds_off(stage: Stage, skew: int) -> None:
    instant = int(stage.now().timestamp()) + skew
    late: dict[str, Any] = {"exp": instant} if skew < 0 else {"exp": instant + 60, "nbf": instant}
    page = stage.launched(sub="hurried", iat=instant, **late).page
    assert page.status_code == 200


@pytest.mark.parametrize(
    "roles",
    [
        [],
        [f"{ROLE}membership#Mentor"],
        ["https://platform.example/roles#Gardener"],
        ["urn:lti:role:ims/lis/Learner"],
        [f"{ROLE}institution/person#Student"],
        ["User"],
    ],
)
def test_an_unknown_role_may_read_and_not_submit(stage: Stage, roles: list[str]) -> None:
    learner = stage.launched(sub="a learner")
    visitor = stage.launched(sub="who knows", roles=roles)
    assert (visitor.page.status_code, mains(visitor.page)) == (200, 1)
    assert 'name="form_id"' not in visitor.page.text
    before = stage.count("submission")
    # The form of a learner, with this visit's own token: only the role is missing.
    token = reader_token(stage, visitor.visit)
    fields = {"form_token": token, "form_id": "x", "level_1_3": "4", "level_2_3": "4", "level_3_1": "4"}
    answer = visitor.post(f"{visitor.visit}/profile/", fields)
    assert (answer.status_code, mains(answer)) == (403, 1), answer.text
    assert stage.count("submission") == before
    assert visitor.get(f"{visitor.visit}/teacher/").status_code == 403
    assert learner.page.status_code == 200


def reader_token(stage: Stage, visit: str) -> str:
    """The form token of a visit, as its pages would show it if they had a form."""
    import hashlib
    import hmac

    name = visit.removeprefix("/visits/")
    return hmac.new(stage.tool.settings.secret, f"form of visit {name}".encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize("role", [INSTRUCTOR, f"{ROLE}membership/Instructor#TeachingAssistant"])
def test_a_teacher_sees_the_cohort(stage: Stage, role: str) -> None:
    visitor = stage.launched(sub="a teacher", role=role)
    assert (visitor.page.status_code, mains(visitor.page)) == (200, 1)
    assert "/teacher/" in visitor.page.url


def test_login_by_get(stage: Stage) -> None:
    visitor = stage.visitor()
    asked = stage.platform.login(target_link_uri=stage.target)
    answer = visitor.get(f"/lti/login?{urlencode(asked)}")
    assert answer.status_code == 302
    form = stage.platform.launch_form(
        answer.headers["Location"], now=stage.now(), target_link_uri=stage.target
    )
    assert visitor.post("/lti/launch", form).status_code == 303


@pytest.mark.parametrize("missing", ["client_id", "lti_deployment_id", "lti_message_hint"])
def test_login_without_what_may_be_left_out(own_stage: Stage, missing: str) -> None:
    assert own_stage.asked(own_stage.visitor(), **{missing: None}).startswith(own_stage.server.url)


def test_hints_go_back_to_the_letter(stage: Stage) -> None:
    from tests.lti.forge import read_authorisation

    hint = '{"cmid":3,"é":"a b+c%2B&=#"}'
    asked = read_authorisation(stage.asked(stage.visitor(), lti_message_hint=hint, login_hint="a b+é"))
    assert (asked["lti_message_hint"], asked["login_hint"]) == (hint, "a b+é")
    assert asked["redirect_uri"] == stage.target
    assert (asked["scope"], asked["response_type"], asked["response_mode"]) == (
        "openid",
        "id_token",
        "form_post",
    )


def test_keys_without_alg(stage: Stage) -> None:
    [key] = stage.platform.jwks["keys"]
    assert "alg" not in key
    assert stage.launched(sub="without alg").page.status_code == 200


def test_a_rotated_platform_key(own_stage: Stage) -> None:
    assert own_stage.launched().page.status_code == 200
    new = ForgedPlatform(base_url=own_stage.server.url, key_id="moodle-key-2")
    keys = {"keys": [*own_stage.platform.jwks["keys"], *new.jwks["keys"]]}
    own_stage.server.answer("GET", "/mod/lti/certs.php", body=json.dumps(keys).encode())
    own_stage.platform = new
    assert own_stage.launched().page.status_code == 200


def test_a_platform_whose_key_set_is_down_after_a_first_launch(own_stage: Stage) -> None:
    assert own_stage.launched().page.status_code == 200
    own_stage.server.answer("GET", "/mod/lti/certs.php", status=503, body=b"<html>down</html>")
    assert own_stage.launched().page.status_code == 200


def test_several_clients_of_one_issuer(own_stage: Stage) -> None:
    second = ForgedPlatform(
        base_url=own_stage.server.url, client_id="second-client", deployment_ids=("1", "7")
    )
    own_stage.register(second.registration)
    first_visitor, second_visitor = own_stage.visitor(), own_stage.visitor()
    own_stage.launched(first_visitor)
    form = second.launch_form(
        own_stage.asked(second_visitor, platform=second),
        now=own_stage.now(),
        target_link_uri=own_stage.target,
        deployment_id="7",
    )
    assert second_visitor.post("/lti/launch", form).status_code == 303
    # The same `sub` of two clients is two people.
    assert own_stage.count("person") == 2
    # A login without client id that names a deployment only one of them knows.
    asked = own_stage.asked(own_stage.visitor(), client_id=None, lti_deployment_id="7")
    assert "client_id=second-client" in asked


def test_the_first_deployment_is_adopted_and_no_other(own_stage: Stage) -> None:
    platform = ForgedPlatform(base_url=own_stage.server.url, client_id="adopting", deployment_ids=())
    own_stage.register(platform.registration)

    def launch(deployment: str) -> int:
        visitor = own_stage.visitor()
        address = own_stage.asked(visitor, platform=platform)
        form = platform.launch_form(
            address, now=own_stage.now(), target_link_uri=own_stage.target, deployment_id=deployment
        )
        return visitor.post("/lti/launch", form).status_code

    assert [launch("5"), launch("6"), launch("5")] == [303, 403, 303]


def test_a_platform_works_as_soon_as_it_is_added_and_no_longer_when_it_is_disabled(own_stage: Stage) -> None:
    platform = ForgedPlatform(base_url=own_stage.server.url, client_id="added later")
    asked = platform.login(target_link_uri=own_stage.target)
    assert own_stage.visitor().post("/lti/login", asked).status_code == 403
    number = own_stage.register(platform.registration)
    visitor = own_stage.visitor()
    address = own_stage.asked(visitor, platform=platform)
    form = platform.launch_form(address, now=own_stage.now(), target_link_uri=own_stage.target)
    visitor.open(visitor.post("/lti/launch", form))
    assert visitor.page.status_code == 200
    people = own_stage.count("person")
    disable(own_stage.tool.world, number)
    assert own_stage.visitor().post("/lti/login", asked).status_code == 403
    # Its open pages are closed too, and its history stays.
    assert visitor.get(f"{visitor.visit}/profile/").status_code == 404
    assert own_stage.count("person") == people
    own_stage.register(platform.registration)
    assert visitor.get(f"{visitor.visit}/profile/").status_code == 200


def test_reload_and_back_work(stage: Stage) -> None:
    visitor = stage.launched(sub="reloads")
    assert [visitor.get(visitor.page.url).status_code for _ in range(3)] == [200, 200, 200]


def test_a_clock_that_steps_back_a_few_minutes(own_stage: Stage) -> None:
    visitor = own_stage.launched()
    back = datetime.now(UTC) - timedelta(minutes=4)
    own_stage.tool.set_clock(lambda: back)
    assert visitor.get(visitor.page.url).status_code == 200


def test_https_form_of_the_target_without_ports() -> None:
    from lti.origins import same_host

    assert same_host("http://pix.univ.example/lti/launch", "https://pix.univ.example")


def test_a_platform_brought_up_to_date(own_stage: Stage) -> None:
    moved = replace(own_stage.platform.registration, jwks_url=f"{own_stage.server.url}/moved")
    own_stage.register(moved)
    own_stage.server.answer("GET", "/moved", body=json.dumps(own_stage.platform.jwks).encode())
    assert own_stage.launched().page.status_code == 200
    assert own_stage.server.count("GET", "/moved") == 1
