"""What Pix's API answers to a request, from what it holds: a pure reading of its routes, refusals included."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from demo.pix_api.data import Client, Item, PixData

_FORM = "application/x-www-form-urlencoded"
_CAMPAIGNS = re.compile(r"/api/organizations/([^/]+)/campaigns")
_PARTICIPATIONS = re.compile(r"/api/campaigns/([^/]+)/participations")
_SORT = re.compile(r"sort\[(\d+)\]\[(value|type)\]")
_INDIFFERENT = frozenset({"authenticationRequestedData", "authenticationRequestedData[]"})
_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as it arrived; the names of headers in any case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str]
    body: bytes = b""

    def header(self, name: str) -> str:
        """One header, empty where it is not there."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")


@dataclass(frozen=True, kw_only=True)
class Told:
    """An answer: status and JSON."""

    status: int
    document: Any

    @property
    def body(self) -> bytes:
        """The JSON as the samples have it."""
        return (json.dumps(self.document, indent=2, ensure_ascii=False) + "\n").encode()


class _Refused(Exception):
    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.told = Told(
            status=status, document={"errors": [{"status": str(status), "title": title, "detail": detail}]}
        )


def answer(data: PixData, asked: Asked) -> Told:
    """Answer a request as Pix does."""
    try:
        with data.lock:
            return Told(status=200, document=_route(data, asked))
    except _Refused as refused:
        return refused.told


def _route(data: PixData, asked: Asked) -> Any:
    if asked.path == "/api/application/token":
        return _token(data, asked)
    if asked.path == "/api/organizations":
        client = _client(data, asked, "meta")
        return [each for each in data.organizations if each["id"] in client.organization_ids]
    for pattern, tell in ((_CAMPAIGNS, _campaigns), (_PARTICIPATIONS, _participations)):
        found = pattern.fullmatch(asked.path)
        if found and asked.method == "GET":
            client = _client(data, asked, "campaigns")
            query = dict(parse_qsl(asked.query, keep_blank_values=True))
            return tell(data, client, _identifier(found[1]), query)
    raise _Refused(404, "Not Found", "Not Found")


def _token(data: PixData, asked: Asked) -> Any:
    if asked.method != "POST":
        raise _Refused(404, "Not Found", "Not Found")
    if asked.header("Content-Type").partition(";")[0].strip().lower() != _FORM:
        raise _Refused(415, "Unsupported Media Type", "Unsupported Media Type")
    form = dict(parse_qsl(asked.body.decode("utf-8", "replace"), keep_blank_values=True))
    for name in ("grant_type", "client_id", "client_secret", "scope"):
        if not form.get(name):
            raise _bad(
                f'"{name}" is required' if name not in form else f'"{name}" is not allowed to be empty'
            )
    for name in form.keys() - {"grant_type", "client_id", "client_secret", "scope"}:
        raise _bad(f'"{name}" is not allowed')
    if form["grant_type"] != "client_credentials":
        raise _bad('"grant_type" must be [client_credentials]')
    client = data.clients.get(form["client_id"])
    if client is None or client.secret != form["client_secret"]:
        raise _Refused(401, "Unauthorized", "The client ID and/or secret are invalid.")
    scopes = form["scope"].split()
    if not client.scopes.issuperset(scopes):
        raise _Refused(403, "Forbidden", "The scope is not allowed.")
    return {
        "token_type": "bearer",
        "access_token": data.new_token(client.id, scopes),
        "client_id": client.id,
    }


def _client(data: PixData, asked: Asked, scope: str) -> Client:
    if asked.method != "GET":
        raise _Refused(404, "Not Found", "Not Found")
    scheme, _, token = asked.header("Authorization").partition(" ")
    bearer = data.bearer(token) if scheme.lower() == "bearer" else None
    if bearer is None:
        raise _Refused(401, "Unauthorized", "Missing or invalid token.")
    client, scopes = bearer
    if scope not in scopes:
        raise _Refused(403, "Forbidden", "Insufficient scope")
    if not client.organization_ids:
        raise _Refused(403, "Forbidden", "Forbidden")
    return client


