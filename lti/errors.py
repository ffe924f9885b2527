"""What can go wrong with a platform: a launch refused, a service call that failed and whether to repeat."""

from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lti.login import LoginRequest


class RefusalReason(StrEnum):
    """Why a login or a launch was refused: a closed set, each with its own page text and HTTP status."""

    # login
    LOGIN_INCOMPLETE = "login_incomplete"
    UNKNOWN_ISSUER = "unknown_issuer"
    UNKNOWN_CLIENT = "unknown_client"
    SEVERAL_CLIENTS = "several_clients"
    REGISTRATION_DISABLED = "registration_disabled"
    FOREIGN_TARGET = "foreign_target"
    OVERSIZED = "oversized"
    # the platform itself says no
    LMS_ERROR = "lms_error"
    # state and browser
    STATE_MISSING = "state_missing"
    STATE_INVALID = "state_invalid"
    STATE_EXPIRED = "state_expired"
    STATE_OTHER_BROWSER = "state_other_browser"
    STATE_OTHER_REGISTRATION = "state_other_registration"
    COOKIE_MISSING = "cookie_missing"
    # the token
    TOKEN_MISSING = "token_missing"
    TOKEN_MALFORMED = "token_malformed"
    ALGORITHM = "algorithm"
    KEY_ID_MISSING = "key_id_missing"
    UNKNOWN_KEY = "unknown_key"
    KEYS_UNAVAILABLE = "keys_unavailable"
    BAD_SIGNATURE = "bad_signature"
    WRONG_ISSUER = "wrong_issuer"
    WRONG_AUDIENCE = "wrong_audience"
    WRONG_AUTHORISED_PARTY = "wrong_authorised_party"
    TIMES_MISSING = "times_missing"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    ISSUED_IN_FUTURE = "issued_in_future"
    ISSUED_TOO_LONG_AGO = "issued_too_long_ago"
    NONCE_MISSING = "nonce_missing"
    NONCE_FOREIGN = "nonce_foreign"
    NONCE_USED = "nonce_used"
    # the message
    NOT_A_LAUNCH = "not_a_launch"
    VERSION = "version"
    MESSAGE_TYPE_MISSING = "message_type_missing"
    MESSAGE_TYPE_UNKNOWN = "message_type_unknown"
    DEEP_LINKING_INCOMPLETE = "deep_linking_incomplete"
    DEEP_LINKING_UNSUPPORTED = "deep_linking_unsupported"
    DEEP_LINKING_ROLE = "deep_linking_role"
    ROLES_MISSING = "roles_missing"
    DEPLOYMENT_MISSING = "deployment_missing"
    DEPLOYMENT_UNKNOWN = "deployment_unknown"
    DEPLOYMENT_HELD = "deployment_held"
    RESOURCE_LINK_MISSING = "resource_link_missing"
    PERSON_MISSING = "person_missing"
    FOR_USER_MISSING = "for_user_missing"
    TARGET_MISSING = "target_missing"
    FOREIGN_SERVICE_ADDRESS = "foreign_service_address"
    INVALID_CLAIM = "invalid_claim"

    @property
    def status(self) -> int:
        """Return the HTTP status of its page: 401 not authentic, 403 not allowed, 413 too big, else 400."""
        if self in _NOT_AUTHENTIC:
            return HTTPStatus.UNAUTHORIZED
        if self in _NOT_ALLOWED:
            return HTTPStatus.FORBIDDEN
        if self is RefusalReason.OVERSIZED:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return HTTPStatus.BAD_REQUEST


