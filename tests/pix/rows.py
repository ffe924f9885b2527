"""Lines of an export already read, for the tests of matching."""

from __future__ import annotations

from datetime import UTC, datetime

from grading.profile import Profile
from pix.external_id import CheckCodes
from pix.profile_row import ProfileRow

CODES = CheckCodes(b"the key of the tests")


def row(
    name: str = "Chloé/Bélanger-Noël",
    number: str | None = None,
    external_id: str | None = None,
    *,
    line: int = 2,
    sent: bool = True,
    campaign: str = "KTRBWX482",
) -> ProfileRow:
    """Return a line; `name` is "given/family"."""
    given, _, family = name.partition("/")
    return ProfileRow(
        line=line,
        campaign_code=campaign,
        campaign_id="512345",
        campaign_name="PIX-L1",
        last_name=family,
        first_name=given,
        group=None,
        student_number=number,
        external_id=external_id,
        sent=sent,
        sent_at=datetime(2026, 11, 14, 17, 42, tzinfo=UTC) if sent else None,
        profile=Profile(total=0) if sent else None,
        certifiable=False if sent else None,
    )
