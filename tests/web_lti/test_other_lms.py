"""Nothing Moodle-only is in the way: launches and scores in the shapes of Canvas, Brightspace, Blackboard, 1EdTech."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from lti.errors import LaunchRefused, RefusalReason
from lti.keys import public_jwk
from lti.message_claims import launch_from_claims
from lti.registration import Registration
from lti.roles import read_roles
from tests.lti.conftest import NOW
from tests.lti.forge import AGS, CLAIM, NRPS, ForgedPlatform, read_authorisation, rsa_key
from tests.lti.other_lms import BLACKBOARD, BRIGHTSPACE, CANVAS, EVERY, OtherLms
from tests.web_lti.conftest import Stage
from tests.web_lti.test_frames import directives
from tests.web_lti.visitor import Visitor, form_token_of, language_of, mains
from workflows.platforms import PlatformProblems, add_platform

LEVELS = {"level_1_3": "4", "level_2_3": "4", "level_3_1": "4", "total": "300", "form_id": "once"}
BY_NAME = {each.name: each for each in EVERY}


@dataclass
class Campus:
    """An LMS registered in a running tool, its services on a small server."""

    stage: Stage
    lms: OtherLms

    @property
    def services(self) -> str:
        """Where its services answer."""
        return self.stage.server.url

    def register(self) -> None:
        """Register it, and let its server publish keys, give tokens and take scores."""
        key = {**public_jwk(self.lms.key["kid"], rsa_key(self.lms.name).public_key()), **self.lms.key}
        for name in {"alg", "use"} - set(self.lms.key):
            del key[name]
        server = self.stage.server
        server.answer("GET", self.lms.jwks_path, body=json.dumps({"keys": [key]}).encode())
        token = {"access_token": "a.b.c", "token_type": "bearer", "expires_in": "3600"}
        server.answer("POST", self.lms.token_path, body=json.dumps(token).encode())
        status, body = self.lms.score_answer
        server.answer("POST", self.lms.score_path, status=status, body=body)
        self.stage.register(self.lms.registration(self.services))

    def launch(self, role: str, *, without: tuple[str, ...] = (), **login: str) -> Visitor:
        """Log in by GET as the LMS does, and launch."""
        visitor = self.stage.visitor(**{"Accept-Language": "fr"})
        asked = {
            "iss": self.lms.issuer,
            "target_link_uri": self.stage.target,
            "client_id": self.lms.client_id,
            **self.lms.login,
            **login,
        }
        answer = visitor.get(f"/lti/login?{urlencode(asked)}")
        if answer.status_code == 303:  # the cookie is tried first
            answer = visitor.get(answer.headers["Location"])
        assert answer.status_code == 302, answer.text
        assert answer.headers["Location"].startswith(self.lms.authorisation)
        sent = read_authorisation(answer.headers["Location"])
        assert sent["login_hint"] == self.lms.login["login_hint"]
        form = {
            **self.lms.posted,
            "state": sent["state"],
            "id_token": self.token(role, sent["nonce"], without),
        }
        visitor.open(visitor.post("/lti/launch", form))
        return visitor

    def token(self, role: str, nonce: str, without: tuple[str, ...]) -> str:
        """A signed message."""
        now = int(self.stage.now().timestamp())
        claims = {
            **self.lms.claims(self.services, role),
            "nonce": nonce,
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            f"{CLAIM}target_link_uri": self.stage.target,
        }
        for name in without:
            claims.pop(name, None)
        signing = ForgedPlatform(key_id=self.lms.key["kid"])
        return signing.sign(claims, key=rsa_key(self.lms.name))

    def stored(self, sql: str) -> list[Any]:
        """Rows of the tool's database."""
        with self.stage.tool.world.database.read() as connection:
            return list(connection.execute(text(sql)))


@pytest.fixture(params=list(BY_NAME))
def campus(own_stage: Stage, request: pytest.FixtureRequest) -> Campus:
    """Each LMS in turn."""
    made = Campus(own_stage, BY_NAME[request.param])
    made.register()
    return made


def test_a_student_hands_in_and_the_score_arrives(campus: Campus) -> None:
    student = campus.launch("student")
    assert (student.page.status_code, mains(student.page)) == (200, 1), student.page.text
    assert student.page.url.endswith("/profile/")
    sent = student.post(f"{student.visit}/profile/", {**LEVELS, "form_token": form_token_of(student.page)})
    assert sent.status_code == 303, sent.text
    campus.stage.tool.drain()
    score = campus.stage.server.last("POST", campus.lms.score_path)
    body = json.loads(score.body)
    assert body["userId"] == campus.lms.claims("", "student")["sub"]
    assert (body["activityProgress"], body["gradingProgress"]) == ("Completed", "FullyGraded")
    assert score.headers["Content-Type"] == "application/vnd.ims.lis.v1.score+json"
    assert score.headers["Authorization"] == "Bearer a.b.c"
    asked = campus.stage.server.last("POST", campus.lms.token_path)
    assert asked.form["grant_type"] == "client_credentials"
    assert campus.stored("SELECT state FROM desired_score") == [("in_step",)]


def test_what_is_known_of_the_student(campus: Campus) -> None:
    campus.launch("student")
    ((number, name),) = campus.stored("SELECT student_number, name FROM person")
    assert number == campus.lms.number
    assert name == campus.lms.claims("", "student")["name"]


def test_a_teacher_sees_the_cohort(campus: Campus) -> None:
    campus.launch("student")
    teacher = campus.launch("teacher")
    # In these fixtures everybody is the same person of the LMS, who now teaches.
    assert teacher.page.status_code == 200
    assert teacher.page.url.endswith("/teacher/")


