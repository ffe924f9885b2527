"""What every AGS and members request goes through: exact media types, bearer token with the scope, errors."""

import json
from collections.abc import Iterable
from typing import TypeVar
from urllib.parse import parse_qsl

from flask import Response, request

from demo.lms.gradebook import Refused
from demo.lms.state import current_state

LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
MEMBERS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

_HEADER_TEXT_LIMIT = 4000

T = TypeVar("T")


def demand_accept(media_type: str, *, any_type: bool) -> None:
    """The Accept header is that one type, or absent, or (`any_type`) `*/*`; else Refused(400)."""
    accept = request.headers.get("Accept")
    if accept is None or accept == media_type or (any_type and accept == "*/*"):
        return
    current_state().violate("accept", f"{request.method} {request.path}: Accept {accept!r}")
    raise Refused(400, "No handler found")


def demand_content_type(media_type: str) -> None:
    """The Content-Type is that one type (a charset is tolerated); else Refused(400)."""
    if request.mimetype == media_type:
        return
    given = request.headers.get("Content-Type", "")
    current_state().violate("content_type", f"{request.method} {request.path}: Content-Type {given!r}")
    raise Refused(400, "No handler found")


def demand_scope(*scopes: str) -> None:
    """A live bearer token with one of these scopes, and the tool's own `type_id` if any; else Refused(401)."""
    state = current_state()
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    token = state.tokens.find(text) if scheme.lower() == "bearer" else None
    if token is None:
        raise Refused(401, "no valid token")
    if not token.scopes.intersection(scopes):
        state.violate("scope", f"{request.method} {request.path}: the token has not the scope")
        raise Refused(401, "the token lacks the scope")
    type_id = request.args.get("type_id")
    if type_id is not None and type_id != state.deployment_id:
        state.violate("type_id", f"{request.path}: type_id {type_id!r}")
        raise Refused(401, "the token is of another tool")


def page_of(items: list[T], *, escaped: bool, at_once: int | None = None) -> tuple[list[T], str | None]:
    """One page if `limit` was sent, with its Link header: for line items (`escaped`) as broken as Moodle's.

    `at_once`: so many at most, unasked, as other LMSs page.
    """
    limit_text = request.args.get("limit", None if at_once is None else str(at_once))
    if limit_text is None:
        return items, None
    limit, start = _whole(limit_text), _whole(request.args.get("from", "0"))
    page = items[start : start + limit]
    if start + limit >= len(items):
        return page, None
    kept = [(k, v) for k, v in parse_qsl(request.query_string.decode()) if k not in ("limit", "from", "role")]
    joint, quotes = ("&amp;", "“”") if escaped else ("&", '""')
    query = joint.join(f"{k}={v}" for k, v in [*kept, ("limit", str(limit)), ("from", str(start + limit))])
    link = f"<{current_state().issuer}{request.path}?{query}>; rel={quotes[0]}next{quotes[1]}"
    return page, link.encode().decode("latin-1")


def json_answer(data: object, media_type: str, *, status: int = 200, link: str | None = None) -> Response:
    """A JSON answer of an exact media type."""
    response = Response(json.dumps(data, ensure_ascii=False), status=status, content_type=media_type)
    if link is not None:
        response.headers["Link"] = link
    return response


def refusal(problem: Refused) -> Response:
    """Moodle's error answer; for scores `[]`, and 200 where the 400 could not be sent."""
    if request.endpoint == "services.scores":
        return _score_refusal(problem)
    body = {"status": problem.status, "reason": problem.reason, "request": {"method": request.method}}
    return json_answer(body, "application/json", status=problem.status)


def _score_refusal(problem: Refused) -> Response:
    """Moodle copies the body into the reason phrase of its 400; a line break there spoils the header: 200."""
    response = Response("[]", status=problem.status, content_type="application/json")
    body = request.get_data(as_text=True)
    if problem.status == 400 and ("\n" in body or "\r" in body):
        response.status_code = 200
    elif problem.status == 400:
        phrase = f"Incorrect score received{body}"[:_HEADER_TEXT_LIMIT]
        response.status = f"400 {phrase.encode().decode('latin-1')}"
    return response


def missing_keys(data: object, keys: Iterable[str]) -> list[str]:
    """The keys a JSON object lacks (all of them if it is no object)."""
    return [key for key in keys if not isinstance(data, dict) or data.get(key) is None]


def _whole(text: str) -> int:
    try:
        return max(int(text), 0)
    except ValueError:
        raise Refused(400, "limit and from are whole numbers") from None
