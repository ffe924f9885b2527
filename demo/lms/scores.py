"""Reading the body of a score request: what Moodle refuses, and what it swallows though it loses something."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from demo.lms.gradebook import Refused, Score

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?P<fraction>[.,]\d+)?(?P<zone>Z|[+-]\d\d:?\d\d)?")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_ACTIVITY_PROGRESS = {"Initialized", "Started", "InProgress", "Submitted", "Completed"}
_REQUIRED = ("userId", "timestamp", "activityProgress", "gradingProgress")


@dataclass(frozen=True, kw_only=True)
class Concern:
    """Something the LMS lets pass though a careful tool would not do it."""

    kind: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class ReadScore:
    """A score with the concerns it raises."""

    score: Score
    concerns: tuple[Concern, ...]


def read_score(body: str, *, timezone: str) -> ReadScore:
    """The score in a request body; Refused(400) where Moodle says "Incorrect score received".

    A time without zone is read in the site's `timezone`, as Moodle does.
    """
    data = _json_object(body)
    missing = [name for name in _REQUIRED if data.get(name) is None]
    if missing:
        raise Refused(400, f"missing: {', '.join(missing)}")
    if data.get("scoreGiven") is not None and data.get("scoreMaximum") is None:
        raise Refused(400, "scoreGiven without scoreMaximum")
    given = _number(data, "scoreGiven")
    maximum = _number(data, "scoreMaximum")
    at = _instant(data["timestamp"], timezone)
    comment = data.get("comment")
    score = Score(
        person_id=str(data["userId"]),
        at=at,
        fully_graded=data["gradingProgress"] == "FullyGraded",
        given=given,
        maximum=Decimal(1) if maximum is None else maximum,
        comment=None if comment is None else str(comment),
    )
    return ReadScore(score=score, concerns=tuple(_concerns(data, body, score)))


def person_in(body: str) -> str | None:
    """The `userId` of a score body, whatever else is wrong with it; None if it cannot be read."""
    try:
        user_id = _json_object(body).get("userId")
    except Refused:
        return None
    return None if user_id is None else str(user_id)


def _json_object(body: str) -> Mapping[str, Any]:
    try:
        data = json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except ValueError as problem:
        raise Refused(400, f"not JSON: {problem}") from problem
    if not isinstance(data, dict) or not data:
        raise Refused(400, "not a JSON object")
    return data


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _number(data: Mapping[str, Any], key: str) -> Decimal | None:
    value = data.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        raise Refused(400, f"{key} is not a number")
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        raise Refused(400, f"{key} is not a number")
    try:
        return Decimal(value)
    except InvalidOperation as problem:
        raise Refused(400, f"{key} is not a number") from problem


def _instant(text: Any, timezone: str) -> datetime:
    match = _TIMESTAMP.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise Refused(400, "timestamp is not ISO 8601")
    try:
        instant = datetime.fromisoformat(text.replace(",", "."))
    except ValueError as problem:
        raise Refused(400, f"timestamp: {problem}") from problem
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=ZoneInfo(timezone))
    return instant.astimezone(UTC).replace(microsecond=0)


def _concerns(data: Mapping[str, Any], body: str, score: Score) -> list[Concern]:
    given, zone = score.given, _TIMESTAMP.fullmatch(data["timestamp"])
    checks = (
        (
            not score.fully_graded,
            "not_fully_graded",
            f"gradingProgress {data['gradingProgress']!r} erases the grade",
        ),
        (zone is not None and zone["zone"] is None, "no_zone", "timestamp without zone"),
        (
            "\n" in body or "\r" in body,
            "pretty_printed",
            "line break in the body: a refusal would answer 200",
        ),
        (
            data["activityProgress"] not in _ACTIVITY_PROGRESS,
            "unknown_progress",
            f"activityProgress {data['activityProgress']!r}",
        ),
        (
            isinstance(data.get("scoreGiven"), str) or isinstance(data.get("scoreMaximum"), str),
            "number_as_text",
            "a number in quotes",
        ),
        (
            data.get("scoreMaximum") is not None and score.maximum <= 0,
            "bad_maximum",
            "scoreMaximum not positive",
        ),
        (given is not None and given < 0, "negative", "negative score"),
        (given is not None and given > score.maximum > 0, "above_maximum", "score above its maximum"),
    )
    return [Concern(kind=kind, detail=detail) for wrong, kind, detail in checks if wrong]