def test_who_only_administers_the_institution_may_read(campus: Campus) -> None:
    shown = campus.launch("administrator").page
    in_course = any("membership#" in each for each in campus.lms.claims("", "administrator")[f"{CLAIM}roles"])
    assert shown.status_code == 200
    assert shown.url.endswith("/teacher/" if in_course else "/profile/")
    assert ('id="read-only"' in shown.text) == (not in_course)


def test_its_frame_its_language_and_the_way_back(campus: Campus) -> None:
    page = campus.launch("student").page
    said = campus.lms.claims(campus.services, "student")
    framing = directives(page.headers)["frame-ancestors"].split()
    authorisation = "/".join(campus.lms.authorisation.split("/")[:3])
    assert set(framing) == {campus.lms.issuer, authorisation}
    presentation = said[f"{CLAIM}launch_presentation"]
    locale = presentation.get("locale")
    assert language_of(page) == (locale[:2] if locale else "fr")
    back = presentation.get("return_url")
    assert ('target="_top"' in page.text) == (back is not None)
    if back:
        assert back.replace("&", "&amp;") in page.text


def test_services_switched_off(campus: Campus) -> None:
    """No gradebook, no member list, no names, no course: the page still opens."""
    for without in (
        (AGS, NRPS),
        (f"{CLAIM}lis", f"{CLAIM}custom", f"{CLAIM}launch_presentation", f"{CLAIM}tool_platform"),
        ("name", "given_name", "family_name", "email", "picture", "locale"),
        (f"{CLAIM}context",),
    ):
        assert campus.launch("student", without=without).page.status_code == 200


def test_a_token_audience_is_kept_and_used(own_stage: Stage) -> None:
    """As `platform add --token-audience` registers it; another registration of the same leaves it out again."""
    made = Campus(own_stage, BRIGHTSPACE)
    made.register()
    registry = own_stage.tool.site.registry
    for audience in ("https://api.brightspace.com/auth/token", None):
        known = BRIGHTSPACE.registration(made.services)
        add_platform(
            own_stage.tool.world,
            name=known.name,
            issuer=known.issuer,
            client_id=known.client_id,
            auth_login_url=known.auth_login_url,
            auth_token_url=known.auth_token_url,
            jwks_url=known.jwks_url,
            token_audience=audience,
        )
        (found,) = registry.find(known.issuer, known.client_id)
        assert found.token_audience == audience
    with pytest.raises(PlatformProblems, match="token_audience"):
        add_platform(
            own_stage.tool.world,
            name=known.name,
            issuer=known.issuer,
            client_id=known.client_id,
            auth_login_url=known.auth_login_url,
            auth_token_url=known.auth_token_url,
            jwks_url=known.jwks_url,
            token_audience="x" * 1001,
        )


# --- what the LMSs' own clouds need, where one address serves many universities


def registration(lms: OtherLms, services: str, **changes: Any) -> Registration:
    """The LMS with the addresses its vendor documents."""
    return replace(lms.registration(services), **changes)


CLOUDS = {
    "Canvas": (CANVAS, "https://sso.canvaslms.com", "https://univ.instructure.com"),
    "Brightspace": (BRIGHTSPACE, "https://auth.brightspace.com", "https://univ.brightspace.com"),
    "Blackboard": (BLACKBOARD, "https://developer.blackboard.com", "https://learn.univ.example"),
}


@pytest.mark.parametrize("name", CLOUDS)
def test_a_university_in_a_vendors_cloud(name: str) -> None:
    """Services on the university's own host: known by the issuer (Brightspace), or declared when it is registered."""
    lms, central, university = CLOUDS[name]
    claims = {
        **lms.claims(university, "student"),
        "iat": NOW.timestamp(),
        f"{CLAIM}target_link_uri": "https://tool.example/lti/launch",
    }

    def read(**changes: Any) -> Any:
        known = registration(lms, central, **changes)
        return launch_from_claims(claims, known, public_url="https://tool.example")

    if name != "Brightspace":
        with pytest.raises(LaunchRefused) as refused:
            read()
        assert refused.value.reason is RefusalReason.FOREIGN_SERVICE_ADDRESS
        assert "--service-origin" in refused.value.detail
    launch = read(service_origins=frozenset({university}))
    assert launch.ags.lineitem.startswith(university)
    assert university in launch.registration.frame_origins


def test_a_canvas_behind_a_proxy_that_says_http() -> None:
    """A service address by http of an https host that we know is that host's: it is called by https."""
    claims = CANVAS.claims("https://canvas.univ.example", "student")
    claims[AGS]["lineitems"] = "http://canvas.univ.example/api/lti/courses/3/line_items"
    claims |= {"iat": NOW.timestamp(), f"{CLAIM}target_link_uri": "https://tool.example/"}
    known = registration(CANVAS, "https://canvas.univ.example")
    launch = launch_from_claims(claims, known, public_url="https://tool.example")
    assert launch.ags is not None
    assert launch.ags.lineitems == "https://canvas.univ.example/api/lti/courses/3/line_items"
    for foreign in ("http://elsewhere.example/x", "http://canvas.univ.example:8080/x"):
        claims[AGS]["lineitems"] = foreign
        with pytest.raises(LaunchRefused):
            launch_from_claims(claims, known, public_url="https://tool.example")


def test_roles_nobody_has_heard_of() -> None:
    """Canvas's test student, and whatever comes next: no right follows from them, nothing breaks."""
    roles = ["http://purl.imsglobal.org/vocab/lti/system/person#TestUser", "urn:lti:role:ims/lis/Learner", ""]
    assert {each.kind for each in read_roles(roles)} == {"unknown"}
