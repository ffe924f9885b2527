"""From an invitation to a launch, and everything that may go wrong on the way, without a cookie."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import text as sql

from demo.lms import LmsBrowser
from demo.lms.tokens import MEMBERS, SCORE
from tests.lti.small_server import Received, Reply, SmallServer
from tests.lti.test_platform_configuration import moodle
from tests.running_tool import RunningTool
from tests.web_registration.conftest import Office
from web.site import EXTENSION
from workflows.invitations import list_invitations, withdraw

REFERENCE = re.compile(r"<code>[0-9A-F]{4}-[0-9A-F]{4}</code>")


def title(html: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.S)
    assert found, html[:500]
    return found[1].strip()


def later(tool: RunningTool, **by: float) -> None:
    """Let the tool live later, its registrar included."""
    tool.set_clock(lambda: datetime.now(UTC) + timedelta(**by))
    site = tool.site
    tool.app.extensions[EXTENSION] = replace(site, registrar=replace(site.registrar, world=site.world))


def test_from_invitation_to_launch(both_offices: Office) -> None:
    office = both_offices
    code = office.invite()
    page = office.open(code)
    assert (page.status, title(page.html)) == (200, "Enregistrer Pix dans votre plateforme")
    assert office.lms.address in page.html
    assert "moodle, 5.1+ (Build: 20251017)" in page.html
    assert page.set_cookies == ()
    assert office.platforms() == []
    assert office.lms.state.types.all() == ()

    done = office.agree(page)
    assert (done.status, title(done.html)) == (200, "Pix est enregistré")
    assert done.set_cookies == ()
    [platform] = office.platforms()
    [made] = office.lms.state.types.all()
    assert (platform.issuer, platform.client_id) == (office.lms.address, made.client_id)
    assert platform.deployment_ids == {made.id} == {"1"}
    assert platform.name == f"Moodle ({office.lms.address.removeprefix('http://')})"
    for label in (
        "Activer",
        "Activate",
        "Show in activity chooser",
        "cURL blocked hosts list",
        "Embed, without blocks",
    ):
        assert label in done.html
    assert "C’est le cas de cet outil : 127.0.0.1:" in " ".join(done.html.split())
    assert made.state == "pending"
    assert made.scopes >= {SCORE, MEMBERS}
    assert (made.shares_names, made.shares_email) == (True, False)
    assert made.selection_url == f"{office.tool.base}/lti/launch"
    assert made.domain == urlsplit(office.tool.base).netloc
    [invitation] = list_invitations(office.tool.world)
    assert invitation.platform_id == platform.id

    office.lms.state.activate(made)
    with LmsBrowser(office.lms.state, "101") as student:
        launched = student.launch("1")
    assert launched.status == 200, launched.html
    assert "/visits/" in launched.url
    assert list(office.lms.state.violations) == []


def test_the_same_form_again_is_answered_the_same(office: Office) -> None:
    page = office.open(office.invite())
    first, second = office.agree(page), office.agree(page)
    assert (first.status, second.status) == (200, 200)
    assert len(office.platforms()) == len(office.lms.state.types.all()) == 1


def test_an_invitation_serves_once(office: Office) -> None:
    code = office.invite()
    office.agree(office.open(code))
    again = office.open(code)
    assert (again.status, title(again.html)) == (410, "Cette invitation a déjà servi")


@pytest.mark.parametrize("code", ["unknown", "x" * 300, "é", "%00"])
def test_codes_of_no_invitation(office: Office, code: str) -> None:
    page = office.asked(code)
    assert (page.status, title(page.html)) == (404, "Cette invitation n’existe pas")
    assert office.browser.get(office.address(code)).status == 404


def test_expired_and_withdrawn(office: Office) -> None:
    code, other = office.invite(days=1), office.invite()
    page, second = office.open(code), office.open(other)
    withdraw(office.tool.world, 2)
    for seen in (office.open(other), office.agree(second)):
        assert (seen.status, title(seen.html)) == (410, "Cette invitation n’est plus valable")
    later(office.tool, days=2)
    assert office.open(code).status == 410
    assert title(office.agree(page).html) == "Ce formulaire n’est plus valable"
    assert office.platforms() == []
    assert office.lms.state.types.all() == ()


def test_opened_without_an_lms_the_page_tells_where_to_paste_it(office: Office) -> None:
    page = office.browser.get(office.address(office.invite()))
    assert page.status == 200
    for label in ("Ajouter LTI Advantage", "Add LTI Advantage", "Gérer les outils", "Manage tools"):
        assert label in page.html
    assert page.forms() == []


def test_what_is_agreed_to_is_what_was_shown(office: Office) -> None:
    code = office.invite()
    with SmallServer() as server:
        site = server.url
        server.answer("GET", "/c", body=_json(moodle(site)))
        page = office.asked(code, f"{site}/c")
        server.answer("GET", "/c", body=_json(moodle(site, jwks_uri=f"{site}/other")))
        changed = office.agree(page)
        assert (changed.status, title(changed.html)) == (409, "La plateforme a changé entre-temps")
        assert [each.method for each in server.received] == ["GET", "GET"]
    assert office.agree(office.open(code)).status == 200  # the invitation was not used up


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


def test_an_update_brings_the_platform_up_to_date_and_makes_no_second(office: Office) -> None:
    office.agree(office.open(office.invite(name="Moodle de l’université")))
    [before] = office.platforms()
    kept = office.lms.state.types.get("1")
    office.lms.state.activate(kept)
    kept.in_chooser, kept.name = True, "renamed by hand"
    page = office.open(office.invite(service_origins=["https://services.example"]), update="1")
    assert title(page.html) == "Mettre à jour Pix dans votre plateforme"
    assert "Moodle de l’université" in page.html
    done = office.agree(page)
    assert title(done.html) == "L’enregistrement de Pix est à jour"
    [after] = office.platforms()
    assert (after.id, after.client_id, after.name) == (before.id, before.client_id, before.name)
    assert after.deployment_ids == {"1"}
    assert after.service_origins == ("https://services.example",)
    assert (kept.state, kept.in_chooser, kept.name) == ("active", False, "Pix")


def test_a_second_registration_tells_of_the_first(office: Office) -> None:
    office.agree(office.open(office.invite()))
    done = office.agree(office.open(office.invite()))
    assert [each.deployment_ids for each in office.platforms()] == [{"1"}, {"2"}]
    assert "platform disable 1" in done.html


def test_of_two_who_register_at_once_one_does(both_offices: Office) -> None:
    office = both_offices
    code = office.invite()
    forms = [office.open(code).form(having="sealed") for _ in range(6)]
    begin, statuses = threading.Barrier(len(forms)), []

    def press(sealed: str) -> None:
        begin.wait()
        answer = requests.post(office.address(code), {"sealed": sealed}, timeout=30)
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=press, args=[each.fields["sealed"]]) for each in forms]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(statuses)[0] == 200
    assert set(sorted(statuses)[1:]) <= {409, 410}
    assert len(office.platforms()) == len(office.lms.state.types.all()) == 1


def test_a_form_of_another_invitation_or_of_nobody(office: Office) -> None:
    one, other = office.invite(), office.invite()
    sealed = office.open(one).form(having="sealed").fields["sealed"]
    for code, text in (
        (other, sealed),
        (one, sealed[:-4] + "AAAA"),
        (one, ""),
        (one, "é"),
        (one, "x" * 70_000),
    ):
        answer = requests.post(office.address(code), {"sealed": text}, timeout=10)
        assert answer.status_code == 400, text[:20]
        assert title(answer.text) == "Ce formulaire n’est plus valable"
    assert office.platforms() == []


def test_a_form_left_open_for_too_long(office: Office) -> None:
    page = office.open(office.invite())
    later(office.tool, minutes=61)
    assert title(office.agree(page).html) == "Ce formulaire n’est plus valable"


@pytest.mark.parametrize(
    ("configuration", "heading"),
    [
        ("http://127.0.0.1:1/", "La plateforme ne répond pas à l’outil"),
        ("https://10.0.0.1/x", "L’outil ne doit pas appeler cette adresse"),
        ("https://169.254.169.254/latest/meta-data", "L’outil ne doit pas appeler cette adresse"),
        ("file:///etc/passwd", "L’outil ne doit pas appeler cette adresse"),
        ("https://nowhere.invalid/", "La plateforme ne répond pas à l’outil"),
        ("https://moodle.example/" + "x" * 1000, "La demande de la plateforme est illisible"),
    ],
)
def test_addresses_the_tool_does_not_call_or_reach(office: Office, configuration: str, heading: str) -> None:
    page = office.asked(office.invite(), configuration)
    assert title(page.html) == heading
    assert 400 <= page.status < 600
    assert REFERENCE.search(page.html)


@pytest.mark.parametrize("token", ["a b", "é", "x" * 8001, "a\nb"])
def test_tokens_that_fit_into_no_header(office: Office, token: str) -> None:
    assert office.asked(office.invite(), token=token).status == 400


ANSWERS: dict[str, Callable[[str], Reply]] = {
    "Pas de page": lambda _: Reply(status=404),
    "Redirection": lambda _: Reply(status=302, headers={"Location": "/elsewhere"}),
    "Trop long": lambda _: Reply(body=b"x" * 1_200_000),
    "Page HTML": lambda _: Reply(body=b"<html>"),
    "D'un autre": lambda _: Reply(body=_json(moodle("https://moodle.example"))),
    "Incomplet": lambda site: Reply(body=_json(moodle(site, jwks_uri=None))),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_configurations_that_are_none(office: Office, answer: str) -> None:
    with SmallServer() as server:
        server.reply("GET", "/c", ANSWERS[answer](server.url))
        page = office.asked(office.invite(), f"{server.url}/c")
    assert page.status == 502
    assert REFERENCE.search(page.html)
    assert "data-close" in page.html


REFUSALS = {
    "missing": (Reply(status=400, body=b"missing required attribute jwks_uri"), "missing required attribute"),
    "used": (Reply(status=401, body=b"token_already_used <script>"), "token_already_used &lt;script&gt;"),
    "broken": (Reply(reset=True), "registration_endpoint"),
    "redirected": (Reply(status=307, headers={"Location": "https://evil.example/"}), "status 307"),
    "nonsense": (Reply(body=b"<html>thank you</html>"), "not a JSON object"),
    "no client": (Reply(body=b"{}"), "no client_id"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_an_lms_that_refuses_leaves_the_invitation_open(office: Office, case: str) -> None:
    reply, told = REFUSALS[case]
    code = office.invite()
    with SmallServer() as server:
        server.answer("GET", "/c", body=_json(moodle(server.url)))
        server.reply("POST", "/mod/lti/openid-registration.php", reply)
        page = office.agree(office.asked(code, f"{server.url}/c"))
        assert page.status == 502
        assert told in page.html or case == "broken"
        assert REFERENCE.search(page.html)
    assert office.platforms() == []
    assert office.agree(office.open(code)).status == 200


def test_success_is_200_or_201_and_a_deployment_may_come_later(office: Office) -> None:
    for status, site_answer in ((200, {"client_id": "a"}), (201, {"client_id": "b"})):
        with SmallServer() as server:
            server.answer("GET", "/c", body=_json(moodle(server.url)))
            server.answer("POST", "/mod/lti/openid-registration.php", status=status, body=_json(site_answer))
            done = office.agree(office.asked(office.invite(), f"{server.url}/c", token="opaque"))
            assert done.status == 200
            assert (
                server.last("POST", "/mod/lti/openid-registration.php").headers["Authorization"]
                == "Bearer opaque"
            )
    assert [each.deployment_ids for each in office.platforms()] == [frozenset(), frozenset()]


def test_a_registration_without_a_token(office: Office) -> None:
    with SmallServer() as server:
        server.answer("GET", "/c", body=_json(moodle(server.url)))
        server.answer("POST", "/mod/lti/openid-registration.php", body=_json({"client_id": "a"}))
        assert office.agree(office.asked(office.invite(), f"{server.url}/c", token="")).status == 200
        assert "Authorization" not in server.last("POST", "/mod/lti/openid-registration.php").headers


def test_registered_there_and_not_kept_here(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The invitation is withdrawn while the LMS answers: what the operator needs is on the page."""
    code = office.invite()
    with SmallServer() as server:
        server.answer("GET", "/c", body=_json(moodle(server.url)))

        def answering(_asked: Received) -> Reply:
            withdraw(office.tool.world, 1)
            return Reply(body=_json({"client_id": "the-client"}))

        server.ask("POST", "/mod/lti/openid-registration.php", answering)
        page = office.agree(office.asked(code, f"{server.url}/c"))
    assert (page.status, title(page.html)) == (500, "Enregistré dans la plateforme, pas dans l’outil")
    assert "client_id: the-client" in page.html
    assert office.platforms() == []


