"""`flask --app app pix sync` against a small Pix: exit codes, words and JSON, and no secret in any of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demo.pix_api import Client, RunningPixApi
from storage.activities import find_or_add_course
from storage.campaigns import set_campaign
from storage.database import Database
from storage.people import PersonDetails, enter_course, enter_person
from storage.platforms import deployment_key
from storage.scope import UnitYear
from tests.commands.operator import Installation
from tests.lti.forge import ForgedPlatform
from tests.pix.maddo import CLIENT_ID, SECRET, sample_data

pytestmark = pytest.mark.slow


@pytest.fixture
def pix() -> Iterator[RunningPixApi]:
    with RunningPixApi(sample_data()) as running:
        yield running


def installed(tmp_path: Path, url: str, *codes: str) -> Installation:
    """An installation with access to a Pix, whose components have these campaigns."""
    access = {"PIX_API_URL": url, "PIX_API_CLIENT_ID": CLIENT_ID, "PIX_API_CLIENT_SECRET": SECRET}
    made = Installation(folder=tmp_path, settings={**access, "PIX_API_RATE": "20"})
    found = ForgedPlatform(base_url="https://moodle.example").registration
    made.done(
        *("platform", "add", "--name", "Moodle", "--issuer", found.issuer, "--client-id", found.client_id),
        *("--auth-login-url", found.auth_login_url, "--auth-token-url", found.auth_token_url),
        *("--jwks-url", found.jwks_url, "--deployment-id", "1"),
    )
    now = datetime.now(UTC)
    with (
        closing(Database(f"sqlite:///{tmp_path / 'data' / 'pix-lti.sqlite'}")) as database,
        database.write() as connection,
    ):
        deployment = deployment_key(connection, 1, "1")
        course = find_or_add_course(connection, deployment, "2", "PIX", "Pix")
        details = PersonDetails(
            sub="9", name="Hélène", given_name=None, family_name=None, email=None, student_number=None
        )
        teacher, _ = enter_person(connection, deployment, details, now)
        enter_course(connection, course.id, teacher.id, "teacher", now)
        scope = UnitYear(course_id=course.id, unit_code="HA1G10H", academic_year="2026-2027")
        for component, code in zip(("cc1", "cc2", "exam"), codes, strict=False):
            address = f"https://app.pix.fr/campagnes/{code}"
            set_campaign(
                connection, scope, component, code=code, address=address, by_person=teacher.id, now=now
            )
    return made


def test_every_campaign_is_read(tmp_path: Path, pix: RunningPixApi) -> None:
    installation = installed(tmp_path, pix.url, "KTRBWX482", "XWGDRN563")
    result = installation.flask("pix", "sync", "--json")
    assert (result.returncode, "Traceback" in result.stderr) == (0, False), result.stderr
    collection, assessment = json.loads(result.stdout)["campaigns"]
    assert (collection["code"], collection["number"], collection["organization"]) == (
        "KTRBWX482",
        512345,
        9001,
    )
    assert (collection["read"], collection["sent"], collection["new"]) == (5, 4, 4)
    assert (collection["needs_decision"], collection["trouble"], collection["archived"]) == (4, None, False)
    assert (assessment["kind"], assessment["sent"]) == ("ASSESSMENT", 1)
    again = installation.done("pix", "sync")
    assert "KTRBWX482: 0 read, 0 sent, 0 new, 0 unreadable; 0 matched, 4 to decide, 0 ignored" in again
    for said in (result.stdout, result.stderr, again):
        assert SECRET not in said
        assert "Chloé" not in said


def test_a_code_that_pix_does_not_show(tmp_path: Path, pix: RunningPixApi) -> None:
    result = installed(tmp_path, pix.url, "KTRBWX482", "ABCDEF234").flask("pix", "sync")
    assert result.returncode == 1
    assert (
        "ABCDEF234: never read; unknown_code: Pix shows the tool no campaign with this code." in result.stdout
    )
    assert "KTRBWX482: 5 read" in result.stdout


def test_a_secret_that_is_refused(tmp_path: Path, pix: RunningPixApi) -> None:
    pix.data.add_client(Client(id=CLIENT_ID, secret="another"))
    result = installed(tmp_path, pix.url, "KTRBWX482").flask("pix", "sync")
    assert result.returncode == 2
    assert "secret_refused" in result.stdout
    assert "somebody must act" in result.stderr
    assert SECRET not in result.stdout + result.stderr


def test_pix_is_down(tmp_path: Path) -> None:
    with RunningPixApi(sample_data()) as gone:
        url = gone.url
    result = installed(tmp_path, url, "KTRBWX482").flask("pix", "sync", "--json")
    assert result.returncode == 2
    (campaign,) = json.loads(result.stdout)["campaigns"]
    assert (campaign["trouble"], campaign["read_at"]) == ("unreachable", None)


def test_no_access_and_no_campaign(tmp_path: Path, pix: RunningPixApi) -> None:
    nowhere = Installation(folder=tmp_path / "without").flask("pix", "sync")
    assert nowhere.returncode == 2
    assert "set PIXLTI_PIX_API_URL" in nowhere.stderr
    assert "No component has a campaign yet." in installed(tmp_path / "with", pix.url).done("pix", "sync")
