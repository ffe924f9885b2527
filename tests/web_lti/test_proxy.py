"""Behind a proxy: its headers count only where it is declared, and addresses come from the settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, request

from app import create_app
from config.settings import Settings
from tests.lti.forge import ForgedPlatform, read_authorisation
from tests.running_tool import SECRET
from web.site import EXTENSION
from workflows.platforms import add_platform

FORWARDED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
}


def tool(folder: Path, **changes: object) -> Flask:
    """An application with a public https address and a platform."""
    known: dict[str, object] = {
        "public_url": "https://pix.univ.example",
        "secret_key": SECRET,
        "database_url": f"sqlite:///{folder / 'tool.sqlite'}",
        "queue_url": f"sqlite:///{folder / 'queue.sqlite'}",
        "data_dir": folder,
        "units_dir": Path(__file__).parents[2] / "config" / "units",
    }
    app = create_app(Settings(**{**known, **changes}))  # type: ignore[arg-type]

    @app.get("/seen")
    def seen() -> dict[str, str | None]:
        return {"address": request.remote_addr, "scheme": request.scheme, "host": request.host}

    found = ForgedPlatform().registration
    add_platform(
        app.extensions[EXTENSION].world,
        name=found.name,
        issuer=found.issuer,
        client_id=found.client_id,
        auth_login_url=found.auth_login_url,
        auth_token_url=found.auth_token_url,
        jwks_url=found.jwks_url,
    )
    return app


@pytest.fixture
def folder(tmp_path: Path, original: Path) -> Path:
    """A folder with a prepared database."""
    import shutil

    shutil.copy(original, tmp_path)
    return tmp_path


def test_forwarded_headers_are_ignored_without_hops(folder: Path) -> None:
    client = tool(folder).test_client()
    assert client.get("/seen", headers=FORWARDED).json == {
        "address": "127.0.0.1",
        "scheme": "http",
        "host": "localhost",
    }


def test_forwarded_headers_of_a_declared_proxy(folder: Path) -> None:
    client = tool(folder, proxy_hops=1).test_client()
    headers = {**FORWARDED, "X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
    assert client.get("/seen", headers=headers).json == {
        "address": "203.0.113.9",
        "scheme": "https",
        "host": "evil.example",
    }


@pytest.mark.parametrize("hops", [0, 1])
def test_addresses_come_from_the_settings(folder: Path, hops: int) -> None:
    client = tool(folder, proxy_hops=hops).test_client()
    asked = ForgedPlatform().login(target_link_uri="https://pix.univ.example/lti/launch")
    answer = client.post("/lti/login", data=asked, headers={**FORWARDED, "Host": "internal:8000"})
    assert answer.status_code == 302
    assert (
        read_authorisation(answer.headers["Location"])["redirect_uri"]
        == "https://pix.univ.example/lti/launch"
    )
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-pixlti_browser=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=None", "Partitioned"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    "path", ["/lti/jwks", "/lti/launch", "/nowhere", "/visits/x/profile/", "/static/pixlti.js", "/healthz"]
)
def test_https_is_promised_for_a_year_on_every_answer(folder: Path, path: str) -> None:
    answer = tool(folder).test_client().get(path)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    "path", ["/visits/x/profile", "/visits/x", "//evil.example/lti/launch", "/lti/launch/"]
)
def test_no_redirect_is_made_from_the_host_header(folder: Path, path: str) -> None:
    answer = tool(folder).test_client().get(path, headers={"Host": "evil.example"})
    assert "Location" not in answer.headers
    assert b"<main" in answer.data
