"""An answer over HTTP: read whole, but never longer than a limit nor later than a deadline; and how to speak of it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import requests

from lti.errors import ServerTrouble

LARGEST_ANSWER = 1024 * 1024
"""Bytes of an answer's body, decompressed; above, the answer is refused."""
_PIECE = 16 * 1024
_CLOSING = 0.05
"""Seconds before the deadline within which an empty answer is taken for one that was cut."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a platform answered: status, headers (any case), whole body, and the address it came from."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def text(self) -> str:
        """Return the body as UTF-8 text, whatever the headers claim (platforms mislabel JSON as HTML)."""
        return self.body.decode("utf-8", "replace").removeprefix("\ufeff")

    def excerpt(self, longest: int = 200) -> str:
        """Return the beginning of the body on one line, for a message or a log."""
        line = " ".join(self.text[: longest * 4].split())
        return "".join(sign for sign in line if sign.isprintable())[:longest]


class RawBody(Protocol):
    """A body still on the wire."""

    def read1(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        """Read what has come, at most so many bytes; nothing at the end."""


def read_body(raw: RawBody, url: str, *, status: int, ends_at: float) -> bytes:
    """Read a body piece by piece, as it comes, until its end, the size limit or the deadline (monotonic).

    Raises ServerTrouble (too big), requests.Timeout.
    """
    pieces: list[bytes] = []
    size = 0
    while piece := raw.read1(_PIECE, decode_content=True):
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST_ANSWER:
            raise ServerTrouble(
                f"{shown(url)}: the answer is larger than {LARGEST_ANSWER} bytes",
                status=status,
            )
        if time.monotonic() >= ends_at:
            raise requests.Timeout("the answer drips too slowly")
    if not pieces and time.monotonic() >= ends_at - _CLOSING:
        # Cut at the deadline amid its headers, an answer looks whole and empty.
        raise requests.Timeout("the answer's headers drip too slowly")
    return b"".join(pieces)


def shown(url: str) -> str:
    """Return an address fit for a log: without its query, which may name a person."""
    return url.partition("?")[0][:300]


def cause_of(error: Exception) -> str:
    """Name the kind of failure without the library's long text (which repeats the whole address)."""
    kind = type(error).__name__
    return {"SSLError": "the certificate is not trusted", "ProxyError": "the proxy fails"}.get(kind, kind)
