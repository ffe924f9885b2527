"""What one file, or the API, shows of a campaign: the campaign itself rather than what each person sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pix.orga_assessment import AssessmentExport
from pix.orga_csv import CampaignExport
from pix.problem import ProblemCode

CampaignKind = Literal["profiles_collection", "assessment"]

_BAD_DATES = frozenset({ProblemCode.BAD_DATE, ProblemCode.NONEXISTENT_TIME})


@dataclass(frozen=True, kw_only=True)
class Participation:
    """One participation as a file or the API shows it; `sent_at` is in UTC, `account` groups those of one person."""

    external_id: str | None
    sent: bool
    sent_at: datetime | None
    account: str | None = None


@dataclass(frozen=True, kw_only=True)
class CampaignSeen:
    """What a file or the API shows of a campaign.

    `external_id_label` and `has_roster` are None where the source cannot tell; `label_is_told` says whether it could.
    `dates_unread` counts lines whose instant could not be read.
    """

    codes: tuple[str, ...]
    number: str | None
    kind: CampaignKind
    external_id_label: str | None
    label_is_told: bool
    has_roster: bool | None
    days_alone: bool
    dates_unread: int
    participations: tuple[Participation, ...]


def seen_in_export(export: CampaignExport | AssessmentExport, code: str, *, days_alone: bool) -> CampaignSeen:
    """Return what an export shows of the campaign with that code; of all that it holds where it is not there."""
    ours = [row for row in export.rows if (row.campaign_code or "").upper() == code]
    bad = [each for problem in export.problems for each in (problem, *problem.also)]
    return CampaignSeen(
        codes=tuple(dict.fromkeys(row.campaign_code.upper() for row in export.rows if row.campaign_code)),
        number=next((row.campaign_id for row in ours if row.campaign_id), None),
        kind="assessment" if isinstance(export, AssessmentExport) else "profiles_collection",
        external_id_label=export.external_id_label,
        label_is_told=True,
        has_roster=export.has_roster,
        days_alone=days_alone,
        dates_unread=sum(each.code in _BAD_DATES for each in bad),
        participations=_participations(export, code),
    )


def _participations(export: CampaignExport | AssessmentExport, code: str) -> tuple[Participation, ...]:
    if isinstance(export, AssessmentExport):
        rows = [(row.campaign_code, row.external_id, row.shared, row.shared_at) for row in export.rows]
    else:
        rows = [(row.campaign_code, row.external_id, row.sent, row.sent_at) for row in export.rows]
    ours = [row for row in rows if (row[0] or "").upper() == code]
    return tuple(
        Participation(external_id=external_id, sent=sent, sent_at=at)
        for _, external_id, sent, at in ours or rows
    )