def test_who_may_frame_the_pages(office: Office) -> None:
    def ancestors(headers: Mapping[str, str]) -> str:
        return headers["Content-Security-Policy"].rpartition("frame-ancestors ")[2]

    code = office.invite(service_origins=["https://pages.example"])
    page = office.open(code)
    assert ancestors(page.headers) == f"{office.lms.address} https://pages.example"
    assert ancestors(office.agree(page).headers) == f"{office.lms.address} https://pages.example"
    assert ancestors(office.asked("unknown", "https://lms.example/c").headers) == "https://lms.example"
    for odd in (
        "https://a;script-src/",
        "https://a,b/",
        "https://*/",
        "javascript:1",
        "https://[::1]/",
        "'self'",
    ):
        answer = requests.get(office.address("x"), {"openid_configuration": odd}, timeout=10)
        assert ancestors(answer.headers) == "'none'", odd
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"


def test_an_invitation_is_looked_at_only_so_often(office: Office) -> None:
    code = office.invite()
    with SmallServer() as server:
        statuses = [office.asked(code, f"{server.url}/c").status for _ in range(31)]
        assert (statuses[:30], statuses[30]) == ([502] * 30, 429)
        assert len(server.received) == 30
    assert office.open(office.invite()).status == 200


def test_the_token_stands_in_no_page_no_address_and_no_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    code = office.invite()
    page = office.open(code)
    token = parse_qs(urlsplit(page.url).query)["registration_token"][0]
    done = office.agree(page)
    assert done.url == office.address(code)
    with SmallServer() as server:  # an LMS that repeats what it was given
        server.answer("GET", "/c", body=_json(moodle(server.url)))
        server.answer("POST", "/mod/lti/openid-registration.php", status=400, body=f"bad {token}".encode())
        echoed = office.agree(office.asked(office.invite(), f"{server.url}/c", token=token))
    office.asked(code, token=token)
    office.asked("unknown", token=token)
    sealed = page.form(having="sealed").fields["sealed"]
    for html in (page.html, done.html, echoed.html):
        assert token not in html
        assert token.rpartition(".")[2] not in html
    logged = "\n".join(str(each.__dict__) for each in caplog.records if each.name != "urllib3.connectionpool")
    assert "registration refused" in logged
    for secret in (token, token.split(".")[1], code, sealed):
        assert secret not in logged
    with office.tool.world.database.read() as connection:
        kept = str(connection.execute(sql("SELECT * FROM invitation")).all())
        kept += str(connection.execute(sql("SELECT * FROM audit")).all())
    for secret in (token, code):
        assert secret not in kept


def test_english(office: Office) -> None:
    code = office.invite()
    office.browser._session.headers["Accept-Language"] = "en"
    page = office.open(code)
    assert title(page.html) == "Register Pix in your platform"
    assert title(office.agree(page).html) == "Pix is registered"
