"""The invented sample files, line by line, as their description says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pix.orga_csv import CampaignExport, NotAnExport, read_profiles_collection
from pix.problem import ProblemCode

SAMPLES = Path(__file__).parent / "samples"
COLLECTION = SAMPLES / "Resultats-PIX-L1-CC1-2026-512345-2026-11-20-1830.csv"

# line, last name, first name, group, student number, external id, sent at (UTC), total, certifiable
LINES = [
    (2, "Bélanger-Noël", "Chloé", "L1-BIO-A", "99200017", "99200017-4K7Q", "2026-11-14T17:42", 357, True),
    (3, "D'Ornellas", "Maëlys", "L1-BIO-A", "99200025", "99200025-W2HD", "2026-11-02T08:05", 81, True),
    (4, "D'Ornellas", "Maëlys", "L1-BIO-A", "99200025", "99200025-W2HD", "2026-11-19T22:58", 210, True),
    (5, "@Kowalczyk", "-Zoé", "+B2", "99200033", "99200033-9RTM", "2026-11-16T06:13", 258, True),
    (6, "Lefèvre", 'Anaïs "Nana"', "TD1;TP2", "09200041", "09200041-P6VX", "2026-11-10T11:00", 896, True),
    (7, "Nguyên", "Bảo", "L1-BIO-B", "99200058", "99200058-H3JC", None, None, None),
    (8, "O’Sullivan", "Étienne", "L1-BIO-B", "9920A066", None, "2026-11-17T20:30", 78, True),
    (9, "Quéré", "Gaël", "L1-BIO-B", "99200074", "99200074-T8BF", "2026-11-05T07:20", 77, False),
    (10, "Quéré", "Gaël", "L1-BIO-B", "99200074", "99200074-T8BF", None, None, None),
    (11, "Zerrouki", "Inès", "L1-BIO-C", "99200082", "99200082-M5DG", "2026-11-19T23:03", 441, True),
]


@pytest.fixture(scope="module")
def collection() -> CampaignExport:
    return read_profiles_collection(COLLECTION.read_bytes(), ceiling_level=7)


def test_every_line_of_the_collection(collection: CampaignExport) -> None:
    read = [
        (
            row.line,
            row.last_name,
            row.first_name,
            row.group,
            row.student_number,
            row.external_id,
            row.sent_at.strftime("%Y-%m-%dT%H:%M") if row.sent_at else None,
            row.profile.total if row.profile else None,
            row.certifiable,
        )
        for row in collection.rows
    ]
    assert read == LINES
    assert collection.problems == ()
    assert collection.warnings == ()
    assert collection.data_lines == 10


def test_the_file_as_a_whole(collection: CampaignExport) -> None:
    assert collection.kind == "profiles_collection"
    assert collection.external_id_label == "Code de suivi Moodle"
    (campaign,) = collection.campaigns
    assert (campaign.code, campaign.id, campaign.name) == ("KTRBWX482", "512345", "PIX-L1-CC1-2026")
    assert campaign.key == "KTRBWX482"


def test_levels_and_pix_of_a_line(collection: CampaignExport) -> None:
    profile = collection.rows[0].profile
    assert profile is not None
    assert [*profile.levels.values()] == [3, 2, 3, 3, 2, 3, 1, 3, 2, 3, 0, 2, 4, 3, 2, 2]
    assert [*profile.pix.values()] == [24, 19, 27, 31, 22, 26, 12, 30, 18, 25, 4, 21, 33, 28, 20, 17]
    assert profile.levels["1.3"] == 3
    assert profile.pix["3.4"] == 4


def test_instants_are_aware_and_the_day_may_change(collection: CampaignExport) -> None:
    zerrouki = collection.rows[-1]
    assert zerrouki.sent_at == datetime(2026, 11, 19, 23, 3, tzinfo=UTC)


def test_a_total_that_does_not_add_up_is_kept_with_a_warning(collection: CampaignExport) -> None:
    warned = {
        row.last_name: [warning.code for warning in row.warnings] for row in collection.rows if row.warnings
    }
    assert warned == {"Zerrouki": [ProblemCode.TOTAL_DIFFERS]}
    message = collection.rows[-1].warnings[0].message
    assert "441" in message.fr
    assert "435" in message.fr


def test_unsent_lines_are_no_result_and_never_zero(collection: CampaignExport) -> None:
    unsent = [row for row in collection.rows if not row.sent]
    assert [row.line for row in unsent] == [7, 10]
    assert all(row.profile is None and row.sent_at is None for row in unsent)


def test_reading_twice_gives_the_same_fingerprints_all_different(collection: CampaignExport) -> None:
    again = read_profiles_collection(COLLECTION.read_bytes(), ceiling_level=7)
    prints = [row.fingerprint() for row in collection.rows]
    assert prints == [row.fingerprint() for row in again.rows]
    assert len(set(prints)) == len(prints)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Resultats-PIX-L1-CC2-tableur-512350-2026-11-20-1835.csv", "évaluation"),
        ("20261214_0900_resultats_session_678901.csv", "certification"),
    ],
)
def test_other_kinds_are_named(name: str, said: str) -> None:
    with pytest.raises(NotAnExport) as refused:
        read_profiles_collection((SAMPLES / name).read_bytes())
    (problem,) = refused.value.problems
    assert problem.code is ProblemCode.OTHER_KIND
    assert said in problem.message.fr
