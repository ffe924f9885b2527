"""Settings from the environment (prefix `PIXLTI_`): all of them sound, or every problem at once."""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from config.pix_api import PixApi, read_pix_api
from lti.origins import origin_of
from lti.reachable import Network
from lti.registration import NewDeployments

PREFIX = "PIXLTI_"
SHORTEST_SECRET = 8
SAFE_SECRET = 32
_ROOT = Path(__file__).parent.parent
_Choice = TypeVar("_Choice", bound=StrEnum)


class SettingsProblems(Exception):
    """The environment cannot be used; `problems` says which setting, what is wrong and how to mend it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("settings:\n" + "\n".join(f"- {each}" for each in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything an installation may choose. Sizes in bytes; `warnings` are for the log, in words."""

    public_url: str
    secret_key: str
    database_url: str
    queue_url: str
    data_dir: Path
    units_dir: Path
    proxy_hops: int = 0
    push_slots: int = 16
    push_slots_per_platform: int = 8
    upload_bytes: int = 40_000_000
    log_level: str = "INFO"
    log_as_text: bool = False
    metrics_token: str = ""
    certificate_url: str = ""
    allowed_networks: tuple[Network, ...] = ()
    new_deployments: NewDeployments = NewDeployments.ADOPT_FIRST
    contact: str = ""
    policy_url: str = ""
    pix_api: PixApi | None = None
    warnings: tuple[str, ...] = ()

    @property
    def secret(self) -> bytes:
        """The application secret, as signing wants it."""
        return self.secret_key.encode()

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the tool over https (anywhere but on a developer's machine)."""
        return self.public_url.startswith("https://")


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises:
        SettingsProblems: with every problem found. Unknown names with our prefix only make a warning: a newer
            release's setting must not stop an older one.
    """
    reader = _Reader(environ)
    data_dir = reader.folder("DATA_DIR", _ROOT / "instance")
    settings = Settings(
        public_url=reader.checked("PUBLIC_URL", None, _public_url),
        secret_key=reader.secret(),
        database_url=reader.checked(
            "DATABASE_URL", f"sqlite:///{data_dir / 'pix-lti.sqlite'}", _database_url
        ),
        queue_url=reader.checked("QUEUE_URL", f"sqlite:///{data_dir / 'queue.sqlite'}", _database_url),
        data_dir=data_dir,
        units_dir=reader.folder("UNITS_DIR", _ROOT / "config" / "units", must_exist=True),
        proxy_hops=reader.number("PROXY_HOPS", 0, 0, 10),
        push_slots=reader.number("PUSH_SLOTS", 16, 2, 200),
        push_slots_per_platform=reader.number("PUSH_SLOTS_PER_PLATFORM", 8, 1, 199),
        upload_bytes=reader.number("UPLOAD_MEGABYTES", 40, 1, 500) * 1_000_000,
        log_level=reader.checked("LOG_LEVEL", "INFO", _log_level),
        log_as_text=reader.log_as_text(),
        metrics_token=reader.text("METRICS_TOKEN", ""),
        certificate_url=reader.optional("CERTIFICATE_URL", _certificate_url),
        allowed_networks=reader.networks("ALLOWED_NETWORKS"),
        new_deployments=reader.choice("NEW_DEPLOYMENTS", NewDeployments.ADOPT_FIRST),
        contact=reader.contact("CONTACT"),
        policy_url=reader.address("POLICY_URL"),
        pix_api=read_pix_api(reader, _is_loopback),
    )
    if settings.push_slots_per_platform >= settings.push_slots:
        reader.problem(
            "PUSH_SLOTS_PER_PLATFORM",
            f"is {settings.push_slots_per_platform}: it must be less than {PREFIX}PUSH_SLOTS "
            f"({settings.push_slots}), so that one platform never takes every slot",
        )
    return replace(settings, warnings=reader.finish())


def units_dir(environ: Mapping[str, str]) -> Path:
    """Where the units' files are: for commands that need no other setting."""
    return Path(environ.get(f"{PREFIX}UNITS_DIR") or _ROOT / "config" / "units").absolute()


class _Reader:
    """Reads one setting after the other, gathering problems."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._asked: set[str] = set()
        self._problems: list[str] = []
        self._warnings: list[str] = []

    def problem(self, name: str, what: str) -> None:
        self._problems.append(f"{PREFIX}{name} {what}")

    def text(self, name: str, default: str) -> str:
        self._asked.add(name)
        return self._environ.get(PREFIX + name, "").strip() or default

    def checked(self, name: str, default: str | None, check: Callable[[str], str]) -> str:
        value = self.text(name, default or "")
        if not value:
            self.problem(
                name, "is missing: the address people reach this tool at, such as https://pix.univ.example"
            )
            return ""
        try:
            return check(value)
        except ValueError as error:
            self.problem(name, str(error))
            return value

    def optional(self, name: str, check: Callable[[str], str]) -> str:
        """A setting that is off where it is not given."""
        return self.checked(name, None, check) if self.text(name, "") else ""

    def folder(self, name: str, default: Path, *, must_exist: bool = False) -> Path:
        found = Path(self.text(name, str(default))).absolute()
        # `os.path` answers no where a name is too long or odd; `Path` would fail.
        if must_exist and not os.path.isdir(found):
            self.problem(name, f"is {str(found)!r}: there is no such folder")
        elif os.path.exists(found) and not os.path.isdir(found):
            self.problem(name, f"is {str(found)!r}: it must be a folder")
        return found

    def number(self, name: str, default: int, least: int, most: int) -> int:
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdecimal() and len(value) < 10 and least <= int(value) <= most):
            self.problem(name, f"is {value!r}: it must be a whole number from {least} to {most}")
            return default
        return int(value)

    def networks(self, name: str) -> tuple[Network, ...]:
        """Networks in CIDR notation, between spaces or commas."""
        found: list[Network] = []
        for each in self.text(name, "").replace(",", " ").split():
            try:
                found.append(ipaddress.ip_network(each))
            except ValueError as error:
                self.problem(name, f"holds {each!r}: not a network such as 10.20.0.0/16 ({error})")
        return tuple(found)

    def choice(self, name: str, default: _Choice) -> _Choice:
        value = self.text(name, default.value).lower()
        known = type(default)
        try:
            return known(value)
        except ValueError:
            self.problem(name, f"is {value!r}: {', '.join(each.value for each in known)}")
            return default

    def contact(self, name: str) -> str:
        value = self.text(name, "")
        if value and not re.fullmatch(r"[^\s@]+@[^\s@]+", value):
            self.problem(name, f"is {value!r}: it must be an e-mail address")
        return value

    def address(self, name: str) -> str:
        value = self.text(name, "")
        if value and origin_of(value) is None:
            self.problem(name, f"is {value!r}: it must be an http or https address")
        return value

    def secret_text(self, name: str) -> str:
        value, file = self.text(name, ""), self.text(f"{name}_FILE", "")
        if value and file:
            self.problem(name, f"and {PREFIX}{name}_FILE are both given: keep one")
        elif file:
            try:
                return Path(file).read_text(encoding="utf-8").strip()
            except (OSError, ValueError) as error:
                self.problem(f"{name}_FILE", f"cannot be read ({error})")
        return value

    def secret(self) -> str:
        before = len(self._problems)
        value = self.secret_text("SECRET_KEY")
        if len(self._problems) > before:
            return value
        if not value:
            self.problem("SECRET_KEY", f"is missing (or {PREFIX}SECRET_KEY_FILE): {_MAKE_ONE}")
        elif len(value) < SHORTEST_SECRET:
            self.problem("SECRET_KEY", f"has fewer than {SHORTEST_SECRET} characters: {_MAKE_ONE}")
        elif len(value) < SAFE_SECRET:
            self._warnings.append(
                f"{PREFIX}SECRET_KEY has fewer than {SAFE_SECRET} characters, which may be guessed: {_MAKE_ONE}"
            )
        return value

    def log_as_text(self) -> bool:
        """Text for eyes, JSON for machines: by default, text where standard error is a terminal."""
        chosen = self.text("LOG_FORMAT", "text" if sys.stderr.isatty() else "json").lower()
        if chosen not in ("json", "text"):
            self.problem("LOG_FORMAT", f"is {chosen!r}: json or text")
        return chosen == "text"

    def finish(self) -> tuple[str, ...]:
        """Raise every problem, or return the warnings."""
        known = {PREFIX + name for name in self._asked}
        for name in sorted(self._environ):
            if name.startswith(PREFIX) and not name.startswith(f"{PREFIX}TEST_") and name not in known:
                self._warnings.append(
                    f"{name} is not a setting: a typing slip? Known: {', '.join(sorted(known))}"
                )
        if self._problems:
            raise SettingsProblems([*self._problems, *self._warnings])
        return tuple(self._warnings)


_MAKE_ONE = 'make one with `python3 -c "import secrets; print(secrets.token_hex(32))"` and keep it'


def _public_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"is {value!r}: not an address ({error})") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"is {value!r}: it must be an address such as https://pix.univ.example")
    if parts.path.rstrip("/") or parts.query or parts.fragment or parts.username:
        raise ValueError(f"is {value!r}: scheme, host and port only, such as https://pix.univ.example")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError(
            f"is {value!r}: it must be https (http only on localhost): browsers keep no cookie otherwise"
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


_VERIFICATION = "/api/shared-certifications"


def _certificate_url(value: str) -> str:
    """The whole address of Pix's verification; of a host alone, the route that Pix has."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"is {value!r}: not an address ({error})") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError(f"is {value!r}: it must be an address such as https://app.pix.fr{_VERIFICATION}")
    if parts.query or parts.fragment:
        raise ValueError(
            f"is {value!r}: an address without ? and #, such as https://app.pix.fr{_VERIFICATION}"
        )
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError(f"is {value!r}: it must be https (http only on localhost): codes open people's data")
    path = parts.path.rstrip("/") or _VERIFICATION
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _database_url(value: str) -> str:
    scheme, _, rest = value.partition("://")
    backend = scheme.partition("+")[0]
    if backend == "sqlite":
        if rest.partition("?")[0].strip("/") in ("", ":memory:"):
            raise ValueError("names no file: an in-memory database would lose marks")
        return value
    if backend in ("postgresql", "postgres"):
        return f"postgresql+psycopg://{rest}"
    raise ValueError(
        "cannot be understood: it must be like sqlite:////file or postgresql://user@host/database"
    )


def _log_level(value: str) -> str:
    if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError(f"is {value!r}: DEBUG, INFO, WARNING or ERROR")
    return value.upper()
