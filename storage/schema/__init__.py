"""The tables, by noun.

`submission`, `withdrawal`, `certification`, `certification_withdrawal`, `grade`, `closing`, `course_date`,
`chosen_component`, `served_year`, `imported_row`, `match_choice`, `certificate_word`, `score_sent` and `audit` are only
ever added to.
"""

from storage.schema.campaigns import campaign, opaque_number
from storage.schema.certificates import (
    certificate,
    certificate_answer,
    certificate_holder,
    certificate_name,
    certificate_word,
    pix_pause,
)
from storage.schema.certifications import certification, certification_withdrawal
from storage.schema.courses import chosen_component, course_date, deep_linking_request, served_year
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
    row_found_by,
)
from storage.schema.jobs import job
from storage.schema.operations import audit, heartbeat
from storage.schema.people import activity, course, member, person, roster_reading
from storage.schema.pix_api import participation, pix_campaign, settlement
from storage.schema.platforms import deployment, platform, platform_jwks, tool_key, used_nonce
from storage.schema.rate_limits import rate_limit
from storage.schema.registration import held_deployment, invitation
from storage.schema.scores import column_reading, desired_score, score_sent
from storage.schema.submissions import closing, grade, rules_text, submission, withdrawal

__all__ = [
    "activity",
    "audit",
    "campaign",
    "campaign_import",
    "certificate",
    "certificate_answer",
    "certificate_holder",
    "certificate_name",
    "certificate_word",
    "certification",
    "certification_withdrawal",
    "chosen_component",
    "closing",
    "column_reading",
    "course",
    "course_date",
    "deep_linking_request",
    "deployment",
    "desired_score",
    "draft_file",
    "draft_page",
    "grade",
    "heartbeat",
    "held_deployment",
    "import_draft",
    "import_undoing",
    "imported_file",
    "imported_row",
    "invitation",
    "job",
    "match_choice",
    "member",
    "metadata",
    "opaque_number",
    "participation",
    "person",
    "pix_campaign",
    "pix_pause",
    "platform",
    "platform_jwks",
    "rate_limit",
    "roster_reading",
    "row_carried",
    "row_found_by",
    "rules_text",
    "score_sent",
    "served_year",
    "settlement",
    "submission",
    "tool_key",
    "used_nonce",
    "withdrawal",
]
