"""Settings from the environment: what is understood, and every problem at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import Settings, SettingsProblems, read_settings
from lti.registration import NewDeployments

SECRET = "0123456789abcdef0123456789abcdef"


def read(tmp_path: Path, **settings: str) -> Settings:
    """Settings of an environment with everything needed, and these."""
    needed = {"PUBLIC_URL": "https://pix.univ.example", "SECRET_KEY": SECRET, "DATA_DIR": str(tmp_path)}
    return read_settings({f"PIXLTI_{name}": value for name, value in {**needed, **settings}.items()})


def problems(tmp_path: Path, **settings: str) -> tuple[str, ...]:
    """What is wrong with an environment."""
    with pytest.raises(SettingsProblems) as caught:
        read(tmp_path, **settings)
    for each in caught.value.problems:
        assert each in str(caught.value)
    return caught.value.problems


def test_what_is_needed_is_enough(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.public_url == "https://pix.univ.example"
    assert settings.database_url == f"sqlite:///{tmp_path / 'pix-lti.sqlite'}"
    assert settings.queue_url == f"sqlite:///{tmp_path / 'queue.sqlite'}"
    assert (settings.proxy_hops, settings.warnings, settings.is_https) == (0, (), True)
    assert settings.units_dir.is_dir()


def test_every_problem_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = problems(
        tmp_path,
        PUBLIC_URL="http://pix.univ.example",
        SECRET_KEY="short",
        DATABASE_URL="mysql://host/database",
        QUEUE_URL="sqlite://",
        DATA_DIR=str(tmp_path / "file"),
        UNITS_DIR=str(tmp_path / "nowhere"),
        PROXY_HOPS="-1",
        PUSH_SLOTS="many",
        PUSH_SLOTS_PER_PLATFORM="16",
        UPLOAD_MEGABYTES="0",
        LOG_LEVEL="LOUD",
        ALLOWED_NETWORKS="10.0.0.0/8 nowhere",
        NEW_DEPLOYMENTS="perhaps",
        CONTACT="nobody",
        POLICY_URL="policy.html",
        PUBLIC_ULR="https://a-slip.example",
    )
    named = [each.split()[0] for each in found]
    assert named == [
        "PIXLTI_DATA_DIR",
        "PIXLTI_PUBLIC_URL",
        "PIXLTI_SECRET_KEY",
        "PIXLTI_DATABASE_URL",
        "PIXLTI_QUEUE_URL",
        "PIXLTI_UNITS_DIR",
        "PIXLTI_PROXY_HOPS",
        "PIXLTI_PUSH_SLOTS",
        "PIXLTI_UPLOAD_MEGABYTES",
        "PIXLTI_LOG_LEVEL",
        "PIXLTI_ALLOWED_NETWORKS",
        "PIXLTI_NEW_DEPLOYMENTS",
        "PIXLTI_CONTACT",
        "PIXLTI_POLICY_URL",
        "PIXLTI_PUSH_SLOTS_PER_PLATFORM",
        "PIXLTI_PUBLIC_ULR",
    ]


def test_nothing_at_all_tells_what_is_needed() -> None:
    with pytest.raises(SettingsProblems) as caught:
        read_settings({})
    named = {each.split()[0] for each in caught.value.problems}
    assert named == {"PIXLTI_PUBLIC_URL", "PIXLTI_SECRET_KEY"}


@pytest.mark.parametrize(
    "address",
    [
        "https://pix.univ.example",
        "https://PIX.univ.example:8443",
        "https://pix.univ.example/",
        "http://localhost:5000",
        "http://127.0.0.1",
        "http://[::1]:8000",
        "http://tool.localhost:8000",
    ],
)
def test_public_addresses(tmp_path: Path, address: str) -> None:
    assert read(tmp_path, PUBLIC_URL=address).public_url == address.rstrip("/").lower()


@pytest.mark.parametrize(
    "address",
    [
        "http://pix.univ.example",
        "http://192.168.1.5:8000",
        "http://localhost.univ.example",
        "pix.univ.example",
        "ftp://pix.univ.example",
        "https://",
        "https://pix.univ.example/tool",
        "https://pix.univ.example?x=1",
        "https://me@pix.univ.example",
        "https://pix.univ.example:port",
        "https://[::1",
    ],
)
def test_addresses_nobody_could_use(tmp_path: Path, address: str) -> None:
    [problem] = problems(tmp_path, PUBLIC_URL=address)
    assert problem.startswith("PIXLTI_PUBLIC_URL ")


def test_what_registration_may_call_and_adopt(tmp_path: Path) -> None:
    given = read(
        tmp_path,
        ALLOWED_NETWORKS="10.20.0.0/16, fd00:1::/32",
        NEW_DEPLOYMENTS="HOLD",
        CONTACT="pix@univ.example",
        POLICY_URL="https://univ.example/privacy",
    )
    assert [str(each) for each in given.allowed_networks] == ["10.20.0.0/16", "fd00:1::/32"]
    assert given.new_deployments is NewDeployments.HOLD
    assert (given.contact, given.policy_url) == ("pix@univ.example", "https://univ.example/privacy")
    usual = read(tmp_path)
    assert (usual.allowed_networks, usual.new_deployments) == ((), NewDeployments.ADOPT_FIRST)
    [problem] = problems(tmp_path, ALLOWED_NETWORKS="10.20.0.1/16")  # a machine, or a network? say which
    assert "PIXLTI_ALLOWED_NETWORKS holds '10.20.0.1/16'" in problem


def test_a_slip_is_only_warned_of(tmp_path: Path) -> None:
    [warning] = read(tmp_path, PROXY_HOP="1").warnings
    assert warning.startswith("PIXLTI_PROXY_HOP is not a setting")
    assert "PIXLTI_PROXY_HOPS" in warning


def test_a_short_secret_is_warned_of_and_a_very_short_one_refused(tmp_path: Path) -> None:
    assert not read(tmp_path, SECRET_KEY="x" * 32).warnings
    [warning] = read(tmp_path, SECRET_KEY="x" * 8).warnings
    assert "xxxxxxxx" not in warning
    [problem] = problems(tmp_path, SECRET_KEY="x" * 7)
    assert "secrets.token_hex" in problem
    assert "xxxxxxx" not in problem


def test_a_secret_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    assert read(tmp_path, SECRET_KEY="", SECRET_KEY_FILE=str(file)).secret == SECRET.encode()
    [both] = problems(tmp_path, SECRET_KEY_FILE=str(file))
    assert "both" in both
    [missing] = problems(tmp_path, SECRET_KEY="", SECRET_KEY_FILE=str(tmp_path / "nowhere"))
    assert missing.startswith("PIXLTI_SECRET_KEY_FILE cannot be read")
    file.write_bytes(b"\xff\xfe")
    [unreadable] = problems(tmp_path, SECRET_KEY="", SECRET_KEY_FILE=str(file))
    assert unreadable.startswith("PIXLTI_SECRET_KEY_FILE cannot be read")


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("postgresql://me@host/pix", "postgresql+psycopg://me@host/pix"),
        ("postgres://me@host/pix", "postgresql+psycopg://me@host/pix"),
        ("postgresql+psycopg://me@host/pix", "postgresql+psycopg://me@host/pix"),
        ("sqlite:////var/lib/pix/pix.sqlite", "sqlite:////var/lib/pix/pix.sqlite"),
    ],
)
def test_databases(tmp_path: Path, given: str, understood: str) -> None:
    assert read(tmp_path, DATABASE_URL=given).database_url == understood


@pytest.mark.parametrize(
    "given", ["sqlite://", "sqlite:///:memory:", "sqlite:///", "oracle://x", "pix.sqlite"]
)
def test_databases_that_would_lose_marks_or_are_unknown(tmp_path: Path, given: str) -> None:
    [problem] = problems(tmp_path, DATABASE_URL=given)
    assert problem.startswith("PIXLTI_DATABASE_URL ")


def test_other_variables_are_none_of_ours(tmp_path: Path) -> None:
    environ = {
        "PIXLTI_PUBLIC_URL": "https://pix.univ.example",
        "PIXLTI_SECRET_KEY": SECRET,
        "PIXLTI_TEST_BROWSER": "x",
        "HOME": "/",
    }
    assert read_settings(environ).warnings == ()


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("", ""),
        ("https://app.pix.fr/api/shared-certifications", "https://app.pix.fr/api/shared-certifications"),
        ("https://APP.pix.fr/", "https://app.pix.fr/api/shared-certifications"),
        ("https://pix.example:8443/other/route/", "https://pix.example:8443/other/route"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000/api/shared-certifications"),
    ],
)
def test_where_certificates_are_verified(tmp_path: Path, given: str, understood: str) -> None:
    """Off unless it is given; of a host alone, Pix's own route."""
    assert read(tmp_path, CERTIFICATE_URL=given).certificate_url == understood


