"""Launch and visit without a cookie, by what the platform keeps: proofs that no address and no other browser has."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import pytest
import requests

from tests.lti.forge import INSTRUCTOR
from tests.web_lti.conftest import Stage
from tests.web_lti.test_frames import directives, new_window
from tests.web_lti.visitor import Visitor, form_token_of, mains

FRAMED = {"Sec-Fetch-Dest": "iframe"}
TARGET = "post_message_forwarding"
LEVELS = {"level_1_3": "4", "level_2_3": "4", "level_3_1": "4", "total": "300", "form_id": "once"}
_TOLD = re.compile(r'data-(\w+)="([^"]*)"')
_FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def told(page: requests.Response) -> dict[str, str]:
    """What a page that speaks with the platform tells its script."""
    (form,) = re.findall(r'<form id="storage"[^>]*>', page.text)
    return {name: unescape(value) for name, value in _TOLD.findall(form)}


@dataclass
class Framed:
    """A browser that keeps no cookie in this frame, and the platform's window, which keeps texts for it."""

    stage: Stage
    visitor: Visitor
    kept: dict[str, str] = field(default_factory=dict)

    def begin(self, **fields: str | None) -> str:
        """Log in; the address of the platform's authorisation."""
        asked = self.stage.platform.login(
            target_link_uri=self.stage.target, **{"lti_storage_target": TARGET, **fields}
        )
        bounced = self.visitor.post("/lti/login", asked)
        assert bounced.status_code == 303
        self.visitor.cookies.clear()
        page = self.visitor.get(bounced.headers["Location"])
        self.visitor.cookies.clear()
        assert (page.status_code, mains(page)) == (200, 1)
        said = told(page)
        assert (said["step"], said["target"], said["origin"]) == ("login", TARGET, self.stage.server.url)
        self.kept[said["key"]] = said["value"]
        return said["address"]

    def form(self, **claims: Any) -> dict[str, str]:
        """What the platform posts after a login."""
        return self.stage.platform.launch_form(
            self.begin(), now=self.stage.now(), **{"target_link_uri": self.stage.target, **claims}
        )

    def launch(self, form: dict[str, str], **headers: str) -> requests.Response:
        """Post a launch as the platform's page does, then again as our own page does."""
        page = self.visitor.post("/lti/launch", form)
        said = told(page)
        assert said["step"] == "launch"
        assert {name: unescape(value) for name, value in _FIELD.findall(page.text)} == form
        token = self.kept.get(said["key"], "")
        return self.visitor.post(said["address"], form, **{"X-Pixlti-Browser": token, **headers})

    def arrive(self, **claims: Any) -> dict[str, str]:
        """Launch; the address of the visit's page and what proves it."""
        answer = self.launch(self.form(**claims))
        assert answer.status_code == 200, answer.text
        visit: dict[str, str] = json.loads(answer.text)
        return visit


@pytest.fixture
def framed(stage: Stage) -> Framed:
    """Such a browser, before its launch."""
    return Framed(stage, stage.visitor(**FRAMED))


@pytest.fixture
def other(stage: Stage) -> Framed:
    """Another one, at another computer."""
    return Framed(stage, stage.visitor(**FRAMED))


def proven(visit: dict[str, str]) -> dict[str, str]:
    """The header that brings the proof."""
    return {"X-Pixlti-Visit": visit["value"]}


def test_a_launch_and_its_pages(stage: Stage, framed: Framed) -> None:
    visit = framed.arrive(sub="stored")
    assert not framed.visitor.cookies
    assert re.fullmatch(rf"/visits/[\w-]{{12}}\.\d+\.{TARGET}/profile/", visit["address"])
    first = framed.visitor.get(visit["address"])
    assert (first.status_code, mains(first)) == (401, 1)
    said = told(first)
    assert (said["step"], said["key"], said["address"]) == ("visit", visit["key"], visit["address"])
    assert directives(first.headers)["frame-ancestors"] == stage.server.url
    page = framed.visitor.get(visit["address"], **proven(visit))
    assert (page.status_code, "storage.js" in page.text) == (200, True)
    # A form carries the proof in its body, and leads to an address without it.
    token = form_token_of(page)
    sent = framed.visitor.post(visit["address"], {**LEVELS, "form_token": token})
    assert sent.status_code == 303
    assert visit["value"] not in sent.headers["Location"]
    shown = framed.visitor.get(sent.headers["Location"], **proven(visit))
    assert "13,33/20" in shown.text
    assert stage.visitor().get(f"{visit['address']}state", **proven(visit)).status_code == 200


