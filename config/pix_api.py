"""Settings of Pix's API for partner organisations: all of them, or none at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

NEEDED = ("PIX_API_URL", "PIX_API_CLIENT_ID", "PIX_API_CLIENT_SECRET")
_TOGETHER = "the address, the client id and the secret that Pix gives go together, or there is none of them"


@dataclass(frozen=True, kw_only=True)
class PixApi:
    """What Pix gave this institution; campaigns are read every `minutes`, with `rate` calls a second at most."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    minutes: int = 15
    rate: float = 2.0


class Reader(Protocol):
    """What reads one setting after the other, gathering problems."""

    def text(self, name: str, default: str) -> str:
        """A setting as it is."""

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number."""

    def secret_text(self, name: str) -> str:
        """A setting, or what is in the file that `…_FILE` names."""

    def problem(self, name: str, what: str) -> None:
        """Note what is wrong."""


def read_pix_api(reader: Reader, is_loopback: Callable[[str], bool]) -> PixApi | None:
    """Read them; None where there is no access to the API, and nothing of it is to be seen."""
    url = reader.text("PIX_API_URL", "").rstrip("/")
    client_id = reader.text("PIX_API_CLIENT_ID", "")
    secret = reader.secret_text("PIX_API_CLIENT_SECRET")
    minutes = reader.number("PIX_API_MINUTES", 15, 1, 1440)
    rate = _rate(reader)
    given = dict(zip(NEEDED, (url, client_id, secret), strict=True))
    told = reader.text("PIX_API_CLIENT_SECRET_FILE", "")  # what is wrong with that file is said already
    if not any((*given.values(), told)):
        return None
    for name, value in given.items():
        if not value and not (told and name == "PIX_API_CLIENT_SECRET"):
            reader.problem(name, f"is missing: {_TOGETHER}")
    wrong = _what_is_wrong(url, is_loopback) if url else None
    if wrong:
        reader.problem("PIX_API_URL", wrong)
    return PixApi(url=url, client_id=client_id, client_secret=secret, minutes=minutes, rate=rate)


def _rate(reader: Reader) -> float:
    written = reader.text("PIX_API_RATE", "2")
    try:
        rate = float(written.replace(",", "."))
    except ValueError:
        rate = 0.0
    if 0.1 <= rate <= 20:
        return rate
    reader.problem("PIX_API_RATE", f"is {written!r}: calls a second, from 0.1 to 20")
    return 2.0


def _what_is_wrong(url: str, is_loopback: Callable[[str], bool]) -> str | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        return f"is {url!r}: not an address ({error})"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"is {url!r}: it must be an address such as https://pix-data.example"
    if parts.query or parts.fragment or parts.username:
        return "must be the address alone, without user, query or fragment"
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        return f"is {url!r}: it must be https (http only on localhost): the secret would travel in clear"
    return None