def _campaigns(data: PixData, client: Client, organization_id: int, query: dict[str, str]) -> Any:
    if organization_id not in client.organization_ids:
        raise _Refused(403, "Forbidden", "Forbidden")
    archived = query.pop("withArchived", "false")
    if archived not in ("true", "false"):
        raise _bad('"withArchived" must be a boolean')
    page = _Page.read(query, default=1000, most=1000)
    _nothing_else(query)
    shown = [
        each for each in data.campaigns[organization_id] if archived == "true" or each["archivedAt"] is None
    ]
    return page.of("campaigns", shown)


def _participations(data: PixData, client: Client, campaign_id: int, query: dict[str, str]) -> Any:
    organization_id = data.organization_of(campaign_id)
    if organization_id is None:
        raise _Refused(404, "Not Found", "Not Found")
    since = _since(query.pop("since", None))
    page = _Page.read(query, default=10, most=200)
    order = _order(query)
    for name in _INDIFFERENT:
        query.pop(name, None)
    _nothing_else(query)
    if organization_id not in client.organization_ids:
        raise _Refused(403, "Forbidden", "Forbidden")
    shown = [
        each
        for each in data.participations[campaign_id]
        if since is None
        or any(_instant(each.get(key)) > since for key in ("createdAt", "sharedAt") if each.get(key))
    ]
    return page.of("campaignParticipations", order(shown))


@dataclass(frozen=True, kw_only=True)
class _Page:
    number: int
    size: int

    @classmethod
    def read(cls, query: dict[str, str], *, default: int, most: int) -> _Page:
        number, size = query.pop("page[number]", "") or "1", query.pop("page[size]", "") or str(default)
        for name, value in (("number", number), ("size", size)):
            if not re.fullmatch(r"-?\d{1,15}", value):
                raise _bad(f'"page.{name}" must be a number')
        if int(size) > most:
            raise _bad(f'"page.size" must be less than or equal to {most}')
        if int(size) < 1 or int(number) < 1:
            raise _bad('"page" must be positive')
        return cls(number=int(number), size=int(size))

    def of(self, name: str, items: list[Item]) -> Any:
        """The page of a list, as the API writes it; `count` is the number of pages."""
        first = (self.number - 1) * self.size
        return {
            name: items[first : first + self.size],
            "page": {"number": self.number, "size": self.size, "count": -(-len(items) // self.size)},
        }


def _order(query: dict[str, str]) -> Callable[[list[Item]], list[Item]]:
    """How `sort[0][value]` and `sort[0][type]` put participations; without them, in the order of their numbers."""
    asked: dict[tuple[int, str], str] = {}
    for name in list(query):
        found = _SORT.fullmatch(name)
        if found:
            asked[int(found[1]), found[2]] = query.pop(name)
    if asked.get((0, "type"), "asc") not in ("asc", "desc", ""):
        raise _bad('"sort[0].type" must be one of [asc, desc]')
    value, backwards = asked.get((0, "value"), ""), asked.get((0, "type")) == "desc"
    if not value:
        return list
    return lambda items: sorted(items, key=lambda each: str(each.get(value) or ""), reverse=backwards)


def _since(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return _instant(text)
    except ValueError:
        raise _bad('"since" must be in ISO 8601 date format') from None


def _instant(text: Any) -> datetime:
    instant = datetime.fromisoformat(str(text))
    if instant.tzinfo is None:
        raise ValueError(text)
    return instant


def _identifier(text: str) -> int:
    if not re.fullmatch(r"\d{1,10}", text) or not 0 < int(text) <= _LARGEST_ID:
        raise _bad('"id" must be a positive number')
    return int(text)


def _nothing_else(query: Mapping[str, str]) -> None:
    for name in query:
        raise _bad(f'"{name}" is not allowed')


def _bad(detail: str) -> _Refused:
    return _Refused(400, "Bad Request", detail)