def test_a_platform_without_storage_gets_the_new_window(stage: Stage, framed: Framed) -> None:
    for target in (None, "", "a frame", "x" * 61, "../up", "é"):
        asked = stage.platform.login(target_link_uri=stage.target, lti_storage_target=target)
        bounced = framed.visitor.post("/lti/login", asked)
        framed.visitor.cookies.clear()
        refused = framed.visitor.get(bounced.headers["Location"])
        assert (refused.status_code, mains(refused)) == (401, 1)
        assert "lti_storage_target" not in new_window(refused.text)


def test_a_platform_that_does_not_answer_gets_the_new_window(stage: Stage, framed: Framed) -> None:
    asked = stage.platform.login(target_link_uri=stage.target, lti_storage_target=TARGET)
    bounced = framed.visitor.post("/lti/login", asked)
    framed.visitor.cookies.clear()
    page = framed.visitor.get(bounced.headers["Location"])
    framed.visitor.cookies.clear()
    refused = framed.visitor.get(told(page)["otherwise"])
    assert refused.status_code == 401
    assert "lti_storage_target" not in new_window(refused.text)


def test_with_a_cookie_storage_is_not_used(stage: Stage) -> None:
    visitor = stage.visitor(**FRAMED)
    asked = stage.platform.login(target_link_uri=stage.target, lti_storage_target=TARGET)
    on = visitor.get(visitor.post("/lti/login", asked).headers["Location"])
    assert on.status_code == 302
    form = stage.platform.launch_form(
        on.headers["Location"], now=stage.now(), target_link_uri=stage.target, sub="kept by cookie"
    )
    launched = visitor.open(visitor.post("/lti/launch", form))
    assert launched.status_code == 200
    assert TARGET not in visitor.visit


# --- login CSRF: somebody else's launch in this browser


def test_anothers_launch_is_refused_in_this_browser(stage: Stage, framed: Framed, other: Framed) -> None:
    """The attacker logs in, keeps the launch back, and lets the victim's browser post it."""
    framed.begin()
    theirs = other.form(sub="the attacker")
    before = stage.counts()
    refused = framed.launch(theirs)
    assert (refused.status_code, mains(refused)) == (401, 1)
    # A form of another site may post whatever it likes, but no header: it only gets the question again.
    (token,) = other.kept.values()
    asked = framed.visitor.post("/lti/launch", {**theirs, "X-Pixlti-Browser": token, "browser": token})
    assert told(asked)["step"] == "launch"
    assert stage.counts() == before
    # Nor may its scripts: no cross-origin request with a header is let through, and browsers say where one is from.
    allowed = framed.visitor.send(
        "OPTIONS",
        "/lti/launch",
        headers={
            "Origin": "https://attacker.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-pixlti-browser",
        },
    )
    assert not [name for name in allowed.headers if name.startswith("Access-Control")]
    for place in ("cross-site", "same-site", "none"):
        answer = framed.visitor.post(
            "/lti/launch", theirs, **{"X-Pixlti-Browser": token, "Sec-Fetch-Site": place}
        )
        assert answer.status_code == 401
    assert stage.counts() == before


@pytest.mark.parametrize("token", ["", "x", "y" * 32, "é"])
def test_a_token_that_is_not_the_logins(stage: Stage, framed: Framed, token: str) -> None:
    form, before = framed.form(), stage.counts()
    refused = framed.launch(form, **{"X-Pixlti-Browser": token.encode().decode("latin-1")})
    assert (refused.status_code, mains(refused)) == (401, 1)
    assert stage.counts() == before


def test_a_launch_serves_once(framed: Framed) -> None:
    form = framed.form(sub="once only")
    assert framed.launch(form).status_code == 200
    assert framed.launch(form).status_code == 401


