"""The pages for people, the process of its own, and PyLTI1p3 as a client nobody here wrote."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import Browser
from pylti1p3.assignments_grades import AssignmentsGradesService, TAssignmentsGradersData
from pylti1p3.grade import Grade
from pylti1p3.registration import Registration
from pylti1p3.service_connector import ServiceConnector

from demo.lms import LmsBrowser, LmsState, site_from_data
from demo.lms.__main__ import main
from tests.demo.tiny_tool import ServiceClient, TinyTool


class RegistrationWithKid(Registration):
    """PyLTI1p3 sends a `kid` only when it knows one."""

    def get_kid(self) -> str:
        return "tool-1"


def logged_in(lms: LmsState, person_id: str) -> LmsBrowser:
    browser = LmsBrowser(lms, person_id)
    browser.post(f"{lms.issuer}/login", {"person": person_id, "course": "2"})
    return browser


def test_choose_who_you_are_then_launch_from_the_course(tool: TinyTool, lms: LmsState) -> None:
    with LmsBrowser(lms, "101") as browser:
        start = browser.get(lms.issuer + "/")
        assert "Maëlys D&#39;Ornellas" in start.html
        assert "non renseigné" in start.html
        course = browser.post(f"{lms.issuer}/login", {"person": "101", "course": "2"})
        assert "Compétences numériques (Pix)" in course.html
        assert all(title in course.html for title in ("CC1", "CC2", "Examen", "Rattrapage", "à régler"))
        page = browser.get(f"{lms.issuer}/mod/lti/launch.php?id=3")
    assert page.url.endswith("/page")
    assert tool.claims()["https://purl.imsglobal.org/spec/lti/claim/resource_link"]["title"] == "Examen"
    assert (
        tool.claims()["https://purl.imsglobal.org/spec/lti/claim/launch_presentation"]["document_target"]
        == "window"
    )


def test_nobody_is_sent_to_the_start_page(lms: LmsState) -> None:
    with LmsBrowser(lms, "101") as browser:
        assert browser.get(f"{lms.issuer}/mod/lti/launch.php?id=1").url == lms.issuer + "/"
        assert browser.get(f"{lms.issuer}/course/2").status == 403
        assert browser.get(f"{lms.issuer}/frame/77?as=101").status == 404
        assert browser.get(f"{lms.issuer}/frame/1?as=999").status == 404


def test_a_teacher_types_locks_hides_and_deletes(lms: LmsState) -> None:
    column = lms.column_of("1").id
    grades = f"{lms.issuer}/course/2/grades"
    with logged_in(lms, "2") as teacher, logged_in(lms, "101") as student:
        typed = {"action": "type", "column": column, "person": "101", "value": "13,5", "feedback": "Vu"}
        page = teacher.post(grades, typed)
        assert "modifié" in page.html
        assert str(lms.gradebook.mark(column, "101")) == "13.5"
        own = student.get(grades).html
        assert ("13,50" in own, "Vu" in own, "Kowalczyk" in own) == (True, True, False)
        assert student.post(grades, typed).status == 403
        teacher.post(grades, {"action": "hide", "column": column})
        assert "13,50" not in student.get(grades).html
        assert "masquée" in teacher.post(grades, {"action": "lock", "column": column}).html
        assert lms.gradebook.get_column(column).locked
        assert teacher.post(grades, {**typed, "value": "treize"}).status == 400
        assert teacher.post(grades, {"action": "burn", "column": column}).status == 400
        teacher.post(grades, {"action": "delete", "column": column})
        assert teacher.post(grades, {"action": "lock", "column": column}).status == 400


def test_the_gradebook_links_to_the_work_behind_a_grade(tool: TinyTool, lms: LmsState) -> None:
    """Moodle's grade analysis link: a submission-review message, for every activity."""
    with logged_in(lms, "2") as teacher:
        assert "/frame/1?review_of=101" in teacher.get(f"{lms.issuer}/course/2/grades").html
        frame = teacher.get(f"{lms.issuer}/frame/1?review_of=101").html
        source = re.search(r'<iframe [^>]*src="([^"]+)"', frame)
        assert source is not None
        teacher.get(source[1])
    assert tool.claims()["https://purl.imsglobal.org/spec/lti/claim/for_user"] == {"user_id": "101"}


def test_the_return_page_shows_text_only(lms: LmsState) -> None:
    with LmsBrowser(lms, "101") as browser:
        page = browser.get(lms.addresses.return_url("2", "1") + "&lti_errormsg=<b>non</b>")
    assert "&lt;b&gt;non" in page.html


