"""The tables, by noun.

`submission`, `withdrawal`, `certification`, `certification_withdrawal`, `grade`, `closing`, `course_date`,
`imported_row`, `match_choice`, `score_sent` and `audit` are only ever added to.
"""

from storage.schema.campaigns import campaign, opaque_number
from storage.schema.certifications import certification, certification_withdrawal
from storage.schema.courses import course_date
from storage.schema.ground import metadata
from storage.schema.imports import (
    campaign_import,
    draft_file,
    draft_page,
    import_draft,
    import_undoing,
    imported_file,
    imported_row,
    match_choice,
    row_carried,
)
from storage.schema.jobs import job
from storage.schema.operations import audit, heartbeat
from storage.schema.people import activity, course, member, person
from storage.schema.pix_api import participation, pix_campaign, settlement
from storage.schema.platforms import deployment, platform, platform_jwks, tool_key, used_nonce
from storage.schema.rate_limits import rate_limit
from storage.schema.scores import desired_score, score_sent
from storage.schema.submissions import closing, grade, rules_text, submission, withdrawal

__all__ = [
    "activity",
    "audit",
    "campaign",
    "campaign_import",
    "certification",
    "certification_withdrawal",
    "closing",
    "course",
    "course_date",
    "deployment",
    "desired_score",
    "draft_file",
    "draft_page",
    "grade",
    "heartbeat",
    "import_draft",
    "import_undoing",
    "imported_file",
    "imported_row",
    "job",
    "match_choice",
    "member",
    "metadata",
    "opaque_number",
    "participation",
    "person",
    "pix_campaign",
    "platform",
    "platform_jwks",
    "rate_limit",
    "row_carried",
    "rules_text",
    "score_sent",
    "settlement",
    "submission",
    "tool_key",
    "used_nonce",
    "withdrawal",
]
