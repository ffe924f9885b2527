"""From the link to the mark: whoever sends through their own link is matched, now, later, and under both numbers."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from grading.text import Bilingual
from storage.schema import imported_row, opaque_number, submission
from tests.pix.exports import export, sending
from tests.workflows.school import School
from workflows.campaign_page import campaign_page, give_campaign, try_campaign
from workflows.import_lines import LineOutcome
from workflows.student_page import student_page
from workflows.visit import Visit

CODE = "KTRBWX482"


def carried(school: School, visit: Visit) -> str:
    """What a student's link carries."""
    link = student_page(school.world, visit).campaign
    assert link is not None
    assert link.address.startswith(f"https://app.pix.fr/campagnes/{CODE}?")
    return parse_qs(urlsplit(link.address).query)["participantExternalId"][0]


def trial_of(school: School, teacher: Visit) -> str:
    """What a teacher's trial link carries."""
    link = campaign_page(school.world, teacher).trial
    assert link is not None
    return link.external_id


def line(school: School, external_id: str | None, name: str = "Mickey Mouse", **how: object) -> list[object]:
    """A line sent an hour ago, under any name."""
    given, _, family = name.partition(" ")
    local = (school.clock - timedelta(hours=1)).astimezone(ZoneInfo("Europe/Paris"))
    made = {"first": given, "last": family, "number": None, "pix": 32, "at": f"{local:%d/%m/%Y %H:%M}", **how}
    return sending(external_id=external_id, **made)  # type: ignore[arg-type]


@pytest.fixture
def teacher(school: School) -> Visit:
    """A teacher who has given CC1 its campaign."""
    made = school.teacher()
    give_campaign(school.world, made, CODE, "Code de suivi Moodle")
    return made


def test_a_sending_through_the_link_is_matched_whatever_the_name(school: School, teacher: Visit) -> None:
    chloe = school.enters("Chloé Bélanger", "99200017")
    shown = school.imports(teacher, export(line(school, carried(school, chloe))))
    assert [each.reason for each in shown.lines] == ["check_code"]
    assert school.mark(chloe).status == "verified"


def test_who_has_no_number_has_one_of_ours_and_is_one_person_when_the_lms_gives_it(
    school: School, teacher: Visit
) -> None:
    before = school.enters("Chloé Bélanger")
    ours = carried(school, before)
    assert re.match("X[A-Z0-9]{7}-", ours)
    assert carried(school, before) == ours
    school.imports(teacher, export(line(school, ours)))
    after = school.enters("Chloé Bélanger", "99200017")
    theirs = carried(school, after)
    assert theirs.startswith("99200017-")
    shown = school.imports(
        teacher, export(line(school, ours), line(school, ours, pix=40), line(school, theirs, "A B", pix=48))
    )
    assert [(each.outcome, each.person_id) for each in shown.lines] == [
        (LineOutcome.ALREADY_KNOWN, after.person_id),
        (LineOutcome.NEW, after.person_id),
        (LineOutcome.NEW, after.person_id),
    ]
    assert (before.person_id, school.count(submission), school.count(opaque_number)) == (
        after.person_id,
        3,
        1,
    )


def test_a_right_code_waits_for_its_person_and_finds_them_whatever_the_name(
    school: School, teacher: Visit
) -> None:
    school.enters("Chloé Bélanger", "99200033")
    late = school.world.codes.external_id("99200017")
    shown = school.imports(teacher, export(line(school, late, "Chloé Bélanger")))
    assert [(each.outcome, each.reason) for each in shown.lines] == [
        (LineOutcome.NEEDS_DECISION, "code_of_nobody")
    ]
    assert school.count(submission) == 0
    came = school.enters("Hugo Martin", "99200017")
    assert school.mark(came).status == "verified"
    assert school.count(submission) == 1


def test_a_number_that_comes_later_finds_what_waited_for_it(school: School, teacher: Visit) -> None:
    school.enters("Hugo Martin")
    school.imports(teacher, export(line(school, school.world.codes.external_id("99200017"))))
    numbered = school.enters("Hugo Martin", "99200017")
    assert school.mark(numbered).status == "verified"


def test_a_wrong_code_waits_is_decided_once_and_can_be_undone(school: School, teacher: Visit) -> None:
    chloe, hugo = school.enters("Chloé Bélanger", "99200017"), school.enters("Hugo Martin", "99200033")
    borrowed = f"99200033-{carried(school, chloe).rpartition('-')[2]}"
    content = export(line(school, borrowed, "Chloé Bélanger"))
    shown = school.imports(teacher, content)
    (waiting,) = shown.lines
    assert (waiting.outcome, waiting.reason) == (LineOutcome.NEEDS_DECISION, "wrong_code")
    assert waiting.suggestions == (hugo.person_id, chloe.person_id)
    school.decides(teacher, content, 2, chloe.person_id)
    assert school.mark(chloe).status == "verified"
    next_import = export(
        line(school, borrowed, "Chloé Bélanger"), line(school, borrowed, "Chloé Bélanger", pix=48)
    )
    shown = school.imports(teacher, next_import)
    assert [(each.outcome, each.reason) for each in shown.lines] == [
        (LineOutcome.ALREADY_KNOWN, "remembered"),
        (LineOutcome.NEW, "remembered"),
    ]
    undone = school.decides(teacher, next_import, 2, "undone")
    assert [each.outcome for each in undone.lines] == [LineOutcome.NEEDS_DECISION] * 2
    assert school.mark(chloe).status == "not_sent"


def test_a_choice_for_a_code_saved_again_by_a_spreadsheet_is_remembered(
    school: School, teacher: Visit
) -> None:
    chloe = school.enters("Chloé Bélanger", "09200041")
    wrong = "09200041-4K7Q"
    school.decides(teacher, export(line(school, wrong)), 2, chloe.person_id)
    shown = school.imports(teacher, export(line(school, "09200041 - 4k7q", pix=40)))
    assert [each.reason for each in shown.lines] == ["remembered"]


def test_a_teachers_trial_is_left_aside_and_waits_for_nobody(school: School, teacher: Visit) -> None:
    mine = trial_of(school, teacher)
    content = export(line(school, mine, "Hélène Marchand"))
    try_campaign(school.world, teacher, file_name="e.csv", content=content)
    state = campaign_page(school.world, teacher).state
    assert state.is_whole
    assert state.campaign is not None
    assert (state.campaign.number, state.campaign.kind) == ("512345", "profiles_collection")
    shown = school.imports(teacher, content)
    assert [(each.outcome, each.reason) for each in shown.lines] == [(LineOutcome.IGNORED, "trial")]
    assert (school.count(imported_row), school.count(submission)) == (0, 0)


def test_another_teachers_trial_proves_it_too(school: School, teacher: Visit) -> None:
    other = school.teacher("Paul Roche")
    try_campaign(
        school.world, teacher, file_name="e.csv", content=export(line(school, trial_of(school, other)))
    )
    told = campaign_page(school.world, teacher).state.findings
    assert isinstance(told[0].message, Bilingual)
    assert campaign_page(school.world, teacher).state.is_whole
