"""In a frame of another site: cookies, what happens without them, who may frame a page, what runs in it."""

from __future__ import annotations

import re
from urllib.parse import urlencode, urlsplit

import pytest
import requests

from demo.lms import LmsBrowser, RunningLms
from tests.lti.forge import INSTRUCTOR, ForgedPlatform
from tests.web_lti.conftest import Stage
from tests.web_lti.visitor import Visitor, mains

_LINK = re.compile(r'<a [^>]*href="(/lti/login\?[^"]+)"[^>]*>')


def new_window(page: str) -> str:
    """The address of the page's "open in a new window"."""
    found = _LINK.search(page)
    assert found, page
    assert 'target="_blank"' in found[0]
    return found[1].replace("&amp;", "&")


def test_the_state_cookie(stage: Stage) -> None:
    visitor = stage.visitor()
    stage.asked(visitor)
    [(name, cookie)] = visitor.cookies.items()
    assert name == "pixlti_browser"
    assert cookie.attributes.pop("expires")
    assert cookie.attributes == {
        "secure": "",
        "httponly": "",
        "samesite": "None",
        "partitioned": "",
        "path": "/",
        "max-age": "86400",
    }


def test_the_visits_cookie(stage: Stage) -> None:
    visitor = stage.launched(sub="cookie")
    cookie = visitor.cookies[f"pixlti_visit_{visitor.visit.removeprefix('/visits/')}"]
    assert cookie.path == visitor.visit
    assert {name: cookie.attributes[name] for name in ("secure", "httponly", "samesite", "partitioned")} == {
        "secure": "",
        "httponly": "",
        "samesite": "None",
        "partitioned": "",
    }


def test_a_cookie_held_by_a_browser_serves_many_launches_at_once(stage: Stage) -> None:
    visitor = stage.visitor()
    forms = [stage.form(visitor, sub=f"tab {number}") for number in range(3)]
    assert [visitor.post("/lti/launch", form).status_code for form in reversed(forms)] == [303, 303, 303]


def test_without_the_cookie_a_new_window_works(stage: Stage) -> None:
    framed = stage.visitor()
    form = stage.form(framed)
    framed.cookies.clear()
    refused = framed.post("/lti/launch", form)
    assert (refused.status_code, mains(refused)) == (401, 1)
    assert "Ouvrir dans une nouvelle fenêtre" in refused.text
    # The window begins the login again, and there the cookie comes back.
    window = stage.visitor()
    asked = window.get(new_window(refused.text))
    assert asked.status_code == 302
    again = stage.platform.launch_form(
        asked.headers["Location"], now=stage.now(), target_link_uri=stage.target
    )
    assert window.open(window.post("/lti/launch", again)).status_code == 200


@pytest.mark.parametrize("length", [900, 6000])
def test_long_hints_and_no_cookie(stage: Stage, length: int) -> None:
    import secrets

    hint = secrets.token_urlsafe(length)[:length]
    visitor = stage.visitor()
    address = stage.asked(visitor, lti_message_hint=hint)
    assert hint in address
    form = stage.platform.launch_form(address, now=stage.now(), target_link_uri=stage.target)
    visitor.cookies.clear()
    refused = visitor.post("/lti/launch", form)
    assert refused.status_code == 401
    assert ("/lti/login?" in refused.text) == (length < 1000)


def test_in_a_frame_the_cookie_is_tried_before_the_hint_is_spent(stage: Stage) -> None:
    framed = stage.visitor(**{"Sec-Fetch-Dest": "iframe"})
    asked = stage.platform.login(target_link_uri=stage.target)
    first = framed.post("/lti/login", asked)
    assert first.status_code == 303
    assert urlsplit(first.headers["Location"]).path == "/lti/login"
    # The cookie came back: on to the platform, every parameter kept.
    second = framed.get(first.headers["Location"])
    assert second.status_code == 302
    form = stage.platform.launch_form(
        second.headers["Location"], now=stage.now(), target_link_uri=stage.target
    )
    assert framed.open(framed.post("/lti/launch", form)).status_code == 200


def test_in_a_frame_that_keeps_no_cookie(stage: Stage) -> None:
    framed = stage.visitor(**{"Sec-Fetch-Dest": "iframe"})
    first = framed.post("/lti/login", stage.platform.login(target_link_uri=stage.target))
    framed.cookies.clear()
    refused = framed.get(first.headers["Location"])
    assert (refused.status_code, mains(refused)) == (401, 1)
    # The platform was not asked: its one-time hint still serves, in a window.
    window = stage.visitor(**{"Sec-Fetch-Dest": "document"})
    tried = window.get(new_window(refused.text))
    assert window.get(tried.headers["Location"]).headers["Location"].startswith(stage.server.url)