# --- session fixation and replay: a visit is nobody else's


def test_a_visits_address_in_another_browser(stage: Stage, framed: Framed, other: Framed) -> None:
    visit, own = framed.arrive(sub="owner"), other.arrive(sub="curious")
    for headers in ({}, {"X-Pixlti-Visit": ""}, {"X-Pixlti-Visit": "x.y"}, proven(own)):
        shown = other.visitor.get(visit["address"], **headers)
        assert (shown.status_code, mains(shown)) == (401, 1)
        assert "owner" not in shown.text
    before = stage.counts()
    page = other.visitor.get(own["address"], **proven(own))
    for token in ("", form_token_of(page), "0" * 64, f".{own['value']}"):
        answer = other.visitor.post(visit["address"], {**LEVELS, "form_token": token})
        assert answer.status_code == 401
    assert stage.counts() == before


def test_the_proof_without_the_forms_token(stage: Stage, framed: Framed) -> None:
    visit = framed.arrive(sub="half a token")
    before = stage.counts()
    for token in (f".{visit['value']}", f"{'0' * 64}.{visit['value']}"):
        answer = framed.visitor.post(visit["address"], {**LEVELS, "form_token": token})
        assert (answer.status_code, mains(answer)) == (400, 1)
    assert stage.counts() == before


def test_neither_proof_stands_in_for_the_other(stage: Stage, framed: Framed) -> None:
    stored = framed.arrive(sub="stored one")
    cookied = stage.launched(sub="cookied one")
    cookie = cookied.cookies[f"pixlti_visit_{cookied.visit.removeprefix('/visits/')}"].value
    assert stage.visitor().get(f"{cookied.visit}/profile/", **{"X-Pixlti-Visit": cookie}).status_code == 401
    name = f"pixlti_visit_{stored['address'].split('/')[2]}"
    browser = f"pixlti_browser={cookied.cookies['pixlti_browser'].value}"
    for value in (stored["value"], cookie):
        header = f"{name}={value}; {browser}"
        assert stage.visitor().get(stored["address"], Cookie=header).status_code == 401


@pytest.mark.parametrize(
    "spoilt",
    [".999999", ".1.evil frame", ".x", "", f".999999.{TARGET}", ".1.x.y", f".0.{TARGET}", f".٣.{TARGET}"],
)
def test_an_address_made_up(stage: Stage, spoilt: str) -> None:
    answer = stage.visitor(**FRAMED).get(f"/visits/abcdefghijkl{spoilt}/profile/")
    assert (answer.status_code, mains(answer)) == (401, 1)
    assert "data-origin" not in answer.text
    assert directives(answer.headers)["frame-ancestors"] in ("'none'", stage.server.url)


def test_a_platform_that_was_removed_is_not_spoken_to(own_stage: Stage) -> None:
    framed = Framed(own_stage, own_stage.visitor(**FRAMED))
    visit = framed.arrive()
    gone = re.sub(r"\.\d+\.", ".77.", visit["address"])
    assert "data-origin" not in framed.visitor.get(gone).text


def test_no_proof_is_logged(stage: Stage, framed: Framed, told: pytest.LogCaptureFixture) -> None:
    visit = framed.arrive(sub="logged", role=INSTRUCTOR)
    framed.visitor.get(visit["address"], **proven(visit))
    framed.visitor.get(visit["address"])
    lines = [each.getMessage() for each in told.records]
    assert any("launch accepted" in each for each in lines)
    for secret in (visit["value"], *framed.kept.values()):
        assert not any(secret in each for each in lines)


def test_no_form_puts_its_token_into_an_address() -> None:
    """A form that is sent by GET would put what it carries into an address, a history and a log."""
    from pathlib import Path

    for file in (Path(__file__).parents[2] / "web" / "templates").glob("*.html"):
        for form in re.findall(r"<form\b[^>]*>.*?</form>", file.read_text(), re.DOTALL):
            if not re.search(r'<form\b[^>]*method="post"', form):
                assert "token(" not in form, file
                assert "form_token" not in form, file
