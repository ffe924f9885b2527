"""Asks Pix's API ("MaDDo", for partner organisations): a token, then organisations, campaigns, participations.

Gently: one call at a time and no faster than the pace that is set; what passes by itself is tried again after a
pause that grows, what Pix refuses is never repeated.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Literal, TypeVar
from urllib.parse import urlencode

from pix.exchange import Answer, Exchange, NoAnswer
from pix.maddo_answers import (
    error_detail,
    read_campaigns,
    read_json,
    read_organizations,
    read_participations,
    read_token,
)
from pix.maddo_errors import ApiTrouble, PixApiError
from pix.maddo_values import Campaign, Organization, ParticipationPage

PAGE_SIZE = 200
"""Participations of one answer: the most Pix gives."""
CAMPAIGNS_PAGE = 1000
SCOPES = "meta campaigns"
TOKEN_PATH = "/api/application/token"
TRIES = 4
LONGEST_PAUSE = 60.0
"""Seconds: asked to wait for longer, we come back another time instead."""
_MOST_PAGES = 10_000
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class ApiAccess:
    """What Pix gives an institution; `base_url` without a final slash."""

    base_url: str
    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        """Say nothing of the secret, wherever this is printed."""
        return f"ApiAccess(base_url={self.base_url!r}, client_id={self.client_id!r})"


class Maddo:
    """The way to Pix's API; one for the whole process, safe under threads.

    `rate` is the number of calls a second at most. `count` is told the outcome of every call: `ok` or an ApiTrouble.
    `pause`, `clock` (seconds) and `jitter` (0 to 1) are time and chance, for tests to hold.
    """

    def __init__(
        self,
        access: ApiAccess,
        exchange: Exchange,
        *,
        rate: float = 2.0,
        count: Callable[[str], None],
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._access = access
        self._exchange = exchange
        self._between = 1 / rate
        self._count = count
        self._pause = pause
        self._clock = clock
        self._jitter = jitter
        self._token: str | None = None
        self._token_lock = threading.Lock()
        self._turn = threading.Lock()
        self._next = clock()

    def close(self) -> None:
        """Close the pooled connections."""
        self._exchange.close()

    def organizations(self) -> tuple[Organization, ...]:
        """Return the organisations that Pix has opened to us.

        Raises:
            PixApiError: as everything here.
        """
        return self._get("/api/organizations", {}, read_organizations)

    def campaigns(self, organization_id: int) -> tuple[Campaign, ...]:
        """Return every campaign of an organisation, archived ones too."""
        found: dict[int, Campaign] = {}
        for number in range(1, _MOST_PAGES):
            query = {"page[number]": number, "page[size]": CAMPAIGNS_PAGE, "withArchived": "true"}
            path = f"/api/organizations/{organization_id}/campaigns"
            campaigns, pages = self._get(path, query, read_campaigns)
            found |= {each.id: each for each in campaigns}
            if number >= pages:
                break
        return tuple(found.values())

    def participations(
        self, campaign_id: int, *, since: datetime | None = None
    ) -> Iterator[ParticipationPage]:
        """Yield the participations of a campaign created or shared after an instant, page by page, each one once.

        They are asked for in the order of their creation, so that those that come meanwhile are at the end; the
        number of pages is believed as the latest answer has it.
        """
        seen: set[int] = set()
        for number in range(1, _MOST_PAGES):
            page = self._page(campaign_id, number, since)
            fresh = {each.id: each for each in page.participations if each.id not in seen}
            seen |= fresh.keys()
            yield replace(page, participations=tuple(fresh.values()))
            if number >= page.count:
                break

    def _page(self, campaign_id: int, number: int, since: datetime | None) -> ParticipationPage:
        query: dict[str, object] = {"page[number]": number, "page[size]": PAGE_SIZE}
        query |= {"sort[0][value]": "createdAt", "sort[0][type]": "asc"}
        if since is not None:
            query["since"] = (
                f"{since.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
            )
        return self._get(
            f"/api/campaigns/{campaign_id}/participations",
            query,
            lambda document: read_participations(document, number),
        )

    def _get(self, path: str, query: Mapping[str, object], read: Callable[[Any], T]) -> T:
        """Ask with a token, once more with another where Pix refuses it, and read the answer."""
        address = f"{path}?{urlencode(query)}" if query else path

        def ask() -> T:
            token = self._current_token()
            try:
                return self._call("GET", address, read, headers={"Authorization": f"Bearer {token}"})
            except PixApiError as error:
                if error.trouble is not ApiTrouble.TOKEN_REFUSED:
                    raise
            self._forget(token)
            token = self._current_token()
            return self._call("GET", address, read, headers={"Authorization": f"Bearer {token}"})

        return self._patiently(ask)

    def _current_token(self) -> str:
        """Return the token, asked for where there is none: what it says and how long it lives is Pix's business."""
        with self._token_lock:
            if self._token is None:
                form = {
                    "grant_type": "client_credentials",
                    "client_id": self._access.client_id,
                    "client_secret": self._access.client_secret,
                    "scope": SCOPES,
                }
                headers = {"Content-Type": "application/x-www-form-urlencoded"}
                body = urlencode(form).encode("ascii")
                self._token = self._call("POST", TOKEN_PATH, read_token, headers=headers, body=body)
            return self._token

    def _forget(self, token: str) -> None:
        """Drop a token that was refused, unless another thread has renewed it already."""
        with self._token_lock:
            if self._token == token:
                self._token = None

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Ask again, a few times, what may pass by itself."""
        for attempt in range(TRIES):
            try:
                return ask()
            except PixApiError as error:
                wait = (error.retry_after or 0.0) + 2**attempt * (0.75 + self._jitter() / 2)
                if not error.try_again or attempt + 1 == TRIES or wait > LONGEST_PAUSE:
                    raise
                self._pause(wait)
        raise AssertionError("the last try returns or raises")

    def _call(
        self,
        method: Literal["GET", "POST"],
        address: str,
        read: Callable[[Any], T],
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> T:
        """Make one call when its turn has come; every call is counted."""
        self._wait_for_turn()
        path = address.partition("?")[0]
        try:
            answer = self._send(method, address, {**headers, "Accept": "application/json"}, body)
            if answer.status != HTTPStatus.OK:
                raise _error_of(answer, path)
            value = read(read_json(answer.text))
        except PixApiError as error:
            self._count(error.trouble.value)
            raise
        self._count("ok")
        return value

    def _send(
        self, method: Literal["GET", "POST"], address: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        try:
            return self._exchange.send(method, self._access.base_url + address, headers=headers, body=body)
        except NoAnswer as error:
            raise PixApiError(ApiTrouble.UNREACHABLE, str(error)) from error

    def _wait_for_turn(self) -> None:
        """Let each call begin no sooner than the pace allows after the one before, whichever thread made it."""
        with self._turn:
            now = self._clock()
            begins = max(now, self._next)
            self._next = begins + self._between
        if begins > now:
            self._pause(begins - now)


def _error_of(answer: Answer, path: str) -> PixApiError:
    detail = f"{path}: status {answer.status}, {error_detail(answer.text)}"
    retry_after = None
    if answer.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        retry_after = _seconds(answer.headers)
    return PixApiError(_trouble_of(answer.status, path), detail, retry_after=retry_after)


def _trouble_of(status: int, path: str) -> ApiTrouble:
    """Say what a status other than 200 means, at the place it came from."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return ApiTrouble.BUSY
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return ApiTrouble.SERVER
    at_token = path == TOKEN_PATH
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return ApiTrouble.SECRET_REFUSED if at_token else ApiTrouble.TOKEN_REFUSED
        case HTTPStatus.FORBIDDEN:
            return ApiTrouble.SCOPE_REFUSED if at_token else ApiTrouble.OUTSIDE
        case HTTPStatus.NOT_FOUND if path.startswith("/api/campaigns/"):
            return ApiTrouble.GONE
        case HTTPStatus.BAD_REQUEST:
            return ApiTrouble.REFUSED
    return ApiTrouble.NOT_THE_API


def _seconds(headers: Mapping[str, str]) -> float | None:
    """Read how long we are asked to wait: a number of seconds, or a date beside the answer's own."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("Date", ""))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, OverflowError, TypeError):  # no date, or one with a time zone and one without
        return None