_NOT_AUTHENTIC = frozenset(
    {
        RefusalReason.STATE_INVALID,
        RefusalReason.STATE_EXPIRED,
        RefusalReason.STATE_OTHER_BROWSER,
        RefusalReason.STATE_OTHER_REGISTRATION,
        RefusalReason.COOKIE_MISSING,
        RefusalReason.ALGORITHM,
        RefusalReason.KEY_ID_MISSING,
        RefusalReason.UNKNOWN_KEY,
        RefusalReason.KEYS_UNAVAILABLE,
        RefusalReason.BAD_SIGNATURE,
        RefusalReason.WRONG_ISSUER,
        RefusalReason.WRONG_AUDIENCE,
        RefusalReason.WRONG_AUTHORISED_PARTY,
        RefusalReason.TIMES_MISSING,
        RefusalReason.EXPIRED,
        RefusalReason.NOT_YET_VALID,
        RefusalReason.ISSUED_IN_FUTURE,
        RefusalReason.ISSUED_TOO_LONG_AGO,
        RefusalReason.NONCE_MISSING,
        RefusalReason.NONCE_FOREIGN,
        RefusalReason.NONCE_USED,
    }
)
_NOT_ALLOWED = frozenset(
    {
        RefusalReason.UNKNOWN_ISSUER,
        RefusalReason.UNKNOWN_CLIENT,
        RefusalReason.REGISTRATION_DISABLED,
        RefusalReason.DEPLOYMENT_UNKNOWN,
        RefusalReason.DEPLOYMENT_HELD,
        RefusalReason.FOREIGN_TARGET,
        RefusalReason.FOREIGN_SERVICE_ADDRESS,
        RefusalReason.PERSON_MISSING,
        RefusalReason.DEEP_LINKING_ROLE,
    }
)


class LaunchRefused(Exception):
    """A login or launch we do not accept.

    `detail` is for the log and holds no personal data. `platform_issuer` is the issuer of the registration
    the state or the login named, when known. `retry_login` is the login to do again from a window where
    cookies work (only with `COOKIE_MISSING`, and only when it was short enough to travel in the state).
    `deployment` is the registration and deployment to approve (only with `DEPLOYMENT_HELD`, of a signed launch).
    """

    def __init__(
        self,
        reason: RefusalReason,
        detail: str,
        *,
        platform_issuer: str | None = None,
        retry_login: "LoginRequest | None" = None,
        deployment: tuple[int | str, str] | None = None,
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.platform_issuer = platform_issuer
        self.retry_login = retry_login
        self.deployment = deployment

    @property
    def status(self) -> int:
        """Return the HTTP status of the refusal page: 400, 401, 403 or 413."""
        return self.reason.status


class ServiceError(Exception):
    """A call to a platform that failed; `try_again` says whether repeating it later helps."""

    try_again: bool = False


class Unreachable(ServiceError):
    """No answer: connection refused or reset, name unknown, too slow, TLS trouble. Trying again helps."""

    try_again = True


class TooManyRequests(ServiceError):
    """429: trying again helps, not before `retry_after` seconds (None: the platform did not say)."""

    try_again = True

    def __init__(self, message: str, *, retry_after: float | None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ServerTrouble(ServiceError):
    """5xx, or an answer that is not one (an HTML page with 200, a redirect, too big): trying again helps."""

    try_again = True

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class ScoreRefused(ServiceError):
    """The platform understood and refuses: repeating the same cannot help. `text` is its answer, clipped."""

    def __init__(self, message: str, *, status: int, text: str) -> None:
        super().__init__(message)
        self.status = status
        self.text = text


class RequestRefused(ScoreRefused):
    """The same for calls that are not scores (line items, results)."""


class LineItemGone(ServiceError):
    """404 or 410: the column (or the container) is not there any more; find it again, or settle."""


class StaleTimestamp(ServiceError):
    """409: the platform holds a value as recent as ours; read the result back before sending again."""


class NotAuthorised(ServiceError):
    """401 or 403 even with a renewed token: this service or column is closed to us."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class TokenRefused(ServiceError):
    """The token endpoint refuses us (or answers 404, HTML, nonsense): every call there would fail."""

    def __init__(self, message: str, *, status: int, text: str) -> None:
        super().__init__(message)
        self.status = status
        self.text = text


class ForbiddenAddress(ServiceError):
    """An address outside the origins of the registration, or a redirect or next page that leads there."""