@pytest.mark.parametrize(
    "given",
    [
        "http://app.pix.fr",
        "app.pix.fr",
        "ftp://app.pix.fr",
        "https://",
        "https://[::1",
        "https://u:p@app.pix.fr",
        "https://app.pix.fr/?code=1",
        "https://app.pix.fr/#here",
        "https://app.pix.fr:99999",
    ],
)
def test_a_bad_address_for_certificates_is_told(tmp_path: Path, given: str) -> None:
    (found,) = problems(tmp_path, CERTIFICATE_URL=given)
    assert found.startswith("PIXLTI_CERTIFICATE_URL")


PIX = {
    "PIX_API_URL": "https://data.pix.example/maddo/",
    "PIX_API_CLIENT_ID": "valbrume-moodle",
    "PIX_API_CLIENT_SECRET": "hush, of Pix",
}


def test_without_access_to_the_api_of_pix_there_is_none(tmp_path: Path) -> None:
    assert read(tmp_path).pix_api is None
    assert read(tmp_path, PIX_API_MINUTES="5", PIX_API_RATE="1").pix_api is None


def test_access_to_the_api_of_pix(tmp_path: Path) -> None:
    found = read(tmp_path, **PIX).pix_api
    assert found is not None
    assert (found.url, found.client_id) == ("https://data.pix.example/maddo", "valbrume-moodle")
    assert (found.client_secret, found.minutes, found.rate) == ("hush, of Pix", 15, 2.0)
    assert "hush" not in repr(read(tmp_path, **PIX))
    slower = read(tmp_path, **PIX, PIX_API_MINUTES="60", PIX_API_RATE="0,5").pix_api
    assert slower is not None
    assert (slower.minutes, slower.rate) == (60, 0.5)


