"""The sample files, imported: what is kept and shown is what their description says, sentence by sentence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from grading.certification import CertificationStatus
from grading.profile import Evidence
from storage.certifications import certifications_of
from storage.scope import UnitYear
from storage.submissions import Submission, submissions_of
from tests.workflows.school import UNIT, YEAR, School
from tests.workflows.test_import_campaign import SAMPLE
from tests.workflows.test_import_files import CERTIFICATIONS

PEOPLE = (
    ("Chloé Bélanger-Noël", "99200017"),
    ("Maëlys D'Ornellas", "99200025"),
    ("-Zoé @Kowalczyk", "99200033"),
    ("Anaïs Lefèvre", "09200041"),
    ("Bảo Nguyên", "99200058"),
    ("Gaël Quéré", "99200074"),
    ("Inès Zerrouki", "99200082"),
)
LATER = datetime(2026, 12, 20, 12, tzinfo=UTC)


@pytest.fixture
def people(school: School) -> dict[str, int]:
    """Everybody whose number the LMS knows, by number, after the sample's dates."""
    school.clock = LATER
    return {number: school.enters(name, number).person_id for name, number in PEOPLE}


def _scope(school: School) -> UnitYear:
    return UnitYear(course_id=school.course_id, unit_code=UNIT, academic_year=YEAR)


def _sent(school: School) -> dict[int, list[Submission]]:
    with school.world.database.read() as connection:
        return submissions_of(connection, _scope(school))


def test_profiles_are_kept_as_described(school: School, people: dict[str, int]) -> None:
    school.imports(school.teacher(), SAMPLE.read_bytes())
    sent = _sent(school)
    totals = {number: [each.profile.total for each in sent.get(id_, [])] for number, id_ in people.items()}
    assert totals["99200025"] == [81, 210], "two sendings, both kept, oldest first"
    assert totals["09200041"] == [896], "the ceiling, and a leading zero"
    assert totals["99200058"] == [], "not sent is no result, not 0"
    assert totals["99200074"] == [77], "the newer line that was not sent cancels nothing"
    assert totals["99200033"] == [258], "signs behind the protective quote are a name like another"
    assert {each.evidence for kept in sent.values() for each in kept} == {Evidence.VERIFIED}


def test_a_total_that_does_not_add_up_warns_and_a_day_in_paris_is_another_in_utc(
    school: School, people: dict[str, int]
) -> None:
    importing = school.importing(school.teacher())
    seen = importing.sees(SAMPLE.read_bytes())
    (zerrouki,) = [each for each in seen.lines if each.person_id == people["99200082"]]
    assert ["441" in each.message.fr and "435" in each.message.fr for each in zerrouki.problems] == [True]
    assert importing.confirms(seen) is not None
    (kept,) = _sent(school)[people["99200082"]]
    assert kept.profile.total == 441
    assert kept.sent_at == datetime(2026, 11, 19, 23, 3, tzinfo=UTC)


def test_certifications_are_kept_as_described(school: School, people: dict[str, int]) -> None:
    """By external identifier; the one without waits for nobody's name but its own."""
    school.imports(school.teacher(activity="catchup"), CERTIFICATIONS.read_bytes(), "session.csv")
    with school.world.database.read() as connection:
        kept = certifications_of(connection, _scope(school))
    found = {
        number: [(each.result.status, each.result.score) for each in kept.get(id_, [])]
        for number, id_ in people.items()
    }
    assert found == {
        "99200017": [(CertificationStatus.VALIDATED, 412)],
        "99200025": [(CertificationStatus.VALIDATED, 201)],
        "99200033": [(CertificationStatus.REJECTED, 0)],
        "09200041": [(CertificationStatus.CANCELLED, None)],
        "99200058": [(CertificationStatus.ERROR, None)],
        "99200074": [(CertificationStatus.VALIDATED, 41)],
        "99200082": [(CertificationStatus.VALIDATED, 538)],
    }
