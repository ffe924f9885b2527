"""`platform add|list|disable` on an installation: problems in words, nothing lost, effective without restart."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from tests.commands.operator import Installation
from tests.lti.forge import ForgedPlatform
from tests.lti.small_server import SmallServer
from tests.web_lti.test_at_once import at_once
from tests.web_lti.visitor import Visitor

pytestmark = pytest.mark.slow


def add(
    installation: Installation, platform: ForgedPlatform, *more: str, name: str = "Moodle"
) -> tuple[str, str]:
    """Add a platform; what was printed, to output and to errors."""
    found = platform.registration
    result = installation.flask(
        *("platform", "add", "--name", name, "--issuer", found.issuer, "--client-id", found.client_id),
        *("--auth-login-url", found.auth_login_url, "--auth-token-url", found.auth_token_url),
        *("--jwks-url", found.jwks_url, *more),
    )
    assert result.returncode == 0, result.stderr
    return result.stdout, result.stderr


def test_add_list_update_disable(tmp_path: Path) -> None:
    installation = Installation(folder=tmp_path)
    assert "No platform yet" in installation.done("platform", "list")
    https = ForgedPlatform(base_url="https://moodle.example")
    said, warned = add(installation, https, "--deployment-id", "1", "--deployment-id", "2")
    assert "platform 1 added: Moodle" in said
    for path in ("launch", "login", "jwks"):
        assert f"{installation.url}/lti/{path}" in said
    assert "http:" not in warned
    said, warned = add(installation, ForgedPlatform(base_url="http://moodle.local", client_id="plain"))
    assert "platform 2 added" in said
    assert "warning: an address of this platform is http" in warned
    said, _ = add(installation, https, "--deployment-id", "3", name="Moodle, renamed")
    assert "platform 1 updated: Moodle, renamed" in said
    listed = installation.done("platform", "list")
    assert listed.count("issuer ") == 2
    assert "deployments: 1, 2, 3" in listed
    assert "deployments: the first that launches" in listed
    assert "platform 1 disabled: Moodle, renamed" in installation.done("platform", "disable", "1")
    assert "(disabled)" in installation.done("platform", "list")
    assert "no platform 77" in installation.refused("platform", "disable", "77")


def test_every_problem_of_a_platform(tmp_path: Path) -> None:
    told = Installation(folder=tmp_path).refused(
        *("platform", "add", "--name", " ", "--issuer", "", "--client-id", "x" * 300),
        *("--auth-login-url", "moodle.example/auth", "--auth-token-url", "javascript:alert(1)"),
        *("--jwks-url", "https://user@moodle.example", "--service-origin", "nowhere"),
        *("--deployment-id", ""),
    )
    for field in (
        *("name", "issuer", "client_id", "auth_login_url", "auth_token_url", "jwks_url"),
        *("service_origins", "deployment_ids"),
    ):
        assert f"- {field}: " in told


def test_a_running_tool_sees_platforms_come_and_go(tmp_path: Path) -> None:
    installation = Installation(folder=tmp_path)
    with SmallServer() as server, installation.serving() as url:
        platform = ForgedPlatform(base_url=server.url)
        platform.publish(server)
        asked = platform.login(target_link_uri=f"{url}/lti/launch")
        assert requests.post(f"{url}/lti/login", asked, timeout=10).status_code == 403
        add(installation, platform, "--deployment-id", "1")
        visitor = Visitor(url)

        def form() -> dict[str, str]:
            answer = visitor.post("/lti/login", asked)
            assert answer.status_code == 302
            return platform.launch_form(
                answer.headers["Location"], now=datetime.now(UTC), target_link_uri=f"{url}/lti/launch"
            )

        for _ in range(4):  # both processes take their turn
            assert visitor.open(visitor.post("/lti/launch", form())).status_code == 200
        # Of one launch posted many times at once to two processes, one is served.
        replayed = form()
        assert at_once(*[lambda: visitor.post("/lti/launch", replayed)] * 8) == [303, *[401] * 7]
        begun = form()
        installation.done("platform", "disable", "1")
        assert visitor.post("/lti/launch", begun).status_code == 403
        for _ in range(4):
            assert visitor.post("/lti/login", asked).status_code == 403
        add(installation, platform)
        assert visitor.open(visitor.post("/lti/launch", form())).status_code == 200