def test_a_window_that_keeps_no_cookie_either(stage: Stage) -> None:
    """Everything is blocked: said before the hint is spent, with a way to try again once cookies are allowed."""
    window = stage.visitor(**{"Sec-Fetch-Dest": "document", "Accept-Language": "fr"})
    first = window.post("/lti/login", stage.platform.login(target_link_uri=stage.target))
    window.cookies.clear()
    refused = window.get(first.headers["Location"])
    assert (refused.status_code, mains(refused)) == (401, 1)
    assert "bloque tous les cookies" in refused.text
    window.cookies.clear()
    again = _LINK.search(refused.text)
    assert again
    tried = window.get(again[1].replace("&amp;", "&"))
    assert window.get(tried.headers["Location"]).headers["Location"].startswith(stage.server.url)


def test_a_login_too_long_to_bounce_goes_straight_on(stage: Stage) -> None:
    framed = stage.visitor(**{"Sec-Fetch-Dest": "iframe"})
    asked = stage.platform.login(target_link_uri=stage.target, lti_message_hint="é" * 2000)
    answer = framed.post("/lti/login", asked)
    assert (answer.status_code, answer.headers["Location"].startswith(stage.server.url)) == (302, True)


@pytest.mark.parametrize("cookie", ["x", "x" * 5000, "é", ""])
def test_a_cookie_that_is_not_ours_is_replaced(stage: Stage, cookie: str) -> None:
    visitor = stage.visitor()
    answer = visitor.post(
        "/lti/login",
        stage.platform.login(target_link_uri=stage.target),
        Cookie=f"pixlti_browser={cookie}".encode().decode("latin-1"),
    )
    assert answer.status_code == 302
    assert 20 <= len(visitor.cookies["pixlti_browser"].value) <= 100


@pytest.mark.parametrize("policy", ["first_party", "partitioned"])
def test_a_demo_lms_where_partitioned_cookies_come_back(own_stage: Stage, policy: str) -> None:
    with RunningLms(tool=own_stage.tool.addresses) as lms:
        own_stage.tool.register(lms.state)
        with LmsBrowser(lms.state, "101", policy=policy) as browser:  # type: ignore[arg-type]
            assert browser.launch("1").status == 200


# --- headers


def directives(visitor_or_headers: object) -> dict[str, str]:
    """The Content-Security-Policy of an answer, by directive."""
    policy = visitor_or_headers["Content-Security-Policy"]  # type: ignore[index]
    parts = (each.strip().partition(" ") for each in policy.split(";"))
    return {name: value for name, _, value in parts}


def pages_of(stage: Stage) -> list[tuple[str, Visitor, str]]:
    """Every kind of page: its name, who opens it, its address."""
    student = stage.launched(sub="headers student")
    teacher = stage.launched(sub="headers teacher", role=INSTRUCTOR)
    anybody = stage.visitor()
    return [
        ("student", student, f"{student.visit}/profile/"),
        ("state", student, f"{student.visit}/profile/state"),
        ("home", student, f"{student.visit}/"),
        ("refused", student, f"{student.visit}/teacher/"),
        ("teacher", teacher, f"{teacher.visit}/teacher/"),
        ("set-up", teacher, f"{teacher.visit}/teacher/set-up"),
        ("closing", teacher, f"{teacher.visit}/teacher/components/cc1/close"),
        ("import", teacher, f"{teacher.visit}/imports/"),
        ("nowhere", teacher, f"{teacher.visit}/nowhere"),
        ("about", anybody, "/lti/launch"),
        ("jwks", anybody, "/lti/jwks"),
        ("healthz", anybody, "/healthz"),
        ("404", anybody, "/nowhere"),
        ("login", anybody, "/lti/login"),
        ("foreign visit", anybody, f"{student.visit}/profile/"),
    ]


def test_headers_of_every_page(own_stage: Stage) -> None:
    other = ForgedPlatform(base_url="https://other.example", client_id="other")
    own_stage.register(other.registration)
    for name, visitor, address in pages_of(own_stage):
        answer = visitor.get(address)
        policy = directives(answer.headers)
        assert policy["default-src"] == "'none'", name
        assert (policy["script-src"], policy["style-src"]) == ("'self'", "'self'"), name
        assert policy["img-src"] == "'self' data:", name
        assert "unsafe" not in answer.headers["Content-Security-Policy"], name
        assert "*" not in policy["frame-ancestors"], name
        assert answer.headers["Referrer-Policy"] == "no-referrer", name
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name
        assert "X-Frame-Options" not in answer.headers, name
        cached = "public, max-age=300" if name == "jwks" else "no-store"
        assert answer.headers["Cache-Control"] == cached, name
        if answer.headers["Content-Type"].startswith("text/html") and answer.status_code not in (302, 303):
            assert mains(answer) == 1, name
            assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", answer.text), name
        if visitor.cookies and answer.status_code != 404:
            assert policy["frame-ancestors"] == own_stage.server.url, name


