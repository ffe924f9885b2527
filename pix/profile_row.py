"""One line of a Pix Orga profiles collection, read: its values, and the digest that knows it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from json.encoder import encode_basestring_ascii
from operator import itemgetter

from grading.competences import COMPETENCES
from grading.profile import Profile
from pix.problem import Problem


@dataclass(frozen=True, kw_only=True)
class ProfileRow:
    """One sending (or one participation not sent yet) of one participant.

    `line` is the physical line where it starts. `sent_at` is in UTC, at the start of the minute Pix wrote. A
    line that was not sent has neither instant nor profile: it is no result, never 0. A value that a sent line lacks is
    absent from its profile: unknown, never 0. Warnings reject nothing.
    """

    line: int
    campaign_code: str | None
    campaign_id: str | None
    campaign_name: str | None
    last_name: str
    first_name: str
    group: str | None
    student_number: str | None
    external_id: str | None
    sent: bool
    sent_at: datetime | None
    profile: Profile | None
    certifiable: bool | None
    warnings: tuple[Problem, ...] = ()

    def fingerprint(self) -> str:
        """Return a digest (SHA-256, hexadecimal) that is the same whenever the same sending is read again.

        It covers the campaign, who sent, when, and the profile; not the line's place nor anything that Pix Orga
        may rename later (organisation, campaign name, group), nor the leading zeros that a spreadsheet takes away.
        """
        profile = self.profile
        who = [
            self.campaign_code or self.campaign_id,
            _without_zeros(self.student_number),
            _without_zeros(self.external_id),
            self.last_name,
            self.first_name,
            self.sent_at.isoformat() if self.sent_at else None,
        ]
        result = "null, null"
        if profile is not None:
            result = f"[{json.dumps(profile.total)}, {_written(profile.levels)}], {_written(profile.pix)}"
        # One list of JSON written by hand: the same as for all that was ever kept, and much quicker.
        what = f"[{', '.join(map(_json, who))}, {result}]"
        return hashlib.sha256(what.encode("ascii")).hexdigest()


def _json(text: str | None) -> str:
    return "null" if text is None else encode_basestring_ascii(text)


_WHOLE = "[" + ", ".join(f'["{code}", %d]' for code in sorted(COMPETENCES)) + "]"
_IN_ORDER = itemgetter(*sorted(COMPETENCES))


def _written(values: Mapping[str, int]) -> str:
    """Levels or pix as `json.dumps(sorted(values.items()))` writes them."""
    if len(values) == len(COMPETENCES):
        return str(_WHOLE % _IN_ORDER(values))
    return json.dumps(sorted(values.items()))


def _without_zeros(number: str | None) -> str | None:
    return number.lstrip("0") if number and number.isdigit() else number