@pytest.mark.browser
def test_the_outer_page_on_another_site_frames_the_launch(
    chromium: Browser, tool: TinyTool, lms: LmsState
) -> None:
    """No LMS cookie is needed in the frame; there the tool keeps its partitioned cookie only."""
    context = chromium.new_context()
    try:
        page = context.new_page()
        outer = lms.issuer.replace("127.0.0.1", "localhost")
        page.goto(f"{outer}/frame/1?as=101")
        inner = page.frame_locator("#contentframe").locator("main")
        inner.wait_for()
        page.wait_for_function("document.title.includes('CC1')")
        inner.get_by_text("kept").wait_for()
        assert "plain" not in inner.inner_text()
    finally:
        context.close()
    assert tool.claims()["sub"] == "101"
    assert len(lms.violations) == 0


def test_a_process_of_its_own_prints_what_to_register(tmp_path: Path) -> None:
    config = tmp_path / "lms.json"
    tool = {"login_url": "http://t/l", "launch_url": "http://t/a", "jwks_url": "http://t/j"}
    config.write_text(json.dumps({"tool": tool, "client_id": "abc", "deployment_id": "7"}), encoding="utf-8")
    command = [sys.executable, "-m", "demo.lms", "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        data = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert (data["client_id"], data["deployment_id"]) == ("abc", "7")
    assert data["issuer"].startswith("http://127.0.0.1:")
    assert set(data) == {
        "name", "issuer", "client_id", "deployment_id", "auth_login_url", "auth_token_url", "jwks_url"
    }  # fmt: skip


def test_a_taken_port_is_said_and_ends_with_2(
    lms: LmsState, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "lms.json"
    tool = {"login_url": "http://t/l", "launch_url": "http://t/a", "jwks_url": "http://t/j"}
    config.write_text(json.dumps({"tool": tool}), encoding="utf-8")
    assert main(["--config", str(config), "--port", lms.issuer.rpartition(":")[2]]) == 2
    assert "OSError" in capsys.readouterr().err


BAD_CLOCK = '{"tool": {"login_url": "l", "launch_url": "a", "jwks_url": "j"}, "clock_mode": "6"}'


@pytest.mark.parametrize("content", ["{", "{}", '{"tool": {}, "moon": 1}', BAD_CLOCK])
def test_a_bad_configuration_is_said_and_ends_with_2(
    tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "lms.json"
    config.write_text(content, encoding="utf-8")
    assert main(["--config", str(config)]) == 2
    assert "lms.json" in capsys.readouterr().err


def test_a_site_may_be_described_in_json() -> None:
    data: dict[str, Any] = {
        "courses": [
            {
                "id": "7",
                "label": "L",
                "title": "T",
                "people": [
                    {"id": "1", "given": "A", "family": "B", "username": "ab", "email": "", "role": "teacher"}
                ],
                "activities": [{"id": "9", "title": "X", "maximum": 10, "custom": {"unit": "U"}}],
            }
        ]
    }
    site = site_from_data(data)
    assert site.courses[0].people[0].role.teaches
    assert site.courses[0].activities[0].maximum == 10
    with pytest.raises(ValueError, match="unique"):
        site_from_data({"courses": [data["courses"][0], {**data["courses"][0], "id": "8"}]})


def test_pylti1p3_pushes_and_reads_back(tool: TinyTool, lms: LmsState, client: ServiceClient) -> None:
    private = tool.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    registration = RegistrationWithKid()
    registration.set_issuer(lms.issuer).set_client_id(lms.client_id)
    registration.set_auth_token_url(lms.addresses.token).set_tool_private_key(private)
    column = lms.column_of("1").id
    claim: TAssignmentsGradersData = {
        "scope": [
            "https://purl.imsglobal.org/spec/lti-ags/scope/score",
            "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
            "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
        ],
        "lineitems": lms.addresses.line_items("2"),
        "lineitem": lms.addresses.line_item("2", column),
    }
    connector = ServiceConnector(registration, client.session)
    service = AssignmentsGradesService(connector, claim)
    grade = Grade().set_score_given(15).set_score_maximum(20).set_user_id("101")
    grade.set_activity_progress("Completed").set_grading_progress("FullyGraded")
    grade.set_timestamp(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    service.put_grade(grade)
    assert lms.gradebook.mark(column, "101") == 15
    assert service.get_grades()[0]["resultScore"] == 15
    assert next(item["label"] for item in service.get_lineitems()) == "CC1"
    assert client.kinds() == []


def test_an_open_gradebook_page_learns_of_every_change(lms: LmsState) -> None:
    """A mark that arrives right after the page was made is told by the digest the page carries."""
    column = lms.column_of("1").id
    with LmsBrowser(lms, "2") as teacher:
        teacher.post(f"{lms.issuer}/login", {"person": "2"})
        page = teacher.get(f"{lms.issuer}/course/2/grades").html
        digest = teacher.get(f"{lms.issuer}/api/gradebook/digest").html
        assert f'"{digest}"' in page
        teacher.post(
            f"{lms.issuer}/course/2/grades",
            {"action": "type", "column": column, "person": "101", "value": "12"},
        )
        assert teacher.get(f"{lms.issuer}/api/gradebook/digest").html != digest