def test_a_visits_pages_are_framed_by_its_platform_only(own_stage: Stage) -> None:
    other = ForgedPlatform(base_url="https://other.example", client_id="other")
    own_stage.register(other.registration)
    page = own_stage.launched().page
    assert directives(page.headers)["frame-ancestors"] == own_stage.server.url


def test_declared_service_origins_frame_too(own_stage: Stage) -> None:
    own_stage.register(
        own_stage.platform.registration, service_origins=frozenset({"https://campus.univ.example"})
    )
    page = own_stage.launched().page
    assert (
        directives(page.headers)["frame-ancestors"] == f"{own_stage.server.url} https://campus.univ.example"
    )


def test_a_refusal_is_readable_in_the_frame_of_its_platform(own_stage: Stage) -> None:
    visitor = own_stage.visitor()
    refused = visitor.post("/lti/launch", own_stage.form(visitor, remove=("roles",)))
    assert directives(refused.headers)["frame-ancestors"] == own_stage.server.url


def framers(answer: requests.Response) -> str:
    """Who may frame an answer."""
    return directives(answer.headers)["frame-ancestors"]


def test_where_nobody_tells_whose_page_it_is_only_the_page_that_asked_frames_it(own_stage: Stage) -> None:
    """An issuer with a typing slip, an address that is none: for the platform that asks, never for all of them."""
    other = ForgedPlatform(base_url="https://other.example", client_id="other")
    own_stage.register(other.registration)
    visitor, ours = own_stage.visitor(), own_stage.server.url
    unknown = own_stage.platform.login(target_link_uri=own_stage.target, iss=f"{ours}/")
    assert framers(visitor.post("/lti/login", unknown, Origin=ours)) == ours
    assert (
        framers(visitor.post("/lti/login", unknown, Origin="https://other.example"))
        == "https://other.example"
    )
    for asking in ("https://attacker.example", "null", "é".encode().decode("latin-1"), f"{ours}.example", ""):
        assert framers(visitor.post("/lti/login", unknown, Origin=asking)) == "'none'"
    assert framers(visitor.post("/lti/login", unknown)) == "'none'"
    assert framers(visitor.get("/nowhere", Referer=f"{ours}/course/view.php?id=2")) == ours
    assert framers(visitor.get("/nowhere", Referer="https://attacker.example/")) == "'none'"


def test_a_visits_address_tells_whose_frame_its_refusal_is_for(own_stage: Stage) -> None:
    other = ForgedPlatform(base_url="https://other.example", client_id="other")
    number = own_stage.register(other.registration)
    visit = own_stage.launched().visit
    stranger = own_stage.visitor()
    for path in ("/profile/", "/profile/nowhere", "/teacher/resend"):
        assert framers(stranger.get(visit + path)) == own_stage.server.url
    assert framers(stranger.get(f"/visits/abcdefghijkl.{number}/profile/")) == "https://other.example"
    assert framers(stranger.get("/visits/abcdefghijkl.4711/profile/")) == "'none'"


def test_an_anonymous_visit_of_the_launch_address_is_cheap(own_stage: Stage) -> None:
    def database_files() -> list[bytes]:
        folder = own_stage.tool.settings.data_dir
        return [each.read_bytes() for each in sorted(folder.glob("tool.sqlite*")) if "-shm" not in each.name]

    before = database_files()
    for method in ("GET", "HEAD"):
        answer = own_stage.visitor().send(method, "/lti/launch")
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)
    assert mains(own_stage.visitor().get("/lti/launch")) == 1
    assert database_files() == before
    english = own_stage.visitor(**{"Accept-Language": "en"}).get("/lti/launch")
    assert '<html lang="en"' in english.text


def test_what_a_page_loads_is_there(stage: Stage) -> None:
    page = stage.launched(sub="loads").page
    loaded = re.findall(r'(?:src|href)="(/(?:static|bootstrap)/[^"]+)"', page.text)
    assert len(loaded) >= 3
    for address in loaded:
        answer = stage.visitor().get(address)
        assert (address, answer.status_code) == (address, 200)
        assert "Set-Cookie" not in answer.headers


def test_login_keeps_no_personal_data_in_its_log(stage: Stage, told: pytest.LogCaptureFixture) -> None:
    asked = stage.platform.login(target_link_uri=stage.target, login_hint="secret-hint")
    stage.visitor().get(f"/lti/login?{urlencode({**asked, 'iss': 'https://unknown.example'})}")
    ours = [each.getMessage() for each in told.records if each.name != "werkzeug"]
    assert ours
    assert not any("secret-hint" in each for each in ours)
