"""Calls to a platform's services with its token: one renewal when it is refused, errors in our words.

Also the reading of paged lists, whose next page must be of the same origin.
"""

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal, NoReturn
from urllib.parse import urljoin

from lti.access_tokens import AccessTokens
from lti.errors import (
    ForbiddenAddress,
    LineItemGone,
    NotAuthorised,
    RequestRefused,
    ServerTrouble,
    ServiceError,
    StaleTimestamp,
    TooManyRequests,
)
from lti.keys import Keyring
from lti.origins import origin_of
from lti.registration import Registration
from lti.retry_after import read_retry_after
from lti.transport import Answer, Transport

_MOST_PAGES = 200
_NEXT_PAGE = re.compile(r"<([^<>]+)>((?:\s*;[^,<]*)*)")
_REL_NEXT = re.compile(r"""\brel\s*=\s*["'“”„«»″]*\s*next\b""", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class PlatformServices:
    """What a caller needs to reach any platform: the transport, the tokens, the clock. Safe under threads."""

    transport: Transport
    tokens: AccessTokens
    clock: Callable[[], datetime]

    def call(
        self,
        registration: Registration,
        scope: str,
        method: Literal["GET", "POST", "PUT", "DELETE"],
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> Answer:
        """Make one authorised call and return the answer of any status but 401 and 403.

        At 401 or 403 the token is forgotten and the call made once more with a new one; then NotAuthorised.
        Raises the kinds of ServiceError of the transport and of the token endpoint.
        """
        if not registration.allows(url):  # before a token is even asked for
            raise ForbiddenAddress(f"not an address of {registration.name}: {url.partition('?')[0][:300]}")
        answer: Answer | None = None
        for _ in range(2):
            token = self.tokens.get(registration, (scope,))
            authorised = {**headers, "Authorization": f"Bearer {token}"}
            answer = self.transport.send(
                method, url, registration=registration, headers=authorised, body=body
            )
            if answer.status not in {401, 403}:
                return answer
            self.tokens.forget(registration, (scope,), token)
        status = answer.status if answer else 401
        raise NotAuthorised(
            f"{registration.name} refuses {method} on {url.partition('?')[0][:300]}: status {status}",
            status=status,
        )

    def read_list(
        self, registration: Registration, scope: str, url: str, *, accept: str
    ) -> Iterator[Mapping[str, Any]]:
        """Read a list and its next pages; entries that are not objects are left out.

        Numbers are read as Decimal. `limit` is never asked for: Moodle then sends everything, and its paging
        is faulty. Raises ServiceError kinds; ForbiddenAddress when the next page is of another origin.
        """
        for answer in self.read_pages(registration, scope, url, accept=accept):
            listed = read_json(answer)
            if not isinstance(listed, list):
                raise ServerTrouble(f"{registration.name} answers something that is not a list", status=200)
            yield from (entry for entry in listed if isinstance(entry, dict))

    def read_pages(
        self, registration: Registration, scope: str, url: str, *, accept: str
    ) -> Iterator[Answer]:
        """Read an address and the next pages that its answers name, each of them a 200.

        Raises ServiceError kinds: ForbiddenAddress when the next page is of another origin, ServerTrouble when the
        pages do not end.
        """
        page: str | None = url
        seen: set[str] = set()
        while page is not None and page not in seen and len(seen) < _MOST_PAGES:
            seen.add(page)
            answer = self.call(registration, scope, "GET", page, headers={"Accept": accept})
            if answer.status != 200:
                raise_for(answer, registration, self.clock())
            yield answer
            page = next_page(answer)
        if page is not None and page not in seen:
            raise ServerTrouble(f"{registration.name}: the pages of a list do not end", status=200)


def open_services(
    transport: Transport,
    keyring: Callable[[], Keyring],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> PlatformServices:
    """Put the parts together: one for the whole process."""
    return PlatformServices(transport=transport, tokens=AccessTokens(transport, keyring, clock), clock=clock)


def next_page(answer: Answer) -> str | None:
    """Return the address of the next page, its case kept; None on the last one.

    Understands Moodle's typographic quotes and `&amp;`. Raises ForbiddenAddress for another origin.
    """
    header = answer.headers.get("Link") or ""
    # The header is read as Latin-1; typographic quotes are UTF-8.
    text = header.encode("latin-1", "ignore").decode("utf-8", "replace") if header else ""
    for match in _NEXT_PAGE.finditer(text):
        if _REL_NEXT.search(html.unescape(match[2])):
            onward = urljoin(answer.url, html.unescape(match[1].strip()))
            if origin_of(onward) is None or origin_of(onward) != origin_of(answer.url):
                raise ForbiddenAddress("the next page is of another origin")
            return onward
    return None


def read_json(answer: Answer) -> Any:
    """Read a JSON body, numbers as Decimal, NaN and Infinity refused. Raises ServerTrouble when it is none."""
    try:
        return json.loads(answer.text, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_number)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ServerTrouble(
            f"the platform answers {answer.status} with something that is not JSON: {answer.excerpt(80)!r}",
            status=answer.status,
        ) from error


def raise_for(
    answer: Answer,
    registration: Registration,
    now: datetime,
    refused: type[RequestRefused] | Callable[..., ServiceError] = RequestRefused,
) -> NoReturn:
    """Raise the kind of ServiceError an unsuccessful answer stands for (`refused`: for a plain 4xx)."""
    status = answer.status
    what = f"{registration.name} answers {status}"
    if status == 429:
        wait = read_retry_after(answer.headers.get("Retry-After"), now)
        raise TooManyRequests(what, retry_after=wait)
    if status in {404, 410}:
        raise LineItemGone(what)
    if status == 409:
        raise StaleTimestamp(what)
    if 400 <= status < 500 and status not in {408, 425}:
        raise refused(f"{what}: {answer.excerpt(120)}", status=status, text=answer.excerpt())
    raise ServerTrouble(what, status=status)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
