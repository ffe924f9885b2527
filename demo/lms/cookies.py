"""A browser's cookies, by hand: per host, `Partitioned` kept, third-party blocking. Loopback counts as secure.

`requests` will not send Secure cookies to http://127.0.0.1 as browsers do, and knows no `Partitioned`.
"""

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urlsplit

FramePolicy = Literal["first_party", "partitioned", "blocked"]
"""Which cookies come back: all (a new window), only `SameSite=None; Secure; Partitioned` ones (a frame in
today's Chromium), or none (everything blocked)."""


@dataclass(frozen=True, kw_only=True)
class Cookie:
    """One cookie with the attributes as sent (names in lower case)."""

    host: str
    name: str
    value: str
    attributes: dict[str, str]

    @property
    def partitioned(self) -> bool:
        """Whether Chromium would give it back inside a third-party frame."""
        return (
            "partitioned" in self.attributes
            and "secure" in self.attributes
            and self.attributes.get("samesite", "").lower() == "none"
        )

    @property
    def expired(self) -> bool:
        """Whether the server deletes it by this."""
        age = self.attributes.get("max-age")
        if age is not None:
            return int(age) <= 0
        expires = self.attributes.get("expires")
        return expires is not None and parsedate_to_datetime(expires).timestamp() <= 0


class CookieJar:
    """The cookies of one person's browser."""

    def __init__(self) -> None:
        self._cookies: dict[tuple[str, str], Cookie] = {}

    def store(self, url: str, lines: list[str]) -> tuple[Cookie, ...]:
        """Keep what `Set-Cookie` lines say; returns them parsed."""
        cookies = tuple(_parsed(url, line) for line in lines)
        for cookie in cookies:
            if cookie.expired:
                self._cookies.pop((cookie.host, cookie.name), None)
            else:
                self._cookies[cookie.host, cookie.name] = cookie
        return cookies

    def header(self, url: str, policy: FramePolicy) -> str:
        """The `Cookie` header for an address, empty if there is none to send."""
        parts = urlsplit(url)
        return "; ".join(
            f"{cookie.name}={cookie.value}"
            for cookie in self._cookies.values()
            if cookie.host == parts.hostname
            and parts.path.startswith(cookie.attributes.get("path", "/"))
            and (policy == "first_party" or (policy == "partitioned" and cookie.partitioned))
        )

    def all(self) -> tuple[Cookie, ...]:
        """Every cookie held."""
        return tuple(self._cookies.values())

    def clear(self) -> None:
        """Drop them all."""
        self._cookies.clear()


def _parsed(url: str, line: str) -> Cookie:
    first, *rest = line.split(";")
    name, _, value = first.strip().partition("=")
    pairs = (part.strip().partition("=") for part in rest)
    return Cookie(
        host=urlsplit(url).hostname or "",
        name=name,
        value=value,
        attributes={key.lower(): text for key, _, text in pairs},
    )
