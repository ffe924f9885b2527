"""Scores sent to the gradebook, and results read back from it.

Only `FullyGraded` is ever sent: any other progress erases the grade in Moodle. A mark is withdrawn by a fully
graded score without value.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from pylti1p3.grade import Grade

from lti.errors import ScoreRefused, ServerTrouble
from lti.origins import with_path, with_query
from lti.platform_calls import PlatformServices, raise_for
from lti.registration import Registration
from lti.transport import Answer

SCOPE_SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
SCOPE_RESULT = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
LONGEST_COMMENT = 10_000
_LARGEST, _SMALLEST = Decimal(10) ** 12, Decimal(10) ** -12
_LAST_YEAR = 9000
_HTML = re.compile(r"\s*<(?:!doctype|html|head|body|script|meta|div|p|br|h\d|!--)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Score:
    """What one person's cell should hold: `given` out of `maximum`, or nothing when `given` is None.

    `timestamp` is the instant of *sending*, aware; it travels in whole seconds and must rise for each person
    and column (see `rising_timestamp`). Without `comment` the platform erases the one it has. Raises ValueError.
    """

    user_id: str
    given: Decimal | None
    timestamp: datetime
    maximum: Decimal = Decimal(20)
    comment: str | None = None

    def __post_init__(self) -> None:
        if self.timestamp.tzinfo is None:
            raise ValueError("timestamp: must be aware (have a time zone)")
        if not self.maximum.is_finite() or self.maximum <= 0:
            raise ValueError("maximum: must be above 0")
        if self.given is not None and not (self.given.is_finite() and 0 <= self.given <= self.maximum):
            raise ValueError("given: must lie between 0 and the maximum")


@dataclass(frozen=True, kw_only=True)
class Result:
    """What the gradebook shows for one person, a value typed by a teacher included; `score` None: nothing."""

    score: Decimal | None
    maximum: Decimal | None
    timestamp: datetime | None
    comment: str | None


def rising_timestamp(now: datetime, previous: datetime | None) -> datetime:
    """Return the timestamp of a sending: now in whole seconds, at least one second after the previous one."""
    whole = now.astimezone(UTC).replace(microsecond=0)
    if previous is None:
        return whole
    return max(whole, previous.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1))


def score_body(score: Score) -> str:
    """Return a score as one line of compact ASCII JSON.

    One line matters: Moodle copies a refused body into a header, and a line break there turns the 400 into 200.
    """
    grade = Grade().set_user_id(score.user_id)
    grade.set_activity_progress("Completed").set_grading_progress("FullyGraded")
    grade.set_timestamp(score.timestamp.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    if score.given is not None:
        grade.set_score_given(_number(score.given)).set_score_maximum(_number(score.maximum))
    if score.comment:
        grade.set_comment(score.comment[:LONGEST_COMMENT])
    return json.dumps(json.loads(grade.get_value()), separators=(",", ":"))


def put_score(
    services: PlatformServices, registration: Registration, line_item_url: str, score: Score
) -> None:
    """Send one score; returning means the platform took it.

    Raises the kinds of ServiceError: ScoreRefused (also Moodle's 200 with `[]`), LineItemGone, StaleTimestamp,
    NotAuthorised, TooManyRequests, ServerTrouble (also an HTML page with 200), Unreachable, TokenRefused,
    ForbiddenAddress.
    """
    answer = services.call(
        registration,
        SCOPE_SCORE,
        "POST",
        with_path(line_item_url, "/scores"),
        headers={"Content-Type": SCORE_TYPE, "Accept": "application/json"},
        body=score_body(score).encode("ascii"),
    )
    if answer.status not in {200, 201, 202, 204}:
        raise_for(answer, registration, services.clock(), ScoreRefused)
    _refuse_hidden_failure(answer, registration)


def read_result(
    services: PlatformServices, registration: Registration, line_item_url: str, user_id: str
) -> Result | None:
    """Read back what the gradebook shows for one person; None when it shows no entry.

    The list is filtered by the platform and once more here. Raises ServiceError kinds.
    """
    url = with_query(with_path(line_item_url, "/results"), user_id=user_id)
    for entry in services.read_list(registration, SCOPE_RESULT, url, accept=RESULTS_TYPE):
        if _as_id(entry.get("userId")) == user_id:
            return _read_entry(entry)
    return None


def read_results(
    services: PlatformServices, registration: Registration, line_item_url: str
) -> dict[str, Result]:
    """Read back a whole column: what the gradebook shows for each person it has an entry of, by user id.

    Raises ServiceError kinds.
    """
    url = with_path(line_item_url, "/results")
    entries = services.read_list(registration, SCOPE_RESULT, url, accept=RESULTS_TYPE)
    found = ((_as_id(entry.get("userId")), entry) for entry in entries)
    return {user_id: _read_entry(entry) for user_id, entry in found if user_id is not None}


def _refuse_hidden_failure(answer: Answer, registration: Registration) -> None:
    """Refuse the successes that are none: `[]`, an error object, a web page (login or maintenance)."""
    text = answer.text.strip()
    if not text:
        return
    if _HTML.match(text):
        raise ServerTrouble(
            f"{registration.name} answers a web page instead of taking the score", status=answer.status
        )
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    failed = document == [] or (isinstance(document, dict) and _tells_failure(document))
    if failed:
        raise ScoreRefused(
            f"{registration.name} refuses the score behind a {answer.status}: {answer.excerpt(120)}",
            status=answer.status,
            text=answer.excerpt(),
        )


def _tells_failure(document: Mapping[str, Any]) -> bool:
    status = document.get("status")
    return bool(document.get("error")) or (isinstance(status, int) and status >= 400)


def _read_entry(entry: Mapping[str, Any]) -> Result:
    comment = entry.get("comment")
    return Result(
        score=_decimal(entry.get("resultScore")),
        maximum=_decimal(entry.get("resultMaximum")),
        timestamp=_instant(entry.get("timestamp")),
        comment=comment if isinstance(comment, str) and comment else None,
    )


def _as_id(value: object) -> str | None:
    return str(value) if isinstance(value, str | Decimal) else None


def _decimal(value: object) -> Decimal | None:
    """Read a number that a gradebook may hold; one of hundreds of digits, with which nobody can compute, is none."""
    try:
        number = Decimal(value) if isinstance(value, Decimal | str) else None
    except InvalidOperation:
        return None
    if number is None or not number.is_finite() or not -_LARGEST < number < _LARGEST:
        return None
    return Decimal(0) if -_SMALLEST < number < _SMALLEST else number


def _instant(value: object) -> datetime | None:
    """Read an ISO 8601 instant; one without a zone, or of another age than ours, tells nothing sure: None."""
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if instant is None or instant.tzinfo is None:
        return None
    return instant if instant.year < _LAST_YEAR else None


def _number(value: Decimal) -> int | float:
    """Return a number JSON can carry: whole ones as int; two decimals survive a float exactly as written."""
    return int(value) if value == value.to_integral_value() else float(value)
