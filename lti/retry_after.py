"""The Retry-After header: how long a platform asks us to wait."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 24 * 3600.0


def read_retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds to wait (0 to one day), from a number or a date; None when absent or unreadable."""
    text = (value or "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_WAIT)
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a year that no calendar has
        return None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return min(max((instant - now).total_seconds(), 0.0), LONGEST_WAIT)