def test_the_secret_of_the_api_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "pix-secret"
    file.write_text("hush, of Pix\n")
    given = {**PIX, "PIX_API_CLIENT_SECRET": "", "PIX_API_CLIENT_SECRET_FILE": str(file)}
    found = read(tmp_path, **given).pix_api
    assert found is not None
    assert found.client_secret == "hush, of Pix"
    [both] = problems(tmp_path, **PIX, PIX_API_CLIENT_SECRET_FILE=str(file))
    assert "both" in both
    [unreadable] = problems(tmp_path, **{**given, "PIX_API_CLIENT_SECRET_FILE": str(tmp_path / "no")})
    assert unreadable.startswith("PIXLTI_PIX_API_CLIENT_SECRET_FILE cannot be read")


@pytest.mark.parametrize("missing", sorted(PIX))
def test_the_api_of_pix_is_all_or_nothing(tmp_path: Path, missing: str) -> None:
    [problem] = problems(tmp_path, **{**PIX, missing: ""})
    assert problem.startswith(f"PIXLTI_{missing} is missing")
    one_alone = problems(tmp_path, **{missing: PIX[missing]})
    assert len(one_alone) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PIX_API_URL", "http://data.pix.example"),
        ("PIX_API_URL", "data.pix.example"),
        ("PIX_API_URL", "https://data.pix.example?x=1"),
        ("PIX_API_URL", "https://me@data.pix.example"),
        ("PIX_API_URL", "https://[::1"),
        ("PIX_API_MINUTES", "0"),
        ("PIX_API_RATE", "0"),
        ("PIX_API_RATE", "nan"),
        ("PIX_API_RATE", "fast"),
    ],
)
def test_what_is_wrong_with_the_api_of_pix(tmp_path: Path, name: str, value: str) -> None:
    [problem] = problems(tmp_path, **{**PIX, name: value})
    assert problem.startswith(f"PIXLTI_{name} ")
    assert "hush" not in problem


def test_the_api_of_pix_on_this_machine(tmp_path: Path) -> None:
    found = read(tmp_path, **{**PIX, "PIX_API_URL": "http://127.0.0.1:8080"}).pix_api
    assert found is not None
    assert found.url == "http://127.0.0.1:8080"
